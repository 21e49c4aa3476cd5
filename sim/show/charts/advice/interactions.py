"""Which recommendations reinforce each other: the interaction index of each pair, an outcome a triangle."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from sim.analysis.advice.attribution import REINFORCE, SUBSTITUTE
from sim.analysis.worlds import LITTLE, OPEN
from sim.show.calibrated import frame
from sim.show.charts.advice import unions
from sim.show.charts.outcomes import SCALE, shade
from sim.show.panels import EDGE, POINT, Box, cells, opened, panel_title, put
from sim.show.registry import ADVICE, Look, Plan, figure
from sim.show.style import BLACK, PAPER, SMALL, WIDE, ink_on
from sim.show.text import width
from sim.show.words import load

ACROSS, ROW, ABOVE, BELOW = 2, 6.4, 9.0, 4.0
"""Triangles side by side, height of a row, room for titles and under each, mm."""


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw a triangle an outcome: the median of each pair, coloured if settled, hatched and in brackets if not."""
    outcomes = list(dict.fromkeys(table["outcome"]))
    first, second = list(dict.fromkeys(table["first"])), list(dict.fromkeys(table["second"]))
    deep = -(-len(outcomes) // ACROSS)
    low = opened(look, (WIDE, 200.0))[2]
    page, top, low = opened(look, (WIDE, low + deep * (ABOVE + BELOW + ROW * len(first)) + 10.0))
    labels = max(width(look.label(name, short=True), SMALL) for name in first) * POINT + 1.5
    area = Box(EDGE, low + 1.0, WIDE - 2 * EDGE, top - low - 1.0)
    for name, cell in zip(outcomes, cells(area, rows=deep, columns=ACROSS, gap=(7.0, 0.0)), strict=False):
        box = Box(cell.left + labels, cell.bottom + BELOW, cell.width - labels, cell.height - ABOVE - BELOW)
        rows = table[table["outcome"] == name].set_index(["first", "second"])
        title = unions.heading(look, name, rows["units"].iloc[0])
        panel_title(page, Box(cell.left, box.bottom, cell.width, box.height + 3.0), title, room=cell.width)
        wide, high = box.width / len(second), box.height / len(first)
        for across, other in enumerate(second):
            place = (box.left + (across + 0.5) * wide, box.top + 0.6)
            put(page, place, look.label(other, short=True), fontsize=SMALL, ha="center", va="bottom")
        for down, one in enumerate(first):
            y = box.top - (down + 1) * high
            put(page, (box.left - 1.0, y + high / 2), look.label(one, short=True), fontsize=SMALL, ha="right", va="middle")
            for across, other in enumerate(second):
                if (one, other) in rows.index:
                    _cell(page, Box(box.left + across * wide, y, wide, high), rows.loc[(one, other)])
    return page


def _cell(page: Figure, box: Box, row: pd.Series) -> None:
    settled = row["verdict"] in (REINFORCE, SUBSTITUTE)
    sign = 1.0 if row["verdict"] == REINFORCE else -1.0
    ground = SCALE(shade(sign * abs(row["q50"]) * row["deepen"])) if settled else PAPER
    gid = f"{row['outcome']}|{row.name[0]}|{row.name[1]}"
    unions.tile(page, box, ground, hatched=row["verdict"] == OPEN, gid=gid)
    text = "≈0" if row["verdict"] == LITTLE else unions.number(row["q50"])
    text = f"({text})" if row["verdict"] == OPEN else text
    middle = (box.left + box.width / 2, box.bottom + box.height / 2)
    ink = ink_on(ground) if settled else BLACK
    put(page, middle, text, fontsize=SMALL, ha="center", va="middle", color=ink, gid=f"{gid}|value")


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return the year, and how many pairs reinforce each other, stand in for each other, are open and small."""
    counts = table["verdict"].value_counts()
    return {
        "year": f"{table['year'].iloc[0]:.10g}",
        "pairs": f"{len(table)}",
        **{name: f"{int(counts.get(verdict, 0))}" for name, verdict in _COUNTED.items()},
    }


_COUNTED: Mapping[str, str] = {"reinforce": REINFORCE, "substitute": SUBSTITUTE, "open": OPEN, "little": LITTLE}


@figure("interactions", render=render, facts=facts, width=WIDE, needs=("attribution_pairs",), kind=ADVICE)
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return the interaction index of each pair for the outcomes of the settings, in per cent of the baseline or in a unit.

    ``deepen`` is what the size of a number is multiplied with before it is shaded: interactions are smaller than gains.
    """
    percent = tuple(f"percent_{each}" for each in unions.QUANTILES)
    columns = ("first", "second", "outcome", "year", "better", *unions.QUANTILES, *percent, "verdict")
    table = frame(dataset, "attribution_pairs", columns, missing=percent)
    table = table[table["year"] == table["year"].max()]
    known = list(dict.fromkeys(table["outcome"]))
    listed = [name for name in plan.settings["outcomes"] if name in known] or known[:4]
    made = pd.concat([table[table["outcome"] == name] for name in listed])
    made = unions.shown(made, load(plan.folder, "en")).assign(deepen=float(plan.settings["deepen"]))
    kept = ["outcome", "first", "second", "year", "better", *unions.QUANTILES, "units", "deepen", "verdict"]
    return made[kept].reset_index(drop=True)
