"""Which unknown to measure first: what perfect knowledge would be worth to each choice, and what knowing one unknown would."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.show.calibrated import frame, size
from sim.show.charts.advice.naming import package
from sim.show.panels import EDGE, POINT, Box, add_axes, opened, put, rule
from sim.show.registry import ADVICE, Look, Plan, figure
from sim.show.style import FAINT, INK, PAPER, SMALL, SOFT, WIDE
from sim.show.text import wrap
from sim.show.words import load

LINE, ABOVE, BELOW = 5.2, 9.0, 7.0
"""Height of a row, room for titles and for ticks, mm."""

CHOICE, BEST, BARS, NAMES = 27.0, 30.0, 26.0, 46.0
"""Widths of the choice, of the package it falls on, of the bars and of the unknowns' names, mm."""

CHOICES = (
    *("choice", "worth", "best", "best_share", "evpi", "low", "high", "floor", "above"),
    *("unknowns", "options", "year", "gain", "cost"),
)
"""Columns told of a choice."""

INPUTS = ("choice", "worth", "rank", "uncertainty", "value", "low", "high", "floor", "exceeds")
"""Columns told of an unknown."""

STEP = 8.0
"""Room between the two halves of the figure, mm."""


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw what perfect information is worth to each choice, left, and what single unknowns are worth, right."""
    choices = table[table["drawn"] == "choice"]
    shown = [group for _, group in table[table["drawn"] == "unknown"].groupby("order", sort=True)]
    tall = max(len(choices) * LINE + ABOVE, sum(len(group) * LINE + ABOVE for group in shown) - ABOVE) + 2.0
    low = opened(look, (WIDE, 200.0))[2]
    page, top, low = opened(look, (WIDE, low + 9.0 + ABOVE + BELOW + tall))
    top -= ABOVE
    _choices(page, look, choices, top)
    left = EDGE + CHOICE + BEST + BARS + STEP
    y = top
    for group in shown:
        _unknowns(page, look, group, (left, y))
        y -= len(group) * LINE + ABOVE
    if not shown:
        room = (WIDE - EDGE - left) / POINT
        lines = wrap(str(look.settings[f"nothing_{look.words.language}"]), room=room, size=SMALL)
        put(page, (left, top), "\n".join(lines), fontsize=SMALL)
    return page


def _choices(page: Figure, look: Look, rows: pd.DataFrame, top: float) -> None:
    language = look.words.language
    told = look.settings[f"columns_{language}"]
    bars = EDGE + CHOICE + BEST
    for x, name in ((EDGE, "choice"), (EDGE + CHOICE, "best"), (bars, "value")):
        lines = wrap(str(told[name]), room=(BARS + 6.0) / POINT, size=SMALL)
        put(page, (x, top + 1.2), "\n".join(lines), fontsize=SMALL, color=SOFT, va="bottom")
    money = rows[rows["choice"] == "worth"]
    if len(money):
        _bars(page, Box(bars, top - len(money) * LINE, BARS, len(money) * LINE), money, floor=False)
    for place, row in enumerate(money.itertuples()):
        y = top - (place + 0.5) * LINE
        put(page, (EDGE, y), str(told["worth"]).format(worth=f"{row.worth:,.4g}"), fontsize=SMALL, va="middle")
        put(page, (EDGE + CHOICE, y), _falls(look, row), fontsize=SMALL, va="middle")
    y = top - len(money) * LINE - (ABOVE if len(money) else 0.0)
    for row in rows[rows["choice"] != "worth"].itertuples():
        numbers = {"value": f"{row.value:.1f}", "low": f"{row.low:.1f}", "high": f"{row.high:.1f}"}
        text = str(told["success"]).format(falls=_falls(look, row), **numbers)
        put(page, (EDGE, y), "\n".join(wrap(text, room=(CHOICE + BEST + BARS) / POINT, size=SMALL)), fontsize=SMALL)


def _falls(look: Look, row: Any) -> str:
    """Return the package a choice falls on and the share of worlds in which it is the best one."""
    told = look.settings[f"columns_{look.words.language}"]
    return str(told["falls"]).format(package=package(look, row.scenario), share=f"{100 * row.best_share:.0f}")


def _bars(page: Figure, box: Box, rows: pd.DataFrame, *, floor: bool) -> None:
    """Draw a bar a row with its interval; hollow where noise could explain it, which a dotted line tells."""
    axes = add_axes(page, box)
    for place, row in enumerate(rows.itertuples()):
        sure = bool(row.exceeds) or not floor
        ground, gid = "#b0b0b0" if sure else PAPER, f"{row.choice}|{row.worth:g}|{row.rank}"
        axes.barh([-place - 0.5], [row.value], height=0.5, color=ground, edgecolor=SOFT, linewidth=0.6, zorder=2)
        axes.plot([row.low, row.high], [-place - 0.5] * 2, color=INK, linewidth=0.9, zorder=3, gid=gid)
    if floor:
        axes.axvline(float(rows["floor"].iloc[0]), color=INK, linewidth=0.8, linestyle=(0, (1, 1.5)), zorder=4)
    axes.set_ylim(-len(rows), 0.0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.axvline(0.0, color=SOFT, linewidth=0.6)
    axes.set_xlim(0.0, 1.05 * max(float(rows["high"].max()), float(rows["value"].max()), 1e-9))
    axes.xaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    axes.grid(axis="x", color=FAINT, linewidth=0.4, zorder=0)
    axes.set_axisbelow(True)


def _unknowns(page: Figure, look: Look, rows: pd.DataFrame, place: tuple[float, float]) -> None:
    left, top = place
    told = look.settings[f"columns_{look.words.language}"]
    first = next(rows.itertuples())
    title = str(told["one_success" if first.choice == "success" else "one_worth"]).format(worth=f"{first.worth:,.4g}")
    put(page, (left, top + 1.2), title, fontsize=SMALL, color=SOFT, va="bottom")
    box = Box(left + NAMES, top - len(rows) * LINE, WIDE - EDGE - left - NAMES - 2.0, len(rows) * LINE)
    _bars(page, box, rows, floor=True)
    for number, row in enumerate(rows.itertuples()):
        name = wrap(look.words.unknown(row.uncertainty), room=(NAMES - 2.0) / POINT, size=SMALL)
        at, ink = (left + NAMES - 1.5, top - (number + 0.5) * LINE), INK if row.exceeds else SOFT
        put(page, at, "\n".join(name[:2]), fontsize=SMALL, va="middle", ha="right", color=ink)
    rule(page, [(left, top + 0.6), (WIDE - EDGE, top + 0.6)], color=FAINT)


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return the unit, the gain, how many unknowns are asked about and in how many choices one of them counts."""
    choices = table[table["drawn"] == "choice"]
    first = choices.iloc[0]
    return {
        "year": f"{first['year']:.10g}",
        "options": f"{first['options']:.0f}",
        "unknowns": f"{first['unknowns']:.0f}",
        "choices": f"{len(choices)}",
        "counting": f"{int((choices['above'] > 0).sum())}",
        "gain": look.words("quantity", str(first["gain"]), short=True),
        "unit": look.words.unit("quantity", str(first["cost"])),
    }


@figure("information", render=render, facts=facts, width=WIDE, needs=("information",), kind=ADVICE)
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return, for each choice, the value of perfect information, and for choices where single unknowns seem worth most, theirs.

    ``worth`` is what a unit of the gain is worth, in thousands of the currency; values are in the unit of the cost as shown,
    of a choice by thresholds in percentage points of worlds.
    """
    choices = frame(dataset, "information", CHOICES).rename(columns={"best": "scenario", "evpi": "value"})
    choices = choices.assign(drawn="choice", order=range(len(choices)), rank=0, uncertainty="", exceeds=True)
    factor = load(plan.folder, "en").factor("quantity", str(choices["cost"].iloc[0]))
    parts = [choices]
    if size(dataset, "information_inputs"):
        inputs = frame(dataset, "information_inputs", INPUTS)
        inputs = inputs[inputs["rank"] <= int(plan.settings["most"])]
        counting = choices[choices["above"] > 0].sort_values("above", ascending=False, kind="stable")
        counting = counting.head(int(plan.settings["charts"]))
        kept = counting.drop(columns=["value", "low", "high", "floor", "drawn", "rank", "uncertainty", "exceeds"])
        parts.append(inputs.merge(kept, on=["choice", "worth"]).assign(drawn="unknown"))
    made = pd.concat(parts, ignore_index=True)
    scale = made["choice"].map({"worth": factor, "success": 100.0})
    numbers = {key: made[key] * scale for key in ("value", "low", "high", "floor")}
    unit = load(plan.folder, "en").unit("quantity", str(made["cost"].iloc[0]))
    units = made["choice"].map({"worth": unit, "success": "percentage points"})
    told = made.assign(**numbers, worth=1000 * made["worth"], units=units)
    return told.astype({"exceeds": bool}).sort_values(["drawn", "order", "rank"], kind="stable", ignore_index=True)
