"""Times at which an equation changes its form: policy dates, ends of ramps, steps, pulses, knots of tables.

The kernel's guards are integers that are constant between such times.  They are compared on a fine grid and each change
is closed in by bisection to neighbouring floating-point numbers.
"""

import math
from itertools import pairwise

import numpy as np

from sim.engine.kernel import Bound

CELLS = 4096
"""Intervals of one grid; a longer run is looked through grid by grid."""

MOST_GRIDS = 1024
"""Grids of a run at most, whatever the shortest interval that is asked for."""

CLOSE = 1e-9
"""Breakpoints nearer than this share of the horizon are one; the earlier is kept."""


def breakpoints(bound: Bound, start: float, stop: float, *, shortest: float = math.inf) -> tuple[float, ...]:
    """Return the times strictly between ``start`` and ``stop`` at which a guard of ``bound`` changes, rising.

    Arguments:
        bound: a kernel bound to one member.
        start: first time.
        stop: last time.
        shortest: two changes of one guard that undo each other are found if this much time or more lies between them;
            by default, and at least, 1/4096 of the horizon; never finer than :data:`MOST_GRIDS` allows.
    """
    grids = min(max(1, math.ceil(2 * (stop - start) / shortest / CELLS)), MOST_GRIDS)
    ends = pairwise(np.linspace(start, stop, grids + 1))
    return _merged([time for low, high in ends for time in _changes(bound, np.linspace(low, high, CELLS + 1))], start, stop)


def _changes(bound: Bound, grid: np.ndarray) -> list[float]:
    """Return the times within ``grid`` at which a guard takes another value."""
    codes = _codes(bound, grid)
    if not codes.size:
        return []
    found: list[float] = []
    guard, cell = np.nonzero(codes[:, 1:] != codes[:, :-1])
    low, high, target = grid[cell], grid[cell + 1], codes[guard, cell + 1]
    while guard.size:
        change, after = _bisected(bound, guard, low, high)
        found += change.tolist()
        again = after != target
        guard, low, high, target = guard[again], change[again], high[again], target[again]
    return found


def _bisected(bound: Bound, guard: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return for each interval the first time at which its guard differs from its value at ``low``, and that value."""
    rows = np.arange(guard.size)
    before = _codes(bound, low)[guard, rows]
    while True:
        middle = low + (high - low) / 2
        if not np.any((middle > low) & (middle < high)):
            return high, _codes(bound, high)[guard, rows]
        same = _codes(bound, middle)[guard, rows] == before
        low, high = np.where(same, middle, low), np.where(same, high, middle)


def _codes(bound: Bound, times: np.ndarray) -> np.ndarray:
    rows = [
        np.broadcast_to(code, (*np.shape(code)[:-1], times.size)).reshape(-1, times.size).astype(float)
        for code in map(np.atleast_1d, bound.guards(times))
    ]
    return np.concatenate(rows) if rows else np.empty((0, times.size))


def _merged(found: list[float], start: float, stop: float) -> tuple[float, ...]:
    near = CLOSE * (stop - start)
    kept: list[float] = []
    for time in sorted(found):
        if start + near < time < stop - near and (not kept or time - kept[-1] > near):
            kept.append(time)
    return tuple(kept)
