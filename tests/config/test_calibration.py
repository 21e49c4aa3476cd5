"""``study=calibration`` from the config to a question, and everything that does not go with it."""

import json

import pytest

from sim.config.job import read_job
from sim.errors import ThroughflowError

CALIBRATION = "study=calibration"


def refused(job, *overrides):
    with pytest.raises(ThroughflowError) as caught:
        job([CALIBRATION, *overrides])
    for problem in caught.value.problems:
        assert problem.where and problem.what and problem.why and problem.cure
    return str(caught.value)


def test_the_shipped_question(job):
    found = job([CALIBRATION])
    asked = found.calibration
    assert (asked.fit, asked.hold_out) == ((2010.0, 2018.0), (2019.0, 2022.0))
    assert (asked.particles, asked.moves, asked.importance, asked.vectors) == (4096, 6, 131072, 256)
    assert (asked.starts, asked.truths, asked.truth_particles, asked.profiles) == (4, 20, 512, 12)
    assert asked.seed == 0 and asked.before is True
    assert found.ensemble is None and found.study.scenarios == () and found.warnings == ()
    assert found.output.folder.name == f"calibration-{found.identity[:8]}" and "dilution" not in found.text


def test_settings_make_another_question_and_carrying_out_does_not(job):
    usual = job([CALIBRATION]).identity
    assert job([CALIBRATION, "output.folder=x", "figure=none", "ensemble=none", "package=none"]).identity == usual
    small = ["study.particles=64", "study.truths=0", "study.fit=[2011,2017]", "study.before=false", "study.seed=3"]
    asked = job([CALIBRATION, *small]).calibration
    assert (asked.particles, asked.truths, asked.fit, asked.before, asked.seed) == (64, 0, (2011.0, 2017.0), False, 3)
    for other in small:
        assert job([CALIBRATION, other]).identity != usual, other


def test_a_study_of_ones_own_says_only_what_differs(tmp_path):
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "quick.yaml").write_text("label: Quick\nkind: calibration\nparticles: 128\n")
    found = read_job(["study=quick", "study.particles=256"], [tmp_path])
    assert found.calibration.particles == 256 and found.calibration.moves == 6 and found.study.name == "quick"


def test_a_kind_there_is_none_of_is_refused_with_a_near_name(tmp_path):
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "quick.yaml").write_text("label: Quick\nkind: calibraton\nbefor: true\n")
    with pytest.raises(ThroughflowError) as caught:
        read_job(["study=quick"], [tmp_path])
    text = str(caught.value)
    assert "did you mean 'calibration'" in text and "did you mean 'before'" in text and "quick.yaml" in text


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("study.particles=10", ("study.particles", "at least 64")),
        ("study.particles=many", ("whole number",)),
        ("study.moves=0", ("study.moves", "at least 1")),
        ("study.moves=2.5", ("study.moves", "whole number")),
        ("study.vectors=40000", ("out of range",)),
        ("study.importance=100", ("study.vectors", "256 of 100 draws", "more study.importance")),
        ("study.seed=-1", ("study.seed", "at least 0")),
        ("study.before=perhaps", ("true or false",)),
        ("study.fit=2010", ("study.fit", "first and a last")),
        ("study.fit=[2018,2010]", ("study.fit=[2010,2018]",)),
        ("study.fit=[2010,2011]", ("show no trend",)),
        ("study.fit=[2005,2018]", ("study.fit", "at least 2010")),
        ("study.fit=[2010,2018.5]", ("whole years",)),
        ("study.hold_out=[2018,2022]", ("fitted or held out, never both",)),
        ("study.hold_out=[2019,2030]", ("at most 2022",)),
        ("study.partcles=100", ("did you mean 'particles'",)),
        ("package=R3", ("history knows no package", "ensemble=posterior")),
        ("ensemble=sobol", ("draws its own worlds",)),
        ("ensemble=posterior", ("draws its own worlds",)),
        ("uncertainty=prior", ("calibration/priors.csv",)),
        ("uncertainty.dilution.high=0.6", ("calibration/priors.csv",)),
        ("solver=euler", ("compiled engine",)),
        ("world/geopolitics=thaw", ("history is fitted as it was",)),
        ("world.border_people=0.5", ("world.border_people", "history is fitted as it was")),
        ("measures.R1_1.start=2015", ("measures.R1_1.start", "measures on the books")),
        ("parameters.dilution=0.3", ("parameters.dilution", "within their priors")),
        ("parameters.dilution=interval(0.3,0.4)", ("parameters.dilution", "within their priors")),
        ("horizon.stop=2045", ("horizon.stop", "years of the observations")),
    ],
)
def test_what_is_refused(job, override, words):
    text = refused(job, override)
    for word in words:
        assert word in text, text


def test_everything_wrong_is_told_at_once(job):
    wrong = [
        "study.particles=1",
        "study.fit=x",
        "package=R1",
        "ensemble=sobol",
        "world.border_data=0",
        "figure.names=[nothing]",
    ]
    assert "problem 6 of 6" in refused(job, *wrong)


def test_many_values_set_elsewhere_are_counted(job):
    settings = [f"measures.R1_{number}.start=2015" for number in range(1, 6)]
    text = refused(job, *settings)
    assert "5 values set beside study=calibration" in text and "problem 4 of 4" in text


def test_new_constants_may_have_either_sign_or_exceed_one(job):
    found = job(["package=R1", "parameters.correction_of_propensity_growth=-0.05", "parameters.propensity_scale=2.2"])
    assert found.study.scenarios[0].parameters == {"correction of propensity growth": -0.05, "propensity scale": 2.2}
    assert json.loads(found.footing["footing_told"])["base"] == "design" and found.footing["footing"] == "own"


def test_the_priors_of_the_calibration_may_be_drawn_from(job):
    found = job(["package=R1", "uncertainty=prior", "ensemble=sobol", "ensemble.size=8"])
    drawn = {one.name: one for one in found.ensemble.design.uncertainties}
    assert drawn["correction_of_propensity_growth"].low == -0.2 and drawn["base_emigration_rate"].low == 0.003
    assert drawn["base_coordination"].targets == ("base coordination", "Coordination at start")
    assert found.footing["footing"] == "prior" and found.warnings == ()
    changed = ["uncertainty.base_emigration_rate.low=0.005", "ensemble.uncertainties=[base_emigration_rate]"]
    assert job(["package=R1", "uncertainty=prior", "ensemble=sobol", *changed]).footing["footing"] == "own"
