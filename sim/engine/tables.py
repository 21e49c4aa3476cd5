"""Tables in the compiled kernel: as a sum of bends where these are few and exact enough, else by searching the points.

A broken line is ``y = c + sum of b_k * max(x, x_k)``, x being held between the first and the last point and b_k the change of
slope at point k: no branch, nothing gathered, and uneven points cost nothing extra.  The sum loses digits where bends are
sharp against the table's own size; such tables are searched, and so is every table whose points must be hit exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.engine.text import Lines

MOST_BENDS = 12
"""Points up to which a sum of bends is faster than searching."""

EXACT = 1e-12
"""Rounding error, relative to the table's largest value, up to which a sum of bends is used."""

HEAD = 3
"""Numbers that stand before the points of a table."""


@dataclass(frozen=True)
class Shape:
    """Form of a table in the kernel's text: what of its points the text itself depends on.

    Attributes:
        points: number of points.
        bends: whether it may be written as a sum of bends.
        offset: where its numbers begin among those of all tables.
    """

    points: int
    bends: bool
    offset: int


def shapes_of(tables: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[Shape, ...]:
    """Return the form of each table, given its points."""
    found, offset = [], 0
    for xs, ys in tables:
        found.append(Shape(len(xs), len(xs) <= MOST_BENDS and _error(xs, ys) <= EXACT, offset))
        offset += HEAD + 4 * len(xs) - 2
    return tuple(found)


def packed(tables: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Return the numbers of all tables as the kernel reads them: of each ``c, least y, largest y, xs, ys, slopes, bends``."""
    parts: list[np.ndarray] = []
    for xs, ys in tables:
        slopes, bends = _slopes(xs, ys)
        with np.errstate(all="ignore"):  # a slope that overflows is of a table that is searched
            constant = ys[0]
            for bend, x in zip(bends, xs[:-1], strict=True):  # at the first point every bend gives its own point
                constant = constant - bend * x
        parts += [np.array([constant, ys.min(), ys.max()]), xs, ys, slopes, bends]
    return np.concatenate([*parts, np.zeros(1)])


def _slopes(xs: np.ndarray, ys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the slope after each point but the last, and how much it differs from the one before."""
    with np.errstate(all="ignore"):
        slopes = np.diff(ys) / np.diff(xs)
        return slopes, np.diff(slopes, prepend=0.0)


def _error(xs: np.ndarray, ys: np.ndarray) -> float:
    """Return about how large the rounding error of a sum of bends can be, relative to the table's largest value."""
    slopes, bends = _slopes(xs, ys)
    if not np.isfinite(slopes).all() or not np.isfinite(bends).all():
        return np.inf
    terms = float(np.sum(np.abs(bends)) * np.max(np.abs(xs)))
    size = float(np.max(np.abs(ys)))
    return len(xs) * np.finfo(float).eps * terms / size if size else 0.0


def write_bends(lines: Lines, shape: Shape, argument: str) -> str:
    """Write the value of a table at ``argument``, NaN where that is."""
    first = shape.offset
    xs = [lines.load("%tables", first + HEAD + k, lanes=False) for k in range(shape.points)]
    found = lines.load("%tables", first, lanes=False)
    if shape.points == 1:
        return lines.select(lines.compare("uno", argument, argument), argument, found)
    inside = _clamped(lines, argument, (xs[0], xs[-1]))
    for k in range(shape.points - 1):
        bend = lines.load("%tables", first + HEAD + 3 * shape.points - 1 + k, lanes=False)
        beyond = lines.select(lines.compare("ogt", xs[k], inside), xs[k], inside) if k else inside
        found = lines.fused(bend, beyond, found)
    least, largest = (lines.load("%tables", first + 1 + k, lanes=False) for k in range(2))
    return _clamped(lines, found, (least, largest))


def _clamped(lines: Lines, value: str, ends: Sequence[str]) -> str:
    low, high = ends
    raised = lines.select(lines.compare("ogt", low, value), low, value)
    return lines.select(lines.compare("olt", high, raised), high, raised)


SEARCH = """\
define internal double @search(double %x, ptr %xs, i64 %points) noinline nounwind {
entry:
  %ys = getelementptr inbounds double, ptr %xs, i64 %points
  %slopes = getelementptr inbounds double, ptr %ys, i64 %points
  %last = sub i64 %points, 1
  %undefined = fcmp uno double %x, %x
  br i1 %undefined, label %nan, label %low
nan:
  ret double %x
low:
  %first = load double, ptr %xs, align 8
  %below = fcmp ole double %x, %first
  br i1 %below, label %bottom, label %high
bottom:
  %least = load double, ptr %ys, align 8
  ret double %least
high:
  %final.at = getelementptr inbounds double, ptr %xs, i64 %last
  %final = load double, ptr %final.at, align 8
  %above = fcmp oge double %x, %final
  br i1 %above, label %top, label %halve
top:
  %most.at = getelementptr inbounds double, ptr %ys, i64 %last
  %most = load double, ptr %most.at, align 8
  ret double %most
halve:
  %left = phi i64 [ 0, %high ], [ %left.next, %halve ]
  %right = phi i64 [ %last, %high ], [ %right.next, %halve ]
  %both = add i64 %left, %right
  %middle = lshr i64 %both, 1
  %middle.at = getelementptr inbounds double, ptr %xs, i64 %middle
  %pivot = load double, ptr %middle.at, align 8
  %reached = fcmp oge double %x, %pivot
  %left.next = select i1 %reached, i64 %middle, i64 %left
  %right.next = select i1 %reached, i64 %right, i64 %middle
  %gap = sub i64 %right.next, %left.next
  %more = icmp ugt i64 %gap, 1
  br i1 %more, label %halve, label %found
found:
  %x.at = getelementptr inbounds double, ptr %xs, i64 %left.next
  %x.left = load double, ptr %x.at, align 8
  %y.at = getelementptr inbounds double, ptr %ys, i64 %left.next
  %y.left = load double, ptr %y.at, align 8
  %slope.at = getelementptr inbounds double, ptr %slopes, i64 %left.next
  %slope = load double, ptr %slope.at, align 8
  %beyond = fsub double %x, %x.left
  %rise = fmul double %slope, %beyond
  %result = fadd double %rise, %y.left
  ret double %result
}
"""
"""Reading a table by halving, one number at a time."""
