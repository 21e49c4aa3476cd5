"""``ensemble=...`` from the config to a design: what is drawn, how often, what is kept, and everything that is refused."""

import pytest

from sim.config.job import read_job
from sim.errors import ThroughflowError
from sim.experiment.design import SAMPLER_NAMES, sample
from sim.experiment.scenarios import Solver

R1 = ("package=R1",)


def refused(job, *overrides):
    with pytest.raises(ThroughflowError) as caught:
        job([*R1, *overrides])
    for problem in caught.value.problems:
        assert problem.where and problem.what and problem.why and problem.cure
    return str(caught.value)


@pytest.mark.parametrize("sampler", [name for name in SAMPLER_NAMES if name not in ("file", "morris", "saltelli")])
def test_every_sampler_is_a_choice(job, sampler):
    found = job([*R1, f"ensemble={sampler}", "ensemble.uncertainties=[dilution]", "ensemble.size=8"])
    assert found.ensemble.design.sampler == sampler and sample(found.ensemble.design).shape == (1, 8)
    assert found.warnings == ()


def test_by_default_everything_uncertain_is_drawn_and_the_outcomes_are_kept(job):
    found = job([*R1, "ensemble=sobol"])
    ensemble = found.ensemble
    assert len(ensemble.design.uncertainties) > 150 and ensemble.design.size == 1024
    assert ensemble.study.solver == Solver("rk4", None) and ensemble.study.save == 1.0
    assert "co papers" in ensemble.study.record and "Fiscal cost cumulative" in ensemble.study.record
    assert ensemble.study.twin is None and [scenario.name for scenario in ensemble.study.scenarios] == ["baseline", "R1"]
    assert (ensemble.keep, ensemble.block, ensemble.executor, ensemble.address) == ("series", 1024, "threads", None)
    assert found.figures.names == () and found.output.folder.name == f"package-{found.identity[:8]}"
    assert "dilution: logit-normal(0.2, 0.4, 0.7) dmnl, basis A, sets dilution" in found.text


def test_no_ensemble_is_as_before(job):
    found = job(R1)
    assert found.ensemble is None and found.sampling is None and found.study.twin == "twin"
    assert "ensemble:" not in found.text and "uncertainty:" not in found.text


def test_what_is_asked_for_wins(job):
    found = job(
        [
            *R1,
            "ensemble=latin_hypercube",
            "ensemble.uncertainties=[dilution,effect_of_r1_1*,adoption time*]",
            "ensemble.except=[adoption_time.pilot]",
            "ensemble.correlations=[[dilution,adoption_time.rest,0.5]]",
            "ensemble.seed=7",
            "ensemble.size=1e3",
            "ensemble.record=[co papers]",
            "ensemble.save=2",
            "ensemble.keep=summary",
            "ensemble.block=512",
            "study.twin=true",
            "solver=euler",
            "solver.step=0.0625",
        ]
    ).ensemble
    names = [one.name for one in found.design.uncertainties]
    assert "dilution" in names and "adoption_time.rest" in names and "adoption_time.pilot" not in names
    assert {name for name in names if name.startswith("effect")} == {
        name for name in names if name.startswith("effect_of_r1_1_on_")
    }
    assert found.design.correlations == (("dilution", "adoption_time.rest", 0.5),)
    assert (found.design.seed, found.design.size, found.keep, found.block) == (7, 1000, "summary", 512)
    assert found.study.record == ("co papers",) and found.study.save == 2.0 and found.study.twin == "twin"
    assert found.study.solver == Solver("euler", 0.0625)


def test_a_step_alone_keeps_rk4_and_divides_what_is_stored(job):
    assert job([*R1, "ensemble=sobol", "solver.step=0.5"]).ensemble.study.solver == Solver("rk4", 0.5)
    assert job([*R1, "ensemble=sobol", "solver.step=0.0625"]).ensemble.study.solver == Solver("rk4", 0.0625)


def test_the_experiment_is_the_same_however_it_is_carried_out(job):
    one = ["ensemble=monte_carlo", "ensemble.uncertainties=[dilution]"]
    first = job([*R1, *one])
    same = job([*R1, *one, "ensemble.block=256", "output.folder=x", "figure=none"])
    assert first.identity == same.identity
    for other in ("ensemble.seed=1", "ensemble.size=10", "uncertainty.dilution.high=0.6", "ensemble.keep=summary"):
        assert job([*R1, *one, other]).identity != first.identity


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("ensemble.size=0", ("ensemble.size", "at least 1")),
        ("ensemble.size=-1", ("ensemble.size", "at least 1")),
        ("ensemble.size=1000000000000", ("10000000 worlds at most",)),
        ("ensemble.size=1e12", ("10000000 worlds at most",)),
        ("ensemble.size=many", ("whole number",)),
        ("ensemble.size=2.5", ("whole number",)),
        ("ensemble.size=nan", ("whole number",)),
        ("ensemble.size=null", ("whole number",)),
        ("ensemble.size=true", ("whole number",)),
        ("ensemble.seed=-1", ("ensemble.seed",)),
        ("ensemble.seed=1" + "0" * 30, ("ensemble.seed",)),
        ("ensemble=sobel", ("did you mean 'sobol'",)),
        ("ensemble.sampler=sobel", ("did you mean 'sobol'",)),
        ("ensemble.uncertainties=[dilutoin]", ("did you mean 'dilution'",)),
        ("ensemble.uncertainties=[zzz*]", ("no uncertainty called 'zzz*'",)),
        ("ensemble.uncertainties=[]", ("nothing is drawn",)),
        ("ensemble.uncertainties=5", ("list of names",)),
        ("ensemble.except=[permit tyme]", ("did you mean 'permit",)),
        ("ensemble.except=all", ("list of names",)),
        ("ensemble.correlations=[[dilution,permit_time,1.5]]", ("out of range",)),
        ("ensemble.correlations=[[dilution,permit_tim,0.5]]", ("did you mean 'permit_time'",)),
        ("ensemble.correlations=[dilution]", ("[name, name, correlation]",)),
        ("ensemble.correlations=x", ("list of pairs",)),
        ("ensemble.save=0.7", ("does not divide",)),
        ("ensemble.save=0", ("out of range",)),
        ("ensemble.save=inf", ("finite",)),
        ("ensemble.keep=everything", ("series",)),
        ("ensemble.block=100", ("multiple of 256",)),
        ("ensemble.block=0", ("ensemble.block",)),
        ("ensemble.executor=slurm", ("dask", "threads")),
        ("ensemble.address='tcp://host:8786'", ("executor=dask",)),
        ("ensemble.record=[co paper]", ("co papers",)),
        ("ensemble.samples=mine.csv", ("ensemble=file",)),
        ("solver=adaptive", ("command line: solver=adaptive", "solver=rk4")),
        ("solver=stiff", ("solver=rk4",)),
        ("solver.step=0.3", ("does not divide ensemble.save, 1",)),
        (
            "parameters.dilution=0.3",
            ("command line: parameters.dilution=0.3", "uncertainty dilution", "ensemble.except=[dilution]"),
        ),
        ("measures.R1_1.scale_up_delay=3", ("measures.R1_1.scale_up_delay", "scale_up_delay]")),
        ("world.tension_US.scale=0.5", ("world.tension_US.scale", "ensemble.except=[world.tension_US.scale]")),
        ("parameters.base_coordination=0.3", ("base_coordination",)),
        ("parameters.coordination_at_start=0.3", ("uncertainty base_coordination",)),
    ],
)
def test_refusals(job, override, words):
    text = refused(job, "ensemble=sobol", override)
    for word in words:
        assert word in text, text


def test_an_interval_on_one_element_beside_the_whole_array_is_refused(job):
    text = refused(job, "ensemble=sobol", "measures.R1_1.scale_up_delay=interval(1,4)")
    assert "drawn twice" in text and "ensemble.except=[scale_up_delay]" in text


def test_settings_without_an_ensemble_are_refused(job):
    assert "add ensemble=sobol" in refused(job, "ensemble.size=100")


def test_settings_of_single_runs_are_told_as_unused(job):
    told = job([*R1, "ensemble=sobol", "ensemble.uncertainties=[dilution]", "figure=all", "horizon.save=0.25"]).warnings
    assert any("figure is not used" in warning for warning in told) and any(
        "horizon.save is not used" in warning for warning in told
    )


def test_everything_wrong_is_told_at_once(job):
    text = refused(
        job,
        "ensemble=sobol",
        "ensemble.size=0",
        "ensemble.seed=x",
        "ensemble.uncertainties=[nothing]",
        "ensemble.save=0.7",
        "solver=stiff",
        "parameters.dilution=interval(1,0)",
        "horizon.stop=nan",
        "uncertainty.dilution.high=3",
    )
    assert "problem 8 of 8" in text, text


def write(path, *lines):
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return ["ensemble=file", f"ensemble.samples={path}"]


def test_own_worlds(job, tmp_path):
    asked = write(tmp_path / "mine.csv", "dilution,tension scale[US],rule making time", "0.3,0.9,2", "0.5,1.1,3")
    found = job([*R1, *asked])
    design = found.ensemble.design
    assert design.size == 2 and [one.name for one in design.uncertainties] == [
        "dilution",
        "world.tension_US.scale",
        "rule_making_time",
    ]
    assert sample(design).tolist() == [[0.3, 0.5], [0.9, 1.1], [2.0, 3.0]]


def test_own_worlds_may_set_constants_without_a_range(job, tmp_path):
    asked = write(tmp_path / "mine.csv", "one_year,spill[US]", "1,0.1", "1,0.2")
    design = job([*R1, *asked]).ensemble.design
    assert [(one.name, one.targets) for one in design.uncertainties] == [
        ("one_year", ("one year",)),
        ("spill.US", ("spill[US]",)),
    ]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("dilution", "0.3", "nan"), ("mine.csv", "3", "nan")),
        (("dilution", "0.3", "lots"), ("mine.csv", "lots")),
        (("dilution,dilutoin", "0.3,0.3"), ("dilutoin",)),
        (("dilution", "0.3", "1.7"), ("line 3: 1.7", "share")),
        (("permit_time", "-0.3"), ("line 2: -0.3", "duration")),
        (("dilution",), ("row",)),
        (("nothing",), ("nothing",)),
    ],
)
def test_faults_of_own_worlds_name_file_and_row(job, tmp_path, lines, words):
    text = refused(job, *write(tmp_path / "mine.csv", *lines))
    for word in words:
        assert word in text, text


def test_a_file_of_another_size_or_none(job, tmp_path):
    asked = write(tmp_path / "mine.csv", "dilution", "0.3", "0.4")
    assert "2 rows for 3 members" in refused(job, *asked, "ensemble.size=3")
    assert "ensemble.samples" in refused(job, "ensemble=file")
    assert "there is no file" in refused(job, "ensemble=file", f"ensemble.samples={tmp_path / 'none.csv'}")


def test_a_study_of_ones_own_keeps_its_twin_and_its_record(tmp_path):
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "mine.yaml").write_text("label: x\npackages: [R1]\nbaseline: none\ntwin: true\nrecord: [Ties]\n")
    found = read_job(["study=mine", "ensemble=sobol", "ensemble.uncertainties=[dilution]"], [tmp_path])
    assert found.ensemble.study.twin == "twin" and found.ensemble.study.record == ("Ties",)
