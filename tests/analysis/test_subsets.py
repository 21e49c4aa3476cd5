"""Packages as subsets of players: which they are, that all unions are there, what may not differ between them."""

import numpy as np
import pytest

from sim.analysis.subsets import players, subset_scenarios, subset_values
from sim.analysis.worlds import Worlds
from sim.errors import ThroughflowError

from .invented import YEARS, adopting, store

ALONE = {"A": ("R3_1", "R3_2"), "B": ("R2_1",), "C": ("R7_1",)}


def game(order=("baseline", "A", "B", "C", "A.B", "A.C", "B.C", "A.B.C"), **extra):
    """Return worlds in which the union with index i comes to i in its first world and to 10 i in its second."""
    scenarios = {}
    for name in order:
        parts = [] if name == "baseline" else name.split(".")
        scenarios[name] = adopting(*(measure for part in parts for measure in ALONE[part]))
    worth = [sum({"A": 1, "B": 2, "C": 4}[part] for part in name.split(".") if part in ALONE) for name in order]
    scenarios |= extra
    values = np.array([*worth, *([99] * len(extra))], dtype=float)[:, None, None] * np.array([1.0, 10.0])
    return Worlds(store(scenarios, {"co papers": values}))


def refusal(call) -> str:
    """Return what ``call`` is refused with."""
    with pytest.raises(ThroughflowError) as caught:
        call()
    return str(caught.value)


def test_players_are_the_packages_that_are_no_unions():
    assert players(game()) == ("A", "B", "C")


def test_the_index_of_a_union_is_the_sum_of_its_players_bits_whatever_the_order_of_scenarios():
    for order in (
        ("baseline", "A", "B", "C", "A.B", "A.C", "B.C", "A.B.C"),
        ("baseline", "A.B.C", "A", "B.C", "B", "A.C", "A.B", "C"),
    ):
        found, values = subset_values(game(order), "co papers", YEARS[-1])
        assert found == ("A", "B", "C")
        np.testing.assert_array_equal(values, np.arange(8.0)[:, None] * [1.0, 10.0])


def test_missing_unions_are_all_named():
    told = refusal(lambda: subset_scenarios(game(("baseline", "A", "B", "C", "A.B", "A.B.C"))))
    assert "A+C" in told
    assert "B+C" in told


def test_a_union_that_stands_there_twice_is_refused():
    again = adopting(*ALONE["A"], *ALONE["B"])
    told = refusal(lambda: subset_scenarios(game(again=again)))
    assert "A.B and again" in told


def test_a_scenario_that_begins_at_another_date_is_refused():
    late = {**adopting(*ALONE["A"], *ALONE["B"]), "start date[R3_1]": 2030.0}
    order = ("baseline", "A", "B", "C", "A.C", "B.C", "A.B.C")
    told = refusal(lambda: subset_scenarios(game(order, late=late)))
    assert "start date[R3_1]" in told
    assert "2030.0 in late" in told


def test_a_date_that_all_scenarios_share_is_no_difference():
    order = ("baseline", "A")
    scenarios = {"baseline": {}, "A": adopting("R3_1", start=2030.0), "B": adopting("R2_1", start=2031.0)}
    scenarios["both"] = scenarios["A"] | scenarios["B"]
    worlds = Worlds(store(scenarios, {"co papers": np.arange(4.0)[:, None, None]}))
    assert subset_scenarios(worlds)[1].tolist() == [0, 1, 2, 3]
    assert order == worlds.scenarios[:2]


def test_a_scenario_whose_world_differs_is_refused():
    order = ("baseline", "A", "B", "C", "A.C", "B.C", "A.B.C")
    other = {**adopting(*ALONE["A"], *ALONE["B"]), "dilution": 0.9}
    told = refusal(lambda: subset_scenarios(game(order, other=other)))
    assert "dilution" in told


def test_players_can_be_named_and_the_rest_is_left_aside():
    found, values = subset_values(game(), "co papers", YEARS[-1], names=["C", "A"])
    assert found == ("A", "C")
    np.testing.assert_array_equal(values[:, 0], [0.0, 1.0, 4.0, 5.0])


def test_players_that_share_a_measure_are_refused():
    extra = {"half": adopting("R3_1"), "other": adopting("R3_1", "R7_2")}
    told = refusal(lambda: players(game(**extra), ["half", "other"]))
    assert "both adopt R3_1" in told


def test_an_unknown_player_is_refused_with_the_nearest_name():
    assert "no scenario is called so" in refusal(lambda: players(game(), ["A.B.D"]))
    assert "adopts nothing" in refusal(lambda: players(game(), ["baseline"]))


def test_a_store_without_packages_has_no_players():
    worlds = Worlds(store({"baseline": {}, "same": {}}, {"co papers": np.zeros((2, 1, 3))}))
    assert "0 found" in refusal(lambda: players(worlds))
