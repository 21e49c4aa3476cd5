"""Every package on every outcome in one year: a table that can be read as numbers and seen as colours."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.analysis import outcomes
from sim.analysis.values import role
from sim.show import telling
from sim.show.charts.tables import acting, choose
from sim.show.panels import EDGE, POINT, foot, head, notes_height, put, rule, signed
from sim.show.registry import Look, Plan, figure
from sim.show.style import FAINT, LABEL, PAPER, SMALL, SOFT, WIDE, ink_on, sheet
from sim.show.text import balanced
from sim.show.words import load

FULL = 100.0
"""Difference in per cent at which colour is deepest; shades follow its logarithm, so that one per cent still shows."""

NAMES, BASE, ROW, GROUP = 53.0, 13.0, 6.6, 1.6
"""Widths of the two left columns, height of a row, gap between groups, mm."""

SCALE = LinearSegmentedColormap.from_list("difference", ["#8a3b00", "#d98c4a", "#ffffff", "#5ba3cf", "#0b4f86"])
"""Orange below, white at, blue above the baseline; safe for the common kinds of colour blindness."""


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw one row per outcome and one column per package, the difference in per cent written in each cell."""
    listed = list(dict.fromkeys(table["outcome"]))
    groups = list(dict.fromkeys(table["group"]))
    notes = look.notes()
    low = notes_height(look, notes, WIDE)
    height = low + 3.0 + len(listed) * ROW + (len(groups) - 1) * GROUP + 8.0 + 9.0
    page = sheet(WIDE, height)
    top = head(page, look) - 8.5
    foot(page, look, notes)
    packages = list(dict.fromkeys(table["scenario"]))
    width = (WIDE - 2 * EDGE - NAMES - BASE) / len(packages)
    _columns(page, look, packages, width, top)
    y, group = top, None
    for name in listed:
        rows = table[table["outcome"] == name].set_index("scenario")
        if group not in (None, rows["group"].iloc[0]):
            y -= GROUP
        group = rows["group"].iloc[0]
        _row(page, look, rows, (y, width))
        y -= ROW
    return page


def _columns(page: Figure, look: Look, packages: list[str], width: float, top: float) -> None:
    put(page, (EDGE + NAMES + BASE - 1.5, top + 1.2), look.words.text("baseline"), ha="right", va="bottom", color=SOFT)
    for position, name in enumerate(packages):
        lines = balanced(look.label(name, short=True), room=width / POINT, size=LABEL)
        x = EDGE + NAMES + BASE + (position + 0.5) * width
        put(page, (x, top + 1.2), "\n".join(lines), ha="center", va="bottom")
    rule(page, [(EDGE, top), (WIDE - EDGE, top)])


def _row(page: Figure, look: Look, rows: pd.DataFrame, place: tuple[float, float]) -> None:
    y, width = place
    middle = y - ROW / 2
    outcome = str(rows["outcome"].iloc[0])
    unit = look.words.unit("quantity", outcome)
    put(page, (EDGE, middle), look.words("quantity", outcome, short=True), va="middle")
    base = _plain(rows["baseline"].iloc[0])
    put(page, (EDGE + NAMES + BASE - 1.5, middle), base, va="middle", ha="right", color=SOFT)
    put(page, (EDGE + NAMES, middle), unit, va="middle", ha="right", color=SOFT, fontsize=SMALL)
    for position, (name, row) in enumerate(rows.iterrows()):
        relative = row["units"] == "%"
        left = EDGE + NAMES + BASE + position * width
        ground = SCALE(shade(row["value"])) if relative else PAPER
        size = page.get_size_inches() * 25.4
        page.add_artist(
            Rectangle(
                (left / size[0], (y - ROW) / size[1]),
                width / size[0],
                ROW / size[1],
                transform=page.transFigure,
                facecolor=ground,
                edgecolor=FAINT,
                linewidth=0.4,
                gid=f"{outcome}|{name}",
            )
        )
        put(
            page,
            (left + width / 2, middle),
            signed(row["value"]) if relative else _plain(row["value"]),
            ha="center",
            va="middle",
            color=ink_on(ground),
            gid=f"{outcome}|{name}|value",
        )


def shade(percent: float) -> float:
    """Return the place of ``percent`` on the colour scale, 0 to 1, by the logarithm of its size."""
    size = min(np.log1p(abs(percent)) / np.log1p(FULL), 1.0)
    return 0.5 + 0.5 * float(np.copysign(size, percent))


def _plain(number: float) -> str:
    digits = max(0, 2 - int(np.floor(np.log10(abs(number))))) if number else 0
    return f"{number:,.{min(digits, 3)}f}".replace("-", "−")


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return the year shown, which outcomes are absolute and whether any is relative to the twin."""
    absolute = dict.fromkeys(table[table["units"] != "%"]["outcome"])
    names = telling.listing(look, [look.words("quantity", name, short=True) for name in absolute])
    language, usual = look.words.language, list(absolute) == look.settings["absolute"]
    told = look.settings[f"absolute_{language}" if usual else f"absolute_more_{language}"].format(names=names)
    twin = set(look.settings["of_twin"]) & set(table["outcome"])
    return {
        "year": telling.year(table["year"].iloc[0]),
        "absolute": told if absolute else "",
        "relative_to_twin": look.settings[f"relative_to_twin_{language}" if twin else f"no_twin_{language}"],
    }


@figure("outcomes", render=render, facts=facts, width=WIDE, needs=("baseline",), unfit=acting)
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return outcomes in the last year: difference in per cent, or absolute for costs."""
    words = load(plan.folder, "en")
    shown = {outcome.name: outcome for outcome in outcomes.load(plan.folder) if outcome.shown}
    table = outcomes.headline(dataset, [plan.question.stop])
    table = table[table["outcome"].isin(shown) & table["scenario"].isin(choose(dataset, plan))]
    table = table[table["scenario"] != role(dataset, "baseline")]
    factor = table["outcome"].map(lambda name: words.factor("quantity", name))
    unit = table["outcome"].map(lambda name: words.unit("quantity", name) or "1")
    relative = table["percent"].notna()
    return pd.DataFrame(
        {
            "outcome": table["outcome"],
            "group": table["group"],
            "scenario": table["scenario"],
            "year": table["year"],
            "value": table["percent"].where(relative, table["difference"] * factor),
            "units": unit.where(~relative, "%"),
            "baseline": table["baseline"] * factor,
            "baseline_units": unit,
        }
    ).reset_index(drop=True)
