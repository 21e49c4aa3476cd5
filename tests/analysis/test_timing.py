"""Start years and intensities: gains read off a known surface, cost of delay paired in each world, grids that are none."""

import numpy as np
import pytest

from sim.analysis.advice.timing import grid, timing
from sim.analysis.worlds import Worlds
from sim.errors import ThroughflowError

from .invented import YEARS, adopting, store

STARTS, STRENGTHS = (2026.0, 2028.0, 2031.0), (0.5, 0.75, 1.0)
SLOPES = np.repeat([1.0, 2.0, 4.0, 5.0], 6)
"""Gain a year after the start at full intensity, by world."""


def surface(power: float = 1.0, **extra) -> Worlds:
    """Return worlds in which co-papers of 100 grow by slope · intensity^power for each year since the start."""
    scenarios, values = {"baseline": {}}, [np.full((len(YEARS), SLOPES.size), 100.0)]
    for start in STARTS:
        for strong in STRENGTHS:
            scenarios[f"all@{start:g}x{strong:g}"] = adopting("R3_1", "R2_1", start=start, intensity=strong)
            since = np.maximum(YEARS - start, 0.0)[:, None]
            values.append(100.0 + SLOPES * strong**power * since)
    for name, parameters in extra.items():
        scenarios[name] = parameters
        values.append(values[0])
    return Worlds(store(scenarios, {"co papers": np.array(values)}))


def test_the_grid_is_read_from_the_parameters_in_order_of_start_and_intensity():
    points = grid(surface())
    assert [(each.start, each.intensity) for each in points] == [(start, strong) for start in STARTS for strong in STRENGTHS]


def test_gains_and_the_cost_of_a_year_of_delay_are_paired_in_each_world():
    found = timing(surface(), outcomes=["co papers"])
    end = found["timing"].query("reading == 'end' and start == 2028 and intensity == 1")
    assert end["q50"].item() == pytest.approx(3.0 * 12)
    assert end["percent_q50"].item() == pytest.approx(36.0)
    lost = found["timing_delay"].query("reading == 'end' and start == 2028 and intensity == 1")
    assert lost["later"].item() == 2031.0
    assert lost["q50"].item() == pytest.approx(-3.0)
    assert lost["q05"].item() == pytest.approx(np.quantile(-SLOPES, 0.05))
    assert lost["verdict"].item() == "down"


def test_totals_are_sums_over_the_years_from_the_earliest_start():
    found = timing(surface(), outcomes=["co papers"])["timing"]
    total = found.query("reading == 'total' and start == 2026 and intensity == 1")
    assert total["q50"].item() == pytest.approx(3.0 * 14**2 / 2)
    assert total["percent_q50"].item() == pytest.approx(3.0 * 14**2 / 2 / (100 * 14) * 100)
    assert total["units"].item().endswith("year")


def test_what_a_later_start_forgoes_is_a_share_within_each_world():
    bent = surface()
    bent.dataset["co papers"].loc[{"scenario": "all@2031x1", "member": slice(0, 5)}] = 100.0
    found = timing(bent, outcomes=["co papers"])["timing_forgone"]
    total = found.query("reading == 'total' and start == 2031 and intensity == 1").iloc[0]
    assert total["earliest"] == 2026.0
    assert total["q50"] == pytest.approx(1 - 9**2 / 14**2)
    assert total["q95"] == pytest.approx(1.0), "the worlds in which the later start gains nothing forgo all"
    assert found["start"].min() == 2028.0


def test_no_share_is_told_of_a_gain_without_a_settled_sign():
    mixed = surface()
    mixed.dataset["co papers"].loc[{"member": slice(0, 11)}] = 200.0 - mixed.dataset["co papers"].sel(member=slice(0, 11))
    assert "timing_forgone" not in timing(mixed, outcomes=["co papers"])


@pytest.mark.parametrize("stop", [2020.0, 2026.0, 2030.5, 2050.0])
def test_a_last_year_that_is_not_stored_or_before_any_measure_acts_is_refused(stop):
    with pytest.raises(ThroughflowError, match="later"):
        timing(surface(), outcomes=["co papers"], stop=stop)


def test_steps_of_intensity_and_whether_they_grow():
    found = timing(surface(2.0), outcomes=["co papers"])
    step = found["timing_intensity"].query("reading == 'end' and start == 2026 and intensity == 0.5")
    assert step["higher"].item() == 0.75
    assert step["q50"].item() == pytest.approx(3.0 * 14 * (0.75**2 - 0.5**2))
    assert found["timing_curvature"]["verdict"].eq("up").all()
    straight = timing(surface(1.0), outcomes=["co papers"])["timing_curvature"]
    assert straight["verdict"].eq("small").all()


def test_an_earlier_last_year_counts_only_what_is_gained_by_then():
    found = timing(surface(), outcomes=["co papers"], stop=2031.0)["timing"]
    assert found.query("reading == 'end' and start == 2031 and intensity == 1")["q95"].item() == 0.0


def test_scenarios_of_other_measures_or_of_several_dates_or_modes_are_no_points():
    mixed = {**adopting("R3_1", start=2026.0, intensity=0.9), **adopting("R2_1", start=2030.0, intensity=0.9)}
    pilots = adopting("R3_1", "R2_1", start=2027.0, intensity=1.0, mode=2.0)
    assert len(grid(surface(mixed=mixed, other=adopting("R7_1"), pilots=pilots))) == 9


def test_two_scenarios_of_one_start_and_intensity_are_refused():
    with pytest.raises(ThroughflowError, match="all@2028x1 and again"):
        grid(surface(again=adopting("R3_1", "R2_1", start=2028.0, intensity=1.0)))


def test_a_store_without_a_grid_is_refused():
    scenarios = {"baseline": {}, "A": adopting("R3_1"), "B": adopting("R2_1")}
    with pytest.raises(ThroughflowError, match="grid of start years"):
        timing(Worlds(store(scenarios, {"co papers": np.ones((3, 1, 2))})))


def test_an_outcome_that_is_not_there_is_refused_with_a_cure():
    with pytest.raises(ThroughflowError, match="there are co papers"):
        timing(surface(), outcomes=["unheard of"])
