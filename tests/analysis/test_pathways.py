"""Adaptive pathways: turns read from dates, policies that know no future, targets, stores that are refused."""

import numpy as np
import pytest

from sim.analysis.advice.pathways import first_turn, pathways
from sim.analysis.worlds import Worlds
from sim.errors import ThroughflowError

from .invented import YEARS, adopting, store

TURNS = (2029.0, 2030.0, 2032.0)
RISES = np.array([0.04, 0.015, 0.0])
"""How fast tightening rises each year under the first package, by world: it passes 0.1 in 2030, in 2034 and never."""

TARGETS = [["Stringency", "below", 0.15, "level"]]


def course(turn: float) -> np.ndarray:
    """Return tightening if the second package begins in ``turn``: it rises from 2027 on, and stays as it was at the turn."""
    since = np.clip(np.minimum(YEARS, turn) - 2027.0, 0.0, None)[:, None]
    return 0.001 + RISES * since


def switches(*, foreknown: bool = False, **extra) -> Worlds:
    """Return worlds with a first package, both from the start, and turns in three years."""
    first = adopting("R2_1", start=2027.0)
    scenarios = {"baseline": {}, "opening_only": first, "all": first | adopting("R3_1", start=2027.0)}
    tight = [np.full((YEARS.size, 3), 0.001), course(9999.0), course(2027.0)]
    for year in TURNS:
        scenarios[f"turn_{year:g}"] = first | adopting("R3_1", start=year)
        tight.append(course(year))
    if foreknown:
        tight[-1] = tight[-1] * np.where(YEARS == 2029.0, 1.5, 1.0)[:, None]
    for name, parameters in extra.items():
        scenarios[name] = parameters
        tight.append(tight[0])
    calm = np.array(tight).max(axis=1, keepdims=True) < 0.15
    papers = 100.0 + 10.0 * calm * (YEARS > 2033.0)[:, None]
    return Worlds(store(scenarios, {"Stringency": np.array(tight), "co papers": papers}))


def policies(worlds: Worlds, **settings):
    """Return the table of policies by name."""
    given = {"levels": [0.1], "targets": TARGETS, "lag": 0.0} | settings
    return pathways(worlds, **given)["pathways_policies"].set_index("policy")


def test_the_first_look_beyond_a_level_counts():
    watched = np.array([[0.0, 5.0], [2.0, 5.0], [0.0, 0.0], [2.0, 0.0]])
    times = np.array([0.0, 1.0, 2.0, 3.0])
    assert first_turn(watched, times, above=True, level=1.0, years=times).tolist() == [1.0, 0.0]
    assert first_turn(watched, times, above=True, level=1.0, years=np.array([2.0, 3.0]))[0] == 3.0
    assert np.isnan(first_turn(watched, times, above=True, level=9.0, years=times)).all()
    assert first_turn(watched, times, above=False, level=1.0, years=times).tolist() == [0.0, 2.0]


def test_policies_turn_in_the_first_year_after_the_signpost_that_can_be_had():
    found = policies(switches(), levels=[0.1, 0.05])
    at = found.loc["trigger 0.1"]
    assert at["turned"] == pytest.approx(1 / 3)
    assert at["turned_q50"] == 2030.0
    early = found.loc["trigger 0.05"]
    assert early["turned"] == pytest.approx(2 / 3)
    assert (early["turned_q05"], early["turned_q95"]) == (pytest.approx(2029.15), pytest.approx(2031.85))


def test_a_lag_puts_the_turn_off_and_one_that_comes_too_late_is_never_taken():
    found = policies(switches(), lag=1.0)
    assert found.loc["trigger 0.1", "turned_q50"] == 2032.0
    assert policies(switches(), lag=3.0).loc["trigger 0.1", "turned"] == 0.0


def test_targets_are_kept_in_the_worlds_where_the_turn_comes_in_time():
    found = policies(switches())["met_always"]
    assert found["start"] == found["fixed 2029"] == found["fixed 2030"] == 1.0
    assert found["fixed 2032"] == pytest.approx(2 / 3)
    assert found["never"] == pytest.approx(1 / 3)
    assert found["trigger 0.1"] == pytest.approx(2 / 3)
    assert found["nothing"] == 1.0


def test_policies_are_compared_with_turning_at_once_in_each_world():
    found = policies(switches())
    assert found.loc["start", ["against_start", "against_start_error"]].tolist() == [0.0, 0.0]
    assert found.loc["never", "against_start"] == pytest.approx(1 / 3 - 1.0)
    assert found.loc["never", "against_start_error"] == pytest.approx(np.std([1.0, 1.0, 0.0]) / np.sqrt(3))


def test_no_target_at_all_is_refused():
    with pytest.raises(ThroughflowError, match="name targets"):
        pathways(switches(), levels=[0.1], targets=[])


def test_use_by_years_are_when_targets_are_first_missed_and_stay_missed():
    found = pathways(switches(), levels=[0.1], targets=TARGETS)["pathways_use_by"]
    rows = found.query("scenario == 'opening_only'").set_index("year")["missed"]
    assert rows[2030.0] == 0.0
    assert rows[2031.0] == pytest.approx(1 / 3)
    assert rows[2040.0] == pytest.approx(2 / 3)
    assert (np.diff(rows) >= 0).all()


def test_gains_over_never_turning_are_those_of_the_scenario_each_world_follows():
    rows = pathways(switches(), levels=[0.1], targets=TARGETS, lag=0.0)["pathways"]
    papers = rows.query("outcome == 'co papers'").set_index("policy")
    assert papers.loc["trigger 0.1", "over_q95"] == pytest.approx(np.quantile([10.0, 0.0, 0.0], 0.95))
    assert papers.loc["start", "over_q50"] == 10.0
    assert papers.loc["start", "q50"] == 0.0
    assert papers.loc["never", "over_q95"] == 0.0


def test_scenarios_that_differ_before_they_turn_are_refused():
    with pytest.raises(ThroughflowError, match="known the future"):
        pathways(switches(foreknown=True), levels=[0.1], targets=TARGETS)


def test_wrong_settings_are_refused_all_at_once():
    with pytest.raises(ThroughflowError) as caught:
        pathways(switches(), trigger=["Stringency", "beyond"], levels=[], review=0.0, lag=-1.0)
    assert len(caught.value.problems) == 4
    with pytest.raises(ThroughflowError, match="such as"):
        pathways(switches(), targets=[["Stringency", "below", "low", "level"]])


def test_unknown_packages_and_stores_without_turns_are_refused():
    with pytest.raises(ThroughflowError, match="did you mean 'opening_only'"):
        pathways(switches(), first="opening-only")
    with pytest.raises(ThroughflowError, match="no scenario turns"):
        pathways(switches(), first="all", then="opening_only")


def test_a_scenario_that_turns_by_another_name_or_in_other_modes_changes_nothing():
    again = adopting("R2_1", start=2027.0) | adopting("R3_1", start=2030.0)
    usual = policies(switches())
    assert policies(switches(opening_first=again)).equals(usual)
    pilots = adopting("R2_1", start=2027.0) | adopting("R3_1", start=2031.0, mode=2.0)
    assert policies(switches(pilots=pilots)).equals(usual)


def test_a_look_in_a_year_that_is_not_stored_is_refused():
    with pytest.raises(ThroughflowError, match="is not stored"):
        policies(switches(), review=0.3)
