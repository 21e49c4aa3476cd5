"""When to begin and how strongly: gains over a grid of start years and intensities, what each year of delay costs.

A later start has fewer years to act before the last year, so a cost of delay is one up to that year, and what is lost by then
need not be lost for ever.  Beside the gain in the last year stands the gain summed over the years from the earliest start on.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.analysis.advice.ordering import after_first, known
from sim.analysis.advice.questions import Tables, question
from sim.analysis.definitions import indicators
from sim.analysis.question import value_in
from sim.analysis.worlds import DOWN, UP, Worlds, spread, verdict
from sim.errors import Problem, ThroughflowError

USUAL = ("co papers", "Talent total", "Data shared abroad", "total joint projects", "Stringency", "extra cost")
"""Outcomes that are told."""

END, TOTAL = "end", "total"
"""How gains are read: in the last year, and summed over the years from the earliest start to the last."""


@dataclass(frozen=True)
class Point:
    """A scenario of the grid: its name, its place in the store, when its measures begin and how strongly they act."""

    scenario: str
    place: int
    start: float
    intensity: float


@question("timing", needs=lambda worlds: grid(worlds))
def timing(worlds: Worlds, *, outcomes: Sequence[str] = USUAL, stop: float | None = None) -> Tables:
    """Return gains by start year and intensity, the cost of each year of delay and the worth of each step of intensity.

    Arguments:
        worlds: an ensemble whose scenarios adopt the same measures, all of a scenario at one date and with one intensity.
        outcomes: which are told; those that the store lacks are left out if usual.
        stop: last year that counts, a stored one after the earliest start; the last stored one if ``None``.

    Returns:
        ``timing``: a row by outcome, reading (``end``: gain in the last year; ``total``: summed over the years since the
        earliest start, in unit · year), start and intensity: quantiles of the gain, in per cent of the baseline too (of the
        baseline's own sum for a total; NaN where that has no meaning), verdict.
        ``timing_delay``: a row by outcome, reading, intensity and pair of consecutive starts (``start``, ``later``):
        quantiles of the paired change in the gain for each year of delay, likewise.
        ``timing_forgone``: a row by outcome, reading, intensity and start after the earliest: quantiles of the share of the
            gain of the earliest start that is forgone in the same world; left out where that gain has no settled sign.
        ``timing_intensity``: a row by outcome, reading, start and pair of consecutive intensities (``intensity``, ``higher``):
        quantiles of the paired change in the gain from the one to the other, likewise.
        ``timing_curvature``: a row by outcome, reading and start of three intensities or more: the last of these changes minus
        the first, each for a whole unit of intensity, likewise: ``up`` if intensity brings more the higher it already is.

    Raises:
        ThroughflowError: no two scenarios of such a grid; outcomes that the store lacks; a last year before any measure acts.
    """
    points = grid(worlds)
    last = float(worlds.times[-1]) if stop is None else stop
    _stored(worlds, points, last)
    years = worlds.times[(worlds.times >= points[0].start - 1e-9) & (worlds.times <= last + 1e-9)]
    parts = ("timing", "timing_delay", "timing_forgone", "timing_intensity", "timing_curvature")
    tables: dict[str, list[dict[str, object]]] = {name: [] for name in parts}
    for outcome in known(worlds, outcomes, USUAL):
        found = worlds.values(outcome, years)
        base = found[worlds.scenarios.index(worlds.baseline)]
        relative = worlds.relative(outcome)
        for reading in (END, TOTAL):
            read = found[:, -1] if reading == END else np.trapezoid(found, years, axis=1)
            usual = base[-1] if reading == END else np.trapezoid(base, years, axis=0)
            told = {"outcome": outcome, "reading": reading, "year": last, "units": _units(worlds.units(outcome), reading)}
            for key, rows in _answers(points, read - usual, usual if relative and (usual != 0).all() else None).items():
                tables[key] += [told | row for row in rows]
    return {key: pd.DataFrame(rows) for key, rows in tables.items() if rows}


def grid(worlds: Worlds) -> list[Point]:
    """Return the scenarios that adopt the set of measures most often adopted, each all of them alike, by start and intensity.

    Raises:
        ThroughflowError: fewer than two such scenarios, or two of the same start and intensity.
    """
    groups: dict[frozenset[str], list[Point]] = {}
    for place, scenario in enumerate(worlds.scenarios):
        point = _point(worlds, scenario, place)
        if point is not None:
            groups.setdefault(worlds.adopted[scenario], []).append(point)
    found = max(groups.values(), key=len, default=[])
    where, cure = "scenarios", "run a grid of start years and intensities of one package"
    if len(found) < 2:
        why = "times can be compared only between scenarios that adopt the same measures, each all at one date"
        raise ThroughflowError(Problem(where, f"{len(found)} that could be compared", why, cure))
    ordered = sorted(found, key=lambda point: (point.start, point.intensity))
    twice = [
        f"{one.scenario} and {other.scenario}"
        for one, other in zip(ordered, ordered[1:], strict=False)
        if (one.start, one.intensity) == (other.start, other.intensity)
    ]
    if twice:
        why = "they begin at the same date with the same intensity, so which of them counts would be arbitrary"
        raise ThroughflowError(Problem(where, ", ".join(twice), why, "keep one of them"))
    return ordered


def starts(worlds: Worlds, scenario: str) -> dict[str, float]:
    """Return when each measure that ``scenario`` adopts beside the baseline begins, by measure (calendar years)."""
    return _settings(worlds, scenario, "start")


def _settings(worlds: Worlds, scenario: str, key: str) -> dict[str, float]:
    pattern = indicators(worlds.dataset)["settings"]["measure"][key]
    names = sorted(worlds.adopted[scenario])
    return {name: float(value_in(worlds.dataset, scenario, pattern.format(measure=name))) for name in names}


def _point(worlds: Worlds, scenario: str, place: int) -> Point | None:
    """Return ``scenario`` as a point of the grid; ``None`` if its measures differ in start or intensity or there are none."""
    begun, strong = (set(_settings(worlds, scenario, key).values()) for key in ("start", "intensity"))
    alike = len(begun) == len(strong) == 1 and _shipped(worlds, scenario)
    return Point(scenario, place, begun.pop(), strong.pop()) if alike else None


def _shipped(worlds: Worlds, scenario: str) -> bool:
    """Tell whether the measures of ``scenario`` act in the modes, and with the delays, that the model file gives them."""
    return all(_settings(worlds, scenario, key) == _of_file(worlds, scenario, key) for key in ("mode", "scale_up", "ramp"))


def _of_file(worlds: Worlds, scenario: str, key: str) -> dict[str, float]:
    pattern = indicators(worlds.dataset)["settings"]["measure"][key]
    names = sorted(worlds.adopted[scenario])
    return {name: float(value_in(worlds.dataset, worlds.baseline, pattern.format(measure=name))) for name in names}


def _stored(worlds: Worlds, points: Sequence[Point], last: float) -> None:
    """Refuse a last year that is not stored, or in which no measure has acted."""
    after_first(worlds, [last], "stop")
    if last <= points[0].start + 1e-9 or np.abs(worlds.times - last).min() > 1e-3:
        what = f"{last:g} is no stored year after {points[0].start:g}, the earliest start"
        why = f"gains are read in stored years; the store runs from {worlds.times[0]:g} to {worlds.times[-1]:g}"
        raise ThroughflowError(Problem("stop", what, why, "ask for a later stored year"))


def _units(unit: str, reading: str) -> str:
    return unit if reading == END else f"{unit or '1'} · year"


def _answers(points: Sequence[Point], gains: np.ndarray, base: np.ndarray | None) -> dict[str, list[dict[str, object]]]:
    """Return the rows of each table: ``gains`` of shape (scenario, member), ``base`` of shape (member,) where it counts."""
    delay, more = [], []
    for one in points:
        later = [each for each in points if each.intensity == one.intensity and each.start > one.start]
        if later:
            apart = later[0].start - one.start
            row = {"start": one.start, "later": later[0].start, "intensity": one.intensity}
            delay.append(row | _row((gains[later[0].place] - gains[one.place]) / apart, base))
        higher = [each for each in points if each.start == one.start and each.intensity > one.intensity]
        if higher:
            row = {"start": one.start, "intensity": one.intensity, "higher": higher[0].intensity}
            more.append(row | _row(gains[higher[0].place] - gains[one.place], base))
    here = [
        {"scenario": each.scenario, "start": each.start, "intensity": each.intensity, **_row(gains[each.place], base)}
        for each in points
    ]
    bent = [_curvature(points, gains, base, start=start) for start in sorted({each.start for each in points})]
    bent = [row for row in bent if row]
    found = {"timing": here, "timing_delay": delay, "timing_intensity": more, "timing_curvature": bent}
    return found | {"timing_forgone": _forgone(points, gains)}


def _forgone(points: Sequence[Point], gains: np.ndarray) -> list[dict[str, object]]:
    """Return what share of the gain of the earliest start each later one forgoes, in the same world.

    A share of a gain that may be of either sign has no meaning, and one of nothing no value.
    """
    rows = []
    for one in points:
        first = next(each for each in points if each.intensity == one.intensity)
        whole = gains[first.place]
        if one.start > first.start and verdict(whole) in (UP, DOWN) and (whole != 0).all():
            row: dict[str, object] = {
                "start": one.start,
                "earliest": first.start,
                "intensity": one.intensity,
                "members": int(whole.size),
            }
            shares = spread(1.0 - gains[one.place] / whole)
            rows.append(row | {key: float(number) for key, number in shares.items()})
    return rows


def _curvature(points: Sequence[Point], gains: np.ndarray, base: np.ndarray | None, *, start: float) -> dict[str, object]:
    """Return how much more the last step of intensity brings than the first, for a whole unit; nothing for one step."""
    own = [each for each in points if each.start == start]
    if len(own) < 3:
        return {}
    first, last = (
        (gains[upper.place] - gains[lower.place]) / (upper.intensity - lower.intensity) for lower, upper in (own[:2], own[-2:])
    )
    return {"start": start, **_row(last - first, base)}


def _row(values: np.ndarray, base: np.ndarray | None) -> dict[str, object]:
    """Return quantiles over worlds of ``values``, shape (member,), and in per cent of ``base``, with a verdict."""
    row: dict[str, object] = {key: float(number) for key, number in spread(values).items()}
    shares = spread(100.0 * values / base) if base is not None else dict.fromkeys(row, np.nan)
    row |= {f"percent_{key}": float(number) for key, number in shares.items()}
    return row | {"verdict": verdict(values, base), "members": int(values.size)}
