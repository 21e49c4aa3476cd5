"""Two packages side by side: differences within each world, of one store or of two that asked the same of one model."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from sim.analysis.advice.packages import difference
from sim.analysis.question import asked, value_in
from sim.analysis.worlds import Worlds
from sim.errors import Problem, nearest, raise_if
from sim.results.store import settings

Side = tuple[xr.Dataset, str]
"""A package to compare: the store it is in, and its scenario."""

FREE = ("scenarios", "record", "keep", "layout")
"""Parts of a store's identity in which two stores may differ: they change what is told, not what a run is."""

SHOWN = 60
"""Letters of a setting that a problem shows."""


def compare(
    first: Side, second: Side | None = None, *, outcomes: Sequence[str] | None = None, years: Sequence[float] | None = None
) -> pd.DataFrame:
    """Return the first package minus the second, world by world, summarised.

    Arguments:
        first: store and scenario.
        second: store and scenario; the baseline of the first store if ``None``.
        outcomes: which; those that figures show and both stores hold if ``None``.
        years: stored years; the last one if ``None``.

    Returns:
        A row by outcome and year: first, second, outcome, year, better, and what
        :func:`sim.analysis.advice.packages.difference` tells; per cent are of the baseline in the same world.

    Raises:
        ThroughflowError: no such scenario; stores of different models, worlds or settings, everything that differs named at
            once; what :meth:`sim.analysis.worlds.Worlds.values` refuses.
    """
    raise_if([*_side(first, "first"), *(() if second is None else _side(second, "second"))])
    raise_if([*listed("outcomes", outcomes, str), *listed("years", years, int | float)])
    one = Worlds(first[0])
    other = one if second is None or second[0] is first[0] else Worlds(second[0])
    names = (first[1], one.baseline if second is None else second[1])
    raise_if([*_absent(one, names[0]), *_absent(other, names[1])])
    if other is not one:
        raise_if(unlike(one.dataset, other.dataset))
    members = np.intersect1d(one.members, other.members)
    chosen = [name for name, each in one.outcomes.items() if each.shown and name in other.outcomes]
    when = [float(one.times[-1])] if years is None else list(years)
    rows = []
    for name in chosen if outcomes is None else outcomes:
        left, base = (_values(one, name, when, scenario=each, members=members) for each in (names[0], one.baseline))
        right = _values(other, name, when, scenario=names[1], members=members)
        for at, year in enumerate(when):
            place = {"first": names[0], "second": names[1], "outcome": name, "year": float(year)}
            told = difference(one, name, left[at] - right[at], base=base[at])
            rows.append({**place, "better": one.outcome(name).better, **told})
    return pd.DataFrame(rows)


def _side(side: Any, name: str) -> list[Problem]:
    """Return why ``side`` is not a store and one of its scenarios."""
    if isinstance(side, tuple) and len(side) == 2 and isinstance(side[0], xr.Dataset) and isinstance(side[1], str):
        return []
    cure = 'give (sim.open_results(FOLDER), "R3")'
    return [Problem(name, repr(side)[:SHOWN].splitlines()[0], "a side is a store and the name of a scenario", cure)]


def listed(name: str, value: Any, kind: Any) -> list[Problem]:
    """Return why ``value`` is not a list of ``kind``, where it is given."""
    if value is None or (isinstance(value, list | tuple) and value and all(isinstance(each, kind) for each in value)):
        return []
    return [Problem(name, repr(value)[:SHOWN], "a list is wanted, with something in it", f"give {name}=[{value!r}]")]


def unlike(first: xr.Dataset, second: xr.Dataset) -> list[Problem]:
    """Return what forbids comparing runs of two stores: everything in which their experiments differ but the packages."""
    one, other = settings(first), settings(second)
    pairs = {key: (one.get(key), other.get(key)) for key in {**one, **other} if key not in (*FREE, "design", "baseline")}
    sampled = one.get("design") or {}, other.get("design") or {}
    pairs |= {f"design.{key}": (sampled[0].get(key), sampled[1].get(key)) for key in {**sampled[0], **sampled[1]}}
    pairs |= {"time step": (first.attrs.get("time_step"), second.attrs.get("time_step"))}
    starts = _parameters(one), _parameters(other)
    pairs |= {f"baseline: {key}": (starts[0].get(key), starts[1].get(key)) for key in {**starts[0], **starts[1]}}
    why = "a difference would not be due to the packages alone"
    cure = "run both packages in one study, or with the same model, worlds and settings"
    return [
        Problem(f"stores, {key}", f"{_shown(left)} in the first, {_shown(right)} in the second", why, cure)
        for key, (left, right) in pairs.items()
        if left != right
    ]


@dataclass(frozen=True)
class Difference:
    """In what two packages of one store differ.

    Attributes:
        first: measures that only the first adopts.
        second: measures that only the second adopts.
        settings: what else they were given differently, by reference: value in the first, value in the second.
    """

    first: tuple[str, ...]
    second: tuple[str, ...]
    settings: Mapping[str, tuple[Any, Any]]


def describe(dataset: xr.Dataset, first: str, second: str | None = None) -> Difference:
    """Return in what the scenario ``first`` differs from ``second``, or from the baseline.

    Dates and intensities of a measure count only where both adopt it.

    Raises:
        ThroughflowError: no such scenario.
    """
    worlds = Worlds(dataset)
    other = worlds.baseline if second is None else second
    raise_if([*_absent(worlds, first), *_absent(worlds, other)])
    measures = worlds.adopted[first], worlds.adopted[other]
    apart = measures[0] ^ measures[1]
    told = asked(dataset)
    references = {*told.get(first, {}), *told.get(other, {})}
    kept = sorted(each for each in references if not any(f"[{measure}]" in each for measure in apart))
    values = {each: (value_in(dataset, first, each), value_in(dataset, other, each)) for each in kept}
    only = (tuple(sorted(measures[0] - measures[1])), tuple(sorted(measures[1] - measures[0])))
    return Difference(*only, {each: pair for each, pair in values.items() if pair[0] != pair[1]})


def _values(worlds: Worlds, name: str, years: Sequence[float], *, scenario: str, members: np.ndarray) -> np.ndarray:
    """Return an outcome of one scenario in some members, shape (year, member)."""
    return worlds.values(name, years)[worlds.scenarios.index(scenario)][:, np.isin(worlds.members, members)]


def _absent(worlds: Worlds, name: str) -> list[Problem]:
    if name in worlds.scenarios:
        return []
    cure = nearest(name, worlds.scenarios) or f"there are {', '.join(worlds.scenarios[:12])}"
    return [Problem(f"scenario {name!r}", "not in the store", "a package is a scenario of the store", cure)]


def _parameters(identity: Mapping[str, Any]) -> Mapping[str, Any]:
    return next((each["parameters"] for each in identity["scenarios"] if each["name"] == identity["baseline"]), {})


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
