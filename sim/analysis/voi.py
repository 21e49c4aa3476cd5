"""What knowing more would be worth to a choice: expected value of perfect information, of all unknowns and of one.

Information has value only if it could change the choice.  Its value is in the unit of the benefit.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from sim.analysis.pareto import dominated
from sim.errors import Problem, ThroughflowError

DEGREE = 3
"""Highest power of an input's rank in the regression."""


@dataclass(frozen=True)
class Partial:
    """The value of knowing each input by itself.

    Attributes:
        value: expected value of knowing it, shape (input,).
        noise: what inputs with nothing to tell seem to be worth on average.
        floor: highest value that any of as many inputs with nothing to tell reaches, in 95 % of shuffles.
    """

    value: np.ndarray
    noise: float
    floor: float


def perfect(benefit: np.ndarray) -> float:
    """Return the expected value of perfect information, in the unit of ``benefit``.

    Mean over worlds of the best option's benefit in each, minus the benefit of the option that is best on average
    (Raiffa & Schlaifer 1961, Applied Statistical Decision Theory).

    Arguments:
        benefit: shape (option, world); more is better.

    Raises:
        ThroughflowError: fewer than two options, or benefits that are not finite.
    """
    _check(benefit)
    return float(benefit.max(axis=0).mean() - benefit.mean(axis=1).max())


def contenders(benefit: np.ndarray) -> np.ndarray:
    """Return the options, rows of ``benefit``, that no other option beats or equals in every world: only they can be chosen."""
    distinct = np.unique(benefit, axis=0)
    return distinct[~dominated(-distinct.T)]


def basis(values: np.ndarray, degree: int = DEGREE) -> np.ndarray:
    """Return orthonormal polynomials of the ranks of ``values``, shape (world, power), constant first.

    Ranks make the regression blind to the scale of the input and keep outlying worlds from bending it.  Powers that ties leave
    without meaning are zero.
    """
    ranks = rankdata(values)
    place = 2 * (ranks - 0.5) / len(ranks) - 1
    powers, _ = np.linalg.qr(np.polynomial.legendre.legvander(place, degree))
    return np.where(np.arange(degree + 1) < np.unique(ranks).size, powers, 0.0)


def partial(benefit: np.ndarray, drawn: np.ndarray, *, shuffles: int = 20, seed: int = 0) -> Partial:
    """Return the value of knowing each input of ``drawn`` by itself, by regression on it.

    Strong, Oakley & Brennan (2014), doi 10.1177/0272989X13505910: the benefit of an option given an input is its regression
    on that input, here on powers of its rank, as many as generalized cross-validation (Golub, Heath & Wahba 1979,
    doi 10.1080/00401706.1979.10489751) keeps.  The estimate is never below zero and so too high by noise; what shuffled inputs
    reach tells how much.

    Arguments:
        benefit: shape (option, world); more is better.
        drawn: inputs, shape (world, input).
        shuffles: how often all inputs are shuffled against the worlds to learn the noise.
        seed: of the shuffles.

    Raises:
        ThroughflowError: fewer than two options, or values that are not finite.
    """
    _check(benefit)
    if shuffles < 1:
        what, why = f"{shuffles} shuffles", "what noise reaches is learned from them"
        raise ThroughflowError(Problem("shuffles", what, why, "give 20 or more"))
    if not np.isfinite(drawn).all():
        raise ThroughflowError(Problem("inputs", "not finite", "nothing can be regressed on them", "leave out such worlds"))
    random = np.random.default_rng(seed)
    benefit = contenders(benefit)
    # Differences from one option leave the choice as it is and take out what all options share.
    apart = (benefit - benefit[int(benefit.mean(axis=1).argmax())]).T
    bases = [basis(drawn[:, number]) for number in range(drawn.shape[1])]
    # Knowing one thing is worth no more than knowing everything, which the regression alone would not respect.
    value = np.minimum([_value(apart, each) for each in bases], perfect(benefit) if len(benefit) > 1 else 0.0)
    orders = (random.permutation(len(apart)) for _ in range(shuffles))
    empty = np.array([[_value(shuffled, each) for each in bases] for shuffled in (apart[order] for order in orders)])
    floor = float(np.quantile(empty.max(axis=1), 0.95, method="higher")) if shuffles else 0.0
    return Partial(value, float(empty.mean()) if shuffles else 0.0, floor)


def interval(benefit: np.ndarray, values: np.ndarray, *, resamples: int = 200, seed: int = 0) -> tuple[float, float]:
    """Return the 5–95 % interval of the value of knowing one input, by drawing worlds anew with replacement."""
    random = np.random.default_rng(seed)
    benefit, found = contenders(benefit), []
    for _ in range(resamples):
        chosen = random.integers(0, values.size, values.size)
        own = benefit[:, chosen]
        found.append(_value((own - own[int(own.mean(axis=1).argmax())]).T, basis(values[chosen])))
    low, high = np.quantile(found, (0.05, 0.95))
    return float(low), float(high)


def perfect_interval(benefit: np.ndarray, *, resamples: int = 200, seed: int = 0) -> tuple[float, float]:
    """Return the 5–95 % interval of :func:`perfect`, by drawing worlds anew with replacement."""
    random = np.random.default_rng(seed)
    count = benefit.shape[1]
    found = [perfect(benefit[:, random.integers(0, count, count)]) for _ in range(resamples)]
    low, high = np.quantile(found, (0.05, 0.95))
    return float(low), float(high)


def _value(apart: np.ndarray, powers: np.ndarray) -> float:
    """Return the mean of the best fitted difference minus the best mean one, for differences of shape (world, option)."""
    count = len(apart)
    weights = powers.T @ apart
    total = (apart**2).sum(axis=0)
    left = np.maximum(total - np.cumsum(weights**2, axis=0), 0.0)
    used = np.arange(1, len(weights) + 1)[:, None]
    kept = (left / (1 - used / count) ** 2).argmin(axis=0)
    fitted = powers @ np.where(used - 1 <= kept, weights, 0.0)
    return float(max(fitted.max(axis=1).mean() - apart.mean(axis=0).max(), 0.0))


def _check(benefit: np.ndarray) -> None:
    if len(benefit) < 2:
        why = "knowing more cannot change a choice of one"
        raise ThroughflowError(Problem("decision", "fewer than two options", why, "name more packages"))
    if not np.isfinite(benefit).all():
        why = "the best option cannot be told"
        raise ThroughflowError(Problem("decision", "benefits that are not finite", why, "leave out worlds that failed"))
