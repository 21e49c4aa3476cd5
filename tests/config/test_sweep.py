"""Multirun: what sweeps expand to."""

import pytest

from sim.config.sweep import expand, take_sweeper
from sim.errors import ThroughflowError


def test_products_in_order():
    assert expand(["package=R1,R2", "study=package", "horizon.stop=range(2030,2041,10)"]) == (
        ("package=R1", "study=package", "horizon.stop=2030"),
        ("package=R1", "study=package", "horizon.stop=2040"),
        ("package=R2", "study=package", "horizon.stop=2030"),
        ("package=R2", "study=package", "horizon.stop=2040"),
    )


def test_globs_and_choices():
    assert expand(["world/geopolitics=glob(*n*,exclude=w*)"]) == (
        ("world/geopolitics=baseline",),
        ("world/geopolitics=decoupling",),
    )
    assert expand(["package=choice(R1,R2)"]) == (("package=R1",), ("package=R2",))


def test_nothing_swept_is_one_job():
    assert expand(["study=package", "figure.names=[levels,aggregation]"]) == (
        ("study=package", "figure.names=[levels,aggregation]"),
    )


@pytest.mark.parametrize(
    "overrides",
    [
        ["horizon.stop=range(0,1000000000)"],
        ["horizon.stop=range(11)"] * 3,
        ["package=glob(zzz)"],
        ["horizon.stop=range(1,0"],
        ["horizon.stop=range(0,1,0)"],
    ],
)
def test_refusals(overrides):
    with pytest.raises(ThroughflowError) as caught:
        expand(overrides)
    assert caught.value.problems


def test_the_sweeper_is_chosen_beside_the_overrides():
    assert take_sweeper(["package=R1", "hydra/sweeper=ensemble"]) == (("package=R1",), "ensemble")
    assert take_sweeper(["package=R1"]) == (("package=R1",), "basic")
    with pytest.raises(ThroughflowError, match="did you mean 'ensemble'"):
        take_sweeper(["hydra/sweeper=ensembel"])


def test_the_example_of_the_readme_is_three_jobs():
    jobs = expand(["package=none,R1,all", "world.tension_US.scale=interval(0.7,1.3)"], sweeper="ensemble")
    assert [job[0] for job in jobs] == ["package=none", "package=R1", "package=all"]
    rest = ("world.tension_US.scale='interval(0.7,1.3)'", "ensemble=sobol", "ensemble.uncertainties=[]")
    assert {job[1:] for job in jobs} == {rest}


def test_numbers_of_the_model_are_axes_and_everything_else_makes_jobs():
    jobs = expand(
        [
            "measures.R3_1.start=range(2026,2031,2)",
            "measures.R3_1.mode=pilot,national",
            "horizon.stop=2035,2040",
            "parameters.adoption_time.rest=1,2.5",
        ],
        sweeper="ensemble",
    )
    assert len(jobs) == 4
    for job in jobs:
        assert "measures.R3_1.start='choice(2026.0,2028.0,2030.0)'" in job
        assert "parameters.adoption_time.rest='choice(1.0,2.5)'" in job
        assert {"ensemble=sobol", "ensemble.uncertainties=[]", "ensemble.size=1"} <= set(job), (
            "nothing is drawn: once is enough"
        )


def test_an_ensemble_that_is_chosen_stays_as_it_is():
    (job,) = expand(["ensemble=monte_carlo", "parameters.dilution=interval(0.2,0.3)"], sweeper="ensemble")
    assert job == ("ensemble=monte_carlo", "parameters.dilution='interval(0.2,0.3)'")


def test_without_the_sweeper_numbers_make_jobs_and_intervals_stay_single():
    jobs = expand(["measures.R3_1.start=2026,2028", "parameters.dilution=interval(0.2,0.3)"])
    assert len(jobs) == 2 and all(job[1] == "parameters.dilution='interval(0.2,0.3)'" for job in jobs)
