"""What each measure adds: bars of estimated Shapley values, with the error of the estimate and the spread over worlds."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.show.calibrated import frame
from sim.show.charts.advice import unions
from sim.show.panels import EDGE, POINT, Box, add_axes, cells, opened, panel_title, put, rule, style_bars
from sim.show.registry import ADVICE, Look, Plan, figure
from sim.show.style import BLACK, FAINT, PAPER, SMALL, WIDE
from sim.show.text import width
from sim.show.words import load

ROW, GAP, ABOVE, BELOW = 4.2, 1.6, 9.0, 6.0
"""Height of a measure's row, gap between recommendations, room for titles and for ticks, mm."""


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw a row a measure and a panel an outcome, sorted within each recommendation by the first outcome."""
    outcomes = list(dict.fromkeys(table["outcome"]))
    depths = _depths(table)
    tall = max(depths.values()) + ROW / 2
    low = opened(look, (WIDE, 200.0))[2]
    page, top, low = opened(look, (WIDE, low + tall + ABOVE + BELOW + 10.0))
    labels = max(width(look.words("measure", name), SMALL) for name in depths) * POINT + 1.5
    area = Box(EDGE + labels, top - ABOVE - tall, WIDE - 2 * EDGE - labels, tall)
    for name, box in zip(outcomes, cells(area, rows=1, columns=len(outcomes), gap=(5.0, 0.0)), strict=True):
        rows = table[table["outcome"] == name]
        axes = add_axes(page, box)
        _panel(axes, look, rows, depths=depths, tall=tall)
        panel_title(page, box, unions.heading(look, name, rows["units"].iloc[0]), room=box.width + 3.0)
    group = ""
    for measure, depth in depths.items():
        y = top - ABOVE - depth
        if measure.partition("_")[0] != group and group:
            rule(page, [(EDGE, y + (ROW + GAP) / 2), (WIDE - EDGE, y + (ROW + GAP) / 2)], color=FAINT, linewidth=0.5)
        group = measure.partition("_")[0]
        put(page, (area.left - 1.5, y), look.words("measure", measure), fontsize=SMALL, va="middle", ha="right")
    return page


def _depths(table: pd.DataFrame) -> dict[str, float]:
    """Return how far (mm) below the top of the panels each measure stands, in the order drawn."""
    depths, depth, group = {}, 0.0, ""
    for measure in dict.fromkeys(table["measure"]):
        own = measure.partition("_")[0]
        depth += ROW + (GAP if group and own != group else 0.0) if depths else ROW / 2
        depths[measure], group = depth, own
    return depths


def _panel(axes: Axes, look: Look, rows: pd.DataFrame, *, depths: Mapping[str, float], tall: float) -> None:
    for row in rows.itertuples():
        color, y = look.stroke(row.measure.partition("_")[0]).color, -depths[row.measure]
        ground = color if row.verdict in unions.SETTLED else PAPER
        name = f"{row.outcome}|{row.measure}"
        axes.barh(y, row.mean, height=0.5 * ROW, color=ground, edgecolor=color, linewidth=0.8, gid=name)
        axes.plot([row.q05, row.q95], [y - 0.36 * ROW] * 2, color=color, linewidth=0.7, gid=f"{name}|worlds")
        ends = [row.mean - row.error, row.mean + row.error]
        axes.plot(ends, [y, y], color=BLACK, linewidth=1.4, solid_capstyle="butt", gid=f"{name}|error")
    style_bars(axes, tall)


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return the year, numbers of measures, orders and draws, and the largest error of the estimate beside its mean."""
    clear = table[table["verdict"].isin(unions.SETTLED)]
    ratio = (clear["error"] / clear["mean"].abs()).max() if len(clear) else np.nan
    return {
        "year": f"{table['year'].iloc[0]:.10g}",
        "measures": f"{table['measure'].nunique()}",
        "orders": f"{table['orders'].iloc[0]}",
        "draws": f"{table['draws'].iloc[0]}",
        "settled": f"{int(table['verdict'].isin(unions.SETTLED).sum())}",
        "bars": f"{len(table)}",
        "ratio": f"{100 * ratio:.0f}" if np.isfinite(ratio) else "–",
    }


@figure("measures", render=render, facts=facts, width=WIDE, needs=("measures",), kind=ADVICE)
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return mean, standard error and spread over worlds of each measure, in per cent of the baseline or in the unit shown."""
    missing = ("percent_mean", "percent_error", "percent_q05", "percent_q95")
    columns = ("measure", "outcome", "year", "mean", "error", "q05", "q95", *missing, "orders", "draws", "verdict")
    table = frame(dataset, "measures", columns, missing=missing)
    table = table[table["year"] == table["year"].max()]
    words, known = load(plan.folder, "en"), list(dict.fromkeys(table["outcome"]))
    listed = [name for name in plan.settings["outcomes"] if name in known] or known[:3]
    relative = np.isfinite(table["percent_mean"])
    factor = table["outcome"].map(lambda name: words.factor("quantity", name))
    unit = table["outcome"].map(lambda name: words.unit("quantity", name) or "1")
    numbers = {each: table[f"percent_{each}"].where(relative, table[each] * factor) for each in ("mean", "error", "q05", "q95")}
    table = table.assign(**numbers, units=unit.where(~relative, unions.PERCENT)).drop(columns=list(missing))
    first = table[table["outcome"] == listed[0]].set_index("measure")["mean"]
    order = sorted(first.index, key=lambda name: (name.partition("_")[0], -first[name]))
    table = table.assign(place=table["measure"].map({name: place for place, name in enumerate(order)}))
    parts = [table[table["outcome"] == name].sort_values("place") for name in listed]
    return pd.concat(parts, ignore_index=True).drop(columns="place")
