"""How probable the fitted years of real series are, given what a model says of them.

Every series is compared in logarithms: log data = log model + log scale + coverage + deviation. A deviation is normal with the
series' error as its standard deviation and a memory, correlation exp(-|years apart| / memory), so that nine yearly values that
miss together do not count as nine independent ones (Kennedy and O'Hagan, Journal of the Royal Statistical Society B 63 (2001)
425-464, on discrepancy). A scale is normal in logarithms and is integrated out exactly; series that share a scale form one
block. The size of the error is not known either: a grid of multiples of the stated one is summed over.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

MULTIPLES = (0.5, 0.7, 1.0, 1.4, 2.0)
"""Sizes of the error relative to the stated one."""

CHANCES = (0.1, 0.2, 0.4, 0.2, 0.1)
"""Prior probability of each of the multiples."""

_POINT_95 = 1.6448536269514722


@dataclass(frozen=True)
class Series:
    """A real series and how a model's number is compared with it.

    Attributes:
        name: what the series is called.
        years: calendar years, shape (year,), increasing.
        values: data, positive, in the series' unit, shape (year,).
        fitted: whether each year is fitted, or held out, shape (year,).
        error: standard deviation of log data about the model, judged.
        memory: years over which deviations are correlated.
        scale: name of the scale between model and data; series that share it share its value; empty for none.
        scale_points: 5 %, 50 % and 95 % point of the scale; (1, 1, 1) for none.
    """

    name: str
    years: np.ndarray
    values: np.ndarray
    fitted: np.ndarray
    error: float
    memory: float
    scale: str = ""
    scale_points: tuple[float, float, float] = (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Block:
    """Series that share a scale, or one series without, as one vector of their years.

    Attributes:
        series: the series, stacked in this order.
    """

    series: tuple[Series, ...]

    @cached_property
    def fitted(self) -> np.ndarray:
        """Whether each stacked year is fitted, shape (row,)."""
        return np.concatenate([one.fitted for one in self.series])

    @cached_property
    def data(self) -> np.ndarray:
        """Log data less the log of the scale's median, shape (row,)."""
        return np.concatenate([np.log(one.values) for one in self.series]) - np.log(self.series[0].scale_points[1])

    @property
    def spread(self) -> float:
        """Prior standard deviation of the log scale, 0 for none."""
        low, _, high = self.series[0].scale_points
        return float(np.log(high / low) / (2 * _POINT_95))

    @cached_property
    def sizes(self) -> tuple[tuple[float, ...], ...]:
        """Every combination of error multiples, one for each series."""
        return tuple(itertools.product(MULTIPLES, repeat=len(self.series)))

    @cached_property
    def log_chances(self) -> np.ndarray:
        """Prior log probability of each combination, shape (combination,)."""
        return np.array([np.log(np.prod(each)) for each in itertools.product(CHANCES, repeat=len(self.series))])

    def covariance(self, sizes: Sequence[float]) -> np.ndarray:
        """Return the covariance of the deviations of all years, without the scale, shape (row, row)."""
        whole = np.zeros((self.data.size, self.data.size))
        first = 0
        for one, size in zip(self.series, sizes, strict=True):
            last = first + one.years.size
            apart = np.abs(one.years[:, None] - one.years[None, :])
            whole[first:last, first:last] = (size * one.error) ** 2 * np.exp(-apart / one.memory)
            first = last
        return whole

    def log_densities(self, predicted: np.ndarray) -> np.ndarray:
        """Return the log density of the fitted data for each size of error, scale integrated out, shape (combination, world).

        Arguments:
            predicted: log model of all years, coverage included, shape (row, world).
        """
        away = (self.data[:, None] - predicted)[self.fitted]
        whitenings, constants = self._whitenings
        return -0.5 * np.square(whitenings @ away).sum(axis=1) - constants[:, None]

    def log_likelihood(self, predicted: np.ndarray) -> np.ndarray:
        """Return the log likelihood of the fitted data, scale and sizes of error integrated out, shape (world,)."""
        return _log_sum(self.log_densities(predicted) + self.log_chances[:, None])

    @cached_property
    def _whitenings(self) -> tuple[np.ndarray, np.ndarray]:
        """Return what turns deviations into standard normal numbers, (combination, row, row), and the densities' constants."""
        rows = np.ix_(self.fitted, self.fitted)
        factors = np.linalg.cholesky([(self.covariance(sizes) + self.spread**2)[rows] for sizes in self.sizes])
        sizes = np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(axis=1)
        return np.linalg.inv(factors), sizes + 0.5 * factors.shape[1] * np.log(2 * np.pi)


@dataclass(frozen=True)
class History:
    """All series together.

    Attributes:
        series: every series that is fitted or held out.
    """

    series: tuple[Series, ...]

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The series by their scale."""
        groups: dict[str, list[Series]] = {}
        for one in self.series:
            groups.setdefault(one.scale or f"\0{one.name}", []).append(one)
        return tuple(Block(tuple(group)) for group in groups.values())

    def log_likelihood(self, predicted: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the log likelihood of all fitted data.

        Arguments:
            predicted: by name of the series, log model in its years, coverage included, shape (year, world); a world that
                failed holds infinities.

        Returns:
            Log likelihood, shape (world,); minus infinity where a world failed.
        """
        total = np.zeros(next(iter(predicted.values())).shape[1])
        fine = np.all([np.isfinite(values).all(axis=0) for values in predicted.values()], axis=0)
        for block in self.blocks:
            stacked = np.concatenate([predicted[one.name] for one in block.series])
            total += block.log_likelihood(np.where(fine, stacked, 0.0))
        return np.where(fine, total, -np.inf)


def _log_sum(terms: np.ndarray) -> np.ndarray:
    from scipy.special import logsumexp

    return np.asarray(logsumexp(terms, axis=0))
