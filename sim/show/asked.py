"""What figures must know of a result beside its numbers: horizon, roles, measures that act, settings that differ."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import floor
from typing import Any

import xarray as xr

from sim.analysis.adoption import Adoption, adoptions
from sim.analysis.question import Change, World, changes, of_measures, worlds
from sim.show.footing import Footing, footing


@dataclass(frozen=True)
class Asked:
    """The question behind a result.

    Attributes:
        start: first stored time.
        stop: last stored time.
        baseline: the scenario others are compared with; empty if there is none.
        twin: the frictionless twin; empty if there is none.
        adoptions: measures that act within the horizon, by scenario, the twin apart.
        changes: settings that differ from the model file in every scenario.
        own: settings of single scenarios that differ from the baseline's, measures apart.
        worlds: parts of the outside world that differ from the file's.
        footing: on what the result stands.
    """

    start: float
    stop: float
    baseline: str = ""
    twin: str = ""
    adoptions: Mapping[str, Mapping[str, Adoption]] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    own: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)
    worlds: tuple[World, ...] = ()
    footing: Footing = field(default_factory=Footing)

    def acts(self, scenario: str) -> bool:
        """Tell whether anything in ``scenario`` sets it apart from the baseline within the horizon."""
        return bool(self.adoptions.get(scenario) or self.own.get(scenario))

    def starts(self, scenarios: Iterable[str]) -> tuple[float, ...]:
        """Return the years in which measures of ``scenarios`` start, each once, in order."""
        return tuple(sorted({each.start for name in scenarios for each in self.adoptions.get(name, {}).values()}))


NOTHING_ASKED = Asked(0.0, 0.0)
"""The question behind no result."""


def asked(dataset: xr.Dataset, *, acting: bool = True) -> Asked:
    """Return the question behind ``dataset``; without ``acting`` measures are left out, as for diagrams of the structure."""
    times = dataset["time"].values
    span = (float(times[0]), float(times[-1]))
    if "scenario" not in dataset.coords:
        return Asked(*span, footing=footing(dataset))
    names = [str(name) for name in dataset["scenario"].values]
    baseline, twin = (str(dataset.attrs.get(part) or "") for part in ("baseline", "twin"))
    if baseline not in names:
        return Asked(*span, twin=twin, footing=footing(dataset))
    adopted = adoptions(dataset) if acting else {}
    common = changes(dataset, baseline)
    levers = of_measures(dataset)
    own = {
        name: tuple(change for change in changes(dataset, name) if change not in common and change.name not in levers)
        for name in names
        if name not in (baseline, twin)
    }
    mine = adopted.get(baseline, {})
    kept = tuple(change for change in common if not (change.name in levers and set(change.elements) & set(mine)))
    return Asked(*span, baseline, twin, adopted, kept, own, worlds(dataset, baseline), footing(dataset))


def window(settings: Mapping[str, Any], question: Asked, scenarios: Iterable[str]) -> Mapping[str, Any]:
    """Return ``settings`` with the years shown, ``start`` and ``stop``, as the horizon of the result allows.

    ``lead`` is the years shown before the first measure of ``scenarios`` starts, ``skip`` those left out at the beginning.
    """
    starts = question.starts(scenarios)
    if "lead" in settings:
        first = floor(starts[0]) - settings["lead"] if starts else question.start
    else:
        first = question.start + settings.get("skip", 0)
    return {**settings, "start": float(max(first, question.start)), "stop": question.stop}
