"""Switches in time are held within a step, so that RK4 keeps its order across them; all else follows the stage."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import sim
from sim.engine.held import HELD_ARGUMENTS, WITHIN
from sim.engine.methods import METHODS, march
from sim.model.functions import FUNCTIONS

from ..model.support import model_of
from .support import bound_of

STOP = 10.0
STEPS = (1 / 4, 1 / 8, 1 / 16, 1 / 32)
SWITCHED = {
    "step": ("STEP(3, 4)", lambda t, since: 3.0 * (since >= 4), (4,)),
    "step of a moving height": ("STEP(SIN(Time), 4)", lambda t, since: np.sin(t) * (since >= 4), (4,)),
    "pulse": ("PULSE(4, 2)", lambda t, since: float(4 <= since < 6), (4, 6)),
    "pulse train": ("PULSE TRAIN(2, 1, 3, 9)", lambda t, since: float(since in (2, 5, 8)), (2, 3, 5, 6, 8, 9)),
    "comparison": ("IF THEN ELSE(Time >= 4, 3, 0)", lambda t, since: 3.0 * (since >= 4), (4,)),
    "comparison from the right": ("IF THEN ELSE(4 <= Time, 3, 0)", lambda t, since: 3.0 * (since >= 4), (4,)),
    "comparison, until": ("IF THEN ELSE(Time < 4, Time, 0)", lambda t, since: t * (since < 4), (4,)),
    "two dates": ("IF THEN ELSE(Time >= 4 :AND: Time < 6, 3, 0)", lambda t, since: 3.0 * (4 <= since < 6), (4, 6)),
    "integer": ("INTEGER(Time / 2)", lambda t, since: since // 2, (2, 4, 6, 8)),
    "remainder": ("MODULO(Time, 4)", lambda t, since: t - since, (4, 8)),
    "remainder of a sum": ("MODULO(2 * Time + 1, 3)", lambda t, since: 2 * t - 2 * since, (1, 2.5, 4, 5.5, 7, 8.5)),
    "through a variable": ("IF THEN ELSE(late >= 0, EXP(-late), 0)", lambda t, s: np.exp(4 - t) * (s >= 4), (4,)),
    "with the state": ("IF THEN ELSE(Time >= 4, 3 * SIN(v), 0)", None, (4,)),
    "in a product": ("v * (Time >= 4) + (Time >= 7)", None, (4, 7)),
}
"""By name: u in ``v' = u - v``, the same in Python given the start of the segment, and the edges, all on the grid."""
STRICT = {
    "just after": ("IF THEN ELSE(Time > 4, 3, 0)", lambda t, since: 3.0 * (since >= 4), (4,)),
    "until and with": ("IF THEN ELSE(Time <= 4, 3, Time)", lambda t, since: 3.0 if since < 4 else t, (4,)),
}
"""The same of switches that turn just after a point of the grid."""

MIDDLE_RK4 = replace(METHODS["rk4"], inside=0.5)
"""RK4 that reads comparisons in the middle of each step."""

BY_STATE = {
    "with the state": lambda v, since: 3 * np.sin(v) * (since >= 4),
    "in a product": lambda v, since: v * (since >= 4) + (since >= 7),
}


def reference(name):
    """Return v at the end, by an integrator that knows the edges (and of the equation only what is written above)."""
    _, exact, edges = (SWITCHED | STRICT)[name]
    state = np.array([1.0])
    for since, until in pairwise((-0.5 if name == "remainder of a sum" else 0.0, *edges, STOP)):

        def slope(t, v, since=since):
            return (exact(t, since) if exact else BY_STATE[name](v, since)) - v

        state = solve_ivp(slope, (max(since, 0.0), until), state, method="DOP853", rtol=1e-13, atol=1e-13).y[:, -1]
    return float(state[0])


def ends(model, bound_for, tableau):
    """Return the last state of ``v`` for each of STEPS."""
    return [
        march(bound_for(model, step), tableau, (0.0, step, round(STOP / step)), every=round(STOP / step))[1][-1, 0, 0]
        for step in STEPS
    ]


def held_at_start(model, step):
    return bound_of(model, half=step / 2)


def held_at_stage(model, step):
    """Return a kernel whose switches see the time of the stage, as if nothing were held."""
    bound = bound_of(model, half=step / 2)
    return replace(bound, rates_of_one=lambda time, state, *_: bound.rates_of_one(time, state))


def order_of(errors):
    return np.polyfit(np.log(STEPS), np.log(errors), 1)[0]


@pytest.mark.parametrize(
    ("name", "tableau"),
    [*((name, METHODS["rk4"]) for name in SWITCHED), *((name, MIDDLE_RK4) for name in SWITCHED | STRICT)],
)
def test_rk4_keeps_its_order(name, tableau, tmp_path):
    equation = (SWITCHED | STRICT)[name][0]
    model = model_of(tmp_path, f"late = Time - 4 ~~|\nu = {equation} ~~|\nv = INTEG(u - v, 1) ~~|")
    wanted = reference(name)
    errors = [abs(found - wanted) for found in ends(model, held_at_start, tableau)]
    assert order_of(errors) == pytest.approx(4, abs=0.4), errors
    without = [abs(found - wanted) for found in ends(model, held_at_stage, tableau)]
    assert order_of(without) < 1.6, without
    assert without[-1] > 100 * errors[-1]


@pytest.mark.parametrize("name", SWITCHED)
def test_euler_is_as_it_was(name, tmp_path):
    """Euler's one stage stands at the beginning of its step: holding changes not one bit."""
    model = model_of(tmp_path, f"late = Time - 4 ~~|\nu = {SWITCHED[name][0]} ~~|\nv = INTEG(u - v, 1) ~~|")
    assert ends(model, held_at_start, METHODS["euler"]) == ends(model, held_at_stage, METHODS["euler"])


@pytest.mark.parametrize("comparison", [">", ">="])
def test_a_rounding_error_does_not_miss_a_date(comparison, tmp_path):
    """Ten steps of 0.1 after 2019.3 are 2020.3 but for rounding: read in the middle of the step, a date there is hit."""
    clock = "INITIAL TIME=2019.3~~|\nFINAL TIME=2022.3~~|\nTIME STEP=0.1~~|\nSAVEPER=0.1~~|\n"
    for number in range(1, 30):
        date = round(2019.3 + number / 10, 1)
        model = model_of(tmp_path, f"v = INTEG(IF THEN ELSE(Time {comparison} {date}, 1, 0), 0) ~~|", clock=clock)
        _, states = march(held_at_start(model, 0.1), MIDDLE_RK4, (2019.3, 0.1, 30), every=30)
        assert states[-1, 0, 0] == pytest.approx(3 - number / 10, abs=1e-9)


def test_an_equal_time_lasts_for_one_step(tmp_path):
    model = model_of(tmp_path, "v = INTEG(IF THEN ELSE(Time = 4, 1, 0) + IF THEN ELSE(Time <> 4, 0, 10), 0) ~~|")
    for tableau in (*METHODS.values(), MIDDLE_RK4):
        found = ends(model, held_at_start, tableau)
        assert found == pytest.approx([11 * step for step in STEPS], rel=1e-12)


def test_simulate_holds(tmp_path):
    """What people call: RK4 across a policy date states an error of its order, and means it."""
    model = model_of(tmp_path, "u = IF THEN ELSE(Time >= 4, 3, 0) ~~|\nv = INTEG(u - v, 1) ~~|")
    found = sim.simulate(model, method="rk4", step=1 / 8)
    exact = np.exp(-10) + 3 * (1 - np.exp(-6))
    assert abs(float(found["v"][-1]) - exact) < 1e-6
    assert found.attrs["integration_error"] < 1e-5


RATES = {
    "clock": ("Time", 4.75),
    "comparison": ("IF THEN ELSE(Time >= 4.5, 1, 0)", 0),
    "comparison that holds": ("IF THEN ELSE(Time >= 4.25, Time, 0)", 4.75),
    "equality": ("IF THEN ELSE(Time = 4.25, 1, 0)", 1),
    "difference": ("(Time <> 4.25) + 2", 2),
    "negated": ("IF THEN ELSE(:NOT: (Time > 4.5), 1, 0)", 1),
    "step": ("STEP(Time, 4.5)", 0),
    "step that is on": ("STEP(Time, 4.25)", 4.75),
    "pulse": ("PULSE(4, 0.5)", 1),
    "pulse train": ("PULSE TRAIN(4, 0.5, 2, 9)", 1),
    "ramp": ("RAMP(1, 4.5, 9)", 0.25),
    "integer": ("INTEGER(Time * 2)", 8),
    "remainder": ("MODULO(Time, 4.5)", 4.75),
    "remainder at half a turn": ("MODULO(Time, 3)", 1.75),
    "remainder of a period in time": ("MODULO(10, Time)", 10 - 2 * 4.25),
    "larger": ("MAX(Time, 4.5)", 4.75),
    "state and time": ("IF THEN ELSE(s < Time, 1, 0)", 1),
    "date of the state": ("STEP(1, s)", 1),
    "remainder of the state": ("MODULO(s + Time, 3)", 0.25),
    "table": ("t(Time)", 4.75),
    "table inside": ("IF THEN ELSE(t(Time) > 4.5, 1, 0)", 0),
    "variable": ("IF THEN ELSE(late > 0, late, -1)", -1),
    "variable that is on": ("IF THEN ELSE(later > 0, later, -1)", 1.75),
    "variable of variables": ("IF THEN ELSE(twice > 0, 1, 0) + twice", 0.5),
    "switch inside a switch": ("IF THEN ELSE(INTEGER(late + 1) = 0, late, 0)", 0.25),
    "constants only": ("IF THEN ELSE(k > 4, Time, 0) + INTEGER(k / 2)", 6.75),
    "elements": ("w[a] + 10 * w[b]", 0 + 10 * 1.75),
    "sum of elements": ("SUM(w[x!])", 1.75),
    "switch over a sum": ("IF THEN ELSE(SUM(lag[x!]) > 1.25, SUM(lag[x!]), 0)", 0),
    "elements apart": ("IF THEN ELSE(apart[b] > 0.5, apart[b], -1)", -1),
    "smallest": ("VMIN(w[x!])", 0),
}
"""By name: a rate, and what it is at 4.75 in a step that began at 4.25, in a state of 4.5."""

AROUND = """
x: a, b ~~|
d[x] = 4.5, 3 ~~|
k = 5 ~~|
t((0,0),(10,10)) ~~|
late = Time - 4.5 ~~|
later = Time - 3 ~~|
twice = late * 2 ~~|
lag[x] = Time - d[x] ~~|
w[x] = IF THEN ELSE(lag[x] >= 0, lag[x], 0) ~~|
apart[a] = 1 ~~|
apart[b] = apart[a] * late + k - 4.75 ~~|
s = INTEG({rate}, 4.5) ~~|
"""


@pytest.mark.parametrize("name", RATES)
@pytest.mark.parametrize("half", [0.0, 1e-9])
def test_what_is_held_and_what_is_not(name, half, tmp_path):
    rate, wanted = RATES[name]
    bound = bound_of(model_of(tmp_path, AROUND.format(rate=rate)), half=half)
    one, many = np.array([4.5]), np.full((1, 3), 4.5)
    assert bound.rates(4.75, one, held=4.25)[0] == pytest.approx(wanted, abs=1e-12)
    np.testing.assert_allclose(bound.rates(4.75, many, held=4.25), np.full((1, 3), wanted), atol=1e-12)


@pytest.mark.parametrize("name", RATES)
def test_unless_a_time_is_given_it_is_that_of_the_stage(name, tmp_path):
    bound = bound_of(model_of(tmp_path, AROUND.format(rate=RATES[name][0]) + "seen = " + RATES[name][0] + " ~~|"))
    for time in (4.25, 4.5, 4.75):
        state = np.array([4.5])
        assert bound.rates(time, state)[0] == bound.rates(time, state, held=time, within=time)[0]
        assert bound.rates(time, state)[0] == np.squeeze(bound.observe(time, state[:, np.newaxis])["seen"])


MIDDLE = {
    "clock": ("Time", 4.75),
    "later than the beginning": ("IF THEN ELSE(Time > 4.25, 1, 0)", 1),
    "later than the middle": ("IF THEN ELSE(Time > 4.5, 1, 0)", 0),
    "until the beginning": ("IF THEN ELSE(Time <= 4.25, 1, 0)", 0),
    "equality": ("IF THEN ELSE(Time = 4.25, 1, 0)", 1),
    "step at the middle": ("STEP(1, 4.5)", 0),
    "step inside a comparison": ("IF THEN ELSE(STEP(Time, 4.5) > 0, 1, 0)", 0),
    "step of a date that a comparison gives": ("STEP(1, IF THEN ELSE(Time > 4.25, 4, 9))", 1),
    "comparison of an equality": ("(Time = 4.25) * (late + 0.25 >= 0)", 1),
    "variable by two clocks": ("IF THEN ELSE(late > -0.25, 1, 0) + 2 * (late = -0.25)", 3),
    "variable of switches and time": ("IF THEN ELSE(mixed > 0.99, mixed, 0)", 1.25),
    "integer": ("INTEGER(Time * 2)", 9),
    "remainder": ("MODULO(Time, 4.5)", 0.25),
    "remainder inside a comparison": ("IF THEN ELSE(MODULO(Time, 4.5) = 4.25, 1, 0)", 0),
}
"""By name: a rate, and what it is at 4.75 in a step that began at 4.25 and whose middle is 4.5."""


@pytest.mark.parametrize("name", MIDDLE)
def test_what_is_read_at_the_middle(name, tmp_path):
    rate, wanted = MIDDLE[name]
    body = AROUND + "mixed = late + flag ~~|\nflag = IF THEN ELSE(Time > 4.25, 1, 0) ~~|\n"
    bound = bound_of(model_of(tmp_path, body.format(rate=rate)))
    assert bound.rates(4.75, np.array([4.5]), held=4.25, within=4.5)[0] == pytest.approx(wanted, abs=1e-12)


def test_only_what_a_switch_reads_is_computed_twice(tmp_path):
    """The source shows it: a second value for `late`, which a comparison reads, and for nothing else."""
    from .support import kernel_of

    body = "late = Time - 4 ~~|\non = IF THEN ELSE(late >= 0, 1, 0) ~~|\nfree = SIN(Time) ~~|\n"
    source = kernel_of(model_of(tmp_path, body + "s = INTEG(IF THEN ELSE(on > 0.5, free, 0), 0) ~~|")).source
    targets = [line.partition(" = ")[0].strip() for line in source.splitlines()]
    assert [target for target in targets if "__" in target] == ["late__within"]


def test_functions_that_jump_are_those_of_the_table():
    assert set(HELD_ARGUMENTS) <= set(FUNCTIONS)
    assert all(max(positions) < FUNCTIONS[name].most for name, positions in HELD_ARGUMENTS.items())
    assert {name for name, row in FUNCTIONS.items() if row.units == "compare"} <= set(HELD_ARGUMENTS)
    assert WITHIN - set(HELD_ARGUMENTS) == {"modulo"}
