"""Parts that figures share: sheets laid out in millimetres, small multiples, labels at the ends of lines, notes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from sim.show.registry import Look
from sim.show.style import FAINT, INK, LABEL, SMALL, SOFT, TITLE, Stroke, sheet
from sim.show.text import LEADING, width, wrap

POINT = 25.4 / 72
"""One point in millimetres."""

EDGE = 2.5
"""Free margin of every sheet, mm."""


TICK_STEPS = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
"""Years between ticks."""

TICK_ROOM = 5.6
"""Least distance of ticks that carry a year, mm."""


@dataclass(frozen=True)
class Box:
    """A rectangle on the sheet, mm from its lower left corner."""

    left: float
    bottom: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Return the right edge."""
        return self.left + self.width

    @property
    def top(self) -> float:
        """Return the upper edge."""
        return self.bottom + self.height


@dataclass(frozen=True)
class End:
    """A line to be labelled at its end: what is written, the last value, how the line looks."""

    text: str
    value: float
    stroke: Stroke


def size_of(figure: Figure) -> tuple[float, float]:
    """Return width and height of ``figure`` in mm."""
    width, height = figure.get_size_inches()
    return width * 25.4, height * 25.4


def put(
    figure: Figure, place: tuple[float, float], text: str, *, fontsize: float = LABEL, va: str = "top", **style: object
) -> None:
    """Write ``text`` at ``place`` (mm), line by line on its baseline, so that lines of Chinese and of Latin text keep step.

    ``place`` is the top, the middle or the bottom of the whole text, as ``va`` says, and its left unless ``ha`` says otherwise.
    """
    width, height = size_of(figure)
    lines = text.split("\n")
    leading = LEADING * fontsize * POINT
    first = {
        "top": -1.02 * fontsize * POINT,
        "middle": (len(lines) - 1) / 2 * leading - 0.36 * fontsize * POINT,
        "bottom": (len(lines) - 1) * leading + 0.30 * fontsize * POINT,
    }[va]
    for number, line in enumerate(lines):
        y = place[1] + first - number * leading
        figure.text(
            place[0] / width, y / height, line, **{"color": INK, "ha": "left", "va": "baseline", "fontsize": fontsize, **style}
        )


def rule(figure: Figure, points: Sequence[tuple[float, float]], **style: object) -> Line2D:
    """Draw a line through ``points`` (mm) on the sheet."""
    width, height = size_of(figure)
    defaults = {"color": FAINT, "linewidth": 0.6, "solid_capstyle": "butt"}
    line = Line2D([x / width for x, _ in points], [y / height for _, y in points], **{**defaults, **style})
    figure.add_artist(line)
    return line


def add_axes(figure: Figure, box: Box) -> Axes:
    """Return new axes that fill ``box``."""
    width, height = size_of(figure)
    return figure.add_axes((box.left / width, box.bottom / height, box.width / width, box.height / height))


def head(figure: Figure, look: Look, *, note: str = "") -> float:
    """Write the figure's title and, softer, ``note`` below it; return the height (mm) at which they end."""
    width, top = size_of(figure)
    room = (width - 2 * EDGE) / POINT
    y = top - EDGE
    title = wrap(look.say("title"), room=room, size=TITLE)
    put(figure, (EDGE, y), "\n".join(title), fontsize=TITLE)
    y -= len(title) * TITLE * LEADING * POINT + 0.6
    if note:
        lines = wrap(note, room=room, size=LABEL)
        put(figure, (EDGE, y), "\n".join(lines), color=SOFT)
        y -= len(lines) * LABEL * LEADING * POINT + 0.4
    return y


def opened(look: Look, size: tuple[float, float], *, note: str = "") -> tuple[Figure, float, float]:
    """Return a sheet of ``size`` (width, height, mm) with its title and notes, and where charts may stand: top and bottom."""
    page = sheet(*size)
    notes = look.notes()
    top = head(page, look, note=note)
    foot(page, look, notes)
    return page, top, notes_height(look, notes, size[0])


def foot(figure: Figure, look: Look, notes: Iterable[str] = ()) -> float:
    """Write the notes and the tag that every figure carries at the bottom; return the height (mm) at which they begin."""
    width, _ = size_of(figure)
    room = (width - 2 * EDGE) / POINT
    lines = [line for note in (*notes, look.told["illustrative"]) for line in wrap(note, room=room, size=SMALL)]
    put(figure, (EDGE, EDGE), "\n".join(lines), fontsize=SMALL, color=SOFT, va="bottom")
    return EDGE + len(lines) * SMALL * LEADING * POINT


def notes_height(look: Look, notes: Iterable[str], width: float) -> float:
    """Return the height (mm) that :func:`foot` will take on a sheet of ``width`` mm, margin included."""
    room = (width - 2 * EDGE) / POINT
    lines = sum(len(wrap(note, room=room, size=SMALL)) for note in (*notes, look.told["illustrative"]))
    return EDGE + lines * SMALL * LEADING * POINT


def style_bars(axes: Axes, depth: float) -> None:
    """Give ``axes`` of horizontal bars that hang from 0 to ``-depth`` a line at zero, a faint grid and a few round ticks."""
    axes.axvline(0.0, color=SOFT, linewidth=0.6, zorder=0.5)
    axes.set_ylim(-depth, 0.0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.10g}".replace("-", "−"))
    axes.grid(axis="x", color=FAINT, linewidth=0.4)
    axes.set_axisbelow(True)


def cells(area: Box, *, rows: int, columns: int, gap: tuple[float, float] = (0.0, 0.0)) -> list[Box]:
    """Return equal boxes that share ``area``, row by row from the top, ``gap`` mm apart (across, down)."""
    width = (area.width - gap[0] * (columns - 1)) / columns
    height = (area.height - gap[1] * (rows - 1)) / rows
    return [
        Box(area.left + column * (width + gap[0]), area.top - (row + 1) * height - row * gap[1], width, height)
        for row in range(rows)
        for column in range(columns)
    ]


def spread(wanted: Sequence[float], *, gap: float, low: float, high: float) -> list[float]:
    """Return places as near as possible to ``wanted``, in the same order, at least ``gap`` apart, within low … high.

    Least squares with an order (pool adjacent violators); if they cannot all fit, they are spaced evenly.
    """
    if not wanted:
        return []
    order = np.argsort(wanted, kind="stable")
    count = len(wanted)
    if gap * (count - 1) > high - low:
        gap = (high - low) / max(count - 1, 1)
    shifted = [min(max(wanted[i], low), high) - rank * gap for rank, i in enumerate(order)]
    pools: list[list[float]] = []
    for target in shifted:
        pools.append([target])
        while len(pools) > 1 and np.mean(pools[-2]) > np.mean(pools[-1]):
            last = pools.pop()
            pools[-1] += last
    level = [float(np.mean(pool)) for pool in pools for _ in pool]
    level = [min(max(place, low), high - gap * (count - 1)) for place in level]
    places = [0.0] * count
    for rank, i in enumerate(order):
        places[i] = level[rank] + rank * gap
    return places


def end_labels(
    axes: Axes, box: Box, ends: Sequence[End], *, size: float = SMALL, reach: tuple[float, float] = (0.0, 0.0)
) -> None:
    """Write a label, with a sample of its line, at the right of ``box`` for each line that ends there.

    ``reach`` (mm) lets the labels go below and above the axes.
    """
    figure = axes.figure
    low, high = axes.get_ylim()

    def height(value: float) -> float:
        return box.bottom + (min(max(value, low), high) - low) / (high - low) * box.height

    gap = size * 1.22 * POINT
    targets = [height(end.value) for end in ends]
    places = spread(targets, gap=gap, low=box.bottom - reach[0] + gap / 2, high=box.top + reach[1] - gap / 2)
    for end, target, place in zip(ends, targets, places, strict=True):
        x = box.right
        rule(figure, [(x + 0.3, target), (x + 2.0, place)], color=end.stroke.color, linewidth=0.4)
        rule(figure, [(x + 2.0, place), (x + 6.2, place)], **end.stroke.line())
        put(figure, (x + 6.9, place), end.text, fontsize=size, va="middle")


def labels_room(ends: Iterable[str], least: float) -> float:
    """Return the room (mm) that labels of :func:`end_labels` take at the right of a panel, ``least`` at least."""
    return max([least, *(6.5 + width(text, SMALL) * POINT for text in ends)])


def year_axis(axes: Axes, start: float, stop: float, *, step: float) -> None:
    """Give ``axes`` years as ticks, multiples of ``step``; of less where two would not fit in, of more where they crowd."""
    axes.set_xlim(start, stop)
    wide = size_of(axes.figure)[0] * axes.get_position().width
    apart = [each for each in TICK_STEPS if each / (stop - start) * wide >= TICK_ROOM * (1.0 if each >= 1 else 1.6)]
    fitting = [each for each in apart if len(_ticks(start, stop, each)) >= 2]
    chosen = step if step in fitting else max([each for each in fitting if each < step], default=min(fitting, default=step))
    axes.set_xticks(_ticks(start, stop, chosen))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.10g}")


def _ticks(start: float, stop: float, step: float) -> np.ndarray:
    return np.arange(np.ceil(start / step - 1e-9) * step, stop + 1e-6, step)


def panel_title(figure: Figure, box: Box, text: str, *, room: float, size: float = LABEL) -> None:
    """Write a panel's title above ``box``, wrapped to ``room`` mm."""
    lines = wrap(text, room=room / POINT, size=size)
    put(figure, (box.left, box.top + 1.4), "\n".join(lines), fontsize=size, va="bottom")


def value_axis(axes: Axes, values: Iterable[float], *, zero: bool = False, ticks: int = 5, below: float = 0.06) -> None:
    """Give ``axes`` few round ticks and limits around ``values``, zero too if asked for, ``below`` them a free share."""
    found = np.asarray([*values, 0.0] if zero else [*values], dtype=float)
    low, high = float(found.min()), float(found.max())
    span = (high - low) or max(abs(high), 1.0)
    low, high = (low - below * span if not (zero and low == 0.0) else 0.0), high + 0.06 * span
    axes.set_ylim(low, high)
    marks = MaxNLocator(ticks, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    axes.set_yticks([mark for mark in marks if low <= mark <= high])
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.10g}".replace("-", "−"))


def signed(number: float, *, decimals: int | None = None) -> str:
    """Return ``number`` with its sign, as few digits as it needs, a true minus and no negative zero."""
    places = decimals if decimals is not None else (0 if abs(number) >= 9.95 else 1)
    text = f"{number:+.{places}f}"
    return "0" if float(text) == 0 else text.replace("-", "−")
