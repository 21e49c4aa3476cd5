"""The same measures in different orders: governance or opening first, all at once, pilots or the whole country first."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from sim.analysis.advice.ordering import after_first, known
from sim.analysis.advice.questions import Tables, question
from sim.analysis.worlds import READINGS, Worlds, spread, verdict
from sim.errors import Problem, ThroughflowError, nearest, raise_if

USUAL = (
    *("trips per year", "Talent total", "Data shared abroad", "total joint projects", "co papers", "International knowledge"),
    *("extra cost", "peak of Stringency", "peak of incidents"),
)
"""Outcomes that are told."""

SEQUENCES = ("all", "governance_first", "opening_first", "pilots_first", "nationwide")
"""Sequences that are compared where at least two of them are there."""

PAIRS = (("governance_first", "opening_first"), ("pilots_first", "nationwide"))
"""Sequences that are compared with each other, beside each with the reference."""

COURSES = ("co papers", "Stringency")
"""Outcomes told year by year."""

RATIO = "pilot_effort_ratio"
"""The uncertainty on which what a pilot brings hangs most: how well its effort is repeated elsewhere."""

PARTS = 3
"""Parts, of equally many worlds, into which what was drawn is cut."""

LEAST = 3 * PARTS
"""Worlds needed to cut them into parts."""


@question("sequence", needs=lambda worlds, sequences, reference, pairs: _pairs(_sequences(worlds, sequences), reference, pairs))
def sequence(
    worlds: Worlds,
    *,
    outcomes: Sequence[str] = USUAL,
    years: Sequence[float] | None = None,
    sequences: Sequence[str] | None = None,
    reference: str = "all",
    pairs: Sequence[Sequence[str]] = PAIRS,
    courses: Sequence[str] = COURSES,
    sensitive_to: str = RATIO,
) -> Tables:
    """Return what each sequence of the same measures brings, and paired differences between sequences.

    Arguments:
        worlds: an ensemble with scenarios that adopt the same measures at other dates or in other modes.
        outcomes: which are told; those that the store lacks are left out if usual.
        years: in which they are read; the last stored one if ``None``.
        sequences: scenarios compared; if ``None``, those of :data:`SEQUENCES` that are there, or else those that adopt the set
            of measures most often adopted.
        reference: sequence that each of the others is compared with, if it is there.
        pairs: further pairs of sequences that are compared; those not there are left out if usual.
        courses: outcomes that are told year by year.
        sensitive_to: name, or its end, of a drawn uncertainty by which the pairs are compared in parts of the worlds.

    Returns:
        ``sequence``: a row by sequence, outcome and year: quantiles of the paired gain over the baseline, in per cent of it too
        (NaN where that has no meaning), verdict.
        ``sequence_pairs``: a row by pair (``first``, ``second``), outcome and year: quantiles of the paired difference first −
        second, in per cent of the second too, shares of worlds with more (``up``) and less (``down``), verdict.
        ``sequence_course``: gains of ``courses`` by sequence and stored year from the year before the first measure.
        ``sequence_parts`` (where ``sensitive_to`` was drawn): the pairs once more in the lowest and highest third of the worlds
        by what was drawn, which lies between ``low`` and ``high`` there.

    Raises:
        ThroughflowError: fewer than two sequences, unknown ones, ones of different measures, years before any measure acts.
    """
    found = _sequences(worlds, sequences)
    when = after_first(worlds, [worlds.times[-1]] if years is None else years, "years")
    compared = _pairs(found, reference, pairs)
    parts = _parts(worlds, sensitive_to)
    tables: dict[str, list[dict[str, object]]] = {name: [] for name in ("sequence", "sequence_pairs", "sequence_parts")}
    for outcome in known(worlds, outcomes, USUAL):
        values = worlds.values(outcome, when)
        for at, year in enumerate(when):
            here = {name: values[worlds.scenarios.index(name), at] for name in (worlds.baseline, *found)}
            for key, rows in _compared(worlds, here, compared, outcome=outcome, parts=parts).items():
                tables[key] += [{"outcome": outcome, "year": year, "units": worlds.units(outcome), **row} for row in rows]
    shown = [name for name in courses if name in worlds.outcomes or tuple(courses) != COURSES]
    tables["sequence_course"] = [row for outcome in shown for row in _course(worlds, outcome, found)]
    return {key: pd.DataFrame(rows) for key, rows in tables.items() if rows}


def _compared(
    worlds: Worlds,
    here: Mapping[str, np.ndarray],
    compared: Sequence[tuple[str, str]],
    *,
    outcome: str,
    parts: Sequence[tuple[dict[str, object], np.ndarray]],
) -> dict[str, list[dict[str, object]]]:
    """Return rows of gains, of pairs, and of pairs in parts of the worlds, from the outcome of each scenario by member."""
    relative = worlds.relative(outcome)
    base = here[worlds.baseline]
    gains = [{"scenario": name, **_row(here[name], base, relative=relative)} for name in here if name != worlds.baseline]
    pairs, cut = [], []
    for first, second in compared:
        pairs.append({"first": first, "second": second, **_row(here[first], here[second], relative=relative)})
        cut += [
            {"first": first, "second": second, **part, **_row(here[first][inside], here[second][inside], relative=relative)}
            for part, inside in parts
        ]
    return {"sequence": gains, "sequence_pairs": pairs, "sequence_parts": cut}


def _sequences(worlds: Worlds, named: Sequence[str] | None) -> tuple[str, ...]:
    """Return the scenarios that are compared, in the store's order."""
    where, cure = "sequences", "name sequences of the same measures"
    if named is not None:
        told = [(name, nearest(name, worlds.scenarios) or cure) for name in named if name not in worlds.scenarios]
        raise_if(Problem(f"sequence {name!r}", "unknown", "the store has no such scenario", near) for name, near in told)
        sets = {worlds.adopted[name] for name in named}
        if len(sets) > 1:
            what = f"{', '.join(named)} adopt different measures"
            why = "their difference would not be one of order alone"
            raise ThroughflowError(Problem(where, what, why, cure))
        found = tuple(named)
    else:
        groups: dict[frozenset[str], list[str]] = {}
        for name in worlds.scenarios:
            if worlds.adopted[name]:
                groups.setdefault(worlds.adopted[name], []).append(name)
        largest = max(groups.values(), key=len, default=[])
        usual = [name for name in SEQUENCES if name in largest]
        found = tuple(usual if len(usual) > 1 else largest)
    if len(found) < 2:
        why = "an order can be compared only with another one of the same measures"
        raise ThroughflowError(Problem(where, f"{len(found)} found", why, "run a study of several sequences"))
    return found


def _pairs(found: Sequence[str], reference: str, pairs: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    """Return the pairs that are compared: those asked for, and each sequence with the reference."""
    usual = tuple(map(tuple, pairs)) == PAIRS
    problems = [
        Problem(
            f"pair {list(pair)!r}", "not two of the sequences", "it could not be compared", f"choose two of {', '.join(found)}"
        )
        for pair in pairs
        if not usual and (len(pair) != 2 or not set(pair) <= set(found))
    ]
    raise_if(problems)
    asked = [(str(one), str(other)) for one, other in pairs if {one, other} <= set(found)]
    against = [(name, reference) for name in found if name != reference] if reference in found else []
    return list(dict.fromkeys([*asked, *against]))


def _row(values: np.ndarray, other: np.ndarray, *, relative: bool) -> dict[str, object]:
    """Return quantiles over worlds of ``values`` − ``other``, in per cent of the latter too, with shares and a verdict."""
    gains = values - other
    percent = relative and bool((other != 0).all())
    row: dict[str, object] = {key: float(number) for key, number in spread(gains).items()}
    shares: Mapping[str, object] = spread(100.0 * gains / other) if percent else dict.fromkeys(row, np.nan)
    row |= {f"percent_{key}": float(number) for key, number in shares.items()}
    row |= {"up": float((gains > 0).mean()), "down": float((gains < 0).mean())}
    return row | {"verdict": verdict(gains, other if percent else None), "members": int(gains.size)}


def _course(worlds: Worlds, outcome: str, found: Sequence[str]) -> list[dict[str, object]]:
    if outcome.startswith(READINGS):
        why = "a course is told year by year already"
        raise ThroughflowError(Problem(f"course of {outcome!r}", "a peak or a mean", why, "name the outcome itself"))
    years = worlds.times[worlds.times >= worlds.first_year - 1.0 - 1e-9]
    gains = worlds.gains(outcome, years)
    return [
        {
            "outcome": outcome,
            "units": worlds.units(outcome),
            "scenario": name,
            "year": float(year),
            **{key: float(number) for key, number in spread(gains[worlds.scenarios.index(name), at]).items()},
        }
        for name in found
        for at, year in enumerate(years)
    ]


def _parts(worlds: Worlds, name: str) -> list[tuple[dict[str, object], np.ndarray]]:
    """Return the lowest and the highest part of the worlds by what they drew of ``name``; none if it was not drawn."""
    if "draw" not in worlds.dataset:
        return []
    drawn = worlds.draws()
    column = next((each for each in drawn if each == name or str(each).endswith((f".{name}", name.replace("_", " ")))), None)
    if column is None or len(drawn) < LEAST:
        return []
    values = drawn[column].to_numpy()
    low, high = np.quantile(values, (1 / PARTS, 1 - 1 / PARTS))
    cut = {"low": values <= low, "high": values >= high}
    return [
        (
            {"part": part, "uncertainty": str(column), "low": float(values[inside].min()), "high": float(values[inside].max())},
            inside,
        )
        for part, inside in cut.items()
    ]
