"""Orders of adoption, and what binds along them: exact against all permutations, games with known answers, refusals."""

import itertools

import numpy as np
import pytest

from sim.analysis.advice.ordering import area, best_order, greedy_order, mean_area, ordering, prefixes
from sim.analysis.advice.questions import answer
from sim.analysis.advice.shifting import shifting
from sim.analysis.worlds import Worlds
from sim.errors import ThroughflowError
from sim.results.tables import table

from .invented import adopting, store

ALONE = {"A": "R3_1", "B": "R2_1", "C": "R7_1"}
UNIONS = ("baseline", "A", "B", "C", "A.B", "A.C", "B.C", "A.B.C")
BASE = 100.0


def bits(name: str) -> int:
    """Return the number of the union called ``name``."""
    return sum({"A": 1, "B": 2, "C": 4}[part] for part in name.split(".") if part in ALONE)


def combinations(worth, **variables) -> Worlds:
    """Return worlds in which the union with index i adds ``worth[i]`` (shape (8, member)) to co-papers of 100."""
    scenarios = {name: adopting(*(ALONE[part] for part in name.split(".") if part in ALONE)) for name in UNIONS}
    values = BASE + np.array([worth[bits(name)] for name in UNIONS], dtype=float)
    return Worlds(store(scenarios, {"co papers": values[:, None, :], **variables}))


def random_game(players: int, members: int = 3) -> np.ndarray:
    """Return a game with invented worths, that of nobody zero."""
    worth = np.random.default_rng(players).normal(size=(1 << players, members))
    worth[0] = 0.0
    return worth


@pytest.mark.parametrize("players", [1, 2, 3, 4, 5])
def test_the_best_order_is_the_best_of_all_permutations(players):
    worth = random_game(players)
    order, best = best_order(worth)
    areas = {each: area(worth, np.array(each)) for each in itertools.permutations(range(players))}
    np.testing.assert_allclose(best, np.max(list(areas.values()), axis=0))
    np.testing.assert_allclose(area(worth, order), best)
    np.testing.assert_allclose(mean_area(worth), np.mean(list(areas.values()), axis=0))


def test_the_greedy_order_takes_the_largest_next_gain_and_can_miss_the_best():
    worth = np.zeros((8, 1))
    worth[[1, 2, 4, 3, 5, 6, 7], 0] = [3.0, 2.0, 2.0, 3.5, 3.5, 9.0, 10.0]
    assert greedy_order(worth)[:, 0].tolist()[0] == 0
    order, best = best_order(worth)
    assert set(order[:2, 0]) == {1, 2}
    assert best[0] == pytest.approx((2.0 + 9.0 + 10.0) / 3)
    assert area(worth, greedy_order(worth))[0] < best[0]


def test_twelve_players_are_ordered_exactly_where_gains_add_up():
    gains = np.random.default_rng(3).permutation(np.arange(1.0, 13.0))
    union = np.arange(1 << 12)
    worth = ((union[:, None] >> np.arange(12) & 1) * gains).sum(axis=1)[:, None]
    assert best_order(worth)[0][:, 0].tolist() == np.argsort(-gains).tolist()


def test_prefixes_are_the_unions_that_are_reached():
    assert prefixes([2, 0, 1]) == [4, 5, 7]


def test_the_question_tells_the_order_its_worth_and_the_agreement_of_worlds():
    worth = np.array([[0, 0, 0, 0], [5, 5, 5, 1], [1, 1, 1, 5], [6] * 4, [0, 0, 0, 0], [5, 5, 5, 1], [1, 1, 1, 5], [6] * 4])
    found = ordering(combinations(worth), outcomes=["co papers"])
    best = found["ordering"].query("kind == 'optimal'")
    assert best["player"].tolist() == ["A", "B", "C"]
    assert best["q50"].tolist() == [5.0, 6.0, 6.0]
    assert best["step_q50"].tolist() == [5.0, 1.0, 0.0]
    places = found["ordering_places"].query("player == 'A'").set_index("place")["share"]
    assert places[1] == 0.75
    value = found["ordering_value"].iloc[0]
    assert value["optimal_own"] == 0.75
    assert value["greedy_optimal"] == 1.0
    assert value["worst_q50"] == pytest.approx((5 + 6 + 6) / 3 - (0 + 1 + 6) / 3)
    assert value["own_q95"] > 0.0


def test_shares_of_places_add_up_for_each_place():
    found = ordering(combinations(random_game(3, 7)), outcomes=["co papers"])["ordering_places"]
    np.testing.assert_allclose(found.groupby("place")["share"].sum(), 1.0)


def test_less_is_better_turns_the_order_round():
    scenarios = {name: adopting(*(ALONE[part] for part in name.split(".") if part in ALONE)) for name in UNIONS}
    values = 100.0 - np.array([[bits(name)] for name in UNIONS], dtype=float)
    worlds = Worlds(store(scenarios, {"incidents": values[:, None, :]}))
    found = ordering(worlds, outcomes=["incidents"])["ordering"].query("kind == 'optimal'")
    assert found["player"].tolist() == ["C", "B", "A"]
    assert (found["step_q50"] > 0).all()


def test_a_weighted_sum_is_made_only_when_weights_are_given():
    worth = np.array([[0], [10], [1], [11], [2], [12], [3], [13]])
    trips = np.array([[[BASE + {1: 0, 2: 50, 4: 0}.get(bits(name), 50 * (bits(name) >> 1 & 1))]] for name in UNIONS])
    worlds = combinations(worth, **{"trips per year": trips})
    assert set(ordering(worlds, outcomes=["co papers"])["ordering"]["outcome"]) == {"co papers"}
    found = ordering(worlds, outcomes=["co papers"], weights={"co papers": 1.0, "trips per year": 1.0})["ordering"]
    joint = found.query("kind == 'optimal' and outcome == 'composite'")
    assert joint["player"].tolist() == ["B", "A", "C"]
    assert joint["q50"].iloc[0] == pytest.approx((1.0 + 50.0) / 2)


@pytest.mark.parametrize("weights", [{"co papers": -1.0}, {"co papers": float("nan")}])
def test_weights_that_are_no_positive_numbers_are_refused(weights):
    with pytest.raises(ThroughflowError, match="positive"):
        ordering(combinations(random_game(3)), outcomes=["co papers"], weights=weights)


def test_an_outcome_of_which_neither_is_better_is_refused():
    worlds = combinations(random_game(3), **{"risk exposure": np.ones((8, 1, 3))})
    with pytest.raises(ThroughflowError, match="neither"):
        ordering(worlds, outcomes=["risk exposure"])


def binding(shares) -> dict:
    """Return binding shares of the four inputs, each of shape (scenario, 1, member), scenarios as in ``UNIONS``."""
    names = ("mobility", "data", "materials", "funds")
    return {
        f"binding share of {name}": np.asarray(each, dtype=float)[:, None, :] for name, each in zip(names, shares, strict=True)
    }


def test_shifting_counts_the_worlds_in_which_an_input_binds_most_and_follows_the_greedy_order():
    worth = np.array([[0, 0], [5, 5], [1, 1], [6, 6], [0, 0], [5, 5], [1, 1], [6, 6]])
    data = np.array([[0.5, 0.5] if not bits(name) & 1 else [0.1, 0.5] for name in UNIONS])
    worlds = combinations(worth, **binding([np.full((8, 2), 0.01), data, np.full((8, 2), 0.3), np.full((8, 2), 0.02)]))
    found = shifting(worlds, outcomes=["co papers"])
    path = found["shifting_path"].query("input == 'data'")
    assert path["player"].tolist() == ["", "A", "B", "C"]
    assert path["most"].tolist() == [1.0, 0.5, 0.5, 0.5]
    change = found["shifting"].query("scenario == 'A' and input == 'data'")
    np.testing.assert_allclose(change["change_q50"], -0.2)
    np.testing.assert_allclose(found["shifting"].groupby(["scenario", "year"])["most"].sum(), 1.0)
    following = found["shifting_next"].query("step == 1").set_index("player")
    assert following["adopted"].unique().tolist() == ["A"]
    assert following["q50"].to_dict() == {"B": 1.0, "C": 0.0}
    assert following["best"].to_dict() == {"B": 1.0, "C": 0.0}


def test_shifting_without_all_combinations_tells_the_scenarios_alone():
    scenarios = {"baseline": {}, "A": adopting("R3_1"), "A.B": adopting("R3_1", "R2_1")}
    shares = binding([np.full((3, 2), number) for number in (0.1, 0.4, 0.3, 0.2)])
    found = shifting(Worlds(store(scenarios, {"co papers": np.ones((3, 1, 2)), **shares})))
    assert set(found) == {"shifting"}
    assert found["shifting"].query("input == 'data'")["most"].eq(1.0).all()


def test_binding_shares_that_were_not_recorded_are_all_named():
    with pytest.raises(ThroughflowError) as caught:
        shifting(combinations(random_game(3)))
    assert len(caught.value.problems) == 4
    assert "binding share of funds" in str(caught.value)


@pytest.mark.parametrize("year", [2024.0, 2025.0])
def test_years_before_any_measure_acts_are_refused(year):
    worlds = combinations(random_game(3), **binding([np.full((8, 3), 0.25)] * 4))
    assert worlds.first_year > year
    with pytest.raises(ThroughflowError, match="before any measure acts"):
        ordering(worlds, outcomes=["co papers"], year=year)
    with pytest.raises(ThroughflowError, match="before any measure acts"):
        shifting(worlds, outcomes=["co papers"], years=[year])


def test_the_last_of_the_years_tells_what_binds_in_whatever_order_they_are_named():
    worlds = combinations(random_game(3), **binding([np.full((8, 3), 0.25)] * 4))
    found = shifting(worlds, outcomes=["co papers"], years=[2040.0, 2026.0])
    assert set(found["shifting_path"]["year"]) == {2040.0}
    with pytest.raises(ThroughflowError, match="name years"):
        shifting(worlds, outcomes=["co papers"], years=[])


def test_a_gain_of_nothing_has_no_per_cent():
    value = ordering(combinations(np.zeros((8, 3))), outcomes=["co papers"])["ordering_value"]
    assert value["mean_q50_percent"].isna().all() and value["mean_q50"].eq(0.0).all()


def test_answers_travel_as_tables():
    dataset = combinations(random_game(3)).dataset
    found = answer(dataset, {"ordering": {"outcomes": ["co papers"]}})
    assert table(found, "ordering_places")["share"].sum() == pytest.approx(3.0)
