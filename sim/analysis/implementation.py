"""From law to practice: what each link of the implementation chain leaves of a measure.

The chain is multiplied along the way (rules, local adoption, awareness, willingness), so the gap between law and practice
splits exactly into the logarithms of its links; what practice still lags behind its target is the last one.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from sim.analysis.definitions import indicators
from sim.analysis.values import pick

LINKS = ("law", "rules", "adoption", "awareness", "willingness", "practice")
"""Stages of the chain, in order; ``practice`` is a level, the stages between are what the product passes through."""


def chain(dataset: xr.Dataset, measure: str, definitions: Mapping[str, Any] | None = None) -> xr.Dataset:
    """Return what is left of ``measure`` after each link, dims scenario and time, every value a share of full practice.

    Variables: ``law``; ``rules`` (implementing rules written); ``adoption`` (applied locally); ``awareness`` (and known);
    ``willingness`` (and handled without fear, the level practice tends to); ``practice`` (reached by now).
    """
    names = (indicators(dataset) if definitions is None else definitions)["implementation"]

    def level(stage: str) -> xr.DataArray:
        return pick(dataset, names[stage].format(measure=measure))

    adopted = level("adoption")
    known = adopted * level("awareness")
    stages = (level("law"), level("rules"), adopted, known, known * level("willingness"), level("practice"))
    return xr.Dataset(
        {name: values.rename(name).assign_attrs({"units": "dmnl"}) for name, values in zip(LINKS, stages, strict=True)}
    )


def decomposition(levels: xr.Dataset) -> xr.Dataset:
    """Return the gap law − practice of a :func:`chain`, shared among its links in proportion to their logarithms.

    The parts ``rules``, ``adoption``, ``awareness``, ``willingness`` and ``practice`` (the time practice needs) add up to
    ``gap``. Where the law is not in force, or nothing is practised yet, all are zero; a link that gains (practice still above
    its target, rules that outlive a law) has a negative part.
    """
    start, end = levels[LINKS[0]], levels[LINKS[-1]]
    gap = start - end
    whole = _log(start) - _log(end)
    weight = xr.where((start > 0) & (end > 0) & (whole != 0), gap / xr.where(whole == 0, 1.0, whole), 0.0)
    parts = {
        later: weight * (_log(levels[earlier]) - _log(levels[later])) for earlier, later in zip(LINKS, LINKS[1:], strict=False)
    }
    return xr.Dataset({**parts, "gap": gap})


def _log(values: xr.DataArray) -> xr.DataArray:
    return np.log(xr.where(values > 0, values, 1.0))
