"""How the gain of all recommendations grows, and whose share it is: mean Shapley values stacked over the years."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.show.calibrated import frame
from sim.show.charts.advice import unions
from sim.show.panels import EDGE, POINT, Box, add_axes, cells, opened, panel_title, put, rule, spread, value_axis, year_axis
from sim.show.registry import ADVICE, Look, Plan, figure
from sim.show.style import BLACK, PAPER, SMALL, SOFT, WIDE
from sim.show.words import load

ACROSS, HIGH, ABOVE, BELOW, LABELS = 3, 42.0, 8.0, 5.5, 9.5
"""Panels side by side, height of a panel, room for its title, its ticks and the labels at its right, mm."""

LEAST = 0.012
"""Share of a panel's height below which a wedge has no label of its own."""


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw a panel an outcome: wedges above zero for shares that add, below it for those that lower, the sum as a line."""
    outcomes = list(dict.fromkeys(table["outcome"]))
    deep, across = -(-len(outcomes) // ACROSS), min(ACROSS, len(outcomes))
    low = opened(look, (WIDE, 200.0))[2]
    page, top, low = opened(look, (WIDE, low + deep * (HIGH + ABOVE + BELOW) + 10.0))
    area = Box(EDGE + 8.0, low + 1.5, WIDE - 2 * EDGE - 8.0, top - low - 1.5)
    for name, cell in zip(outcomes, cells(area, rows=deep, columns=across, gap=(9.0, 0.0)), strict=False):
        box = Box(cell.left, cell.bottom + BELOW, cell.width - LABELS, cell.height - ABOVE - BELOW)
        rows = table[table["outcome"] == name]
        axes = add_axes(page, box)
        ends = _wedges(axes, look, rows)
        axes.set_xlabel("")
        panel_title(page, box, unions.heading(look, name, rows["units"].iloc[0]), room=box.width + LABELS)
        _labels(page, look, axes, box=box, ends=ends)
    return page


def _wedges(axes: Axes, look: Look, rows: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Draw the wedges and return where each lies in the last year."""
    wide = rows.pivot(index="year", columns="player", values="value")[list(dict.fromkeys(rows["player"]))]
    total = rows.groupby("year")["total"].first()
    years, up, down, ends = wide.index.to_numpy(), np.zeros(len(wide)), np.zeros(len(wide)), {}
    for player in wide:
        values = wide[player].to_numpy()
        above, below = np.maximum(values, 0.0), np.minimum(values, 0.0)
        color = look.stroke(player).color
        for base, part in ((up, above), (down, below)):
            name = f"{rows['outcome'].iloc[0]}|{player}"
            axes.fill_between(years, base, base + part, color=color, linewidth=0.5, edgecolor=PAPER, gid=name)
        ends[player] = (up[-1], up[-1] + above[-1]) if values[-1] >= 0 else (down[-1] + below[-1], down[-1])
        up, down = up + above, down + below
    axes.plot(total.index, total, color=BLACK, linewidth=1.2, gid=f"{rows['outcome'].iloc[0]}|total")
    axes.axhline(0.0, color=SOFT, linewidth=0.6)
    value_axis(axes, [*up, *down], zero=True, ticks=5)
    year_axis(axes, float(years[0]), float(years[-1]), step=5.0)
    return ends


def _labels(page: Figure, look: Look, axes: Axes, *, box: Box, ends: Mapping[str, tuple[float, float]]) -> None:
    """Write the name of each wedge that is thick enough beside its end."""
    low, high = axes.get_ylim()
    listed = [player for player, (under, over) in ends.items() if over - under >= LEAST * (high - low)]
    targets = [box.bottom + (np.mean(ends[player]) - low) / (high - low) * box.height for player in listed]
    places = spread(targets, gap=SMALL * 1.22 * POINT, low=box.bottom, high=box.top)
    for player, target, place in zip(listed, targets, places, strict=True):
        rule(page, [(box.right + 0.2, target), (box.right + 2.0, place)], color=look.stroke(player).color, linewidth=0.7)
        put(page, (box.right + 2.4, place), look.label(player, short=True), fontsize=SMALL, va="middle")


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return the first and the last year, and whose mean share of the first outcome is largest."""
    first = table[table["outcome"] == table["outcome"].iloc[0]]
    last = first[first["year"] == first["year"].max()]
    most = last.loc[last["value"].idxmax()]
    return {
        "players": f"{table['player'].nunique()}",
        "first": f"{table['year'].min():.10g}",
        "year": f"{table['year'].max():.10g}",
        "outcome": look.words("quantity", most["outcome"], short=True),
        "largest": look.label(most["player"], short=True),
        "share": f"{100 * most['value'] / most['total']:.0f}",
    }


@figure("wedges", render=render, facts=facts, width=WIDE, needs=("attribution_years",), kind=ADVICE)
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return the mean Shapley value of each player and the mean gain of all, by outcome and year, in the unit shown."""
    table = frame(dataset, "attribution_years", ("player", "outcome", "year", "mean", "total"))
    known = list(dict.fromkeys(table["outcome"]))
    listed = [name for name in plan.settings["outcomes"] if name in known] or known[:6]
    made = pd.concat([table[table["outcome"] == name] for name in listed], ignore_index=True)
    words = load(plan.folder, "en")
    factor = made["outcome"].map(lambda name: words.factor("quantity", name))
    unit = made["outcome"].map(lambda name: words.unit("quantity", name) or "1")
    made = made.assign(value=made["mean"] * factor, total=made["total"] * factor, units=unit)
    return made[["outcome", "player", "year", "value", "total", "units"]]
