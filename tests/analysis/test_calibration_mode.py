"""The mode and the profiles beside it, on problems with a closed form."""

import numpy as np
import pytest

from sim.analysis.calibration.likelihood import History, Series
from sim.analysis.calibration.mode import PROFILED, TROUBLE, find_mode, profile, slopes_at, standardised

YEARS = np.array([2010.0, 2012.0, 2013.0, 2017.0, 2019.0])
FITTED = YEARS < 2018
PLACES = 6


def series(name, seed, *, scale="", points=(1.0, 1.0, 1.0)):
    values = np.exp(np.random.default_rng(seed).normal(0.0, 0.3, YEARS.size))
    return Series(name, YEARS, values, FITTED, 0.1, 2.0, scale, points)


HISTORY = History((series("one", 1), series("in", 2, scale="s", points=(0.5, 0.9, 1.6)), series("out", 3, scale="s")))
MATRICES = {
    one.name: np.random.default_rng(len(one.name)).standard_normal((YEARS.size, PLACES)) * 0.3 for one in HISTORY.series
}


def predicted(places):
    return {name: matrix @ places for name, matrix in MATRICES.items()}


def stacked():
    """Deviations at zero places, their slopes and their covariance, of the fitted years of all series."""
    away, slopes, parts = [], [], []
    for block in HISTORY.blocks:
        rows = block.fitted
        away.append(block.data[rows])
        slopes.append(np.concatenate([MATRICES[one.name] for one in block.series])[rows])
        whole = block.covariance((1.0,) * len(block.series)) + block.spread**2
        parts.append(whole[np.ix_(rows, rows)])
    inverse = [np.linalg.inv(part) for part in parts]
    edges = np.cumsum([0, *(len(part) for part in parts)])
    precision = np.zeros((edges[-1],) * 2)
    for part, first, last in zip(inverse, edges[:-1], edges[1:], strict=True):
        precision[first:last, first:last] = part
    return np.concatenate(away), np.concatenate(slopes), precision


@pytest.fixture(scope="module")
def quadratic():
    """Hessian of the loss, its minimum and its value there."""
    away, slopes, precision = stacked()
    hessian = np.eye(PLACES) + slopes.T @ precision @ slopes
    places = np.linalg.solve(hessian, slopes.T @ precision @ away)
    left = away - slopes @ places
    return hessian, places, 0.5 * (left @ precision @ left + places @ places)


@pytest.fixture(scope="module")
def mode():
    starts = np.concatenate([np.zeros((PLACES, 1)), np.random.default_rng(4).standard_normal((PLACES, 3))], axis=1)
    return find_mode(standardised(HISTORY, predicted), starts)


def test_squares_are_minus_twice_the_log_density():
    away, slopes, precision = stacked()
    places = np.random.default_rng(5).standard_normal((PLACES, 10))
    left = away[:, None] - slopes @ places
    found = standardised(HISTORY, predicted)(places)
    assert (found**2).sum(axis=0) == pytest.approx(np.einsum("aw,ab,bw->w", left, precision, left), rel=1e-10)


def test_linear_problem_has_its_closed_form(quadratic, mode):
    _, places, loss = quadratic
    assert mode.places == pytest.approx(places, abs=1e-4)
    assert mode.losses == pytest.approx([loss] * 4, abs=1e-6), "every start ends in the one minimum"


def test_slopes_are_derivatives(mode):
    deviations = standardised(HISTORY, predicted)
    moved = deviations(mode.places[:, None] + 1e-5 * np.eye(PLACES)) - deviations(mode.places[:, None])
    assert mode.slopes == pytest.approx(moved / 1e-5, abs=1e-4)
    assert slopes_at(deviations, mode.places) == pytest.approx(mode.slopes)


@pytest.mark.parametrize("which", range(PLACES))
def test_profile_is_the_exact_quadratic_loss(which, quadratic, mode):
    hessian, places, _ = quadratic
    exact = 0.5 * (np.array(PROFILED) - places[which]) ** 2 / np.linalg.inv(hessian)[which, which]
    assert profile(standardised(HISTORY, predicted), mode, which, at=PROFILED) == pytest.approx(exact, abs=1e-5)


def test_profile_is_nothing_at_the_mode(mode):
    losses = profile(standardised(HISTORY, predicted), mode, 2, at=(mode.places[2], mode.places[2] + 1.0))
    assert losses[0] == pytest.approx(0.0, abs=1e-6) and losses[1] > 0.4


def curved(places):
    """As the linear one, slightly bent, and failing where the first place is above one and a half."""
    told = {name: values + 0.02 * places[1] ** 2 for name, values in predicted(places).items()}
    return {name: np.where(places[0] > 1.5, np.inf, values) for name, values in told.items()}


def test_failed_worlds_are_far_from_any_fit_and_finite():
    deviations = standardised(HISTORY, curved)
    places = np.zeros((PLACES, 3))
    places[0, 1] = 2.0
    found = deviations(places)
    assert np.isfinite(found).all() and np.abs(found).max() <= TROUBLE
    assert np.sum(found[:, 1] ** 2) > 1e4 > np.sum(found[:, 0] ** 2)
    assert (found[:, 0] == found[:, 2]).all()


def test_failed_worlds_break_neither_mode_nor_profile():
    deviations = standardised(HISTORY, curved)
    starts = np.zeros((PLACES, 2))
    starts[0, 1] = -1.0
    told = []
    mode = find_mode(deviations, starts, progress=told.append)
    assert told == [1, 2]
    assert mode.losses[1] == pytest.approx(mode.losses[0], abs=0.01) and mode.places[0] < 1.5
    around = np.random.default_rng(6).normal(0.0, 0.05, (PLACES, 200)) + mode.places[:, None]
    loss = 0.5 * ((deviations(around) ** 2).sum(axis=0) + (around**2).sum(axis=0))
    assert (loss >= min(mode.losses) - 1e-4).all()
    losses = profile(deviations, mode, 0, at=(-1.0, 0.0, 2.0))
    assert np.isfinite(losses).all() and losses[2] > 1e3 > losses[1] >= 0.0


def test_the_best_of_several_minima_is_the_mode():
    def two(places):
        return np.stack([3.0 * (places[0] ** 2 - 1.0), 0.5 * (places[0] - 1.0)])

    mode = find_mode(two, np.array([[-1.5, 1.5]]))
    assert mode.places[0] == pytest.approx(1.0, abs=0.05) and mode.losses[1] < mode.losses[0] - 0.2
