"""Orders of the same measures: paired differences, which scenarios are orders of each other, parts of the worlds."""

import numpy as np
import pytest

from sim.analysis.advice.sequence import sequence
from sim.analysis.worlds import Worlds
from sim.errors import ThroughflowError

from .invented import YEARS, adopting, store

MEMBERS = 24
BASE = 100.0 + 10.0 * np.arange(MEMBERS)
"""Co-papers of the baseline, by world: far more spread than the differences between orders."""


def early_and_late(first: str, second: str) -> dict[str, float]:
    """Return parameters of a scenario that adopts ``first`` in 2027 and ``second`` in 2030."""
    return {**adopting(first, start=2027.0), **adopting(second, start=2030.0)}


def orders(drawn=None, **extra) -> Worlds:
    """Return worlds in which governance first adds 3, opening first 2 and all at once 4 to co-papers from 2028 on."""
    scenarios = {
        "baseline": {},
        "governance_first": early_and_late("R3_1", "R2_1"),
        "opening_first": early_and_late("R2_1", "R3_1"),
        "all": adopting("R3_1", "R2_1", start=2027.0),
        "R3": adopting("R3_1", start=2027.0),
        **extra,
    }
    added = {"governance_first": 3.0, "opening_first": 2.0, "all": 4.0, "pilots_first": 1.0, "nationwide": 5.0}
    values = np.array([BASE + added.get(name, 0.0) * (YEARS[:, None] >= 2028) for name in scenarios])
    peaks = np.array([np.full((YEARS.size, MEMBERS), 0.1) for _ in scenarios])
    peaks[2, 8] = 0.3
    return Worlds(store(scenarios, {"co papers": values, "Stringency": peaks}, drawn=drawn))


def test_differences_between_orders_are_paired_however_much_worlds_differ():
    found = sequence(orders(), outcomes=["co papers"])["sequence_pairs"]
    pair = found.query("first == 'governance_first' and second == 'opening_first'").iloc[0]
    assert (pair["q05"], pair["q50"], pair["q95"]) == (1.0, 1.0, 1.0)
    assert pair["up"] == 1.0
    against = found.query("first == 'governance_first' and second == 'all'").iloc[0]
    assert against["q50"] == -1.0
    assert against["verdict"] in ("down", "small")


def test_only_scenarios_of_the_same_measures_are_orders_of_each_other():
    found = sequence(orders(), outcomes=["co papers"])
    assert set(found["sequence"]["scenario"]) == {"governance_first", "opening_first", "all"}


def test_switches_beside_the_usual_orders_are_left_aside_and_compared_where_there_are_no_others():
    late = {"late": early_and_late("R3_1", "R2_1")}
    assert "late" not in set(sequence(orders(**late), outcomes=["co papers"])["sequence"]["scenario"])
    scenarios = {"baseline": {}, "early": adopting("R3_1", start=2027.0), "late": adopting("R3_1", start=2030.0)}
    worlds = Worlds(store(scenarios, {"co papers": np.arange(3.0)[:, None, None] + np.ones((1, 1, 2))}))
    assert set(sequence(worlds, courses=["co papers"])["sequence"]["scenario"]) == {"early", "late"}


def test_the_peak_is_found_whenever_it_falls():
    found = sequence(orders(), outcomes=["peak of Stringency"])["sequence_pairs"]
    pair = found.query("first == 'governance_first' and second == 'opening_first'").iloc[0]
    assert pair["q50"] == pytest.approx(-0.2)
    assert pair["verdict"] == "down"


def test_courses_begin_before_the_first_measure_with_no_gain():
    course = sequence(orders(), outcomes=["co papers"])["sequence_course"].query("outcome == 'co papers' and scenario == 'all'")
    assert course["year"].min() == 2026.0
    assert course.query("year == 2026")["q95"].item() == 0.0
    assert course.query("year == 2040")["q50"].item() == 4.0


def test_pairs_are_told_in_the_thirds_of_worlds_by_what_was_drawn():
    modes = {
        "pilots_first": adopting("R3_1", "R2_1", start=2027.0, mode=2.0),
        "nationwide": adopting("R3_1", "R2_1", start=2027.0, mode=1.0),
    }
    drawn = {"parameters.pilot_effort_ratio": np.linspace(0.7, 1.0, MEMBERS)}
    found = sequence(orders(drawn, **modes), outcomes=["co papers"])["sequence_parts"]
    high = found.query("part == 'high' and first == 'pilots_first' and second == 'nationwide'").iloc[0]
    assert high["members"] == 8
    assert high["low"] > 0.89
    assert high["q50"] == -4.0
    assert "sequence_parts" not in sequence(orders(), outcomes=["co papers"])


def test_named_orders_of_different_measures_are_refused():
    with pytest.raises(ThroughflowError, match="different measures"):
        sequence(orders(), sequences=["all", "R3"])


def test_unknown_orders_and_pairs_are_refused_with_a_cure():
    with pytest.raises(ThroughflowError, match="did you mean 'governance_first'"):
        sequence(orders(), sequences=["governance-first", "all"])
    with pytest.raises(ThroughflowError, match="not two of the sequences"):
        sequence(orders(), outcomes=["co papers"], pairs=[["all", "R3"]])


def test_one_order_alone_cannot_be_compared():
    worlds = Worlds(store({"baseline": {}, "all": adopting("R3_1")}, {"co papers": np.ones((2, 1, 2))}))
    with pytest.raises(ThroughflowError, match="run a study of several sequences"):
        sequence(worlds)


def test_years_before_any_measure_acts_are_refused():
    with pytest.raises(ThroughflowError, match="2026, 2027 is before any measure acts"):
        sequence(orders(), outcomes=["co papers"], years=[2026.0, 2027.0, 2040.0])


def test_the_course_of_a_peak_is_refused():
    with pytest.raises(ThroughflowError, match="name the outcome itself"):
        sequence(orders(), outcomes=["co papers"], courses=["peak of Stringency"])
