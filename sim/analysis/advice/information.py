"""Which unknown to measure first: what knowing it would be worth to a choice among packages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.advice.questions import Tables, question
from sim.analysis.advice.robustness import THRESHOLDS, conditions, judged, options
from sim.analysis.voi import Partial, interval, partial, perfect, perfect_interval
from sim.analysis.worlds import FEWEST, Worlds
from sim.errors import Problem, raise_if

WORTH = (0.05, 0.1, 0.15, 0.2, 0.3, 0.5)
"""What one more joint paper may be worth, in the unit of the cost: no value is the right one, so several are shown."""

SHOWN = 12
"""Unknowns told by name for each choice."""


@dataclass(frozen=True)
class Choice:
    """A choice among packages.

    Attributes:
        kind: ``worth`` for most net benefit at a stated worth of the gain, ``success`` for most worlds in which thresholds
            hold.
        worth: what a unit of the gain is worth; 0 for a choice of the other kind.
        benefit: shape (option, world).
        units: unit of the benefit.
    """

    kind: str
    worth: float
    benefit: np.ndarray
    units: str


@question("information", needs=judged)
def information(
    worlds: Worlds,
    *,
    gain: str = "co papers",
    cost: str = "extra cost",
    worth: Sequence[float] = WORTH,
    thresholds: Sequence[Sequence[Any]] = THRESHOLDS,
    packages: Sequence[str] | None = None,
    year: float | None = None,
    shuffles: int = 20,
) -> Tables:
    """Return what perfect knowledge, and knowledge of each unknown by itself, would be worth to choices among packages.

    The model says nothing about welfare, so no single benefit is maximised. Two kinds of choices are shown: the package with
    the highest expected net benefit (``worth`` times the gain summed over the years since the first measure, minus the cost,
    neither discounted), at several worths; and the package that meets the thresholds in most worlds, which needs no worth.

    Arguments:
        worlds: an ensemble of packages with draws.
        gain: outcome a year of which more is better.
        cost: outcome, cumulative, in whose unit a unit of the gain is worth ``worth``.
        worth: what a unit of the gain is worth.
        thresholds: as for ``robustness``.
        packages: names of those chosen among, doing nothing always among them; all if ``None``.
        year: end of the years that are summed; the last stored one if ``None``.
        shuffles: how often the unknowns are shuffled to learn what noise alone seems to be worth.

    Returns:
        ``information``: by choice, the package best on average, the share of worlds in which it is the best, its expected
        benefit over doing nothing, the expected value of perfect information and its 5–95 % interval (``evpi``, ``low``,
        ``high``), ``noise`` and ``floor`` of the value of one unknown, and how many unknowns count (``above``).
        ``information_inputs``: by choice and unknown, the largest first: its value, 5–95 % interval by resampling worlds, and
        whether it counts (``exceeds``): its value lies above the floor and its interval above zero.
    """
    places = options(worlds, packages)
    at = float(worlds.times[-1]) if year is None else float(year)
    raise_if(_problems(worlds, (gain, cost), at))
    drawn = worlds.draws()
    told, rows = [], []
    for choice in _choices(worlds, (gain, cost), worth=worth, thresholds=thresholds, places=places, year=at):
        about = {"choice": choice.kind, "worth": choice.worth, "units": choice.units}
        known = partial(choice.benefit, drawn.to_numpy(), shuffles=shuffles)
        own = _inputs(about, choice, drawn, known=known)
        best = worlds.scenarios[places[int(choice.benefit.mean(axis=1).argmax())]]
        counts = {"above": sum(bool(row["exceeds"]) for row in own), "unknowns": int(drawn.shape[1]), "options": len(places)}
        asked = {"members": int(drawn.shape[0]), "year": at, "gain": gain, "cost": cost}
        told.append({**about, "best": best, **_worth(choice), "noise": known.noise, "floor": known.floor, **counts, **asked})
        rows += own
    return {"information": pd.DataFrame(told), **({"information_inputs": pd.DataFrame(rows)} if rows else {})}


def _problems(worlds: Worlds, outcomes: tuple[str, str], year: float) -> list[Problem]:
    """Return why no net benefit can be made of a gain and a cost by ``year``, or worlds are too few to learn from."""
    gain, cost = (worlds.outcome(name) for name in outcomes)
    found = []
    if gain.better != "more":
        why = "its increase would be rewarded, and more of it is not what is wanted"
        found.append(Problem(f"gain {gain.name!r}", f"better: {gain.better}", why, "name an outcome of which more is wanted"))
    if cost.better != "less" or cost.form != "difference":
        why = "what is paid by the last year is taken off once, so it must add up over the years"
        found.append(Problem(f"cost {cost.name!r}", "no cumulative cost", why, "name one such as 'extra cost'"))
    if year <= worlds.first_year:
        why = f"the first measure begins in {worlds.first_year:g}"
        found.append(Problem("year", f"{year:g}", why, "ask for a later year"))
    if worlds.members.size < FEWEST:
        what = f"{worlds.members.size} worlds"
        found.append(Problem("worlds", what, "nothing is learned from so few", f"run {FEWEST} or more"))
    return found


def _worth(choice: Choice) -> dict[str, float]:
    """Return how good the best package is on average, and what knowing everything would add."""
    means = choice.benefit.mean(axis=1)
    best = int(means.argmax())
    low, high = perfect_interval(choice.benefit)
    return {
        "best_share": float((choice.benefit[best] >= choice.benefit.max(axis=0)).mean()),
        "expected": float(means[best] - (0.0 if choice.kind == "success" else means[0])),
        "evpi": perfect(choice.benefit),
        "low": low,
        "high": high,
    }


def _choices(
    worlds: Worlds,
    outcomes: tuple[str, str],
    *,
    worth: Sequence[float],
    thresholds: Sequence[Sequence[Any]],
    places: list[int],
    year: float,
) -> Iterator[Choice]:
    years = [float(each) for each in worlds.times if worlds.first_year < each <= year + 1e-6]
    # A sum over stored years at one a year; stored more or less often, each stands for the years it covers.
    covered = np.diff([worlds.first_year, *years])
    gained = (worlds.gains(outcomes[0], years)[places] * covered[:, None]).sum(axis=1)
    paid = worlds.gains(outcomes[1], [year])[places, 0]
    for each in worth:
        yield Choice("worth", float(each), each * gained - paid, worlds.units(outcomes[1]))
    if thresholds:
        met = np.array([each.met(worlds, year)[places] for each in conditions(thresholds, "thresholds")])
        yield Choice("success", 0.0, met.all(axis=0).astype(float), "share of worlds")


def _inputs(about: dict[str, Any], choice: Choice, drawn: pd.DataFrame, *, known: Partial) -> list[dict[str, object]]:
    """Return the unknowns that seem worth anything, the most first; one counts if noise explains neither value nor interval."""
    order = [int(number) for number in np.argsort(-known.value, kind="stable") if known.value[number] > 0]
    rows: list[dict[str, object]] = []
    for rank, number in enumerate(order, 1):
        value = float(known.value[number])
        if rank > SHOWN and value <= known.floor:
            break
        low, high = interval(choice.benefit, drawn.iloc[:, number].to_numpy())
        found = {"uncertainty": str(drawn.columns[number]), "value": value, "low": low, "high": high}
        rows.append({**about, "rank": rank, **found, "floor": known.floor, "exceeds": value > known.floor and low > 0})
    return rows
