"""A normal distribution that stands for a posterior: the particles where data can say something, the prior elsewhere.

Places are standard normal a priori, and data can speak of few of several hundred directions. Which ones is known from
derivatives, without noise: those along which some deviation of the data changes (likelihood-informed subspace: Cui, Martin,
Marzouk, Solonen and Spantini, Inverse Problems 30 (2014) 114015). Only there are mean and covariance taken from particles; a
covariance of all places would be mostly chance, and moves along directions that chance made narrow never widen them again.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

SPEAKING = 0.01
"""Mean squared change of the standardised data for a place's standard deviation, from which on a direction counts: the data
then take half a per cent off its standard deviation."""

SMALLEST_VARIANCE = 1e-6
"""Variance below which a direction is not narrowed further."""

STEP = 0.02
"""Step of the differences that give derivatives, in places."""

Deviations = Callable[[np.ndarray], np.ndarray]
"""Standardised deviations of the fitted data at places (place, world), shape (datum, world)."""


@dataclass(frozen=True)
class Reference:
    """A normal distribution over places.

    Attributes:
        mean: along its directions, shape (place,).
        directions: orthonormal directions in which it differs from the prior, shape (place, direction).
        variances: variance along each, shape (direction,).
    """

    mean: np.ndarray
    directions: np.ndarray
    variances: np.ndarray

    def coloured(self, standard: np.ndarray) -> np.ndarray:
        """Return places for standard normal numbers, both of shape (place, world)."""
        return self.mean[:, None] + self._scaled(standard, self.variances**0.5)

    def whitened(self, places: np.ndarray) -> np.ndarray:
        """Return the standard normal numbers that ``coloured`` turns into ``places``."""
        return self._scaled(places - self.mean[:, None], self.variances**-0.5)

    def log_ratio(self, places: np.ndarray) -> np.ndarray:
        """Return the log density of the prior less that of this distribution at ``places``, shape (world,).

        Across its directions the two are equal, so only what lies along them counts.
        """
        inside = self.directions.T @ places
        own = (inside - (self.directions.T @ self.mean)[:, None]) * (self.variances**-0.5)[:, None]
        return 0.5 * ((own**2).sum(axis=0) - (inside**2).sum(axis=0) + np.log(self.variances).sum())

    def wider(self, factor: float) -> "Reference":
        """Return the same with variances along its directions multiplied by ``factor``."""
        return Reference(self.mean, self.directions, self.variances * factor)

    def _scaled(self, numbers: np.ndarray, by: np.ndarray) -> np.ndarray:
        return numbers + self.directions @ ((by - 1.0)[:, None] * (self.directions.T @ numbers))


def slopes_at(deviations: Deviations, places: np.ndarray) -> np.ndarray:
    """Return derivatives of the standardised deviations at ``places`` by central differences, shape (datum, place)."""
    aside = STEP * np.eye(places.size)
    both = deviations(np.concatenate([places[:, None] + aside, places[:, None] - aside], axis=1))
    return (both[:, : places.size] - both[:, places.size :]) / (2.0 * STEP)


def speaking_directions(deviations: Deviations, at: np.ndarray) -> np.ndarray:
    """Return orthonormal directions along which the fitted data change, shape (place, direction).

    Arguments:
        deviations: standardised deviations at places.
        at: places at which derivatives are taken and averaged, shape (place, point); where they are not finite numbers of
            moderate size, because a world fails beside, they are left out.
    """
    stacked = [slopes_at(deviations, point) for point in at.T]
    kept = [
        slopes for slopes in stacked if np.isfinite(slopes).all() and (slopes**2).sum() < (1.0 / STEP) ** 2 * slopes.shape[0]
    ]
    if not kept:
        return np.empty((at.shape[0], 0))
    _, sizes, rows = np.linalg.svd(np.concatenate(kept) / len(kept) ** 0.5, full_matrices=False)
    return np.ascontiguousarray(rows[sizes**2 > SPEAKING].T)


def reference_of(places: np.ndarray, within: np.ndarray, weights: np.ndarray | None = None) -> Reference:
    """Return the reference of weighted particles.

    Arguments:
        places: shape (place, particle).
        within: orthonormal directions in which it may differ from the prior, shape (place, direction).
        weights: sum to one, shape (particle,); equal ones if ``None``.

    The covariance is drawn towards the prior's by as many particles as there are directions, so that few particles make none
    of them narrow by chance.
    """
    count, within_count = places.shape[1], within.shape[1]
    weights = np.full(count, 1.0 / count) if weights is None else weights
    inside = within.T @ places
    mean = inside @ weights
    _, distinct = np.unique(places[0], return_inverse=True)
    effective = 1.0 / float((np.bincount(distinct, weights) ** 2).sum())
    away = inside - mean[:, None]
    covariance = (away * weights) @ away.T
    share = within_count / (within_count + effective)
    variances, turned = np.linalg.eigh((1.0 - share) * covariance + share * np.eye(within_count))
    return Reference(within @ mean, within @ turned, np.maximum(variances, SMALLEST_VARIANCE))
