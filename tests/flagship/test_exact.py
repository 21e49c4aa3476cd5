"""The exact tests P1 to P9 of model.md section 5.2: they hold for every parameter set."""

import numpy as np
import pytest

import sim
from sim.engine.adaptive import integrate
from sim.engine.kernel import Clockwork
from sim.engine.layout import constants_of, tables_of
from sim.engine.methods import METHODS, march
from sim.model.unit_check import check_units, unchecked

from .balances import BALANCES
from .bounds import delays, fractions, offences
from .support import HERE, START, central, flagship, kernel

BORDER_FLOWS = (
    "departures",
    "arrivals",
    "return",
    "emigration",
    "re emigration",
    "homecoming",
    "inbound visits",
    "talent departures",
    "free data out",
    "data out",
    "data in",
    "orders",
    "cleared",
    "temporary admissions",
    "HGR demand",
    "payment requests",
    "payments",
    "received abroad",
    "organisations settling",
)
GATES = (
    {},
    {"review time": 0.4, "return share": 0.45, "refusal share": 0.12, "rework time": 0.25, "perish time": 0.8},
    {"review time": 0.25, "return share": 0.45, "refusal share": 0.08, "rework time": 0.2, "perish time": 0.8},
)
DELIVERED = {
    "trip delivered fraction": ("trip", "trips", "effective first return share trips", "effective trip review time"),
    "data delivered fraction": ("data", "data", "data return share", "data review duration"),
    "HGR delivered fraction": ("HGR", "HGR", "HGR return share", "HGR review duration"),
    "organisation delivered fraction": (
        "organisation",
        "orgs",
        "effective first return share orgs",
        "registration duration",
    ),
}
SLOW = ("Ties", "International knowledge", "Trip approved", "Orgs settled")


def bound(step):
    return kernel().bind(constants_of(flagship())[:, None], tables_of(flagship()), Clockwork(step, step / 2, START, 2040.0))


def test_p1_and_p8_no_negative_stock_fractions_and_delays_in_bounds(runs):
    """P1, P8: in every one of the scenarios, at every year."""
    assert len(fractions()) > 80 and len(delays()) > 10
    assert offences(runs) == []


@pytest.mark.parametrize("member", ["base", "all seven", "twin", "closed"])
def test_p2_people_are_conserved(runs, member):
    """P2: what three stocks gain together is training less retirement less losses abroad, to machine precision."""
    seen, rates = runs.courses(member), runs.bound(member).rates_of_many(runs.times, runs.state(member))
    rows = [slot.start for slot in kernel().stocks if slot.name in BALANCES["people"][0]]
    residual = rates[rows].sum(axis=0) - (seen["training"] - seen["retirement"] - seen["loss abroad"])
    assert len(rows) == 3
    assert np.abs(residual).max() <= 1e-13 * np.abs(seen["Researchers domestic"]).max()


def test_p3_closed_borders(runs):
    """P3: all four switches at 0 make every border-crossing flow identically 0; domestic stocks keep running."""
    for name in BORDER_FLOWS:
        assert np.all(np.asarray(runs.courses("closed")[name]) == 0), name
    equipment = runs.course("Equipment in service", "closed")
    decay = equipment[0] * np.exp(-central("equipment depreciation") * (runs.times - START))
    assert equipment == pytest.approx(decay, rel=1e-7)
    assert runs.value("Researchers domestic", "closed", 2040) > runs.value("Researchers domestic", "closed", 2010)


def test_p4_without_friction_only_demand_limits_flow(runs):
    """P4: data flow meets need; trips are desired x unused approvals x partners' visas; nothing exceeds demand."""
    data = runs.course("data out", "twin") / runs.course("data need", "twin")
    assert data[runs.times >= 2012] == pytest.approx(1.0, abs=1e-6)
    review = central("ideal trip review time") / central("trip perish time")
    unused = central("departure preparation time") / central("trip approval validity")
    visas = sum(
        central(f"share of trips by partner[{name}]")
        * (1 - central("tension effect on visas") * runs.course(f"effective tension[{name}]", "twin"))
        for name in ("US", "EUR", "OTH")
    )
    expected = visas / (1 + review) / (1 + unused)
    for time in (2019.0, 2030.0, 2040.0):
        at = round((time - START) / runs.stored)
        assert runs.value("trips delivered per desired", "twin", time) == pytest.approx(expected[at], rel=5e-3)
    assert runs.value("trips delivered per desired", "twin", 2019) == pytest.approx(0.80, abs=0.005)
    assert runs.value("trips delivered per desired", "base", 2019) == pytest.approx(0.30, abs=0.01)
    assert runs.course("trip applications", "twin").max() <= runs.course("desired trips", "twin").max()
    for part, whole in (("trip applications", "desired trips"), ("HGR filed", "HGR demand"), ("payments", "payment requests")):
        later = runs.times >= 2011
        assert np.all(runs.course(part, "twin")[later] <= runs.course(whole, "twin")[later] * (1 + 1e-9)), part


@pytest.mark.parametrize("parameters", GATES, ids=["trips", "data", "genetic resources"])
def test_p5_gate_formula(parameters):
    """P5: an isolated gate converges to the closed form of section 2.3."""
    gate = sim.read(HERE / "gate.mdl")
    assert check_units(gate) == ()
    run = sim.simulate(gate, parameters=parameters)
    delivered, formula = (run[name].values.ravel()[-1] for name in ("delivered fraction", "closed form"))
    assert delivered == pytest.approx(formula, rel=1e-6)


@pytest.mark.parametrize("ours", DELIVERED)
def test_p5_delivered_fractions_of_the_model_are_the_formula(runs, ours):
    """The model's four delivered fractions are the closed form at its effective values."""
    sector, suffix, back, review = DELIVERED[ours]
    returned, refused, duration = (
        runs.value(name, "all seven", 2040) for name in (back, f"effective refusal share {suffix}", review)
    )
    perish, rework = central(f"{sector} perish time"), central(f"{sector} rework time")
    expected = (1 - returned - refused) / (1 + duration / perish - returned / (1 + rework / perish))
    assert runs.value(ours, "all seven", 2040) == pytest.approx(expected, rel=1e-12)


def test_p6_a_measure_without_force_changes_nothing(runs):
    """P6: zero intensity, or settings of measures that nobody adopts, leave every state bit for bit."""
    for member in ("zero intensity", "unadopted settings"):
        assert np.array_equal(runs.state(member), runs.state("base"))


def test_p6_no_measure_acts_before_its_date(runs):
    """P6: every package, and every measure alone, equals the base run bit for bit up to its first date."""
    members = [name for name in runs.names if name.startswith(("only ", "R", "all seven", "opening", "governance"))]
    checked = 0
    for member in members:
        if " rho " in member or " tolerance " in member or "," in member:
            continue
        until = runs.times <= (2024.5 if member == "all from 2024.5" else 2027.0)
        assert np.array_equal(runs.state(member)[:, until], runs.state("base")[:, until]), member
        assert not np.array_equal(runs.state(member), runs.state("base")) or member.endswith("dose 0"), member
        checked += 1
    assert checked > 60


def test_p7_halving_the_step_halves_the_error_of_euler():
    """P7: first order, measured on outcomes over two years against Runge-Kutta at the finest step."""
    span, finest = 2.0, 1 / 256
    _, exact = march(bound(finest), METHODS["rk4"], (START, finest, round(span / finest)), every=round(span / finest))
    rows = [slot.start for slot in kernel().stocks if slot.name in SLOW]
    errors = []
    for step in (1 / 64, 1 / 128, 1 / 256):
        _, states = march(bound(step), METHODS["euler"], (START, step, round(span / step)), every=round(span / step))
        errors.append(np.abs(states[-1, rows, 0] - exact[-1, rows, 0]))
    for coarse, fine in zip(errors, errors[1:], strict=False):
        assert coarse / fine == pytest.approx(2.0, rel=0.1)


def test_p7_adaptive_and_stiff_solvers_agree():
    """P7: two families of methods, half a year."""
    times = np.array([START, START + 0.5])
    states = [
        integrate(bound(1 / 128), times, solver=name, tolerance=1e-6, shortest=1 / 128).states[-1]
        for name in ("adaptive", "stiff")
    ]
    scale = np.maximum(np.abs(states[0]), 1e-3)
    assert (np.abs(states[0] - states[1]) / scale).max() <= 1e-4


def test_p9_every_equation_agrees_in_units():
    """P9: no clash, and no variable without a unit."""
    assert check_units(flagship()) == ()
    assert unchecked(flagship()) == ()
