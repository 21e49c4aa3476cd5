"""Packages against the baseline and against each other: made-up numbers whose differences are known."""

import numpy as np
import pytest

from sim.analysis.advice.packages import packages, parts
from sim.analysis.advice.questions import answer
from sim.analysis.worlds import DOWN, LITTLE, OPEN, UP, Worlds
from sim.errors import ThroughflowError
from sim.results.tables import table

from .invented import adopting, store

GAINS = {"baseline": 0.0, "A": 10.0, "B": -20.0, "A.B": 15.0}
MEASURES = {"baseline": (), "A": ("R1_1", "R1_2"), "B": ("R3_1",), "A.B": ("R1_1", "R1_2", "R3_1")}


def made(gains=GAINS, members=40, **more):
    """Return a store in which every world's baseline is 100 to 200 and each package adds its per cent."""
    base = np.linspace(100.0, 200.0, members)
    values = np.array([base * (1 + gain / 100) for gain in gains.values()])[:, None, :]
    scenarios = {name: adopting(*MEASURES[name]) for name in gains}
    return store(scenarios, {"co papers": values, "incidents": values, "Fiscal cost cumulative": values - base, **more})


def rows(tables, name="packages", **chosen):
    found = tables[name]
    for column, value in chosen.items():
        found = found[found[column] == value]
    return found


def test_per_cent_and_units_of_each_world():
    found = packages(Worlds(made()), years=[2030, 2040], outcomes=["co papers", "extra cost"])
    row = rows(found, package="A", outcome="co papers", year=2030.0).iloc[0]
    assert [row["percent_q05"], row["percent_q50"], row["percent_q95"]] == pytest.approx([10.0] * 3)
    np.testing.assert_allclose([row["q05"], row["q50"], row["q95"]], np.quantile(np.linspace(10, 20, 40), [0.05, 0.5, 0.95]))
    assert (row["up"], row["down"], row["members"], row["baseline"]) == (1.0, 0.0, 40, 150.0)
    cost = rows(found, package="B", outcome="extra cost", year=2040.0).iloc[0]
    assert np.isnan(cost["percent_q50"]) and cost["q50"] == pytest.approx(-30.0)
    assert (row["verdict"], cost["verdict"]) == (UP, DOWN)
    assert len(found["packages"]) == 3 * 2 * 2


def test_differences_are_of_each_world_and_not_of_quantiles():
    members = 40
    gains = np.where(np.arange(members) % 2, 1.0, -1.0)
    level = np.array([np.full(members, 100.0), 100 + gains, 100 - gains, np.full(members, 100.2)])[:, None, :]
    dataset = made(**{"co papers": level})
    found = packages(Worlds(dataset), outcomes=["co papers"], pairs=[["A", "B"]])
    assert list(rows(found)["verdict"]) == [OPEN, OPEN, LITTLE]
    pair = rows(found, "packages_pairs").iloc[0]
    assert (pair["q05"], pair["q95"], pair["verdict"]) == (-2.0, 2.0, OPEN)
    assert pair["percent_q95"] == pytest.approx(2.0)


def test_parts_and_usual_pairs():
    found = packages(Worlds(made()), outcomes=["co papers"])
    told = found["packages"].set_index("package")
    assert dict(told["parts"]) == {"A": "A", "B": "B", "A.B": "A+B"} and dict(told["size"]) == {"A": 1, "B": 1, "A.B": 2}
    pairs = found["packages_pairs"]
    assert list(zip(pairs["first"], pairs["second"], strict=True)) == [("A.B", "A"), ("A.B", "B")]
    assert list(pairs["percent_q50"]) == pytest.approx([5.0, 35.0])


def test_a_package_that_is_no_union_is_its_own_part():
    adopted = {"none": (), "A": ("a",), "wide": ("a", "b"), "B": ("c",), "all": ("a", "b", "c")}
    found = parts({name: frozenset(own) for name, own in adopted.items()})
    assert found["wide"] == ("wide",) and found["all"] == ("A", "wide", "B") and found["none"] == ("none",)


def test_wrong_pairs_are_told_at_once():
    with pytest.raises(ThroughflowError) as told:
        packages(Worlds(made()), pairs=[["A", "C"], ["A"], "AB"])
    assert len(told.value.problems) == 3


def test_answers_come_as_one_dataset():
    found = answer(made(), {"packages": {"outcomes": ["co papers", "incidents"]}})
    assert list(table(found, "packages")["better"]) == ["more"] * 3 + ["less"] * 3
    with pytest.raises(ThroughflowError, match="packages.year"):
        answer(made(), {"packages": {"year": [2040]}})
