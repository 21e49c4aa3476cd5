"""Regret, thresholds, trade-offs and failures of packages, in stores with values that can be counted by hand."""

import numpy as np
import pytest

from sim.analysis.advice.discovery import discovery
from sim.analysis.advice.robustness import conditions, regret, robustness
from sim.analysis.advice.tradeoffs import tradeoffs
from sim.analysis.worlds import Worlds
from sim.errors import ThroughflowError

from .invented import adopting, store

SCENARIOS = {
    "baseline": {},
    "R1": adopting("R1_1", start=2027.0),
    "R3": adopting("R3_1", "R3_2", start=2027.0),
}


def worlds(papers, cost=(0.0, 50.0, 80.0), **more):
    """Return worlds with values of each scenario and member that stay over the years."""
    values = {"co papers": np.asarray(papers, dtype=float)[:, None, :]}
    count = values["co papers"].shape[-1]
    values["Fiscal cost cumulative"] = np.asarray(cost)[:, None, None] * np.ones(count)
    values |= {name: np.asarray(each, dtype=float)[:, None, :] for name, each in more.items()}
    return Worlds(store(SCENARIOS, values))


PAPERS = [[100, 100, 100, 100], [110, 130, 105, 90], [120, 115, 104, 130]]


def test_regret_is_what_the_best_of_each_world_would_have_given_more():
    values = np.array([[1.0, 4.0], [3.0, 2.0]])
    assert regret(values, "more").tolist() == [[2.0, 0.0], [0.0, 2.0]]
    assert regret(values, "less").tolist() == [[0.0, 2.0], [2.0, 0.0]]
    with pytest.raises(ThroughflowError, match="no best option"):
        regret(values, "neither")


def test_the_question_tells_regret_of_each_package_and_whose_worst_is_least():
    made = robustness(worlds(PAPERS), outcomes=["co papers"], thresholds=[["co papers", ">=", 10, "percent"]])
    table = made["robustness"].set_index("package")
    assert table["largest"].tolist() == [30.0, 40.0, 15.0] and table["minimax"].tolist() == [False, False, True]
    assert table.loc["R1", "best"] == 0.5 and table.loc["R1", "percent_largest"] == pytest.approx(40.0)
    assert table.loc["R3", "q90"] == pytest.approx(np.quantile([0, 15, 1, 0], 0.9))


def test_thresholds_hold_together_or_not_at_all():
    asked = [["co papers", ">=", 10, "percent"], ["extra cost", "<=", 60, "gain"]]
    made = robustness(worlds(PAPERS), outcomes=[], thresholds=asked)
    assert set(made) == {"robustness_satisfied", "robustness_thresholds"}
    table = made["robustness_satisfied"].set_index("package")
    assert table["met_0"].tolist() == [0.0, 0.5, 0.75] and table["met_1"].tolist() == [1.0, 1.0, 0.0]
    assert table["share"].tolist() == [0.0, 0.5, 0.0]
    assert (table["low"] <= table["share"]).all() and (table["high"] >= table["share"]).all()
    assert made["robustness_thresholds"]["units"].tolist()[0] == "%"


def test_everything_wrong_with_conditions_is_told_at_once():
    with pytest.raises(ThroughflowError) as told:
        conditions([["co papers", "=>", 10, "percent"], ["co papers", ">="], ["a", "<", "many", "gains"]], "thresholds")
    text = str(told.value)
    assert all(part in text for part in ("'=>'", "thresholds[1]", "no number", "'gains'")) and "gain" in text
    with pytest.raises(ThroughflowError, match="empty"):
        conditions([], "cases")


def test_packages_that_do_not_exist_are_told_with_near_names():
    with pytest.raises(ThroughflowError, match="'R33'"):
        robustness(worlds(PAPERS), outcomes=["co papers"], packages=["R33"])
    asked = [["co papers", ">=", 10, "percent"]]
    assert len(robustness(worlds(PAPERS), outcomes=["co papers"], thresholds=asked, packages=["R3"])["robustness"]) == 2


def test_who_is_beaten_in_which_world():
    made = tradeoffs(worlds(PAPERS), criteria=["co papers", "extra cost"])
    table = made["tradeoffs"].set_index("package")
    assert table["undominated"].tolist() == [1.0, 0.75, 0.5], "doing nothing costs least in every world"
    assert table["verdict"].tolist() == ["never", "sometimes", "sometimes"] and table["front"].tolist() == [True, True, True]
    assert table["measures"].tolist() == [0, 1, 2] and table["low"].iloc[1] < 0.75 < table["high"].iloc[1]
    rows = made["tradeoffs_criteria"].set_index(["package", "outcome"])
    assert rows.loc[("R3", "extra cost"), "q50"] == 80.0 and rows.loc[("baseline", "co papers"), "q95"] == 0.0


def test_differences_too_small_to_count_may_be_left_out():
    papers = [[100.0], [110.0], [110.1]]
    assert tradeoffs(worlds(papers), criteria=["co papers", "extra cost"])["tradeoffs"]["front"].tolist() == [True] * 3
    coarse = tradeoffs(worlds(papers), criteria=["co papers", "extra cost"], tolerance=0.1)["tradeoffs"]
    assert coarse["front"].tolist() == [True, True, False]


def test_a_criterion_needs_a_direction_and_company():
    with pytest.raises(ThroughflowError, match="name two at least"):
        tradeoffs(worlds(PAPERS), criteria=["co papers"])
    with pytest.raises(ThroughflowError, match="neither more nor less"):
        tradeoffs(worlds(PAPERS, **{"risk exposure": PAPERS}), criteria=["co papers", "risk exposure"])


def failing(count, unknowns=30):
    """Return worlds in which the gain of R3 is small where one unknown is high."""
    random = np.random.default_rng(1)
    drawn = {f"unknown_{number}": random.random(count) for number in range(unknowns)} | {"dilution": random.random(count)}
    gained = np.where(drawn["dilution"] > 0.7, 5.0, 30.0) + random.normal(0, 4, count)
    papers = np.stack([np.full(count, 100.0), np.full(count, 100.0), 100 + gained])[:, None, :]
    return Worlds(store(SCENARIOS, {"co papers": papers}, drawn=drawn))


def test_the_unknown_behind_failures_is_found_with_its_range_and_unit():
    made = discovery(failing(600), cases=[["co papers", "<", 15, "percent"]], repeats=4)
    told = made["discovery"].iloc[0]
    assert told["found"] and told["package"] == "R3" and told["density"] > 0.9 > 0.4 > told["rate"] and told["coverage"] > 0.8
    (row,) = made["discovery_limits"].itertuples()
    assert row.uncertainty == "dilution" and row.units == "dmnl" and row.low == pytest.approx(0.7, abs=0.03)
    assert row.limited_below and not row.limited_above and row.again == 1.0 and row.counts and row.place_low > 0.6
    course = made["discovery_course"]
    assert set(course["half"]) == {"seen", "unseen"} and course["chosen"].sum() == 2


def test_nothing_found_and_too_few_are_said():
    random = np.random.default_rng(0)
    drawn = {f"unknown_{number}": random.random(256) for number in range(100)}
    papers = np.stack([np.full(256, 100.0)] * 2 + [100 + random.normal(20, 10, 256)])[:, None, :]
    store_ = Worlds(store(SCENARIOS, {"co papers": papers}, drawn=drawn))
    made = discovery(store_, cases=[["co papers", "<", 15, "percent"], ["co papers", "<", -50, "percent"]], repeats=2)
    told = made["discovery"]
    assert (
        told["found"].tolist() == [False, False]
        and told["reason"].tolist()[1] == "few"
        and told["reason"][0] in ("nothing", "chance")
    )
    only = discovery(store_, cases=[["co papers", "<", -50, "percent"]])
    assert set(only) == {"discovery"}, "a table without rows is left out"
    with pytest.raises(ThroughflowError, match="'R9'"):
        discovery(store_, package="R9")
