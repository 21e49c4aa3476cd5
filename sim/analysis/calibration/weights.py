"""Weighted draws: how many they are worth, how heavy the tail of their weights is, equal draws and quantiles from them.

Weights enter as natural logarithms, up to a constant of their own; ``-inf`` is a draw of weight zero. Nothing here returns NaN.
"""

from typing import Any

import numpy as np

from sim.errors import Problem, ThroughflowError

TAIL_SHARE, TAIL_ROOT = 0.2, 3.0
"""The tail of n weights has min(0.2 n, 3 √n) of them (Vehtari et al. 2024, section 2)."""

SHORTEST_TAIL = 5
"""Fewest exceedances to which a tail is fitted (Vehtari et al. 2024)."""

GRID, SPREAD = 30, 3.0
"""Least number of points of the grid over which the tail's parameter is averaged, and the spread of its prior
(Zhang & Stephens 2009; the number as in Vehtari et al. 2024)."""

PRIOR_K, PRIOR_DRAWS = 0.5, 10.0
"""The shape is drawn towards 0.5 as if ten exceedances had said so (Vehtari et al. 2024, appendix C)."""

SMALLEST = 1e-100
"""An exceedance below this share of the largest weight counts as none: the tail is then one draw, whatever its shape."""

ROUNDING = 1e-12
"""Relative error of a sum of weights that is not taken for a difference of ranks."""


def finite(values: Any, *, where: str) -> np.ndarray:
    """Return ``values`` as an array of floats.

    Args:
        values: numbers, any shape but empty.
        where: what they are, told if they are refused.

    Raises:
        ThroughflowError: no value, or one that is NaN or infinite.
    """
    array = np.asarray(values, dtype=float)
    if array.size == 0:
        raise ThroughflowError(Problem(where, "no value", "nothing can be computed from nothing", "give at least one"))
    if not np.isfinite(array).all():
        count = int((~np.isfinite(array)).sum())
        raise ThroughflowError(
            Problem(where, f"{count} of {array.size} NaN or infinite", "they are no numbers", "leave those out before")
        )
    return array


def normalised(log_weights: np.ndarray) -> np.ndarray:
    """Return the weights themselves, summing to 1.

    Args:
        log_weights: logarithms of weights, shape (n,).

    Raises:
        ThroughflowError: not one-dimensional, empty, NaN or +inf among them, or every one ``-inf``.
    """
    weights = np.exp(_shifted(log_weights))
    return weights / weights.sum()


def effective_size(log_weights: np.ndarray) -> float:
    """Return (Σ w)² ÷ Σ w², the number of equal draws the weighted ones are worth, 1 to n (Kong, Liu & Wong 1994).

    Args:
        log_weights: logarithms of weights, shape (n,).

    Raises:
        ThroughflowError: as :func:`normalised`.
    """
    return float(1.0 / np.square(normalised(log_weights)).sum())


def largest(log_weights: np.ndarray) -> float:
    """Return the share of the heaviest draw in the sum of weights, 1/n to 1.

    Args:
        log_weights: logarithms of weights, shape (n,).

    Raises:
        ThroughflowError: as :func:`normalised`.
    """
    return float(normalised(log_weights).max())


def pareto_k(log_weights: np.ndarray) -> float:
    """Return the shape of the generalised Pareto tail of the weights (Vehtari et al. 2024, J. Mach. Learn. Res. 25 (72)).

    Weighted means can be trusted below about min(1 − 1 ÷ log10 n, 0.7); from 0.5 on the variance of the weights is infinite,
    from 1 on their mean is. The tail is fitted by Zhang & Stephens (2009, Technometrics 51: 316–325).

    Args:
        log_weights: logarithms of weights, shape (n,).

    Returns:
        The shape; ``inf`` where the tail cannot be judged (fewer than five weights exceed the rest, as in 20 draws
        or fewer), ``-inf`` where it has no extent (the largest weights are all equal).

    Raises:
        ThroughflowError: as :func:`normalised`.
    """
    weights = np.sort(np.exp(_shifted(log_weights)))
    length = int(np.ceil(min(TAIL_SHARE * weights.size, TAIL_ROOT * np.sqrt(weights.size))))
    if length < SHORTEST_TAIL:
        return float("inf")
    exceedances = weights[-length:] - weights[-length - 1]
    tail = exceedances[exceedances > SMALLEST]
    if tail.size < SHORTEST_TAIL:
        return float("inf") if tail.size else float("-inf")
    shape = _shape(tail)
    return float((tail.size * shape + PRIOR_DRAWS * PRIOR_K) / (tail.size + PRIOR_DRAWS))


def resample(log_weights: np.ndarray, size: int, seed: int) -> np.ndarray:
    """Return which draws to take so that equal weights tell the same: systematic resampling (Kitagawa 1996).

    Draw i appears ``size`` · wᵢ times, rounded up or down, and exactly so in expectation. The order is shuffled, so that any
    part of the answer is a sample too.

    Args:
        log_weights: logarithms of weights, shape (n,).
        size: number of draws wanted, at least 1.
        seed: of the random numbers; the same seed gives the same answer.

    Returns:
        Positions in ``log_weights``, integers, shape (size,).

    Raises:
        ThroughflowError: as :func:`normalised`, or ``size`` below 1.
    """
    if size < 1:
        raise ThroughflowError(Problem("size of a sample", str(size), "a sample holds a draw at least", "ask for 1 or more"))
    cumulated = np.cumsum(normalised(log_weights))
    random = np.random.default_rng(seed)
    places = np.minimum((random.random() + np.arange(size)) / size, np.nextafter(1.0, 0.0))
    taken = np.searchsorted(cumulated / cumulated[-1], places, side="right")
    return random.permutation(taken)


def weighted_quantiles(values: np.ndarray, weights: np.ndarray, q: float | np.ndarray) -> np.ndarray:
    """Return the least value at which the share of weight at or below it reaches ``q``: always one of the values.

    Args:
        values: shape (..., n); those of weight zero may be anything, NaN too.
        weights: plain weights of the last axis, shape (n,), not negative; their sum does not matter.
        q: shares between 0 and 1, a number or shape (m,).

    Returns:
        Shape (m, ...), in the order of ``q``; without the first axis if ``q`` is a number.

    Raises:
        ThroughflowError: shapes that do not match, NaN among the values that count or in ``weights``, weights that are
            negative or all zero, ``q`` outside 0 to 1.
    """
    told, shares = np.asarray(values, dtype=float), finite(q, where="shares of quantiles")
    mass = finite(weights, where="weights")
    if mass.ndim != 1 or told.shape[-1:] != mass.shape:
        shapes = f"values {told.shape}, weights {mass.shape}"
        raise ThroughflowError(
            Problem("weighted quantiles", shapes, "each last value needs one weight", "give (..., n) and (n,)")
        )
    if (mass < 0).any() or not mass.any() or ((shares < 0) | (shares > 1)).any() or shares.ndim > 1:
        wanted = "weights must be 0 or more and not all 0, shares 0 to 1 in one row"
        raise ThroughflowError(Problem("weighted quantiles", "a weight or share out of range", wanted, "check both"))
    told, mass = told[..., mass > 0], mass[mass > 0]
    if np.isnan(told).any():
        raise ThroughflowError(
            Problem("weighted quantiles", "NaN with a weight", "it has no rank", "give it the weight 0 or leave it out")
        )
    order = np.argsort(told, axis=-1)
    cumulated = np.cumsum(mass[order], axis=-1)
    reached = np.atleast_1d(shares) * (1.0 - ROUNDING)
    ranks = [(cumulated < share * cumulated[..., -1:]).sum(axis=-1, keepdims=True) for share in reached]
    found = np.stack([np.take_along_axis(told, np.take_along_axis(order, r, -1), -1)[..., 0] for r in ranks])
    return found if shares.ndim else found[0]


def _shape(tail: np.ndarray) -> float:
    """Return the shape of a generalised Pareto distribution fitted to positive, ascending ``tail``, shape (n,).

    The profile likelihood is averaged over a grid of θ = −shape ÷ scale, under Zhang & Stephens' prior.
    """
    points = GRID + int(np.sqrt(tail.size))
    quartile = tail[int(tail.size / 4 + 0.5) - 1]
    steps = 1.0 - np.sqrt(points / (np.arange(1, points + 1) - 0.5))
    theta = 1.0 / tail[-1] + steps / (SPREAD * quartile)
    theta[theta == 0.0] = SMALLEST
    shapes = np.log1p(-theta[:, None] * tail).mean(axis=1)
    profile = tail.size * (np.log(-theta / shapes) - shapes - 1.0)
    weights = np.exp(profile - profile.max())
    return float(np.log1p(-(theta @ weights / weights.sum()) * tail).mean())


def _shifted(log_weights: np.ndarray) -> np.ndarray:
    """Return the logarithms of weights, the largest being 0, or refuse them."""
    logs = np.asarray(log_weights, dtype=float)
    if logs.ndim != 1 or logs.size == 0:
        raise ThroughflowError(
            Problem("weights of draws", f"shape {logs.shape}", "one number a draw is needed", "give shape (n,)")
        )
    if np.isnan(logs).any() or np.isposinf(logs).any():
        raise ThroughflowError(
            Problem("weights of draws", "NaN or +inf", "they are no logarithm of a weight", "give such a draw -inf")
        )
    if np.isneginf(logs).all():
        raise ThroughflowError(
            Problem("weights of draws", "every weight is zero", "no draw fits the data at all", "start from other draws")
        )
    return logs - logs.max()
