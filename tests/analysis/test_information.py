"""The value of information, on decisions whose value is known in closed form."""

import numpy as np
import pytest
from scipy.stats import norm

from sim.analysis import voi
from sim.analysis.advice.information import information
from sim.analysis.worlds import Worlds
from sim.errors import ThroughflowError

from .invented import adopting, store


def loss(mean, deviation):
    """Return the expected value of knowing a normal benefit exactly, for the choice between it and zero.

    Unit normal linear loss integral (Raiffa & Schlaifer 1961, section 5.3).
    """
    place = abs(mean) / deviation
    return deviation * (norm.pdf(place) - place * norm.cdf(-place))


@pytest.fixture(scope="module")
def linear():
    """Return the benefit of two acts, one of which depends linearly on three normal inputs, and ten idle inputs."""
    drawn = np.random.default_rng(7).standard_normal((20000, 13))
    gain = 0.3 + drawn[:, 0] + 0.5 * drawn[:, 1] + 0.1 * drawn[:, 2]
    return np.vstack([np.zeros(20000), gain]), drawn


def test_perfect_information_as_in_closed_form(linear):
    benefit, _ = linear
    assert voi.perfect(benefit) == pytest.approx(loss(0.3, np.sqrt(1.26)), rel=0.03)
    low, high = voi.perfect_interval(benefit[:, :2000], resamples=50)
    assert low < loss(0.3, np.sqrt(1.26)) < high


def test_partial_information_as_in_closed_form(linear):
    found = voi.partial(*linear, shuffles=5)
    expected = [loss(0.3, 1.0), loss(0.3, 0.5), loss(0.3, 0.1)]
    np.testing.assert_allclose(found.value[:3], expected, atol=0.012)
    assert found.value[0] > found.value[1] > 0.05 > found.floor and (found.value[3:] <= max(found.floor, 0.005)).all()
    assert (found.value <= voi.perfect(linear[0]) + 1e-9).all()


def test_information_that_cannot_change_the_choice_is_worth_nothing():
    random = np.random.default_rng(0)
    drawn = random.random((400, 4))
    benefit = np.vstack([np.zeros(400), 1 + drawn[:, 0]])
    assert voi.perfect(benefit) == 0 and voi.partial(benefit, drawn, shuffles=3).value.tolist() == [0.0] * 4


def test_curved_dependence_is_seen():
    random = np.random.default_rng(2)
    drawn = random.uniform(-1, 1, (4000, 2))
    benefit = np.vstack([np.zeros(4000), drawn[:, 0] ** 2 - 1 / 3])
    value = voi.partial(benefit, drawn, shuffles=3).value
    assert value[0] == pytest.approx(2 / (9 * np.sqrt(3)), abs=0.01) and value[1] < 0.01


def test_of_many_idle_inputs_hardly_any_reaches_the_floor():
    random = np.random.default_rng(3)
    reached = []
    for seed in range(6):
        benefit = np.vstack([np.zeros(200), random.standard_normal(200), random.standard_normal(200)])
        found = voi.partial(benefit, random.random((200, 60)), seed=seed)
        assert found.value.max() > found.noise > 0, "the estimate is never below zero, so idle inputs seem worth something"
        reached.append(bool((found.value > found.floor).any()))
    assert sum(reached) <= 2


def test_options_that_can_never_be_chosen_change_nothing(linear):
    benefit, drawn = linear[0][:, :500], linear[1][:500, :3]
    more = np.vstack([benefit, benefit - 1.0, benefit[1]])
    assert len(voi.contenders(more)) == 2
    np.testing.assert_allclose(voi.partial(more, drawn, shuffles=2).value, voi.partial(benefit, drawn, shuffles=2).value)
    low, high = voi.interval(more, drawn[:, 0], resamples=50)
    assert low < loss(0.3, 1.0) < high


def test_ties_and_constants_are_no_knowledge():
    powers = voi.basis(np.array([0.0, 0.0, 1.0, 1.0]))
    np.testing.assert_allclose(powers[:, 2:], 0.0, atol=1e-12)
    np.testing.assert_allclose(powers[:, :2].T @ powers[:, :2], np.eye(2), atol=1e-12)
    assert not voi.basis(np.ones(5))[:, 1:].any()


def test_what_makes_no_choice_is_refused():
    with pytest.raises(ThroughflowError, match="fewer than two options"):
        voi.perfect(np.ones((1, 5)))
    with pytest.raises(ThroughflowError, match="not finite"):
        voi.partial(np.array([[0.0, 1.0], [np.nan, 1.0]]), np.ones((2, 1)))


def choosing():
    """Return worlds in which R3 gains what the first unknown says and costs 1000."""
    random = np.random.default_rng(4)
    told, idle = random.uniform(0, 100, 300), random.random(300)
    papers = np.stack([np.full(300, 1000.0), 1000.0 + told])[:, None, :]
    cost = np.array([0.0, 1000.0])[:, None, None] * np.linspace(0, 1, 17)[None, :, None]
    tight = np.zeros((2, 17, 300))
    values = {"co papers": papers, "Fiscal cost cumulative": cost, "Stringency": tight}
    return Worlds(store({"baseline": {}, "R3": adopting("R3_1", start=2027.0)}, values, drawn={"told": told, "idle": idle}))


def test_the_question_sums_gains_over_the_years_and_finds_the_unknown_that_matters():
    worlds = choosing()
    made = information(worlds, worth=[0.5, 5.0, 100.0], thresholds=[["co papers", ">=", 5.0, "percent"]])
    first, last, sure, success = made["information"].itertuples()
    told = worlds.draws()["told"].to_numpy()
    assert first.best == "baseline" and first.evpi == pytest.approx(np.maximum(0.5 * 13 * told - 1000, 0).mean(), abs=1e-6)
    assert last.best == "R3" and last.expected == pytest.approx(5 * 13 * told.mean() - 1000) and sure.evpi < last.evpi * 0.1
    assert success.best == "R3" and success.expected == pytest.approx((told >= 50).mean()) and success.evpi == 0
    rows = made["information_inputs"]
    known = rows[(rows["worth"] == 5.0) & (rows["choice"] == "worth")].set_index("uncertainty")
    assert known.loc["told", "exceeds"] and known.loc["told", "value"] == pytest.approx(last.evpi, rel=0.1)
    assert "idle" not in known.index or not known.loc["idle", "exceeds"]


def test_a_store_whose_choice_is_clear_has_no_table_of_unknowns():
    made = information(choosing(), worth=[1e6], thresholds=[])
    assert set(made) == {"information"} and made["information"]["above"].tolist() == [0]
