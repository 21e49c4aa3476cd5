"""Which of the four inputs binds joint research: through time for two packages, and in the last year for all."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.analysis.values import between
from sim.show import telling
from sim.show.charts.tables import choose, of_panel, values_of
from sim.show.panels import EDGE, POINT, Box, add_axes, foot, head, notes_height, panel_title, put, year_axis
from sim.show.registry import Look, Plan, figure
from sim.show.style import INPUTS, LABEL, PAPER, SMALL, WIDE, ink_on, sheet
from sim.show.text import width

MOST_AREAS = 4
"""Packages shown through time."""

OVER_TIME, AT_END = "over time", "last year"


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw stacked areas for the packages shown through time and, below, stacked bars for every package."""
    bars = list(dict.fromkeys(of_panel(table, AT_END)["scenario"]))
    notes = look.notes()
    low = notes_height(look, notes, WIDE)
    bars_height = len(bars) * 4.6
    page = sheet(WIDE, low + 8.0 + bars_height + 15.0 + 52.0 + 16.0)
    top = head(page, look, note=look.words.text("binding share"))
    foot(page, look, notes)
    ceiling = float(np.ceil(table.groupby(["panel", "scenario", "year"])["value"].sum().max() * 20) / 20)
    areas = list(dict.fromkeys(of_panel(table, OVER_TIME)["scenario"]))
    gap = 8.0
    wide = (WIDE - 2 * EDGE - 8.0 - 2.0 - gap * (len(areas) - 1)) / len(areas)
    for position, name in enumerate(areas):
        box = Box(EDGE + 8.0 + position * (wide + gap), top - 7.0 - 48.0, wide, 48.0)
        rows = of_panel(table, OVER_TIME)
        axes = add_axes(page, box)
        _areas(axes, rows[rows["scenario"] == name], look, (wide, 48.0, ceiling))
        axes.set_ylim(0.0, ceiling)
        year_axis(axes, rows["year"].min(), rows["year"].max(), step=5)
        label = look.scenario(name)
        fits = width(label, LABEL) * POINT <= wide
        panel_title(page, box, label if fits else look.label(name, short=True), room=wide)
    _bars(page, of_panel(table, AT_END), look, Box(EDGE + 32.0, low + 6.0, WIDE - 2 * EDGE - 34.0, bars_height))
    return page


def _areas(axes: Axes, rows: pd.DataFrame, look: Look, scale: tuple[float, float, float]) -> None:
    years = np.asarray(sorted(set(rows["year"])))
    under = np.zeros(len(years))
    name = rows["scenario"].iloc[0]
    for color, panel in zip(INPUTS, look.settings["panels"], strict=True):
        values = rows[rows["input"] == panel["name"]].sort_values("year")["value"].to_numpy()
        axes.fill_between(
            years, under, under + values, color=color, linewidth=0.5, edgecolor=PAPER, gid=f"{OVER_TIME}|{name}|{panel['name']}"
        )
        label = look.words("quantity", panel["name"], short=True)
        place = roomiest(under, under + values, int(np.ceil(width(label, LABEL) * POINT / scale[0] * len(years))) + 8)
        if place is not None and place[2] > LABEL * 1.25 * POINT / scale[1] * scale[2]:
            axes.text(years[place[0]], place[1], label, ha="center", va="center_baseline", color=ink_on(color), fontsize=LABEL)
        under = under + values
    axes.set_axisbelow(False)


def roomiest(low: np.ndarray, high: np.ndarray, window: int) -> tuple[int, float, float] | None:
    """Return where a text ``window`` samples wide finds most room between two lines: its middle, its height, the room."""
    if window > len(low):
        return None
    floors = np.lib.stride_tricks.sliding_window_view(low, window).max(axis=1)
    ceilings = np.lib.stride_tricks.sliding_window_view(high, window).min(axis=1)
    best = int(np.argmax(ceilings - floors))
    return best + window // 2, float(floors[best] + ceilings[best]) / 2, float(ceilings[best] - floors[best])


def _bars(page: Figure, rows: pd.DataFrame, look: Look, box: Box) -> None:
    axes = add_axes(page, box)
    ceiling = 1.06 * float(rows.groupby("scenario")["value"].sum().max())
    names = list(dict.fromkeys(rows["scenario"]))
    for position, name in enumerate(names):
        left = 0.0
        for color, panel in zip(INPUTS, look.settings["panels"], strict=True):
            value = float(rows[(rows["scenario"] == name) & (rows["input"] == panel["name"])]["value"].iloc[0])
            axes.barh(
                -position,
                value,
                left=left,
                height=0.8,
                color=color,
                edgecolor=PAPER,
                linewidth=0.5,
                gid=f"{AT_END}|{name}|{panel['name']}",
            )
            _number(axes, (left, value, -position), color, ceiling / box.width)
            left += value
            if position == 0:
                axes.text(
                    left - value / 2,
                    0.55,
                    look.words("quantity", panel["name"], short=True),
                    ha="center",
                    va="bottom",
                    fontsize=SMALL,
                )
    axes.set_xlim(0.0, ceiling)
    axes.set_ylim(-len(names) + 0.4, 0.6)
    axes.set_yticks([-position for position in range(len(names))], [look.label(name, short=True) for name in names])
    axes.tick_params(axis="y", length=0, labelsize=LABEL)
    axes.spines[["left"]].set_visible(False)
    year = telling.year(rows["year"].iloc[0])
    put(page, (EDGE, box.top + 3.6), look.words.text("all packages in").format(year=year), va="bottom")


def _number(axes: Axes, place: tuple[float, float, float], color: str, scale: float) -> None:
    """Write a bar's value inside it where it fits, else, for the last colour, beside it; ``scale`` is data units per mm."""
    left, value, y = place
    text = f"{value:.2f}"
    if width(text, SMALL) * POINT + 0.2 <= value / scale:
        axes.text(left + value / 2, y, text, ha="center", va="center_baseline", color=ink_on(color), fontsize=SMALL)
    elif color == INPUTS[-1]:
        axes.text(left + value + 0.8 * scale, y, text, ha="left", va="center_baseline", fontsize=SMALL)


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return which input binds most in which packages in the last year, and how strongly."""
    last = of_panel(table, AT_END)
    most = last.loc[last.groupby("scenario", sort=False)["value"].idxmax()]
    told = []
    for name, rows in most.groupby("input", sort=False):
        where = ", ".join(look.label(each, short=True) for each in rows["scenario"])
        where = look.words.text("every package") if len(rows) == len(most) else where
        strength = f"{rows['value'].min():.2f}–{rows['value'].max():.2f}" if len(rows) > 1 else f"{rows['value'].iloc[0]:.2f}"
        told.append(
            look.words.text("binds most").format(
                input=look.words("quantity", str(name), short=True), where=where, strength=strength
            )
        )
    inputs = list(dict.fromkeys(most["input"]))
    name = look.words("quantity", inputs[0], short=True)
    kind = "one_binds" if len(inputs) == 1 else "several_bind"
    return {
        "year": telling.year(last["year"].iloc[0]),
        "most": look.words.text("semicolon").join(told),
        "binds": look.settings[f"{kind}_{look.words.language}"].format(input=name[0].lower() + name[1:]),
        "through": look.settings[f"counts_{look.words.language}"][of_panel(table, OVER_TIME)["scenario"].nunique()],
    }


@figure("binding_input", render=render, facts=facts, width=WIDE, needs=("baseline",))
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return the elasticity of the fit of inputs to each input: through time for some packages, at the end for all."""
    settings = plan.settings
    rows = []
    for panel in settings["panels"]:
        values = between(values_of(dataset, panel), settings["start"], settings["stop"])
        for name in choose(dataset, plan, "over_time")[:MOST_AREAS]:
            rows += [
                (OVER_TIME, name, panel["name"], float(year), float(value), "1")
                for year, value in zip(values["time"].values, values.sel(scenario=name).values, strict=True)
            ]
        last = values.isel(time=-1)
        rows += [
            (AT_END, name, panel["name"], float(last["time"]), float(last.sel(scenario=name)), "1")
            for name in choose(dataset, plan)
        ]
    return pd.DataFrame(rows, columns=["panel", "scenario", "input", "year", "value", "units"])
