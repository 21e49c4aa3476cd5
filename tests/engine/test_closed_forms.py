"""Integration against closed forms: measured order of every tableau, adaptive and stiff within their stated errors."""

import math
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.engine.adaptive import SOLVERS
from sim.engine.methods import METHODS, Tableau

MODELS = Path(__file__).resolve().parents[1] / "conformance"
CLOSED = {
    "exponential": ("stock", lambda t: 2 * np.exp(0.3 * t)),
    "logistic": ("stock", lambda t: 100 / (1 + 9 * np.exp(-0.5 * t))),
    "goal_seeking": ("stock", lambda t: 80 - 75 * np.exp(-t / 2)),
    "oscillator": ("position", lambda t: 3 * np.cos(1.5 * t)),
}
STEPS = {1: (1 / 512, 1 / 1024, 1 / 2048, 1 / 4096), 4: (1 / 8, 1 / 16, 1 / 32, 1 / 64)}
"""Steps by order: small enough to be in the limit, large enough to stay above rounding."""


def model_of(case):
    return sim.read(MODELS / case / "model.mdl")


def run(case, **how):
    """Return the largest true error over time as a share of the largest value, and the stated one."""
    name, exact = CLOSED[case]
    dataset = sim.simulate(model_of(case), **how)
    wanted = exact(dataset["time"].values)
    error = np.max(np.abs(dataset[name].values - wanted)) / np.max(np.abs(wanted))
    return float(error), float(dataset[name].attrs["integration_error"]), dataset


@pytest.mark.parametrize("case", CLOSED)
@pytest.mark.parametrize("method", METHODS)
def test_measured_order(case, method):
    order = METHODS[method].order
    errors = [run(case, method=method, step=step)[0] for step in STEPS[order]]
    slope = np.polyfit(np.log(STEPS[order]), np.log(errors), 1)[0]
    assert slope == pytest.approx(order, abs=0.1), dict(zip(STEPS[order], errors, strict=True))


@pytest.mark.parametrize("method", METHODS)
def test_tableau_is_consistent(method):
    """Weights sum to 1 and each method has the order conditions of its name up to two (Butcher, section 31)."""
    tableau = METHODS[method]
    assert isinstance(tableau, Tableau)
    assert math.fsum(tableau.weights) == pytest.approx(1, abs=1e-15)
    if tableau.order >= 2:
        assert math.fsum(w * c for w, c in zip(tableau.weights, tableau.nodes, strict=True)) == pytest.approx(0.5, abs=1e-15)


@pytest.mark.parametrize("case", CLOSED)
@pytest.mark.parametrize("method", [*METHODS, *SOLVERS])
def test_stated_error_is_honest(case, method):
    """The stated error is neither less than a third of the true one nor absurdly more.

    A fixed step's estimate is asymptotically exact.  An adaptive run is compared with one at ten times its tolerance, so
    it states the error of the looser run: at most some hundred times its own.
    """
    fixed = method in METHODS
    true, stated, dataset = run(case, method=method, **({"step": 1 / 32} if fixed else {}))
    assert stated >= true / 3
    assert true <= 10 * stated
    assert stated <= (3 if fixed else 300) * true + 1e-12
    assert dataset.attrs["integration_error"] >= stated
    assert true < {"euler": 0.15, "rk4": 1e-6, "adaptive": 1e-4, "stiff": 1e-2}[method]


@pytest.mark.parametrize("method", [*METHODS, *SOLVERS])
def test_starts_and_ends_where_it_says(method):
    """Goal-seeking does not read the clock: shifted in time it is the same course, and stored where asked."""
    model = model_of("goal_seeking")
    shifted = sim.simulate(model, method=method, start=10, stop=13, save=0.5)
    plain = sim.simulate(model, method=method, stop=3, save=0.5)
    np.testing.assert_array_equal(shifted["time"].values, 10 + 0.5 * np.arange(7))
    np.testing.assert_allclose(shifted["stock"].values, plain["stock"].values, rtol=1e-9)


def test_steps_are_counted_not_summed():
    """A step that is no binary fraction (0.1) still ends on the horizon: time i is start + i·step, to the last digit."""
    dataset = sim.simulate(model_of("exponential"), method="euler", step=0.1, save=0.1, stop=4)
    np.testing.assert_array_equal(dataset["time"].values, 0.1 * np.arange(41))
    assert float(dataset["stock"][-1]) == pytest.approx(2 * 1.03**40, rel=1e-13)


def test_stiff_model(tmp_path):
    """Time constants of 0.001 and 100: x falls at once to y, which decays as exp(-t/100)."""
    from ..model.support import model_of as small

    model = small(tmp_path, "y = INTEG(-y / 100, 1) ~~|\nx = INTEG((y - x) / 0.001, 0) ~~|")
    dataset = sim.simulate(model, method="stiff")
    exact = np.exp(-dataset["time"].values / 100)
    assert float(np.max(np.abs(dataset["y"].values - exact))) < 1e-4
    lag = exact[1:] / (1 - 0.001 / 100)
    assert float(np.max(np.abs(dataset["x"].values[1:] - lag))) < 1e-4
