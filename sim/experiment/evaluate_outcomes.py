"""The columns of what a batch gives: references to variables, and gains of one scenario over another in the same row."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.analysis.values import split
from sim.errors import Problem, ThroughflowError, nearest, raise_if
from sim.experiment.batch import Row
from sim.model.ir import Model, key

GAIN = "gain of "
"""What stands before a reference for the difference from the baseline with the same inputs."""


@dataclass(frozen=True)
class Reading:
    """One outcome.

    Attributes:
        name: as it was asked for.
        variable: model name of the variable.
        elements: elements whose values are added, each with an entry for every range of the variable.
        gain: whether it is a difference from the baseline.
        unit: the model's unit.
    """

    name: str
    variable: str
    elements: tuple[tuple[str, ...], ...]
    gain: bool
    unit: str


def readings_of(model: Model, outcomes: Sequence[str], *, paired: bool) -> tuple[Reading, ...]:
    """Return what ``outcomes`` mean for ``model``.

    Arguments:
        model: a model as read.
        outcomes: ``name``, ``name[element]``, ``name[*]`` for the sum over a range, with ``gain of`` before it or not.
        paired: whether there is a baseline to gain over.

    Raises:
        ThroughflowError: nothing asked for, names and elements that are unknown, gains without a baseline or the reverse.
    """
    if isinstance(outcomes, str) or not len(outcomes):
        cure = "give names of variables: ['total ties', 'gain of Ties[US]']"
        raise ThroughflowError(Problem("outcomes", repr(outcomes), "a list of what is read from each run is wanted", cure))
    problems: list[Problem] = []
    found = []
    for name in outcomes:
        try:
            found.append(_reading(model, name))
        except ThroughflowError as error:
            problems += error.problems
    gains = [name for name in outcomes if str(name).startswith(GAIN)]
    if gains and not paired:
        cure = "give baseline={} for the model's own values"
        problems += [Problem(f"outcomes: {name}", "no baseline", "a gain is a difference from one", cure) for name in gains]
    if paired and not gains:
        cure = f"ask for {GAIN + str(outcomes[0])!r}, or leave the baseline out"
        problems.append(Problem("baseline", "nothing is compared with it", "it would run for nothing", cure))
    raise_if(problems)
    return tuple(found)


def _reading(model: Model, name: str) -> Reading:
    gain = name.startswith(GAIN)
    base, parts = split(name[len(GAIN) :] if gain else name)
    variable = model.find(base)
    where = f"outcomes: {name}"
    if variable.kind == "table":
        cure = "name the variable that reads it"
        raise ThroughflowError(Problem(where, "a table", "a table has no course in time", cure))
    if len(parts) != len(variable.dims):
        shown = f"{variable.name}[{','.join('*' for _ in variable.dims)}]" if variable.dims else variable.name
        what = f"{len(parts)} elements given, {variable.name!r} has the ranges {list(variable.dims)}"
        raise ThroughflowError(Problem(where, what, "an outcome is one number a run", f"give one element, or *: {shown}"))
    choices = []
    for dim, part in zip(variable.dims, parts, strict=True):
        known = {key(element): element for element in model.ranges[dim].elements}
        if part != "*" and key(part) not in known:
            cure = nearest(part, known.values()) or "there are " + ", ".join(known.values())
            raise ThroughflowError(Problem(where, f"no element {part!r} in {dim}", "nothing is called so", cure))
        choices.append(tuple(known.values()) if part == "*" else (known[key(part)],))
    return Reading(name, variable.name, tuple(itertools.product(*choices)), gain, variable.units or "dmnl")


def read(reading: Reading, values: np.ndarray, places: Mapping[Row, int]) -> np.ndarray:
    """Return ``reading`` from recorded ``values``, shape (row, time, member), as (time, member).

    Elements are added one after another, so that a member's bits do not depend on how many stand beside it.
    """
    first, *others = (values[places[Row(reading.variable, element)]] for element in reading.elements)
    total = first
    for other in others:
        total = total + other
    return total
