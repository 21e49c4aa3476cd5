"""Fixed-step methods as tableaux: a method is data, one step executes them all.

Source: Butcher, Numerical Methods for Ordinary Differential Equations, section 23 (Euler) and 30 (classical Runge-Kutta).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.engine.kernel import Bound


@dataclass(frozen=True)
class Tableau:
    """An explicit Runge-Kutta method.

    Attributes:
        stages: weights of earlier slopes.
        weights: what each slope counts in the step.
        order: its order.
        inside: fraction of the step at which comparisons in time, INTEGER and MODULO are read (:mod:`sim.engine.held`).
    """

    stages: tuple[tuple[float, ...], ...]
    weights: tuple[float, ...]
    order: int
    inside: float = 0.0

    @property
    def nodes(self) -> tuple[float, ...]:
        """Fractions of the step at which slopes are taken."""
        return tuple(sum(row) for row in self.stages)


METHODS: Mapping[str, Tableau] = {
    "euler": Tableau(((),), (1.0,), 1),
    "rk4": Tableau(((), (0.5,), (0.0, 0.5), (0.0, 0.0, 1.0)), (1 / 6, 1 / 3, 1 / 3, 1 / 6), 4, inside=0.5),
}
"""Fixed-step methods by name."""


Look = Callable[[np.ndarray, Sequence[np.ndarray]], None]
"""Sees a step: the state that it starts from, and the rates of its stages, shaped alike."""


def advance(
    bound: Bound, tableau: Tableau, state: np.ndarray, *, time: float, step: float, look: Look | None = None
) -> np.ndarray:
    """Return the ``state`` one ``step`` after ``time``; shaped (state, member), or (state,) for one member.

    All stages read a switch in time at one moment, see :mod:`sim.engine.held`. Whoever wants to ``look`` at the step may.
    """
    slopes: list[np.ndarray] = []
    within = time + step * tableau.inside
    for row, node in zip(tableau.stages, tableau.nodes, strict=True):
        trial = state
        for weight, slope in zip(row, slopes, strict=True):
            if weight:
                trial = trial + (step * weight) * slope
        slopes.append(bound.rates(time + step * node, trial, held=time, within=within))
    if look:
        look(state, slopes)
    for weight, slope in zip(tableau.weights, slopes, strict=True):
        state = state + (step * weight) * slope
    return state


def march(bound: Bound, tableau: Tableau, grid: tuple[float, float, int], *, every: int) -> tuple[np.ndarray, np.ndarray]:
    """Integrate with a fixed step, counting steps exactly.

    Arguments:
        bound: kernel with its constants.
        tableau: the method.
        grid: first time, step, number of steps; the time of step *i* is ``start + i * step``, never a running sum.
        every: steps between stored states.

    Returns:
        Times, shape (time,), and states, shape (time, state, member).
    """
    start, step, steps = grid
    state = bound.initial()
    single = state.shape[1] == 1
    state = state[:, 0] if single else state
    kept = [state]
    for index in range(steps):
        state = advance(bound, tableau, state, time=start + index * step, step=step)
        if (index + 1) % every == 0:
            kept.append(state)
    times = start + step * np.arange(0, steps + 1, every)
    states = np.stack(kept)
    return times, states[..., np.newaxis] if single else states
