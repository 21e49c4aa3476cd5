"""Screening: how far each unknown, moved alone, moves an outcome or a gain; the strongest of many."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from sim.show.calibrated import frame
from sim.show.charts.advice import sensed
from sim.show.panels import POINT, Box, add_axes, put
from sim.show.registry import ADVICE, Look, Plan, figure
from sim.show.style import INK, LABEL, PAPER, SMALL, SOFT, WIDE

ROW, ABOVE, BELOW, GAP = 3.9, 8.0, 5.5, 5.0
"""Height of a row, room above and below a panel, space between two side by side, mm."""

NAMES, SIGN = 44.0, 3.5
"""Widths of the names and of the signs, mm."""

STRONG = 0.25
"""Share of the largest mean size from which an unknown is counted as strong."""

ONE_WAY = 0.9
"""Share of the mean size that the mean must reach for an effect to count as of one sign."""

DOT: Mapping[str, Any] = {"marker": "o", "markersize": 3.2, "color": "#0072B2", "linewidth": 0, "clip_on": False, "zorder": 4}
HOLLOW: Mapping[str, Any] = {
    "marker": "D",
    "markersize": 2.6,
    "markerfacecolor": PAPER,
    "markeredgecolor": SOFT,
    "linewidth": 0,
}

COLUMNS = ("uncertainty", "constant", *sensed.KEYS, "units", "mu", "mu_star", "low", "high", "sigma", "place")


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw a panel an output and in it a row an unknown: mean size of its effect with interval, and its scatter."""
    page, places = sensed.laid_out(table, look, row=ROW, around=(ABOVE, BELOW, GAP))
    for part, box in places:
        _panel(page, look, part, Box(box.left + NAMES + SIGN, box.bottom, box.width - NAMES - SIGN - 1.0, box.height))
    return page


def _panel(page: Figure, look: Look, rows: pd.DataFrame, box: Box) -> None:
    first = rows.iloc[0]
    factor = sensed.factor(look, first)
    sensed.panel_heading(page, look, first, box=box, left=box.left - NAMES - SIGN)
    axes = add_axes(page, box)
    for place, row in enumerate(rows.itertuples()):
        ends = [row.low * factor, row.high * factor]
        axes.plot(ends, [place] * 2, color=DOT["color"], linewidth=1.2, gid=f"interval|{first['panel']}|{row.uncertainty}")
        axes.plot([row.mu_star * factor], [place], **DOT, gid=f"size|{first['panel']}|{row.uncertainty}")
        axes.plot([row.sigma * factor], [place], **HOLLOW, gid=f"scatter|{first['panel']}|{row.uncertainty}")
        y = box.top - (place + 0.5) * ROW
        name = sensed.shortened(sensed.called(look, row.uncertainty, row.constant), NAMES / POINT)
        put(page, (box.left - SIGN - 1.0, y), name, fontsize=SMALL, va="middle", ha="right")
        put(page, (box.left - 1.7, y), row.sign, fontsize=LABEL, va="middle", ha="center", color=INK)
    greatest = float((rows[["high", "sigma"]].max(axis=1) * factor).max())
    axes.set_xlim(0.0, greatest * 1.04)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks([])
    sensed.few_ticks(axes, greatest)


def signs(mean: Sequence[float], size: Sequence[float]) -> list[str]:
    """Return + or − for effects of one sign, ± for those of both, nothing where the mean has no meaning."""
    found = []
    for one, other in zip(mean, size, strict=True):
        way = "+" if one > 0 else "−"
        found.append("" if np.isnan(one) else way if abs(one) >= ONE_WAY * other else "±")
    return found


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return how many unknowns were moved from how many points, how many are shown, and how many are strong."""
    few = table["strong"]
    span = f"{few.min()}" if few.nunique() == 1 else f"{few.min()}–{few.max()}"
    return {**sensed.told_of(table, look), "strong": span}


@figure("screening", render=render, facts=facts, width=WIDE, needs=("screening", "screening_outputs"), kind=ADVICE)
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return the strongest unknowns of each output shown: mean size of the effect of half a distribution, and its scatter.

    ``strong`` counts, of all unknowns, those whose mean size is at least a quarter of the largest.
    """
    table = sensed.selected(frame(dataset, "screening", COLUMNS, missing=("mu",)), dataset, plan, name="screening")
    largest = table.groupby("panel")["mu_star"].transform("max")
    strong = (table["mu_star"] >= STRONG * largest).groupby(table["panel"]).transform("sum")
    table = table.assign(strong=strong)[table["place"] <= plan.settings["rows"]]
    return table.assign(sign=signs(table["mu"], table["mu_star"])).drop(columns="mu").reset_index(drop=True)
