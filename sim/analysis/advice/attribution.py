"""Which recommendation does it: exact shares of a package's gain, which pairs reinforce each other, and how shares grow.

A recommendation's share is its Shapley value: what it adds, averaged over all orders in which the recommendations could be
adopted.  It is computed in each world from all 2^n packages, so that the shares add up to the whole gain in every world.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis import shapley
from sim.analysis.advice.packages import difference
from sim.analysis.advice.questions import Tables, question
from sim.analysis.subsets import subset_scenarios
from sim.analysis.worlds import DOWN, QUANTILES, UP, Worlds, reading, spread, verdict

USUAL = (
    *("trips per year", "Talent total", "Data shared abroad", "HGR active", "Funds used abroad", "Orgs settled"),
    *("total joint projects", "co papers", "International knowledge", "extra cost", "mean of incidents"),
)
"""Outcomes that are attributed if none are named, as far as the store has them."""

REINFORCE, SUBSTITUTE = "reinforce", "substitute"
"""Verdicts on a pair: together better than the sum of both in nearly all worlds, or worse."""

START, WHOLE = "baseline", "full"
"""First and last step of a waterfall, beside the players."""


@question("attribution", needs=lambda worlds, players: subset_scenarios(worlds, players))
def attribution(
    worlds: Worlds,
    *,
    outcomes: Sequence[str] | None = None,
    years: Sequence[float] | None = None,
    players: Sequence[str] | None = None,
) -> Tables:
    """Return how the gain of all recommendations is shared among them.

    Arguments:
        worlds: an ensemble of all unions of some packages.
        outcomes: which; :data:`USUAL` if ``None``.
        years: years in which shares and pairs are told; the last stored one if ``None``.  Courses are told for every stored
            year from the first measure on.
        players: which packages share the gain; those that are no unions of smaller ones if ``None``.

    Returns:
        ``attribution``: a row by player, outcome and year: quantiles of the Shapley value over worlds in the model's unit and
        in per cent of the baseline, its ``mean``, the verdict on its sign, medians and 90 % intervals of what the player does
        ``alone`` and as the ``last`` of all, and ``efficiency``, the largest relative error of the sum in any world.
        ``attribution_total``: a row by outcome and year: the whole gain.
        ``attribution_pairs``: a row by pair, outcome and year: quantiles of the Shapley interaction index and of the
        ``synergy`` of the two alone, with a verdict on each: together better than the sum of both (reinforce), worse
        (substitute), open, small.  ``attribution_years``: a row by player, outcome and year: the mean over worlds of the
        Shapley value and of the whole gain (``total``): means add up, medians do not.
        ``attribution_waterfall``: a row by step from the baseline over the players to all of them: mean, quantiles, and where
        the bar of means begins and ends.

    Raises:
        ThroughflowError: packages that are missing, stand there twice, or differ in more than in what they adopt; unknown
            outcomes or years.
    """
    names, places = subset_scenarios(worlds, players)
    chosen = [name for name in USUAL if reading(name)[1] in worlds.outcomes] if outcomes is None else list(outcomes)
    when = [float(worlds.times[-1])] if years is None else [float(year) for year in years]
    course = [float(year) for year in worlds.times if year >= worlds.first_year - 1e-9]
    every = sorted({*course, *when})
    found: dict[str, list[dict[str, object]]] = {}
    for name in chosen:
        games = worlds.values(name, every)[places]
        values, unit = shapley.shapley(games), worlds.units(name)
        for year in when:
            at = every.index(year)
            told = _year(worlds, names, games[:, at], values=values[:, at], key={"outcome": name, "year": year, "units": unit})
            found |= {table: [*found.get(table, ()), *rows] for table, rows in told.items()}
        at = [every.index(year) for year in course]
        rows = _courses(worlds, names, games[:, at], values=values[:, at], key={"outcome": name, "years": course})
        found["attribution_years"] = [*found.get("attribution_years", ()), *rows]
    return {table: pd.DataFrame(rows) for table, rows in found.items() if rows}


def _year(
    worlds: Worlds, names: Sequence[str], game: np.ndarray, *, values: np.ndarray, key: Mapping[str, object]
) -> dict[str, list[dict[str, object]]]:
    """Return the rows of one outcome and year by table: ``game`` has the shape (2^n, member), ``values`` (n, member)."""
    return {
        "attribution": _shares(worlds, names, game, values=values, key=key),
        "attribution_total": [_total(worlds, game, key=key)],
        "attribution_pairs": _pairs(worlds, names, game, key=key),
        "attribution_waterfall": _steps(names, game, values=values, key=key),
    }


def _shares(
    worlds: Worlds, names: Sequence[str], game: np.ndarray, *, values: np.ndarray, key: Mapping[str, object]
) -> list[dict[str, object]]:
    """Return a row a player: ``game`` has the shape (2^n, member), ``values`` (n, member)."""
    whole = np.abs(game[-1] - game[0]).max()
    efficiency = float(np.abs(values.sum(axis=0) - (game[-1] - game[0])).max() / whole) if whole else 0.0
    outcome = worlds.outcome(str(key["outcome"]))
    single, last = shapley.alone(game), shapley.last(game)
    rows = []
    for at, player in enumerate(names):
        told = {"player": player, **key, "group": outcome.group, "better": outcome.better, "mean": float(values[at].mean())}
        told |= difference(worlds, str(key["outcome"]), values[at], base=game[0])
        for word, gains in (("alone", single[at]), ("last", last[at])):
            told |= {f"{word}_{each}": float(number) for each, number in spread(gains).items() if each in ("q05", "q50", "q95")}
            told[f"{word}_verdict"] = verdict(gains, game[0] if worlds.relative(str(key["outcome"])) else None)
        rows.append({**told, "efficiency": efficiency})
    return rows


def _total(worlds: Worlds, game: np.ndarray, *, key: Mapping[str, object]) -> dict[str, object]:
    gain = game[-1] - game[0]
    return {**key, "mean": float(gain.mean()), **difference(worlds, str(key["outcome"]), gain, base=game[0])}


def _pairs(worlds: Worlds, names: Sequence[str], game: np.ndarray, *, key: Mapping[str, object]) -> list[dict[str, object]]:
    """Return a row a pair; none of a single player."""
    if len(names) < 2:
        return []
    name, index = str(key["outcome"]), shapley.interactions(game)
    synergy, better = shapley.synergies(game), worlds.outcome(name).better
    rows = []
    for one, first in enumerate(names):
        for other in range(one + 1, len(names)):
            told = difference(worlds, name, index[one, other], base=game[0])
            two = difference(worlds, name, synergy[one, other], base=game[0])
            told |= {f"synergy_{each}": two[each] for each in (*QUANTILES, *(f"percent_{level}" for level in QUANTILES))}
            told |= {"verdict": _together(str(told["verdict"]), better)}
            told |= {"synergy_verdict": _together(str(two["verdict"]), better)}
            rows.append({"first": first, "second": names[other], **key, "better": better, **told})
    return rows


def _together(sign: str, better: str) -> str:
    """Return what a pair does together, given the sign of its interaction and what is better of the outcome."""
    words = (SUBSTITUTE, REINFORCE) if better == "less" else (REINFORCE, SUBSTITUTE)
    return {UP: words[0], DOWN: words[1]}.get(sign, sign)


def _courses(
    worlds: Worlds, names: Sequence[str], games: np.ndarray, *, values: np.ndarray, key: Mapping[str, Any]
) -> list[dict[str, object]]:
    """Return a row by player and year: ``games`` has the shape (2^n, year, member), ``values`` (n, year, member)."""
    name, years = str(key["outcome"]), key["years"]
    shares, total = values.mean(axis=-1), (games[-1] - games[0]).mean(axis=-1)
    base = games[0].mean(axis=-1) if worlds.relative(name) else np.full(len(years), np.nan)
    unit = worlds.units(name)
    return [
        {"player": player, "outcome": name, "year": year, "units": unit, "mean": mean, "total": whole, "baseline": level}
        for player, course in zip(names, shares, strict=True)
        for year, mean, whole, level in zip(years, course.tolist(), total.tolist(), base.tolist(), strict=True)
    ]


def _steps(names: Sequence[str], game: np.ndarray, *, values: np.ndarray, key: Mapping[str, object]) -> list[dict[str, object]]:
    """Return the bars of a waterfall: the baseline's level, each player's share in order, the level of all."""
    drawn = [(START, game[0]), *zip(names, values, strict=True), (WHOLE, game[-1])]
    rows, reached = [], 0.0
    for step, numbers in drawn:
        mean = float(numbers.mean())
        begin = 0.0 if step in (START, WHOLE) else reached
        reached = begin + mean
        quantiles = {each: float(number) for each, number in spread(numbers).items()}
        rows.append({"step": step, **key, "mean": mean, **quantiles, "from": begin, "to": reached})
    return rows
