"""What packages add, with how sure that is: paired differences as dots with intervals, an outcome a panel."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.show.charts.advice import unions
from sim.show.panels import EDGE, POINT, Box, add_axes, cells, opened, panel_title, put
from sim.show.registry import ADVICE, Look, Plan, figure
from sim.show.style import FAINT, PAPER, SMALL, SOFT, WIDE
from sim.show.text import width
from sim.show.words import load

ACROSS, ROW, ABOVE, BELOW = 4, 3.9, 9.0, 6.0
"""Panels side by side, height of a package's row, room for titles and for ticks, mm."""


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw a panel an outcome: for each package the median, the middle half and the middle nine tenths of the worlds."""
    outcomes = list(dict.fromkeys(table["outcome"]))
    packages = list(dict.fromkeys(table["scenario"]))
    deep = -(-len(outcomes) // ACROSS)
    tall = deep * (ABOVE + BELOW + ROW * len(packages))
    low = opened(look, (WIDE, 200.0))[2]
    page, top, low = opened(look, (WIDE, low + tall + 12.0))
    labels = max(width(look.label(name, short=True), SMALL) for name in packages) * POINT
    area = Box(EDGE + labels + 1.5, low + 2.0, WIDE - 2 * EDGE - labels - 1.5, top - low - 2.0)
    for position, (name, cell) in enumerate(
        zip(outcomes, cells(area, rows=deep, columns=ACROSS, gap=(5.0, 0.0)), strict=False)
    ):
        box = Box(cell.left, cell.bottom + BELOW, cell.width, cell.height - ABOVE - BELOW)
        rows = table[table["outcome"] == name].set_index("scenario")
        axes = add_axes(page, box)
        _panel(axes, look, rows, packages)
        panel_title(page, box, unions.heading(look, name, rows["units"].iloc[0]), room=box.width + 3.0)
        if position % ACROSS == 0:
            for place, package in enumerate(packages):
                y = box.top - (place + 0.5) * box.height / len(packages)
                put(page, (box.left - 1.5, y), look.label(package, short=True), fontsize=SMALL, va="middle", ha="right")
    return page


def _panel(axes: Axes, look: Look, rows: pd.DataFrame, packages: list[str]) -> None:
    for place, package in enumerate(packages):
        row, y = rows.loc[package], -place - 0.5
        color = look.stroke(package).color
        axes.plot([row["q05"], row["q95"]], [y, y], color=color, linewidth=0.8, gid=f"{row['outcome']}|{package}|90")
        axes.plot([row["q25"], row["q75"]], [y, y], color=color, linewidth=2.4, gid=f"{row['outcome']}|{package}|50")
        ground = color if row["verdict"] in unions.SETTLED else PAPER
        style = {"marker": "o", "markersize": 3.6, "markeredgewidth": 0.9, "markerfacecolor": ground, "zorder": 4}
        axes.plot([row["q50"]], [y], color=color, **style, gid=f"{row['outcome']}|{package}|q50")
    axes.axvline(0.0, color=SOFT, linewidth=0.6, zorder=0.5)
    axes.set_ylim(-len(packages), 0.0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    low, high = min(float(rows["q05"].min()), 0.0), max(float(rows["q95"].max()), 0.0)
    axes.set_xlim(low - 0.05 * (high - low), high + 0.05 * (high - low))
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.10g}".replace("-", "−"))
    axes.grid(axis="x", color=FAINT, linewidth=0.4, zorder=0)
    axes.set_axisbelow(True)


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return the year, and how many of the differences shown are robust."""
    return {
        "year": f"{table['year'].iloc[0]:.10g}",
        "cells": f"{len(table)}",
        "settled": f"{int(table['verdict'].isin(unions.SETTLED).sum())}",
    }


@figure("package_gains", render=render, facts=facts, width=WIDE, needs=("packages",), kind=ADVICE)
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return quantiles of the paired difference of each package and outcome of the settings."""
    percent = tuple(f"percent_{each}" for each in unions.QUANTILES)
    table = unions.packages(dataset, plan.settings, ("outcome", *unions.QUANTILES, *percent, "verdict"))
    known = list(dict.fromkeys(table["outcome"]))
    listed = [name for name in plan.settings["outcomes"] if name in known] or known[:8]
    made = pd.concat([table[table["outcome"] == name] for name in listed])
    kept = ["outcome", "scenario", "year", *unions.QUANTILES, "units", "verdict"]
    return unions.shown(made, load(plan.folder, "en"))[kept].reset_index(drop=True)
