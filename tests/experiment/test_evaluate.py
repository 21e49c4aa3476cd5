"""The batch contract: rows of inputs in, rows of outcomes out, each row by itself, and no failure told as a number."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

import sim
from sim.config.evaluator import evaluator_of
from sim.config.job import read_job
from sim.config.priors import read_priors
from sim.experiment.ensemble import run_ensemble
from sim.experiment.evaluate import evaluator
from sim.experiment.scenarios import Scenario
from sim.experiment.uncertainty import Uncertainty
from sim.resources import model_file
from sim.results.status import STATUS, ended_well
from sim.results.store import open_store

from ..model.support import flagship, model_of, refused

BODY = """
kind: p, q, r ~~|
k = 0.3 ~ 1/month ~ Share lost.|
effect = 1 ~ dmnl ~~|
level[kind] = 2 ~ person ~~|
bounded = 1 ~ dmnl [0, 2] ~~|
t((0,0),(1,1),(5,2)) ~~|
s[kind] = INTEG(-k * effect * s[kind], level[kind]) ~ person ~ What is left.|
total = SUM(s[kind!]) * bounded ~ person ~~|
root = SQRT(s[p] - 1) ~ dmnl ~~|
read = t(s[p]) ~ dmnl ~~|
"""
INPUTS = {"k": (0.01, 0.5), "level[q]": (1.0, 4.0)}
"""Inputs with which no run fails."""


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return model_of(tmp_path_factory.mktemp("evaluate"), BODY)


@pytest.fixture(scope="module")
def batch():
    return np.random.default_rng(1).uniform((0.01, 1.0), (0.5, 4.0), (300, 2))


def test_it_is_the_sweep(model, batch):
    evaluate = evaluator(model, INPUTS, ["total", "s[q]", "s[*]"], scenario={"effect": 0.5})
    found = evaluate(batch)
    draws = {"k": batch[:, 0], "level[q]": batch[:, 1], "effect": 0.5}
    swept = sim.sweep(model, draws, record=["total", "s"], dtype="float64").isel(time=-1)
    assert found.shape == (300, 3) and found.dtype == float
    np.testing.assert_array_equal(found[:, 0], swept["total"].values)
    np.testing.assert_array_equal(found[:, 1], swept["s"].sel(kind="q").values)
    np.testing.assert_allclose(found[:, 2], found[:, 0], rtol=1e-14)
    own = {"k": batch[0, 0], "level[q]": batch[0, 1], "effect": 0.5}
    one = sim.simulate(model, method="rk4", parameters=own, record=["total"])
    np.testing.assert_allclose(found[0, 0], one["total"].values[-1], rtol=1e-13)


@pytest.mark.parametrize("rows", [[0], [299], [7, 3], list(range(0, 300, 7))])
def test_a_row_is_by_itself_to_the_last_bit(model, batch, rows):
    evaluate = evaluator(model, INPUTS, ["total", "s[*]", "gain of total"], scenario={"effect": 0.5}, baseline={})
    np.testing.assert_array_equal(evaluate(batch[rows]), evaluate(batch)[rows])


def test_no_rows_and_more_than_are_run_together(model, batch, monkeypatch):
    evaluate = evaluator(model, INPUTS, ["total"], year=[1, 10])
    whole = evaluate(batch)
    monkeypatch.setattr("sim.experiment.evaluate.TOGETHER", 64)
    np.testing.assert_array_equal(evaluate(batch), whole)
    assert evaluate(np.empty((0, 2))).shape == (0, 2, 1)


def test_threads_and_processes_change_nothing(model, batch):
    evaluate = evaluator(model, INPUTS, ["total"])
    alone = replace(evaluate, question=replace(evaluate.question, threads=1))
    np.testing.assert_array_equal(alone(batch), evaluate(batch))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(evaluate))(batch), evaluate(batch))


def test_times(model, batch):
    draws = {"k": batch[:, 0], "level[q]": batch[:, 1]}
    swept = sim.sweep(model, draws, record=["total"], dtype="float64")["total"].transpose("member", "time")
    series = evaluator(model, INPUTS, ["total"], year="all")
    np.testing.assert_array_equal(series.times, swept["time"].values)
    np.testing.assert_array_equal(series(batch)[:, :, 0], swept.values)
    some = evaluator(model, INPUTS, ["total"], year=[5, 0])
    assert some.times.tolist() == [5, 0]
    np.testing.assert_array_equal(some(batch)[:, :, 0], swept.sel(time=[5, 0]).values)
    np.testing.assert_array_equal(evaluator(model, INPUTS, ["total"], year=5)(batch)[:, 0], swept.sel(time=5).values)


def test_gains_are_paired(model, batch):
    package = Scenario("half", "Half", "一半", {"effect": 0.5})
    found = evaluator(model, INPUTS, ["gain of total", "total"], scenario=package, baseline={"effect": 2})(batch)
    ours, base = (evaluator(model, INPUTS, ["total"], scenario={"effect": value})(batch)[:, 0] for value in (0.5, 2))
    np.testing.assert_array_equal(found, np.stack([ours - base, ours], axis=1))
    assert (found[:, 0] > 0).all()


def test_a_failed_run_is_nan_and_told(model):
    inputs = {"level[p]": (0.0, 1e3), "k": (0.0, 1.0)}
    batch = [[100.0, 0.1], [0.5, 0.1], [1e3, 0.1]]
    found, status = evaluator(model, inputs, ["root", "total"]).with_status(batch)
    assert np.isnan(found[1]).all() and np.isfinite(found[[0, 2]]).all()
    assert [STATUS[code] for code in status] == ["done", "left its domain", "done"]
    (problem,) = refused(lambda: evaluator(model, inputs, ["root"], failed="refuse")(batch))
    assert "1 of 3 runs left its domain: rows 1" in problem.what


def test_a_failed_baseline_leaves_no_gain(model):
    base, batch = {"effect": 5.0}, [[100.0, 0.2], [50.0, 0.3]]
    asked = ["root", "gain of root"]
    inputs = {"level[p]": (0.0, 1e3), "k": (0.0, 1.0)}
    found, status = evaluator(model, inputs, asked, scenario={"effect": 0.0}, baseline=base).with_status(batch)
    assert np.isnan(found).all() and [STATUS[code] for code in status] == ["left its domain"] * 2
    assert np.isfinite(evaluator(model, inputs, ["root"], scenario={"effect": 0.0})(batch)).all()


def test_what_it_tells_of_itself(model):
    asked = [Uncertainty("loss", ("k",), "lognormal", 0.1, 0.2, 0.4), "level[q]", "bounded"]
    evaluate = evaluator(model, asked, ["total", "gain of s[q]"], baseline={})
    assert evaluate.names == ("loss", "level[q]", "bounded") and evaluate.units == ("1/month", "person", "dmnl")
    assert evaluate.outcomes == ("total", "gain of s[q]") and evaluate.outcome_units == ("person", "person")
    assert evaluate.bounds[1].tolist() == [-np.inf, np.inf] and evaluate.bounds[2].tolist() == [0, 2]
    assert evaluate.bounds[0, 0] < 0.1 < 0.4 < evaluate.bounds[0, 1]
    assert evaluate.inside([[0.2, -1, 1], [0.2, 1, 3]]).tolist() == [True, False]
    assert evaluate.unit_problem == {"num_vars": 3, "names": list(evaluate.names), "bounds": [[0, 1]] * 3}


def test_the_unit_cube(model):
    asked = {
        "k": Uncertainty("loss", ("k",), "lognormal", 0.1, 0.2, 0.4),
        "bounded": None,
        "level": Uncertainty("start", ("level[p]", "level[q]"), "given", 1.0, None, 3.0, (1.0, 2.0, 3.0)),
    }
    evaluate = evaluator(model, asked, ["total"])
    places = [[0.05, 0.0, 0.0], [0.5, 0.5, 0.5], [0.95, 1.0, 1.0]]
    np.testing.assert_allclose(evaluate.from_unit(places), [[0.1, 0, 1], [0.2, 1, 2], [0.4, 2, 3]])
    ends = evaluate.from_unit([[0.0] * 3, [1.0] * 3])
    assert np.isfinite(evaluate(ends)).all()
    (problem,) = refused(lambda: evaluator(model, ["k"], ["total"]).from_unit([[0.5]]))
    assert problem.where == "inputs: k" and problem.what == "no range"
    assert "out of bounds: row 1" in refused(lambda: evaluate.from_unit([[0.5] * 3, [0.5, 1.5, 0.5]]))[0].what


def test_salib_draws_the_same_distributions(model):
    from SALib.util import scale_samples

    asked = {
        "k": Uncertainty("k", ("k",), "lognormal", 0.1, 0.2, 0.4),
        "level[p]": Uncertainty("level[p]", ("level[p]",), "triangular", 1, 2.5, 4),
        "level[q]": Uncertainty("level[q]", ("level[q]",), "normal", 2, 3, 4),
        "level[r]": (1, 2),
    }
    evaluate = evaluator(model, asked, ["total"])
    places = np.random.default_rng(2).random((50, 4))
    np.testing.assert_allclose(scale_samples(places.copy(), evaluate.problem), evaluate.from_unit(places), rtol=1e-12)
    skewed = evaluator(model, [Uncertainty("k", ("k",), "lognormal", 0.1, 0.2, 0.9), "effect"], ["total"])
    (problem,) = refused(lambda: skewed.problem)
    assert "k: lognormal with low 0.1, central 0.2, high 0.9; effect: no range" in problem.what


def test_everything_wrong_with_a_batch(model, batch):
    evaluate = evaluator(model, INPUTS, ["total"])
    for wrong in (batch[0], batch.T, batch[None], [["a", "b"]]):
        assert refused(lambda wrong=wrong: evaluate(wrong))[0].where == "batch"
    problems = refused(lambda: evaluate([[0.1, 2.0], [np.nan, 9.0], [0.6, np.inf]]))
    told = {(problem.where, problem.what) for problem in problems}
    assert ("batch: k", "no finite number: row 1: nan") in told
    assert ("batch: level[q]", "no finite number: row 2: inf") in told
    assert ("batch: level[q]", "out of bounds: row 1: 9") in told and len(told) == 4


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"inputs": {"kk": (0, 1)}}, "kk"),
        ({"inputs": {}}, "inputs"),
        ({"inputs": {"k": 3}}, "inputs: k"),
        ({"inputs": {"k": (1, 0)}}, "uncertainty k"),
        ({"inputs": {"bounded": (0, 3)}}, "uncertainty bounded: bounded"),
        ({"inputs": ["k", "k"]}, "k"),
        ({"inputs": ["level", "level[p]"]}, "level[p]"),
        ({"inputs": ["t"]}, "t"),
        ({"outcomes": "total"}, "outcomes"),
        ({"outcomes": ["s"]}, "outcomes: s"),
        ({"outcomes": ["s[x]"]}, "outcomes: s[x]"),
        ({"outcomes": ["t"]}, "outcomes: t"),
        ({"outcomes": ["gain of total"]}, "outcomes: gain of total"),
        ({"baseline": {}}, "baseline"),
        ({"scenario": {"k": 1}}, "inputs: k"),
        ({"scenario": {"kk": 1}}, "kk"),
        ({"year": 0}, "year"),
        ({"year": "some"}, "year"),
        ({"year": []}, "year"),
        ({"year": [1.3]}, "year"),
        ({"failed": "zero"}, "failed"),
    ],
)
def test_everything_wrong_with_a_question(model, settings, where):
    asked = {"inputs": INPUTS, "outcomes": ["total"]} | settings
    problems = refused(lambda: evaluator(model, asked.pop("inputs"), asked.pop("outcomes"), **asked))
    assert any(problem.where.endswith(where) for problem in problems), problems


def test_all_is_told_at_once(model):
    settings = {"scenario": {"kk": 1}, "year": -1, "failed": "zero"}
    problems = refused(lambda: evaluator(model, {"q": (0, 1), "level": "x"}, ["s", "no"], **settings))
    assert len(problems) >= 5


SETTINGS = ("study=package", "package=R3", "horizon.stop=2028")


def test_every_prior_of_the_flagship():
    priors = read_priors(model_file("innovation_flows").parent / "calibration" / "priors.csv").values()
    inputs = [Uncertainty(one.name, one.targets, one.distribution, one.low, one.central, one.high) for one in priors]
    evaluate = evaluator(flagship(), inputs, ["total ties", "Ties[*]"], year=2014, step=1 / 32)
    assert len(evaluate.names) == 406
    batch = evaluate.from_unit(np.random.default_rng(3).random((6, 406)))
    found, status = evaluate.with_status(batch)
    assert np.isfinite(found[ended_well(status)]).all() and ended_well(status).sum() >= 5
    np.testing.assert_array_equal(evaluate(batch[2:3]), found[2:3])
    np.testing.assert_allclose(found[:, 0], found[:, 1], rtol=1e-12)


def test_a_config_as_a_function_is_its_ensemble(tmp_path):
    settings = [
        *SETTINGS,
        "ensemble=sobol",
        "ensemble.size=4",
        "ensemble.uncertainties=[dilution]",
        "ensemble.record=[total ties]",
    ]
    job = read_job(settings)
    store = open_store(run_ensemble(job.ensemble, tmp_path / "some.zarr").store)
    evaluate = evaluator_of(settings, ["total ties", "gain of total ties"])
    assert evaluate.prepared.plan.step == store.attrs["time_step"]
    found = evaluate(store["draw"].transpose("member", "uncertainty").values)
    ours, base = (store["total ties"].sel(scenario=name).isel(time=-1).values for name in ("R3", "baseline"))
    np.testing.assert_array_equal(found[:, 0].astype(np.float32), ours)
    np.testing.assert_allclose(found[:, 1], ours - base, rtol=0, atol=1e-6 * ours.max())


def test_what_is_no_function_of_single_inputs():
    problems = refused(lambda: evaluator_of([*SETTINGS, "ensemble=posterior"], ["total ties"], scenario="R4"))
    assert {problem.where for problem in problems} == {"ensemble", "scenario"}
