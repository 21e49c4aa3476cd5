"""The model against history: its bands on each footing and the data, fitted and held out, one panel a series."""

from collections.abc import Mapping, Sequence
from math import ceil

import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from sim.show.calibrated import FIT, HOLD_OUT
from sim.show.charts.bands import COLUMNS, courses, draw, heading, held_out, key, key_rows, limits, remark, statistics, targets
from sim.show.charts.tables import of_panel
from sim.show.panels import EDGE, Box, add_axes, cells, foot, head, notes_height, panel_title, year_axis
from sim.show.registry import CALIBRATION, Look, Plan, figure
from sim.show.style import MAX_HEIGHT, WIDE, sheet

FOOTINGS = ("prior", "design", "posterior")
"""Footings drawn, from the ground up."""

ENTRIES = ("posterior", "prior", "design", FIT, HOLD_OUT, "derived", "check", "context", "shade")
"""Entries of the key, where they occur."""

PERIODS = (FIT, HOLD_OUT)
"""Periods for which the quality of the fit is told."""

QUALITY = ("mape", "points", "inside")
"""What is told of it: mean absolute error in per cent, number of points, how many lie inside the 90 % band."""

PANEL, ACROSS = 50.0, 3
"""Height that a row of panels takes if the sheet allows it (mm), panels in a row."""


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw one panel per series: posterior filled, prior outlined, design grey, data as points, years held out shaded."""
    drawn = table[~table["quantity"].isin(QUALITY)]
    names = list(dict.fromkeys(drawn["panel"]))
    notes = look.notes()
    low = notes_height(look, notes, WIDE)
    across = min(ACROSS, len(names))
    rows = ceil(len(names) / across)
    places = key_rows(look, _entries(drawn), page_width=WIDE)
    fixed = low + 16.0 + 4.2 * (places[-1][2] + 1)
    page = sheet(WIDE, fixed + rows * min(PANEL, (MAX_HEIGHT - fixed) / rows))
    top = key(page, look, places, top=head(page, look))
    foot(page, look, notes)
    area = Box(EDGE + 9.0, low + 6.0, WIDE - 2 * EDGE - 10.0, top - low - 6.0 - 13.5)
    for name, box in zip(names, cells(area, rows=rows, columns=across, gap=(14.0, 19.0)), strict=False):
        part = drawn[drawn["panel"] == name]
        axes = add_axes(page, box)
        draw(axes, part, FOOTINGS)
        limits(axes, part, shade=held_out(part))
        year_axis(axes, drawn["year"].min() - 0.5, drawn["year"].max() + 0.5, step=5)
        shifted = Box(box.left - 8.0, box.bottom, box.width, box.height)
        remark(page, shifted, _quality(of_panel(table, name), look))
        panel_title(
            page, Box(shifted.left, box.bottom, box.width, box.height + 2.7), heading(look, part), room=box.width + 11.0
        )
    return page


def _entries(table: pd.DataFrame) -> list[str]:
    known = set(table["drawn"])
    return [name for name in ENTRIES if name in known or (name == "shade" and HOLD_OUT in known)]


def _told(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what is told of each panel and period in ``rows``: columns mape, points, inside."""
    found = rows[rows["quantity"].isin(QUALITY)].pivot(index=["panel", "drawn"], columns="quantity", values="value")
    return found.reindex(columns=list(QUALITY))


def _quality(rows: pd.DataFrame, look: Look) -> str:
    """Return how well the posterior does in and out of sample, as one short line."""
    language, found = look.words.language, _told(rows)
    told = [
        look.settings[f"quality_{language}"].format(
            period=look.settings[f"period_{language}"][period],
            error=f"{row['mape']:.2g}",
            inside=f"{row['inside']:.0f}",
            points=f"{row['points']:.0f}",
        )
        for period in PERIODS
        for (_, each), row in found.iterrows()
        if each == period
    ]
    return look.words.text("semicolon").join(told)


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return the error of each series in and out of sample, the smallest first, and how many points lie inside the band."""
    labels = dict(table[["panel", f"label_{look.words.language}"]].itertuples(index=False, name=None))
    found, sign = _told(table).reset_index(), "%" if look.words.language == "zh" else " %"
    told = {}
    for period, name in zip(PERIODS, ("fit", "hold"), strict=True):
        part = found[found["drawn"] == period].sort_values("mape", kind="stable")
        listed = [f"{labels[row.panel]} {row.mape:.2g}{sign}" for row in part.itertuples()]
        told[f"{name}_errors"] = look.words.text("semicolon").join(listed) or "–"
        told |= {f"{name}_{column}": f"{part[column].sum():.0f}" for column in ("inside", "points")}
    return told


def _table(dataset: xr.Dataset, plan: Plan, roles: Sequence[str]) -> pd.DataFrame:
    names = targets(dataset, roles)
    made = courses(dataset, plan, names)
    made = made[made["drawn"] != "before"]
    labels = made.drop_duplicates("panel").set_index("panel")
    ends = made[made["quantity"] == "value"].groupby("panel")["year"].max()
    told = statistics(dataset, names).melt(["panel", "drawn"], QUALITY, "quantity", "value")
    told = told.assign(
        label_en=told["panel"].map(labels["label_en"]),
        label_zh=told["panel"].map(labels["label_zh"]),
        year=told["panel"].map(ends),
        units=told["quantity"].map({"mape": "%"}).fillna("1"),
        grade="",
        source="",
    )
    # An empty frame has no numbers, and joining one would make the years of the other no numbers either.
    return pd.concat([made, told[list(COLUMNS)]], ignore_index=True) if len(told) else made


@figure("history", render=render, facts=facts, width=WIDE, needs=("targets", "observations", "bands", "fit"), kind=CALIBRATION)
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return bands, points and errors of the series that are fitted or follow from fitted ones.

    ``quantity`` is a quantile of a band, the ``value`` of a point or, of each period, ``mape`` (mean absolute error of the
    median, %), how many ``points`` it has and how many of them lie ``inside`` the 90 % band.
    """
    return _table(dataset, plan, ("fitted", "derived"))


def none_checked(dataset: xr.Dataset, plan: Plan) -> str:
    """Return that the calibration has no series that is only checked, if so."""
    return "" if targets(dataset, ("check",)) else "the calibration checks no series beyond the fitted ones"


@figure(
    "history_checks",
    render=render,
    facts=facts,
    width=WIDE,
    needs=("targets", "observations", "bands", "fit"),
    unfit=none_checked,
    kind=CALIBRATION,
)
def prepare_checks(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return bands and points of the series that are compared and never fitted."""
    return _table(dataset, plan, ("check",))
