"""Many members with a fixed step, in NumPy: the readable form, the oracle of the compiled one, and its fall-back.

Members are taken in pieces that fit the processor's cache; each member's numbers depend on its own column alone, so
pieces and threads do not change a bit.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from sim.engine.codegen import compile_model
from sim.engine.held import needed
from sim.engine.kernel import Bound, Clockwork, Kernel
from sim.engine.layout import Tables, slots_of
from sim.engine.methods import METHODS, advance
from sim.engine.stability import Watch
from sim.model.expressions import Table
from sim.model.ir import Model
from sim.results.status import DIVERGED, DONE, LEFT_DOMAIN, TOO_COARSE

PIECE = 256
"""Members that NumPy works on at once; measured best on the flagship, whose arrays then fit the second-level cache."""


@dataclass(frozen=True)
class Grid:
    """Times of a fixed-step run: the time of step *i* is ``start + i * step``, never a running sum.

    Attributes:
        method: a key of :data:`~sim.engine.methods.METHODS`.
        start: first time.
        step: time step.
        steps: number of steps.
        every: steps between stored values.
        stop: FINAL TIME.
    """

    method: str
    start: float
    step: float
    steps: int
    every: int
    stop: float

    @property
    def saved(self) -> int:
        """Number of stored times."""
        return self.steps // self.every + 1


class Members(Protocol):
    """Runs many members over one grid of times."""

    def __call__(self, constants: np.ndarray, draws: np.ndarray, tables: Tables, threads: int) -> tuple[np.ndarray, np.ndarray]:
        """Run members.

        Arguments:
            constants: the vector that all members share, shape (constant,).
            draws: values of what varies, shape (varied, member).
            tables: points by name.
            threads: processor threads to use.

        Returns:
            Recorded numbers, float32 or float64, shape (row, time, member), and how each member ended, uint8 (member,).
        """

    def at(self, grid: Grid) -> "Members":
        """Return the same for other times."""


def numpy_members(
    model: Model, record: Sequence[str], grid: Grid, *, columns: Sequence[np.ndarray], dtype: str = "float32"
) -> Members:
    """Return a runner of many members of ``model`` in NumPy.

    Arguments:
        model: the model.
        record: names to keep.
        grid: times of the runs.
        columns: for each row of draws, the rows of the vector of constants that take its values.
        dtype: of the recorded numbers.
    """
    sizes = {name: int(np.prod(model.shape(model.variables[name]), dtype=int)) for name in record}
    return _NumPyMembers(compile_model(model, record), sizes, grid, columns, np.dtype(dtype), _judged(model, record))


def _judged(model: Model, record: Sequence[str]) -> np.ndarray:
    """Return the rows of the state that ``record`` depends on, now or through time: a run is judged by these alone."""
    slots = {slot.name: slot for slot in slots_of(model, "stock")}
    found: set[str] = set()
    fresh = set(record)
    while fresh:
        found |= fresh
        sides = [equation.value for name in fresh for equation in model.variables[name].equations]
        fresh = {name for name, _ in needed(model, [side for side in sides if not isinstance(side, Table)])} - found
    return np.array([row for name in slots if name in found for row in range(slots[name].start, slots[name].stop)], dtype=int)


@dataclass(frozen=True)
class _NumPyMembers:
    kernel: Kernel
    sizes: Mapping[str, int]
    grid: Grid
    columns: Sequence[np.ndarray]
    dtype: np.dtype
    judged: np.ndarray

    def at(self, grid: Grid) -> "_NumPyMembers":
        return replace(self, grid=grid)

    def __call__(self, constants: np.ndarray, draws: np.ndarray, tables: Tables, threads: int) -> tuple[np.ndarray, np.ndarray]:
        count = draws.shape[1]
        out = np.empty((sum(self.sizes.values()), self.grid.saved, count), dtype=self.dtype)
        ended = np.empty(count, dtype=np.uint8)

        def one(part: slice) -> None:
            ended[part] = self._piece(constants, draws[:, part], tables, out[:, :, part])

        with ThreadPoolExecutor(max(1, threads)) as pool:
            list(pool.map(one, pieces(count, PIECE)))
        return out, ended

    def _piece(self, constants: np.ndarray, draws: np.ndarray, tables: Tables, out: np.ndarray) -> np.ndarray:
        whole = np.repeat(constants[:, np.newaxis], draws.shape[1], axis=1)
        for rows, values in zip(self.columns, draws, strict=True):
            whole[rows] = values
        clock = Clockwork(self.grid.step, self.grid.step / 2, self.grid.start, self.grid.stop)
        watch = Watch(self.grid.method, (self.grid.step, self.grid.steps), self.judged, draws.shape[1])
        with np.errstate(all="ignore"):
            last = _marched(self.kernel.bind(whole, tables, clock), (self.grid, watch), self.sizes, out)
        ended = endings(out, last[self.judged])
        ended[(ended == DONE) & watch.found] = TOO_COARSE
        return ended


def pieces(count: int, length: int) -> Iterator[slice]:
    """Yield slices of at most ``length`` that cover ``count`` members."""
    for first in range(0, count, length):
        yield slice(first, min(first + length, count))


def _marched(bound: Bound, steps: tuple[Grid, Watch], sizes: Mapping[str, int], out: np.ndarray) -> np.ndarray:
    """Fill ``out`` (row, time, member) with the course of the members bound, each step watched, and return their last state."""
    grid, watch = steps
    state = np.broadcast_to(bound.initial(), (bound.initial().shape[0], out.shape[2])).copy()
    tableau = METHODS[grid.method]
    for index in range(grid.steps + 1):
        time = grid.start + index * grid.step
        if index % grid.every == 0:
            _observe(bound, (time, state), sizes, out[:, index // grid.every])
        if index < grid.steps:
            state = advance(bound, tableau, state, time=time, step=grid.step, look=watch.look)
    return state


def _observe(bound: Bound, moment: tuple[float, np.ndarray], sizes: Mapping[str, int], out: np.ndarray) -> None:
    seen, row = bound.observe(*moment), 0
    for name, size in sizes.items():
        values = np.asarray(seen[name])
        members = values.shape[-1] if values.ndim else 1
        out[row : row + size] = values.reshape(-1, members) if values.ndim else values
        row += size


def endings(values: np.ndarray, state: np.ndarray) -> np.ndarray:
    """Return how members ended, shape (member,), from recorded ``values`` (row, time, member) and the last ``state``.

    The first recorded number that is not finite decides: infinite means diverged, undefined that an equation was asked
    outside its domain.  Where all that is recorded is finite, the last state decides.
    """
    ended = np.full(values.shape[2], DONE, dtype=np.uint8)
    for member in np.flatnonzero(~(np.isfinite(values).all(axis=(0, 1)) & np.isfinite(state).all(axis=0))):
        ended[member] = ending(values[:, :, member], state[:, member])
    return ended


def ending(values: np.ndarray, state: np.ndarray) -> int:
    """Return how one member ended that has numbers that are not finite; ``values`` shaped (row, time), ``state`` (state,)."""
    moments = np.flatnonzero(~np.isfinite(values).all(axis=0))
    decisive = values[:, moments[0]] if moments.size else state
    return LEFT_DOMAIN if np.isnan(decisive).any() else DIVERGED
