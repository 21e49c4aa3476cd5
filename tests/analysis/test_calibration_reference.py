"""The normal reference of particles: densities, its own inverse, and the directions of which data speak."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from sim.analysis.calibration.reference import (
    SMALLEST_VARIANCE,
    SPEAKING,
    Reference,
    reference_of,
    slopes_at,
    speaking_directions,
)


def orthonormal(places, count, seed=0):
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((places, count)))[0]


@pytest.fixture
def reference():
    within = orthonormal(7, 3)
    return Reference(within @ np.array([0.7, -1.2, 0.4]), within, np.array([0.02, 0.3, 1.4]))


def covariance(reference):
    size = reference.mean.size
    return np.eye(size) + reference.directions @ np.diag(reference.variances - 1.0) @ reference.directions.T


def test_log_ratio_is_the_difference_of_log_densities(reference):
    places = np.random.default_rng(2).standard_normal((7, 50))
    prior = multivariate_normal(np.zeros(7)).logpdf(places.T)
    own = multivariate_normal(reference.mean, covariance(reference)).logpdf(places.T)
    assert reference.log_ratio(places) == pytest.approx(prior - own, rel=1e-10)


def test_whitened_is_the_inverse_of_coloured_and_coloured_has_its_covariance(reference):
    standard = np.random.default_rng(3).standard_normal((7, 20_000))
    places = reference.coloured(standard)
    assert reference.whitened(places) == pytest.approx(standard, abs=1e-12)
    assert places.mean(axis=1) == pytest.approx(reference.mean, abs=0.04)
    assert np.cov(places) == pytest.approx(covariance(reference), abs=0.06)


def test_wider_multiplies_variances(reference):
    assert reference.wider(2.0).variances == pytest.approx([0.04, 0.6, 2.8])
    assert (reference.wider(2.0).directions == reference.directions).all()


@pytest.mark.parametrize(("places", "particles", "count"), [(330, 1024, 20), (330, 64, 20), (40, 10, 12), (5, 2, 5)])
def test_chance_makes_no_direction_narrow(places, particles, count):
    """Few particles are drawn towards the prior, and copies of them count no more than they do."""
    rng = np.random.default_rng(4)
    noise, within = rng.standard_normal((places, particles)), orthonormal(places, count)
    found = reference_of(noise, within)
    assert found.variances.min() > 0.3 and found.variances.max() < 3.0
    copied = reference_of(np.repeat(noise, 7, axis=1), within)
    assert copied.variances == pytest.approx(found.variances, rel=1e-9)


def test_outside_its_directions_it_is_the_prior():
    rng = np.random.default_rng(5)
    within = orthonormal(20, 3)
    found = reference_of(0.1 * rng.standard_normal((20, 500)) + 2.0, within)
    outside = np.eye(20) - within @ within.T
    assert outside @ found.mean == pytest.approx(np.zeros(20), abs=1e-12)
    assert outside @ covariance(found) @ outside == pytest.approx(outside, abs=1e-12)
    assert found.variances == pytest.approx([0.01 + 3 / 503] * 3, rel=0.2)
    assert found.directions.T @ found.directions == pytest.approx(np.eye(3), abs=1e-12)


def test_mean_and_variances_within_are_found():
    rng = np.random.default_rng(7)
    within = orthonormal(300, 2)
    true = Reference(2.0 * within[:, 0], within, np.array([0.01, 0.1]))
    found = reference_of(true.coloured(rng.standard_normal((300, 3000))), within)
    assert found.variances == pytest.approx(true.variances, rel=0.1)
    assert np.abs(found.directions.T @ within) == pytest.approx(np.eye(2), abs=0.05)
    assert found.mean @ within == pytest.approx([2.0, 0.0], abs=0.05)


def test_weights_move_the_reference():
    """Prior draws weighted by a normal likelihood of the first place give its posterior: mean 0.8, variance 0.2."""
    places = np.random.default_rng(8).standard_normal((10, 100_000))
    weights = np.exp(-0.5 * (places[0] - 1.0) ** 2 / 0.25)
    found = reference_of(places, np.eye(10, 1), weights / weights.sum())
    assert found.mean == pytest.approx(np.eye(10)[0] * 0.8, abs=0.02)
    assert found.variances == pytest.approx([0.2], rel=0.05)


def test_one_particle_and_no_direction_leave_finite_numbers():
    places = np.ones((4, 1000))
    known = reference_of(places, np.eye(4, 2))
    assert known.variances.min() >= SMALLEST_VARIANCE and np.isfinite(known.log_ratio(places)).all()
    free = reference_of(places, np.empty((4, 0)))
    assert free.log_ratio(places) == pytest.approx(0.0) and (free.mean == 0).all()


MATRIX = np.random.default_rng(9).standard_normal((5, 30))


def linear(places):
    return MATRIX @ places


def test_slopes_are_derivatives():
    at = np.random.default_rng(10).standard_normal(30)
    assert slopes_at(linear, at) == pytest.approx(MATRIX, abs=1e-10)
    bent = slopes_at(lambda places: places[:2] ** 3, at)
    assert bent == pytest.approx(np.diag(3 * at**2)[:2], abs=1e-3)


def test_data_speak_along_their_slopes_and_nowhere_else():
    found = speaking_directions(linear, np.zeros((30, 3)))
    assert found.shape == (30, 5) and found.T @ found == pytest.approx(np.eye(5), abs=1e-12)
    assert found @ (found.T @ MATRIX.T) == pytest.approx(MATRIX.T, abs=1e-8)


def test_a_direction_that_hardly_changes_the_data_is_none():
    sizes = np.sqrt(SPEAKING) * np.array([1.1, 0.9])
    found = speaking_directions(lambda places: sizes[:, None] * places[:2], np.zeros((6, 1)))
    assert np.abs(found) == pytest.approx(np.eye(6, 1), abs=1e-6)


def test_points_beside_a_failed_world_are_left_out():
    def failing(places):
        return np.where(places[29] > 1.0, 1e3, linear(places))

    good, edge = np.zeros((30, 1)), np.zeros((30, 1))
    edge[29] = 1.0
    both = speaking_directions(failing, np.concatenate([good, edge], axis=1))
    assert both @ both.T == pytest.approx(speaking_directions(failing, good) @ speaking_directions(failing, good).T, abs=1e-9)
    assert speaking_directions(failing, edge).shape == (30, 0)
