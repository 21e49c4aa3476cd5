"""Many members with a fixed step in compiled code: the same contract as :mod:`sim.engine.members`, and the same meaning.

A member's bits depend on its own constants alone: not on its neighbours, the width of vectors, the number of threads or
the processor, because every operation of the kernel is defined to the last bit.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from ctypes import c_double, c_int64, c_void_p
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np

from sim.engine import native
from sim.engine.assembly import STEP_FLAG, Recipe, members_text, moments, prepare_text, scratch_size
from sim.engine.layout import Tables
from sim.engine.lowering import CannotCompile, lower
from sim.engine.members import Grid, Members, ending, pieces
from sim.engine.placement import Place, layout
from sim.engine.program import Program
from sim.engine.tables import Shape, packed, shapes_of
from sim.model.expressions import Table
from sim.model.ir import Model
from sim.results.status import DONE, TOO_COARSE

WIDE, HALF, FEW = 16, 8, 4
"""Members in a vector of an ensemble, where vectors should be shorter, and of a few; one alone takes plain numbers."""

MANY_NODES = 800
"""Nodes of a stage beyond which vectors are shorter: fewer numbers then wait in memory, and it compiles in half the time."""

GROUPS = 8
"""Vectors that a thread takes at once."""

LONGEST_TIMELINE = 1 << 28
"""Bytes of what changes with time alone, beyond which a run is left to NumPy."""

MOST_REFINED = 4
"""How many times longer the timeline of a finer step may be, with which errors are estimated."""

Points = tuple[np.ndarray, np.ndarray]

_PREPARE = (*[c_void_p] * 5, c_double, c_double, c_int64)
_MEMBERS = (*[c_void_p] * 6, c_int64, c_void_p, c_int64, c_void_p, c_void_p, c_double, *[c_int64] * 5)


def compiled_members(
    model: Model, record: Sequence[str], grid: Grid, *, columns: Sequence[np.ndarray], dtype: str = "float32"
) -> Members:
    """Return a runner of many members of ``model`` in compiled code; arguments as for NumPy's.

    Raises:
        CannotCompile: something of the model that the kernel does not take.
    """
    return _Runner(lower(model), record, grid, columns=columns, dtype=dtype)


@dataclass
class _Code:
    """Compiled functions of one form; ``members`` by width of vectors, made when first wanted."""

    recipe: Recipe
    prepare: Any
    members: dict[int, Any] = field(default_factory=dict)


class _Runner:
    def __init__(
        self, program: Program, record: Sequence[str], grid: Grid, *, columns: Sequence[np.ndarray], dtype: str
    ) -> None:
        graph = program.graph
        self.program, self.grid, self.dtype = program, grid, np.dtype(dtype)
        varied = {int(row): draw for draw, rows in enumerate(columns) for row in rows}
        self.draws = {node: varied[key[1]] for node, key in enumerate(graph.nodes) if key[0] == "constant" and key[1] in varied}
        kept = [node for name in record for node in program.values[name].values()]
        self.layout = layout(program, kept, varied)
        self.moments = moments(graph, self.layout, grid.method)
        self.timeline = self._timeline(grid, LONGEST_TIMELINE)
        short = native.splits_vectors() or self.layout.places.count(Place.STEP) > MANY_NODES
        self.wide = HALF if short else WIDE
        self.points = [table if isinstance(table, str) else _points(table) for table in program.tables]
        self.known: tuple[list[Points], tuple[tuple[Shape, ...], np.ndarray]] = ([], ((), packed([])))
        self.codes: dict[tuple[tuple[Shape, ...], bool], _Code] = {}
        self.lock = Lock()

    def at(self, grid: Grid) -> "_Runner":
        """Return the runner for other times, which shares the code."""
        other = copy(self)
        other.grid, other.timeline = grid, self._timeline(grid, MOST_REFINED * LONGEST_TIMELINE)
        return other

    def _timeline(self, grid: Grid, longest: int) -> int:
        """Return how many numbers the timeline has: for each step a row for each of its moments, and one for the end."""
        numbers = (grid.steps * len(self.moments) + 1) * len(self.layout.timeline)
        if 8 * numbers > longest:
            told = f"{grid.steps} steps of {len(self.layout.timeline)} numbers that time alone moves"
            raise CannotCompile(f"{told} would take {8 * numbers / 2**30:.1f} GB")
        return numbers

    def __call__(self, constants: np.ndarray, draws: np.ndarray, tables: Tables, threads: int) -> tuple[np.ndarray, np.ndarray]:
        grid, count = self.grid, draws.shape[1]
        shapes, numbers = self._tables([tables[name] if isinstance(name, str) else name for name in self.points])
        width = 1 if count == 1 else FEW if count <= FEW else self.wide
        code, members = self._compiled((shapes, self._merged()), width)
        shared = [
            np.ascontiguousarray(constants),
            np.array([grid.step, grid.step / 2, grid.start, grid.stop]),
            numbers,
            np.zeros(len(self.layout.shared) + 1),
            np.zeros(self.timeline + 1),
        ]
        code.prepare(*map(_address, shared), grid.start, grid.step, grid.steps)
        groups = -(-count // width)
        given = np.concatenate([draws, np.repeat(draws[:, -1:], groups * width - count, axis=1)], axis=1)
        out = np.empty((len(self.layout.record), grid.saved, groups * width), dtype=self.dtype)
        flags = np.zeros(groups * width, dtype=np.uint8)

        def run(part: slice) -> None:
            scratch = np.empty(scratch_size(self.layout, width))
            members(
                *map(_address, shared),
                _address(given),
                groups * width,
                _address(out),
                groups * width,
                _address(flags),
                _address(scratch),
                grid.step,
                grid.steps,
                grid.every,
                grid.saved,
                part.start,
                part.stop,
            )

        _spread(run, list(pieces(groups, GROUPS)), threads)
        return out[:, :, :count], _endings(out, flags[:count])

    def _tables(self, points: list[Points]) -> tuple[tuple[Shape, ...], np.ndarray]:
        """Return the form and the numbers of all tables, those of the last call where nothing was replaced."""
        known, found = self.known
        if len(known) != len(points) or any(old is not new for old, new in zip(known, points, strict=True)):
            found = shapes_of(points), packed(points)
            self.known = points, found
        return found

    def _merged(self) -> bool:
        """Tell whether recording can share what the first stage computes."""
        return self.grid.every == 1 and not any(inside for _, inside in self.moments)

    def _compiled(self, form: tuple[tuple[Shape, ...], bool], width: int) -> tuple[_Code, Any]:
        """Return the code for the form of the tables, and whether every step is recorded; made when first wanted."""
        with self.lock:
            code, (shapes, merged) = self.codes.get(form), form
            if code is None:
                single = self.dtype == np.float32
                recipe = Recipe(
                    self.program.graph, self.layout, shapes, self.draws, self.grid.method, single, self.moments, merged
                )
                code = _Code(recipe, native.built(prepare_text(recipe)).function("prepare", _PREPARE))
                self.codes[form] = code
            if width not in code.members:
                code.members[width] = native.built(members_text(code.recipe, width)).function("members", _MEMBERS)
            return code, code.members[width]


def _points(table: Table) -> Points:
    return np.array(table.xs), np.array(table.ys)


def _address(array: np.ndarray) -> int:
    return array.ctypes.data


def _spread(run: Any, parts: Sequence[slice], threads: int) -> None:
    if threads <= 1 or len(parts) == 1:
        for part in parts:
            run(part)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, parts))


def _endings(values: np.ndarray, flags: np.ndarray) -> np.ndarray:
    ended = np.full(flags.size, DONE, dtype=np.uint8)
    ended[flags == STEP_FLAG] = TOO_COARSE
    for member in np.flatnonzero(flags & ~STEP_FLAG):
        last_state = np.array([np.nan if flags[member] & 2 else np.inf])
        ended[member] = ending(values[:, :, member], last_state)
    return ended
