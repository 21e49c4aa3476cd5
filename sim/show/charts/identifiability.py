"""What the data can tell: contraction of every parameter, profiles of some, and the method's test on made-up truths."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from sim.show.calibrated import frame
from sim.show.charts.bands import BLUE, SHADE
from sim.show.charts.propositions import percent
from sim.show.charts.tables import of_panel
from sim.show.panels import EDGE, POINT, Box, add_axes, cells, foot, head, notes_height, put
from sim.show.registry import CALIBRATION, Look, Plan, figure
from sim.show.style import LABEL, SMALL, SOFT, WIDE, sheet
from sim.show.text import wrap

CONTRACTION, PROFILE, COVERAGE, WIDTH = "contraction", "profile", "coverage", "width"
"""Panels."""

DROP = 1.353
"""Loss of log posterior at the ends of a 90 % interval: half of the 90 % point of χ² with one degree of freedom."""

NOMINAL, LEAST, GREATEST, NARROW = 0.9, 0.8, 0.98, 0.6
"""Coverage that 90 % intervals promise, the range within which it passes, and the width informed parameters may keep."""

UNINFORMED = "#9a9a9a"

ACROSS, HIGH, ABOVE, BELOW = 6, 18.0, 7.5, 4.0
"""Profiles in a row; height of each and room for its title and its ticks, mm."""


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw contraction of all parameters, the profiles, and coverage and widths found for made-up truths."""
    notes = look.notes()
    low = notes_height(look, notes, WIDE)
    profiles = of_panel(table, PROFILE)
    names = list(dict.fromkeys(profiles["name"]))
    deep = -(-len(names) // ACROSS)
    page = sheet(WIDE, low + 108.0 + deep * (HIGH + ABOVE + BELOW))
    top = head(page, look)
    foot(page, look, notes)
    left, wide = EDGE + 7.0, WIDE - 2 * EDGE - 8.0
    _contractions(page, look, of_panel(table, CONTRACTION), Box(left, top - 38.0, wide, 30.0))
    y = top - 46.0
    _told(page, look, PROFILE, y)
    tall = deep * (HIGH + ABOVE + BELOW)
    area = Box(left, y - 1.0 - tall, wide, tall)
    for name, cell in zip(names, cells(area, rows=deep, columns=ACROSS, gap=(6.5, 0.0)), strict=False):
        _profile(page, look, profiles[profiles["name"] == name], Box(cell.left, cell.bottom + BELOW, cell.width, HIGH))
    y = area.bottom - 6.0
    half = (wide - 16.0) / 2
    _told(page, look, COVERAGE, y)
    _told(page, look, WIDTH, y, x=left + half + 9.0)
    _coverages(page, look, of_panel(table, COVERAGE), Box(left, low + 6.0, half, y - low - 9.0))
    _widths(page, look, of_panel(table, WIDTH), Box(left + half + 16.0, low + 6.0, half, y - low - 9.0))
    return page


def _told(page: Figure, look: Look, panel: str, y: float, *, x: float = EDGE) -> None:
    put(page, (x, y), look.settings[f"panels_{look.words.language}"][panel], fontsize=LABEL, va="bottom")


def _contractions(page: Figure, look: Look, rows: pd.DataFrame, box: Box) -> None:
    _told(page, look, CONTRACTION, box.top + 1.6)
    axes = add_axes(page, box)
    for known, color in ((True, BLUE), (False, UNINFORMED)):
        part = rows[rows["informed"] == known]
        axes.bar(part["x"], part["value"], width=0.8, color=color, linewidth=0, gid=f"{CONTRACTION}|{known}")
    axes.axhline(0.0, color=SOFT, linewidth=0.5)
    axes.set_xlim(0.0, len(rows) + 1.0)
    axes.set_ylim(min(-0.1, float(rows["value"].min()) * 1.05), 1.0)
    axes.set_yticks([0.0, 0.5, 1.0])
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    known = int(rows["informed"].sum())
    told = look.settings[f"counts_{look.words.language}"].format(informed=known, uninformed=len(rows) - known)
    put(page, (box.right, box.top - 1.0), told, fontsize=SMALL, color=SOFT, ha="right")


def _profile(page: Figure, look: Look, rows: pd.DataFrame, box: Box) -> None:
    axes = add_axes(page, box)
    ends = (min(-2.0, float(rows["x"].min())), max(2.0, float(rows["x"].max())))
    places = np.linspace(*ends, 61)
    axes.plot(places, places**2 / 2, color=UNINFORMED, linewidth=0.8, dashes=(4, 1.5))
    axes.axhline(DROP, color=SOFT, linewidth=0.5, dashes=(1, 2))
    axes.plot(
        rows["x"], rows["value"], color=BLUE, linewidth=1.2, marker="o", markersize=1.6, gid=f"{PROFILE}|{rows['name'].iloc[0]}"
    )
    axes.set_xlim(*ends)
    axes.set_ylim(-0.1, 4.0)
    axes.set_yticks([0, 2, 4])
    axes.set_xticks([-2, 0, 2])
    lines = wrap(look.words.unknown(str(rows["name"].iloc[0])), room=(box.width + 5.0) / POINT, size=SMALL)
    shown = lines if len(lines) <= 2 else (lines[0], f"{lines[1]} …")
    put(page, (box.left - 3.0, box.top + 1.0), "\n".join(shown), fontsize=SMALL, va="bottom")


def _coverages(page: Figure, look: Look, rows: pd.DataFrame, box: Box) -> None:
    axes = add_axes(page, box)
    axes.axhspan(LEAST, GREATEST, color=SHADE, linewidth=0, zorder=0)
    axes.axhline(NOMINAL, color=SOFT, linewidth=0.5, dashes=(1, 2))
    for known, color, mark in ((False, UNINFORMED, "s"), (True, BLUE, "o")):
        part = rows[rows["informed"] == known]
        axes.plot(
            part["x"],
            part["value"],
            color=color,
            marker=mark,
            markersize=3.0,
            linewidth=0,
            gid=f"{COVERAGE}|{known}",
            clip_on=False,
        )
    axes.set_ylim(min(0.5, float(rows["value"].min()) - 0.05), 1.0)
    axes.set_yticks([0.5, 0.6, 0.7, 0.8, 0.9, 1.0], ["50 %", "60 %", "70 %", "80 %", "90 %", "100 %"])
    axes.set_xlim(0.0, float(rows["x"].max()) + 1.0)
    axes.set_xticks([])
    _marks(page, look, box)


def _marks(page: Figure, look: Look, box: Box) -> None:
    told = look.settings[f"marks_{look.words.language}"]
    put(page, (box.left, box.bottom - 1.4), told, fontsize=SMALL, color=SOFT)


def _widths(page: Figure, look: Look, rows: pd.DataFrame, box: Box) -> None:
    axes = add_axes(page, box)
    axes.axhline(NARROW, color=SOFT, linewidth=0.5, dashes=(1, 2))
    for known, color in ((True, BLUE), (False, UNINFORMED)):
        part = rows[rows["informed"] == known]
        axes.plot(part["x"], part["value"], color=color, marker="o", markersize=1.8, linewidth=0, gid=f"{WIDTH}|{known}")
    axes.set_ylim(0.0, max(1.1, float(rows["value"].max()) * 1.02))
    axes.set_yticks([0.0, 0.5, 1.0])
    axes.set_xlim(0.0, float(rows["x"].max()) + 1.0)
    axes.set_xticks([])
    told = look.settings[f"sorted_{look.words.language}"]
    put(page, (box.left, box.bottom - 1.4), told, fontsize=SMALL, color=SOFT)


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return coverage of made-up truths, all and informed, their number, and the median width of informed intervals."""
    covered, wide = of_panel(table, COVERAGE), of_panel(table, WIDTH)
    weight = covered["count"] / covered["count"].sum()
    known = covered[covered["informed"]]
    told = {
        "truths": f"{covered['x'].nunique()}",
        "covered": percent((covered["value"] * weight).sum(), look),
        "profiles": f"{of_panel(table, PROFILE)['name'].nunique()}",
    }
    inside = (known["value"] * known["count"]).sum() / known["count"].sum() if known["count"].sum() else None
    told["covered_informed"] = "–" if inside is None else percent(inside, look)
    narrow = wide[wide["informed"]]["value"]
    told["narrow"] = f"{(narrow <= NARROW).sum()}"
    told["narrowed"] = f"{len(narrow)}"
    return told


@figure(
    "identifiability", render=render, facts=facts, width=WIDE, needs=("parameters", "profile", "synthetic"), kind=CALIBRATION
)
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return the contraction of each parameter, profiles, coverage of each made-up truth and widths of each parameter.

    ``x`` is the rank in panels that are sorted, the place in profiles; ``count`` the intervals behind a share.
    """
    known = frame(dataset, "parameters", ("name", "contraction", "informed"))
    known = known.sort_values(["contraction", "name"], ascending=[False, True], ignore_index=True)
    profile = frame(dataset, "profile", ("name", "place", "drop"))
    synthetic = frame(dataset, "synthetic", ("truth", "name", "inside", "width", "informed"))
    synthetic = synthetic.assign(informed=synthetic["informed"].astype(bool), inside=synthetic["inside"].astype(float))
    covered = synthetic.groupby(["truth", "informed"])["inside"].agg(["mean", "size"]).reset_index()
    order = synthetic.groupby("truth")["inside"].mean().sort_values(kind="stable").index
    wide = synthetic.groupby("name").agg(width=("width", "median"), informed=("informed", "mean"), count=("width", "size"))
    wide = wide.sort_values("width", kind="stable").reset_index()
    parts = [
        {"panel": CONTRACTION, "name": known["name"], "x": np.arange(1.0, len(known) + 1), "value": known["contraction"]}
        | {"informed": known["informed"].astype(bool), "count": 1, "units": "1"},
        {"panel": PROFILE, "name": profile["name"], "x": profile["place"], "value": profile["drop"]}
        | {"informed": True, "count": 1, "units": "log posterior"},
        {"panel": COVERAGE, "name": covered["truth"].map("truth {}".format), "value": covered["mean"], "count": covered["size"]}
        | {"x": covered["truth"].map({truth: rank + 1.0 for rank, truth in enumerate(order)}), "informed": covered["informed"]}
        | {"units": "share"},
        {"panel": WIDTH, "name": wide["name"], "x": np.arange(1.0, len(wide) + 1), "value": wide["width"]}
        | {"informed": wide["informed"] >= 0.5, "count": wide["count"], "units": "share of the prior's"},
    ]
    columns = ["panel", "name", "x", "value", "informed", "count", "units"]
    return pd.concat([pd.DataFrame(part)[columns] for part in parts], ignore_index=True)
