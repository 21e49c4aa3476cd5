"""Statistics of fit on numbers worked by hand, on the textbook kinds of error, and by their properties."""

from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sim.analysis.calibration.fit import coverage, goodness, naive_forecasts, ranking, residuals
from sim.errors import ThroughflowError

PAIRS = st.lists(st.tuples(st.floats(1, 1000), st.floats(1, 1000)), min_size=2, max_size=12)


def shares(found):
    return [found.bias, found.variation, found.covariation]


def test_hand_worked_case():
    """Errors 1, 0, −1, 2: squares sum to 6; observed 2, 4, 6, 8 deviate by 20 and have squares of 120."""
    found = goodness(np.array([2.0, 4.0, 6.0, 8.0]), np.array([3.0, 4.0, 5.0, 10.0]))
    assert found.n == 4
    assert found.r2 == pytest.approx(1 - 6 / 20)
    assert found.mape == pytest.approx(100 * (1 / 2 + 0 + 1 / 6 + 2 / 8) / 4)
    assert found.theil_u == pytest.approx(np.sqrt(6 / 120))
    spread = np.sqrt(29 / 4) - np.sqrt(5)
    assert found.bias == pytest.approx(0.25 / 1.5)
    assert found.variation == pytest.approx(spread**2 / 1.5)
    assert found.covariation == pytest.approx(2 * (np.sqrt(29 / 4 * 5) - 5.5) / 1.5)


def test_textbook_kinds_of_error():
    """An offset is all bias, a wider swing all variation, a lag of a cycle all covariation (Sterman 1984)."""
    cycle = np.sin(np.arange(24) * np.pi / 12)
    assert shares(goodness(cycle, cycle + 3.0)) == pytest.approx([1, 0, 0], abs=1e-9)
    assert shares(goodness(cycle, 2.0 * cycle)) == pytest.approx([0, 1, 0], abs=1e-9)
    assert shares(goodness(cycle, np.roll(cycle, 3))) == pytest.approx([0, 0, 1], abs=1e-9)


def test_what_does_not_exist_is_none():
    one = goodness(np.array([4.0]), np.array([5.0]))
    assert (one.r2, one.mape, one.theil_u, shares(one)) == (None, 25.0, 0.25, [None] * 3)
    flat = goodness(np.array([3.0, 3.0]), np.array([2.0, 4.0]))
    assert flat.r2 is None
    assert shares(flat) == pytest.approx([0, 1, 0])
    assert goodness(np.array([0.1] * 3), np.array([0.2] * 3)).r2 is None
    empty = goodness(np.zeros(2), np.ones(2))
    assert (empty.mape, empty.theil_u) == (None, None)


@given(PAIRS)
def test_shares_are_shares(pairs):
    observed, predicted = np.array(pairs).T
    assume((observed != predicted).any())
    found = goodness(observed, predicted)
    assert sum(shares(found)) == pytest.approx(1.0)
    assert all(0.0 <= share <= 1.0 for share in shares(found))


@given(st.lists(st.floats(1, 1000), min_size=2, max_size=12, unique=True))
def test_perfect_fit(values):
    found = goodness(np.array(values), np.array(values))
    assert (found.r2, found.mape, found.theil_u, shares(found)) == (1.0, 0.0, 0.0, [None] * 3)


@given(PAIRS, st.integers(-8, 8))
def test_unit_does_not_matter(pairs, power):
    observed, predicted = np.array(pairs).T
    assume(np.ptp(observed) > 1e-3 and np.abs(predicted - observed).max() > 1e-3)
    here, there = (asdict(goodness(unit * observed, unit * predicted)) for unit in (1.0, 10.0**power))
    assert list(there.values()) == pytest.approx(list(here.values()), rel=1e-6, abs=1e-9)


def test_coverage_counts_the_ends():
    values = np.array([1.0, 2.0, 3.0, 4.0])
    assert coverage(values, np.array([1.0, 2.1, 0.0, 0.0]), np.array([2.0, 3.0, 3.0, 3.9])) == 0.5
    with pytest.raises(ThroughflowError, match="low above high"):
        coverage(values, values + 1, values)


def test_naive_forecasts_by_hand():
    """Points 1, 2, 4 in 2010, 2011, 2013: mean year 2011⅓, slope 14 ÷ 14."""
    found = naive_forecasts(np.array([2010.0, 2011.0, 2013.0]), np.array([1.0, 2.0, 4.0]), np.array([2014.0, 2016.0]))
    assert found["last value"].tolist() == [4.0, 4.0]
    assert found["linear trend"] == pytest.approx([5.0, 7.0])


def test_one_point_has_no_trend():
    assert list(naive_forecasts(np.array([2018.0]), np.array([3.0]), np.array([2020.0]))) == ["last value"]


@given(st.lists(st.floats(-50, 50), min_size=2, max_size=9))
def test_trend_is_that_of_least_squares(values):
    years = 2010.0 + np.arange(len(values))
    ahead = years[-1] + np.array([1.0, 4.0])
    found = naive_forecasts(years, np.array(values), ahead)["linear trend"]
    centred = np.polyfit(years - 2010, values, 1)
    assert found == pytest.approx(np.polyval(centred, ahead - 2010), abs=1e-8)


@pytest.mark.parametrize(("years", "ahead"), [([2011, 2010], [2012]), ([2010, 2010], [2012]), ([2010, 2011], [2011, 2012])])
def test_forecast_of_the_past_is_refused(years, ahead):
    with pytest.raises(ThroughflowError):
        naive_forecasts(np.array(years), np.array([1.0, 2.0]), np.array(ahead))


def test_ranking_by_hand():
    observed = np.array([10.0, 10.0])
    forecasts = {"model": [20.0, 5.0], "last value": [10.0, 20.0], "same": [20.0, 10.0], "linear trend": [10.0, -1.0]}
    rows = ranking(observed, {name: np.array(each) for name, each in forecasts.items()})
    assert [(row.forecast, row.rank) for row in rows] == [("last value", 1), ("same", 1), ("model", 3), ("linear trend", 4)]
    assert rows[0].rmse_log == pytest.approx(np.log(2) / np.sqrt(2))
    assert rows[0].mape == pytest.approx(50.0)
    assert rows[2].rmse_log == pytest.approx(np.log(2))
    assert rows[3].rmse_log is None
    assert rows[3].n == 2


@pytest.mark.parametrize(("observed", "forecasts"), [([0.0], {"a": [1.0]}), ([1.0], {}), ([1.0], {"a": [1.0, 2.0]})])
def test_ranking_refuses(observed, forecasts):
    with pytest.raises(ThroughflowError):
        ranking(np.array(observed), {name: np.array(each) for name, each in forecasts.items()})


def test_residuals():
    raw, standardised = residuals(np.array([np.e, 1.0]), np.array([1.0, np.e]), np.array([0.5, 2.0]))
    assert raw == pytest.approx([1.0, -1.0])
    assert standardised == pytest.approx([2.0, -0.5])
    for wrong in (0.0, -1.0, np.nan):
        with pytest.raises(ThroughflowError):
            residuals(np.array([1.0]), np.array([1.0]), np.array([wrong]))


@pytest.mark.parametrize("wrong", [[], [1.0, np.nan], [1.0, np.inf], [1.0], [[1.0, 2.0]]])
def test_what_cannot_be_compared_is_refused(wrong):
    with pytest.raises(ThroughflowError):
        goodness(np.array([1.0, 2.0]), np.array(wrong))
    with pytest.raises(ThroughflowError):
        goodness(np.array(wrong), np.array([1.0, 2.0]))
