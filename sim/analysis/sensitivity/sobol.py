"""Shares of an output's variance: what a factor explains alone (first order) and with all others (total), by Saltelli's design.

A group of factors is treated as one.  Shares of first order of independent factors sum to 1 at most; what is missing is due to
factors in company, which the totals count once for each of them.
Source: Saltelli, Annoni, Azzini, Campolongo, Ratto and Tarantola, Computer Physics Communications 181 (2010) 259-270,
doi 10.1016/j.cpc.2009.09.018, table 2: total by Jansen's estimator (f); first order by (b), which scatters little where a
share is small, or by Jansen's (c), which scatters little where it is large; Jansen, Computer Physics Communications 117 (1999)
35-43, doi 10.1016/S0010-4655(98)00154-4.
"""

from dataclasses import dataclass

import numpy as np

from sim.analysis.sensitivity.resampling import RESAMPLES, ends, flat, weights, whole

STEADIER, SALTELLI, JANSEN = "steadier", "saltelli", "jansen"
"""Estimators of the first order: equation (b), equation (c), or of each share the one with the narrower interval."""

LEAST = 16
"""Base points below which nothing is said."""


@dataclass(frozen=True)
class Shares:
    """Shares of variance, each array of shape (factor, output); NaN for an output that does not vary.

    Estimates may lie a little below 0 or above 1: they are not cut, so that their scatter shows.

    Attributes:
        first: share that a factor explains alone.
        first_low: 5 % point of ``first`` over resampled base points.
        first_high: 95 % point.
        total: share that would remain if all factors but this were known.
        total_low: 5 % point of ``total``.
        total_high: 95 % point.
        variance: variance of the output, shape (output,), in its unit squared.
        used: base points used.
        left_out: base points with a failed run.
        constant: outputs that do not vary, shape (output,).
    """

    first: np.ndarray
    first_low: np.ndarray
    first_high: np.ndarray
    total: np.ndarray
    total_low: np.ndarray
    total_high: np.ndarray
    variance: np.ndarray
    used: int
    left_out: int
    constant: np.ndarray


def shares(values: np.ndarray, *, first: str = STEADIER, resamples: int = RESAMPLES, seed: int = 0) -> Shares:
    """Return first-order and total shares of variance, with intervals.

    Arguments:
        values: outputs, shape (base point, factor + 2, output): at a point of the first sample; at that point with each factor
            in turn taken from the second sample; at the point of the second sample.  A base point with NaN is left out whole.
        first: estimator of the first order: ``steadier``, ``saltelli`` or ``jansen``.
        resamples: of base points, for the intervals.
        seed: of the resamples.

    Raises:
        ThroughflowError: fewer than 16 base points remain.
    """
    good = whole(values, least=LEAST, unit="base points")
    kept = values[good]
    count = len(kept)
    constant = flat(kept)
    # Centred and scaled once: shares are the same, and sums of squares keep their digits.
    both = np.concatenate([kept[:, 0], kept[:, -1]])
    scale = np.where(constant, 1.0, both.std(axis=0))
    scaled = (kept - both.mean(axis=0)) / np.where(scale > 0, scale, 1.0)
    plain, drawn = np.full((1, count), 1.0 / count), weights(count, resamples=resamples, seed=seed)
    (saltelli, jansen, total), spread = _estimates(scaled, plain)
    resampled, _ = _estimates(scaled, drawn)
    low, high = (np.stack(each) for each in zip(*(ends(each) for each in resampled), strict=True))
    width = high - low
    chosen = (
        np.where(width[1] < width[0], 1, 0) if first == STEADIER else np.full(width[0].shape, (SALTELLI, JANSEN).index(first))
    )
    alone = [np.where(chosen, two, one) for one, two in ((saltelli[0], jansen[0]), low[:2], high[:2])]
    found = (*alone, total[0], low[2], high[2])
    told = [np.where(constant, np.nan, each) for each in found]
    variance = np.where(constant, 0.0, spread[0] * scale**2)
    return Shares(*told, variance=variance, used=count, left_out=int((~good).sum()), constant=constant)


def _estimates(values: np.ndarray, drawn: np.ndarray) -> tuple[tuple[np.ndarray, np.ndarray, np.ndarray], np.ndarray]:
    """Return first shares by (b) and (c) and totals, shape (resample, factor, output), and variances, for weights ``drawn``."""
    base, mixed, other = values[:, 0], values[:, 1:-1], values[:, -1]
    count = len(base)

    def mean(terms: np.ndarray) -> np.ndarray:
        return (drawn @ terms.reshape(count, -1)).reshape(len(drawn), *terms.shape[1:])

    middle = mean((base + other) / 2)
    variance = mean((base**2 + other**2) / 2) - middle**2
    moved = mixed - base[:, None]
    # An output that a resample leaves without variance has no shares there; that of the whole sample decides what is told.
    whole_of_it = np.where(variance > 0, variance, np.nan)[:, None]
    saltelli = (mean(other[:, None] * moved) - middle[:, None] * mean(moved)) / whole_of_it
    jansen = 1.0 - mean((other[:, None] - mixed) ** 2) / (2 * whole_of_it)
    return (saltelli, jansen, mean(moved**2) / (2 * whole_of_it)), variance
