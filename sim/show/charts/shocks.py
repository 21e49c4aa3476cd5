"""Pandemic and tension: the history as it was beside histories without the one, the other and both, and the data."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.errors import Problem, ThroughflowError
from sim.show.calibrated import frame
from sim.show.charts.bands import WIDE_BAND, heading, mark, unit
from sim.show.charts.tables import of_panel
from sim.show.panels import (
    EDGE,
    POINT,
    Box,
    add_axes,
    cells,
    foot,
    head,
    notes_height,
    panel_title,
    put,
    rule,
    value_axis,
    year_axis,
)
from sim.show.registry import CALIBRATION, Look, Plan, figure
from sim.show.style import LABEL, MAX_HEIGHT, WIDE, Stroke, sheet
from sim.show.telling import year
from sim.show.text import width

ACTUAL = "as it was"
"""The world in which both shocks happened."""

WORLDS: tuple[tuple[str, Stroke], ...] = (
    (ACTUAL, Stroke("#0072B2", (), 1.5)),
    ("no pandemic", Stroke("#009E73", (5, 1.5))),
    ("no tension", Stroke("#AA3377", (2.5, 1.2))),
    ("neither", Stroke("#555555", (1.2, 1.2))),
)
"""Lines of the worlds, in the order in which they are listed."""

POINTS = ("fit", "hold-out", "context", "check", "derived")


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw one panel per quantity: medians of all worlds, the band of the one that was, intervals of the last year."""
    notes = look.notes()
    low = notes_height(look, notes, WIDE)
    names = list(dict.fromkeys(table["panel"]))
    across = 2 if len(names) in (2, 4) else min(3, len(names))
    rows = -(-len(names) // across)
    page = sheet(WIDE, low + 18.0 + rows * min(56.0, (MAX_HEIGHT - low - 18.0) / rows))
    top = head(page, look)
    foot(page, look, notes)
    top = _key(page, look, table, top)
    area = Box(EDGE + 9.0, low + 6.0, WIDE - 2 * EDGE - 10.0, top - low - 6.0 - 8.0)
    for name, box in zip(names, cells(area, rows=rows, columns=across, gap=(16.0, 14.0)), strict=False):
        part = of_panel(table, name)
        axes = add_axes(page, box)
        last = _worlds(axes, part)
        for role, points in part[part["drawn"].isin(POINTS)].groupby("drawn"):
            axes.plot(points["year"], points["value"], **mark(str(role)), gid=f"{name}|{role}|value")
        value_axis(axes, part["value"], zero=True, ticks=4)
        year_axis(axes, part["year"].min() - 0.5, last + 0.4 * (len(WORLDS) + 1), step=2)
        axes.set_xticks([tick for tick in axes.get_xticks() if tick <= last])
        panel_title(page, Box(box.left - 8.0, box.bottom, box.width, box.height), heading(look, part), room=box.width + 11.0)
    return page


def _worlds(axes: Axes, part: pd.DataFrame) -> float:
    """Draw the worlds of one panel and return the last year they reach."""
    panel = part["panel"].iloc[0]
    last = float(part[part["quantity"] == "q50"]["year"].max())
    for place, (world, stroke) in enumerate(WORLDS, 1):
        rows = part[part["drawn"] == world].pivot(index="year", columns="quantity", values="value")
        if rows.empty:
            continue
        if world == ACTUAL:
            axes.fill_between(rows.index, rows["q05"], rows["q95"], color=WIDE_BAND, linewidth=0, zorder=1)
        axes.plot(rows.index, rows["q50"], **stroke.line(), marker=".", markersize=2.0, zorder=3, gid=f"{panel}|{world}|q50")
        x = last + 0.4 * place
        axes.plot(
            [x, x], [rows["q05"][last], rows["q95"][last]], color=stroke.color, linewidth=1.6, gid=f"{panel}|{world}|last"
        )
        axes.plot([x], [rows["q50"][last]], marker="_", markersize=4.0, color=stroke.color)
    return last


def _key(page: Figure, look: Look, table: pd.DataFrame, top: float) -> float:
    """Draw what lines and points stand for and return where the key ends (mm)."""
    language = look.words.language
    x, y = EDGE, top - 2.0
    known = set(table["drawn"])
    entries = [(name, stroke) for name, stroke in WORLDS if name in known] + [
        (name, None) for name in POINTS[:3] if name in known
    ]
    for name, stroke in entries:
        label = look.settings[f"worlds_{language}" if stroke else f"key_{language}"][name]
        if x + 9.0 + width(label, LABEL) * POINT > WIDE - EDGE:
            x, y = EDGE, y - 4.2
        if stroke is None:
            rule(page, [(x + 1.4, y)], **mark(name))
        else:
            rule(page, [(x, y), (x + 6.0, y)], **stroke.line())
        sampled = 7.2 if stroke else 3.4
        put(page, (x + sampled, y), label, va="middle")
        x += sampled + 4.0 + width(label, LABEL) * POINT
    return y - 2.2


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return, quantity by quantity, by how much each shock moves the median in its last year."""
    language = look.words.language
    told = []
    for _, part in table.groupby("panel", sort=False):
        rows = part[part["quantity"] == "q50"]
        last = rows["year"].max()
        values = rows[rows["year"] == last].set_index("drawn")["value"]
        found = []
        for world, _ in WORLDS[1:]:
            if world in values and ACTUAL in values and values[world]:
                effect = 100.0 * (values[ACTUAL] / values[world] - 1.0)
                number = f"{effect:+.1f}".replace("-", "−")
                found.append(
                    look.settings[f"effect_{language}"].format(of=look.settings[f"of_{language}"][world], number=number)
                )
        label = part[f"label_{language}"].iloc[0]
        named = look.settings[f"dated_{language}"].format(label=label, year=year(float(last)))
        told.append(look.words.text("in scenario").format(name=named, told=look.words.text("comma").join(found)))
    return {"effects": look.words.text("semicolon").join(told)}


@figure("shocks", render=render, facts=facts, width=WIDE, needs=("shocks", "observations", "targets"), kind=CALIBRATION)
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return each quantity in each world (90 % interval and median) and the observations of the target it stands for."""
    courses = frame(dataset, "shocks", ("quantity", "year", "world", "q05", "q50", "q95"))
    targets = frame(dataset, "targets", ("target", "label_en", "label_zh", "unit")).set_index("target")
    points = frame(dataset, "observations", ("target", "year", "value", "role"))
    first, found = plan.settings["first"], []
    for name in dict.fromkeys(courses["quantity"]):
        if name not in targets.index:
            what, cure = f"no target {name!r}", "shocks are told of targets"
            raise ThroughflowError(Problem("table shocks", what, "its label and unit are those of a target", cure))
        shown = unit(plan.settings, str(targets["unit"][name]))
        part = courses[(courses["quantity"] == name) & (courses["year"] >= first)]
        long = part.melt(["year", "world"], ["q05", "q50", "q95"], "quantity", "value").rename(columns={"world": "drawn"})
        own = points[(points["target"] == name) & points["year"].between(part["year"].min(), part["year"].max())]
        seen = own.rename(columns={"role": "drawn"}).assign(quantity="value")[["year", "drawn", "quantity", "value"]]
        rows = pd.concat([long, seen], ignore_index=True)
        labels = {f"label_{each}": targets[f"label_{each}"][name] for each in ("en", "zh")}
        found.append(rows.assign(value=rows["value"] * shown["factor"], panel=name, units=shown["en"], **labels))
    columns = ["panel", "label_en", "label_zh", "drawn", "quantity", "year", "value", "units"]
    return pd.concat(found, ignore_index=True)[columns]
