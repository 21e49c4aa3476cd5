"""Tables in the compiled kernel: as clamped slopes where these are few and exact enough, else by searching the points.

With clamped slopes a table is ``y = c + sum of m_k * min(max(x, x_k), x_k+1)``: no branch, nothing gathered, and uneven points
cost nothing extra.  The sum loses digits where slopes are steep against the table's own size; such tables are searched, and so
is every table whose points must be hit exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.engine.text import Lines

MOST_SLOPES = 12
"""Points up to which clamped slopes are faster than searching."""

EXACT = 1e-12
"""Rounding error, relative to the table's largest value, up to which clamped slopes are used."""


HEAD = 3
"""Numbers that stand before the points of a table."""


@dataclass(frozen=True)
class Shape:
    """Form of a table in the kernel's text: what of its points the text itself depends on.

    Attributes:
        points: number of points.
        slopes: whether it may be written as clamped slopes.
        offset: where its numbers begin among those of all tables.
    """

    points: int
    slopes: bool
    offset: int


def shapes_of(tables: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[Shape, ...]:
    """Return the form of each table, given its points."""
    found, offset = [], 0
    for xs, ys in tables:
        found.append(Shape(len(xs), len(xs) <= MOST_SLOPES and _error(xs, ys) <= EXACT, offset))
        offset += HEAD + 3 * len(xs) - 1
    return tuple(found)


def packed(tables: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Return the numbers of all tables as the kernel reads them: of each ``c, least y, largest y, xs, ys, slopes``."""
    parts: list[np.ndarray] = []
    for xs, ys in tables:
        slopes = _slopes(xs, ys)
        with np.errstate(all="ignore"):  # a slope that overflows is of a table that is searched
            constant = ys[0]
            for slope, x in zip(slopes, xs[:-1], strict=True):  # before the first point each segment gives its own beginning
                constant = constant - slope * x
        parts += [np.array([constant, ys.min(), ys.max()]), xs, ys, slopes]
    return np.concatenate([*parts, np.zeros(1)])


def _slopes(xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.diff(ys) / np.diff(xs)


def _error(xs: np.ndarray, ys: np.ndarray) -> float:
    steep = _slopes(xs, ys)
    if not np.isfinite(steep).all():
        return np.inf
    terms = float(np.sum(np.abs(steep) * np.maximum(np.abs(xs[:-1]), np.abs(xs[1:]))))
    size = float(np.max(np.abs(ys)))
    return len(xs) * np.finfo(float).eps * terms / size if size else 0.0


def write_slopes(lines: Lines, shape: Shape, argument: str) -> str:
    """Write the value of a table at ``argument``, NaN where that is."""
    first = shape.offset
    xs = [lines.load("%tables", first + HEAD + k, lanes=False) for k in range(shape.points)]
    found = lines.load("%tables", first, lanes=False)
    for k in range(shape.points - 1):
        slope = lines.load("%tables", first + HEAD + 2 * shape.points + k, lanes=False)
        found = lines.fused(slope, _clamped(lines, argument, xs[k : k + 2]), found)
    if shape.points == 1:
        return lines.select(lines.compare("uno", argument, argument), argument, found)
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
