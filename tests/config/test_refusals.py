"""What is refused: everything at once, each with its place, its reason and a cure."""

import time

import pytest

from sim.config.job import read_job
from sim.errors import ThroughflowError


@pytest.fixture(scope="module")
def refused(loader):
    def problems(*overrides):
        with pytest.raises(ThroughflowError) as caught:
            read_job(overrides, loader=loader)
        return caught.value.problems

    return problems


def only(overrides, what):
    """Return the one problem about ``what``."""
    found = [problem for problem in overrides if what in f"{problem.where} {problem.what}"]
    assert len(found) == 1, (what, [str(problem) for problem in overrides])
    return found[0]


def test_everything_is_told_at_once(refused):
    problems = refused(
        "study=recomendations",
        "mesures.R3_1.start=2028",
        "measures.R3_1.strat=2028",
        "+x=1",
        "++parameters.dilutio=3",
        "measures.R1_1.start=2027 yr",
        "horizon.stop=nan",
        "parameters.dilution=1.4",
        "package=R1,R2",
        "measures.R3_1.ramp=interval(1,2)",
        "measures.R2_1={strat: 2029}",
        "~study",
        "measures.R4_1=5",
        "world.border_data=two",
        "output.replace=maybe",
        "solver.step=inf",
        "measures.R5_1.mode=piolt",
        "horizon.save=[1]",
        "figure.names=all",
        "world.tension_EUR.scale=4",
        "parameters.permit_time=0",
        "measures.R6_1.start=2050",
        "study.record=Ties",
        "package@here=R1",
        "a=b=c",
        "broken",
        "=5",
        "parameters=dsign",
    )
    told = [str(problem) for problem in problems]
    assert len(problems) >= 27, told
    assert "'recommendations'" in only(problems, "study=recomendations").cure
    assert "'measures'" in only(problems, "mesures").cure
    assert "'start'" in only(problems, "measures.R3_1.strat").cure
    assert "'start'" in only(problems, "{strat: 2029}").cure
    assert "'dilution'" in only(problems, "dilutio=").cure
    assert "clashes" in only(problems, "R1_1").why and "calendar year" in only(problems, "R1_1").why
    assert "finite" in only(problems, "horizon.stop").why
    assert "share" in only(problems, "parameters.dilution:").why and "0.2 to 0.7" in only(problems, "parameters.dilution:").cure
    assert "-m" in only(problems, "package=R1,R2").cure
    assert "ensemble=sobol" in only(problems, "interval").cure and "hydra/sweeper=ensemble" in only(problems, "interval").cure
    assert "'pilot'" in only(problems, "piolt").cure
    assert "0.25" not in only(problems, "permit_time").what and "duration" in only(problems, "permit_time").why
    assert "horizon" in only(problems, "R6_1").what
    assert "'design'" in only(problems, "dsign").cure
    for problem in problems:
        assert problem.where and problem.what and problem.why and problem.cure
        assert "Traceback" not in str(problem)


@pytest.mark.parametrize(
    ("override", "what", "why"),
    [
        ("horizon.stop=2010", "not after", "forward"),
        ("horizon.save=0.7", "does not divide", "miss"),
        ("horizon.stop=1e400", "inf", "finite"),
        ("horizon.start=true", "True", "number"),
        ("horizon.stop='\"2030\"'", "text", "number"),
        ("horizon.save=1e-9", "stores", "at most"),
        ("horizon.stop=1" + "0" * 400, "1000", "finite"),
    ],
)
def test_horizon(refused, override, what, why):
    (problem,) = refused(override)
    assert what in problem.what and why in problem.why


def test_a_step_divides_the_interval_stored(refused):
    (problem,) = refused("solver=euler", "solver.step=0.1")
    assert "does not divide horizon.save" in problem.what
    (problem,) = refused("solver=euler", "solver.step=1e-7")
    assert "steps" in problem.what


def test_points_rise_and_are_shares(refused):
    problems = refused(
        "world.tension_US.points=[[2010, 0.1], [2009, 0.2], [2012, 1.5], [2013], x, [nan, 0]]", "world.pandemic.points=[]"
    )
    told = " ".join(problem.what for problem in problems)
    assert "2009 does not come after 2010" in told and "1.5" in told and "[2013]" in told and "nan" in told
    assert "world.pandemic.points" in told


def test_scaling_is_never_cut_off_silently(refused):
    (problem,) = refused("world.tension_US.scale=1.3")
    assert "1.105" in problem.what and "1.176" in problem.cure


def test_the_study_is_checked(refused):
    problems = refused(
        "study.packages=[R1,R1,R9,{name: baseline, measures: [R1_1]},{measures: [R1.1]},5]",
        "study.baseline=nothing",
        "study.twin=2",
    )
    told = " ".join(str(problem) for problem in problems)
    for part in (
        "R1 is listed twice",
        "no package called 'R9'",
        "a package called 'baseline'",
        "'R1_1'",
        "name",
        "study.baseline",
        "study.twin",
    ):
        assert part in told, part


def test_refusing_is_quick():
    began = time.process_time()
    with pytest.raises(ThroughflowError):
        read_job(["horizon.stop=nan"])
    assert time.process_time() - began < 3


def test_multiple_choices_of_one_group_are_refused_or_the_last_wins(refused):
    (problem, *_) = refused("package=[R1,R2]")
    assert "one name" in problem.why
