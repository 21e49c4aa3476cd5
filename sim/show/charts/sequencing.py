"""Governance first against opening first: the same measures, in another order."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from sim.analysis.values import role
from sim.show import telling
from sim.show.charts import strokes
from sim.show.charts.tables import choose, lines, of_panel, quantity
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
from sim.show.style import SOFT, WIDE

LABELS = 21.5
"""Room for the labels at the right of each panel, mm."""


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw one panel per quantity, the two orders, both at once and the baseline; dotted lines are the two dates."""
    page, top, low = opened(look, (WIDE, 128.0))
    area = Box(EDGE + 7.0, low + 6.0, WIDE - 2 * EDGE - 7.0, top - low - 6.0 - 6.0)
    baseline = str(table["scenario"].iloc[0])
    ended = table[table["year"] == table["year"].max()]
    texts = [
        f"{look.label(row.scenario, short=True)} {signed(row.value) if row.units == '%' else _short(row.value)}"
        for row in ended.itertuples()
    ]
    room = labels_room(texts, LABELS)
    for panel, cell in zip(look.settings["panels"], cells(area, rows=2, columns=3, gap=(9.0, 13.0)), strict=True):
        box = Box(cell.left, cell.bottom, cell.width - room, cell.height)
        axes = add_axes(page, box)
        rows = of_panel(table, panel["name"])
        relative = panel.get("measure") == "percent"
        ends = strokes.draw(axes, rows, look, baseline=baseline)
        value_axis(axes, rows["value"], zero=True)
        year_axis(axes, look.settings["start"], look.settings["stop"], step=5)
        for date in telling.dates(look):
            axes.axvline(date, color=SOFT, linewidth=0.5, dashes=(1, 2), zorder=1)
        name = (
            look.words("quantity", panel["name"], short=True) + look.words.text("in per cent")
            if relative
            else quantity(look, panel)
        )
        panel_title(page, Box(box.left - 6.0, box.bottom, box.width, box.height), name, room=cell.width + 5.0)
        labels = [
            End(f"{end.text} {signed(end.value) if relative else _short(end.value)}", end.value, end.stroke) for end in ends
        ]
        end_labels(axes, box, labels)
    return page


def _short(number: float) -> str:
    return f"{number:.2f}" if abs(number) < 1 else f"{number:.1f}" if abs(number) < 100 else f"{number:,.0f}"


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return peaks and last values of both orders."""
    told = {"year": telling.year(table["year"].max())}
    for name in look.settings["orders"]:
        rows = table[table["scenario"] == name]
        for panel in look.settings["panels"]:
            values = of_panel(rows, panel["name"])["value"]
            key = panel["key"]
            told[f"{name}_{key}_peak"] = _short(float(values.max()))
            told[f"{name}_{key}_end"] = _short(float(values.iloc[-1]))
    return told


def unfit(dataset: xr.Dataset, plan: Plan) -> str:
    """Return that the two orders are no orders of the same measures, if so."""
    first, second = (plan.question.adoptions[name] for name in plan.settings["orders"])
    if set(first) != set(second):
        return f"{' and '.join(plan.settings['orders'])} do not hold the same measures by {plan.question.stop:.10g}"
    if all(first[measure].start == second[measure].start for measure in first):
        return f"{' and '.join(plan.settings['orders'])} start every measure in the same year"
    return ""


NEEDS = ("baseline", "governance_first", "opening_first")


@figure("sequencing", render=render, facts=facts, width=WIDE, needs=NEEDS, unfit=unfit)
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return the paths of both orders, of both at once and of the baseline."""
    table = lines(dataset, plan, relative=False, scenarios=choose(dataset, plan))
    nothing = (table["units"] == "%") & (table["scenario"] == role(dataset, "baseline"))
    return table[~nothing].reset_index(drop=True)
