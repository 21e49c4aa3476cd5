"""What a result was asked, read back from the result: measures, dates, changed settings, the world."""

import json

import numpy as np
import pytest
import xarray as xr

from sim.analysis import adoption, outcomes, question
from sim.errors import ThroughflowError

RANGES = {"measure": ["M1", "M2", "E1"]}
NAMED = ("start date", "adopted", "ramp length", "intensity", "mode", "scale up delay")


def constant(name, values):
    told = {"kind": "constant", "dims": ["measure"], "units": "", "equations": [f"{name}[measure] = {values}"], "causes": []}
    return {name: told}


@pytest.fixture
def small():
    """Return a baseline with E1 on the books, a package that adopts M1 (2002.3, half) and M2, and a twin."""
    times = np.arange(2000.0, 2006.1, 0.5)

    def force(start, level):
        return level * np.clip(times - start, 0.0, 1.0)

    none, old = np.zeros_like(times), force(1990.0, 1.0)
    law = np.stack(
        [
            np.stack(each, axis=1)
            for each in ((none, none, old), (force(2002.3, 0.5), force(2005.25, 1.0), old), (none, none, old))
        ]
    )
    variables = constant("start date", "2004,2004,1990") | constant("adopted", "0,0,1") | constant("ramp length", "1,1,1")
    variables |= constant("intensity", "1,1,1") | constant("mode", "0,1,2") | constant("scale up delay", "4,4,4")
    variables["speed"] = {"kind": "constant", "dims": [], "units": "", "equations": ["speed = 2"], "causes": []}
    table = "tension US table((2000,0.1),(2010,0.5))"
    variables["tension US table"] = {"kind": "table", "dims": [], "units": "", "equations": [table], "causes": []}
    common = {"speed": 3.0, "intensity[E1]": 0.5, "tension US table": [[2000, 0.2]]}
    own = {"start date[M1]": 2002.3, "intensity[M1]": 0.5, "start date[M2]": 2005.25, "mode[M2]": 2.0}
    asked = {"base": common, "more": common | own, "ideal": common | {"frictions present": 0.0}}
    attrs = {
        "baseline": "base",
        "twin": "ideal",
        "structure": json.dumps({"name": "innovation_flows", "ranges": RANGES, "variables": variables}),
        "scenarios": json.dumps({name: {"label_en": "", "label_zh": "", "parameters": each} for name, each in asked.items()}),
        "config": "# throughflow run study=x\n# world/geopolitics=thaw\na: 1\n",
    }
    coords = {"scenario": list(asked), "time": times, **RANGES}
    return xr.Dataset({"law": (("scenario", "time", "measure"), law)}, coords=coords, attrs=attrs)


def test_adoptions_are_what_acts(small):
    found = adoption.adoptions(small)
    assert found["base"] == {} and "ideal" not in found
    assert found["more"] == {"M1": adoption.Adoption(2002.3, 1.0, 0.5), "M2": adoption.Adoption(2005.25, 1.0, 1.0, mode=2.0)}


def test_dates_are_read_off_the_values_where_nothing_else_is_told(small):
    bare = small.assign_attrs(scenarios="")
    found = adoption.adoptions(bare)["more"]
    assert found["M1"].start == pytest.approx(2002.3) and found["M1"].level == 0.5 and found["M1"].ramp is None
    assert found["M2"].start == pytest.approx(2005.25)
    wrong = json.loads(small.attrs["scenarios"])
    wrong["more"]["parameters"]["start date[M1]"] = 2004.0
    assert adoption.adoptions(small.assign_attrs(scenarios=json.dumps(wrong)))["more"]["M1"].start == pytest.approx(2002.3)


def test_what_starts_too_late_is_not_adopted(small):
    assert list(adoption.adoptions(small.sel(time=slice(None, 2005)))["more"]) == ["M1"]


def test_law_that_was_not_recorded_is_told(small):
    with pytest.raises(ThroughflowError, match="study.record"):
        adoption.adoptions(small.drop_vars("law"))


def test_changes_and_worlds(small):
    change, lever = question.changes(small, "base")
    assert (change.name, change.value, change.usual) == ("speed", 3.0, 2.0)
    assert (lever.name, lever.elements, lever.usual) == ("intensity", ("E1",), 1.0)
    (world,) = question.worlds(small, "base")
    assert world.choice == "thaw" and not world.altered and world.changes[0].usual == [[2000, 0.1], [2010, 0.5]]
    moved = small.assign_attrs(config="# throughflow run world.tension_US.scale=0.5\n# world/geopolitics=baseline\n")
    assert question.worlds(moved, "base")[0].choice == "" and question.worlds(moved, "base")[0].altered
    assert question.asked(small.assign_attrs(scenarios="")) == {}


def test_without_a_twin_the_headline_says_what_it_leaves_out(small):
    run = ("scenario", "time")
    kept = {name: (run, np.ones((3, 13)), {"units": "x"}) for name in ("co papers", "Talent total")}
    table = outcomes.headline(small.assign(kept).assign_attrs(twin=""))
    assert set(table["outcome"]) == {"co papers", "Talent total"}
    left_out = table.attrs["left_out"]
    assert "frictionless twin" in left_out["AGG"] and left_out["incidents"] == "not recorded: incidents"
    assert "Fiscal cost cumulative" in left_out["cost per extra joint paper"]
    assert set(left_out) | set(table["outcome"]) == {outcome.name for outcome in outcomes.load()}
