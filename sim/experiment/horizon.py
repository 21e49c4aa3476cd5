"""Names and times of a run, checked together: what to record, and when."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.engine.adaptive import SOLVERS
from sim.engine.methods import METHODS
from sim.errors import Problem, ThroughflowError, nearest, raise_if
from sim.model.ir import Model

MOST_STEPS = 50_000_000
"""Steps of a fixed-step run beyond which a step is taken for a mistake."""

MOST_SAVED = 1_000_000
"""Stored times beyond which a saving interval is taken for a mistake."""


@dataclass(frozen=True)
class Horizon:
    """Times of a run.

    Attributes:
        times: stored times, shape (time,), in the model's time unit.
        stop: FINAL TIME, which may lie after the last stored time.
        step: fixed step, ``None`` when adaptive.
        notes: remarks, to travel with the result.
    """

    times: np.ndarray
    stop: float
    step: float | None
    notes: tuple[str, ...]


def checked(
    model: Model, method: str, *, record: Sequence[str] | None, clock: tuple[float | None, ...]
) -> tuple[list[str], Horizon]:
    """Return the model names to record and the horizon of a run.

    Arguments:
        model: the model.
        method: a key of the solvers or of the fixed-step methods.
        record: names asked for; every variable if ``None``.
        clock: start, stop, step and saving interval asked for, ``None`` for the file's own.

    Raises:
        ThroughflowError: everything wrong with method, names and times, at once.
    """
    problems: list[Problem] = []
    known = [*SOLVERS, *METHODS]
    if method not in known:
        problems.append(
            Problem(
                "method",
                f"{method!r}",
                "no method is called so",
                nearest(method, known) or "use one of " + ", ".join(known),
            )
        )
    names: list[str] = []
    for name in model.variables if record is None else record:
        try:
            variable = model.find(name)
        except ThroughflowError as error:
            problems += error.problems
            continue
        if variable.kind != "table":
            names.append(variable.name)
        elif record is not None:
            problems.append(
                Problem(
                    "record",
                    f"the table {name!r}",
                    "a table has no course in time",
                    "record the variable that reads it",
                )
            )
    horizon, clock_problems = _horizon(model, method, clock)
    raise_if([*problems, *clock_problems])
    assert horizon is not None
    return list(dict.fromkeys(names)), horizon


def _horizon(model: Model, method: str, asked: tuple[float | None, ...]) -> tuple[Horizon | None, list[Problem]]:
    own = (model.clock.start, model.clock.stop, model.clock.step, model.clock.save)
    values = [_number(own[at] if value is None else value) for at, value in enumerate(asked)]
    unit = model.clock.units
    problems = [
        Problem(
            name,
            f"{value if given is None else given!r}",
            "not a finite number",
            f"write a finite number of {unit or 'time units'}",
        )
        for name, value, given in zip(("start", "stop", "step", "save"), values, asked, strict=True)
        if not math.isfinite(value)
    ]
    if problems:
        return None, problems
    start, stop, step, save = values
    if stop <= start:
        what = f"{stop}, the start being {start}"
        problems.append(Problem("stop", what, "the end must come after the start", "give a later stop"))
    problems += [
        Problem(name, f"{value}", "it must be positive", f"write a positive number of {unit or 'time units'}")
        for name, value in (("step", step), ("save", save))
        if value <= 0
    ]
    if method in SOLVERS and asked[2] is not None:
        problems.append(Problem("step", f"{step}", f"{method} chooses its own steps", "leave it out, or use rk4 or euler"))
    if not problems and save > stop - start:
        problems.append(Problem("save", f"{save}", f"the run is only {stop - start} long", "save more often, or run longer"))
    if not problems and (stop - start) / save > MOST_SAVED:
        problems.append(Problem("save", f"{save}", f"more than {MOST_SAVED} stored times", "save less often"))
    if not problems and method in METHODS:
        problems += _grid_problems(start, stop, step, save)
    if problems:
        return None, problems
    count = math.floor((stop - start) / save + 1e-9)
    times = start + save * np.arange(count + 1)
    late = (
        ()
        if abs(times[-1] - stop) < 1e-9 * max(1.0, abs(stop))
        else (f"the end {stop} is not a multiple of the saving interval {save}; the last stored time is {times[-1]}",)
    )
    return Horizon(times, stop, step if method in METHODS else None, late), []


def _number(value: object) -> float:
    """Return ``value`` as a number, NaN where it is none."""
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _grid_problems(start: float, stop: float, step: float, save: float) -> list[Problem]:
    found = []
    for name, length in (("horizon", stop - start), ("save", save)):
        count = length / step
        if abs(count - round(count)) > 1e-6 * max(1.0, count) or round(count) < 1:
            found.append(
                Problem(
                    name,
                    f"{length} with step {step}",
                    "steps are counted, so it must be a whole number of them",
                    "choose a step that divides it, a power of two below one being exact",
                )
            )
    if (stop - start) / step > MOST_STEPS:
        found.append(Problem("step", f"{step}", f"more than {MOST_STEPS} steps", "choose a larger step"))
    return found
