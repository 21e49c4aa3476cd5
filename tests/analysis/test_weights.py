"""Weights of draws: worth, tail, equal draws and quantiles, against hand-worked numbers and known distributions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.analysis.calibration.weights import (
    effective_size,
    finite,
    largest,
    normalised,
    pareto_k,
    resample,
    weighted_quantiles,
)
from sim.errors import ThroughflowError

NONE = -np.inf


def test_worth_of_hand_worked_weights():
    logs = np.log([1.0, 1.0, 2.0]) + 5000.0
    assert normalised(logs) == pytest.approx([0.25, 0.25, 0.5])
    assert effective_size(logs) == pytest.approx(16 / 6)
    assert largest(logs) == pytest.approx(0.5)


def test_worth_at_the_ends():
    assert effective_size(np.full(7, -3000.0)) == pytest.approx(7)
    assert effective_size(np.array([NONE, 0.0, NONE])) == 1.0
    assert largest(np.array([NONE, 0.0, NONE])) == 1.0


@pytest.mark.parametrize("function", [normalised, effective_size, largest, pareto_k, lambda logs: resample(logs, 3, 1)])
@pytest.mark.parametrize("logs", [[0.0, np.nan], [0.0, np.inf], [NONE, NONE], [], [[0.0, 1.0]]])
def test_what_is_no_weight_is_refused(function, logs):
    with pytest.raises(ThroughflowError):
        function(np.array(logs))


@pytest.mark.parametrize("shape", [0.2, 0.5, 0.8, 1.2])
def test_tail_of_known_shape(shape):
    """Ratios 1 ÷ u^k have a Pareto tail of shape k exactly; the fit draws it a little towards 0.5."""
    draws = [-shape * np.log(np.random.default_rng(seed).random(20000)) for seed in range(6)]
    tail = 3 * np.sqrt(20000)
    expected = (tail * shape + 5) / (tail + 10)
    assert np.mean([pareto_k(each) for each in draws]) == pytest.approx(expected, abs=0.06)


def test_tail_of_bounded_weights_is_light():
    assert pareto_k(np.log(np.random.default_rng(1).random(5000))) < 0.0


def test_tail_does_not_mind_a_constant_or_draws_of_weight_zero_below_it():
    logs = np.random.default_rng(2).exponential(size=4000)
    assert pareto_k(logs - 900.0) == pytest.approx(pareto_k(logs))
    logs[np.argsort(logs)[:2000]] = NONE
    assert np.isfinite(pareto_k(logs))


def test_tail_that_cannot_be_judged():
    assert pareto_k(np.zeros(20)) == np.inf
    assert pareto_k(np.r_[np.zeros(500), 3.0]) == np.inf
    assert pareto_k(np.r_[np.linspace(-2000, -900, 500), 0.0]) == np.inf
    assert pareto_k(np.zeros(500)) == -np.inf


@given(st.lists(st.integers(0, 9), min_size=1, max_size=12).filter(any), st.integers(1, 60), st.integers(0, 9))
def test_every_draw_appears_as_often_as_it_weighs(counts, size, seed):
    with np.errstate(divide="ignore"):
        logs = np.log(np.array(counts, dtype=float))
    wanted = size * np.array(counts) / sum(counts)
    found = np.bincount(resample(logs, size, seed), minlength=len(counts))
    assert found.sum() == size
    assert (np.abs(found - wanted) < 1 + 1e-9).all()
    assert (found[np.array(counts) == 0] == 0).all()


def test_resampling_is_unbiased_and_repeatable():
    weights = np.array([0.03, 0.0, 0.5, 0.17, 0.3])
    with np.errstate(divide="ignore"):
        logs = np.log(weights)
    counts = [np.bincount(resample(logs, 4, seed), minlength=5) for seed in range(4000)]
    assert np.mean(counts, axis=0) == pytest.approx(4 * weights, abs=0.03)
    assert resample(logs, 9, 7).tolist() == resample(logs, 9, 7).tolist()
    with pytest.raises(ThroughflowError):
        resample(logs, 0, 1)


def test_first_part_of_a_resample_is_a_sample_too():
    parts = [resample(np.zeros(200), 100, seed)[:10].mean() for seed in range(200)]
    assert np.mean(parts) == pytest.approx(99.5, abs=5.0)


@given(
    st.lists(st.tuples(st.integers(-20, 20), st.integers(0, 5)), min_size=1, max_size=15).filter(
        lambda pairs: any(count for _, count in pairs)
    )
)
def test_quantiles_are_those_of_repeated_values(pairs):
    values, counts = np.array(pairs).T
    shares = np.array([0.0, 0.0625, 0.25, 0.5, 0.71875, 1.0])
    expected = np.quantile(np.repeat(values, counts), shares, method="inverted_cdf")
    assert weighted_quantiles(values, counts / 7.0, shares).tolist() == expected.tolist()


def test_quantiles_over_the_last_axis():
    values = np.random.default_rng(3).normal(size=(2, 3, 40))
    found = weighted_quantiles(values, np.ones(40), np.array([0.05, 0.5]))
    assert found.shape == (2, 2, 3)
    assert found == pytest.approx(np.quantile(values, [0.05, 0.5], axis=-1, method="inverted_cdf"))
    assert weighted_quantiles(values, np.ones(40), 0.5).tolist() == found[1].tolist()
    assert weighted_quantiles(values[0, 0], np.ones(40), 0.5).shape == ()


def test_quantiles_leave_out_what_weighs_nothing():
    assert weighted_quantiles(np.array([np.nan, 1.0, 2.0]), np.array([0.0, 1.0, 1.0]), 0.0) == 1.0


@pytest.mark.parametrize(
    ("values", "weights", "share"),
    [
        ([1.0, np.nan], [1.0, 1.0], 0.5),
        ([1.0, 2.0], [1.0, np.nan], 0.5),
        ([1.0, 2.0], [1.0, -1.0], 0.5),
        ([1.0, 2.0], [0.0, 0.0], 0.5),
        ([1.0, 2.0], [1.0, 1.0, 1.0], 0.5),
        ([1.0, 2.0], [1.0, 1.0], 1.5),
        ([1.0, 2.0], [1.0, 1.0], np.nan),
        (3.0, 1.0, 0.5),
    ],
)
def test_quantiles_refuse(values, weights, share):
    with pytest.raises(ThroughflowError):
        weighted_quantiles(np.array(values), np.array(weights), share)


def test_finite_refuses_what_is_no_number():
    assert finite([1, 2], where="here").tolist() == [1.0, 2.0]
    for wrong in ([], [np.nan], [np.inf]):
        with pytest.raises(ThroughflowError, match="here"):
            finite(wrong, where="here")
