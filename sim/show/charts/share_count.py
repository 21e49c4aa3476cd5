"""International collaboration as a share and as a count: the one can fall while the other rises."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from sim.show.calibrated import FIT, HOLD_OUT
from sim.show.charts.bands import courses, draw, heading, held_out, key, key_rows, limits, targets
from sim.show.panels import EDGE, Box, add_axes, cells, foot, head, notes_height, panel_title, year_axis
from sim.show.registry import CALIBRATION, Look, Plan, figure
from sim.show.style import WIDE, sheet
from sim.show.telling import year

FOOTINGS = ("before", "design", "posterior")
"""Footings drawn, from the ground up."""

ENTRIES = ("posterior", "before", "design", FIT, HOLD_OUT, "derived", "context", "shade")
"""Entries of the key, where they occur."""

DATA = "data"


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw the count, what it is a share of, and the share, side by side."""
    notes = look.notes()
    low = notes_height(look, notes, WIDE)
    known = set(table["drawn"])
    entries = [each for each in ENTRIES if each in known or (each == "shade" and HOLD_OUT in known)]
    places = key_rows(look, entries, page_width=WIDE)
    page = sheet(WIDE, low + 4.2 * (places[-1][2] + 1) + 79.0)
    top = key(page, look, places, top=head(page, look))
    foot(page, look, notes)
    area = Box(EDGE + 9.0, low + 6.0, WIDE - 2 * EDGE - 10.0, top - low - 6.0 - 7.0)
    names = list(dict.fromkeys(table["panel"]))
    for name, box in zip(names, cells(area, rows=1, columns=len(names), gap=(14.0, 0.0)), strict=True):
        part = table[table["panel"] == name]
        axes = add_axes(page, box)
        draw(axes, part, FOOTINGS)
        limits(axes, part, shade=held_out(table))
        year_axis(axes, table["year"].min() - 0.5, table["year"].max() + 0.5, step=5)
        panel_title(page, Box(box.left - 8.0, box.bottom, box.width, box.height), heading(look, part), room=box.width + 11.0)
    return page


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return share and count where the observed share was highest and at the end, in the data and on each footing.

    ``finding`` words what data and posterior have in common, if they have.
    """
    count, _, share = look.settings["targets"]
    language = look.words.language
    courses_ = {name: {DATA: _data(table, name), **_medians(table, name)} for name in (count, share)}
    peak, last = _turn(courses_[share][DATA], courses_[count][DATA])
    told, moves = [], {}
    for footing in (DATA, *reversed(FOOTINGS)):
        ends = [courses_[name].get(footing, pd.Series(dtype=float)).reindex([peak, last]) for name in (share, count)]
        if all(np.isfinite(each).all() for each in ends):
            moves[footing] = (ends[0].iloc[1] - ends[0].iloc[0], ends[1].iloc[1] - ends[1].iloc[0])
            numbers = [f"{value:.1f}" for value in ends[0]] + [f"{value:,.0f}" for value in ends[1]]
            where = look.settings[f"on_{language}"][footing]
            told.append(look.settings[f"ends_{language}"].format(*numbers, where=where))
    fell = {footing: down < 0 < up for footing, (down, up) in moves.items()}
    outcome = "none" if not fell.get(DATA) else "both" if fell.get("posterior") else "data"
    quoted = {"peak": year(peak), "last": year(last), "ends": look.words.text("semicolon").join(told)}
    return {**quoted, "finding": look.settings[f"finding_{language}"][outcome].format(**quoted)}


def _data(table: pd.DataFrame, name: str) -> "pd.Series[float]":
    points = table[(table["panel"] == name) & (table["quantity"] == "value") & (table["drawn"] != "context")]
    return points.groupby("year")["value"].mean()


def _medians(table: pd.DataFrame, name: str) -> Mapping[str, "pd.Series[float]"]:
    rows = table[(table["panel"] == name) & (table["quantity"] == "q50")]
    return {str(footing): part.set_index("year")["value"] for footing, part in rows.groupby("drawn")}


def _turn(share: "pd.Series[float]", count: "pd.Series[float]") -> tuple[float, float]:
    """Return the year in which the observed share was highest and the last year for which both are known."""
    both = share.index.intersection(count.index)
    known = share[both]
    return float(known.idxmax()), float(both.max())


def incomplete(dataset: xr.Dataset, plan: Plan) -> str:
    """Return which of the series the figure compares has no band, or that count and share have no year in common."""
    wanted = plan.settings["targets"]
    absent = [name for name in wanted if name not in targets(dataset, ("fitted", "derived", "check"))]
    if absent:
        return f"there is no band of {', '.join(absent)}"
    table = courses(dataset, plan, wanted)
    both = _data(table, wanted[0]).index.intersection(_data(table, wanted[2]).index)
    return "" if len(both) else "no year has both a count and a share"


@figure(
    "share_count",
    render=render,
    facts=facts,
    width=WIDE,
    needs=("targets", "observations", "bands"),
    unfit=incomplete,
    kind=CALIBRATION,
)
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return count, total and share: data, posterior, posterior before the repairs and the design set."""
    made = courses(dataset, plan, plan.settings["targets"])
    return made[made["drawn"] != "prior"].reset_index(drop=True)
