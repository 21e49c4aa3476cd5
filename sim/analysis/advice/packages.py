"""What each package buys, costs and risks: paired differences, outcome by outcome, with a verdict."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from sim.analysis.advice.questions import Tables, question
from sim.analysis.worlds import QUANTILES, Worlds, spread, verdict
from sim.errors import Problem, nearest, raise_if


@question("packages", needs=lambda worlds, pairs: _twos(pairs or (), worlds))
def packages(
    worlds: Worlds,
    *,
    years: Sequence[float] | None = None,
    outcomes: Sequence[str] | None = None,
    pairs: Sequence[Sequence[str]] | None = None,
) -> Tables:
    """Return the scorecard of every package, and differences of pairs of packages.

    Arguments:
        worlds: an ensemble of packages.
        years: years in which outcomes are read; the last stored one if ``None``.
        outcomes: which; those that figures show if ``None``.
        pairs: packages of which the first is compared with the second; if ``None``, the package of all measures with each
            package that is no union of others, and with each that lacks but one of those.

    Returns:
        ``packages``: a row by package, outcome and year: ``parts`` (packages that make it up, with + between), ``size`` (how
        many), group and better of the outcome, and what :func:`difference` tells of the package against the baseline.
        ``packages_pairs``: a row by pair, outcome and year: first, second, and the same of the first minus the second.

    Raises:
        ThroughflowError: unknown outcomes, years or packages.
    """
    chosen = [name for name, each in worlds.outcomes.items() if each.shown] if outcomes is None else list(outcomes)
    when = [float(worlds.times[-1])] if years is None else [float(year) for year in years]
    made = parts(worlds.adopted)
    others = [name for name in worlds.scenarios if name != worlds.baseline]
    whole = {name: {"package": name, "parts": "+".join(made[name]), "size": len(made[name])} for name in others}
    compared = usual_pairs(worlds, made) if pairs is None else _twos(pairs, worlds)
    singles, doubles = [], []
    for name in chosen:
        level = dict(zip(worlds.scenarios, worlds.values(name, when), strict=True))
        outcome, base = worlds.outcome(name), level[worlds.baseline]
        for at, year in enumerate(when):
            key = {"outcome": name, "year": year, "group": outcome.group, "better": outcome.better}
            for own in others:
                told = difference(worlds, name, (level[own] - base)[at], base=base[at])
                singles.append({**whole[own], **key, **told})
            for first, second in compared:
                told = difference(worlds, name, (level[first] - level[second])[at], base=base[at])
                doubles.append({"first": first, "second": second, **key, **told})
    tables = {"packages": singles, "packages_pairs": doubles}
    return {table: pd.DataFrame(rows) for table, rows in tables.items() if rows}


def difference(worlds: Worlds, name: str, gains: np.ndarray, *, base: np.ndarray) -> dict[str, object]:
    """Return what paired differences come to.

    Arguments:
        worlds: where they are from.
        name: outcome.
        gains: differences, one a world, in the model's unit.
        base: the baseline in the same worlds.

    Returns:
        units, members, median of the ``baseline``, quantiles in the model's unit (``q05`` … ``q95``) and in per cent of the
        baseline of the same world (``percent_q05`` …; NaN where that has no meaning), shares of worlds with more (``up``) and
        less (``down``), verdict.
    """
    relative = worlds.relative(name) and bool((base != 0).all())
    shares = spread(100 * gains / base) if relative else dict.fromkeys(QUANTILES, np.nan)
    return {
        "units": worlds.units(name),
        "members": int(gains.size),
        "baseline": float(np.median(base)),
        **{key: float(number) for key, number in spread(gains).items()},
        **{f"percent_{key}": float(number) for key, number in shares.items()},
        "up": float((gains > 0).mean()),
        "down": float((gains < 0).mean()),
        "verdict": verdict(gains, base if relative else None),
    }


def parts(adopted: Mapping[str, frozenset[str]]) -> dict[str, tuple[str, ...]]:
    """Return of which smallest packages each package is the union: itself if it is one of them or no union of them.

    Arguments:
        adopted: the measures that each package adopts beside those of the baseline.
    """
    smallest = [
        name for name, own in adopted.items() if own and _union(adopted[each] for each in adopted if adopted[each] < own) != own
    ]
    found = {}
    for name, own in adopted.items():
        within = tuple(each for each in smallest if adopted[each] <= own)
        whole = name not in smallest and bool(own) and _union(adopted[each] for each in within) == own
        found[name] = within if whole else (name,)
    return found


def usual_pairs(worlds: Worlds, made: Mapping[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    """Return the package that makes up the most with each smallest one and with each that lacks but one of its parts."""
    own = {name: each for name, each in made.items() if name != worlds.baseline}
    largest = max(own, key=lambda name: len(own[name]), default="")
    if not largest or len(own[largest]) < 2:
        return []
    others = [name for name, each in own.items() if len(each) in (1, len(own[largest]) - 1) and set(each) < set(own[largest])]
    return [(largest, name) for name in others]


def _twos(pairs: Sequence[Sequence[str]], worlds: Worlds) -> list[tuple[str, str]]:
    """Return ``pairs`` if each names two scenarios that are there."""
    problems = []
    for number, pair in enumerate(pairs):
        if isinstance(pair, str) or len(pair) != 2:
            why = "one package is compared with one other"
            problems.append(Problem(f"packages.pairs[{number}]", f"{pair!r}", why, "write [first, second]"))
            continue
        for name in pair:
            if name not in worlds.scenarios:
                cure = nearest(name, worlds.scenarios) or f"there are {len(worlds.scenarios)}, {worlds.scenarios[0]} the first"
                why = "both packages must be scenarios of the store"
                problems.append(Problem(f"packages.pairs[{number}]", f"no scenario {name!r}", why, cure))
    raise_if(problems)
    return [(str(first), str(second)) for first, second in pairs]


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)
