"""A member whose step is too large never passes as done, and a member that is merely quick does."""

import numpy as np
import pytest

from sim.experiment.batch import prepare
from sim.results.status import DONE, REFINED, TOO_COARSE

from ..model.support import flagship, model_of
from .compiling import plan_of, ran, same_bits

ENGINES = ("compiled", "numpy")
CLOCK = "INITIAL TIME = 0 ~~|\nFINAL TIME = 20 ~~|\nTIME STEP = 0.0625 ~~|\nSAVEPER = 1 ~~|\n"

BOUNDED = """
delay = 1 ~~|
under way = INTEG(1 + 0.2 * Time - under way / delay, 2) ~~|
served = under way / (3 + ABS(under way)) ~~|
known = INTEG(served - known / 5, 1) ~~|
"""
"""What swings saturates before it is recorded: every number stays finite."""

TIME_CONSTANTS = {"rk4": 2.785, "euler": 2.0}
"""Steps per time constant at which the methods lose their stability."""


def statuses(model, draws, **settings):
    """Return how members ended, which both engines must tell alike."""
    found = [ran(model, draws, engine=engine, **settings)[0].status.tolist() for engine in ENGINES]
    assert found[0] == found[1]
    return found[0]


@pytest.mark.parametrize("method", TIME_CONSTANTS)
def test_one_short_delay_among_eight(method, tmp_path):
    """It is told, cured by a finer step, and leaves its neighbours as they are."""
    model = model_of(tmp_path, BOUNDED, clock=CLOCK)
    draws = np.full((1, 8), 0.5)
    settings = {"varied": ("delay",), "record": ("known",), "method": method}
    calm, prepared = ran(model, draws, **settings)
    draws[0, 5] = 0.0625 / (TIME_CONSTANTS[method] + 0.1)
    found = prepared.run(draws, {})
    assert found.status.tolist() == [DONE] * 5 + [TOO_COARSE] + [DONE] * 2 == statuses(model, draws, **settings)
    others = np.arange(8) != 5
    assert np.isfinite(found.values).all() and same_bits(found.values[:, :, others], calm.values[:, :, others])
    again = prepared.run(draws, {}, refine=True)
    fine = prepared.at_step(1 / 512).run(draws, {})
    assert again.status[5] == REFINED
    np.testing.assert_allclose(again.values[0, -1, 5], fine.values[0, -1, 5], rtol=0.01)
    assert abs(found.values[0, -1, 5] / fine.values[0, -1, 5] - 1) > 0.01


@pytest.mark.parametrize("method", TIME_CONSTANTS)
def test_quick_and_stable_is_no_fault(method, tmp_path):
    """Delays down to six tenths of the limit, from rest and far from it, in chains, with dates, with empty stocks."""
    body = """
    delay = 1 ~~|
    date = 5 ~~|
    inflow = 1 + STEP(4, date) + 30 * PULSE(date + 3, 1) + SQRT(Time) ~~|
    a = INTEG(inflow - a / delay, 100) ~~|
    b = INTEG(a / delay - b / delay, 0) ~~|
    c = INTEG(b / delay - c / delay, 0) ~~|
    smooth = DELAY3(c, 4 * delay) ~~|
    ever = INTEG(smooth, 0) ~~|
    away = INTEG(-away / delay, 1) ~~|
    """
    model = model_of(tmp_path, body, clock=CLOCK)
    slowest = 0.0625 / (TIME_CONSTANTS[method] * 0.6)
    draws = np.array([np.geomspace(slowest, 5, 40), np.linspace(2, 9, 40)])
    assert statuses(model, draws, varied=("delay", "date"), method=method) == [DONE] * 40


@pytest.mark.parametrize("method", TIME_CONSTANTS)
def test_a_delay_that_becomes_short_for_a_while(method, tmp_path):
    """It is short for a year and a half, neither at the beginning nor at the end."""
    body = BOUNDED.replace("/ delay,", "/ IF THEN ELSE(Time >= 7 :AND: Time < 8.5, delay, 1),")
    model = model_of(tmp_path, body, clock=CLOCK)
    short = 0.0625 / (TIME_CONSTANTS[method] * 1.3)
    found = statuses(model, np.array([[1.0, 0.1, short]]), varied=("delay",), record=("known",), method=method)
    assert found == [DONE, DONE, TOO_COARSE]


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 5, 9])
@pytest.mark.parametrize("method", TIME_CONSTANTS)
def test_short_runs_are_judged_alike(method, steps, tmp_path):
    """Fewer steps than are looked at are no verdict; no engine reads what nobody wrote."""
    model = model_of(tmp_path, BOUNDED, clock=CLOCK)
    clock = {"stop": steps / 16, "save": 1 / 16}
    draws = np.array([[1.0, 0.01, 0.02, 0.5, 0.3]])
    found = statuses(model, draws, varied=("delay",), record=("known",), method=method, **clock)
    assert found[0] == found[3] == found[4] == DONE
    assert (found[1] == TOO_COARSE) == (steps >= (4 if method == "euler" else 3))


def test_what_nobody_needs_is_not_judged(tmp_path):
    model = model_of(tmp_path, BOUNDED + "calm = INTEG(-calm, 1) ~~|", clock=CLOCK)
    assert statuses(model, np.array([[0.01]]), varied=("delay",), record=("calm",)) == [DONE]


def test_short_trips_of_the_flagship():
    """Trips of a few days are over within a step: the world ends finite, wrong, and told."""
    model = flagship()
    draws = np.array([[0.04, 0.012, 0.006]])
    settings = {"varied": ("trip length",), "record": ("co papers",), "stop": 2014.0, "save": 0.5}
    found, prepared = ran(model, draws, step=1 / 32, **settings)
    assert found.status.tolist() == [DONE, TOO_COARSE, TOO_COARSE] and np.isfinite(found.values).all()
    numpy = prepare(plan_of(model, engine="numpy", step=1 / 32, **settings)).run(draws, {})
    np.testing.assert_array_equal(numpy.status, found.status)
    fine = prepared.at_step(1 / 512).run(draws, {})
    again = prepared.run(draws, {}, refine=True)
    well = again.status != TOO_COARSE
    assert well[:2].all()
    np.testing.assert_allclose(again.values[:, :, well], fine.values[:, :, well], rtol=1e-3)
