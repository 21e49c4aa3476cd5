"""In which order to adopt recommendations one after another: the order whose first steps already bring most.

An order is worth the area under its adoption curve: the mean, over its steps, of what is gained in one fixed year by the
recommendations adopted so far.  All gains are those of packages that begin at the same date, so orders rank the first steps of
a list; they are no years in which to begin.  The best order is found exactly, by dynamic programming over subsets
(Held & Karp 1962, doi 10.1137/0110015), and beside it the greedy one, which always takes the largest next gain.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from sim.analysis.advice.questions import Tables, question
from sim.analysis.subsets import subset_scenarios
from sim.analysis.worlds import Worlds, reading, spread, verdict
from sim.errors import Problem, ThroughflowError, raise_if

MOST = 20
"""Players at most: the tables of the search hold 2^n numbers for each world."""

COMPOSITE = "composite"
"""Name of the weighted sum of outcomes that a user asks for."""

USUAL = ("co papers", "International knowledge", "total joint projects", "Talent total", "Data shared abroad", "trips per year")
"""Outcomes for which orders are found."""

SAME = 1e-9
"""Share of the gain of all players within which two orders are worth the same."""


@question("ordering", needs=lambda worlds, players: subset_scenarios(worlds, players))
def ordering(
    worlds: Worlds,
    *,
    outcomes: Sequence[str] = USUAL,
    year: float | None = None,
    players: Sequence[str] | None = None,
    weights: Mapping[str, float] | None = None,
) -> Tables:
    """Return the best order of adoption for each outcome, what it is worth and how far the worlds agree on it.

    Arguments:
        worlds: an ensemble of all combinations of some packages.
        outcomes: for which an order is found, each by itself; those that the store lacks are left out if usual.
        year: in which gains are read; the last stored one if ``None``.
        players: packages that are ordered; those that are no unions of others if ``None``.
        weights: weights of outcomes, by name, for one more order by their weighted sum, each in per cent of the baseline and
            counted as a gain where less is better; no weighted sum is made if ``None``.

    Returns:
        ``ordering``: a row by outcome, kind of order (``optimal``, ``greedy``, ``worst``, each for the mean over worlds) and
        step: player, quantiles of the gain so far (``q05`` ...) and of what the step adds (``step_q05`` ...), its verdict.
        ``ordering_value``: a row by outcome: area of the optimal order, and its paired advantage over the mean of all orders,
        the worst, the greedy one, and what each world's own best order would add (``own``), as quantiles and in per cent of
        the mean gain of all players (NaN where that is zero); the share of worlds in which each world's greedy order is its
        best one (``greedy_optimal``), and in which the optimal order is the world's own best (``optimal_own``).
        ``ordering_places``: the share of worlds in which a player has each place of the world's own best order.

    Raises:
        ThroughflowError: combinations that are missing, outcomes of which neither more nor less is better, wrong weights, a
            year before any measure acts.
    """
    names, places = subset_scenarios(worlds, players)
    if len(names) > MOST:
        why = f"all {1 << len(names)} combinations would be searched in every world"
        raise ThroughflowError(Problem("players", f"{len(names)} are ordered", why, f"name {MOST} at most"))
    (when,) = after_first(worlds, [worlds.times[-1] if year is None else year], "year")
    games = {name: oriented(worlds, name, when)[places] for name in known(worlds, outcomes, USUAL)}
    if weights:
        games[COMPOSITE] = _composite(worlds, weights, when)[places]
    tables: dict[str, list[dict[str, object]]] = {"ordering": [], "ordering_value": [], "ordering_places": []}
    for outcome, gains in games.items():
        found = {"outcome": outcome, "year": when, "units": "%" if outcome == COMPOSITE else worlds.units(outcome)}
        for key, rows in _answers(names, gains).items():
            tables[key] += [{**found, **row} for row in rows]
    return {key: pd.DataFrame(rows) for key, rows in tables.items()}


def after_first(worlds: Worlds, years: Sequence[float], where: str) -> list[float]:
    """Return ``years``; ones in which no measure has acted yet are refused: every gain is nothing there.

    Arguments:
        worlds: an ensemble.
        years: calendar years.
        where: what the setting that holds them is called.

    Raises:
        ThroughflowError: years that do not lie after the one in which the first measure begins.
    """
    early = [f"{year:g}" for year in years if year <= worlds.first_year + 1e-9]
    if early:
        why = f"the first measure begins in {worlds.first_year:g}, so every gain is zero until then"
        raise ThroughflowError(Problem(where, f"{', '.join(early)} is before any measure acts", why, "ask for a later year"))
    return [float(year) for year in years]


def known(worlds: Worlds, outcomes: Sequence[str], usual: Sequence[str]) -> list[str]:
    """Return ``outcomes``, without those the store lacks where they are the usual ones; others are refused when they are read.

    Raises:
        ThroughflowError: none is left.
    """
    if tuple(outcomes) != tuple(usual):
        return list(outcomes)
    plain = {name: reading(name)[1] for name in outcomes}
    left = [name for name in outcomes if plain[name] in worlds.outcomes]
    if not left:
        why = "the store recorded none of the outcomes usually asked for"
        raise ThroughflowError(Problem("outcomes", ", ".join(outcomes), why, "name outcomes, or record more"))
    return left


def direction(worlds: Worlds, name: str) -> float:
    """Return 1 for an outcome of which more is better and -1 for one of which less is.

    Raises:
        ThroughflowError: neither is better, so that nothing can be ranked.
    """
    better = worlds.outcome(name).better
    if better not in ("more", "less"):
        why = "outcomes.csv calls neither more nor less of it better, so nothing can be ranked by it"
        raise ThroughflowError(Problem(f"outcome {name!r}", f"better: {better}", why, "ask for another outcome"))
    return 1.0 if better == "more" else -1.0


def oriented(worlds: Worlds, name: str, year: float) -> np.ndarray:
    """Return gains over the baseline, more of it always better, shape (scenario, member), in the model's unit."""
    return direction(worlds, name) * worlds.gains(name, [year])[:, 0]


def _composite(worlds: Worlds, weights: Mapping[str, float], year: float) -> np.ndarray:
    wrong = [name for name, weight in weights.items() if not (np.isfinite(weight) and weight > 0)]
    cure = "give positive numbers"
    raise_if(
        Problem(f"weights.{name}", f"{weights[name]!r}", "a weight says how much an outcome counts", cure) for name in wrong
    )
    parts = [weight * direction(worlds, name) * worlds.percent(name, [year])[:, 0] for name, weight in weights.items()]
    return np.sum(parts, axis=0) / sum(weights.values())


def best_order(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the order with the greatest area under its adoption curve, and that area, for each world.

    Arguments:
        values: worth of each union of n players, shape (2^n, member); bit i of the first index is player i.

    Returns:
        The player at each step, shape (n, member), and the mean of the worth after each step, shape (member,).  Of orders that
        are worth the same, the one whose last steps have the players listed last.

    Method: dynamic programming over subsets, Held & Karp 1962, doi 10.1137/0110015; 2^n n steps for each world.
    """
    count = int(values.shape[0]).bit_length() - 1
    every = np.arange(1 << count)
    sizes = np.bitwise_count(every)
    best = np.where(every[:, None] == 0, 0.0, -np.inf) * np.ones(values.shape[1])
    for size in range(1, count + 1):
        layer = every[sizes == size]
        for bit in range(count):
            held = layer[(layer >> bit & 1) == 1]
            best[held] = np.maximum(best[held], best[held ^ (1 << bit)])
        best[layer] += values[layer]
    worlds = np.arange(values.shape[1])
    order = np.empty((count, len(worlds)), dtype=int)
    left = np.full(len(worlds), (1 << count) - 1)
    for step in range(count - 1, -1, -1):
        choices = np.array([np.where(left >> bit & 1, best[left & ~(1 << bit), worlds], -np.inf) for bit in range(count)])
        order[step] = count - 1 - np.argmax(choices[::-1], axis=0)
        left = left & ~(1 << order[step])
    return order, best[-1] / count


def greedy_order(values: np.ndarray) -> np.ndarray:
    """Return the order that always takes the player with the largest next gain, for each world, shape (n, member).

    Arguments:
        values: as in :func:`best_order`.  Of players that add the same, the first is taken.
    """
    count = int(values.shape[0]).bit_length() - 1
    worlds = np.arange(values.shape[1])
    order = np.empty((count, len(worlds)), dtype=int)
    taken = np.zeros(len(worlds), dtype=int)
    for step in range(count):
        choices = np.array([np.where(taken >> bit & 1, -np.inf, values[taken | (1 << bit), worlds]) for bit in range(count)])
        order[step] = np.argmax(choices, axis=0)
        taken = taken | (1 << order[step])
    return order


def prefixes(order: Sequence[int]) -> list[int]:
    """Return the unions that are reached after each step of ``order``, as numbers whose bit i is player i."""
    return np.cumsum([1 << player for player in order]).tolist()


def area(values: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return the mean worth after each step, shape (member,), of ``order``: shape (n,) for all worlds or (n, member)."""
    reached = np.cumsum(1 << np.asarray(order), axis=0)
    worlds = np.arange(values.shape[1])
    return np.mean([values[step, worlds] for step in reached], axis=0)


def mean_area(values: np.ndarray) -> np.ndarray:
    """Return the mean area over all n! orders, shape (member,): the mean over sizes of the mean worth of unions of a size."""
    sizes = np.bitwise_count(np.arange(values.shape[0]))
    return np.mean([values[sizes == size].mean(axis=0) for size in range(1, int(sizes.max()) + 1)], axis=0)


def _answers(names: Sequence[str], gains: np.ndarray) -> dict[str, list[dict[str, object]]]:
    mean = gains.mean(axis=1, keepdims=True)
    orders = {
        "optimal": best_order(mean)[0][:, 0],
        "greedy": greedy_order(mean)[:, 0],
        "worst": best_order(-mean)[0][:, 0],
    }
    own, highest = best_order(gains)
    return {
        "ordering": [row for kind, order in orders.items() for row in _steps(names, gains, kind, order=order)],
        "ordering_value": [_value(gains, orders, highest)],
        "ordering_places": [
            {"player": name, "place": place + 1, "share": float((own[place] == player).mean())}
            for player, name in enumerate(names)
            for place in range(len(names))
        ],
    }


def _steps(names: Sequence[str], gains: np.ndarray, kind: str, *, order: np.ndarray) -> list[dict[str, object]]:
    rows, before = [], np.zeros(gains.shape[1])
    for step, (player, reached) in enumerate(zip(order, prefixes(order), strict=True), 1):
        added = gains[reached] - before
        before = gains[reached]
        row = {"kind": kind, "step": step, "player": names[player], **{key: float(x) for key, x in spread(before).items()}}
        row |= {f"step_{key}": float(x) for key, x in spread(added).items()}
        rows.append(row | {"verdict": verdict(added), "members": int(gains.shape[1])})
    return rows


def _value(gains: np.ndarray, orders: Mapping[str, np.ndarray], highest: np.ndarray) -> dict[str, object]:
    """Return what the optimal order is worth beside others, paired within each world."""
    optimal = area(gains, orders["optimal"])
    whole = abs(float(gains[-1].mean()))
    over = {
        "mean": optimal - mean_area(gains),
        "worst": optimal - area(gains, orders["worst"]),
        "greedy": optimal - area(gains, orders["greedy"]),
        "own": highest - optimal,
    }
    row: dict[str, object] = {f"area_{key}": float(number) for key, number in spread(optimal).items()}
    for name, values in over.items():
        row |= {f"{name}_{key}": float(number) for key, number in spread(values).items()}
        row |= {
            f"{name}_{key}_percent": 100 * float(number) / whole if whole else np.nan for key, number in spread(values).items()
        }
    slack = SAME * np.maximum(np.abs(gains[-1]), np.abs(highest))
    greedy = area(gains, greedy_order(gains))
    return row | {
        "whole": float(gains[-1].mean()),
        "greedy_optimal": float((highest - greedy <= slack).mean()),
        "optimal_own": float((highest - optimal <= slack).mean()),
        "members": int(gains.shape[1]),
    }
