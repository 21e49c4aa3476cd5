"""When to begin and how strongly: contours of the gain over start years and intensities, and the cost of each year of delay."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from sim.analysis.worlds import DOWN, UP
from sim.show.calibrated import frame
from sim.show.charts.advice import unions
from sim.show.panels import EDGE, Box, add_axes, cells, foot, head, notes_height, panel_title, put, value_axis
from sim.show.registry import ADVICE, Look, Plan, figure
from sim.show.style import INK, PAPER, SMALL, SOFT, WIDE, sheet
from sim.show.words import load

COLUMNS = 2
"""Contour panels side by side."""

PANEL, DELAY, ABOVE, BELOW, AXIS = 37.0, 26.0, 6.0, 7.0, 9.0
"""Heights of both kinds of panels, room above for a title, below for the years, left for numbers, mm."""

GRID, LOST = "gain", "delay"
"""Parts of the table."""

LINE, SHADES = "#0072B2", ("#eef5fa", "#a9cbe4")
"""Contour lines, and the ground from the least to the greatest gain."""

ACROSS = 4
"""Start years at which intervals are written out."""


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw a contour panel an outcome with tested points and intervals, and below what each year of delay costs."""
    outcomes = list(dict.fromkeys(table["outcome"]))
    rows = -(-len(outcomes) // COLUMNS)
    notes = look.notes()
    low = notes_height(look, notes, WIDE)
    high = rows * (PANEL + ABOVE + BELOW)
    page = sheet(WIDE, low + high + DELAY + ABOVE + BELOW + 17.0)
    language = look.words.language
    top = head(page, look) - 1.0
    foot(page, look, notes)
    put(page, (EDGE, top), look.settings[f"grid_{language}"].format_map(look.told), fontsize=SMALL, color=SOFT)
    area = Box(EDGE, top - 4.0 - high, WIDE - 2 * EDGE, high)
    for name, cell in zip(outcomes, cells(area, rows=rows, columns=COLUMNS, gap=(4.0, 0.0)), strict=False):
        box = Box(cell.left + AXIS, cell.bottom + BELOW, cell.width - AXIS, PANEL)
        part = table[(table["outcome"] == name) & (table["panel"] == GRID)]
        panel_title(page, box, unions.heading(look, name, _unit(part)), room=box.width)
        _contours(add_axes(page, box), part)
    put(page, (EDGE, area.bottom - 1.0), look.settings[f"delay_{language}"].format_map(look.told), fontsize=SMALL, color=SOFT)
    area = Box(EDGE, area.bottom - 4.0 - DELAY - ABOVE - BELOW, WIDE - 2 * EDGE, DELAY + ABOVE + BELOW)
    for name, cell in zip(outcomes, cells(area, rows=1, columns=len(outcomes), gap=(2.0, 0.0)), strict=True):
        box = Box(cell.left + AXIS, cell.bottom + BELOW, cell.width - AXIS, DELAY)
        part = table[(table["outcome"] == name) & (table["panel"] == LOST)]
        panel_title(page, box, look.words("quantity", name, short=True), room=box.width + 2.0, size=SMALL)
        _delay(add_axes(page, box), part)
    return page


def _unit(part: pd.DataFrame) -> str:
    return str(part["units"].iloc[0])


def _contours(axes: Axes, part: pd.DataFrame) -> None:
    middle = part.pivot(index="intensity", columns="start", values="q50")
    starts, strengths = middle.columns.to_numpy(), middle.index.to_numpy()
    ticks = MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(float(middle.min().min()), float(middle.max().max()))
    inside = [each for each in ticks if middle.min().min() < each < middle.max().max()]
    filled = np.unique([middle.min().min(), *inside, middle.max().max()])
    colors = [_between(place) for place in np.linspace(0.0, 1.0, max(len(filled) - 1, 1))]
    axes.contourf(starts, strengths, middle.to_numpy(), levels=filled, colors=colors, zorder=0)
    lines = axes.contour(starts, strengths, middle.to_numpy(), levels=inside, colors=LINE, linewidths=0.8, zorder=1)
    axes.plot(part["start"], part["intensity"], linestyle="none", marker="o", markersize=1.8, color=INK, zorder=3, gid="tested")
    spots = [_crossing(starts, strengths, middle.to_numpy(), level=level) for level in inside]
    written = {"fontsize": SMALL, "colors": "#00507d", "fmt": lambda level: f"{level:+g}".replace("-", "−"), "zorder": 4}
    for text in axes.clabel(lines, manual=[spot for spot in spots if spot], inline_spacing=1, **written):
        text.set_rotation(0.0)
    spots = np.unique(np.linspace(0, len(starts) - 1, min(ACROSS, len(starts))).round().astype(int))
    for number, row in enumerate(part[part["start"].isin(starts[spots])].itertuples()):
        first, last = row.start == starts[0], row.start == starts[-1]
        axes.annotate(
            _interval(row.q05, row.q95),
            (row.start, row.intensity),
            (0.0, 2.5),
            textcoords="offset points",
            ha="left" if first else "right" if last else "center",
            va="bottom",
            fontsize=SMALL,
            gid=f"interval|{number}",
            path_effects=[withStroke(linewidth=1.6, foreground=SHADES[0])],
        )
    apart = (starts[-1] - starts[0]) * 0.02
    axes.set_xlim(starts[0] - apart, starts[-1] + apart)
    axes.set_ylim(strengths[0] - 0.04 * np.ptp(strengths), strengths[-1] + 0.14 * np.ptp(strengths))
    axes.set_yticks(strengths, [f"{each:g}" for each in strengths])
    axes.set_xticks(starts[:: max(1, len(starts) // 6)])
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.10g}")


def _between(share: float) -> tuple[float, ...]:
    """Return the ground at ``share`` of the way from the least to the greatest gain."""
    ends = [[int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)] for color in SHADES]
    return tuple(one + share * (other - one) for one, other in zip(*ends, strict=True))


def _crossing(starts: np.ndarray, strengths: np.ndarray, middle: np.ndarray, *, level: float) -> tuple[float, float] | None:
    """Return where the line of ``level`` runs half-way between two tested intensities, clear of the intervals written there."""
    for upper in range(len(strengths) - 1, 0, -1):
        row = (middle[upper] + middle[upper - 1]) / 2
        crossing = np.flatnonzero((row[:-1] - level) * (row[1:] - level) < 0)
        if len(crossing):
            at = int(crossing[0])
            x = starts[at] + (level - row[at]) / (row[at + 1] - row[at]) * (starts[at + 1] - starts[at])
            return float(x), float((strengths[upper] + strengths[upper - 1]) / 2)
    return None


def _interval(low: float, high: float) -> str:
    plain = [unions.number(number).removeprefix("+") for number in (low, high)]
    return "–".join(plain) if low >= 0 else " … ".join(plain)


def _delay(axes: Axes, part: pd.DataFrame) -> None:
    """Draw what each year of delay changes: a point and two intervals a start year, open where the sign is not robust."""
    axes.axhline(0.0, color="#8a8a8a", linewidth=0.6)
    axes.vlines(part["start"], part["q05"], part["q95"], color=LINE, linewidth=0.9)
    axes.vlines(part["start"], part["q25"], part["q75"], color=LINE, linewidth=2.4)
    for settled, rows in part.groupby(part["verdict"].isin([UP, DOWN])):
        axes.plot(
            rows["start"],
            rows["q50"],
            linestyle="none",
            marker="o",
            markersize=3.2,
            color=LINE,
            markerfacecolor=LINE if settled else PAPER,
            zorder=4,
            gid=f"delay|{part['outcome'].iloc[0]}|{settled}",
        )
    starts = np.sort(part["start"].unique())
    axes.set_xlim(starts[0] - 0.6, starts[-1] + 0.6)
    value_axis(axes, [*part["q05"], *part["q95"]], zero=True, ticks=4)
    axes.set_xticks(starts[:: max(1, -(-len(starts) // 3))])
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.10g}")


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return range of starts and intensities, and what a year of delay costs the first outcome at first, and at its worst.

    That every year of delay lowers it is told only where every change is a robust loss.
    """
    grid, lost = (table[table["panel"] == panel] for panel in (GRID, LOST))
    name = str(table["outcome"].iloc[0])
    own = lost[lost["outcome"] == name].sort_values("start")
    first, worst = own.iloc[0], own.loc[own["q50"].idxmin()]
    lowers = own["verdict"].eq(DOWN).all()
    write = (lambda value: unions.number(abs(value)).removeprefix("+")) if lowers else unions.number
    told = {
        "year": f"{own['year'].max():.10g}",
        "outcome": look.words("quantity", name, short=True),
        "delay_unit": str(own["units"].iloc[0]),
        "lost_start": f"{first['start']:.10g}",
        "worst_year": f"{worst['start']:.10g}",
    }
    changes = {"lost_plain": write(first["q50"]), "worst_plain": write(worst["q50"])}
    every = str(look.settings[f"{'lowers' if lowers else 'changes'}_{look.words.language}"])
    return told | {
        "delay_told": every.format(**told, **changes),
        "first_start": f"{grid['start'].min():.10g}",
        "last_start": f"{grid['start'].max():.10g}",
        "points": f"{len(grid[['start', 'intensity']].drop_duplicates())}",
        "lost": unions.number(first["q50"]),
        "lost_low": unions.number(first["q05"]),
        "lost_high": unions.number(first["q95"]),
        "worst": unions.number(worst["q50"]),
        "worst_low": unions.number(worst["q05"]),
        "worst_high": unions.number(worst["q95"]),
        "settled": f"{lost['verdict'].isin([UP, DOWN]).sum()}",
        "tested": f"{len(lost)}",
    }


def _few(dataset: xr.Dataset, plan: Plan) -> str:
    """Return that contours need two starts and two intensities, if there are fewer."""
    found = frame(dataset, "timing", ("start", "intensity"))
    short = min(found["start"].nunique(), found["intensity"].nunique()) < 2
    return "contours need two start years and two intensities" if short else ""


@figure("timing", render=render, facts=facts, width=WIDE, needs=("timing", "timing_delay"), kind=ADVICE, unfit=_few)
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return gains in the last year by start and intensity, and the change for each year of delay at full intensity."""
    numbers = (*unions.QUANTILES, *(f"percent_{each}" for each in unions.QUANTILES))
    missing = [name for name in numbers if name.startswith("percent_")]
    common = ("outcome", "reading", "year", "start", "intensity", "verdict", *numbers)
    grid = frame(dataset, "timing", common, missing=missing).assign(panel=GRID, later=np.nan)
    lost = frame(dataset, "timing_delay", (*common, "later"), missing=missing).assign(panel=LOST)
    lost = lost[lost["intensity"] == lost["intensity"].max()]
    made = pd.concat([grid, lost], ignore_index=True)
    made = made[(made["reading"] == "end") & made["outcome"].isin(_chosen(plan.settings, made))]
    return unions.shown(made, load(plan.folder, "en")).drop(columns="later").reset_index(drop=True)


def _chosen(settings: Mapping[str, Any], made: pd.DataFrame) -> list[str]:
    """Return the outcomes that are shown: those of ``settings`` that are there, or the first four."""
    listed = [name for name in settings["outcomes"] if name in set(made["outcome"])]
    return listed or list(dict.fromkeys(made["outcome"]))[:4]
