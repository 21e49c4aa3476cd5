"""throughflow: a system-dynamics simulator of cross-border innovation-resource flows.

The house, left to right::

    models/*.mdl ─ sim.model ─── sim.engine ─── sim.experiment ─┐
                   what it says  what it does   what we ask     ├─ sim.results   one labelled Dataset: the waist
    figures/     ─ sim.show ──── sim.analysis ──────────────────┘
                   what we show  what it means                     sim.config, sim.cli on top

Left of the waist nobody draws; right of it nobody simulates.  ``sim.errors`` (one shape of problem),
``sim.resources`` (where shipped files live) and ``sim.cache`` (slow work kept by its content) are the ground floor.
"""

from importlib import import_module
from typing import Any

__all__ = [
    "Problem",
    "ThroughflowError",
    "answer",
    "compare",
    "evaluator",
    "open_results",
    "read",
    "simulate",
    "sweep",
]
__version__ = "0.1.0"

_HOMES = {
    "Problem": "sim.errors:Problem",
    "ThroughflowError": "sim.errors:ThroughflowError",
    "answer": "sim.analysis.advice.questions:answer",
    "compare": "sim.analysis.advice.comparison:compare",
    "evaluator": "sim.experiment.evaluate:evaluator",
    "open_results": "sim.results.store:open_store",
    "read": "sim.model.vensim:read",
    "simulate": "sim.experiment.simulate:simulate",
    "sweep": "sim.experiment.sweep:sweep",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its room when it is first used, so that ``throughflow --help`` stays quick."""
    if name not in _HOMES:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    home, _, inside = _HOMES[name].partition(":")
    return getattr(import_module(home), inside)
