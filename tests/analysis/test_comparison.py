"""Two packages side by side, of one store or of two; stores that asked different things are not compared."""

import json

import numpy as np
import pytest

from sim.analysis.advice.comparison import compare, describe
from sim.errors import ThroughflowError
from sim.results.status import DIVERGED

from .invented import adopting, store

MEMBERS = 30


def made(name="A", measures=("R1_1",), gain=10.0, **identity):
    base = np.linspace(100.0, 200.0, MEMBERS)
    scenarios = {"baseline": {}, name: adopting(*measures, start=2030.0)}
    values = np.array([base, base + gain])[:, None, :]
    dataset = store(scenarios, {"co papers": values, "incidents": values})
    told = {
        **{"model": "m", "scenarios": [{"name": key, "parameters": own} for key, own in scenarios.items()]},
        **{"baseline": "baseline", "start": 2010.0, "stop": 2040.0, "method": "rk4", "record": ["co papers"]},
        **{"design": {"sampler": "sobol", "size": MEMBERS, "seed": 0}, "bits": 2},
    }
    return dataset.assign_attrs(identity=json.dumps({**told, **identity}))


def test_of_one_store():
    dataset = made()
    found = compare((dataset, "A"), outcomes=["co papers"], years=[2035, 2040])
    assert list(found["q50"]) == [10.0, 10.0] and set(found["second"]) == {"baseline"}
    assert found["percent_q50"].iloc[0] == pytest.approx(np.median(1000 / np.linspace(100, 200, MEMBERS)))
    assert set(compare((dataset, "baseline"), (dataset, "A"))["q50"]) == {-10.0}


def test_of_two_stores_world_by_world():
    one, other = made(), made("B", ("R3_1",), 25.0, record=["co papers", "incidents"])
    found = compare((one, "A"), (other, "B"), outcomes=["co papers"])
    assert found["q05"].iloc[0] == found["q95"].iloc[0] == -15.0 and found["members"].iloc[0] == MEMBERS
    status = other["status"].values.copy()
    status[1, 4] = DIVERGED
    failed = other.assign(status=(("scenario", "member"), status))
    assert compare((one, "A"), (failed, "B"), outcomes=["co papers"])["members"].iloc[0] == MEMBERS - 1


def test_unlike_stores_are_refused_with_everything_that_differs():
    other = made(
        "B",
        model="n",
        stop=2035.0,
        bits=1,
        design={"sampler": "sobol", "size": MEMBERS, "seed": 1},
        scenarios=[{"name": "baseline", "parameters": {"dilution": 2.0}}],
    )
    with pytest.raises(ThroughflowError) as told:
        compare((made(), "A"), (other, "B"))
    where = {problem.where for problem in told.value.problems}
    assert where == {f"stores, {key}" for key in ("model", "stop", "bits", "design.seed", "baseline: dilution")}
    assert "2040.0 in the first, 2035.0 in the second" in str(told.value)


def test_unknown_scenarios_are_told_at_once():
    dataset = made()
    with pytest.raises(ThroughflowError) as told:
        compare((dataset, "C"), (dataset, "D"))
    assert len(told.value.problems) == 2


def test_description():
    scenarios = {
        "baseline": {},
        "A": adopting("R1_1", "R1_2", start=2030.0),
        "B": adopting("R1_1", start=2031.0) | adopting("R3_1") | {"dilution": 2.0},
    }
    dataset = store(scenarios, {"co papers": np.ones((1, 1, 3))})
    found = describe(dataset, "A", "B")
    assert (found.first, found.second) == (("R1_2",), ("R3_1",))
    assert found.settings["start date[R1_1]"] == (2030.0, 2031.0) and found.settings["dilution"][1] == 2.0
    assert set(found.settings) == {"start date[R1_1]", "dilution"}
    alone = describe(dataset, "A")
    assert alone.first == ("R1_1", "R1_2") and not alone.second and not alone.settings
    with pytest.raises(ThroughflowError, match="not in the store"):
        describe(dataset, "C")
