"""Every package on every outcome, over all worlds: the median in each cell, coloured only where its sign is settled."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from sim.analysis.worlds import LITTLE, OPEN
from sim.show.charts.advice import unions
from sim.show.charts.outcomes import SCALE, shade
from sim.show.panels import EDGE, POINT, Box, foot, head, notes_height, put, rule
from sim.show.registry import ADVICE, Look, Plan, figure
from sim.show.style import BLACK, LABEL, PAPER, SMALL, SOFT, WIDE, ink_on, sheet
from sim.show.text import balanced
from sim.show.words import load

NAMES, ARROW, BASE, ROW, GROUP = 44.0, 4.0, 24.0, 6.2, 1.4
"""Widths of name, arrow and baseline, height of a row, gap between groups, mm."""

ARROWS: Mapping[str, str] = {"more": "↑", "less": "↓", "neither": ""}
"""Mark beside an outcome of which more, or less, is better."""


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw a row an outcome and a column a package: median, ground coloured if robust, brackets and hatching if not."""
    listed, groups = list(dict.fromkeys(table["outcome"])), list(dict.fromkeys(table["group"]))
    notes = look.notes()
    page = sheet(WIDE, notes_height(look, notes, WIDE) + len(listed) * ROW + (len(groups) - 1) * GROUP + 19.0)
    top = head(page, look) - 9.0
    foot(page, look, notes)
    packages = list(dict.fromkeys(table["scenario"]))
    left = EDGE + NAMES + ARROW + BASE
    width = (WIDE - EDGE - left) / len(packages)
    said = look.settings[f"columns_{look.words.language}"]
    put(page, (left - 1.5, top + 1.2), said, ha="right", va="bottom", color=SOFT, fontsize=SMALL)
    for position, name in enumerate(packages):
        lines = balanced(look.label(name, short=True), room=width / POINT, size=LABEL)
        put(page, (left + (position + 0.5) * width, top + 1.2), "\n".join(lines), ha="center", va="bottom")
    rule(page, [(EDGE, top), (WIDE - EDGE, top)])
    y, group = top, groups[0]
    for name in listed:
        rows = table[table["outcome"] == name].set_index("scenario")
        y -= GROUP if rows["group"].iloc[0] != group else 0.0
        group = rows["group"].iloc[0]
        _heading(page, look, rows, y - ROW / 2)
        for position, package in enumerate(packages):
            _cell(page, Box(left + position * width, y - ROW, width, ROW), rows.loc[package])
        y -= ROW
    return page


def _heading(page: Figure, look: Look, rows: pd.DataFrame, middle: float) -> None:
    """Write the name of an outcome, what is better, and the baseline's median."""
    row = rows.iloc[0]
    put(page, (EDGE, middle), look.words("quantity", row["outcome"], short=True), va="middle")
    put(page, (EDGE + NAMES, middle), ARROWS[row["better"]], va="middle", color=SOFT)
    unit = look.words.unit("quantity", row["outcome"])
    base = f"{unions.level(row['baseline'])} {unit}".strip() if row["units"] == unions.PERCENT else unit
    put(page, (EDGE + NAMES + ARROW + BASE - 1.5, middle), base, va="middle", ha="right", color=SOFT, fontsize=SMALL)


def _cell(page: Figure, box: Box, row: pd.Series) -> None:
    open_, relative = row["verdict"] == OPEN, row["units"] == unions.PERCENT
    ground = SCALE(shade(row["q50"])) if relative and row["verdict"] in unions.SETTLED else PAPER
    name = f"{row['outcome']}|{row.name}"
    unions.tile(page, box, ground, hatched=open_, gid=name)
    text = unions.number(row["q50"]) if row["verdict"] != LITTLE else "≈0"
    middle = (box.left + box.width / 2, box.bottom + box.height / 2)
    ink = ink_on(ground) if not open_ else BLACK
    put(page, middle, f"({text})" if open_ else text, ha="center", va="middle", color=ink, gid=f"{name}|value")


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return the year, and how many differences are settled, open and small."""
    counts = table["verdict"].value_counts()
    settled = int(table["verdict"].isin(unions.SETTLED).sum())
    return {
        "year": f"{table['year'].iloc[0]:.10g}",
        "cells": f"{len(table)}",
        "settled": f"{settled}",
        "open": f"{int(counts.get(OPEN, 0))}",
        "little": f"{int(counts.get(LITTLE, 0))}",
    }


@figure("scorecard", render=render, facts=facts, width=WIDE, needs=("packages",), kind=ADVICE)
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return for each outcome and package the quantiles of the paired difference, in per cent or in the unit shown."""
    percent = tuple(f"percent_{each}" for each in unions.QUANTILES)
    columns = ("outcome", "group", "better", "baseline", *unions.QUANTILES, *percent, "up", "down", "verdict")
    table = unions.packages(dataset, plan.settings, columns)
    words = load(plan.folder, "en")
    factor = table["outcome"].map(lambda name: words.factor("quantity", name))
    made = unions.shown(table, words).assign(baseline=table["baseline"] * factor)
    kept = ("outcome", "group", "better", "scenario", "year", "baseline", *unions.QUANTILES, "units", "up", "down", "verdict")
    return made[list(kept)].reset_index(drop=True)
