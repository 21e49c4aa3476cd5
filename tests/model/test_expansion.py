"""Delays, smooths, trends, forecasts and INITIAL as stocks: against closed forms, and what the reader makes of a call.

Euler's results are in the conformance folders; here are the equations themselves, integrated finely.
"""

import numpy as np
import pytest
from scipy.stats import gamma

import sim
from sim.model.expansion import EXPANSIONS, HIGHEST_ORDER
from sim.model.flat import flatten
from sim.model.text import equation_text
from sim.model.unit_check import check_units
from sim.model.write import model_text

from .support import model_of, refusals_of, refused

TIME = 3.0
TOLERANCE = 3e-6
GROWTH = "x = INTEG(x * 0.2, 50) ~ person ~|\n"
STEPPED = "u = STEP(8, 2) ~ person ~|\nT = 3 ~ month ~|\n"
GIVEN = "u = 8 ~ person ~|\nT = 3 ~ month ~|\n"


def erlang(t, order):
    """Return the share of a step that has come through ``order`` levels of TIME in all after ``t``: Erlang's distribution."""
    return gamma.cdf(np.maximum(t, 0), order, scale=TIME / order)


CLOSED = {
    "smooth": (STEPPED + "v = SMOOTH(u, T)", lambda t: 8 * erlang(t - 2, 1)),
    "smoothi": (GIVEN + "v = SMOOTHI(u, T, 20)", lambda t: 20 - 12 * erlang(t, 1)),
    "smooth3": (STEPPED + "v = SMOOTH3(u, T)", lambda t: 8 * erlang(t - 2, 3)),
    "smooth3i": (GIVEN + "v = SMOOTH3I(u, T, 20)", lambda t: 20 - 12 * erlang(t, 3)),
    "smooth n": (GIVEN + "v = SMOOTH N(u, T, 20, 6)", lambda t: 20 - 12 * erlang(t, 6)),
    "delay1": (STEPPED + "v = DELAY1(u, T)", lambda t: 8 * erlang(t - 2, 1)),
    "delay1i": (GIVEN + "v = DELAY1I(u, T, 20)", lambda t: 20 - 12 * erlang(t, 1)),
    "delay3": (STEPPED + "v = DELAY3(u, T)", lambda t: 8 * erlang(t - 2, 3)),
    "delay3i": (GIVEN + "v = DELAY3I(u, T, 20)", lambda t: 20 - 12 * erlang(t, 3)),
    "delay n": (GIVEN + "v = DELAY N(u, T, 20, 6)", lambda t: 20 - 12 * erlang(t, 6)),
    "trend": (GROWTH + "v = TREND(x, 4, 0.2)", lambda t: np.full(t.shape, 0.2)),
    "forecast": (
        GROWTH + "v = FORECAST(x, 4, 5)",  # the average's share of x goes from 1 to 1 / 1.8, at rate 1 / 4 + 0.2
        lambda t: 50 * np.exp(0.2 * t) * (1 + 5 * (1 / (1 / 1.8 + (1 - 1 / 1.8) * np.exp(-0.45 * t)) - 1) / 4),
    ),
    "initial": (GROWTH + "v = x + INITIAL(x * 2)", lambda t: 50 * np.exp(0.2 * t) + 100),
}
"""By function: a model of ``v``, and v in closed form."""


def test_every_expansion_is_here():
    assert set(CLOSED) == set(EXPANSIONS)
    assert all(row.meaning and row.word for row in EXPANSIONS.values())


@pytest.mark.parametrize("method", ["rk4", "adaptive", "stiff"])
@pytest.mark.parametrize("name", CLOSED)
def test_closed_form(name, method, tmp_path):
    body, exact = CLOSED[name]
    step = {"step": 1 / 32} if method == "rk4" else {}
    found = sim.simulate(model_of(tmp_path, body + " ~~|"), method=method, **step)
    wanted = exact(found["time"].values)
    loose = 300 if method == "stiff" else 1
    assert np.max(np.abs(found["v"].values - wanted)) <= loose * TOLERANCE * np.max(np.abs(wanted))


def same(folder, left, right, given=STEPPED):
    """Tell the largest difference between two right-hand sides."""
    found = sim.simulate(model_of(folder, given + f"v = {left} ~~|\nw = {right} ~~|"), method="rk4")
    return float(np.max(np.abs(found["v"].values - found["w"].values)))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("DELAY N(u, T, u, 3)", "DELAY3(u, T)"),
        ("DELAY N(u, T, 5, 1)", "DELAY1I(u, T, 5)"),
        ("SMOOTH N(u, T, u, 3)", "SMOOTH3(u, T)"),
        ("SMOOTH N(u, T, 5, 1)", "SMOOTHI(u, T, 5)"),
        ("SMOOTH3I(u, T, u)", "SMOOTH3(u, T)"),
        ("DELAY1(u, T)", "SMOOTH(u, T)"),
        ("SMOOTH(DELAY1(u, T), T)", "DELAY1(SMOOTH(u, T), T)"),
        ("DELAY1(DELAY1(u, T / 2), T / 2)", "DELAY N(u, T, u, 2)"),
        ("DELAY3(2 * u + 1, T)", "2 * DELAY3(u, T) + 1"),
        ("FORECAST(u + 1, T, 2)", "(u + 1) * (1 + TREND(u + 1, T, 0) * 2)"),
        ("DELAY3(7, T)", "7 + 0 * u"),
    ],
)
def test_one_is_another(left, right, tmp_path):
    """Identities that Vensim's reference states, or that follow from its equations."""
    assert same(tmp_path, left, right) <= 1e-12 * 8


def test_a_trend_comes_to_the_rate_of_growth(tmp_path):
    found = sim.simulate(model_of(tmp_path, GROWTH + "v = TREND(x, 2, 0) ~~|"), stop=30)["v"].values
    assert found[0] == 0
    assert found[-1] == pytest.approx(0.2, rel=1e-5)
    assert np.all(np.diff(found) > 0)


def test_material_is_kept_when_the_delay_time_changes(tmp_path):
    """What went in is what came out and what is on the way, whatever the delay time does; a smooth keeps no such balance."""
    body = """
    u = 8 + SIN(Time) ~~|
    T = 3 + 2 * COS(Time) ~~|
    v = DELAY3(u, T) ~~|
    w = SMOOTH3(u, T) ~~|
    gone = INTEG(u - v, 0) ~~|
    lost = INTEG(u - w, 0) ~~|
    """
    model = model_of(tmp_path, body)
    found = sim.simulate(model, method="rk4", step=1 / 64)
    levels = [name for name in model.variables if name.startswith("v delay level")]
    held = sum(found[name].values for name in levels)
    assert len(levels) == 3
    np.testing.assert_allclose(held - held[0], found["gone"].values, atol=1e-11)
    assert np.max(np.abs(held - held[0] - found["lost"].values)) > 0.1


def test_a_delay_of_a_constant_starts_where_it_stays(tmp_path):
    found = sim.simulate(model_of(tmp_path, GIVEN + "v = DELAY3(u, T) ~~|\nw = SMOOTH(u, 2) ~~|"), method="euler")
    np.testing.assert_allclose(found["v"].values, 8, rtol=1e-15)
    np.testing.assert_array_equal(found["w"].values, np.full(found.sizes["time"], 8.0))


def test_parameters_reach_the_stocks(tmp_path):
    model = model_of(tmp_path, GIVEN + "v = DELAY1I(u, T, 20) ~~|")
    found = sim.simulate(model, parameters={"T": 1.5, "u": 4})
    wanted = 4 + 16 * np.exp(-found["time"].values / 1.5)
    np.testing.assert_allclose(found["v"].values, wanted, rtol=1e-5)


NAMED = """
item: a, b ~~|
when[item] = 2, 3 ~ month ~|
u[item] = 5, 6 ~ person/month ~|
arriving = DELAY3(SUM(u[item!]), 3) ~ person/month ~|
both = SMOOTH(arriving, 2) + SMOOTH(arriving, 4) ~ person/month ~|
out[a] = DELAY1(u[a], when[a]) ~ person/month ~|
out[b] = 1 * u[b] ~ person/month ~|
total = SUM(SMOOTH(u[item!], when[item!])) ~ person/month ~|
"a-b" = TREND(arriving, 3, 0.5) ~ 1/month ~|
at first = 1 * INITIAL(arriving) ~ person/month ~|
both smooth level = 4 ~ dmnl ~ A name that would be taken. |
"""


def test_what_is_made(tmp_path):
    """Made variables stand after the one they serve, under names that say so; what they are is told."""
    model = model_of(tmp_path, NAMED)
    names = list(model.variables)
    assert names[names.index("arriving") + 1 :][:5] == [
        "arriving delay input", "arriving delay time", "arriving delay level 1", "arriving delay level 2",
        "arriving delay level 3",
    ]  # fmt: skip
    told = {
        variable.name: (variable.kind, variable.dims, variable.units)
        for variable in model.variables.values()
        if variable.documentation.startswith("Made for ")
    }
    assert told == {
        "arriving delay input": ("auxiliary", (), "person/month"),
        "arriving delay time": ("constant", (), "month"),
        "arriving delay level 1": ("stock", (), "person"),
        "arriving delay level 2": ("stock", (), "person"),
        "arriving delay level 3": ("stock", (), "person"),
        "both smooth time": ("constant", (), "month"),
        "both smooth level 2": ("stock", (), "person/month"),
        "both smooth 2 time": ("constant", (), "month"),
        "both smooth 2 level": ("stock", (), "person/month"),
        "out a delay level": ("stock", (), "person"),
        "total smooth level": ("stock", ("item",), "person/month"),
        "a-b trend time": ("constant", (), "month"),
        "a-b trend initial": ("constant", (), "1/month"),
        "a-b trend average": ("stock", (), "person/month"),
        "at first initial value": ("stock", (), "person/month"),
    }
    made = model.variables["arriving delay level 2"]
    assert made.documentation == "Made for DELAY3 in arriving when the model was read."
    assert (made.line, made.settable) == (model.variables["arriving"].line, False)
    assert not any(model.variables[name].settable for name in told)
    assert check_units(model) == ()
    assert model.notes == (
        "DELAY3 in 'arriving' is expanded into 3 stocks",
        "SMOOTH in 'both' is expanded into 1 stock",
        "DELAY1 in 'out' is expanded into 1 stock",
        "SMOOTH in 'total' is expanded into 1 stock",
        "TREND in 'a-b' is expanded into 1 stock",
        "INITIAL in 'at first' is expanded into 1 stock",
    )
    assert (
        equation_text(model.variables["total"], model.variables["total"].equations[0])
        == "total = SUM(total smooth level[item!])"
    )


def test_a_clash_of_units_is_found_where_it_is(tmp_path):
    model = model_of(tmp_path, "T = 3 ~ person ~|\nu = 2 ~ dollar ~|\nv = SMOOTH(u, T) ~ dollar ~|")
    (problem,) = check_units(model)
    assert problem.where == "m.mdl:4 v smooth level"
    assert "dollar/person" in problem.what


def test_a_delay_time_that_is_a_bare_number_of_an_expression_is_time(tmp_path):
    assert check_units(model_of(tmp_path, "u = 2 ~ dollar ~|\nv = DELAY3I(u, 2 * 3, 4) ~ dollar ~|")) == ()


def test_written_flat_and_read_again(tmp_path):
    """A model is written with the stocks it was read with; flat or not, the text gives the same course."""
    model = model_of(tmp_path, NAMED)
    wanted = sim.simulate(model, method="euler")
    for other in (model, flatten(model)):
        path = tmp_path / "again.mdl"
        path.write_text(model_text(other), encoding="utf-8")
        again = sim.read(path)
        assert list(again.variables) == list(other.variables)
        assert not any(again.variables[name].settable for name in again.variables if name.startswith("arriving delay"))
        found = sim.simulate(again, method="euler")
        for name in ("arriving", "both", "total", "a-b", "at first"):
            np.testing.assert_allclose(found[name].values, wanted[name].values, rtol=1e-14)
    assert flatten(model).variables["a total smooth level"].kind == "stock"


def test_active_initial_as_text_reads_back(tmp_path):
    body = "k = 3 ~~|\nv = ACTIVE INITIAL(k * s, 1) ~~|\ns = INTEG(v, v) ~~|"
    model = model_of(tmp_path, body)
    assert equation_text(model.variables["v"], model.variables["v"].equations[0]) == "v = ACTIVE INITIAL(k * s, 1)"
    assert model.variables["v"].kind == "auxiliary"
    (tmp_path / "again.mdl").write_text(model_text(model), encoding="utf-8")
    assert dict(sim.read(tmp_path / "again.mdl").variables) == dict(model.variables)


def test_active_initial_breaks_a_circle_at_the_start_only(tmp_path):
    assert "at the start" in str(refusals_of(tmp_path, "v = 2 * s ~~|\ns = INTEG(v, v) ~~|")[0])
    circle = "v = ACTIVE INITIAL(w, 1) ~~|\nw = v + 1 ~~|"
    assert "at one moment" in str(refusals_of(tmp_path, circle)[0])
    initial = "v = ACTIVE INITIAL(2 * s, 3 * s) ~~|\ns = INTEG(v, v) ~~|"
    assert "at the start" in str(refusals_of(tmp_path, initial)[0])


def test_both_sides_of_active_initial_have_the_unit(tmp_path):
    body = "u = 2 ~ person ~|\nx = 3 ~ dollar ~|\nv = ACTIVE INITIAL(u, x) ~ person ~|"
    (problem,) = check_units(model_of(tmp_path, body))
    assert problem.where == "m.mdl:4 v"
    assert "initial value is in dollar" in problem.what


def test_the_order_is_fixed_when_the_model_is_read(tmp_path):
    model = model_of(tmp_path, GIVEN + "n = 2 ~ dmnl ~|\nv = DELAY N(u, T, 20, n) ~~|")
    assert not model.variables["n"].settable
    assert model.notes == ("DELAY N in 'v' is expanded into 2 stocks, as its order 'n' says, which no run can change any more",)
    assert refused(lambda: sim.simulate(model, parameters={"n": 3}))


def test_a_changing_time_of_delay_n_is_noted(tmp_path):
    model = model_of(tmp_path, GIVEN + "v = DELAY N(u, T + Time, 20, 2) ~~|\nw = SMOOTH N(u, T + Time, 20, 2) ~~|")
    assert "delay time of the moment" in model.notes[0]
    assert "of the moment" not in model.notes[1]


@pytest.mark.parametrize("order", ["2.5", "0", "-1", str(HIGHEST_ORDER + 1), "Time", "u * 2", "many[a]", "1e300"])
def test_orders_that_cannot_be(order, tmp_path):
    item = "item: a, b ~~|\nmany[item] = 2, 3 ~~|\n"
    (problem,) = refusals_of(tmp_path, item + GIVEN + f"v = DELAY N(u, T, 20, {order}) ~~|")
    assert problem.where == "m.mdl:6 v"
    assert "as the order of DELAY N" in problem.what


@pytest.mark.parametrize(
    "call", ["SMOOTH(u)", "SMOOTHI(u, T)", "DELAY3(u, T, 1)", "DELAY N(u, T, 1)", "TREND(u, T)", "FORECAST(u)", "INITIAL(u, 1)"]
)
def test_wrong_numbers_of_arguments(call, tmp_path):
    (problem,) = refusals_of(tmp_path, GIVEN + f"v = 1 + {call} ~~|")
    assert problem.where == "m.mdl:4 v"
    assert "too few or too many arguments" in problem.what


def test_subscripts_of_a_call_are_checked(tmp_path):
    item = "item: a, b ~~|\nw[item] = 2, 3 ~~|\n"
    assert "outside a SUM" in str(refusals_of(tmp_path, item + "v = SMOOTH(w[item!], 3) ~~|")[0])
    assert "not free" in str(refusals_of(tmp_path, item + "v = SMOOTH(w[item], 3) ~~|")[0])
    assert "not free" in str(refusals_of(tmp_path, item + "v[item] = SUM(SMOOTH(w[item!] * w[item], 3)) ~~|")[0])


def test_a_run_keeps_what_was_made(tmp_path):
    """Made variables are recorded under their names, and written to files as any other."""
    found = sim.simulate(model_of(tmp_path, NAMED), method="euler")
    assert found["arriving delay level 1"].attrs["units"] == "person"
    assert "is expanded into 3 stocks" in str(found.attrs["notes"])
    assert found["total smooth level"].dims == ("time", "item")
