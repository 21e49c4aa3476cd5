"""Propositions P10 to P28: robust and central ones are asserted, conditional ones reported; the experiments behind them."""

import numpy as np
import pytest

import sim
from sim.analysis.propositions import failures, load, measured, table
from sim.analysis.propositions_measures import PROPOSITIONS
from sim.errors import ThroughflowError
from sim.experiment.batch import Plan, prepare
from sim.experiment.propositions import CALM, CONTAINED, SLOW, run_propositions, scenarios, with_handles

from .support import FOLDER, HERE, STEP, agreement, flagship

STATEMENTS = load(FOLDER)
KEYS = {
    "P10": "-25.6",
    "P11": "-9",
    "P12": "0.18",
    "P13a": "2.0",
    "P13c": "2.6",
    "P14": "14.9",
    "P17": "0.016",
    "P18": "0.29",
    "P20a": "0.10",
    "P20b": "1.3",
    "P21": "-2",
    "P22": "-35",
    "P24": "0.09",
    "P27": "0.0155",
    "P28": "-1.7",
}
"""Key numbers as model.md prints them, or the difference of two that it prints."""

CALM_TABLE = {"pandemic gate table": [[2010.0, 1.0], [2041.0, 1.0]]}
PATH = [[2010, 0.05], [2016, 0.08], [2017.5, 0.15], [2018.5, 0.45], [2019.5, 0.6], [2020.5, 0.7], [2024, 0.7]]
CONTAINED_TABLE = {"tension US table": [*PATH, [2025.5, 0.85], [2027, 0.8], [2028, 1.0], [2041, 1.0]]}
READ = ("trips per year", "Ties", "International knowledge", "co papers", "Trip in review")


@pytest.fixture(scope="module")
def design():
    """Return the courses of the design set."""
    return run_propositions(flagship(), np.empty((0, 1)), targets=(), threads=1, step=STEP)


@pytest.fixture(scope="module")
def found(design):
    """Return what the propositions are found to be in the design set."""
    return measured(design)


@pytest.mark.parametrize("one", [one for one in STATEMENTS if one.kind != "conditional"], ids=lambda one: one.id)
def test_proposition(found, one):
    """The proposition holds for the shipped parameters; its reason stands in the table beside the model."""
    what = found[one.id]
    assert what.holds[0], f"{one.statement_en} ({one.reason}). model.md: {one.design}; here: {what.text()}"


def test_table_of_propositions(design, found):
    """Every proposition is measured, conditional ones too; the table is printed (``-rA``) for the notes."""
    for one in STATEMENTS:
        print(" | ".join((one.id, one.kind, one.design, found[one.id].text(), "holds" if found[one.id].holds[0] else "fails")))
    assert len(STATEMENTS) == 24
    assert failures(design) == ()


def test_key_numbers_are_the_printed_ones(found):
    wrong = {name: found[name].number[0] for name, printed in KEYS.items() if agreement(found[name].number[0], printed)[0] > 1}
    assert wrong == {}


def test_scenarios_are_the_ones_that_propositions_compare():
    assert set(scenarios(flagship())) == {name for one in PROPOSITIONS for name in one.scenarios}


def courses(model, parameters):
    """Return the recorded courses of one run of ``model``, shape (row, time)."""
    plan = Plan(model, (), READ, "rk4", STEP, 2010.0, 2040.0, 0.25, dtype="float64")
    return prepare(plan).run(np.empty((0, 1)), parameters).values[:, :, 0]


def test_handles_at_rest_change_no_bit():
    assert np.array_equal(courses(with_handles(flagship()), {}), courses(flagship(), {}))


@pytest.mark.parametrize(("handle", "tables"), [(CALM, CALM_TABLE), (CONTAINED, CONTAINED_TABLE)])
def test_handle_does_what_another_table_would(handle, tables):
    """The path that rises from the world's own to 1 within 2027 is not quite straight where the world's own is not flat."""
    ours, expected = courses(with_handles(flagship()), {handle: 1}), courses(flagship(), tables)
    assert np.abs(ours / expected - 1).max() < 3e-4


def test_tension_is_full_from_2028_whatever_its_scale():
    model = with_handles(flagship())
    plan = Plan(model, ("tension scale[US]",), ("tension",), "rk4", STEP, 2010.0, 2040.0, 0.25)
    tension = prepare(plan).run(np.array([[0.7, 1.0, 1.15]]), {CONTAINED: 1}).values[0]
    assert (tension[18 * 4 :] == 1).all()
    assert tension[17 * 4] == pytest.approx([0.7 * 0.8, 0.8, 1.15 * 0.8])


def test_approval_slows_from_2027():
    slow, base = courses(with_handles(flagship()), {SLOW: 1}), courses(flagship(), {})
    before = 17 * 4
    assert np.array_equal(slow[:, :before], base[:, :before])
    assert (np.abs(slow[:, before + 4 :] / base[:, before + 4 :] - 1).max(axis=1) > 0.01).all()


def test_worlds_of_an_ensemble_are_those_alone():
    """What a scenario sets goes before what a world drew, be it drawn for an element, by another spelling, for an array."""
    targets = ("substitution_exponent", "scale up delay", "handoff effect", "incident tolerance")
    draws = np.array([[-3.0, -2.0, -1.0], [3.0, 4.0, 6.0], [0.1, 0.25, 0.4], [4.0, 5.0, 6.0]])
    together = run_propositions(flagship(), draws, targets=targets, threads=2, step=STEP)
    assert failures(together) == ()
    exponents = {member: np.ptp(together.value("fit of inputs", member)) for member in ("base rho 0.9", "R1")}
    assert exponents["base rho 0.9"] < 0.2 * exponents["R1"]
    never, soon = (together.value("coverage[R3_3]", f"R1+R3 delay {delay}", 2035) for delay in (99, 1))
    assert (never < 0.9 * soon).all()
    alone = run_propositions(flagship(), draws[:, [2]], targets=targets, threads=1, step=STEP)
    one, three = measured(alone), measured(together)
    for name in one:
        assert one[name].number[0] == pytest.approx(three[name].number[2], rel=1e-6)
        assert one[name].holds[0] == three[name].holds[2]
    rows = table(together, alone, STATEMENTS)
    assert rows["worlds"] == [3] * 24
    assert set(rows["share"]) <= {0.0, 1 / 3, 2 / 3, 1.0}


@pytest.mark.parametrize(
    ("draws", "targets"), [(np.empty((0, 0)), ()), (np.ones((2, 1)), ("dilution",)), (np.ones(1), ("dilution",))]
)
def test_draws_of_another_shape_are_refused(draws, targets):
    with pytest.raises(ThroughflowError, match="one column per world"):
        run_propositions(flagship(), draws, targets=targets, threads=1)


def test_draws_that_are_no_numbers_are_refused():
    with pytest.raises(ThroughflowError, match="NaN is not a number"):
        run_propositions(flagship(), np.array([[np.nan]]), targets=("dilution",), threads=1, step=STEP)


@pytest.mark.parametrize("target", ["dilution[US]", "tension scale[MOON]", "no such constant"])
def test_targets_that_are_none_are_refused(target):
    with pytest.raises(ThroughflowError):
        run_propositions(flagship(), np.ones((1, 1)), targets=(target,), threads=1, step=STEP)


def test_a_model_of_something_else_is_refused():
    with pytest.raises(ThroughflowError, match="use the flagship model"):
        run_propositions(sim.read(HERE / "gate.mdl"), np.empty((0, 1)), targets=(), threads=1)
