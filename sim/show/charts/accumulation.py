"""What each recommendation adds: every resource as difference from the baseline, in per cent."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from sim.show import telling
from sim.show.charts import strokes
from sim.show.charts.tables import acting, choose, lines, of_panel, quantity
from sim.show.panels import (
    EDGE,
    Box,
    End,
    add_axes,
    cells,
    end_labels,
    labels_room,
    opened,
    panel_title,
    signed,
    value_axis,
    year_axis,
)
from sim.show.registry import Look, Plan, figure
from sim.show.style import INK, SMALL, SOFT, WIDE

LABELS = 18.5
"""Room for the labels at the right of each panel, mm."""


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw one panel per resource; the line of each package ends in its name and its last value."""
    note = look.words.text("difference from baseline" if look.told["from"] else "difference without measures")
    page, top, low = opened(look, (WIDE, 158.0), note=note.format_map(look.told))
    panels = look.settings["panels"]
    area = Box(EDGE + 7.0, low + 6.0, WIDE - 2 * EDGE - 7.0, top - low - 6.0 - 7.0)
    ended = table[table["year"] == table["year"].max()]
    digits = {name: _decimals(rows["value"].abs().max()) for name, rows in ended.groupby("panel")}
    texts = [
        f"{look.label(row.scenario, short=True)} {signed(row.value, decimals=digits[row.panel])}" for row in ended.itertuples()
    ]
    room = labels_room(texts, LABELS)
    for panel, cell in zip(panels, cells(area, rows=2, columns=3, gap=(9.0, 14.0)), strict=True):
        box = Box(cell.left, cell.bottom, cell.width - room, cell.height)
        axes = add_axes(page, box)
        rows = of_panel(table, panel["name"])
        ends = strokes.draw(axes, rows, look)
        value_axis(axes, [*rows["value"], -1e-9], zero=True, below=0.15)
        year_axis(axes, look.settings["start"], look.settings["stop"], step=5)
        axes.axhline(0.0, color=SOFT, linewidth=0.7, zorder=1)
        for date in telling.dates(look):
            axes.axvline(date, color=SOFT, linewidth=0.5, dashes=(1, 2), zorder=1)
        panel_title(
            page, Box(box.left - 6.0, box.bottom, box.width, box.height), quantity(look, panel, unit=False), room=cell.width + 4
        )
        labels = [End(f"{end.text} {signed(end.value, decimals=digits[panel['name']])}", end.value, end.stroke) for end in ends]
        end_labels(axes, box, labels, reach=(0.0, 3.0))
        axes.tick_params(labelcolor=INK, labelsize=SMALL)
    return page


def _decimals(largest: float) -> int | None:
    """Return the decimals that show two digits of the ``largest`` value of a panel where it is small; else ``None``."""
    return None if largest >= 0.95 or largest < 1e-6 else 1 - int(np.floor(np.log10(largest)))


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return, for the last year, the single recommendation that adds most of each resource."""
    last = table[table["year"] == table["year"].max()]
    single = last[~last["scenario"].isin(look.settings["joint"])]
    last = last if single.empty else single
    best = last.loc[last.groupby("panel", sort=False)["value"].idxmax()]
    join, percent = ("；", "%") if look.words.language == "zh" else ("; ", " %")
    told = join.join(
        f"{look.words('quantity', row.panel, short=True)} {look.label(row.scenario)} {signed(row.value)}{percent}"
        for row in best.itertuples()
    )
    packages = telling.listing(look, [look.label(name) for name in look.shown])
    return {"year": telling.year(table["year"].max()), "most": told, "packages": packages}


@figure("accumulation", render=render, facts=facts, width=WIDE, needs=("baseline",), unfit=acting)
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return the difference of each package from the baseline in per cent, by resource and year."""
    return lines(dataset, plan, relative=True, scenarios=choose(dataset, plan))
