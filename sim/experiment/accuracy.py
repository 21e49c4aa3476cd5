"""How large a step may be: the error of integration on what is recorded, estimated by halving the step.

Source: Richardson's estimate; Hairer, Norsett and Wanner, Solving Ordinary Differential Equations I (1993), section II.4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.engine.methods import METHODS
from sim.errors import Problem, ThroughflowError
from sim.experiment.batch import Block, Prepared
from sim.experiment.processors import processors
from sim.results.status import DONE, TOO_COARSE

ALLOWED = 1e-3
"""Relative error of integration that a chosen step may leave in what is recorded."""

MOST_HALVINGS = 16


@dataclass(frozen=True)
class Choice:
    """A chosen step: ``step``, the ``errors`` it leaves by recorded variable, and on how many ``runs`` it was tried."""

    step: float
    errors: Mapping[str, float]
    runs: int

    @property
    def error(self) -> float:
        """Return the largest of the errors."""
        return max(self.errors.values(), default=0.0)


def estimated_errors(prepared: Prepared, draws: np.ndarray, worlds: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return the error of integration of each recorded variable, relative to its largest size in the run.

    Arguments:
        prepared: a plan with its step.
        draws: some members, shape (varied, member).
        worlds: parameters of some scenarios.

    Returns:
        The largest over elements, times, members and worlds. Runs that fail at either step are left out; where all fail the
        error is infinite.
    """
    finer = prepared.at_step(prepared.plan.step / 2)
    pairs = [(_run(prepared, draws, world), _run(finer, draws, world)) for world in worlds]
    return _compared(prepared, [(a.values, b.values, (a.status == DONE) & (b.status == DONE)) for a, b in pairs])


def coarsest_step(
    prepared: Prepared, draws: np.ndarray, worlds: Sequence[Mapping[str, Any]], *, allowed: float = ALLOWED
) -> Choice:
    """Return the largest step, the saving interval halved some times, that leaves no larger error than ``allowed``.

    The estimate of the next step must hold too: two steps may agree by missing the same thing. No step is taken whose half is
    still too large for one of the members.

    Arguments:
        prepared: a plan; its own step does not matter.
        draws: the members to estimate on, shape (varied, member).
        worlds: parameters of the scenarios to estimate on.
        allowed: relative error that may be left.

    Raises:
        ThroughflowError: no step is small enough.
    """
    step, coarser = prepared.plan.save, None
    runs = [_run(prepared.at_step(step), draws, world) for world in worlds]
    for _ in range(MOST_HALVINGS):
        finer = [_run(prepared.at_step(step / 2), draws, world) for world in worlds]
        # a member that fails at the coarser step alone counts: the step is too coarse for it
        compared = [(a.values, b.values, b.status == DONE) for a, b in zip(runs, finer, strict=True)]
        errors = _compared(prepared, compared)
        if any((b.status == TOO_COARSE).any() for b in finer):
            errors = dict.fromkeys(errors, np.inf)
        choice = Choice(step, errors, draws.shape[1] * len(worlds))
        if coarser is not None and max(coarser.error, choice.error) <= allowed:
            return coarser
        step, runs, coarser = step / 2, finer, choice
    raise ThroughflowError(
        Problem(
            f"model {prepared.plan.model.name}",
            f"an error of {choice.error:.2g} even with a step of {step * 2:g}",
            f"the recorded variables may carry {allowed:g}",
            "give solver.step yourself, record other variables, or use one adaptive run",
        )
    )


def _run(prepared: Prepared, draws: np.ndarray, world: Mapping[str, Any]) -> Block:
    return prepared.run(draws, world, threads=processors())


def _compared(prepared: Prepared, pairs: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> dict[str, float]:
    """Return the largest error by variable; a pair is values (row, time, member) at both steps, and who counts (member,)."""
    order = METHODS[prepared.plan.method].order
    factor = 2.0**order / (2.0**order - 1)
    found = dict.fromkeys((row.name for row in prepared.rows), 0.0)
    for coarse, fine, kept in pairs:
        if not kept.any():
            return dict.fromkeys(found, np.inf)
        with np.errstate(all="ignore"):
            change = np.abs(coarse[:, :, kept].astype(float) - fine[:, :, kept]).max(axis=1)
            size = np.abs(fine[:, :, kept]).max(axis=1).astype(float)
            relative = np.where(change == 0, 0.0, change / size).max(axis=1)
        for row, error in zip(prepared.rows, relative, strict=True):
            found[row.name] = max(found[row.name], float(factor * error) if np.isfinite(error) else np.inf)
    return found
