"""The step that is chosen leaves no more error than allowed, and the error that is stated is the true one."""

import numpy as np
import pytest

import sim
from sim.engine.adaptive import integrate
from sim.experiment.accuracy import ALLOWED, coarsest_step, estimated_errors
from sim.experiment.batch import Plan, prepare
from sim.experiment.parameters import bind_parameters
from sim.results.status import TOO_COARSE

from ..engine.support import bound_of
from ..model.support import flagship, model_of, refused

CLOSED = {
    "decay": ("s = INTEG(-k * s, 1) ~~|", lambda t, k: np.exp(-k * t), (0.2, 2.0)),
    "growth": ("s = INTEG(k * s, 1) ~~|", lambda t, k: np.exp(k * t), (0.1, 0.6)),
    "logistic": ("s = INTEG(k * s * (1 - s / 100), 10) ~~|", lambda t, k: 100 / (1 + 9 * np.exp(-k * t)), (0.5, 3.0)),
    "oscillator": ("s = INTEG(v, 3) ~~|\nv = INTEG(-k * k * s, 0) ~~|", lambda t, k: 3 * np.cos(k * t), (0.5, 2.0)),
}
"""Equations with a constant k, their solution, and bounds of k."""


def prepared_for(model, record, method="rk4", *, varied=("k",), dtype="float64", **clock):
    own = {part: getattr(model.clock, part) for part in ("start", "stop", "step", "save")}
    return prepare(Plan(model, varied, record, method, dtype=dtype, **(own | {"save": 1.0} | clock)))


def true_error(prepared, step, draws, exact):
    """Return the largest error over members and times, relative to the member's largest size."""
    at = prepared.at_step(step)
    values = at.run(draws, {}).values[0]
    wanted = exact(at.times[:, np.newaxis], draws)
    return float((np.abs(values - wanted).max(axis=0) / np.abs(wanted).max(axis=0)).max())


@pytest.fixture(params=CLOSED)
def case(request, tmp_path):
    equations, exact, bounds = CLOSED[request.param]
    return model_of(tmp_path, f"k = 1 ~~|\n{equations}"), exact, np.linspace(*bounds, 7)[np.newaxis]


@pytest.mark.parametrize(("method", "allowed"), [("rk4", ALLOWED), ("rk4", 1e-5), ("euler", ALLOWED)])
def test_chosen_step_keeps_what_is_allowed(case, method, allowed):
    """Neither too coarse nor needlessly fine: twice the step would break the limit."""
    model, exact, draws = case
    prepared = prepared_for(model, ("s",), method)
    choice = coarsest_step(prepared, draws, [{}], allowed=allowed)
    assert choice.error <= allowed and choice.runs == 7
    assert true_error(prepared, choice.step, draws, exact) <= 1.1 * allowed
    if choice.step < 1:
        assert true_error(prepared, 2 * choice.step, draws, exact) > 0.5 * allowed


@pytest.mark.parametrize(("method", "step"), [("rk4", 1 / 8), ("euler", 1 / 64)])
def test_stated_error_is_the_true_one(case, method, step):
    model, exact, draws = case
    prepared = prepared_for(model, ("s",), method).at_step(step)
    for member in range(draws.shape[1]):
        one = draws[:, [member]]
        true = true_error(prepared, step, one, exact)
        if 1e-12 < true < 0.05:
            assert estimated_errors(prepared, one, [{}])["s"] == pytest.approx(true, rel=0.3)


def test_the_worst_world_and_member_decide(tmp_path):
    model = model_of(tmp_path, "k = 1 ~~|\nc = 1 ~~|\ns = INTEG(-k * c * s, 1) ~~|\ncalm = INTEG(-s / 100, 1) ~~|")
    prepared = prepared_for(model, ("s", "calm"))
    slow, fast = np.array([[0.1]]), np.array([[0.1, 2.0]])
    first = coarsest_step(prepared, slow, [{}])
    assert coarsest_step(prepared, fast, [{}]).step < first.step
    assert coarsest_step(prepared, slow, [{}, {"c": 30}]).step < first.step
    assert coarsest_step(prepared, slow, [{}, {"c": 30}]).runs == 2
    errors = estimated_errors(prepared.at_step(0.5), fast, [{}])
    assert errors["calm"] < errors["s"]


def test_only_what_is_recorded_matters(tmp_path):
    model = model_of(tmp_path, "k = 1 ~~|\nquick = INTEG(-20 * k * quick, 1) ~~|\ns = INTEG(-k * s / 10, 1) ~~|")
    none = np.array([[1.0]])
    assert coarsest_step(prepared_for(model, ("s",)), none, [{}]).step == 1
    assert coarsest_step(prepared_for(model, ("quick",)), none, [{}]).step < 0.1


def test_step_divides_the_saving_interval(tmp_path):
    model = model_of(tmp_path, "k = 1 ~~|\ns = INTEG(-3 * k * s, 1) ~~|")
    prepared = prepared_for(model, ("s",), save=2.0)
    step = coarsest_step(prepared, np.array([[1.0]]), [{}]).step
    assert (2.0 / step).is_integer() and np.log2(2.0 / step).is_integer()
    prepared.at_step(step)


def test_members_that_fail_at_any_step_do_not_count(tmp_path):
    model = model_of(tmp_path, "k = 1 ~~|\ns = INTEG(-s + LN(k), 1) ~~|")
    prepared = prepared_for(model, ("s",))
    good = coarsest_step(prepared, np.array([[2.0]]), [{}])
    mixed = coarsest_step(prepared, np.array([[2.0, -1.0]]), [{}])
    assert mixed.step == good.step and mixed.errors == good.errors


def test_a_member_that_only_coarse_steps_lose_counts(tmp_path):
    """Unstable at a coarse step, fine at a finer one: the coarse step is too coarse."""
    model = model_of(tmp_path, "k = 1 ~~|\ns = INTEG(-k * s * s * s, 10) ~~|")
    prepared = prepared_for(model, ("s",))
    assert prepared.at_step(1.0).run(np.array([[1.0]]), {}).status[0] != 0
    choice = coarsest_step(prepared, np.array([[1.0]]), [{}])
    assert choice.step < 0.1 and prepared.at_step(choice.step).run(np.array([[1.0]]), {}).status[0] == 0


def test_where_all_fail_the_error_is_infinite(tmp_path):
    model = model_of(tmp_path, "k = 1 ~~|\ns = INTEG(LN(k), 1) ~~|")
    errors = estimated_errors(prepared_for(model, ("s",)), np.array([[-1.0, -2.0]]), [{}])
    assert errors == {"s": np.inf}


def test_impossible_accuracy_is_refused_in_words(tmp_path):
    model = model_of(tmp_path, "k = 1 ~~|\ns = INTEG(-k * s, 1) ~~|")
    prepared = prepared_for(model, ("s",), "euler")
    (problem,) = refused(lambda: coarsest_step(prepared, np.array([[1.0]]), [{}], allowed=1e-9))
    assert "step" in problem.what and "1e-09" in problem.why and "solver.step" in problem.cure


@pytest.mark.parametrize("method", ["euler", "rk4"])
def test_a_date_between_the_steps_does_not_hide(tmp_path, method):
    """A third of a month, seen alike by steps of 1/2 and 1/4: that two steps agree by chance does not make them right."""
    model = model_of(tmp_path, "k = 1 ~~|\ns = INTEG(IF THEN ELSE(Time < k / 3, 1, 0), 0) ~~|")
    prepared = prepared_for(model, ("s",), method)
    choice = coarsest_step(prepared, np.array([[1.0]]), [{}], allowed=0.01)
    final = float(prepared.at_step(choice.step).run(np.array([[1.0]]), {}).values[0, -1, 0])
    assert final == pytest.approx(1 / 3, rel=0.02)


def test_float32_does_not_fool_the_choice(tmp_path):
    """What is kept in single precision carries 1e-7 of rounding, far below what is allowed."""
    model = model_of(tmp_path, "k = 1 ~~|\ns = INTEG(-k * s, 1) ~~|")
    steps = {
        dtype: coarsest_step(prepared_for(model, ("s",), dtype=dtype), np.array([[0.5, 1.0]]), [{}]).step
        for dtype in ("float32", "float64")
    }
    assert steps["float32"] == steps["float64"]


def test_flagship_step():
    """The step chosen for the flagship's outcomes keeps them within 0.1 % of SciPy's tight tolerance over a year."""
    model = flagship()
    record = ("Ties", "co papers", "Talent total")
    prepared = prepared_for(model, record, varied=("incident tolerance",), start=2010.0, stop=2011.0, save=0.25)
    choice = coarsest_step(prepared, np.array([[4.0]]), [{}])
    assert 1 / 64 <= choice.step <= 0.25
    at = prepared.at_step(choice.step)
    values = at.run(np.array([[4.0]]), {}).values[:, :, 0]
    exact = reference(model, at.times, {"incident tolerance": 4.0}, record)
    for row, series in zip(at.rows, values, strict=True):
        wanted = exact[row.name].reshape(-1, at.times.size)[elements(model, row)]
        assert np.abs(series - wanted).max() <= 1.1 * ALLOWED * np.abs(wanted).max(), row


def elements(model, row):
    return model.elements(model.variables[row.name]).index(row.element)


def reference(model, times, parameters, record):
    """Return the courses of ``record`` by SciPy at a tolerance of 1e-8, each shaped (element…, time)."""
    constants, tables = bind_parameters(model, parameters)
    bound = bound_of(model, constants=constants, tables=tables)
    with np.errstate(all="ignore"):
        states = integrate(bound, times, solver="adaptive", tolerance=1e-8, shortest=model.clock.step).states
        seen = bound.observe(times, states.T)
    return {name: np.asarray(seen[name], dtype=float) for name in record}


def test_sweep_states_the_error_of_its_step(tmp_path):
    model = model_of(tmp_path, "k = 1 ~~|\ns = INTEG(-k * s, 1) ~~|")
    found = sim.sweep(model, {"k": [0.5, 1.0]}, record=["s"], step=0.5, dtype="float64")
    exact = np.exp(-np.outer(found["time"], [0.5, 1.0]))
    assert found.attrs["integration_error"] == pytest.approx(float(np.abs(found["s"].values - exact).max()), rel=0.1)


def test_no_step_is_chosen_that_is_too_large_for_a_member(tmp_path):
    """Whatever swings saturates before it is recorded, so that steps agree on numbers that are wrong."""
    body = "k = 1 ~~|\ns = INTEG(1 - k * s, 0) ~~|\nseen = IF THEN ELSE(ABS(s) < 1e9, 1, 0) ~~|\nt = INTEG(seen - t, 1) ~~|"
    prepared = prepared_for(model_of(tmp_path, body), ("t",))
    calm, quick = (coarsest_step(prepared, np.array([[1.0, k]]), [{}]).step for k in (1.0, 30.0))
    assert calm == 1.0 and quick <= 1 / 8
    assert prepared.at_step(1 / 4).run(np.array([[30.0]]), {}).status[0] == TOO_COARSE
