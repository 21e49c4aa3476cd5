"""Shares of variance: how much of the spread of an outcome or a gain each group of unknowns explains, alone and in company."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from sim.show.calibrated import frame
from sim.show.charts.advice import sensed
from sim.show.panels import POINT, Box, add_axes, put
from sim.show.registry import ADVICE, Look, Plan, figure
from sim.show.style import INK, SMALL, SOFT, WIDE

ROW, ABOVE, BELOW, GAP = 4.4, 8.0, 6.0, 6.0
"""Height of a row, room above and below a panel, space between two side by side, mm."""

NAMES = 36.0

BAR, DARK = "#b9d3e6", "#00456e"
"""Ground of the totals and ink of the shares alone: far apart in grey too."""

DOT: Mapping[str, Any] = {"marker": "o", "markersize": 3.0, "color": DARK, "linewidth": 0, "clip_on": False, "zorder": 4}

NUMBERS = ("first", "first_low", "first_high", "total", "total_low", "total_high")
COLUMNS = ("uncertainty", "constant", *sensed.KEYS, "units", *NUMBERS, "place")


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw a panel an output and in it a row a group: bar for the total share, dot for the share alone, both with intervals."""
    page, places = sensed.laid_out(table, look, row=ROW, around=(ABOVE, BELOW, GAP))
    for part, box in places:
        _panel(page, look, part, Box(box.left + NAMES, box.bottom, box.width - NAMES - 2.0, box.height))
    return page


def _panel(page: Figure, look: Look, rows: pd.DataFrame, box: Box) -> None:
    first = rows.iloc[0]
    sensed.panel_heading(page, look, first, box=box, left=box.left - NAMES, units=False)
    axes = add_axes(page, box)
    for place, row in enumerate(rows.itertuples()):
        key = f"{first['panel']}|{row.uncertainty}"
        axes.barh([place], [row.total], height=0.72, color=BAR, linewidth=0, zorder=1, gid=f"total|{key}")
        axes.plot([row.total_low, row.total_high], [place - 0.2] * 2, color=SOFT, linewidth=0.8, zorder=3, gid=f"totals|{key}")
        axes.plot([row.first_low, row.first_high], [place + 0.14] * 2, color=DARK, linewidth=1.1, zorder=3, gid=f"alone|{key}")
        axes.plot([row.first], [place + 0.14], **DOT, gid=f"first|{key}")
        y = box.top - (place + 0.5) * ROW
        name = sensed.shortened(sensed.called(look, row.uncertainty, row.constant), (NAMES - 3.0) / POINT)
        put(page, (box.left - 2.5, y), name, fontsize=SMALL, va="middle", ha="right", color=INK)
    axes.axvline(0.0, color=SOFT, linewidth=0.6)
    low = min(0.0, float(rows["first_low"].min()), float(rows["total_low"].min()))
    high = max(float(rows["total_high"].max()), float(rows["first_high"].max()))
    axes.set_xlim(low - 0.02, max(1.0, high * 1.02))
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    percent = "%" if look.words.language == "zh" else " %"
    axes.set_xticks([0.0, 0.25, 0.5, 0.75, 1.0], ["0", "25", "50", "75", f"100{percent}"])


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return how many groups and base points there are, and how many groups a panel shows."""
    return sensed.told_of(table, look)


@figure("sensitivity", render=render, facts=facts, width=WIDE, needs=("sensitivity", "sensitivity_outputs"), kind=ADVICE)
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return the groups with the largest total shares of the variance of each output shown; shares are fractions."""
    table = sensed.selected(frame(dataset, "sensitivity", COLUMNS), dataset, plan, name="sensitivity")
    return table[table["place"] <= plan.settings["rows"]].reset_index(drop=True)
