"""Many members of one model at once: prepared for a plan, then run block by block with whatever constants are asked.

This is the engine's door for ensembles: plain arrays in, plain arrays out, the same bits for a member wherever it stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim.engine.lowering import CannotCompile
from sim.engine.members import Grid, Members, numpy_members
from sim.errors import Problem, ThroughflowError, gather, raise_if
from sim.experiment.horizon import Horizon, checked
from sim.experiment.parameters import Own, bind_parameters, own_values, rows_of
from sim.model.ir import Model
from sim.results.status import DONE, REFINED, ended_well

BITS = 2
"""Number of the arithmetic: it grows whenever a change to the engine changes one bit of a result."""

REFINEMENTS = (2, 4)
"""Parts of the step with which a member that fails is tried again, in this order."""

FIXED_STEP = ("rk4", "euler")
"""Methods of ensembles."""

ENGINES = ("compiled", "numpy")


@dataclass(frozen=True)
class Plan:
    """What is computed for every member, whatever its constants.

    Attributes:
        model: a model as read.
        varied: constants, ``name`` or ``name[element]``, that have one value per member, in the order of the rows of draws.
        record: names of the variables to keep.
        method: ``rk4`` or ``euler``.
        step: fixed step in the model's time unit.
        start: first time.
        stop: last time.
        save: interval between stored values.
        engine: ``compiled``, which falls back to NumPy and says so, or ``numpy``.
        dtype: ``float32`` or ``float64``, of the recorded numbers; the computation is in double precision.
    """

    model: Model
    varied: tuple[str, ...]
    record: tuple[str, ...]
    method: str
    step: float
    start: float
    stop: float
    save: float
    engine: str = "compiled"
    dtype: str = "float32"


@dataclass(frozen=True)
class Row:
    """One recorded number: a variable's ``name`` and its ``element``, empty for a scalar."""

    name: str
    element: tuple[str, ...]


@dataclass(frozen=True)
class Block:
    """What a block of members gave.

    Attributes:
        values: recorded numbers, shape (row, time, member), each in its variable's unit.
        status: how each member ended, a key of :data:`sim.results.status.STATUS`, shape (member,).
    """

    values: np.ndarray
    status: np.ndarray


@dataclass(frozen=True)
class Prepared:
    """A plan ready to run.

    Attributes:
        plan: what was asked.
        times: stored times, shape (time,).
        rows: what the rows of a block are; elements of a variable row by row.
        engine: ``compiled`` or ``numpy``: what runs.
        notes: why it fell back to NumPy, and remarks on the horizon.
        members: the engine's runner.
        own: the model's own values.
    """

    plan: Plan
    times: np.ndarray
    rows: tuple[Row, ...]
    engine: str
    notes: tuple[str, ...]
    members: Members
    own: Own

    def run(self, draws: np.ndarray, parameters: Mapping[str, Any], *, threads: int = 1, refine: bool = False) -> Block:
        """Run one member for each column of ``draws``.

        With ``refine`` a member that fails is tried again with a finer step, because a delay shorter than the step can be the
        reason; what it then gives depends on its own constants alone, as everything else.  Numbers may be finite and wrong
        where the step is too large: :func:`sim.results.status.ended_well` tells whose numbers stand.

        Arguments:
            draws: values of the varied constants in the model's units, shape (varied, member).
            parameters: values that all members share, as for :func:`sim.experiment.simulate.simulate`.
            threads: processor threads to use; they share no lock of Python's.
            refine: whether members that fail are tried again.

        Raises:
            ThroughflowError: draws of another shape or not finite; everything wrong with the parameters.
        """
        draws = np.ascontiguousarray(draws, dtype=float)
        _, (constants, tables) = gather(
            lambda: raise_if(_draw_problems(draws, self.plan)),
            lambda: bind_parameters(self.plan.model, parameters, own=self.own),
        )
        values, status = self.members(constants[:, 0], draws, tables, threads)
        for part in REFINEMENTS if refine else ():
            failed = np.flatnonzero(~ended_well(status))
            if not failed.size:
                break
            finer = self.at_step(self.plan.step / part).members
            again, ended = finer(constants[:, 0], draws[:, failed], tables, threads)
            mended = ended == DONE
            values[:, :, failed[mended]], status[failed[mended]] = again[:, :, mended], REFINED
        return Block(values, status)

    def at_step(self, step: float) -> "Prepared":
        """Return the same plan with another time step, sharing what is compiled.

        Raises:
            ThroughflowError: the step does not divide the horizon and the saving interval.
        """
        plan = replace(self.plan, step=step)
        clock = (plan.start, plan.stop, plan.step, plan.save)
        _, horizon = checked(plan.model, plan.method, record=plan.record, clock=clock)
        try:
            return replace(self, plan=plan, members=self.members.at(_grid(plan, horizon)))
        except CannotCompile as reason:
            cure = "take a larger step, or a shorter horizon"
            raise ThroughflowError(Problem("step", f"{step:g}", str(reason), cure)) from reason


def prepare(plan: Plan) -> Prepared:
    """Return ``plan`` ready to run, compiled where the compiler takes it.

    Raises:
        ThroughflowError: everything that is wrong with names, method and times.
    """
    clock = (plan.start, plan.stop, plan.step, plan.save)
    _, (names, horizon), columns = gather(
        lambda: raise_if(_plan_problems(plan)),
        lambda: checked(plan.model, plan.method if plan.method in FIXED_STEP else "rk4", record=plan.record, clock=clock),
        lambda: tuple(rows_of(plan.model, plan.varied)),
    )
    rows = tuple(Row(name, element) for name in names for element in plan.model.elements(plan.model.variables[name]))
    engine, members, notes = _engine(plan, names, _grid(plan, horizon), columns)
    return Prepared(plan, horizon.times, rows, engine, (*horizon.notes, *notes), members, own_values(plan.model))


def _engine(plan: Plan, names: list[str], grid: Grid, columns: Sequence[np.ndarray]) -> tuple[str, Members, tuple[str, ...]]:
    notes: tuple[str, ...] = ()
    if plan.engine == "compiled":
        try:
            from sim.engine.compiled import compiled_members  # llvmlite is needed by ensembles alone

            return plan.engine, compiled_members(plan.model, names, grid, columns=columns, dtype=plan.dtype), ()
        except (CannotCompile, ImportError) as reason:
            notes = (f"computed in NumPy, which is slower: {reason}",)
    return "numpy", numpy_members(plan.model, names, grid, columns=columns, dtype=plan.dtype), notes


def _grid(plan: Plan, horizon: Horizon) -> Grid:
    saved, every = horizon.times.size - 1, round(plan.save / plan.step)
    return Grid(plan.method, plan.start, plan.step, saved * every, every, plan.stop)


def _plan_problems(plan: Plan) -> list[Problem]:
    found = []
    if plan.method not in FIXED_STEP:
        why = "members of an ensemble step together"
        found.append(Problem("method", plan.method, why, f"use {' or '.join(FIXED_STEP)}"))
    if not plan.record:
        found.append(Problem("record", "nothing to keep", "an ensemble keeps what it is told", "name the outcomes to record"))
    found += [
        Problem(where, repr(value), f"there is {' and '.join(known)}", f"use {known[0]}")
        for where, value, known in (("engine", plan.engine, ENGINES), ("dtype", plan.dtype, ("float32", "float64")))
        if value not in known
    ]
    return found


def _draw_problems(draws: np.ndarray, plan: Plan) -> list[Problem]:
    if draws.ndim != 2 or draws.shape[0] != len(plan.varied):
        why = f"{len(plan.varied)} constants vary"
        return [Problem("draws", f"numbers shaped {draws.shape}", why, "give one row per constant, one column per member")]
    found = []
    for name, row in zip(plan.varied, draws, strict=True):
        low, high = (*plan.model.find(name.partition("[")[0]).limits, None, None)[:2]
        finite = np.isfinite(row)
        inside = (row >= (-np.inf if low is None else low)) & (row <= (np.inf if high is None else high))
        if not finite.all():
            what, cure = f"no finite number for member {int(np.argmin(finite))}", "give every member a finite number"
            found.append(Problem(f"draws of {name}", what, "NaN is not a number", cure))
        elif not inside.all():
            what, why = (
                f"{row[int(np.argmin(inside))]:g} for member {int(np.argmin(inside))}",
                f"the model's limits are {low} to {high}",
            )
            found.append(Problem(f"draws of {name}", what, why, "give every member a value between them"))
    return found
