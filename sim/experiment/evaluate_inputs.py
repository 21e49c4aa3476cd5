"""The columns of a batch: constants with what may be given to them, from the unit cube and to SALib's words."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.errors import Problem, ThroughflowError, raise_if
from sim.experiment.design import design_problems
from sim.experiment.distributions import DISTRIBUTIONS, LEAST_PLACE, reach
from sim.experiment.parameters import rows_of
from sim.experiment.uncertainty import Design, Uncertainty
from sim.model.ir import Model, key
from sim.results.salib import in_salib

Asked = Mapping[str, Any] | Sequence[str | Uncertainty]
"""Inputs as people give them: ranges or uncertainties by constant, or names of constants and uncertainties."""

SHOWN = 4
"""Places told of each kind of fault."""


@dataclass(frozen=True)
class Input:
    """One column of a batch.

    Attributes:
        name: what it is called.
        targets: constants that all take its value, each ``name`` or ``name[element]``.
        low: least value taken, minus infinity where nothing says.
        high: greatest value taken.
        unit: the model's unit of the first target.
        uncertainty: how it is distributed; ``None`` where nothing but a name was given.
    """

    name: str
    targets: tuple[str, ...]
    low: float
    high: float
    unit: str
    uncertainty: Uncertainty | None


def inputs_of(model: Model, asked: Asked) -> tuple[Input, ...]:
    """Return the columns that ``asked`` means for ``model``, in order.

    Arguments:
        model: a model as read.
        asked: by ``name`` or ``name[element]`` of a constant a pair (low, high) in its unit, an
            :class:`sim.experiment.uncertainty.Uncertainty`, or ``None`` for the limits that the model's author gave; or a
            list of such names and of uncertainties.

    Raises:
        ThroughflowError: unknown or repeated constants, ranges that are none, values the model does not allow.
    """
    raise_if(_form_problems(asked))
    pairs = asked.items() if isinstance(asked, Mapping) else ((getattr(one, "name", one), _ranged(one)) for one in asked)
    given = [(str(name), value) for name, value in pairs]
    made = [_uncertainty(name, value) for name, value in given]
    named = [name for (name, _), one in zip(given, made, strict=True) if one is None]
    known = tuple(one for one in made if one is not None)
    drawn = tuple(one for one in known if not one.values)
    designs = [*([Design(drawn, "monte_carlo", 1)] if drawn else [])]
    designs += [Design((one,), "monte_carlo", len(one.values)) for one in known if one.values]
    problems = [problem for design in designs for problem in design_problems(design, model)]
    try:
        rows_of(model, [*named, *(target for one in known for target in one.targets)])
    except ThroughflowError as error:
        told = " ".join(problem.where for problem in problems)
        problems += [problem for problem in error.problems if problem.where not in told]
    raise_if(problems)
    return tuple(_input(model, name, one) for (name, _), one in zip(given, made, strict=True))


def _ranged(one: Any) -> Any:
    return one if isinstance(one, Uncertainty) else None


def _form_problems(asked: Asked) -> list[Problem]:
    if isinstance(asked, str) or not len(asked):
        cure = "give {'dilution': (0.2, 0.5)}, or a list of names"
        return [Problem("inputs", repr(asked), "a batch has a column for each input", cure)]
    if not isinstance(asked, Mapping):
        wrong = [repr(one) for one in asked if not isinstance(one, str | Uncertainty)]
        return [Problem("inputs", text, "neither a name nor an uncertainty", "give names of constants") for text in wrong]
    return [
        Problem(f"inputs: {name}", repr(value), "no range", "give (low, high), an Uncertainty, or None")
        for name, value in asked.items()
        if value is not None and not isinstance(value, Uncertainty) and not _is_pair(value)
    ]


def _is_pair(value: Any) -> bool:
    try:
        return np.asarray(value, dtype=float).shape == (2,)
    except (TypeError, ValueError):
        return False


def _uncertainty(name: str, value: Any) -> Uncertainty | None:
    if value is None or isinstance(value, Uncertainty):
        return value
    low, high = (float(end) for end in value)
    return Uncertainty(name, (name,), "uniform", low, None, high)


def _input(model: Model, name: str, one: Uncertainty | None) -> Input:
    targets = (name,) if one is None else one.targets
    variable = model.variables[model.by_key[key(targets[0].partition("[")[0])]]
    if one is None:
        low, high = (*variable.limits, None, None)[:2]
        ends = (-math.inf if low is None else low, math.inf if high is None else high)
    elif one.values:
        ends = (min(one.values), max(one.values))
    else:
        ends = reach(one.distribution, one.points)
    return Input(name, targets, float(ends[0]), float(ends[1]), variable.units or "dmnl", one)


def bounds_of(inputs: Sequence[Input]) -> np.ndarray:
    """Return least and greatest value of each input, shape (input, 2)."""
    return np.array([(one.low, one.high) for one in inputs])


def inside(inputs: Sequence[Input], batch: np.ndarray) -> np.ndarray:
    """Return which numbers of ``batch``, shape (row, input), the inputs can take; rounding in the last bits is forgiven."""
    low, high = bounds_of(inputs).T
    ends = np.abs(np.array([low, high]))
    slack = 4 * np.spacing(np.where(np.isfinite(ends), ends, 0.0).max(axis=0))
    return (batch >= low - slack) & (batch <= high + slack)


def checked_batch(inputs: Sequence[Input], batch: Any, *, bounded: bool = True) -> np.ndarray:
    """Return ``batch`` as float64 of shape (row, input).

    Raises:
        ThroughflowError: another shape, numbers that are not finite or, if ``bounded``, outside the bounds.
    """
    try:
        values = np.array(batch, dtype=float)
    except (TypeError, ValueError) as error:
        cure = "give an array of numbers, one row a run"
        raise ThroughflowError(Problem("batch", "something that is no number", str(error), cure)) from error
    if values.ndim != 2 or values.shape[1] != len(inputs):
        cure = "give one row a run, one column an input; one run alone is X[np.newaxis], SciPy's (d, n) is X.T"
        why = f"a batch is shaped (n, {len(inputs)})"
        raise ThroughflowError(Problem("batch", f"numbers shaped {values.shape}", why, cure))
    finite = np.isfinite(values)
    problems = _fault(inputs, values, finite, ("no finite number", "nothing can be computed from it", "leave such rows out"))
    if bounded:
        within = inside(inputs, values) | ~finite
        cure = "ask `evaluate.inside(X)` which rows may be run"
        problems += _fault(inputs, values, within, ("out of bounds", "inputs go from {low:g} to {high:g}", cure))
    raise_if(problems)
    return values


def _fault(inputs: Sequence[Input], values: np.ndarray, right: np.ndarray, told: tuple[str, str, str]) -> list[Problem]:
    """Return one problem for each input with a number that is not ``right``."""
    found = []
    for column in np.flatnonzero(~right.all(axis=0)):
        one, rows = inputs[column], np.flatnonzero(~right[:, column])
        shown = ", ".join(f"row {row}: {values[row, column]:.17g}" for row in rows[:SHOWN])
        more = f" and {rows.size - SHOWN} more" if rows.size > SHOWN else ""
        what, why, cure = told
        found.append(Problem(f"batch: {one.name}", f"{what}: {shown}{more}", why.format(low=one.low, high=one.high), cure))
    return found


def from_unit(inputs: Sequence[Input], places: Any) -> np.ndarray:
    """Return values at ``places`` of the unit cube, shape (row, input), by the quantile function of each input.

    Where tails are infinite the places 0 and 1 stand for the ends that any sampler can reach.

    Raises:
        ThroughflowError: another shape, places outside 0 to 1, an input without a range.
    """
    unbounded = [one for one in inputs if one.uncertainty is None and not math.isfinite(one.high - one.low)]
    cure = "give it (low, high) or an Uncertainty where the evaluator is made"
    raise_if(Problem(f"inputs: {one.name}", "no range", "the unit cube is mapped to ranges", cure) for one in unbounded)
    cube = [Input(one.name, one.targets, 0.0, 1.0, "1", None) for one in inputs]
    wanted = checked_batch(cube, places)
    made = np.empty_like(wanted)
    for column, one in enumerate(inputs):
        made[:, column] = _values(one, np.clip(wanted[:, column], 0.0, 1.0))
    return made


def _values(one: Input, places: np.ndarray) -> np.ndarray:
    if one.uncertainty is None:
        return np.clip(one.low + places * (one.high - one.low), one.low, one.high)
    if one.uncertainty.values:
        given = np.array(one.uncertainty.values)
        return given[np.minimum((places * given.size).astype(int), given.size - 1)]
    inner = np.clip(places, LEAST_PLACE, 1.0 - LEAST_PLACE)
    return DISTRIBUTIONS[one.uncertainty.distribution].quantile(inner, one.uncertainty.points)


def unit_problem(inputs: Sequence[Input]) -> dict[str, Any]:
    """Return SALib's problem of the unit cube, which fits every input; :func:`from_unit` makes values of its samples."""
    names = [one.name for one in inputs]
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0] for _ in names]}


def salib_problem(inputs: Sequence[Input]) -> dict[str, Any]:
    """Return SALib's problem in the units of the model: ``num_vars``, ``names``, ``bounds``, ``dists``.

    Raises:
        ThroughflowError: a distribution that SALib has no name for.
    """
    found = [_in_salib(one) for one in inputs]
    other = [one for one, known in zip(inputs, found, strict=True) if known is None]
    if other:
        what = "; ".join(map(_told, other[:SHOWN])) + (f"; and {len(other) - SHOWN} more" if len(other) > SHOWN else "")
        cure = (
            "sample `evaluate.unit_problem` and run evaluate(evaluate.from_unit(U)): indices of independent inputs are the same"
        )
        raise ThroughflowError(Problem("inputs", what, "SALib has no distribution of this shape", cure))
    dists, bounds = zip(*(known for known in found if known is not None), strict=True)
    return {
        "num_vars": len(inputs),
        "names": [one.name for one in inputs],
        "bounds": list(map(list, bounds)),
        "dists": list(dists),
    }


def _told(one: Input) -> str:
    if one.uncertainty is None:
        return f"{one.name}: no range"
    low, central, high = one.uncertainty.points
    return f"{one.name}: {one.uncertainty.distribution} with low {low:g}, central {central:g}, high {high:g}"


def _in_salib(one: Input) -> tuple[str, tuple[float, ...]] | None:
    """Return SALib's name and numbers of the distribution of ``one``, ``None`` if it has none."""
    if one.uncertainty is None:
        return ("unif", (one.low, one.high)) if math.isfinite(one.high - one.low) else None
    return in_salib(one.uncertainty.distribution, one.uncertainty.points)
