"""Effective aggregation: what each scenario holds of what the frictionless twin would hold, part by part and together."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from sim.analysis.values import role
from sim.show import telling
from sim.show.charts import strokes
from sim.show.charts.tables import choose, lines, of_panel
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
    year_axis,
)
from sim.show.registry import Look, Plan, figure
from sim.show.style import SOFT, WIDE

LABELS = 19.5
"""Room for the labels at the right of each panel, mm."""


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw one panel per ratio, all on the scale 0 to 1; the last two are the composites."""
    page, top, low = opened(look, (WIDE, 132.0))
    area = Box(EDGE + 6.0, low + 6.0, WIDE - 2 * EDGE - 6.0, top - low - 6.0 - 9.0)
    baseline = str(table["scenario"].iloc[0])
    ended = table[table["year"] == table["year"].max()]
    room = labels_room([f"{look.label(row.scenario, short=True)} {row.value:.2f}" for row in ended.itertuples()], LABELS)
    for panel, cell in zip(look.settings["panels"], cells(area, rows=2, columns=4, gap=(6.5, 15.0)), strict=True):
        box = Box(cell.left, cell.bottom, cell.width - room, cell.height)
        axes = add_axes(page, box)
        rows = of_panel(table, panel["name"])
        ends = strokes.draw(axes, rows, look, baseline=baseline)
        highest = float(rows["value"].max())
        axes.set_ylim(0.0, 1.04 if highest <= 1.04 else 1.04 * highest)
        axes.set_yticks([0.0, 0.5, 1.0] if highest < 1.5 else [0.0, 1.0, float(int(highest))])
        axes.axhline(1.0, color=SOFT, linewidth=0.5, dashes=(1, 2), zorder=1)
        year_axis(axes, look.settings["start"], look.settings["stop"], step=10)
        panel_title(
            page,
            Box(box.left - 5.0, box.bottom, box.width, box.height),
            look.words("quantity", panel["name"]),
            room=cell.width + 4.0,
        )
        end_labels(axes, box, [End(f"{end.text} {end.value:.2f}", end.value, end.stroke) for end in ends])
    return page


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return the composites of the first and the last scenario in the last year."""
    last = table[table["year"] == table["year"].max()].set_index(["panel", "scenario"])["value"]
    first, final = table["scenario"].iloc[0], table["scenario"].iloc[-1]
    composite = [panel["name"] for panel in look.settings["panels"][-2:]]
    told = {"year": telling.year(table["year"].max()), "final": look.label(final)}
    for name in composite:
        told |= {f"{name}_base": f"{last[name, first]:.2f}", f"{name}_final": f"{last[name, final]:.2f}"}
    kind = "ends" if first != final else "ends_alone"
    return {"ends": look.settings[f"{kind}_{look.words.language}"].format(**told)}


@figure("aggregation", render=render, facts=facts, width=WIDE, needs=("baseline", "twin"))
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return the ratios to the frictionless twin and their composites through time."""
    chosen = [name for name in choose(dataset, plan) if name != role(dataset, "twin")]
    return lines(dataset, plan, relative=False, scenarios=chosen)
