"""The batch contract: a model as a function from rows of inputs to rows of outcomes, for samplers and optimisers of others.

``evaluate(X)`` takes values in the model's units, shape (n, d), and returns float64 of shape (n, m).  A row's bits depend on
that row alone: neither on the others, nor on n, nor on the number of threads.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from sim.errors import Problem, gather, nearest, raise_if
from sim.experiment.batch import Plan, Prepared, Row, prepare
from sim.experiment.evaluate_inputs import (
    Asked,
    Input,
    bounds_of,
    checked_batch,
    from_unit,
    inputs_of,
    inside,
    salib_problem,
    unit_problem,
)
from sim.experiment.evaluate_outcomes import Reading, read, readings_of
from sim.experiment.parameters import bind_parameters, rows_of
from sim.experiment.processors import processors
from sim.experiment.scenarios import Scenario
from sim.model.ir import Model, key
from sim.results.status import STATUS, ended_well

FAILED = ("nan", "refuse")
"""What becomes of a row whose run failed: NaN, or all of them told."""

ALL = "all"
"""Instead of a year: every stored time."""

TOGETHER = 8192
"""Rows run at once, so that a large batch takes no more memory than its answer."""


@dataclass(frozen=True)
class Question:
    """What an evaluator computes; see :func:`evaluator` for the meaning of each."""

    model: Model
    inputs: Asked
    outcomes: Sequence[str]
    scenario: Mapping[str, Any]
    baseline: Mapping[str, Any] | None = None
    year: float | tuple[float, ...] | str | None = None
    step: float | None = None
    failed: str = "nan"
    method: str = "rk4"
    threads: int | None = None
    start: float | None = None
    stop: float | None = None
    save: float | None = None


@dataclass(frozen=True)
class Evaluator:
    """A model compiled for one question; call it with a batch.

    Attributes:
        question: what was asked.
        columns: the inputs, in the order of the columns of a batch.
        readings: the outcomes, in the order of the columns of what is returned.
        prepared: the compiled model.
        places: positions of the times that are returned, among those stored.
        series: whether times are returned, be it one, as an axis of their own.
    """

    question: Question
    columns: tuple[Input, ...]
    readings: tuple[Reading, ...]
    prepared: Prepared
    places: tuple[int, ...]
    series: bool

    def __call__(self, batch: Any) -> np.ndarray:
        """Return the outcomes of each row of ``batch``.

        Arguments:
            batch: values in the model's units, shape (n, d); n may be 0.

        Returns:
            float64 of shape (n, m), or (n, time, m) where several times were asked for; NaN in a row whose run failed.

        Raises:
            ThroughflowError: another shape, NaN, values out of bounds; runs that failed, if these are to be refused.
        """
        return self.with_status(batch)[0]

    def with_status(self, batch: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return the outcomes and how each row's run ended, a code of :data:`sim.results.status.STATUS`, shape (n,).

        Where gains are asked for, it is how the first of the two runs ended that did not end well.
        """
        rows = checked_batch(self.columns, batch)
        values = np.full((len(rows), len(self.places), len(self.readings)), np.nan)
        status = np.zeros(len(rows), dtype=np.uint8)
        for first in range(0, len(rows), TOGETHER):
            part = slice(first, first + TOGETHER)
            values[part], status[part] = self._run(rows[part])
        if self.question.failed == "refuse":
            raise_if(_failures(status))
        return (values if self.series else values[:, 0, :]), status

    def inside(self, batch: Any) -> np.ndarray:
        """Return which rows of ``batch``, shape (n, d), lie within the bounds, shape (n,).

        Raises:
            ThroughflowError: another shape, NaN.
        """
        return inside(self.columns, checked_batch(self.columns, batch, bounded=False)).all(axis=1)

    def from_unit(self, places: Any) -> np.ndarray:
        """Return the batch at ``places`` of the unit cube, shape (n, d), through the quantiles of the inputs.

        Raises:
            ThroughflowError: another shape, places outside 0 to 1, an input without a range.
        """
        return from_unit(self.columns, places)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return tuple(one.name for one in self.columns)

    @property
    def units(self) -> tuple[str, ...]:
        """Units of the inputs."""
        return tuple(one.unit for one in self.columns)

    @property
    def bounds(self) -> np.ndarray:
        """Least and greatest value of each input, shape (d, 2); infinite where nothing bounds it."""
        return bounds_of(self.columns)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Names of the outcomes."""
        return tuple(reading.name for reading in self.readings)

    @property
    def outcome_units(self) -> tuple[str, ...]:
        """Units of the outcomes."""
        return tuple(reading.unit for reading in self.readings)

    @property
    def times(self) -> np.ndarray:
        """Times of what is returned, shape (time,)."""
        return self.prepared.times[list(self.places)]

    @property
    def problem(self) -> dict[str, Any]:
        """SALib's problem in the model's units.

        Raises:
            ThroughflowError: SALib has no name for a distribution; ``unit_problem`` serves there.
        """
        return salib_problem(self.columns)

    @property
    def unit_problem(self) -> dict[str, Any]:
        """SALib's problem of the unit cube, for any inputs; ``from_unit`` makes a batch of its samples."""
        return unit_problem(self.columns)

    @cached_property
    def _rows(self) -> dict[Row, int]:
        return {row: place for place, row in enumerate(self.prepared.rows)}

    def _run(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return outcomes, shape (row, time, outcome), and statuses of ``rows``, shape (row, input)."""
        asked = self.question
        owners = [column for column, one in enumerate(self.columns) for _ in one.targets]
        draws, threads = rows.T[owners], asked.threads or processors()
        block = self.prepared.run(draws, asked.scenario, threads=threads, refine=True)
        status, base = block.status, None
        if asked.baseline is not None:
            other = self.prepared.run(draws, asked.baseline, threads=threads, refine=True)
            status, base = np.where(ended_well(status) & ~ended_well(other.status), other.status, status), other.values
        made = np.empty((len(rows), len(self.places), len(self.readings)))
        for column, reading in enumerate(self.readings):
            found = read(reading, block.values, self._rows)
            if reading.gain and base is not None:
                found = found - read(reading, base, self._rows)
            made[:, :, column] = found[list(self.places)].T
        made[~ended_well(status)] = np.nan
        return made, status

    def __reduce__(self) -> tuple:
        """Travel between processes as the question, to be compiled again."""
        return made_for, (self.question,)


def evaluator(
    model: Model,
    inputs: Asked,
    outcomes: Sequence[str],
    *,
    scenario: Mapping[str, Any] | Scenario | None = None,
    baseline: Mapping[str, Any] | Scenario | None = None,
    year: float | Sequence[float] | str | None = None,
    step: float | None = None,
    failed: str = "nan",
) -> Evaluator:
    """Return ``model`` as a function of some of its constants, compiled once, by fourth-order Runge-Kutta with a fixed step.

    Arguments:
        model: a model as read.
        inputs: by ``name`` or ``name[element]`` of a constant a pair (low, high) in its unit or an
            :class:`sim.experiment.uncertainty.Uncertainty`; or a list of names, bounded by the model's limits alone.
        outcomes: variables, ``Ties[US]`` for an element, ``Ties[*]`` for the sum over a range; ``gain of total ties`` for the
            difference from the baseline with the same inputs.
        scenario: values of other constants and tables; the model's own if ``None``.
        baseline: the same for what gains are differences from; ``{}`` for the model's own values.
        year: time at which outcomes are read; the last if ``None``; several, or ``all`` that are stored, give series.
        step: fixed step; the file's own if ``None``.
        failed: ``nan`` puts NaN into the row of a run that failed, ``refuse`` tells of all such rows.

    Returns:
        A callable ``evaluate(X[n, d]) -> Y[n, m]``, with ``names``, ``units``, ``bounds``, ``outcomes``, ``problem`` (SALib's),
        ``from_unit`` and ``with_status``.

    Raises:
        ThroughflowError: everything wrong with names, ranges, values and times.
    """
    years = year if year is None or isinstance(year, str | int | float | np.number) else tuple(map(float, year))
    base = None if baseline is None else _values(baseline)
    names = outcomes if isinstance(outcomes, str) else tuple(outcomes)
    return made_for(Question(model, inputs, names, _values(scenario or {}), base, years, step, failed))


def made_for(question: Question) -> Evaluator:
    """Return the evaluator of ``question``.

    Raises:
        ThroughflowError: everything wrong with it.
    """
    model, worlds = question.model, [question.scenario, *([] if question.baseline is None else [question.baseline])]
    _, columns, readings, *_ = gather(
        lambda: raise_if(_setting_problems(question)),
        lambda: inputs_of(model, question.inputs),
        lambda: readings_of(model, question.outcomes, paired=question.baseline is not None),
        *(lambda world=world: bind_parameters(model, world) for world in worlds),
    )
    raise_if(_given_twice(model, columns, worlds))
    start, stop, save = _horizon(question)
    plan = Plan(
        model,
        tuple(target for one in columns for target in one.targets),
        tuple(dict.fromkeys(reading.variable for reading in readings)),
        question.method,
        step=model.clock.step if question.step is None else question.step,
        start=start,
        stop=stop,
        save=save,
        dtype="float64",
    )
    prepared = prepare(plan)
    places = _places(question, prepared.times)
    return Evaluator(question, columns, readings, prepared, places, isinstance(question.year, str | tuple))


def _values(given: Mapping[str, Any] | Scenario) -> Mapping[str, Any]:
    return dict(given.parameters if isinstance(given, Scenario) else given)


def _setting_problems(question: Question) -> list[Problem]:
    found = []
    if question.failed not in FAILED:
        cure = nearest(str(question.failed), FAILED) or f"use {' or '.join(FAILED)}"
        found.append(Problem("failed", repr(question.failed), "a failed run has no numbers", cure))
    if isinstance(question.year, str) and question.year != ALL:
        found.append(Problem("year", repr(question.year), "not a time", f"give a number, several, or {ALL!r}"))
    if isinstance(question.year, tuple) and not question.year:
        found.append(Problem("year", "no times", "nothing would be read", f"give times, or {ALL!r}"))
    return [*found, *_year_problems(question)]


def _year_problems(question: Question) -> list[Problem]:
    """Return what is wrong with the times asked for by number."""
    clock, start, years = question.model.clock, _start(question), _years(question)
    several, unit = isinstance(question.year, tuple), question.model.clock.units or "time units"
    before = [year for year in years if not (math.isfinite(year) and year >= start)]
    problems = [
        Problem("year", f"{year:g}", f"the run begins at {start:g}", f"give a later time, in {unit}") for year in before
    ]
    if years and not before and max(years) == start:
        problems.append(Problem("year", f"{start:g}", "the run begins there", "give a later time, or one beside it"))
    grid = (clock.save if question.save is None else question.save) if several else (question.step or clock.step)
    count = (np.array(years) - start) / grid
    off = [year for year, place in zip(years, count, strict=True) if math.isfinite(place) and abs(place - round(place)) > 1e-6]
    why = f"times are {'stored' if several else 'computed'} every {grid:g} from {start:g} on"
    return problems + [Problem("year", f"{year:g}", why, "give one of those") for year in off]


def _years(question: Question) -> tuple[float, ...]:
    """Return the times asked for by number."""
    if question.year is None or isinstance(question.year, str):
        return ()
    return question.year if isinstance(question.year, tuple) else (float(question.year),)


def _start(question: Question) -> float:
    return question.model.clock.start if question.start is None else question.start


def _horizon(question: Question) -> tuple[float, float, float]:
    """Return start, stop and saving interval: no longer than what is read, and no more stored than that."""
    clock, years = question.model.clock, _years(question)
    start, stop = _start(question), clock.stop if question.stop is None else question.stop
    stop = max(years, default=stop)
    if isinstance(question.year, str | tuple):
        return start, stop, clock.save if question.save is None else question.save
    return start, stop, stop - start


def _places(question: Question, times: np.ndarray) -> tuple[int, ...]:
    if question.year == ALL:
        return tuple(range(times.size))
    years = _years(question) or (float(times[-1]),)
    return tuple(int(np.abs(times - year).argmin()) for year in years)


def _given_twice(model: Model, columns: Sequence[Input], worlds: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """Return one problem for each input that a scenario sets too: one of the two would not hold."""
    targets = [(target, one.name) for one in columns for target in one.targets]
    taken = rows_of(model, [target for target, _ in targets])
    owners = {row: name for (_, name), rows in zip(targets, taken, strict=True) for row in rows.tolist()}
    near = {key(target.partition("[")[0]) for target, _ in targets}
    found = {}
    for name in (name for world in worlds for name in world if key(name.partition("[")[0]) in near):
        both = next((owners[row] for row in rows_of(model, [name])[0].tolist() if row in owners), None)
        if both is not None:
            cure = "leave it out of the inputs, or do not set it in the scenario"
            found[both] = Problem(f"inputs: {both}", f"{name} is set by the scenario too", "a constant has one value", cure)
    return list(found.values())


def _failures(status: np.ndarray) -> list[Problem]:
    """Return one problem for each way in which rows failed."""
    found = []
    for code in np.unique(status[~ended_well(status)]).tolist():
        rows = np.flatnonzero(status == code)
        what = f"{rows.size} of {status.size} runs {STATUS[code]}: rows {', '.join(map(str, rows[:8]))}"
        what += " and more" if rows.size > 8 else ""
        cure = "narrow the inputs, take a smaller step, or ask for failed='nan'"
        found.append(Problem("batch", what, "a failed run has no numbers", cure))
    return found
