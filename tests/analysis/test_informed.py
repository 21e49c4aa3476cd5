"""What the data inform, on posteriors known exactly: normal places, known combinations, known coverage."""

import numpy as np
import pytest
from scipy import stats

from sim.analysis.calibration.informed import binomial_interval, directions, information, synthetic_table
from sim.errors import ThroughflowError


def normal(d, n, seed=0):
    return np.random.default_rng(seed).normal(size=(d, n))


def test_normal_posterior_is_told():
    places = normal(4, 4000) * np.array([[1.0], [0.5], [1.0], [0.9]]) + np.array([[0.0], [0.1], [0.8], [0.0]])
    found = information(places, np.ones(4000))
    assert found.effective == pytest.approx(4000)
    assert found.contraction == pytest.approx([0, 0.5, 0, 0.1], abs=0.04)
    assert found.shift == pytest.approx([0, 0.1, 0.8, 0], abs=0.06)
    assert found.width == pytest.approx([1, 0.5, 1, 0.9], abs=0.05)
    assert found.informed.tolist() == [False, True, True, False]


def test_weighting_the_prior_tells_the_posterior():
    """A datum of value 1 and error 0.5 leaves a normal place with mean 0.8 and variance 0.2."""
    places = normal(2, 40000)
    found = information(places, np.exp(-0.5 * ((1.0 - places[0]) / 0.5) ** 2))
    assert found.shift == pytest.approx([0.8, 0.0], abs=0.03)
    assert 1.0 - found.contraction == pytest.approx([np.sqrt(0.2), 1.0], abs=0.02)
    assert found.informed.tolist() == [True, False]


def test_errors_are_those_of_repeated_draws():
    found = [information(normal(1, 300, seed), np.ones(300)) for seed in range(600)]
    assert np.std([each.shift for each in found]) == pytest.approx(found[0].shift_error[0], rel=0.1)
    assert np.std([each.width for each in found]) == pytest.approx(np.mean([each.width_error for each in found]), rel=0.1)


def test_nothing_is_informed_by_chance():
    assert not information(normal(3000, 200), np.ones(200)).informed.any()
    assert not information(0.1 * normal(5, 20), np.ones(20)).informed.any()


def test_fewer_draws_than_weights_tell_need_more_evidence():
    places = 0.7 * normal(1, 4000)
    assert information(places, np.ones(4000)).informed.all()
    assert not information(places, np.ones(4000), effective=60).informed.any()


def combined(d, n, seed=0):
    """Return draws in which only the sum of ten places (variance 0.1) and the first place (0.3, mean 1) are informed."""
    places, along = normal(d, n, seed), np.zeros(d)
    along[10:20] = 1.0 / np.sqrt(10.0)
    places -= np.outer(along, (along @ places) * (1.0 - np.sqrt(0.1)))
    places[0] = 1.0 + np.sqrt(0.3) * places[0]
    return places, along


def test_combination_is_found_that_no_parameter_shows():
    places, along = combined(100, 4000)
    assert information(places, np.ones(4000)).informed.tolist() == [True] + 99 * [False]
    first, second = directions(places, np.ones(4000))
    assert (first.loadings @ along) ** 2 > 0.95
    assert second.loadings[0] > 0.95
    assert [first.variance, second.variance] == pytest.approx([0.1, 0.3], abs=0.03)
    assert [first.shift, second.shift] == pytest.approx([0.0, 1.0], abs=0.1)
    assert first.share == pytest.approx(np.log(0.1) / np.log(0.03), abs=0.03)
    assert first.share + second.share == pytest.approx(1.0)
    assert first.loadings @ first.loadings == pytest.approx(1.0)


def test_overlap_tells_how_far_a_direction_is_noise():
    found = [
        (each, along)
        for seed in range(12)
        for places, along in [combined(100, 600, seed)]
        for each in directions(places, np.ones(600))
    ]
    told = [each.overlap for each, _ in found]
    true = [max(each.loadings @ along, each.loadings[0]) ** 2 for each, along in found]
    assert np.mean(told) == pytest.approx(np.mean(true), abs=0.08)


@pytest.mark.parametrize(("d", "n", "uneven"), [(40, 1000, 0.0), (40, 2000, 1.2), (100, 200, 0.0), (3, 2, 0.0)])
def test_chance_shows_no_direction(d, n, uneven):
    shown = 0
    for seed in range(30):
        weights = np.exp(uneven * np.random.default_rng(1000 + seed).normal(size=n))
        shown += len(directions(normal(d, n, seed), weights)) > 0
    assert shown <= 2


def test_too_few_draws_search_the_parameters_that_differ_most():
    places, _ = combined(100, 200)
    (found,) = directions(places, np.ones(200))
    assert np.count_nonzero(found.loadings) == 50
    assert found.loadings[0] > 0.8


def test_truths_are_counted():
    truths = np.array([[0.0, 3.0], [0.0, 0.0]])
    found = synthetic_table(truths, truths - [1.0, 0.5], truths + [[1.0, -0.1], [1.0, 0.5]], informed=truths > 1)
    assert found.inside.tolist() == [[True, False], [True, True]]
    assert found.coverage == 0.75
    assert found.coverage_by_parameter.tolist() == [1.0, 0.5]
    assert found.width[0] == pytest.approx(np.array([2.0, 0.4]) / 3.2897, rel=1e-4)
    assert (found.informed_coverage, found.informed_sharp) == (0.0, 1.0)
    assert found.informed_width == pytest.approx(0.4 / 3.2897, rel=1e-4)
    assert found.informed_interval == pytest.approx((0.0, 0.975))
    nothing = synthetic_table(truths, truths, truths, informed=truths > 9)
    assert (nothing.informed_coverage, nothing.informed_interval, nothing.informed_width) == (None, None, None)


def test_interval_of_coverage_knows_that_parameters_hang_together():
    """Twenty truths of 40 parameters: 18 rows inside throughout say no more than 18 of 20; independent ones say far more."""
    low, high = -np.ones((20, 40)), np.ones((20, 40))
    together = np.zeros((20, 40))
    together[:2] = 2.0
    apart = np.where(np.random.default_rng(0).random((20, 40)) < 0.1, 2.0, 0.0)
    informed = np.ones((20, 40), dtype=bool)
    wide = synthetic_table(together, low, high, informed=informed).coverage_interval
    narrow = synthetic_table(apart, low, high, informed=informed).coverage_interval
    assert wide == pytest.approx(binomial_interval(0.9, 20), abs=1e-9)
    assert narrow[1] - narrow[0] < 0.06
    assert narrow[0] < 0.9 < narrow[1]


@pytest.mark.parametrize(("hits", "number"), [(0, 20), (3, 4), (18, 20), (20, 20)])
def test_interval_is_the_exact_one(hits, number):
    expected = stats.binomtest(hits, number).proportion_ci(0.95, method="exact")
    assert binomial_interval(hits / number, number) == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize(("share", "number"), [(1.2, 5), (0.5, 0), (np.nan, 5)])
def test_interval_refuses(share, number):
    with pytest.raises(ThroughflowError):
        binomial_interval(share, number)


@pytest.mark.parametrize("function", [information, directions])
@pytest.mark.parametrize(
    ("places", "weights", "effective"),
    [
        ([[0.0, np.nan]], [1.0, 1.0], None),
        ([[0.0, 1.0]], [1.0, 0.0], None),
        ([[0.0, 1.0]], [1.0, 1e-200], None),
        ([[0.0, 1.0]], [1.0, -1.0], None),
        ([[0.0, 1.0]], [1.0, 1.0, 1.0], None),
        ([0.0, 1.0], [1.0, 1.0], None),
        ([[0.0, 1.0]], [1.0, 1.0], 3.0),
        ([[0.0, 1.0]], [1.0, 1.0], np.nan),
    ],
)
def test_draws_are_refused(function, places, weights, effective):
    with pytest.raises(ThroughflowError):
        function(np.array(places), np.array(weights), effective=effective)


def test_truths_are_refused():
    ones = np.ones((2, 2))
    for low, high in ((2 * ones, ones), (ones[:1], ones), (ones * np.nan, ones)):
        with pytest.raises(ThroughflowError):
            synthetic_table(ones, low, high, informed=ones > 0)
