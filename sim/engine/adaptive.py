"""Adaptive integration with SciPy, restarted wherever an equation changes its form in time.

Within a segment the clock never reaches the segment's end, so a switch there cannot be seen early; the step-size control of
``solve_ivp`` starts anew after it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.integrate import solve_ivp

from sim.engine.breakpoints import breakpoints
from sim.engine.kernel import Bound

SOLVERS: Mapping[str, str] = {"adaptive": "RK45", "stiff": "BDF"}
"""Our names for SciPy's methods: Dormand-Prince 5(4), and backward differentiation formulas for stiff models."""

SCALE_OF_NOTHING = 1e-2
"""Size that a stock which starts at 0 is taken to have, where errors are measured absolutely."""


class IntegrationFailed(Exception):
    """The solver gave up; ``time`` is how far it came and ``reason`` is its own word."""

    def __init__(self, time: float, reason: str) -> None:
        super().__init__(reason)
        self.time = time
        self.reason = reason


@dataclass(frozen=True)
class Trajectory:
    """States of one member: ``times`` (time,), ``states`` (time, state), and the number of evaluations of the rates."""

    times: np.ndarray
    states: np.ndarray
    evaluations: int


def integrate(bound: Bound, times: np.ndarray, *, solver: str, tolerance: float, shortest: float) -> Trajectory:
    """Integrate one member and return its states at ``times``.

    Arguments:
        bound: a kernel bound to one member.
        times: rising, the first is the start and the last the stop.
        solver: a key of :data:`SOLVERS`.
        tolerance: relative error allowed per step; the absolute one follows from the size of each state at the start.
        shortest: duration of the shortest pulse that must not be stepped over, the model's own time step.

    Raises:
        IntegrationFailed: the solver cannot go on.
    """
    edges = (times[0], *breakpoints(bound, float(times[0]), float(times[-1]), shortest=shortest), times[-1])
    state = bound.initial()[:, 0]
    absolute = tolerance * 1e-2 * np.where(state == 0, SCALE_OF_NOTHING, np.abs(state))
    states = np.empty((times.size, state.size))
    evaluations = 0
    for first, last in zip(edges[:-1], edges[1:], strict=True):
        inside = (times >= first) & ((times < last) | (last == times[-1]))
        asked = times[inside] if times[inside].size and times[inside][-1] == last else np.append(times[inside], last)
        ceiling = np.nextafter(last, -np.inf)

        def slope(time: float, state: np.ndarray, ceiling: float = ceiling) -> np.ndarray:
            return bound.rates(min(time, ceiling), state)

        _refuse_undefined(float(first), state, slope(first, state))
        try:
            solution = solve_ivp(
                slope,
                (first, last),
                state,
                method=SOLVERS[solver],
                t_eval=asked,
                rtol=tolerance,
                atol=absolute,
                vectorized=solver == "stiff",
            )
        except ValueError as error:  # the stiff solver's matrix of derivatives is no longer finite
            raise IntegrationFailed(float(first), f"after this time the rates are not finite ({error})") from error
        if not solution.success or not np.all(np.isfinite(solution.y)):
            reached = [float(first), *np.ravel(solution.t)]
            raise IntegrationFailed(float(reached[-1]), str(solution.message))
        states[inside] = solution.y[:, : int(inside.sum())].T
        state = solution.y[:, -1]
        evaluations += solution.nfev
    return Trajectory(times, states, evaluations)


def _refuse_undefined(time: float, state: np.ndarray, rates: np.ndarray) -> None:
    """Refuse to start from what is not finite: the solver's first step size would be NaN, and its own words no help."""
    if not (np.all(np.isfinite(state)) and np.all(np.isfinite(rates))):
        raise IntegrationFailed(time, "a stock or its rate is not finite there (a division by zero, a logarithm of zero)")
