"""What each recommendation adds: every resource as difference from the baseline, in per cent."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from sim.show.charts import strokes
from sim.show.charts.tables import choose, lines, of_panel, quantity
from sim.show.panels import (
    EDGE,
    Box,
    End,
    add_axes,
    cells,
    end_labels,
    foot,
    head,
    notes_height,
    panel_title,
    signed,
    value_axis,
    year_axis,
)
from sim.show.registry import Look, Plan, figure
from sim.show.style import INK, SMALL, SOFT, WIDE, sheet

LABELS = 18.5
"""Room for the labels at the right of each panel, mm."""


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw one panel per resource; the line of each package ends in its name and its last value."""
    page = sheet(WIDE, 158.0)
    note = look.words.text("difference from baseline")
    top = head(page, look, note=note)
    notes = [look.settings[f"note_{look.words.language}"]]
    low = notes_height(look, notes, WIDE)
    foot(page, look, notes)
    panels = look.settings["panels"]
    area = Box(EDGE + 7.0, low + 6.0, WIDE - 2 * EDGE - 7.0, top - low - 6.0 - 7.0)
    for panel, cell in zip(panels, cells(area, rows=2, columns=3, gap=(9.0, 14.0)), strict=True):
        box = Box(cell.left, cell.bottom, cell.width - LABELS, cell.height)
        axes = add_axes(page, box)
        rows = of_panel(table, panel["name"])
        ends = strokes.draw(axes, rows, look)
        value_axis(axes, [*rows["value"], -1e-9], zero=True, below=0.15)
        year_axis(axes, look.settings["start"], look.settings["stop"], step=5)
        axes.axhline(0.0, color=SOFT, linewidth=0.7, zorder=1)
        axes.axvline(look.settings["policy"], color=SOFT, linewidth=0.5, dashes=(1, 2), zorder=1)
        panel_title(
            page, Box(box.left - 6.0, box.bottom, box.width, box.height), quantity(look, panel, unit=False), room=cell.width + 4
        )
        end_labels(axes, box, [End(f"{end.text} {signed(end.value)}", end.value, end.stroke) for end in ends], reach=(0.0, 3.0))
        axes.tick_params(labelcolor=INK, labelsize=SMALL)
    return page


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return, for the last year, the single recommendation that adds most of each resource."""
    last = table[(table["year"] == table["year"].max()) & ~table["scenario"].isin(look.settings["joint"])]
    best = last.loc[last.groupby("panel", sort=False)["value"].idxmax()]
    join, percent = ("；", "%") if look.words.language == "zh" else ("; ", " %")
    told = join.join(
        f"{look.words('quantity', row.panel, short=True)} {look.scenario(row.scenario)} {signed(row.value)}{percent}"
        for row in best.itertuples()
    )
    return {"year": f"{table['year'].max():.0f}", "most": told}


@figure("accumulation", render=render, facts=facts, width=WIDE, needs=("baseline",))
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return the difference of each package from the baseline in per cent, by resource and year."""
    return lines(dataset, plan, relative=True, scenarios=choose(dataset, plan.settings["scenarios"]))
