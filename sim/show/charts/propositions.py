"""The model's propositions again: in what share of the worlds that fit history each of them holds."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.show.calibrated import frame
from sim.show.charts.bands import unit
from sim.show.panels import EDGE, POINT, Box, add_axes, foot, head, notes_height, put, rule
from sim.show.registry import CALIBRATION, Look, Plan, figure
from sim.show.style import FAINT, LABEL, PAPER, SMALL, SOFT, WIDE, sheet
from sim.show.text import LEADING, wrap

CLASSES: tuple[tuple[str, str], ...] = (("robust", "#0072B2"), ("central", "#6f6600"), ("conditional", "#AA3377"))
"""Classes of propositions in the order shown, and their inks."""

CODE, STATEMENT, CHART, SHARE = 9.0, 92.0, 28.0, 11.0
"""Widths of the columns, mm."""

GAP, GROUP = 1.6, 6.0
"""Space between rows and height of a class's heading, mm."""

DOT: Mapping[str, Any] = {"marker": "o", "markersize": 3.8, "markeredgewidth": 1.0, "clip_on": False, "zorder": 4}
"""Mark at the end of a bar."""

LINE = SMALL * LEADING * POINT
"""Height of a line of a statement, mm."""

NEARLY_ALL = 0.95
"""Share of worlds from which a proposition counts as holding in nearly all."""

COLUMNS = (
    "id",
    "class",
    "statement_en",
    "statement_zh",
    "design_holds",
    "share",
    "worlds",
    "q05",
    "q50",
    "q95",
    "key_unit",
    "outcome",
)


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw a row for each proposition: statement, share of worlds in which it holds, its key number."""
    notes = look.notes()
    low = notes_height(look, notes, WIDE)
    heights = {row.id: LINE * len(_lines(look, row)) + GAP for row in table.itertuples()}
    height = sum(heights.values()) + GROUP * table["kind"].nunique()
    page = sheet(WIDE, low + 21.0 + height)
    top = head(page, look) - 4.5
    foot(page, look, notes)
    left = EDGE + CODE + STATEMENT
    box = Box(left, top - height, CHART, height)
    axes = add_axes(page, box)
    axes.set_xlim(0.0, 100.0)
    axes.set_ylim(-height, 0.0)
    axes.set_xticks([0, 50, 100], ["0", "50", "100 %"])
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    language = look.words.language
    told = look.settings[f"columns_{language}"]
    for x, name in ((left, "share"), (box.right + SHARE + 3.0, "number")):
        put(page, (x, top + 0.8), told[name], fontsize=SMALL, color=SOFT, va="bottom")
    y = 0.0
    for name, color in CLASSES:
        rows = table[table["kind"] == name]
        if rows.empty:
            continue
        base = top - y - GROUP
        put(page, (EDGE, base + 1.4), look.settings[f"classes_{language}"][name], color=color, va="bottom")
        rule(page, [(EDGE, base + 0.9), (WIDE - EDGE, base + 0.9)], color=FAINT)
        y += GROUP
        for row in rows.itertuples():
            _bar(axes, row, y + heights[row.id] / 2)
            _texts(page, look, row, top - y - heights[row.id] / 2)
            y += heights[row.id]
    return page


def _bar(axes: Axes, row: Any, depth: float) -> None:
    """Draw the share of worlds in which a proposition holds ``depth`` mm below the top of ``axes``."""
    color, share = dict(CLASSES)[row.kind], 100 * row.share
    axes.plot([0.0, share], [-depth] * 2, color=color, linewidth=2.2, gid=f"share|{row.id}")
    axes.plot([share], [-depth], **DOT, color=color, markerfacecolor=color if row.design_holds else PAPER)


def _texts(page: Figure, look: Look, row: Any, y: float) -> None:
    """Write what a proposition says, how often it holds and its key number, around the height ``y`` (mm)."""
    right = EDGE + CODE + STATEMENT + CHART + SHARE
    share, color = percent(row.share, look), dict(CLASSES)[row.kind]
    put(page, (EDGE, y), row.id, fontsize=SMALL, va="middle", color=SOFT)
    put(page, (EDGE + CODE, y), "\n".join(_lines(look, row)), fontsize=SMALL, va="middle")
    put(page, (right, y), share, fontsize=LABEL, va="middle", ha="right", color=color)
    put(page, (right + 3.0, y), _key_number(look, row), fontsize=SMALL, va="middle")


def _lines(look: Look, row: Any) -> tuple[str, ...]:
    return wrap(getattr(row, f"statement_{look.words.language}"), room=(STATEMENT - 3.0) / POINT, size=SMALL)


def percent(share: float, look: Look) -> str:
    """Return ``share`` in per cent; all and none are said only where it is all or none."""
    rounded = round(100 * share)
    number = ">99" if rounded == 100 and share < 1 else "<1" if rounded == 0 and share > 0 else f"{rounded}"
    return f"{number}%" if look.words.language == "zh" else f"{number} %"


def _key_number(look: Look, row: Any) -> str:
    """Return the proposition's key number over the worlds, median and 90 % interval; nothing if no world has one."""
    if not np.isfinite(row.q50):
        return ""
    shown = unit(look.settings, row.key_unit)
    low, middle, high = (f"{getattr(row, each) * shown['factor']:.3g}".replace("-", "−") for each in ("q05", "q50", "q95"))
    name = str(shown[look.words.language])
    return (
        look.settings[f"number_{look.words.language}"]
        .format(middle=middle, low=low, high=high, unit="" if name in ("1", "dmnl", "") else name)
        .strip()
    )


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return how many propositions there are, of each class, and how many hold in nearly all worlds; and which do not."""
    robust = table[table["kind"] == "robust"]
    told = {
        "count": f"{len(table)}",
        "holding": f"{(table['share'] >= NEARLY_ALL).sum()}",
        "robust": f"{len(robust)}",
        "robust_holding": f"{(robust['share'] >= NEARLY_ALL).sum()}",
        "nearly_all": percent(NEARLY_ALL, look),
        "counted": f"{table['worlds'].min()}"
        if table["worlds"].nunique() == 1
        else f"{table['worlds'].min()}–{table['worlds'].max()}",
    }
    lost = robust[robust["share"] < NEARLY_ALL].sort_values("share", kind="stable")
    listed = [f"{row.id} ({percent(row.share, look)})" for row in lost.itertuples()]
    none = look.settings[f"none_{look.words.language}"]
    against = [row.id for row in table.itertuples() if not row.design_holds]
    comma = look.words.text("comma")
    return {**told, "lost": comma.join(listed) or none, "design_lost": comma.join(against) or none}


def unclassed(dataset: xr.Dataset, plan: Plan) -> str:
    """Return that there is a class of propositions the figure has no place for, if so."""
    other = sorted(set(frame(dataset, "propositions", ("class",))["class"]) - set(dict(CLASSES)))
    return f"propositions of unknown class {', '.join(other)}" if other else ""


@figure("propositions", render=render, facts=facts, width=WIDE, needs=("propositions",), unfit=unclassed, kind=CALIBRATION)
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return the propositions by class: share of worlds in which each holds, number of worlds, key number over them.

    ``outcome`` says what the key number is; it is empty where no world has one.
    """
    table = frame(dataset, "propositions", COLUMNS, missing=("q05", "q50", "q95")).rename(columns={"class": "kind"})
    order = {name: place for place, (name, _) in enumerate(CLASSES)}
    table = table.assign(design_holds=table["design_holds"].astype(bool), units=table["key_unit"])
    return table.sort_values("kind", key=lambda column: column.map(order), kind="stable", ignore_index=True)
