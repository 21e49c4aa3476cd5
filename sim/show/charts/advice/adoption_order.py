"""In which order recommendations bring most: what is gained step by step in the best order and in the worst."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.show.calibrated import frame
from sim.show.charts.advice import unions
from sim.show.panels import EDGE, Box, add_axes, cells, foot, head, notes_height, panel_title, put, value_axis
from sim.show.registry import ADVICE, Look, Plan, figure
from sim.show.style import BASELINE, INK, LABEL, SMALL, SOFT, WIDE, sheet
from sim.show.words import load

LINE, WIDE_BAND, NARROW_BAND = "#0072B2", "#cfe3f1", "#93c1e0"
"""Median, 5–95 % and 25–75 % band of the best order."""

COLUMNS = 3
"""Panels side by side."""

PANEL, BELOW, ABOVE, AXIS = 38.0, 9.0, 6.5, 9.5
"""Height of a panel, room below for its steps, above for its title and left of it for its numbers, mm."""


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw a panel an outcome: what is gained after each step of the best order, with bands, and of the worst."""
    outcomes = list(dict.fromkeys(table["outcome"]))
    rows = -(-len(outcomes) // COLUMNS)
    notes = look.notes()
    low = notes_height(look, notes, WIDE)
    page = sheet(WIDE, low + rows * (PANEL + BELOW + ABOVE) + 13.0)
    top = head(page, look)
    foot(page, look, notes)
    area = Box(EDGE, top - 1.0 - rows * (PANEL + BELOW + ABOVE), WIDE - 2 * EDGE, rows * (PANEL + BELOW + ABOVE))
    for name, cell in zip(outcomes, cells(area, rows=rows, columns=COLUMNS, gap=(3.0, 0.0)), strict=False):
        box = Box(cell.left + AXIS, cell.bottom + BELOW, cell.width - AXIS, PANEL)
        part = table[table["outcome"] == name]
        panel_title(page, box, unions.heading(look, name, str(part["units"].iloc[0])), room=box.width)
        _panel(add_axes(page, box), part, look)
        _steps(page, part[part["kind"] == "optimal"], look, box=box)
    return page


def _panel(axes: Axes, part: pd.DataFrame, look: Look) -> None:
    name = part["outcome"].iloc[0]
    best = _from_nothing(part[part["kind"] == "optimal"])
    worst = _from_nothing(part[part["kind"] == "worst"])
    for low, high, color in (("q05", "q95", WIDE_BAND), ("q25", "q75", NARROW_BAND)):
        axes.fill_between(best["step"], best[low], best[high], color=color, linewidth=0, zorder=1)
    axes.plot(best["step"], best["q50"], color=LINE, linewidth=1.4, marker="o", markersize=2.6, zorder=4, gid=f"{name}|optimal")
    axes.plot(worst["step"], worst["q50"], **BASELINE.line() | {"linestyle": (0, (3, 1.5))}, zorder=3, gid=f"{name}|worst")
    axes.axhline(0.0, color="#8a8a8a", linewidth=0.6, zorder=0.5)
    axes.set_xlim(-0.2, best["step"].max() + 0.3)
    axes.set_xticks(best["step"][1:], [""] * (len(best) - 1))
    value_axis(axes, [*best["q05"], *best["q95"], *worst["q50"]], zero=True, ticks=5)
    at = len(worst) // 2
    axes.annotate(
        look.settings[f"worst_{look.words.language}"],
        (worst["step"].iloc[at], worst["q50"].iloc[at]),
        (-2.0, 2.5),
        textcoords="offset points",
        va="bottom",
        ha="right",
        fontsize=SMALL,
        color=SOFT,
    )


def _from_nothing(rows: pd.DataFrame) -> pd.DataFrame:
    """Return ``rows`` after a step of nothing adopted and nothing gained."""
    nothing = {column: [0.0] for column in ("step", *unions.QUANTILES)}
    return pd.concat([pd.DataFrame(nothing), rows[["step", *unions.QUANTILES]]], ignore_index=True)


def _steps(page: Figure, best: pd.DataFrame, look: Look, *, box: Box) -> None:
    """Write below each step which recommendation it adds and in how many worlds it has this place."""
    count = len(best)
    for row in best.itertuples():
        x = box.left + (row.step + 0.2) / (count + 0.5) * box.width
        put(page, (x, box.bottom - 1.6), look.label(row.player, short=True), ha="center", fontsize=LABEL, color=INK)
        put(page, (x, box.bottom - 5.0), f"{100 * row.share:.0f}", ha="center", fontsize=SMALL, color=SOFT)
    put(page, (box.left - 0.6, box.bottom - 5.0), "%", ha="right", fontsize=SMALL, color=SOFT)


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return how many orders there are, what comes first and second where, and the least agreement on these places."""
    best = table[table["kind"] == "optimal"]
    second = best[best["step"] == 2]["player"].mode().iloc[0]
    where = best[(best["step"] == 2) & (best["player"] == second)]
    firsts = best[best["step"] == 1]
    listed = [f"{look.label(row.player, short=True)}" for row in firsts.itertuples()]
    early = best[best["step"] <= 2]["share"]
    return {
        "year": f"{best['year'].max():.10g}",
        "count": f"{best['player'].nunique()}",
        "outcomes": f"{best['outcome'].nunique()}",
        "firsts": look.words.text("comma").join(dict.fromkeys(listed)),
        "second": look.label(second, short=True),
        "second_in": f"{len(where)}",
        "early_low": f"{100 * early.min():.0f}",
        "early_high": f"{100 * early.max():.0f}",
        "greedy_least": f"{100 * table['greedy_optimal'].min():.0f}",
    }


@figure("adoption_order", render=render, facts=facts, width=WIDE, needs=("ordering", "ordering_places"), kind=ADVICE)
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return what is gained after each step of the best and the worst order, and in what share of worlds a place is held."""
    words = load(plan.folder, "en")
    found = frame(dataset, "ordering", ("outcome", "kind", "step", "player", "units", "year", *unions.QUANTILES))
    found = found[found["kind"].isin(["optimal", "worst"]) & found["outcome"].map(_known(plan.settings, found))]
    places = frame(dataset, "ordering_places", ("outcome", "player", "place", "share")).rename(columns={"place": "step"})
    value = frame(dataset, "ordering_value", ("outcome", "greedy_optimal"))
    made = found.merge(places, on=["outcome", "player", "step"]).merge(value, on="outcome")
    order = {name: number for number, name in enumerate(dict.fromkeys(found["outcome"]))}
    made = made.sort_values(["outcome", "kind", "step"], key=lambda each: each.map(order) if each.name == "outcome" else each)
    own = made["outcome"].map(lambda name: words.knows("quantity", name))
    factor = np.where(own, made["outcome"].map(lambda name: words.factor("quantity", name) if name else 1.0), 1.0)
    unit = made["outcome"].map(lambda name: words.unit("quantity", name) or "1")
    return made.assign(units=unit, **{key: made[key] * factor for key in unions.QUANTILES}).reset_index(drop=True)


def _known(settings: Mapping[str, Any], found: pd.DataFrame) -> Any:
    """Return a test for outcomes that are shown: those of ``settings`` that are there, or all if none is."""
    listed = [name for name in settings["outcomes"] if name in set(found["outcome"])]
    shown = set(listed or [name for name in dict.fromkeys(found["outcome"]) if name != "composite"])
    return lambda name: name in shown
