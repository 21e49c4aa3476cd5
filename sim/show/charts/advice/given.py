"""What drives the gain of each package, told from the worlds as they are: a row an unknown, a column a package."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.show.calibrated import frame
from sim.show.charts.advice import sensed
from sim.show.panels import EDGE, POINT, Box, foot, head, notes_height, put, rule, size_of
from sim.show.registry import ADVICE, Look, Plan, figure
from sim.show.style import FAINT, LABEL, SMALL, SOFT, WIDE, ink_on, sheet
from sim.show.text import balanced

ROW, HEAD, GAP = 4.6, 6.0, 3.0
"""Height of a row, of a panel's heading and space between panels, mm."""

NAMES = 66.0

FULL = 0.4
"""Share of variance at which the ground is deepest."""

SCALE = LinearSegmentedColormap.from_list("share", ["#eef4f9", "#7fb2d6", "#0b4f86"])

COLUMNS = ("uncertainty", "constant", *sensed.KEYS, "units", "share", "low", "high", "raw", "rank", "place")
OUTPUTS = (*sensed.KEYS, "units", "used", "inputs", "classes", "floor", "above", "constant")


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw a table an outcome: in each cell the share of the variance of a package's gain that an unknown tells."""
    packages = _packages(table)
    panels = [(name, part, list(dict.fromkeys(part["uncertainty"]))) for name, part in table.groupby("outcome", sort=False)]
    notes = look.notes()
    low = notes_height(look, notes, WIDE) + 2.0
    page = sheet(WIDE, low + sum(HEAD + GAP + len(rows) * ROW for _, _, rows in panels) + 17.0)
    top = head(page, look) - 7.0
    foot(page, look, notes)
    wide = (WIDE - 2 * EDGE - NAMES) / len(packages)
    for position, name in enumerate(packages):
        lines = balanced(_head(look, name), room=(wide - 1.0) / POINT, size=LABEL)
        put(page, (EDGE + NAMES + (position + 0.5) * wide, top + 0.8), "\n".join(lines), ha="center", va="bottom")
    y = top
    for _, part, rows in panels:
        put(page, (EDGE, y - HEAD + 1.2), _title(look, part.iloc[0]), va="bottom")
        rule(page, [(EDGE, y - HEAD), (WIDE - EDGE, y - HEAD)])
        y -= HEAD
        for uncertainty in rows:
            _row(page, look, part[part["uncertainty"] == uncertainty], (y, wide), packages)
            y -= ROW
        y -= GAP
    return page


def _packages(table: pd.DataFrame) -> list[str]:
    """Return the packages in the order of the answers."""
    return list(table.sort_values("column", kind="stable")["scenario"].unique())


def _head(look: Look, name: str) -> str:
    return look.label(sensed.alias(name), short=True)


def _title(look: Look, row: pd.Series) -> str:
    text = look.settings[f"panel_{look.words.language}"]
    return str(text).format(outcome=look.words("quantity", row["outcome"], short=True), unit=sensed.unit(look, row))


def _row(page: Figure, look: Look, cells: pd.DataFrame, place: tuple[float, float], packages: list[str]) -> None:
    (y, wide), size = place, size_of(page)
    first = cells.iloc[0]
    name = sensed.shortened(sensed.called(look, first["uncertainty"], first["constant"]), (NAMES - 2.0) / POINT)
    put(page, (EDGE, y - ROW / 2), name, fontsize=SMALL, va="middle")
    for position, package in enumerate(packages):
        box = Box(EDGE + NAMES + position * wide, y - ROW, wide, ROW)
        found = cells[cells["scenario"] == package]
        share = float(found["share"].iloc[0]) if len(found) else np.nan
        ground = SCALE(min(max(share, 0.0) / FULL, 1.0)) if len(found) else "#ffffff"
        page.add_artist(
            Rectangle(
                (box.left / size[0], box.bottom / size[1]),
                box.width / size[0],
                box.height / size[1],
                transform=page.transFigure,
                facecolor=ground,
                edgecolor=FAINT,
                linewidth=0.4,
                gid=f"{first['outcome']}|{first['uncertainty']}|{package}",
            )
        )
        middle = (box.left + wide / 2, y - ROW / 2)
        if len(found):
            text = f"{100 * share:.0f} {'+' if found['rank'].iloc[0] > 0 else '−'}"
            put(page, middle, text, fontsize=SMALL, va="middle", ha="center", color=ink_on(ground))
        else:
            put(page, middle, "·", fontsize=SMALL, va="middle", ha="center", color=SOFT)


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return how many worlds and inputs there were, the floor, the largest share and how many gains have a driver."""
    best = table.sort_values("share", ascending=False, kind="stable").iloc[0]
    return {
        "used": f"{table['used'].min():,}",
        "inputs": f"{table['inputs'].max()}",
        "classes": f"{table['classes'].max()}",
        "floor": f"{100 * table['floor'].min():.0f}–{100 * table['floor'].max():.0f}",
        "largest": f"{100 * best['share']:.0f}",
        "range": f"{100 * best['low']:.0f}–{100 * best['high']:.0f}",
        "largest_name": sensed.called(look, str(best["uncertainty"]), str(best["constant"])),
        "largest_package": _head(look, str(best["scenario"])),
        "largest_outcome": look.words("quantity", str(best["outcome"]), short=True),
        "year": f"{table['year'].iloc[0]:.10g}",
    }


def unnamed(dataset: xr.Dataset, plan: Plan) -> str:
    """Return that no driver of an outcome that is shown can be told from chance, if so."""
    return "" if len(_shown(dataset, plan)) else "no driver of the outcomes shown can be told from chance"


def _shown(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return the drivers of the outcomes that the settings list, of the first ones asked if there is none of them."""
    table = frame(dataset, "drivers_named", COLUMNS)
    table = table[table["year"] == table["year"].max()]
    asked, listed = list(dict.fromkeys(table["outcome"])), plan.settings["outcomes"]
    shown = [name for name in listed if name in asked] or asked[: len(listed)]
    parts = []
    for name in shown:
        part = table[table["outcome"] == name]
        order = part.groupby("uncertainty")["raw"].max().sort_values(ascending=False, kind="stable").index
        place = {uncertainty: rank for rank, uncertainty in enumerate(order)}
        part = part.assign(row=part["uncertainty"].map(place))
        parts.append(part[part["row"] < plan.settings["rows"]].sort_values(["row", "scenario"], kind="stable"))
    return pd.concat(parts, ignore_index=True)


@figure("drivers", render=render, facts=facts, width=WIDE, needs=("drivers", "drivers_named"), unfit=unnamed, kind=ADVICE)
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return what tells most of the variance of each package's gain: corrected shares above the floor, sign of the relation."""
    table = _shown(dataset, plan).drop(columns="place")
    outputs = frame(dataset, "drivers", OUTPUTS, missing=("floor",))
    order = {name: column for column, name in enumerate(dict.fromkeys(outputs["scenario"]))}
    known = outputs.set_index(list(sensed.KEYS))[["used", "inputs", "classes", "floor"]]
    return table.join(known, on=list(sensed.KEYS)).assign(column=lambda rows: rows["scenario"].map(order))
