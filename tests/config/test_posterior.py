"""The posterior as parameters and as worlds, and the footing of results; made-up numbers in a copy of the project."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
import posterior_fixture as made

from sim import resources
from sim.config import posterior
from sim.config.composition import compose
from sim.config.job import to_job
from sim.config.loader import make
from sim.errors import ThroughflowError
from sim.experiment.design import sample

R1 = ("package=R1",)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The calibration's folder of an installation with a made-up posterior, its centre written; the folder is found."""
    with pytest.MonkeyPatch.context() as patch:
        root = tmp_path_factory.mktemp("installed")
        folder = made.installed(root)
        patch.setattr(resources, "folder", lambda name: root / name)
        made.write(folder)
        for path, text in posterior.files().items():
            path.write_text(text, encoding="utf-8")
        yield folder


@pytest.fixture(scope="module")
def here(home):
    """Return a function from overrides to the job they mean in that installation."""
    loader = make(())
    return lambda *overrides: to_job(compose([*R1, *overrides], loader=loader))


def refused(here, *overrides):
    with pytest.raises(ThroughflowError) as caught:
        here(*overrides)
    for problem in caught.value.problems:
        assert problem.where and problem.what and problem.why and problem.cure
    return str(caught.value)


def told(job):
    return job.footing["footing"], job.footing["worlds"], json.loads(job.footing["footing_told"])


def test_the_centre_is_the_vector_nearest_to_the_median_of_what_is_informed(home):
    values = np.full((5, len(made.NAMES)), 0.5)
    values[:, 0] = [0.1, 0.2, 0.3, 0.4, 0.5]  # dilution
    values[:, -1] = [1.0, 5.0, 3.0, 2.0, 4.0]  # propensity scale
    found = posterior.Posterior(
        home / "posterior.csv",
        {"informed_names": list(made.INFORMED)},
        posterior.read_posterior().uncertain,
        values,
    )
    assert posterior.central_vector(found) == 2  # the middle of both; elsewhere the middle of one at most


def test_the_centre_is_a_shipped_vector_where_the_data_reach_and_the_prior_elsewhere(home):
    found = posterior.read_posterior()
    row = dict(zip(made.NAMES, found.values[posterior.central_vector(found)], strict=True))
    centre = posterior.centre(found)
    assert centre["dilution"] == row["dilution"] and centre["propensity scale"] == row["propensity scale"]
    assert centre["base coordination"] == centre["Coordination at start"] == row["base coordination"]
    assert centre["effect of R1_1 on coordination"] == 0.55 != row["effect of R1_1 on coordination"]


def test_parameters_posterior_runs_the_centre(here):
    job, centre = here("parameters=posterior"), posterior.centre(posterior.read_posterior())
    assert job.warnings == ()
    for scenario in job.study.scenarios:
        for name, value in centre.items():
            if name not in ("scale up delay", "effect of R1_1 on coordination"):  # a lever; at the design value
                assert scenario.parameters[name] == value, name
    assert here().identity != job.identity


def test_a_setting_beside_the_centre_is_kept_and_told(here):
    job = here("parameters=posterior", "parameters.dilution=0.3", "world.tension_US.scale=1.0")
    assert job.study.scenarios[0].parameters["dilution"] == 0.3
    assert "tension scale[US]" not in job.study.scenarios[0].parameters
    footing, worlds, about = told(job)
    assert (footing, worlds, about["base"]) == ("own", 1, "posterior")
    assert set(about["changed"]) == {"dilution", "tension scale[US]"}
    assert about["changed"]["dilution"][1] == 0.3 and about["changed"]["tension scale[US]"][1] == 1.0


def test_footings(here, tmp_path):
    (tmp_path / "mine.csv").write_text("dilution\n0.3\n0.4\n")
    some = "ensemble.uncertainties=[dilution]"
    assert told(here())[0:2] == ("design", 1) and told(here("parameters.dilution=0.3"))[0] == "own"
    assert told(here("world/geopolitics=thaw", "measures.R1_1.start=2028"))[0] == "design"
    assert told(here("ensemble=sobol", some, "ensemble.size=8"))[0:2] == ("prior", 8)
    assert told(here("ensemble=sobol", "uncertainty=prior", some, "ensemble.size=8"))[0] == "prior"
    assert told(here("ensemble=sobol", some, "uncertainty.dilution.high=0.6"))[0] == "own"
    assert told(here("ensemble=sobol", some, "parameters.dilution=interval(0.3,0.4)"))[0] == "own"
    assert told(here("ensemble=sobol", some, "parameters.permit_time=0.25"))[0] == "own"
    assert told(here("ensemble=file", f"ensemble.samples={tmp_path / 'mine.csv'}"))[0:2] == ("own", 2)
    footing, worlds, about = told(here("parameters=posterior"))
    assert (footing, worlds) == ("posterior", 1) and about["informed"] == 2 and about["parameters"] == len(made.NAMES)
    assert about["fit"] == [2010, 2018] and len(about["posterior"]) == 64 and about["changed"] == {}
    assert told(here("ensemble=posterior"))[0:2] == ("posterior", made.VECTORS)


def test_worlds_are_the_first_vectors(here):
    everything, few = here("ensemble=posterior"), here("ensemble=posterior", "ensemble.size=5")
    values = posterior.read_posterior().values
    assert everything.ensemble.design.size == made.VECTORS and few.ensemble.design.size == 5
    np.testing.assert_array_equal(sample(everything.ensemble.design), values.T)
    np.testing.assert_array_equal(sample(few.ensemble.design), values[:5].T)
    targets = {target for one in few.ensemble.design.uncertainties for target in one.targets}
    assert {"tension scale[US]", "Coordination at start", "scale up delay", "adoption time[rest]"} <= targets
    assert few.warnings == () and few.identity != everything.identity
    assert "posterior(" in few.text and few.ensemble.study.scenarios[0].parameters == {}


def test_the_posterior_twice_means_it_once(here):
    once, twice = here("ensemble=posterior"), here("ensemble=posterior", "parameters=posterior")
    assert once.identity == twice.identity and once.footing == twice.footing


def test_values_of_measures_are_axes_beside_the_posterior(here):
    job = here("ensemble=posterior", "ensemble.size=3", "measures.R1_1.start='choice(2027,2030)'")
    assert job.ensemble.design.size == 6 and told(job)[0:2] == ("posterior", 3)


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (("ensemble=posterior", "ensemble.size=17"), ("ensemble.size", "16 vectors")),
        (("ensemble=posterior", "ensemble.uncertainties=[dilution]"), ("fit history together",)),
        (("ensemble=posterior", "ensemble.except=[dilution]"), ("ensemble.except", "fit history together")),
        (("ensemble=posterior", "ensemble.correlations=[[dilution,permit_time,0.5]]"), ("bring their own",)),
        (("ensemble=posterior", "ensemble.samples=mine.csv"), ("ensemble=file",)),
        (("ensemble=posterior", "ensemble.seed=3"), ("their order is random",)),
        (("ensemble=posterior", "uncertainty=prior"), ("vectors are given",)),
        (("ensemble=posterior", "uncertainty.dilution.high=0.6"), ("uncertainty.dilution.high", "vectors are given")),
        (("ensemble=posterior", "parameters.dilution=interval(0.2,0.4)"), ("parameters.dilution", "ensemble=sobol")),
        (("ensemble=posterior", "parameters.one_year=interval(0.9,1.1)"), ("no draws of it", "KEY=A,B")),
        (("ensemble=posterior", "parameters.dilution=0.3"), ("set in", "parameters=posterior")),
        (("ensemble=posterior", "parameters=posterior", "parameters.dilution=0.3"), ("parameters.dilution: set in",)),
        (("parameters=posterior", "ensemble=sobol"), ("draws from the prior", "ensemble=posterior")),
        (("parameters=posterior", "ensemble=latin_hypercube"), ("draws from the prior", "ensemble=posterior")),
        (("parameters=posterior", "ensemble=monte_carlo"), ("draws from the prior", "ensemble=posterior")),
        (("parameters=posterior", "parameters.dilutoin=3"), ("dilution",)),
    ],
)
def test_prior_posterior_and_own_values_never_mix_in_silence(here, overrides, words):
    text = refused(here, *overrides)
    for word in words:
        assert word in text, text
    assert "problem 2" not in text, text


def broken(home, name, change):
    """Return a context in which the file ``name`` of the calibration holds what ``change`` makes of it."""
    from contextlib import contextmanager

    @contextmanager
    def context():
        path = home / name
        before = path.read_text(encoding="utf-8")
        try:
            path.write_text(change(before), encoding="utf-8")
            yield
        finally:
            path.write_text(before, encoding="utf-8")

    return context()


def test_files_that_do_not_belong_together_are_refused(here, home):
    with broken(home, "posterior.csv", lambda text: text.replace("0.", "0.0", 1)):
        assert "not of one calibration" in refused(here, "ensemble=posterior")
    with broken(home, "posterior.json", lambda text: text.replace("propensity scale", "growth")):
        assert "informed_names: growth" in refused(here, "parameters=posterior")
    with broken(home, "posterior.json", lambda text: text.replace('"model": "', '"model": "0')):
        assert any("another edition of the model" in warning for warning in here("ensemble=posterior").warnings)


def test_without_a_posterior_the_cure_says_how_to_make_one(tmp_path, monkeypatch):
    made.installed(tmp_path)
    monkeypatch.setattr(resources, "folder", lambda name: tmp_path / name)
    loader = make(())
    assert posterior.files() == {}
    text = refused(lambda *overrides: to_job(compose([*R1, *overrides], loader=loader)), "ensemble=posterior")
    assert "holds no posterior.csv" in text and "study=calibration" in text


def test_the_shipped_centre_is_that_of_the_shipped_posterior():
    for path, content in posterior.files().items():
        assert path.read_text(encoding="utf-8") == content, "run python -m sim.config.posterior"
