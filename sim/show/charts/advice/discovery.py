"""When a package fails: how thick failures lie in ever smaller boxes, and the ranges of the box that was chosen."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.show.calibrated import frame, size
from sim.show.charts.advice.naming import condition, package
from sim.show.panels import EDGE, POINT, Box, add_axes, opened, put, rule
from sim.show.registry import ADVICE, Look, Plan, figure
from sim.show.style import FAINT, INK, LABEL, PAPER, SMALL, SOFT, WIDE
from sim.show.text import wrap

HEIGHT, ABOVE, BELOW, CURVE = 30.0, 9.5, 10.0, 46.0
"""Height of a case's chart, room above it and below, width of the curve, mm."""

NAMES, RANGE, LINE = 37.0, 30.0, 7.6
"""Widths of an unknown's name and of its range, height of its row, mm."""

CASE = ("case", "package", "outcome", "sign", "limit", "kind", "members", "rate", "found", "reason")
"""Columns that say what a case is."""

RESULT = ("coverage", "density", "density_low", "density_high", "year", "unknowns")
"""Columns that say what was found."""


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw a row a case: density against coverage in both halves of the worlds, and the ranges of the chosen box."""
    cases = list(dict.fromkeys(table["case"]))
    low = opened(look, (WIDE, 200.0))[2]
    page, top, low = opened(look, (WIDE, low + 9.0 + len(cases) * (HEIGHT + ABOVE + BELOW)))
    for number, case in enumerate(cases):
        rows = table[table["case"] == case]
        base = top - number * (HEIGHT + ABOVE + BELOW)
        told = next(rows.itertuples())
        put(page, (EDGE, base - 1.0), _says(look, "heading", told), fontsize=LABEL)
        rule(page, [(EDGE, base - 5.0), (WIDE - EDGE, base - 5.0)], color=FAINT)
        box = Box(EDGE + 9.0, base - ABOVE - HEIGHT, CURVE, HEIGHT)
        _curve(page, look, rows, box)
        _ranges(page, look, rows, Box(box.right + 12.0, box.bottom, WIDE - EDGE - box.right - 12.0, HEIGHT))
    return page


def _says(look: Look, key: str, told: Any) -> str:
    numbers = {
        "package": package(look, told.package),
        "failure": condition(look, told, look.settings),
        "rate": f"{100 * told.rate:.0f}",
        "density": f"{100 * told.density:.0f}",
        "low": f"{100 * told.density_low:.0f}",
        "high": f"{100 * told.density_high:.0f}",
        "coverage": f"{100 * told.coverage:.0f}",
        "unknowns": f"{told.unknowns:.0f}",
    }
    return str(look.settings[f"{key}_{look.words.language}"]).format(**numbers)


def _curve(page: Figure, look: Look, rows: pd.DataFrame, box: Box) -> None:
    axes, language = add_axes(page, box), look.words.language
    course = rows[rows["drawn"] == "course"]
    for half, style in (("seen", {"color": "#767676", "linestyle": (0, (3, 1.5))}), ("unseen", {"color": INK})):
        part = course[course["half"] == half]
        path = part[~part["chosen"]]
        axes.plot(100 * path["x"], 100 * path["y"], linewidth=1.2, **style, gid=f"{rows['case'].iloc[0]}|{half}")
        chosen = part[part["chosen"]]
        mark = {"marker": "o", "markersize": 4.2, "markerfacecolor": PAPER, "zorder": 4}
        axes.plot(100 * chosen["x"], 100 * chosen["y"], color=style["color"], **mark)
        y = box.top - (0.5 if half == "seen" else 3.6)
        rule(page, [(box.right - 26.0, y), (box.right - 20.0, y)], linewidth=1.2, **style)
        put(page, (box.right - 19.0, y), str(look.settings[f"{half}_{language}"]), fontsize=SMALL, va="middle")
    axes.axhline(100 * float(rows["rate"].iloc[0]), color=SOFT, linewidth=0.6, zorder=0.5)
    _scales(axes, course)
    put(page, (box.left, box.top + 1.0), str(look.settings[f"density_{language}"]), fontsize=SMALL, color=SOFT, va="bottom")
    middle = (box.left + box.width / 2, box.bottom - 5.0)
    put(page, middle, str(look.settings[f"coverage_{language}"]), fontsize=SMALL, color=SOFT, ha="center")


def _scales(axes: Axes, course: pd.DataFrame) -> None:
    axes.set_xlim(0.0, 103.0)
    high = min(100.0, 20.0 * np.ceil((100 * course["y"].max() + 12.0) / 20.0))
    axes.set_ylim(0.0, high * 1.03)
    axes.set_xticks([0, 50, 100])
    axes.set_yticks(np.arange(0.0, high + 1.0, 20.0 if high > 40 else 10.0))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0f}")


def _ranges(page: Figure, look: Look, rows: pd.DataFrame, area: Box) -> None:
    """Write what was found and draw each limited unknown: its range in the box among all worlds, and how sure that is."""
    told, limits = next(rows.itertuples()), rows[rows["drawn"] == "limit"]
    key = "found" if told.found else told.reason
    lines = wrap(_says(look, key, told), room=area.width / POINT, size=SMALL)
    put(page, (area.left, area.top + 3.5), "\n".join(lines), fontsize=SMALL)
    y = area.top - 0.5 - len(lines) * SMALL * 1.32 * POINT
    for row in limits.itertuples():
        name = wrap(look.words.unknown(row.uncertainty), room=NAMES / POINT, size=SMALL)
        put(page, (area.left, y - LINE / 2), "\n".join(name), fontsize=SMALL, va="middle")
        left = area.left + NAMES + 2.0
        for start, stop, style in (
            (0.0, 1.0, {"color": FAINT, "linewidth": 2.5}),
            (row.x, row.y, {"color": INK, "linewidth": 2.5}),
        ):
            rule(page, [(left + start * RANGE, y - LINE / 2), (left + stop * RANGE, y - LINE / 2)], **style)
        put(page, (left, y - LINE / 2 + 1.2), _range(look, row), fontsize=SMALL, va="bottom")
        sure = look.settings[f"{'sure' if row.counts else 'unsure'}_{look.words.language}"]
        chance = "<0.001" if row.chance < 0.001 else f"={row.chance:.2g}" if row.chance < 0.1 else f"={row.chance:.1f}"
        text = str(sure).format(chance=chance, again=f"{100 * row.again:.0f}")
        put(page, (left + RANGE + 2.0, y - LINE / 2), text, fontsize=SMALL, va="middle", color=INK if row.counts else SOFT)
        y -= LINE


def _range(look: Look, row: Any) -> str:
    """Return the range of an unknown inside the box: one limit, or two."""
    number = [f"{each:.3g}".replace("-", "−") for each in (row.low, row.high)]
    text = (
        f"{number[0]}–{number[1]}"
        if row.limited_below and row.limited_above
        else f"≥ {number[0]}"
        if row.limited_below
        else f"≤ {number[1]}"
    )
    if row.units in ("", "1", "dmnl"):
        return text
    unit = str(look.settings[f"units_{look.words.language}"].get(row.units, row.units))
    return f"{text}{unit}" if look.words.language == "zh" else f"{text} {unit}"


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return the package, the year, and in how many cases a box was found that held in worlds it was not looked for in."""
    cases = table.drop_duplicates("case")
    first = cases.iloc[0]
    return {
        "package": package(look, str(first["package"])),
        "year": f"{first['year']:.10g}",
        "cases": f"{len(cases)}",
        "found_cases": f"{int(cases['found'].sum())}",
        "unknowns": f"{first['unknowns']:.0f}",
        "half": f"{first['members'] // 2:,.0f}",
    }


@figure("discovery", render=render, facts=facts, width=WIDE, needs=("discovery", "discovery_course"), kind=ADVICE)
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return, for each case, the boxes on the way (``x`` coverage, ``y`` density, by half of the worlds) and the limits chosen.

    In rows of a limit ``x`` and ``y`` are the shares of all worlds below the lower and up to the upper limit, ``low`` and
    ``high`` the limits in the unit of the unknown.
    """
    cases = frame(dataset, "discovery", (*CASE, *RESULT)).set_index("case")
    course = frame(dataset, "discovery_course", ("case", "half", "step", "coverage", "density", "chosen"))
    course = course.rename(columns={"coverage": "x", "density": "y"}).assign(drawn="course", uncertainty="", units="1")
    parts = [course.assign(low=0.0, high=0.0, chance=0.0, again=0.0, counts=False, limited_below=False, limited_above=False)]
    if size(dataset, "discovery_limits"):
        columns = ("case", "uncertainty", "units", "low", "high", "limited_below", "limited_above")
        limits = frame(dataset, "discovery_limits", (*columns, "place_low", "place_high", "chance", "counts", "again"))
        limits = limits.rename(columns={"place_low": "x", "place_high": "y"})
        parts.append(limits.assign(drawn="limit", half="unseen", step=0, chosen=True))
    made = pd.concat(parts, ignore_index=True).join(cases, on="case")
    flags = ("chosen", "counts", "limited_below", "limited_above", "found")
    return made.astype(dict.fromkeys(flags, bool)).sort_values(["case", "drawn"], kind="stable", ignore_index=True)
