"""What the data inform: single parameters, combinations of them, and whether the method finds truths it was given.

Parameters are told by their places: a place is standard normal under the prior, whatever the parameter's unit, so the prior
is known exactly and only the posterior is estimated from draws. d parameters, n draws.
"""

from dataclasses import dataclass

import numpy as np

from sim.analysis.calibration.weights import effective_size, finite, weighted_quantiles
from sim.errors import Problem, ThroughflowError

ENDS = (0.05, 0.95)
"""Ends of the interval of nine tenths."""

PRIOR_WIDTH = 2.0 * 1.6448536269514722
"""Width of that interval of a standard normal place."""

NARROW = 0.8
"""An interval at most this share of the prior's is informed: the standard deviation is as good as cut by a fifth, the worth of
an observation with an error of 4/3 of the prior's standard deviation. Less would change no reader's mind."""

MOVED = 0.4
"""A mean moved further than this, in the prior's standard deviations, is informed: the odds of lying above the prior's median
go from 1 : 1 to about 2 : 1."""

ERRORS = 2.0
"""Either must hold by this many standard errors of the draws: chance then calls informed one parameter in forty that lies at
the threshold itself and, from a hundred effective draws on, one in thousands that the data leave alone."""

WIDTH_ERROR = 0.885
"""Standard error of the interval's width, relative to the width, times √(effective draws), of a normal distribution: from
the variance p(1−p) ÷ (n f²) of a quantile, f = 0.1031 at both ends, and their covariance p² ÷ (n f²)."""

FEWEST = 30
"""With fewer effective draws these errors do not hold, and nothing is called informed."""

CHANCE = 2.02
"""Widths by which the least eigenvalue of no information falls below its edge in one case of a hundred (Tracy & Widom 1996,
order 1; centre and scale of Johnstone 2001, of the lower edge as in Feldheim & Sodin 2010)."""

ALONE = 1e-9
"""Rounding allowed in a number of effective draws; with no more than this beside the first, there is no spread."""

DRAWS_A_PARAMETER = 4
"""Effective draws a parameter needs to enter the search for directions: from four on the edge lies at 0.25 or above."""

LEVEL = 0.95
"""Confidence of the interval of a coverage."""

SHARP = 0.6
"""Largest share of the prior's width that the interval of an informed parameter ought to have when the truth is known."""


@dataclass(frozen=True)
class Information:
    """What the draws say of each parameter; arrays of shape (d,).

    Attributes:
        contraction: 1 − standard deviation of the place: 0 as the prior, 1 known exactly, negative if wider than the prior.
        shift: mean of the place, in standard deviations of the prior.
        width: width of the interval of nine tenths ÷ the prior's.
        informed: whether ``width`` ≤ 0.8 or the size of ``shift`` > 0.4, each beyond the error of the draws.
        shift_error: standard error of ``shift``.
        width_error: standard error of ``width``.
        effective: number of equal draws the weighted ones are worth.
    """

    contraction: np.ndarray
    shift: np.ndarray
    width: np.ndarray
    informed: np.ndarray
    shift_error: np.ndarray
    width_error: np.ndarray
    effective: float


@dataclass(frozen=True)
class Direction:
    """A combination of parameters that the data inform, told with what chance does to it taken off.

    Attributes:
        variance: posterior variance along it, of 1 under the prior.
        share: its part, 0 to 1, in the information (−½ log ``variance``) of all directions found.
        shift: posterior mean along it, in standard deviations of the prior.
        overlap: expected squared cosine between it and the true direction, 0 to 1; the rest is noise of the draws.
        loadings: weight of each parameter's place, squares summing to 1, the largest positive; 0 for a parameter that was not
            searched. Shape (d,).
    """

    variance: float
    share: float
    shift: float
    overlap: float
    loadings: np.ndarray


@dataclass(frozen=True)
class Synthetic:
    """How the method did on data made from known truths, t of them.

    Attributes:
        inside: whether each truth lies in its interval of nine tenths, shape (t, d).
        width: width of that interval ÷ the prior's, shape (t, d).
        coverage: share of all truths inside.
        coverage_interval: its interval of 95 %; parameters of one truth hang together, which widens it.
        coverage_by_parameter: share inside, shape (d,).
        informed_coverage: share inside among the informed; ``None`` if there is none.
        informed_interval: its interval of 95 %; ``None`` likewise.
        informed_width: median width among the informed; ``None`` likewise.
        informed_sharp: share of the informed whose width is at most 0.6; ``None`` likewise.
    """

    inside: np.ndarray
    width: np.ndarray
    coverage: float
    coverage_interval: tuple[float, float]
    coverage_by_parameter: np.ndarray
    informed_coverage: float | None
    informed_interval: tuple[float, float] | None
    informed_width: float | None
    informed_sharp: float | None


def information(places: np.ndarray, weights: np.ndarray, *, effective: float | None = None) -> Information:
    """Return what weighted posterior draws say of each parameter.

    Args:
        places: shape (d, n), standard normal under the prior.
        weights: plain weights of the draws, shape (n,); their sum does not matter.
        effective: number of independent draws they are worth, if fewer than the weights tell (draws that repeat or resemble
            one another); by default that of the weights.

    Raises:
        ThroughflowError: shapes that do not match, NaN, or a single draw that has all the weight.
    """
    told, mass, worth = _draws(places, weights, effective=effective)
    mean, centred = _centred(told, mass)
    deviation = np.sqrt(centred**2 @ mass / (1.0 - np.sum(mass**2)))
    low, high = weighted_quantiles(told, mass, np.array(ENDS))
    width = (high - low) / PRIOR_WIDTH
    shift_error, width_error = deviation / np.sqrt(worth), WIDTH_ERROR * width / np.sqrt(worth)
    narrow = width + ERRORS * width_error <= NARROW
    moved = np.abs(mean) - ERRORS * shift_error > MOVED
    return Information(
        contraction=1.0 - deviation,
        shift=mean,
        width=width,
        informed=(narrow | moved) & (worth >= FEWEST),
        shift_error=shift_error,
        width_error=width_error,
        effective=worth,
    )


def directions(places: np.ndarray, weights: np.ndarray, *, effective: float | None = None) -> tuple[Direction, ...]:
    """Return the combinations of parameters that the data inform, most informed first; none if none stands out of chance.

    They are the eigenvectors of the posterior covariance whose eigenvalue lies below what chance makes of an identity matrix
    (Marchenko & Pastur 1967). Variances and overlaps are freed of that noise by the relations of a covariance with a few
    eigenvalues off 1 (Baik & Silverstein 2006; Paul 2007), which hold for equal weights; uneven ones make a direction look
    less informed than it is. Where there are fewer than four effective draws a parameter, only the parameters whose own draws
    differ most from the prior are searched: combinations of others stay unseen.

    Args:
        places: shape (d, n), standard normal under the prior.
        weights: plain weights of the draws, shape (n,).
        effective: as for :func:`information`.

    Raises:
        ThroughflowError: as :func:`information`.
    """
    told, mass, worth = _draws(places, weights, effective=effective)
    mean, centred = _centred(told, mass)
    variance = centred**2 @ mass / (1.0 - np.sum(mass**2))
    count = min(len(told), round(worth / DRAWS_A_PARAMETER))
    if count == 0:
        return ()
    gain = variance + mean**2 - 1.0 - np.log(np.maximum(variance, np.finfo(float).tiny))
    searched = np.sort(np.argsort(-gain, kind="stable")[:count])
    part = centred[searched]
    values, vectors = np.linalg.eigh((part * mass) @ part.T / (1.0 - np.sum(mass**2)))
    below = np.flatnonzero(values < _edge(count, worth))
    ratio = count / worth
    middle = (1.0 - ratio + values[below]) / 2.0
    true = middle - np.sqrt(np.maximum(middle**2 - values[below], 0.0))
    true = np.maximum(true, np.finfo(float).tiny)
    shares = np.log(true) / np.log(true).sum() if below.size else true
    found = []
    for number, at in enumerate(below):
        loadings = np.zeros(len(told))
        loadings[searched] = vectors[:, at]
        loadings *= np.sign(loadings[np.abs(loadings).argmax()])
        away = 1.0 - true[number]
        overlap = max(0.0, float((1.0 - ratio / away**2) / (1.0 - ratio / away)))
        found.append(Direction(float(true[number]), float(shares[number]), float(loadings @ mean), overlap, loadings))
    return tuple(found)


def synthetic_table(truths: np.ndarray, low: np.ndarray, high: np.ndarray, *, informed: np.ndarray) -> Synthetic:
    """Return how often truths the data were made from lie inside the intervals found for them.

    Args:
        truths: places data were made from, shape (t, d).
        low: 5 % points of the posterior of each, same shape.
        high: 95 % points, same shape.
        informed: whether the posterior of that truth calls the parameter informed, same shape.

    Raises:
        ThroughflowError: shapes that differ, NaN, or a lower end above the upper.
    """
    truth, bottom, top = (finite(each, where=name) for each, name in ((truths, "truths"), (low, "low"), (high, "high")))
    chosen = np.asarray(informed, dtype=bool)
    if truth.ndim != 2 or not truth.shape == bottom.shape == top.shape == chosen.shape or (bottom > top).any():
        shapes = f"shapes {truth.shape}, {bottom.shape}, {top.shape}, {chosen.shape}, or a low end above the high"
        raise ThroughflowError(Problem("synthetic truths", shapes, "each truth has one interval", "give four of (t, d)"))
    inside = (truth >= bottom) & (truth <= top)
    width = (top - bottom) / PRIOR_WIDTH
    some = bool(chosen.any())
    return Synthetic(
        inside=inside,
        width=width,
        coverage=float(inside.mean()),
        coverage_interval=_clustered(inside, np.ones_like(inside)),
        coverage_by_parameter=inside.mean(axis=0),
        informed_coverage=float(inside[chosen].mean()) if some else None,
        informed_interval=_clustered(inside, chosen) if some else None,
        informed_width=float(np.median(width[chosen])) if some else None,
        informed_sharp=float(np.mean(width[chosen] <= SHARP)) if some else None,
    )


def binomial_interval(share: float, number: float) -> tuple[float, float]:
    """Return the exact 95 % interval of a probability that showed as ``share`` in ``number`` trials (Clopper & Pearson 1934).

    Args:
        share: successes ÷ trials, 0 to 1.
        number: trials, above 0; need not be whole, as an effective number is not.

    Raises:
        ThroughflowError: a share outside 0 to 1, or no trial.
    """
    from scipy.special import betaincinv

    if not (0.0 <= share <= 1.0 and 0.0 < number < np.inf):
        raise ThroughflowError(
            Problem("interval of a share", f"{share} of {number}", "no such share is possible", "check both")
        )
    hits, misses, tail = share * number, (1.0 - share) * number, (1.0 - LEVEL) / 2.0
    low = float(betaincinv(hits, misses + 1.0, tail)) if hits > 0 else 0.0
    high = float(betaincinv(hits + 1.0, misses, 1.0 - tail)) if misses > 0 else 1.0
    return low, high


def _clustered(inside: np.ndarray, chosen: np.ndarray) -> tuple[float, float]:
    """Return the interval of the share ``inside`` among ``chosen``, both (t, d), which hang together within a row.

    The number of trials is what makes a binomial share vary as the rows do (Kish 1965), between the number of rows that hold
    any and the number chosen; rows that agree wholly leave no variance to tell it from, and count once each.
    """
    counts = chosen.sum(axis=1)
    counts, hits = counts[counts > 0], (inside & chosen).sum(axis=1)[counts > 0]
    rows, total = len(counts), int(counts.sum())
    share = float(hits.sum() / total)
    parted = float(np.sum((hits - share * counts) ** 2)) * rows / max(rows - 1, 1) / total**2
    number = share * (1.0 - share) / parted if parted > 0 else rows
    return binomial_interval(share, float(np.clip(number, rows, total)))


def _edge(count: int, worth: float) -> float:
    """Return the eigenvalue below which the least of ``count`` falls by chance in one case of a hundred, at ``worth`` draws.

    Uneven weights lift the edge above that of as many equal draws, so the rule errs towards finding nothing.
    """
    long, short = np.sqrt(worth), np.sqrt(count)
    scale = (long - short) * (1.0 / short - 1.0 / long) ** (1.0 / 3.0)
    return float(((long - short) ** 2 - CHANCE * scale) / worth)


def _draws(places: np.ndarray, weights: np.ndarray, *, effective: float | None) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the draws that count, their weights summing to 1, and what they are worth, or refuse them."""
    told, mass = finite(places, where="places"), finite(weights, where="weights")
    if told.ndim != 2 or mass.shape != told.shape[1:] or (mass < 0).any() or np.count_nonzero(mass) < 2:
        shapes = f"places {told.shape}, weights {mass.shape}, {np.count_nonzero(mass > 0)} above 0"
        raise ThroughflowError(
            Problem("posterior draws", shapes, "two draws must count, no weight be negative", "give (d, n) and (n,)")
        )
    told, mass = told[:, mass > 0], mass[mass > 0]
    worth = effective_size(np.log(mass))
    if worth < 1.0 + ALONE:
        raise ThroughflowError(
            Problem("posterior draws", "one has all the weight", "a single draw has no spread", "sample further before asking")
        )
    if effective is not None and not 0.0 < effective <= worth * (1.0 + ALONE):
        why = f"the weights are worth {worth:g} draws at most"
        raise ThroughflowError(Problem("effective draws", str(effective), why, "give a number above 0 and not above that"))
    return told, mass / mass.sum(), worth if effective is None else float(effective)


def _centred(places: np.ndarray, mass: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mean = places @ mass
    return mean, places - mean[:, None]
