"""The list below a diagram: each auxiliary and, after an arrow, what acts on it, set in two columns."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from sim.show.marks import LINE
from sim.show.panels import EDGE, POINT, put, rule
from sim.show.style import INK, SMALL, SOFT, WIDE
from sim.show.text import width

GUTTER, INDENT, HEAD = 6.0, 3.0, 6.5
"""Space between the columns, indent of lines that go on, height of the heading, mm."""

ROOM = (WIDE - 2 * EDGE - GUTTER) / 2
"""Width of a column, mm."""

Line = tuple[tuple[float, str, str], ...]
"""Pieces of a line: place from the column's left edge in mm, text, ink."""


@dataclass(frozen=True)
class Entry:
    """An auxiliary's name and its causes, each with its ink."""

    name: str
    causes: tuple[tuple[str, str], ...]


def columns(entries: Sequence[Entry], *, mark: str) -> tuple[tuple[Line, ...], ...]:
    """Return the lines of both columns, causes set apart by ``mark``; an entry is never torn."""
    broken = [_lines(entry, mark) for entry in entries]
    half = sum(map(len, broken)) / 2
    left: list[Line] = []
    right: list[Line] = []
    for lines in broken:
        (left if not right and len(left) + len(lines) / 2 <= half else right).extend(lines)
    return tuple(left), tuple(right)


def _lines(entry: Entry, mark: str) -> tuple[Line, ...]:
    last = len(entry.causes) - 1
    pieces = [
        (entry.name, INK),
        ("←", SOFT),
        *((f"{text}{mark if number < last else ''}", ink) for number, (text, ink) in enumerate(entry.causes)),
    ]
    lines: list[list[tuple[float, str, str]]] = [[]]
    x = 0.0
    for text, ink in pieces:
        wide = width(text, SMALL) * POINT
        if lines[-1] and x + wide > ROOM:
            lines.append([])
            x = INDENT
        lines[-1].append((x, text, ink))
        x += wide + 1.0
    return tuple(map(tuple, lines))


def height(listed: Sequence[Sequence[Line]]) -> float:
    """Return the height the list takes, mm; nothing if it is empty."""
    most = max(map(len, listed), default=0)
    return HEAD + most * LINE + 2.5 if most else 0.0


def draw(page: Figure, heading: str, listed: Sequence[Sequence[Line]], *, top: float) -> None:
    """Write ``heading`` and the list from ``top`` (mm) down."""
    if not any(listed):
        return
    rule(page, [(EDGE, top + 2.0), (WIDE - EDGE, top + 2.0)])
    put(page, (EDGE, top + 0.6), heading, fontsize=SMALL, color=SOFT)
    for column, lines in enumerate(listed):
        for number, line in enumerate(lines):
            for x, text, ink in line:
                put(
                    page,
                    (EDGE + column * (ROOM + GUTTER) + x, top - HEAD + 2.6 - number * LINE),
                    text,
                    fontsize=SMALL,
                    color=ink,
                )
