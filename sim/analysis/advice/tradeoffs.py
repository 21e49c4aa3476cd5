"""What cannot be had together: gain, cost, load and risk of every package, and which packages no other beats in all of them."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from sim.analysis.advice.questions import Tables, question
from sim.analysis.advice.robustness import options
from sim.analysis.pareto import dominated, wilson
from sim.analysis.worlds import ROBUST, Worlds, spread
from sim.errors import Problem, ThroughflowError

CRITERIA = ("co papers", "extra cost", "administrative load", "mean of incidents")
"""Usual criteria: gain, fiscal cost, administrative load, security risk."""


@question("tradeoffs", needs=lambda worlds, packages: options(worlds, packages))
def tradeoffs(
    worlds: Worlds,
    *,
    criteria: Sequence[str] = CRITERIA,
    packages: Sequence[str] | None = None,
    year: float | None = None,
    tolerance: float = 0.0,
) -> Tables:
    """Return every package on every criterion, and in what share of worlds no other package beats it in all of them.

    Arguments:
        worlds: an ensemble of packages.
        criteria: outcomes of which more, or less, is better; the first is the gain that figures put against the others.
        packages: names of those compared, doing nothing always among them; all if ``None``.
        year: when outcomes are read; the last stored year if ``None``.
        tolerance: differences in a criterion that do not count, as a share of the spread of its medians over packages: values
            are put into classes of that width first.

    Returns:
        ``tradeoffs``: by package, number of recommendations or measures adopted, share of worlds in which it is not
        dominated (``undominated``) with the Wilson interval for the number of worlds, whether it is not dominated by medians
        (``front``), and ``verdict``: never, sometimes or always beaten, at 95 % of worlds. ``tradeoffs_criteria``: by
        package and criterion, quantiles of the paired difference from the baseline in the model's unit.

    Raises:
        ThroughflowError: a criterion without a better direction; fewer than two criteria.
    """
    _check(worlds, criteria)
    places = options(worlds, packages)
    at = float(worlds.times[-1]) if year is None else float(year)
    gains = {name: worlds.gains(name, [at])[places, 0] for name in criteria}
    losses = np.array([-gains[name] if worlds.outcome(name).better == "more" else gains[name] for name in criteria])
    table = _verdicts(worlds, losses, places, tolerance=tolerance).assign(year=at)
    return {"tradeoffs": table, "tradeoffs_criteria": _criteria(worlds, gains, places)}


def _verdicts(worlds: Worlds, losses: np.ndarray, places: Sequence[int], *, tolerance: float) -> pd.DataFrame:
    middle = np.median(losses, axis=2)
    width = tolerance * (middle.max(axis=1) - middle.min(axis=1))
    free = ~dominated(_classed(losses, width[:, None, None]))
    low, high = wilson(free.sum(axis=1), free.shape[1])
    share = free.mean(axis=1)
    return pd.DataFrame(
        {
            "package": [worlds.scenarios[place] for place in places],
            "measures": [len(worlds.adopted[worlds.scenarios[place]]) for place in places],
            "undominated": share,
            "low": low,
            "high": high,
            "front": ~dominated(_classed(middle, width[:, None])),
            "verdict": np.where(share >= ROBUST, "never", np.where(share <= 1 - ROBUST, "always", "sometimes")),
            "members": free.shape[1],
        }
    )


def _criteria(worlds: Worlds, gains: Mapping[str, np.ndarray], places: Sequence[int]) -> pd.DataFrame:
    rows = [
        {
            "package": worlds.scenarios[place],
            "outcome": name,
            "better": worlds.outcome(name).better,
            "units": worlds.units(name),
            **{key: float(number) for key, number in spread(gains[name][row]).items()},
        }
        for name in gains
        for row, place in enumerate(places)
    ]
    return pd.DataFrame(rows)


def _classed(losses: np.ndarray, width: np.ndarray) -> np.ndarray:
    """Return ``losses`` in classes of ``width``; as they are where it is zero."""
    return np.where(width > 0, np.round(losses / np.where(width > 0, width, 1.0)), losses)


def _check(worlds: Worlds, criteria: Sequence[str]) -> None:
    wrong = [name for name in criteria if worlds.outcome(name).better not in ("more", "less")]
    why = "neither more nor less of it is better"
    problems = [Problem("criteria", repr(name), why, "choose an outcome with a better direction") for name in wrong]
    if len(set(criteria)) < 2:
        why = "what is best by one criterion is no trade-off"
        problems.append(Problem("criteria", f"{len(set(criteria))} criteria", why, "name two at least"))
    if problems:
        raise ThroughflowError(problems)
