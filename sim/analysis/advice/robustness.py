"""How bad a choice can turn out: regret, and the share of worlds in which a package does all that is asked of it."""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.advice.questions import Tables, question
from sim.analysis.pareto import wilson
from sim.analysis.worlds import Worlds, spread
from sim.errors import Problem, ThroughflowError, gather, nearest

SIGNS: Mapping[str, Callable[[Any, Any], Any]] = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}
"""Comparisons that a condition may use."""

KINDS = ("percent", "gain", "value")
"""What a condition compares: the paired difference in per cent of the baseline or in its own unit, or the outcome itself."""

OUTCOMES = ("co papers", "Talent total", "Data shared abroad", "mean of incidents", "administrative load")
"""Outcomes whose regret is usually told: papers that all recommendations feed, two resources of their own, a risk, a burden."""

THRESHOLDS = (
    ("co papers", ">=", 15.0, "percent"),
    ("peak of Stringency", "<=", 0.1, "gain"),
    ("extra cost", "<=", 100000.0, "gain"),
)
"""What is usually asked of a package: a judgement, there to be replaced, not a finding."""


@dataclass(frozen=True)
class Condition:
    """What is asked of an outcome: ``outcome`` ``sign`` ``limit``, read as ``kind`` says."""

    outcome: str
    sign: str
    limit: float
    kind: str

    def met(self, worlds: Worlds, year: float) -> np.ndarray:
        """Return where the condition holds in ``year``, shape (scenario, member)."""
        return SIGNS[self.sign](self.number(worlds, year), self.limit)

    def number(self, worlds: Worlds, year: float) -> np.ndarray:
        """Return what is compared with the limit, shape (scenario, member)."""
        read = {"percent": worlds.percent, "gain": worlds.gains, "value": worlds.values}[self.kind]
        return read(self.outcome, [year])[:, 0]


def conditions(told: Sequence[Sequence[Any]], where: str) -> tuple[Condition, ...]:
    """Return the conditions that a setting tells as rows of outcome, sign, limit and kind.

    Raises:
        ThroughflowError: rows of another shape, unknown signs or kinds, limits that are no numbers; none at all.
    """
    problems = [] if told else [Problem(where, "empty", "nothing is asked", "name an outcome, a sign, a limit and a kind")]
    for number, row in enumerate(told):
        place = f"{where}[{number}]"
        if len(row) != 4:
            why = "a condition is an outcome, a sign, a limit and a kind"
            problems.append(Problem(place, repr(list(row)), why, 'write such as ["co papers", ">=", 10, "percent"]'))
            continue
        for value, known in ((row[1], SIGNS), (row[3], KINDS)):
            if value not in known:
                why, cure = "it cannot be compared", nearest(str(value), known) or f"there are {', '.join(known)}"
                problems.append(Problem(place, repr(value), why, cure))
        if isinstance(row[2], bool) or not isinstance(row[2], int | float) or not np.isfinite(row[2]):
            problems.append(Problem(place, repr(row[2]), "the limit is no number", "write a number"))
    if problems:
        raise ThroughflowError(problems)
    return tuple(Condition(str(name), sign, float(limit), kind) for name, sign, limit, kind in told)


def options(worlds: Worlds, packages: Sequence[str] | None) -> list[int]:
    """Return the places of the scenarios that are chosen among, the baseline (doing nothing) first.

    Raises:
        ThroughflowError: names that are no scenarios of the store.
    """
    names = list(worlds.scenarios) if packages is None else [worlds.baseline, *packages]
    unknown = [name for name in names if name not in worlds.scenarios]
    if unknown:
        why = "packages are scenarios of the store"
        cures = [nearest(name, worlds.scenarios) or f"there are {', '.join(worlds.scenarios[:8])}, ..." for name in unknown]
        problems = [Problem("packages", repr(name), why, cure) for name, cure in zip(unknown, cures, strict=True)]
        raise ThroughflowError(problems)
    places = [worlds.scenarios.index(name) for name in dict.fromkeys([worlds.baseline, *names])]
    if len(places) < 2:
        raise ThroughflowError(
            Problem("packages", "none", "there is nothing to choose among", "name packages, or leave it out")
        )
    return places


def regret(values: np.ndarray, better: str) -> np.ndarray:
    """Return how far each option falls behind the best one in the same world.

    Savage (1951), doi 10.1080/01621459.1951.10500768.

    Arguments:
        values: shape (option, world).
        better: ``more`` or ``less``.

    Raises:
        ThroughflowError: another direction: then no option is best.
    """
    if better not in ("more", "less"):
        cure = "ask for an outcome of which more, or less, is better"
        raise ThroughflowError(Problem("regret", f"better {better!r}", "there is no best option to fall behind", cure))
    return values.max(axis=0) - values if better == "more" else values - values.min(axis=0)


def judged(
    worlds: Worlds, packages: Sequence[str] | None, thresholds: Sequence[Sequence[Any]]
) -> tuple[list[int], tuple[Condition, ...]]:
    """Return the places of the scenarios that are chosen among, and the conditions they are judged by.

    Raises:
        ThroughflowError: as :func:`options` and :func:`conditions`, all at once.
    """
    return gather(lambda: options(worlds, packages), lambda: conditions(thresholds, "thresholds"))


@question("robustness", needs=judged)
def robustness(
    worlds: Worlds,
    *,
    outcomes: Sequence[str] = OUTCOMES,
    thresholds: Sequence[Sequence[Any]] = THRESHOLDS,
    packages: Sequence[str] | None = None,
    year: float | None = None,
) -> Tables:
    """Return how far packages fall behind the best one of each world, and how often they do all that is asked.

    Arguments:
        worlds: an ensemble of packages.
        outcomes: whose regret is told, each by itself: they are never added up.
        thresholds: what is asked, rows of outcome, sign (``>=``, ``<=``, ``>``, ``<``), limit and kind (``percent`` of the
            baseline, ``gain`` over it, ``value``); the usual ones are a judgement.
        packages: names of the packages that are chosen among, with doing nothing; all if ``None``.
        year: when outcomes are read; the last stored year if ``None``.

    Returns:
        ``robustness``: a row by package and outcome: quantiles of regret in the model's unit (``q05`` ... ``q95``, ``q90``,
        ``largest``) and in per cent of the baseline's median (``percent_...``), share of worlds in which it is ``best``,
        whether its largest regret is the least of all (``minimax``), and whether its 90th percentile is (``least_q90``).
        ``robustness_satisfied``: by package, the share of worlds in which all thresholds hold, its Wilson interval for the
        number of worlds, and the shares by threshold (``met_0`` ...). ``robustness_thresholds``: what was asked.
    """
    places, asked = judged(worlds, packages, thresholds)
    at = float(worlds.times[-1]) if year is None else float(year)
    rows = [row for name in outcomes for row in _regrets(worlds, name, places=places, year=at)]
    made = {"robustness": pd.DataFrame(rows)} if rows else {}
    return {**made, **_satisfied(worlds, asked, places=places, year=at)}


def _regrets(worlds: Worlds, name: str, *, places: list[int], year: float) -> list[dict[str, object]]:
    gains, outcome = worlds.gains(name, [year])[places, 0], worlds.outcome(name)
    behind = regret(gains, outcome.better)
    base = worlds.values(name, [year])[worlds.scenarios.index(worlds.baseline), 0]
    scale = 100 / abs(float(np.median(base))) if worlds.relative(name) and np.median(base) else 0.0
    largest, q90 = behind.max(axis=1), np.quantile(behind, 0.9, axis=1)
    return [
        {
            "package": worlds.scenarios[place],
            "outcome": name,
            "year": year,
            "better": outcome.better,
            "units": worlds.units(name),
            "members": int(behind.shape[1]),
            **(own := {**{key: float(number) for key, number in spread(behind[row]).items()}, "q90": float(q90[row])}),
            "largest": float(largest[row]),
            "relative": scale > 0,
            **{f"percent_{key}": scale * number for key, number in {**own, "largest": float(largest[row])}.items()},
            "best": float((behind[row] == 0).mean()),
            "minimax": bool(largest[row] <= largest.min()),
            "least_q90": bool(q90[row] <= q90.min()),
        }
        for row, place in enumerate(places)
    ]


def _satisfied(worlds: Worlds, asked: tuple[Condition, ...], *, places: list[int], year: float) -> Tables:
    met = np.array([each.met(worlds, year)[places] for each in asked])
    all_met, count = met.all(axis=0), met.shape[2]
    low, high = wilson(all_met.sum(axis=1), count)
    table = pd.DataFrame(
        {
            "package": [worlds.scenarios[place] for place in places],
            "year": year,
            "share": all_met.mean(axis=1),
            "low": low,
            "high": high,
            "members": count,
            **{f"met_{number}": met[number].mean(axis=1) for number in range(len(asked))},
        }
    )
    told = pd.DataFrame(
        {
            "number": range(len(asked)),
            "outcome": [each.outcome for each in asked],
            "sign": [each.sign for each in asked],
            "limit": [each.limit for each in asked],
            "kind": [each.kind for each in asked],
            "units": ["%" if each.kind == "percent" else worlds.units(each.outcome) for each in asked],
        }
    )
    return {"robustness_satisfied": table, "robustness_thresholds": told}
