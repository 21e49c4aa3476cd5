"""Discontinuities in time are found where they are, and integration restarts there."""

import numpy as np
import pytest

import sim
from sim.engine import adaptive
from sim.engine.breakpoints import breakpoints

from ..model.support import model_of
from .support import bound_of

FOUND = {
    "ramp": ("v = RAMP(2, 1.3, 4.7)", (1.3, 4.7)),
    "ramp without end": ("v = RAMP(2, 1.3)", (1.3,)),
    "pulse": ("v = PULSE(2.1, 3)", (2.1, 5.1)),
    "pulse of one step": ("v = PULSE(2.1, 0)", (2.1, 2.6)),
    "pulse train": ("v = PULSE TRAIN(1.1, 0.5, 3, 8)", (1.1, 1.6, 4.1, 4.6, 7.1, 7.6)),
    "step": ("v = STEP(3, 2.7)", (2.7,)),
    "step of a moving height": ("v = STEP(Time * 2, 2.7)", (2.7,)),
    "table": ("t((0,0),(3.3,1),(6.1,1),(12,0)) ~~|\nv = t(Time)", (3.3, 6.1)),
    "table of a clock in other units": ("t((0,0),(6.6,1),(24,0)) ~~|\nv = t(Time * 2)", (3.3,)),
    "inline table": ("v = WITH LOOKUP(Time, ((0,0),(3.3,1),(12,0)))", (3.3,)),
    "switch": ("v = IF THEN ELSE(Time > 4.4, 1, 0)", (4.4,)),
    "two switches": ("v = IF THEN ELSE(Time > 2.2 :AND: Time < 4.4, 1, 0)", (2.2, 4.4)),
    "non-affine switch": ("v = IF THEN ELSE(Time ^ 2 > 20, 1, 0)", (20**0.5,)),
    "periodic switch": ("v = IF THEN ELSE(SIN(Time) > 0, 1, 0)", (np.pi, 2 * np.pi, 3 * np.pi)),
    "maximum": ("v = MAX(0, Time - 3.7)", (3.7,)),
    "absolute value": ("v = ABS(Time - 3.7)", (3.7,)),
    "integer": ("v = INTEGER(Time / 4)", (4.0, 8.0)),
    "remainder": ("v = MODULO(Time, 4)", (4.0, 8.0)),
    "guarded quotient": ("v = ZIDZ(1, Time - 5)", (5 - 1e-6, 5 + 1e-6)),
    "by element": ("x: a, b ~~|\nd[x] = 1.5, 7.5 ~~|\nv[x] = STEP(1, d[x])", (1.5, 7.5)),
    "inside a sum": ("x: a, b ~~|\nd[x] = 1.5, 7.5 ~~|\nv = SUM(MAX(0, Time - d[x!]))", (1.5, 7.5)),
    "through a variable": ("late = Time - 4.2 ~~|\nv = IF THEN ELSE(late > 0, 1, 0)", (4.2,)),
    "height from a stock": ("s = INTEG(1, 0) ~~|\nv = STEP(s, 6.6)", (6.6,)),
    "slope from a stock": ("s = INTEG(1, 0) ~~|\nv = RAMP(s, 6.6, 7.7)", (6.6, 7.7)),
    "in a net flow": ("s = INTEG(STEP(1, 6.6), 0)", (6.6,)),
    "smooth": ("v = SIN(Time) + EXP(-Time) + Time ^ 2", ()),
    "depends on a stock": ("s = INTEG(1, 0) ~~|\nv = MAX(s, 5)", ()),
}


@pytest.mark.parametrize("name", FOUND)
def test_found_where_they_are(name, tmp_path):
    body, wanted = FOUND[name]
    found = breakpoints(bound_of(model_of(tmp_path, body + " ~~|")), 0.0, 10.0)
    rounding = 1e-9 if name == "pulse train" else 1e-12  # a train forgives its remainder 1e-9 of a step
    assert found == pytest.approx(wanted, abs=rounding)


def test_ends_and_neighbours(tmp_path):
    """Changes at the very start or stop are none; two at one place are one."""
    body = "v = STEP(1, 0) + STEP(1, 10) + STEP(1, 5) + RAMP(1, 5, 7) ~~|"
    assert breakpoints(bound_of(model_of(tmp_path, body)), 0.0, 10.0) == pytest.approx((5.0, 7.0), abs=1e-12)


def test_no_pulse_is_too_short(tmp_path):
    body = "v = PULSE(5.001, 0.00001) ~~|"
    assert breakpoints(bound_of(model_of(tmp_path, body)), 0.0, 10.0) == pytest.approx((5.001, 5.00101), abs=1e-12)


def test_grids_are_as_fine_as_the_shortest_change(tmp_path):
    """A switch that is on for 1/1000 in 1000 falls between the points of one grid, not of those asked for."""
    bound = bound_of(model_of(tmp_path, "v = IF THEN ELSE(ABS(Time - 5.0001) < 0.0005, 1, 0) ~~|"))
    wanted = (4.9996, 5.0001, 5.0006)
    assert breakpoints(bound, 0.0, 1000.0, shortest=0.001) == pytest.approx(wanted, abs=2e-6)
    assert breakpoints(bound, 0.0, 1000.0) == pytest.approx((5.0001,), abs=2e-6)


@pytest.mark.parametrize("pulses", ["PULSE(10.003, 0)", "PULSE TRAIN(10.003, 0, 20, 11)"])
def test_a_pulse_of_one_small_step_in_a_long_run_arrives(pulses, tmp_path):
    """The adaptive step would stride over it: one unit is poured in within 1/128 of 100 time units."""
    clock = "INITIAL TIME=0~~|\nFINAL TIME=100~~|\nTIME STEP=0.0078125~~|\nSAVEPER=100~~|\n"
    model = model_of(tmp_path, f"level = INTEG({pulses} / TIME STEP, 0) ~~|", clock=clock)
    assert float(sim.simulate(model)["level"][-1]) == pytest.approx(1, abs=1e-6)


def test_a_tiny_stock_is_followed_from_the_start(tmp_path):
    model = model_of(tmp_path, "level = INTEG(level, 1e-15) ~~|")
    assert float(sim.simulate(model)["level"][-1]) == pytest.approx(1e-15 * np.exp(10), rel=1e-5)


DRIVEN = {
    "step": ("inflow = STEP(3, 2.7)", lambda t: 3 * (1 - np.exp(-(t - 2.7))) * (t > 2.7)),
    "pulse": (
        "inflow = PULSE(2.7, 0.1)",
        lambda t: np.where(
            t < 2.7, 0.0, np.where(t < 2.8, 1 - np.exp(-(t - 2.7)), (1 - np.exp(-0.1)) * np.exp(-np.maximum(t - 2.8, 0)))
        ),
    ),
    "ramp": (
        "inflow = RAMP(2, 2.7, 99)",
        lambda t: 2 * np.where(t > 2.7, (t - 2.7) - 1 + np.exp(-np.maximum(t - 2.7, 0)), 0.0),
    ),
}


@pytest.mark.parametrize("method", ["adaptive", "stiff"])
@pytest.mark.parametrize("name", DRIVEN)
def test_restart_beats_no_restart(name, method, tmp_path, monkeypatch):
    """A stock that decays at rate 1 and is driven: with restarts it follows the closed form better."""
    body, exact = DRIVEN[name]
    model = model_of(tmp_path, f"{body} ~~|\nlevel = INTEG(inflow - level, 0) ~~|")

    def error():
        found = sim.simulate(model, method=method, save=0.1)
        wanted = exact(found["time"].values)
        return float(np.max(np.abs(found["level"].values - wanted)) / np.max(np.abs(wanted)))

    with_restart = error()
    monkeypatch.setattr(adaptive, "breakpoints", lambda *_, **__: ())
    without = error()
    assert with_restart <= (2e-6 if method == "adaptive" else 1e-4)
    assert with_restart < without or name == "ramp", "a kink, unlike a jump, costs nothing measurable"


def test_step_driven_stock_is_exact_to_a_millionth(tmp_path):
    """Accumulating a step has the closed form 3·(t − 2.7): integration adds nothing to it."""
    model = model_of(tmp_path, "inflow = STEP(3, 2.7) ~~|\nlevel = INTEG(inflow, 0) ~~|")
    found = sim.simulate(model, save=0.1)
    wanted = 3 * np.maximum(found["time"].values - 2.7, 0)
    assert float(np.max(np.abs(found["level"].values - wanted))) <= 1e-6 * np.max(wanted)


def test_values_at_a_break_are_those_after_it(tmp_path):
    """A step at a stored time shows there, as Vensim's does."""
    found = sim.simulate(model_of(tmp_path, "v = STEP(3, 5) ~~|\nlevel = INTEG(v, 0) ~~|"))
    assert float(found["v"].sel(time=5)) == 3
    assert float(found["v"].sel(time=4.5)) == 0
    assert float(found["level"].sel(time=5)) == 0
