"""On what a figure stands: the design set, ranges of the priors, the posterior of the calibration, or numbers of one's own.

A result says so in its attributes ``footing``, ``worlds`` and ``footing_told`` (JSON); one that does not say stands on the
design set, as every result did before there was a calibration.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import xarray as xr

from sim.show.words import Words

DESIGN, PRIOR, POSTERIOR, OWN = "design", "prior", "posterior", "own"


@dataclass(frozen=True)
class Footing:
    """What a result stands on.

    Attributes:
        base: ``design``, ``prior``, ``posterior``, or ``own`` for a file of one's own draws.
        worlds: worlds in which each scenario was run; 1 for a single run.
        told: what the calibration tells of itself where it is the base: ``posterior`` (SHA-256), ``fit``, ``parameters``,
            ``informed``; of a single run ``vector`` and ``changed``: of settings that differ the value there and the one given.
    """

    base: str = DESIGN
    worlds: int = 1
    told: Mapping[str, Any] = field(default_factory=dict)

    @property
    def single(self) -> bool:
        """Whether each scenario was run once."""
        return self.worlds == 1 and "drawn" not in self.told


def footing(dataset: xr.Dataset) -> Footing:
    """Return on what ``dataset`` stands."""
    told = json.loads(str(dataset.attrs.get("footing_told") or "{}"))
    return Footing(str(told.get("base", DESIGN)), int(dataset.attrs.get("worlds", 1)), told)


def standing(words: Words, stands: Footing, *, design: str, listed: str, world: str) -> Mapping[str, str]:
    """Return the sentences about the footing: ``illustrative`` inside a figure, ``footing`` in its caption, ``calibrated``.

    Arguments:
        words: the wording of a language.
        stands: the footing.
        design: the set of parameters with the few changes a figure tells.
        listed: the same with those a caption tells.
        world: the sentence about the outside world, or nothing.
    """
    kind = f"{stands.base} centre" if stands.base == POSTERIOR and stands.single else stands.base
    facts = {"world": world, "worlds": f"{stands.worlds:,}", **calibration(stands)}
    return {
        "illustrative": words.text("illustrative" if kind == DESIGN else f"stands on {kind}").format(design=design, **facts),
        "footing": words.text(f"footing {kind}").format(design=listed, **facts),
        "calibrated": words.text("fitted" if stands.base == POSTERIOR else "not calibrated").format(**facts),
    }


def calibration(stands: Footing) -> Mapping[str, str]:
    """Return what may be quoted of the calibration that is the base; nothing of another base."""
    if stands.base != POSTERIOR:
        return {}
    told = stands.told
    first, last = told["fit"]
    return {
        "posterior": str(told["posterior"])[:8],
        "first": f"{first:g}",
        "last": f"{last:g}",
        "parameters": f"{told['parameters']}",
        "informed": f"{told['informed']}",
        "others": f"{told['parameters'] - told['informed']}",
        "vector": f"{told.get('vector', '')}",
    }
