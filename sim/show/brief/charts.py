"""Figures of the brief's own: all outcomes of a package; rows of a median and its interval under headings."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.analysis.worlds import DOWN, LITTLE, UP
from sim.show.panels import EDGE, POINT, Box, add_axes, foot, head, notes_height, put, rule
from sim.show.registry import Look
from sim.show.style import FAINT, INK, NARROW, PAPER, SMALL, SOFT, WIDE, sheet
from sim.show.text import wrap

ROW, GAP = 4.9, 1.6
"""Height of a row, gap between groups, mm."""

NAMES, VALUES = 47.0, 41.0
"""Room for names at the left and for numbers at the right, mm."""

SHORT_NAMES, SHORT_VALUES = 24.0, 23.0
"""The same in a narrow figure."""

ARROWS: Mapping[str, str] = {"more": "↑", "less": "↓", "neither": ""}
"""Mark of what is better."""

SETTLED = (UP, DOWN)

HEADROOM = 12.0
"""Room for the title and the air around it, mm."""


def outcomes(table: pd.DataFrame, look: Look, color: str) -> Figure:
    """Draw a row an outcome: median, 50 % and 90 % of the worlds; outcomes in units of their own below a rule.

    Arguments:
        table: a row an outcome: ``label``, ``better``, ``group``, ``unit``, ``verdict``, ``text`` at the right, quantiles.
        look: texts.
        color: of the package.
    """
    shared, own = table[table["unit"] == "%"], table[table["unit"] != "%"]
    gaps = shared["group"].ne(shared["group"].shift()).sum() - 1
    notes = look.notes()
    body = len(table) * ROW + max(gaps, 0) * GAP + (4.0 if len(own) else 0.0)
    page = sheet(WIDE, body + HEADROOM + 7.0 + notes_height(look, notes, WIDE))
    top = head(page, look) - 1.5
    foot(page, look, notes)
    box = Box(EDGE + NAMES, 0.0, WIDE - 2 * EDGE - NAMES - VALUES, 0.0)
    low, high = _limits(shared)
    y, group = top, ""
    places = []
    for _, row in shared.iterrows():
        y -= GAP if group and row["group"] != group else 0.0
        group = str(row["group"])
        places.append(y - ROW / 2)
        y -= ROW
    axes = add_axes(page, Box(box.left, y, box.width, top - y))
    _ground(axes, (low, high), (y, top))
    for (_, row), place in zip(shared.iterrows(), places, strict=True):
        _interval(axes, row, place, color=color)
        _words(page, row, place, box=box)
    y -= 6.5
    rule(page, [(EDGE, y), (WIDE - EDGE, y)])
    for _, row in own.iterrows():
        line = add_axes(page, Box(box.left, y - ROW, box.width, ROW))
        reach = 1.05 * max(row["q05"] / low, row["q95"] / high, 1e-12)
        _bare(line, (reach * low, reach * high), (y - ROW, y))
        _interval(line, row, y - ROW / 2, color=color)
        _words(page, row, y - ROW / 2, box=box)
        y -= ROW
    return page


def dots(table: pd.DataFrame, look: Look, color: str) -> Figure:
    """Draw rows of a median and an interval under headings, narrow.

    Arguments:
        table: ``heading``, ``label``, ``q05``, ``q50``, ``q95``, and ``text``, which is written at the right.
        look: texts.
        color: of the package.
    """
    notes = look.notes()
    lines = {name: wrap(str(name), room=(SHORT_NAMES - 1.5) / POINT, size=SMALL) for name in table["label"]}
    heights = [max(1, len(lines[name])) * 2.9 + 1.6 for name in table["label"]]
    heads = table["heading"].nunique()
    page = sheet(NARROW, sum(heights) + heads * 5.5 + HEADROOM + 5.0 + notes_height(look, notes, NARROW))
    top = head(page, look) - 0.5
    foot(page, look, notes)
    width = NARROW - 2 * EDGE - SHORT_NAMES - SHORT_VALUES
    places, y, ground = [], top, {"facecolor": PAPER, "edgecolor": "none", "pad": 0.6}
    for number_, (_, row) in enumerate(table.iterrows()):
        if number_ == 0 or row["heading"] != table["heading"].iloc[number_ - 1]:
            put(page, (EDGE, y - 3.4), str(row["heading"]), va="middle", color=SOFT, fontsize=SMALL, bbox=ground)
            y -= 5.5
        places.append(y - heights[number_] / 2)
        y -= heights[number_]
    axes = add_axes(page, Box(EDGE + SHORT_NAMES, y, width, top - y))
    low, high = _limits(table)
    _ground(axes, (low, high), (y, top), ticks=4)
    for (_, row), place in zip(table.iterrows(), places, strict=True):
        axes.plot([row["q05"], row["q95"]], [place, place], color=color, linewidth=1.1, solid_capstyle="butt")
        axes.plot([row["q50"]], [place], "o", color=color, markersize=4.0, markeredgewidth=0)
        put(page, (EDGE, place), "\n".join(lines[row["label"]]), va="middle", fontsize=SMALL)
        put(page, (NARROW - EDGE, place), str(row["text"]), va="middle", ha="right", fontsize=SMALL)
    return page


def _limits(table: pd.DataFrame) -> tuple[float, float]:
    values = [*table["q05"], *table["q95"], 0.0]
    span = (max(values) - min(values)) or 1.0
    return min(values) - 0.03 * span, max(values) + 0.03 * span


def _bare(axes: Axes, across: tuple[float, float], down: tuple[float, float]) -> None:
    """Leave of ``axes`` the zero line alone; heights are mm on the sheet."""
    axes.set_xlim(*across)
    axes.set_ylim(*down)
    axes.set_yticks([])
    axes.set_xticks([])
    axes.patch.set_visible(False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.axvline(0.0, color=INK, linewidth=0.6, zorder=1)


def _ground(axes: Axes, across: tuple[float, float], down: tuple[float, float], *, ticks: int = 7) -> None:
    from matplotlib.ticker import MaxNLocator

    low, high = across
    _bare(axes, across, down)
    marks = MaxNLocator(ticks, steps=[1, 2, 5, 10]).tick_values(low, high)
    axes.set_xticks([mark for mark in marks if low <= mark <= high])
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:+,.10g}".replace("-", "−") if value else "0")
    axes.tick_params(axis="x", length=0, pad=2.0)
    axes.grid(axis="x", color=FAINT, linewidth=0.4, zorder=0)
    axes.set_axisbelow(True)


def _interval(axes: Axes, row: pd.Series, place: float, *, color: str) -> None:
    style: dict[str, Any] = {"color": color, "solid_capstyle": "butt", "zorder": 2}
    axes.plot([row["q05"], row["q95"]], [place, place], linewidth=0.9, **style)
    axes.plot([row["q25"], row["q75"]], [place, place], linewidth=2.6, **style)
    filled = row["verdict"] in SETTLED
    size = 2.6 if row["verdict"] == LITTLE else 5.0
    face = color if filled or row["verdict"] == LITTLE else PAPER
    axes.plot([row["q50"]], [place], "o", color=face, markersize=size, markeredgecolor=color, markeredgewidth=1.0, zorder=3)


def _words(page: Figure, row: pd.Series, place: float, *, box: Box) -> None:
    put(page, (EDGE, place), str(row["label"]), va="middle")
    put(page, (box.left - 1.5, place), ARROWS.get(str(row["better"]), ""), va="middle", ha="right", color=SOFT)
    put(page, (WIDE - EDGE, place), str(row["text"]), va="middle", ha="right", fontsize=SMALL)
