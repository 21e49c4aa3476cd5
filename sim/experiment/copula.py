"""Correlated draws: a Gaussian copula over chosen pairs of uncertainties, their distributions untouched.

The number given is the rank correlation (Spearman's) of the two, which does not depend on their distributions; the normal
variables behind have the correlation 2 sin(pi rank / 6) (Pearson 1907; Kruskal, Journal of the American
Statistical Association 53 (1958) 814-861). Places are mixed member by member in the order of the design, through the lower
triangular factor, so that an uncertainty depends on earlier ones only and one added at the end changes none before it.
Source: Nelsen, An Introduction to Copulas (2006), section 2.3; Cholesky's factor by outer products: Golub and Van Loan, Matrix
Computations (2013), section 4.2.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.errors import Problem, nearest
from sim.experiment.distributions import LEAST_PLACE

Pair = tuple[str, str, float]
"""Two names and their rank correlation."""

_LEAST_PIVOT = 1e-9
"""What must be left of a variance of 1 once earlier uncertainties are known; with less, rounding decides the draws."""


@dataclass(frozen=True)
class Copula:
    """Factor of the correlations.

    Attributes:
        rows: rows of the places that are correlated, rising.
        factor: lower triangular factor over ``rows``, shape (row, row).
    """

    rows: tuple[int, ...]
    factor: np.ndarray


def copula_of(names: Sequence[str], pairs: Sequence[Pair]) -> Copula:
    """Return the copula of ``pairs`` over the uncertainties ``names``; ``copula_problems`` must have found none."""
    rows = _rows(names, pairs)
    factor, _ = _factor(_matrix(names, pairs, rows))
    return Copula(rows, factor)


def correlated(places: np.ndarray, copula: Copula) -> np.ndarray:
    """Return ``places``, shape (uncertainty, member), correlated by ``copula``; rows it does not name stay as they are.

    Sums are chained, never left to a library that adds in an order of its own: a member's bits do not depend on the others.
    """
    from scipy.special import ndtr, ndtri

    mixed = places.copy()
    normal: dict[int, np.ndarray] = {}
    for at, row in enumerate(copula.rows):
        earlier = [before for before in range(at) if copula.factor[at, before]]
        if not earlier:
            continue
        for before in (*earlier, at):
            if before not in normal:
                normal[before] = ndtri(places[copula.rows[before]])
        total = copula.factor[at, at] * normal[at]
        for before in earlier:
            total = total + copula.factor[at, before] * normal[before]
        mixed[row] = np.clip(ndtr(total), LEAST_PLACE, 1.0 - LEAST_PLACE)
    return mixed


def copula_problems(names: Sequence[str], pairs: Sequence[Pair]) -> list[Problem]:
    """Return what is wrong with the correlations ``pairs`` between the uncertainties ``names``, the pairs named."""
    problems: list[Problem] = []
    seen: set[frozenset[str]] = set()
    for first, second, rank in pairs:
        where = f"correlation {first} with {second}"
        unknown = [name for name in (first, second) if name not in names]
        for name in dict.fromkeys(unknown):
            cure = nearest(str(name), names) or "use the names of the uncertainties: " + ", ".join(names[:8])
            problems.append(Problem(where, f"{name!r}", "no uncertainty is called so", cure))
        if first == second:
            problems.append(Problem(where, "an uncertainty with itself", "that correlation is always 1", "leave it out"))
        elif frozenset((first, second)) in seen:
            problems.append(Problem(where, "a second value", "a pair has one correlation", "give the pair once"))
        seen.add(frozenset((first, second)))
        if isinstance(rank, bool) or not isinstance(rank, int | float) or not -1.0 < rank < 1.0:
            why = "a rank correlation lies strictly between -1 and 1"
            cure = "give a number like 0.6; for two constants that always move together, one uncertainty with both as targets"
            problems.append(Problem(where, f"{rank!r}", why, cure))
    return problems or _contradiction(names, pairs)


def _contradiction(names: Sequence[str], pairs: Sequence[Pair]) -> list[Problem]:
    """Return the problem that ``pairs`` cannot all hold at once, with the largest part of them that can."""
    rows = _rows(names, pairs)
    _, failed = _factor(_matrix(names, pairs, rows))
    if failed is None:
        return []
    known = {names[row] for row in rows[: failed + 1]}
    involved = [pair for pair in pairs if {pair[0], pair[1]} <= known]
    for percent in range(99, 0, -1):
        part = [(first, second, rank * percent / 100) for first, second, rank in pairs]
        if _factor(_matrix(names, part, rows))[1] is None:
            break
    return [
        Problem(
            "correlations",
            "; ".join(f"{first} with {second}: {rank:g}" for first, second, rank in involved),
            "no quantities can have all of these at once: their matrix is not positive definite",
            f"weaken some of them, or multiply every correlation by {percent / 100:g} or less; a pair not named has none",
        )
    ]


def _rows(names: Sequence[str], pairs: Sequence[Pair]) -> tuple[int, ...]:
    concerned = {name for first, second, _ in pairs for name in (first, second)}
    return tuple(row for row, name in enumerate(names) if name in concerned)


def _matrix(names: Sequence[str], pairs: Sequence[Pair], rows: tuple[int, ...]) -> np.ndarray:
    """Return the correlations of the normal variables behind ``rows``, shape (row, row)."""
    at = {names[row]: place for place, row in enumerate(rows)}
    matrix = np.eye(len(rows))
    for first, second, rank in pairs:
        matrix[at[first], at[second]] = matrix[at[second], at[first]] = 2.0 * math.sin(math.pi * rank / 6.0)
    return matrix


def _factor(matrix: np.ndarray) -> tuple[np.ndarray, int | None]:
    """Return the lower triangular factor of ``matrix`` and the first row at which there is none, ``None`` if there is.

    By outer products, not by LAPACK: each element is made by the same operations in the same order on every host, and
    whatever rows follow.
    """
    rest, factor = matrix.copy(), np.zeros_like(matrix)
    for column in range(len(matrix)):
        pivot = rest[column, column]
        if pivot < _LEAST_PIVOT:
            return factor, column
        factor[column:, column] = rest[column:, column] / np.sqrt(pivot)
        below = factor[column + 1 :, column]
        rest[column + 1 :, column + 1 :] -= below[:, np.newaxis] * below
    return factor, None
