"""Settings given as ranges: what an interval and an axis of values may stand for, and what they are refused for."""

import pytest

from sim.config.ranges import read_ranges
from sim.errors import ThroughflowError

SOBOL = ("ensemble=sobol", "ensemble.uncertainties=[]", "package=R1")


def told(job, *overrides):
    with pytest.raises(ThroughflowError) as caught:
        job([*SOBOL, *overrides])
    for problem in caught.value.problems:
        assert problem.where and problem.what and problem.why and problem.cure and "None" not in str(problem)
    return str(caught.value)


@pytest.mark.parametrize(
    ("key", "constant", "low", "high"),
    [
        ("world.tension_US.scale", "tension scale[US]", 0.7, 1.1),
        ("world.border_data", "border data", 0.0, 1.0),
        ("measures.R1_1.start", "start date[R1_1]", 2026.0, 2030.0),
        ("measures.R1_1.intensity", "intensity[R1_1]", 0.2, 0.9),
        ("measures.R1_1.scale_up_delay", "scale up delay[R1_1]", 1.0, 4.0),
        ("parameters.spill.US", "spill[US]", 0.0, 0.1),
        ("parameters.permit_time", "permit time", 0.1, 0.3),
    ],
)
def test_an_interval_is_drawn_uniformly_and_set_by_no_scenario(job, key, constant, low, high):
    found = job([*SOBOL, f"{key}=interval({low},{high})"])
    (one,) = found.ensemble.design.uncertainties
    assert (one.distribution, one.targets, one.low, one.high) == ("uniform", (constant,), low, high)
    assert one.name == key.removeprefix("parameters.")
    assert all(constant not in scenario.parameters for scenario in found.study.scenarios)


def test_an_interval_takes_the_place_of_the_tables_own_range(job):
    plain = job(["ensemble=sobol", "package=R1"]).ensemble.design.uncertainties
    found = job(
        ["ensemble=sobol", "package=R1", "parameters.base_coordination=interval(0.2,0.3)"]
    ).ensemble.design.uncertainties
    assert [one.name for one in found] == [one.name for one in plain], "positions stay, so the other draws stay"
    changed = [one for one, before in zip(found, plain, strict=True) if one != before]
    assert [(one.name, one.distribution) for one in changed] == [("base_coordination", "uniform")]
    assert changed[0].targets == ("base coordination", "Coordination at start"), "what moves with it still does"


def test_the_start_of_a_measure_wins_over_its_packages(job):
    found = job(
        ["ensemble=sobol", "ensemble.uncertainties=[]", "package=governance_first", "measures.R7_1.start=interval(2028,2031)"]
    )
    assert "start date[R7_1]" not in found.study.scenarios[1].parameters
    assert found.study.scenarios[1].parameters["start date[R7_2]"] == 2030.0


def test_axes_are_crossed_with_the_worlds(job):
    found = job(
        [
            "ensemble=sobol",
            "ensemble.uncertainties=[dilution]",
            "package=R1",
            "ensemble.size=4",
            "measures.R1_1.start='choice(2026,2028,2030)'",
            "world.border_data='choice(0,1)'",
        ]
    )
    design = found.ensemble.design
    assert design.size == 24 and design.points == 6
    assert [one.values for one in design.uncertainties] == [(), (0.0, 1.0), (2026.0, 2028.0, 2030.0)]


def test_files_may_hold_ranges(tmp_path):
    from sim.config.job import read_job

    (tmp_path / "parameters").mkdir()
    (tmp_path / "parameters" / "vague.yaml").write_text("dilution: interval(0.3, 0.5)\nadoption_time: {rest: 3}\n")
    found = read_job(["ensemble=sobol", "ensemble.uncertainties=[]", "package=R1", "parameters=vague"], [tmp_path])
    (one,) = found.ensemble.design.uncertainties
    assert (one.name, one.low, one.high) == ("dilution", 0.3, 0.5)
    assert found.study.scenarios[0].parameters == {"adoption time[rest]": 3.0}
    with pytest.raises(ThroughflowError, match="ensemble=sobol"):
        read_job(["package=R1", "parameters=vague"], [tmp_path])


def test_a_path_scaled_beyond_full_tension_is_told(job):
    found = job([*SOBOL, "world.tension_US.scale=interval(0.7,1.3)"])
    assert any("1.176" in warning and "holds it there" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("parameters.dilution=interval(0.5,0.2)", ("lower", "interval(0.2,0.5)")),
        ("parameters.dilution=interval(0.2,0.2)", ("same number", "parameters.dilution=0.2")),
        ("parameters.dilution=interval(nan,0.2)", ("finite",)),
        ("parameters.dilution=interval(0.2,inf)", ("finite",)),
        ("parameters.dilution='interval(a,b)'", ("finite",)),
        ("parameters.dilution='interval(1,2,3)'", ("two ends",)),
        ("parameters.dilution='choice(0.2,0.2)'", ("twice",)),
        ("parameters.dilution='choice()'", ("finite",)),
        ("parameters.dilution=int(interval(0,3))", ("whole numbers",)),
        ("parameters.dilution=interval(0.2,1.4)", ("1.4 is not possible", "share")),
        ("parameters.permit_time=interval(0,3)", ("0 is not possible", "duration")),
        ("world.border_data=interval(0,2)", ("out of range",)),
        ("measures.R1_1.start=interval(2026,2099)", ("2099", "horizon")),
        ("package=interval(1,2)", ("group package", "a group takes one name")),
        ("study.label=interval(1,2)", ("uncertain number",)),
        ("horizon.stop=interval(2030,2040)", ("uncertain number", "ranges are for")),
        ("measures.R1_1.mode=interval(0,1)", ("uncertain number",)),
        ("parameters.spill=interval(0,1)", ("parameters.spill.US=",)),
        ("parameters.dilutoin=interval(0,1)", ("did you mean 'dilution'",)),
        ("world.tension_US.points.0.1=interval(0,1)", ("uncertain number",)),
    ],
)
def test_refusals(job, override, words):
    text = told(job, override)
    for word in words:
        assert word in text, text


def test_a_single_run_refuses_ranges_with_both_cures(job):
    with pytest.raises(ThroughflowError) as caught:
        job(["package=R1", "parameters.dilution=interval(0.2,0.3)"])
    (problem,) = caught.value.problems
    assert "ensemble=sobol" in problem.cure and "hydra/sweeper=ensemble" in problem.cure and "interval" in problem.where


def test_programs_with_configs_of_their_own_read_ranges():
    found = dict(read_ranges({"x": "interval(0.0,1.0)", "deep": {"y": "choice(1.0,2.0)"}, "z": "interval of time"}))
    assert list(found) == ["x", "deep.y"]
    assert (found["x"].low, found["x"].high, found["deep.y"].values) == (0.0, 1.0, (1.0, 2.0))
    with pytest.raises(ThroughflowError, match="lower"):
        read_ranges({"x": "interval(2,1)"})
