"""The compiled kernel against the NumPy kernel and SciPy, and members that fail."""

import numpy as np
import pytest

import sim
from sim.engine import compiled
from sim.engine.adaptive import integrate
from sim.experiment.batch import prepare
from sim.results.status import DIVERGED, DONE, LEFT_DOMAIN

from ..conformance.test_conformance import CASES
from ..model.support import CLOCK, flagship, model_of
from ..oracle.support import everything_at_once
from .compiling import NONE, assert_agree, plan_of, ran, recordable, same_bits, sizes
from .support import bound_of

AGREEMENT = 1e-14
"""Share of a variable's largest size by which the engines may differ on small models; measured 1e-15."""

FLAGSHIP_AGREEMENT = 1e-11
"""The same on the flagship; measured 4e-12, a waiting time where closed borders leave next to nothing flowing, else 2e-13."""

FALLS_BACK = {"trigonometry"}
"""Conformance models that the vector kernel does not take."""

MODELS = {case.name: case / "model.mdl" for case in CASES}


def settable(model):
    """Return the scalar constants that a run may change."""
    return tuple(
        name for name, found in model.variables.items() if found.kind == "constant" and found.settable and not found.dims
    )


def perturbed(model, names, members):
    """Return draws around the file's own values: the first member has these, the others up to three per cent off."""
    own = ran(model, record=names, engine="numpy")[0].values[:, 0] if names else np.zeros((0, 1))
    factors = 1 + 0.03 * np.random.default_rng(7).uniform(-1, 1, (len(names), members))
    factors[:, 0] = 1
    return own * factors


@pytest.mark.parametrize("name", MODELS)
def test_agrees_with_numpy(name):
    """Every variable of every conformance model, several members with all constants varied."""
    model = sim.read(MODELS[name])
    names = settable(model)
    draws = perturbed(model, names, 6)
    found, prepared = ran(model, draws, varied=names)
    assert prepared.engine == ("numpy" if name in FALLS_BACK else "compiled")
    assert_agree(found, ran(model, draws, varied=names, engine="numpy")[0], prepared.rows, AGREEMENT)
    assert np.any(found.status == DONE)


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_one_euler_run_agrees_with_numpy(name):
    model = sim.read(MODELS[name])
    found, prepared = ran(model, method="euler")
    assert_agree(found, ran(model, method="euler", engine="numpy")[0], prepared.rows, AGREEMENT)


def test_what_is_not_taken_is_named(tmp_path):
    for function in ("SIN", "COS", "TAN", "ARCSIN", "ARCCOS", "ARCTAN"):
        prepared = prepare(plan_of(model_of(tmp_path, f"s = INTEG({function}(s / 9), 1) ~~|")))
        assert prepared.engine == "numpy"
        assert any(function in note and "NumPy" in note for note in prepared.notes), prepared.notes


def test_too_long_a_timeline_is_left_to_numpy(tmp_path, monkeypatch):
    monkeypatch.setattr(compiled, "LONGEST_TIMELINE", 1000)
    prepared = prepare(plan_of(model_of(tmp_path, "s = INTEG(Time * EXP(-Time), 1) ~~|"), step=1 / 64))
    assert prepared.engine == "numpy" and "time alone moves" in prepared.notes[-1]


def test_a_finer_step_with_too_long_a_timeline_is_no_crash(tmp_path, monkeypatch):
    """Errors are estimated with finer steps than the one asked for: these run too, or are refused in words."""
    model = model_of(tmp_path, "s = INTEG(Time * EXP(-Time), 1) ~~|")
    monkeypatch.setattr(compiled, "LONGEST_TIMELINE", 1000)
    prepared = prepare(plan_of(model, step=0.5))
    try:
        found = prepared.at_step(1 / 512).run(NONE, {})
    except sim.ThroughflowError:
        return
    assert_agree(found, ran(model, step=1 / 512, engine="numpy")[0], prepared.rows, AGREEMENT)


def measures(model, letter, **settings):
    """Return values for all measures whose name begins with ``letter``."""
    names = [name for name in model.ranges["measure"].elements if name.startswith(letter)]
    return {f"{lever}[{name}]": value for lever, value in settings.items() for name in names}


SCENARIOS = {
    "base": lambda model: {},
    "all seven": lambda model: measures(model, "R", adopted=1),
    "all seven at half strength": lambda model: (
        measures(model, "R", adopted=1, intensity=0.5) | {"substitution exponent": -2.0}
    ),
    "twin": lambda model: {"frictions present": 0},
    "no pandemic": lambda model: {"pandemic gate table": [[2010.0, 1.0], [2041.0, 1.0]]},
    "no tension": lambda model: {f"tension {partner} table": [[2010.0, 0.0]] for partner in ("US", "EUR", "OTH")},
    "closed borders": lambda model: dict.fromkeys(["border people", "border data", "border materials", "border funds"], 0),
    "nothing on the books": lambda model: measures(model, "E", adopted=0) | {"handoff effect": 0},
}
"""Worlds and packages of the flagship, as parameters."""


QUICK = ("base", "all seven at half strength", "twin")


@pytest.fixture(scope="module")
def two_years(tmp_path_factory):
    """Return the flagship with all its events within two years, its plans by engine, and how large its variables are."""
    model = sim.read(everything_at_once(tmp_path_factory.mktemp("two_years")))
    ready = {
        engine: prepare(plan_of(model, engine=engine, varied=("incident tolerance",), stop=2012.0, step=1 / 16, save=1 / 8))
        for engine in ("compiled", "numpy")
    }
    return model, ready, sizes(ready["numpy"].run(np.array([[4.5]]), {}).values)


@pytest.mark.parametrize(
    "scenario", [pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow) for name in SCENARIOS]
)
def test_flagship_agrees_with_numpy(scenario, two_years):
    """Every variable of the flagship, its events drawn together into two years.

    A variable that a scenario makes nothing of (the difference of two that have become equal) is measured by its size in
    the base run.  The twin moves too fast for this step and is held to failing alike.
    """
    model, ready, usual = two_years
    draws, parameters = np.array([[3.0, 4.5, 8.0]]), SCENARIOS[scenario](model)
    found, wanted = (ready[engine].run(draws, parameters) for engine in ("compiled", "numpy"))
    if scenario == "twin":
        np.testing.assert_array_equal(found.status, wanted.status)
    else:
        assert np.all(found.status == DONE)
        assert_agree(found, wanted, ready["compiled"].rows, FLAGSHIP_AGREEMENT, usual)


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_flagship_agrees_with_numpy_over_its_horizon(scenario):
    model = flagship()
    step = 1 / 128 if scenario == "twin" else 1 / 32
    clock = {"step": step, "save": 1.0}
    found, prepared = ran(model, parameters=SCENARIOS[scenario](model), **clock)
    wanted, _ = ran(model, parameters=SCENARIOS[scenario](model), engine="numpy", **clock)
    usual = sizes(ran(model, **clock)[0].values)
    assert np.all(found.status == DONE)
    assert_agree(found, wanted, prepared.rows, FLAGSHIP_AGREEMENT, usual)


def reference(model, times, tolerance):
    """Return every scalar variable over ``times`` by SciPy at a tight tolerance, restarted at every switch in time."""
    bound = bound_of(model)
    with np.errstate(all="ignore"):
        states = integrate(bound, times, solver="adaptive", tolerance=tolerance, shortest=model.clock.step).states
        seen = bound.observe(times, states.T)
    names = [name for name in recordable(model) if not model.variables[name].dims]
    return {name: np.broadcast_to(np.asarray(seen[name], dtype=float), times.shape) for name in names}


WITH_STOCKS = [name for name, path in MODELS.items() if "INTEG" in path.read_text(encoding="utf-8").upper()]


@pytest.mark.parametrize("name", WITH_STOCKS)
def test_agrees_with_scipy_within_the_stated_error(name):
    model = sim.read(MODELS[name])
    step = model.clock.step / 4
    coarse, prepared = ran(model, step=step)
    fine, _ = ran(model, step=step / 2)
    wanted = reference(model, prepared.times, 1e-12)
    for at, row in enumerate(prepared.rows):
        if not row.element:
            series, exact = coarse.values[at, :, 0], wanted[row.name]
            stated = 16 / 15 * np.abs(series - fine.values[at, :, 0]).max()
            assert np.abs(series - exact).max() <= 2 * stated + 1e-9 * np.abs(exact).max(), row.name


@pytest.mark.slow
def test_flagship_agrees_with_scipy_within_the_stated_error():
    model = flagship()
    clock = {"stop": 2012.0, "save": 0.25}
    coarse, prepared = ran(model, step=1 / 16, **clock)
    fine, _ = ran(model, step=1 / 32, **clock)
    wanted = reference(model, prepared.times, 1e-9)
    for at, row in enumerate(prepared.rows):
        if not row.element and model.variables[row.name].kind == "stock":
            series, exact = coarse.values[at, :, 0], wanted[row.name]
            stated = 16 / 15 * np.abs(series - fine.values[at, :, 0]).max()
            assert np.abs(series - exact).max() <= 2 * stated + 1e-7 * np.abs(exact).max(), row.name


FAILING = {
    "grows beyond all numbers": ("INTEG(a * s * s, 1)", "a", 10.0, 0.0001, DIVERGED),
    "logarithm of a negative number": ("INTEG(LN(a), 1)", "a", -1.0, 2.0, LEFT_DOMAIN),
    "logarithm of zero": ("INTEG(LN(a - 1), 1)", "a", 1.0, 2.0, DIVERGED),
    "root of a negative number": ("INTEG(SQRT(a - s), 1)", "a", 0.5, 9.0, LEFT_DOMAIN),
    "nothing over nothing": ("INTEG((a - 1) / (a - 1), 1)", "a", 1.0, 2.0, LEFT_DOMAIN),
    "something over nothing": ("INTEG(s / (a - 1), 1)", "a", 1.0, 2.0, DIVERGED),
    "power of a negative number": ("INTEG((a - s) ^ 0.3, 1)", "a", 0.5, 9.0, LEFT_DOMAIN),
    "infinite at the start": ("INTEG(0, 1 / a)", "a", 0.0, 2.0, DIVERGED),
    "exponential": ("INTEG(EXP(a * 1000), 1)", "a", 1.0, -1.0, DIVERGED),
}
"""By name: a stock, the constant, a value at which it fails, one at which it may not, and how it ends."""


@pytest.mark.parametrize("name", FAILING)
@pytest.mark.parametrize("method", ["rk4", "euler"])
def test_failures_are_told_and_stay_alone(name, method, tmp_path):
    equation, constant, bad, good, wanted = FAILING[name]
    model = model_of(tmp_path, f"a = 1 ~~|\nother = INTEG(-other / 4, a + 3) ~~|\ns = {equation} ~~|")
    draws = np.full((1, 40), good)
    calm, prepared = ran(model, draws, varied=(constant,), method=method)
    failing = [0, 7, 8, 39]
    draws[0, failing] = bad
    found = prepared.run(draws, {})
    numpy = prepare(plan_of(model, method, varied=(constant,), engine="numpy")).run(draws, {})
    np.testing.assert_array_equal(found.status, numpy.status)
    assert np.all(found.status[failing] == wanted)
    others = np.setdiff1d(np.arange(40), failing)
    np.testing.assert_array_equal(found.status[others], calm.status[others])
    assert same_bits(found.values[:, :, others], calm.values[:, :, others])


def test_a_failing_state_counts_unless_nothing_asked_for_needs_it(tmp_path):
    """What is recorded may stay finite while a stock behind it does not: the end decides; what nobody needs does not count."""
    body = "a = 1 ~~|\ns = INTEG(a * s * s, 1) ~~|\ncapped = MIN(s, 5) ~~|\nother = INTEG(-other, 1) ~~|"
    model = model_of(tmp_path, body)
    draws = np.array([[10.0, 0.001, 10.0]])
    for record, wanted in (("capped", [DIVERGED, DONE, DIVERGED]), ("other", [DONE] * 3)):
        statuses = {
            engine: ran(model, draws, varied=("a",), record=(record,), engine=engine)[0].status.tolist()
            for engine in ("compiled", "numpy")
        }
        assert statuses == {"compiled": wanted, "numpy": wanted}, record


def test_numbers_too_large_for_float32_are_told(tmp_path):
    model = model_of(tmp_path, "a = 1 ~~|\ns = INTEG(a, 1) ~~|")
    draws = np.array([[1.0, 1e39, 2.0]])
    statuses = [ran(model, draws, varied=("a",), engine=engine, dtype="float32")[0].status for engine in ("compiled", "numpy")]
    np.testing.assert_array_equal(statuses, [[DONE, DIVERGED, DONE]] * 2)


SWITCHED = {
    "comparison": ("IF THEN ELSE(Time >= 4, 3, 0)", lambda t: 3 * (1 - np.exp(4 - t))),
    "step": ("STEP(h, 4)", lambda t: 3 * (1 - np.exp(4 - t))),
    "pulse": ("h / 3 * PULSE(4, 2)", lambda t: np.exp(6 - t) - np.exp(4 - t)),
    "remainder": ("h / 3 * MODULO(Time, 4)", None),
    "date of a member": ("STEP(3, h + 1)", lambda t: 3 * (1 - np.exp(4 - t))),
}
"""By name: u in v' = u - v from 1 with h = 3, and what u adds to exp(-t) in the end."""


@pytest.mark.parametrize("name", SWITCHED)
def test_rk4_keeps_its_order_across_switches(name, tmp_path):
    """The error falls sixteenfold with each halving of the step although a switch lies on the grid."""
    equation, added = SWITCHED[name]
    model = model_of(tmp_path, f"h = 3 ~~|\nu = {equation} ~~|\nv = INTEG(u - v, 1) ~~|")
    steps = (1 / 4, 1 / 8, 1 / 16, 1 / 32)
    draws = np.full((1, 5), 3.0)
    ends = [ran(model, draws, varied=("h",), record=("v",), step=step, save=10.0)[0].values[0, -1, 0] for step in steps]
    if added is None:  # of a saw's teeth: what each ramp of four adds, and the last of two
        exact = np.exp(-10.0) + sum(
            (np.exp(end - 10) * (end - start - 1) + np.exp(start - 10)) for start, end in ((0, 4), (4, 8), (8, 10))
        )
    else:
        exact = np.exp(-10.0) + added(10.0)
    errors = np.abs(np.array(ends) - exact)
    assert np.polyfit(np.log(steps), np.log(errors), 1)[0] == pytest.approx(4, abs=0.4), errors


def test_the_last_step_is_taken(tmp_path):
    """A step that is no binary fraction still ends on the horizon; what is stored there is of that time."""
    model = model_of(tmp_path, "s = INTEG(1, 0) ~~|\nnow = Time ~~|", clock=CLOCK.replace("= 0.5", "= 0.1"))
    found, prepared = ran(model, NONE)
    np.testing.assert_array_equal(found.values[1, :, 0], 0.1 * np.arange(101))
    np.testing.assert_array_equal(found.values[1, :, 0], prepared.times)
    np.testing.assert_allclose(found.values[0, :, 0], prepared.times, rtol=1e-13)


MIXED = """
x: a, b ~~|
s = INTEG(0.3, 0) ~~|
level[a] = Time ~~|
level[b] = s ~~|
out[x] = INTEG(IF THEN ELSE(level[x] > 5, 1, 0) + MODULO(level[x], 3) + INTEGER(level[x]), 0) ~~|
"""


@pytest.mark.parametrize("method", ["rk4", "euler"])
def test_switches_of_arrays_agree_where_some_elements_move_with_the_state(method, tmp_path):
    """What is held is a whole variable or none of it, in both engines."""
    model = model_of(tmp_path, MIXED)
    found, prepared = ran(model, NONE, record=("out",), method=method)
    wanted, _ = ran(model, NONE, record=("out",), method=method, engine="numpy")
    assert_agree(found, wanted, prepared.rows, AGREEMENT)
