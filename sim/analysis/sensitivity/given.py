"""Shares of variance from any sample, be its inputs independent or not: by classes of an input, with the bias taken off.

The sample is cut into classes of equal size along an input; the variance of the classes' means over the whole variance is what
the input tells of the output.  Where inputs are correlated it includes what the input tells through the others.  Chance makes
that share positive for an input that has nothing to do with the output, so it is corrected, and compared with what the same
inputs reach when the output's rows are shuffled.
Source: Plischke, Borgonovo and Smith, European Journal of Operational Research 226 (2013) 536-550,
doi 10.1016/j.ejor.2012.11.047: classes and the correction by resampling; the largest share of shuffled rows as a bound after
Westfall and Young, Resampling-based multiple testing (1993), section 2.
"""

from dataclasses import dataclass

import numpy as np

from sim.analysis.sensitivity.resampling import LEVELS, flat, weights, whole
from sim.errors import Problem, ThroughflowError

LEAST_A_CLASS = 8
"""Members of a class below which its mean says nothing."""

MOST_CLASSES = 16

RESAMPLES = 200
"""Usual number of resamples, and of shuffles."""

SURE = 0.95
"""Share of shuffles whose greatest share, over all inputs, stays below the floor."""


@dataclass(frozen=True)
class GivenShares:
    """Shares of first order; arrays of shape (input, output), NaN for an output or an input that does not vary.

    Attributes:
        share: share of variance that the input tells, bias taken off; may be a little below 0.
        low: 5 % point over resamples.
        high: 95 % point.
        raw: the same share before the correction: what is compared with ``floor``.
        rank: rank correlation (Spearman's) of input and output: the sign of the relation.
        floor: what ``raw`` of the strongest input stays below in 95 % of shuffles, shape (output,).
        classes: classes an input is cut into.
        used: rows used.
        left_out: rows with an output that is missing.
        constant: outputs that do not vary, shape (output,).
    """

    share: np.ndarray
    low: np.ndarray
    high: np.ndarray
    raw: np.ndarray
    rank: np.ndarray
    floor: np.ndarray
    classes: int
    used: int
    left_out: int
    constant: np.ndarray


def classes_for(rows: int) -> int:
    """Return the usual number of classes for ``rows`` rows: about the cube root, 3 at least."""
    return int(min(MOST_CLASSES, max(3, round(rows ** (1 / 3)))))


def given_shares(
    inputs: np.ndarray, outputs: np.ndarray, *, classes: int | None = None, resamples: int = RESAMPLES, seed: int = 0
) -> GivenShares:
    """Return what each input tells of each output.

    Arguments:
        inputs: shape (row, input), finite.
        outputs: shape (row, output); rows with NaN are left out.
        classes: of equal size; the usual number for the rows there are if ``None``.
        resamples: for the correction and the intervals, and as many shuffles.
        seed: of both.

    Raises:
        ThroughflowError: too few rows for the classes, inputs that are not finite.
    """
    if not np.isfinite(inputs).all():
        raise ThroughflowError(
            Problem("inputs", "numbers that are not finite", "they cannot be put in order", "leave them out")
        )
    asked = classes_for(len(inputs)) if classes is None else classes
    good = whole(outputs, least=max(2, asked) * LEAST_A_CLASS, unit="members")
    places, kept = inputs[good], outputs[good]
    constant = flat(kept)
    scaled = (kept - kept.mean(axis=0)) / np.where(constant, 1.0, kept.std(axis=0))
    rows = len(kept)
    equal = np.full((1, rows), 1.0 / rows)
    parts = _Classes.of(places, asked)
    drawn, turns = weights(rows, resamples=resamples, seed=seed), _turns(rows, shuffles=resamples, seed=seed)
    raw, floor, resampled = [], [], []
    for values in scaled.T:
        raw.append(parts.shares(equal, values)[0])
        floor.append(np.quantile(parts.shuffled(values[turns]).max(axis=1), SURE))
        of_output = parts.shares(drawn, values)
        resampled.append((of_output.mean(axis=0), *np.quantile(of_output, LEVELS, axis=0)))
    plain, (mean, least, most) = np.stack(raw, axis=1), np.stack(resampled, axis=2)
    still = (np.ptp(places, axis=0) == 0)[:, None] | constant
    rank = _ranks(places).T @ _ranks(kept) / rows
    found = (2 * plain - mean, 2 * plain - most, 2 * plain - least, plain, rank)
    told = [np.where(still, np.nan, each) for each in found]
    above = np.where(constant, np.nan, np.array(floor))
    return GivenShares(*told, above, asked, used=rows, left_out=int((~good).sum()), constant=constant)


@dataclass(frozen=True)
class _Classes:
    """Which rows are in which class of each input, ones and zeros of shape (row, input times class); classes of an input."""

    inside: np.ndarray
    count: int

    @classmethod
    def of(cls, places: np.ndarray, count: int) -> "_Classes":
        """Return ``count`` classes of equal size along each column of ``places``."""
        rows, inputs = places.shape
        member_of = np.empty((rows, inputs), dtype=np.intp)
        order = np.argsort(places, axis=0, kind="stable")
        np.put_along_axis(member_of, order, np.broadcast_to((np.arange(rows) * count // rows)[:, None], order.shape), axis=0)
        inside = np.zeros((rows, inputs * count))
        np.put_along_axis(inside, member_of + count * np.arange(inputs), 1.0, axis=1)
        return cls(inside, count)

    def shares(self, drawn: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Return shares of ``values`` (row,) for weights ``drawn`` (resample, row), shape (resample, input)."""
        sizes, sums = drawn @ self.inside, (drawn * values) @ self.inside
        middle, square = drawn @ values, drawn @ values**2
        # An output that a resample leaves without variance has no share there.
        variance = np.where(square > middle**2, square - middle**2, np.nan)
        between = self._by_input(sums**2 / np.where(sizes > 0, sizes, 1.0)).sum(axis=2)
        return (between - middle[:, None] ** 2) / variance[:, None]

    def shuffled(self, values: np.ndarray) -> np.ndarray:
        """Return shares of ``values`` (shuffle, row) of mean 0 and variance 1, shape (shuffle, input)."""
        sums = values @ self.inside
        return self._by_input(sums**2 / self.inside.sum(axis=0)).sum(axis=2) / len(self.inside)

    def _by_input(self, values: np.ndarray) -> np.ndarray:
        return values.reshape(len(values), -1, self.count)


def _turns(rows: int, *, shuffles: int, seed: int) -> np.ndarray:
    """Return random orders of ``rows``, shape (shuffle, row)."""
    random = np.random.default_rng([seed, 1])
    return np.stack([random.permutation(rows) for _ in range(shuffles)])


def _ranks(values: np.ndarray) -> np.ndarray:
    """Return ranks of ``values`` (row, column), equal ones the mean of theirs, scaled to mean 0 and variance 1."""
    found = np.zeros(values.shape)
    for column, numbers in enumerate(values.T):
        _, place, times = np.unique(numbers, return_inverse=True, return_counts=True)
        ranks = (np.cumsum(times) - (times - 1) / 2)[place]
        ranks = ranks - ranks.mean()
        found[:, column] = ranks / (ranks.std() or 1.0)
    return found
