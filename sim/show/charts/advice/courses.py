"""The course of what one package adds: paired differences from the baseline year by year, their spread over the worlds."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from sim.analysis.worlds import QUANTILES
from sim.errors import Problem, ThroughflowError, nearest
from sim.results.tables import table as stored
from sim.show.calibrated import frame
from sim.show.panels import EDGE, Box, add_axes, cells, opened, panel_title, put, signed, value_axis, year_axis
from sim.show.registry import ADVICE, Look, Plan, figure
from sim.show.style import INK, SMALL, SOFT, WIDE, stroke
from sim.show.words import load

COLUMNS = 4
"""Panels side by side."""

PANEL = 27.0
"""Height of a panel, mm."""

HEAD, TAIL, END = 8.0, 5.0, 13.5
"""Room (mm) above a panel for its title, below for its years, and at the right for the number at the end."""

PALE, LIGHT = 0.80, 0.55
"""How far the bands of nine worlds in ten, and of one in two, are mixed with white."""


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw a panel for each outcome: median and two bands of the paired difference, with the numbers of the last year."""
    outcomes = list(dict.fromkeys(table["outcome"]))
    rows = -(-len(outcomes) // COLUMNS)
    notes = 14.0
    page, top, low = opened(look, (WIDE, 16.0 + notes + rows * (PANEL + HEAD + TAIL)))
    area = Box(EDGE + 6.5, low + 1.0, WIDE - 2 * EDGE - 6.5, top - low - 2.0)
    package = str(table["package"].iloc[0])
    for name, cell in zip(outcomes, cells(area, rows=rows, columns=COLUMNS, gap=(8.0, 0.0)), strict=False):
        box = Box(cell.left, cell.bottom + TAIL, cell.width - END, cell.height - HEAD - TAIL)
        part = table[table["outcome"] == name]
        axes = add_axes(page, box)
        _bands(axes, part, package)
        year_axis(axes, float(part["year"].min()), float(part["year"].max()), step=5.0)
        value_axis(axes, [*part["q05"], *part["q95"]], zero=True, ticks=4)
        panel_title(page, box, heading(look, name, str(part["shown"].iloc[0])), room=cell.width)
        _end(page, axes, box, part)
    return page


def heading(look: Look, outcome: str, shown: str) -> str:
    """Return the title of the panel of ``outcome``: its name and, in brackets, what its numbers are."""
    name = look.words("quantity", outcome, short=True)
    unit = "%" if shown == "percent" else look.words.unit("quantity", outcome)
    return f"{name}（{unit}）" if look.words.language == "zh" else f"{name} ({unit})"


def _bands(axes: Any, part: pd.DataFrame, package: str) -> None:
    color = stroke(package).color
    years, name = part["year"], part["outcome"].iloc[0]
    for low, high, share in (("q05", "q95", PALE), ("q25", "q75", LIGHT)):
        axes.fill_between(years, part[low], part[high], color=mixed(color, share), linewidth=0, zorder=1.0)
    axes.axhline(0.0, color=INK, linewidth=0.6, zorder=1.5)
    axes.plot(years, part["q50"], color=color, linewidth=1.3, zorder=2.0, gid=f"{name}|q50")


def mixed(color: str, share: float) -> tuple[float, float, float]:
    """Return ``color`` mixed with a ``share`` of white."""
    from matplotlib.colors import to_rgb

    red, green, blue = (1.0 - (1.0 - part) * (1.0 - share) for part in to_rgb(color))
    return (red, green, blue)


def _end(page: Figure, axes: Any, box: Box, part: pd.DataFrame) -> None:
    """Write median and 5–95 % interval of the last year at the right of the panel."""
    last = part.iloc[-1]
    low, high = axes.get_ylim()
    place = box.bottom + (float(last["q50"]) - low) / (high - low) * box.height
    middle = min(max(place, box.bottom + 3.4), box.top - 2.2)
    put(page, (box.right + 1.0, middle + 2.0), signed(float(last["q50"])), va="middle")
    for step, key in ((-0.9, "q95"), (-3.4, "q05")):
        put(page, (box.right + 1.0, middle + step), signed(float(last[key])), fontsize=SMALL, color=SOFT, va="middle")


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return the package shown and the year of the numbers at the right."""
    return {"package": look.scenario(str(table["package"].iloc[0])), "year": f"{table['year'].max():.10g}"}


def _package(dataset: xr.Dataset, plan: Plan) -> str:
    """Return the package that is shown: the one the settings name, else the one with the most measures."""
    known = list(dict.fromkeys(map(str, stored(dataset, "courses")["package"])))
    wanted = str(plan.settings.get("package", ""))
    if wanted and wanted not in known:
        cure = nearest(wanted, known) or f"there are {', '.join(known)}"
        raise ThroughflowError(Problem("figure 'courses'", f"no course of {wanted!r}", "the answers do not tell it", cure))
    about = stored(dataset, "scenarios")
    sizes = {str(name): len(str(own).split()) for name, own in zip(about["name"], about["measures"], strict=True)}
    return wanted or max(known, key=lambda name: sizes.get(name, 0))


@figure("courses", render=render, facts=facts, width=WIDE, needs=("courses", "scenarios"), kind=ADVICE)
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return the course of one package: quantiles in per cent of the baseline, or in the unit shown where it is nothing."""
    percents = tuple(f"percent_{key}" for key in QUANTILES)
    found = frame(dataset, "courses", ("package", "outcome", "year", "units", *QUANTILES, *percents), missing=percents)
    found = found[found["package"] == _package(dataset, plan)]
    listed = [name for name in plan.settings["outcomes"] if name in set(found["outcome"])]
    words, parts = load(plan.folder, "en"), []
    for name in listed:
        part = found[found["outcome"] == name].sort_values("year")
        relative = bool(np.isfinite(part["percent_q50"]).all())
        factor = 1.0 if relative else words.factor("quantity", name)
        values = {key: part[f"percent_{key}" if relative else key] * factor for key in QUANTILES}
        shown = "percent" if relative else "unit"
        parts.append(part[["package", "outcome", "year"]].assign(shown=shown, **values))
    return pd.concat(parts, ignore_index=True)
