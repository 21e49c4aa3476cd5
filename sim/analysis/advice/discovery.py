"""When a package fails: the few ranges of the unknowns in which failures lie thick, or that none could be found."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.advice.questions import Tables, question
from sim.analysis.advice.robustness import Condition, conditions, options
from sim.analysis.definitions import structure
from sim.analysis.pareto import wilson
from sim.analysis.prim import Box, Found, discover, halves, rate
from sim.analysis.worlds import Worlds

CASES = (
    ("co papers", "<", 30.0, "percent"),
    ("peak of Stringency", ">", 0.3, "value"),
)
"""What usually counts as a failure: little gain in joint papers; supervision that tightens hard. A judgement."""

NAMES = ("discovery", "discovery_limits", "discovery_course")
"""Tables of an answer."""

LEAST_CASES = 10
"""Cases, and other worlds, without which nothing is looked for."""

LEVEL = 0.05
"""Quasi-p value, in the worlds a box was not looked for in, up to which a limit counts."""

_NO_WORD = re.compile(r"[^a-z0-9]+")


@question(
    "discovery",
    needs=lambda worlds, package, cases: (options(worlds, [package] if package else None), conditions(cases, "cases")),
)
def discovery(
    worlds: Worlds,
    *,
    cases: Sequence[Sequence[Any]] = CASES,
    package: str = "",
    coverage: float = 0.5,
    most: int = 4,
    candidates: int = 20,
    repeats: int = 20,
    year: float | None = None,
) -> Tables:
    """Return, for each kind of failure, the ranges of unknowns in which it is frequent.

    A box is looked for in one half of the worlds and judged in the other; what is told as its coverage and density is what the
    other half says.

    Arguments:
        worlds: an ensemble with draws; many worlds of a prior tell more than few of a posterior.
        cases: what counts as a failure, rows of outcome, sign, limit and kind as for ``robustness``.
        package: the scenario that fails; the one with most measures if empty.
        coverage: share of the failures that a box covers at least where it is looked for; the densest such box is chosen.
        most: unknowns that a box limits at most.
        candidates: unknowns tried, those that go most with the failure.
        repeats: other divisions of the worlds in which the search is repeated, to tell how often the same unknowns come up.
        year: when outcomes are read; the last stored year if ``None``.

    Returns:
        ``discovery``: by case, what it is, number of worlds and of failures, their ``rate``, whether a box was ``found``, its
        coverage and density (``density_low``, ``density_high``: Wilson) in the other half, and the reason if none was found.
        ``discovery_limits``: by case and limited unknown, its range inside the box and in all worlds, unit, quasi-p value
        in the other half times the number of limits, whether that ``counts``, and in what share of the repeats it was limited.
        ``discovery_course``: coverage and density of every box on the way, in both halves.
    """
    asked = conditions(cases, "cases")
    name = package or max(worlds.scenarios, key=lambda each: len(worlds.adopted[each]))
    place = options(worlds, [name])[-1]
    at = float(worlds.times[-1]) if year is None else float(year)
    chosen = {"coverage": coverage, "most": most, "candidates": candidates}
    found = [
        _told(
            worlds,
            _about(worlds, number, each, package=name, year=at),
            failed=each.met(worlds, at)[place],
            chosen=chosen,
            repeats=repeats,
        )
        for number, each in enumerate(asked)
    ]
    rows = {key: [row for each in found for row in each.get(key, [])] for key in NAMES}
    return {key: pd.DataFrame(value) for key, value in rows.items() if value}


def _told(
    worlds: Worlds, about: dict[str, Any], *, failed: np.ndarray, chosen: dict[str, Any], repeats: int
) -> dict[str, list[dict[str, object]]]:
    """Return the rows of all tables about one case; only that nothing was looked for where there are too few of either kind."""
    drawn = worlds.draws()
    about |= {"failures": int(failed.sum()), "rate": float(failed.mean())}
    if min(int(failed.sum()), int((~failed).sum())) < LEAST_CASES or drawn.shape[1] == 0:
        return {"discovery": [about | _nothing("few")]}
    found = discover(drawn.to_numpy(), failed, **chosen)
    again = [discover(drawn.to_numpy(), failed, **chosen, seed=seed).box for seed in range(1, repeats + 1)]
    return {
        "discovery": [about | _rated(found)],
        "discovery_limits": _limits(worlds, about["case"], found, drawn=drawn, again=again),
        "discovery_course": _course(about["case"], found, drawn=drawn.to_numpy(), failed=failed),
    }


def _about(worlds: Worlds, number: int, case: Condition, *, package: str, year: float) -> dict[str, object]:
    return {
        "case": number,
        "package": package,
        "outcome": case.outcome,
        "sign": case.sign,
        "limit": case.limit,
        "kind": case.kind,
        "units": "%" if case.kind == "percent" else worlds.units(case.outcome),
        "year": year,
        "members": int(worlds.members.size),
        "unknowns": int(worlds.dataset.sizes["uncertainty"]),
    }


def _nothing(reason: str) -> dict[str, object]:
    numbers = dict.fromkeys(("coverage", "density", "density_low", "density_high", "seen_coverage", "seen_density"), 0.0)
    return {"found": False, "reason": reason, "limits": 0, "inside": 0, **numbers}


def _rated(found: Found) -> dict[str, object]:
    """Return what the unseen half says of the box; that nothing was found if none of its limits counts there."""
    own = found.unseen
    if not found.box.inputs or own.inside == 0:
        return _nothing("nothing")
    low, high = wilson(own.cases, own.inside)
    proved = any(value <= LEVEL for value in found.chance.values())
    return {
        "found": proved,
        "reason": "" if proved else "chance",
        "limits": len(found.box.inputs),
        "inside": own.inside,
        "coverage": own.coverage,
        "density": own.density,
        "density_low": float(low),
        "density_high": float(high),
        "seen_coverage": found.seen.coverage,
        "seen_density": found.seen.density,
    }


def _limits(worlds: Worlds, case: int, found: Found, *, drawn: pd.DataFrame, again: Sequence[Box]) -> list[dict[str, object]]:
    units = {_NO_WORD.sub("_", key.lower()): told["units"] for key, told in structure(worlds.dataset)["variables"].items()}
    rows = []
    for number in found.box.inputs:
        values, name = drawn.iloc[:, number], str(drawn.columns[number])
        inside = [box for box in again if number in box.inputs]
        rows.append(
            {
                "case": case,
                "uncertainty": name,
                "units": str(units.get(name.split(".")[0], "")),
                "low": found.box.low.get(number, float(values.min())),
                "high": found.box.high.get(number, float(values.max())),
                "limited_below": number in found.box.low,
                "limited_above": number in found.box.high,
                "least": float(values.min()),
                "middle": float(values.median()),
                "most": float(values.max()),
                "place_low": float((values < found.box.low.get(number, -np.inf)).mean()),
                "place_high": float((values <= found.box.high.get(number, np.inf)).mean()),
                "chance": found.chance[number],
                "counts": found.chance[number] <= LEVEL,
                "again": len(inside) / max(len(again), 1),
            }
        )
    return rows


def _course(case: int, found: Found, *, drawn: np.ndarray, failed: np.ndarray) -> list[dict[str, object]]:
    first = halves(failed, 0)
    rows = []
    for step, box in enumerate([*found.course, found.box]):
        for half, chosen in (("seen", first), ("unseen", ~first)):
            own = rate(box, drawn[chosen], failed[chosen])
            numbers = {"coverage": own.coverage, "density": own.density, "inside": own.inside, "limits": len(box.inputs)}
            rows.append({"case": case, "half": half, "step": step, **numbers, "chosen": step == len(found.course)})
    return rows
