"""What each single measure adds: a Shapley value estimated from random orders of adoption, since all packages are too many.

26 measures have 67 million packages.  A study of permutations runs, for some random orders, the first measure, the first two,
and so on; what a measure adds where it joins, averaged over the orders, estimates its Shapley value without bias.
"""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from sim.analysis import shapley
from sim.analysis.advice.packages import difference
from sim.analysis.advice.questions import Tables, question
from sim.analysis.subsets import unequal
from sim.analysis.worlds import LITTLE, OPEN, Worlds, reading
from sim.errors import Problem, ThroughflowError, raise_if

USUAL = ("co papers", "total joint projects", "International knowledge", "Talent total", "mean of incidents", "extra cost")
"""Outcomes told if none are named, as far as the store has them."""

CONFIDENCE = 0.95
"""Confidence at which the mean over orders must differ from zero before its sign is called settled."""

_PREFIX = re.compile(r"^p(?P<order>\d+)\.(?P<size>\d+)$")


@question("measures", needs=lambda worlds: orders_of(worlds))
def measures(worlds: Worlds, *, outcomes: Sequence[str] | None = None, years: Sequence[float] | None = None) -> Tables:
    """Return what each measure adds to the package of all measures, estimated from random orders of adoption.

    Castro, J., Gómez, D. and Tejada, J. (2009), doi:10.1016/j.cor.2008.04.004.  An order and its reverse, where both are there,
    count as one draw.

    Arguments:
        worlds: an ensemble whose scenarios ``p<order>.<size>`` adopt the first measures of an order, one adopting all.
        outcomes: which; :data:`USUAL` if ``None``.
        years: stored years; the last one if ``None``.

    Returns:
        ``measures``: a row by measure, outcome and year: ``mean`` over orders and worlds, its standard ``error`` from the
        draws of orders, both also in per cent of the mean baseline (``percent_mean``, ``percent_error``; NaN where that has no
        meaning), ``orders`` and ``draws``, quantiles over worlds of the mean over orders, and a verdict that is open too where
        the 95 % interval of the mean that the draws allow (Student's t) crosses zero.

    Raises:
        ThroughflowError: no orders, prefixes that are missing or do not hold one another, fewer than two draws.
    """
    listed, orders, chains = orders_of(worlds)
    usual = [name for name in USUAL if reading(name)[1] in worlds.outcomes]
    when = [float(worlds.times[-1])] if years is None else [float(year) for year in years]
    rows = []
    for name in usual if outcomes is None else outcomes:
        values = worlds.values(name, when)
        gains = shapley.joined(values[chains], orders)
        base = values[worlds.scenarios.index(worlds.baseline)]
        for at, year in enumerate(when):
            key = {"outcome": name, "year": year, "better": worlds.outcome(name).better}
            rows += _rows(worlds, listed, gains[:, :, at], base=base[at], orders=orders, key=key)
    return {"measures": pd.DataFrame(rows)}


def _rows(
    worlds: Worlds,
    listed: Sequence[str],
    gains: np.ndarray,
    *,
    base: np.ndarray,
    orders: np.ndarray,
    key: Mapping[str, object],
) -> list[dict[str, object]]:
    """Return a row a measure; ``gains``, shape (orders, n, member), are what it adds where it joins."""
    name = str(key["outcome"])
    mean, error, draws = shapley.estimate(gains.mean(axis=-1), orders)
    over = gains.mean(axis=0)
    allowed = float(stats.t.ppf(0.5 + CONFIDENCE / 2, draws - 1))
    scale = 100 / float(base.mean()) if worlds.relative(name) else np.nan
    rows = []
    for place, measure in enumerate(listed):
        told = difference(worlds, name, over[place], base=base)
        sure = abs(mean[place]) > allowed * error[place] or told["verdict"] == LITTLE
        percent = {"percent_mean": float(mean[place]) * scale, "percent_error": float(error[place]) * scale}
        counts = {"orders": len(orders), "draws": draws}
        found = {"mean": float(mean[place]), "error": float(error[place]), **percent, **counts, **told}
        rows.append({"measure": measure, **key, **found, "verdict": told["verdict"] if sure else OPEN})
    return rows


def orders_of(worlds: Worlds) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """Return the measures, the orders in which they join, and which scenario stands after each step.

    Arguments:
        worlds: an ensemble as for :func:`measures`; other scenarios are left aside.

    Returns:
        The n measures; orders, shape (orders, n), of places among the measures; places among the scenarios, shape
        (orders, n + 1), from the baseline to the package of all.

    Raises:
        ThroughflowError: as for :func:`measures`.
    """
    found: dict[int, dict[int, str]] = {}
    for name in worlds.scenarios:
        if match := _PREFIX.match(name):
            found.setdefault(int(match["order"]), {})[int(match["size"])] = name
    everything = frozenset[str]().union(*worlds.adopted.values())
    wholes = [name for name in worlds.scenarios if worlds.adopted[name] == everything and everything]
    whole = next(iter(wholes), None)
    if len(wholes) > 1:
        why = "which of them the orders end in would be arbitrary"
        raise ThroughflowError(Problem("scenarios", f"{' and '.join(wholes)} adopt all measures", why, "keep one in the study"))
    if not found or whole is None:
        what = "no orders of measures" if not found else "no package of all measures"
        why, cure = "scenarios p0.1, p0.2, … adopt the first measures of an order", "run a study of permutations"
        raise ThroughflowError(Problem("scenarios", what, why, cure))
    chains = {order: [worlds.baseline, *(steps[size] for size in sorted(steps))] for order, steps in sorted(found.items())}
    chains = {order: [*(name for name in names if name != whole), whole] for order, names in chains.items()}
    raise_if(problem for order, names in chains.items() for problem in _broken(worlds.adopted, order, names))
    used = list(dict.fromkeys(name for names in chains.values() for name in names))
    raise_if(unequal(worlds, used))
    listed = tuple(sorted(everything))
    joining = [
        [
            listed.index(*(worlds.adopted[after] - worlds.adopted[before]))
            for before, after in zip(names, names[1:], strict=False)
        ]
        for names in chains.values()
    ]
    places = [[worlds.scenarios.index(name) for name in names] for names in chains.values()]
    return listed, np.array(joining), np.array(places)


def _broken(adopted: Mapping[str, frozenset[str]], order: int, names: Sequence[str]) -> list[Problem]:
    """Return the steps of an order that do not add one measure to those before."""
    why = "each step adds one measure to those before"
    return [
        Problem(f"order {order}", f"{after} does not add one measure to {before}", why, "run the whole order again")
        for before, after in zip(names, names[1:], strict=False)
        if not adopted[before] < adopted[after] or len(adopted[after] - adopted[before]) != 1
    ]
