"""One run: labels, times, parameters — and every wrong argument refused at once."""

import math

import numpy as np
import pytest

import sim

from ..model.support import model_of, refused

BODY = """
item: a, b ~~|
grade: low, high ~~|
rate[item] = 0.1, 0.2 ~ 1/month [0,1] ~|
grid[item, grade] = 1, 2; 3, 4; ~ dmnl ~|
start = 5 ~ person ~|
fixed == 2 ~ dmnl ~|
curve((0,1),(5,2),(10,1)) ~ dmnl ~|
stock[item] = INTEG(gain[item], start) ~ person ~|
gain[item] = stock[item] * rate[item] * curve(Time / month) * fixed ~ person/month ~|
month = 1 ~ month ~|
all = SUM(stock[item!]) + 0 * SUM(grid[item!, grade!]) ~ person ~|
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return model_of(tmp_path_factory.mktemp("run"), BODY)


def test_labels(model):
    dataset = sim.simulate(model, method="euler")
    assert dataset["stock"].dims == ("time", "item")
    assert list(dataset["item"].values) == ["a", "b"]
    assert dataset["stock"].attrs["units"] == "person"
    assert (dataset["stock"].attrs["kind"], dataset["gain"].attrs["kind"]) == ("stock", "auxiliary")
    assert dataset["grid"].dims == ("item", "grade")
    assert dataset["start"].dims == ()
    assert "curve" not in dataset
    assert dataset["time"].attrs["units"] == "month"
    np.testing.assert_array_equal(dataset["time"].values, 0.5 * np.arange(21))
    assert dataset.attrs["method"] == "euler"
    assert dataset.attrs["model_fingerprint"] == model.fingerprint


def test_worst_error_is_named(model):
    dataset = sim.simulate(model)
    errors = {name: values.attrs["integration_error"] for name, values in dataset.data_vars.items()}
    assert dataset.attrs["integration_error"] == max(errors.values()) > 0
    assert errors[dataset.attrs["integration_error_of"]] == max(errors.values())


def test_record_keeps_only_what_is_asked(model):
    dataset = sim.simulate(model, method="euler", record=["ALL", "stock"])
    assert set(dataset.data_vars) == {"all", "stock"}
    np.testing.assert_array_equal(dataset["all"].values, sim.simulate(model, method="euler")["all"].values)


@pytest.mark.parametrize(
    ("parameters", "element", "factor"),
    [
        ({"rate": 0.3}, ("a", "b"), {"a": 0.3, "b": 0.3}),
        ({"rate[b]": 0.3}, ("a", "b"), {"a": 0.1, "b": 0.3}),
        ({"Rate [ B ]": 0.3}, ("a", "b"), {"a": 0.1, "b": 0.3}),
        ({"rate": [0.3, 0.4]}, ("a", "b"), {"a": 0.3, "b": 0.4}),
        ({"rate": 0.3, "rate[a]": 0.5}, ("a", "b"), {"a": 0.5, "b": 0.3}),
        ({"rate[a]": 0.5, "rate": 0.3}, ("a", "b"), {"a": 0.5, "b": 0.3}),
        ({"curve": [[0, 2], [10, 2]]}, ("a", "b"), {"a": 0.2, "b": 0.4}),
    ],
)
def test_parameters_do_what_they_say(model, parameters, element, factor):
    """The first Euler step from 5: 5 + 0.5 · 5 · rate · curve(0) · 2."""
    dataset = sim.simulate(model, method="euler", parameters=parameters)
    for name in element:
        assert float(dataset["stock"].sel(item=name)[1]) == pytest.approx(5 + 5 * factor[name], rel=1e-14)


def test_grids_and_elements_of_grids(model):
    dataset = sim.simulate(model, method="euler", parameters={"grid": [[1, 2], [3, 9]], "grid[a,high]": 7})
    np.testing.assert_array_equal(dataset["grid"].values, [[1, 7], [3, 9]])


def test_runs_leave_the_model_and_the_parameters_alone(model):
    parameters = {"rate": [0.3, 0.4], "curve": [[0, 2], [10, 2]]}
    first = sim.simulate(model, method="euler")
    sim.simulate(model, method="euler", parameters=parameters)
    assert parameters == {"rate": [0.3, 0.4], "curve": [[0, 2], [10, 2]]}
    np.testing.assert_array_equal(sim.simulate(model, method="euler")["all"].values, first["all"].values)


WRONG = {
    "unknown": ({"rat": 1}, "did you mean 'rate'"),
    "unknown element": ({"rate[c]": 1}, "no element [c]"),
    "stock": ({"stock": 1}, "start"),
    "auxiliary": ({"gain": 1}, "only constants and tables"),
    "unchangeable": ({"fixed": 1}, "the file fixes it"),
    "clock": ({"TIME STEP": 1}, "unknown parameter"),
    "NaN": ({"start": math.nan}, "not a finite number"),
    "infinite": ({"start": math.inf}, "not a finite number"),
    "None": ({"start": None}, "finite number"),
    "text": ({"start": "many"}, "a number is needed"),
    "too large to be a number": ({"start": 10**400}, "a number is needed"),
    "outside the limits": ({"rate[a]": 2}, "outside the limits"),
    "one outside the limits": ({"rate": [0.1, -1]}, "outside the limits"),
    "too many numbers": ({"rate": [0.1, 0.2, 0.3]}, "3 numbers"),
    "too few numbers": ({"grid": [1, 2]}, "2 numbers"),
    "numbers in another layout": ({"grid": [[1], [2], [3], [4]]}, "4 x 1 numbers"),
    "numbers for an element": ({"rate[a]": [0.1, 0.2]}, "several numbers"),
    "ragged": ({"grid": [[1, 2], [3]]}, "a number is needed"),
    "number for a table": ({"curve": 3}, "list of points"),
    "falling points": ({"curve": [[5, 1], [0, 2]]}, "do not rise"),
    "repeated points": ({"curve": [[0, 1], [0, 2]]}, "do not rise"),
    "NaN in a table": ({"curve": [[0, 1], [1, math.nan]]}, "not finite"),
    "same twice": ({"start": 1, "Start": 2}, "same parameter"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_parameters(model, name):
    parameters, told = WRONG[name]
    problems = refused(lambda: sim.simulate(model, method="euler", parameters=parameters))
    assert len(problems) == 1
    assert told in str(problems[0])


BAD_TIMES = {
    "method": ({"method": "rk5"}, "method"),
    "method without a neighbour": ({"method": "?"}, "use one of"),
    "stop before start": ({"stop": -1}, "stop"),
    "stop at start": ({"start": 3, "stop": 3}, "stop"),
    "start is NaN": ({"start": math.nan}, "start"),
    "stop is infinite": ({"stop": math.inf}, "stop"),
    "start is text": ({"start": "soon"}, "start"),
    "step of nought": ({"step": 0}, "step"),
    "negative step": ({"step": -0.5}, "step"),
    "step for adaptive": ({"method": "adaptive", "step": 0.5}, "adaptive chooses its own"),
    "step that does not divide the horizon": ({"step": 0.3, "save": 0.3}, "horizon"),
    "step longer than the saving interval": ({"step": 1.0}, "save"),
    "step too small": ({"step": 1e-9, "save": 1.0}, "steps"),
    "save of nought": ({"save": 0}, "save"),
    "save longer than the run": ({"save": 20}, "save"),
    "adaptive save longer than the run": ({"method": "adaptive", "save": 20}, "save"),
    "save too often": ({"method": "adaptive", "save": 1e-7}, "save"),
    "save is text": ({"save": "often"}, "save"),
    "unknown record": ({"record": ["stck"]}, "did you mean 'stock'"),
    "record a table": ({"record": ["curve"]}, "table"),
}


@pytest.mark.parametrize("name", BAD_TIMES)
def test_wrong_times_methods_and_records(model, name):
    arguments, told = BAD_TIMES[name]
    assert told in str(sim.ThroughflowError(refused(lambda: sim.simulate(model, **({"method": "euler"} | arguments)))))


def test_everything_wrong_is_told_at_once(model):
    problems = refused(
        lambda: sim.simulate(
            model, method="eulr", stop=-1, save=math.nan, record=["stck"], parameters={"rat": 1, "start": math.nan}
        )
    )
    told = "\n".join(map(str, problems))
    assert len(problems) >= 5
    assert all(word in told for word in ("eulr", "save", "stck", "rat", "start"))


def test_end_that_is_not_a_multiple_of_the_saving_interval(model):
    dataset = sim.simulate(model, stop=10, save=3)
    assert list(dataset["time"].values) == [0, 3, 6, 9]
    assert "last stored time is 9" in dataset.attrs["notes"]


def test_final_time_is_the_end_that_was_asked_for(tmp_path):
    """Not the last stored time, which comes earlier where the saving interval does not divide the run."""
    dataset = sim.simulate(model_of(tmp_path, "left = FINAL TIME - Time ~~|"), stop=10, save=3)
    assert list(dataset["left"].values) == [10, 7, 4, 1]
