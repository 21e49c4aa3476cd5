"""Comparisons, aggregation, the implementation chain and outcomes, on numbers worked out by hand."""

import json

import numpy as np
import pytest
import xarray as xr

from sim.analysis import comparison, implementation, outcomes, values
from sim.analysis.aggregation import aggregation
from sim.errors import ThroughflowError

DEFINITIONS = {
    "ratios_to_twin": {"trips": "t", "talent": "f[*]", "data": "d"},
    "geometric_means": {"people": ["trips", "talent"], "all": ["people", "data"]},
    "products": {"effective": ["all", "trips"]},
}


@pytest.fixture
def small():
    """Return three scenarios at two times: base, more (a package) and ideal (the twin)."""
    runs = ("scenario", "time")
    data = {
        "t": (runs, [[10.0, 20.0], [20.0, 30.0], [40.0, 80.0]]),
        "f": ((*runs, "partner"), [[[1.0, 3.0], [1.0, 3.0]], [[2.0, 2.0], [4.0, 5.0]], [[8.0, 8.0], [8.0, 8.0]]]),
        "d": (runs, [[2.0, 1.0], [2.0, 4.0], [2.0, 4.0]]),
        "cost": (runs, [[0.0, 0.0], [0.0, 30.0], [0.0, 0.0]]),
        "law": (runs, [[0.0, 1.0], [0.5, 1.0], [0.0, 0.0]]),
    }
    coords = {"scenario": ["base", "more", "ideal"], "time": [2035.0, 2040.0], "partner": ["US", "EUR"]}
    attrs = {"baseline": "base", "twin": "ideal", "structure": json.dumps({"name": "nowhere"})}
    dataset = xr.Dataset(data, coords=coords, attrs=attrs)
    for name in dataset:
        dataset[name].attrs["units"] = "thing"
    return dataset


def test_picking(small):
    assert values.pick(small, "f[US]").sel(scenario="more").values.tolist() == [2.0, 4.0]
    assert values.pick(small, "f[*]").sel(scenario="more").values.tolist() == [4.0, 9.0]
    assert values.at(values.pick(small, "t"), 2040).values.tolist() == [20.0, 30.0, 80.0]


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("tt", "no variable 'tt'"),
        ("f", "1 elements|0 elements given"),
        ("f[UK]", "not an element"),
        ("t[US]", "1 elements given"),
        ("[", "not a reference"),
    ],
)
def test_picking_refuses(small, reference, told):
    with pytest.raises(ThroughflowError, match=told):
        values.pick(small, reference)


def test_years_that_were_not_saved_are_refused(small):
    with pytest.raises(ThroughflowError, match="2037 is not among the saved times"):
        values.at(values.pick(small, "t"), 2037)


def test_nan_is_refused(small):
    with pytest.raises(ThroughflowError, match="not finite"):
        values.pick(small.where(small["time"] < 2040), "t")


def test_differences(small):
    assert comparison.difference(small, "t").sel(scenario="more").values.tolist() == [10.0, 10.0]
    assert comparison.percent(small, "t").sel(scenario="more").values == pytest.approx([100.0, 50.0])
    with pytest.raises(ThroughflowError, match="baseline is zero"):
        comparison.percent(small, "cost")


def test_aggregation_by_hand(small):
    found = aggregation(small, DEFINITIONS)
    last = found.sel(scenario="more", time=2040.0)
    assert float(last["trips"]) == 30 / 80 and float(last["talent"]) == 9 / 16 and float(last["data"]) == 1.0
    people = (30 / 80 * 9 / 16) ** 0.5
    assert float(last["people"]) == pytest.approx(people)
    assert float(last["all"]) == pytest.approx(people**0.5)
    assert float(last["effective"]) == pytest.approx(people**0.5 * 30 / 80)
    assert np.all(found.sel(scenario="ideal").to_array() == 1.0)


def test_aggregation_refuses(small):
    with pytest.raises(ThroughflowError, match="unknown parts"):
        aggregation(small, {"geometric_means": {"a": ["b"]}})
    with pytest.raises(ThroughflowError, match="zero or less in the twin"):
        aggregation(small, {"ratios_to_twin": {"a": "cost"}})
    with pytest.raises(ThroughflowError, match="none named"):
        aggregation(small.assign_attrs(twin=""), DEFINITIONS)


def test_the_gap_is_shared_among_the_links_exactly():
    levels = xr.Dataset(
        {name: ("time", [0.0, share]) for name, share in zip(implementation.LINKS, (1, 0.8, 0.6, 0.3, 0.2, 0.1), strict=True)}
    )
    parts = implementation.decomposition(levels)
    links = implementation.LINKS[1:]
    assert float(parts["gap"][1]) == pytest.approx(0.9)
    assert sum(float(parts[link][1]) for link in links) == pytest.approx(0.9)
    assert float(parts["awareness"][1]) == pytest.approx(0.9 * np.log(2) / np.log(10))
    assert all(float(parts[link][0]) == 0.0 for link in links)


def test_the_chain_multiplies():
    names = {"law": "l", "rules": "r[{measure}]", "adoption": "a", "awareness": "k", "willingness": "w", "practice": "p"}
    data = {name: (("scenario", "time"), [[share]]) for name, share in zip("lakwp", (1.0, 0.5, 0.8, 0.5, 0.1), strict=True)}
    data["r"] = (("scenario", "time", "measure"), [[[0.9, 0.7]]])
    made = xr.Dataset(data, coords={"measure": ["M1", "M2"]})
    found = implementation.chain(made, "M2", {"implementation": names})
    assert [found[link].item() for link in implementation.LINKS] == pytest.approx([1.0, 0.7, 0.5, 0.4, 0.2, 0.1])


def test_outcomes_by_hand(small):
    def outcome(form, top, below=""):
        return outcomes.Outcome("x", form, top, below, "more", "g", True)

    assert outcomes.value(small, outcome("level", "t", "d")).sel(scenario="more").values.tolist() == [10.0, 7.5]
    assert outcomes.value(small, outcome("difference", "cost")).sel(scenario="more").values.tolist() == [0.0, 30.0]
    gain = outcomes.value(small, outcome("incremental", "cost", "t")).sel(time=2040.0)
    assert float(gain.sel(scenario="more")) == 3.0 and np.isnan(gain.sel(scenario="base"))


def test_shipped_outcomes_are_sound(tmp_path):
    found = outcomes.load()
    assert len({outcome.name for outcome in found}) == len(found)
    assert {outcome.better for outcome in found} <= {"more", "less", "neither"}
    (tmp_path / "outcomes.csv").write_text("name,form,numerator,denominator,better,group,shown\na,odd,b,,more,g,1\n")
    with pytest.raises(ThroughflowError, match="unknown form of a"):
        outcomes.load(tmp_path)


def test_models_without_definitions_are_refused(small):
    with pytest.raises(ThroughflowError, match="no indicators or figures are defined"):
        outcomes.headline(small)
