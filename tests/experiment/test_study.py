"""Studies: scenarios in order, the same whatever the workers, failures named."""

import json
import pickle

import numpy as np
import pytest
import xarray as xr

import sim
from sim.experiment.scenarios import Scenario, Solver, Study
from sim.experiment.study import run_study

from ..model.support import refused, written

BODY = """
item: a, b ~~|
rate = 0.1 ~ 1/month ~|
floor = 1 ~ dmnl ~|
stock[item] = INTEG(gain[item], 5) ~ person ~|
gain[item] = stock[item] * rate * LN(floor + 1.718281828459045) ~ person/month ~|
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return written(tmp_path_factory.mktemp("study"), BODY)


def study(path, *scenarios, **more):
    listed = scenarios or (
        Scenario("late", "Late", "晚", {"rate": 0.3}),
        Scenario("base", "Baseline", "基准", {}),
        Scenario("early", "Early", "早", {"rate": 0.2}),
    )
    return Study("trial", path, listed, **({"baseline": "base"} | more))


def test_order_labels_and_provenance(path):
    dataset = run_study(study(path, twin="early", save=2.0), config="a: 1")
    assert list(dataset["scenario"].values) == ["late", "base", "early"]
    assert list(dataset["label_zh"].values) == ["晚", "基准", "早"]
    assert list(dataset["label_en"].values) == ["Late", "Baseline", "Early"]
    assert dataset["stock"].dims == ("scenario", "time", "item")
    assert (dataset.attrs["baseline"], dataset.attrs["twin"], dataset.attrs["config"]) == ("base", "early", "a: 1")
    assert list(dataset["time"].values) == [0, 2, 4, 6, 8, 10]


def test_each_scenario_is_that_run_alone(path):
    dataset = run_study(study(path))
    alone = sim.simulate(sim.read(path), parameters={"rate": 0.3}, record=["stock", "gain"])
    np.testing.assert_array_equal(dataset["stock"].sel(scenario="late").values, alone["stock"].values)
    assert dataset.attrs["integration_error"] >= alone.attrs["integration_error"]
    assert set(dataset.data_vars) == {"stock", "gain"}


def test_adding_a_scenario_changes_nothing_else(path):
    whole, part = run_study(study(path)), run_study(study(path, Scenario("base", "B", "基", {})))
    np.testing.assert_array_equal(whole["stock"].sel(scenario="base").values, part["stock"].sel(scenario="base").values)


def test_workers_do_not_matter(path):
    seen = []
    one = run_study(study(path))
    two = run_study(study(path), workers=2, progress=lambda *told: seen.append(told))
    xr.testing.assert_identical(one, two)
    assert {name for name, _, _ in seen} == {"late", "base", "early"}
    assert [(done, of) for _, done, of in seen] == [(1, 3), (2, 3), (3, 3)]


def test_progress_in_order(path):
    seen = []
    run_study(study(path, solver=Solver("euler", 0.25)), progress=lambda *told: seen.append(told))
    assert seen == [("late", 1, 3), ("base", 2, 3), ("early", 3, 3)]


@pytest.mark.parametrize("workers", [1, 2])
def test_failing_scenario_is_named(path, workers):
    bad = study(path, Scenario("base", "B", "基", {}), Scenario("broken", "X", "坏", {"floor": -9}))
    problems = refused(lambda: run_study(bad, workers=workers))
    assert problems[0].where.startswith("scenario broken: model m")
    assert "where: scenario broken" in str(sim.ThroughflowError(problems))


def test_wrong_parameter_of_a_scenario_is_named(path):
    (problem,) = refused(lambda: run_study(study(path, Scenario("base", "B", "基", {"rat": 1}))))
    assert problem.where == "scenario base: rat"
    assert "did you mean 'rate'" in problem.cure


def test_unknown_baseline_and_twin(path):
    problems = refused(lambda: run_study(study(path, baseline="bse", twin="twn")))
    assert [problem.what for problem in problems] == ["baseline 'bse'", "twin 'twn'"]
    assert "late, base, early" in problems[0].cure


def test_no_scenarios_and_repeated_ones(path):
    assert "no scenarios" in refused(lambda: run_study(Study("trial", path, (), "base")))[0].what
    same = Scenario("base", "B", "基", {})
    assert "several scenarios called base" in refused(lambda: run_study(study(path, same, same)))[0].what


def test_studies_are_data(path):
    assert pickle.loads(pickle.dumps(study(path))) == study(path)


def test_the_question_is_kept_as_data(path):
    asked = json.loads(run_study(study(path)).attrs["scenarios"])
    assert asked["late"] == {"label_en": "Late", "label_zh": "晚", "parameters": {"rate": 0.3}}
    assert asked["base"]["parameters"] == {} and list(asked) == ["late", "base", "early"]
