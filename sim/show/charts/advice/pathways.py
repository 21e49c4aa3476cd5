"""Adaptive pathways: until when each package meets its targets, and what it is worth to turn in a year or at a signpost."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from sim.analysis.worlds import DOWN, UP
from sim.show.calibrated import frame
from sim.show.charts.advice import unions
from sim.show.panels import EDGE, POINT, Box, add_axes, foot, head, notes_height, put, spread, value_axis, year_axis
from sim.show.registry import ADVICE, Look, Plan, figure
from sim.show.style import PAPER, SMALL, SOFT, WIDE, ink_on, sheet
from sim.show.text import width, wrap
from sim.show.words import load

USE_BY, MET, GAIN = "use by", "met", "gain"
"""Parts of the table: targets kept by package and year, targets kept by policy, gains by policy."""

ROW, PANEL, NAMES, GAP, ROOM = 5.0, 34.0, 50.0, 9.0, 5.0
"""Height of a strip and of a panel, width of names, room between parts, mm."""

FIXED_INK, TRIGGER_INK, TRIGGER_TEXT = "#0072B2", "#B85000", "#8a3b00"
"""Policies that turn in a year, those that turn at a signpost, and the levels of these."""

APART = 0.75
"""Years between diamonds at least, so that their levels can be read."""

CEILING = 1.12
"""Top of the panel of shares: room for a level above a share of one."""

KEPT = LinearSegmentedColormap.from_list("kept", ["#ffffff", "#b7dccb", "#00614a"])
"""Ground of a year by the share of worlds in which the target still holds: it fades as targets are missed."""


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw strips of use-by years, and below, on the same years, targets kept and gains by the year of the turn."""
    strips = table[table["panel"] == USE_BY]
    lines = strips[["outcome", "number", "scenario"]].drop_duplicates()
    groups = lines[["outcome", "number"]].drop_duplicates()
    notes, language = look.notes(), look.words.language
    low = notes_height(look, notes, WIDE)
    high = len(lines) * ROW + (len(groups) - 1) * 2.0
    page = sheet(WIDE, low + high + 2 * (PANEL + GAP) + 24.5)
    top = head(page, look) - 1.0
    foot(page, look, notes)
    years = (float(strips["year"].min()) - 0.5, float(strips["year"].max()) + 0.5)
    box = Box(EDGE + NAMES, top - ROOM - high, WIDE - 2 * EDGE - NAMES, high)
    put(page, (EDGE, top), look.settings[f"strips_{language}"].format_map(look.told), fontsize=SMALL, color=SOFT)
    _strips(page, strips, look, box=box)
    for panel in (MET, GAIN):
        rows = table[table["panel"] == panel]
        bottom = box.bottom - GAP - PANEL
        said = look.settings[f"{panel}_{language}"].format_map({**look.told, "unit": rows["units"].iloc[0]})
        box = Box(box.left, bottom, box.width, PANEL)
        axes = add_axes(page, box)
        put(page, (EDGE, box.top), "\n".join(wrap(said, room=(NAMES - 12.0) / POINT, size=SMALL)), fontsize=SMALL, color=SOFT)
        year_axis(axes, *years, step=1)
        _policies(axes, rows, look)
    return page


def _strips(page: Figure, strips: pd.DataFrame, look: Look, *, box: Box) -> None:
    """Draw a strip a package and target: a cell a year, darker the more worlds still keep the target."""
    years = np.sort(strips["year"].unique())
    wide = box.width / len(years)
    y = box.top
    for key, group in strips.groupby(["outcome", "side", "number", "kind"], sort=False):
        names = list(dict.fromkeys(group["scenario"]))
        said = wrap(_target(look, *key), room=(NAMES - 22.0) / POINT, size=SMALL)
        put(page, (EDGE, y - len(names) * ROW / 2), "\n".join(said), fontsize=SMALL, va="middle")
        for name in names:
            label = look.label(str(name), short=True)
            put(page, (box.left - 1.5, y - ROW / 2), label, fontsize=SMALL, ha="right", va="middle")
            for row in group[group["scenario"] == name].itertuples():
                place = int(np.searchsorted(years, row.year))
                color = KEPT(float(row.q50))
                cell = Box(box.left + place * wide, y - ROW, wide, ROW)
                unions.tile(page, cell, color, gid=f"{USE_BY}|{row.outcome}|{name}|{row.year:g}")
                text, middle = f"{100 * row.q50:.0f}", (cell.left + wide / 2, y - ROW / 2)
                if width(text, SMALL) * POINT < wide:
                    put(page, middle, text, fontsize=SMALL, ha="center", va="middle", color=ink_on(color))
            y -= ROW
        y -= 2.0


def _target(look: Look, outcome: str, side: str, number: float, kind: str) -> str:
    wording = look.settings[f"{side}_{kind}_{look.words.language}"]
    told = number * (look.words.factor("quantity", outcome) if kind == "level" else 1.0)
    return str(wording).format(
        name=look.words("quantity", outcome, short=True), number=f"{abs(told):g}", unit=look.words.unit("quantity", outcome)
    )


def _policies(axes: Axes, rows: pd.DataFrame, look: Look) -> None:
    """Draw policies over the year of their turn: fixed ones as points, those with a signpost as open diamonds."""
    panel = str(rows["panel"].iloc[0])
    fixed = rows[rows["kind"] != "trigger"].dropna(subset=["turn_q50"])
    triggers = rows[(rows["kind"] == "trigger")].dropna(subset=["turn_q50"])
    if panel == GAIN:
        axes.vlines(fixed["turn_q50"], fixed["q05"], fixed["q95"], color=FIXED_INK, linewidth=0.9)
        axes.vlines(fixed["turn_q50"], fixed["q25"], fixed["q75"], color=FIXED_INK, linewidth=2.4)
        axes.axhline(0.0, color="#8a8a8a", linewidth=0.6)
    axes.plot(fixed["turn_q50"], fixed["q50"], color=FIXED_INK, marker="o", markersize=3.4, linewidth=0.7, gid=f"{panel}|fixed")
    places = spread([*(triggers["turn_q50"] + 0.4)], gap=APART, low=axes.get_xlim()[0], high=axes.get_xlim()[1])
    for x, row in zip(places, triggers.itertuples(), strict=True):
        if panel == GAIN:
            axes.plot([x, x], [row.q05, row.q95], color=TRIGGER_INK, linewidth=0.9)
        else:
            axes.plot([row.turn_q05, row.turn_q95], [row.q50] * 2, color=TRIGGER_INK, linewidth=0.7, linestyle=(0, (2, 1.5)))
        inside = TRIGGER_INK if panel == MET or row.verdict in (UP, DOWN) else PAPER
        style = {"marker": "D", "markersize": 3.6, "markeredgewidth": 0.9, "linestyle": "none", "zorder": 4}
        axes.plot(x, row.q50, **style, color=TRIGGER_INK, markerfacecolor=inside, gid=f"{panel}|{row.policy}")
        top = row.q95 if panel == GAIN else row.q50
        _level(
            axes,
            (x, top),
            f"{row.level * look.words.factor('quantity', row.trigger):g}",
            above=panel == GAIN or _freer_above(row, x, rows, fixed=fixed),
        )
    if panel == MET:
        stay = float(rows[rows["kind"] == "never"]["q50"].iloc[0])
        axes.axhline(stay, color="#767676", linewidth=0.9, linestyle=(0, (1, 2)))
        top = min(CEILING, 1.25 * max([stay, *fixed["q50"], *triggers["q50"]]) + 0.02)
        axes.set_ylim(0.0, top)
        marks = [mark for mark in (0.0, 0.25, 0.5, 0.75, 1.0) if mark <= top]
        axes.set_yticks(marks, [f"{100 * mark:.0f}" + (" %" if mark == marks[-1] else "") for mark in marks])
    else:
        value_axis(axes, [*rows["q05"], *rows["q95"]], zero=True, ticks=5)
        low, high = axes.get_ylim()
        axes.set_ylim(min(low, -0.06 * high), high)


def _freer_above(row: Any, x: float, rows: pd.DataFrame, *, fixed: pd.DataFrame) -> bool:
    """Tell whether lines leave more room above the diamond of ``row`` at ``x`` than below it."""
    others = rows[(rows["kind"] == "trigger") & (rows["policy"] != row.policy)]
    passing = others[(others["turn_q05"] <= x) & (others["turn_q95"] >= x)]["q50"]
    stay = rows[rows["kind"] == "never"]["q50"]
    lines = np.array([float(np.interp(x, fixed["turn_q50"], fixed["q50"])), *passing, *stay])
    above, below = lines[lines > row.q50] - row.q50, row.q50 - lines[lines < row.q50]
    return float(above.min(initial=CEILING - row.q50)) >= float(below.min(initial=row.q50))


def _level(axes: Axes, place: tuple[float, float], text: str, *, above: bool) -> None:
    """Write the level of a signpost at ``place``: above a line that ends there, below a point."""
    style = {"ha": "center", "va": "bottom" if above else "top", "fontsize": SMALL, "color": TRIGGER_TEXT}
    axes.annotate(text, place, (0.0, 3.0 if above else -4.0), textcoords="offset points", **style)


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return shares of worlds that keep all targets by policy, the packages, the signpost and how sure a share is."""
    met = table[table["panel"] == MET].set_index("policy")["q50"]
    rows = table[table["panel"] == MET]
    triggers = rows[rows["kind"] == "trigger"]
    strips = table[table["panel"] == USE_BY]
    names = list(dict.fromkeys(strips["scenario"]))
    best = triggers.loc[triggers["q50"].idxmax()]
    outcome = str(triggers["trigger"].iloc[0])
    worlds = float(rows["members"].iloc[0])
    factor = look.words.factor("quantity", outcome)
    return {
        "from_package": look.label(names[-2]),
        "to_package": look.label(names[-1]),
        "met_start": f"{100 * met['start']:.0f}",
        "met_nothing": f"{100 * met['nothing']:.0f}",
        "met_never": f"{100 * met['never']:.0f}",
        "met_least": f"{100 * triggers['q50'].min():.0f}",
        "met_best": f"{100 * best['q50']:.0f}",
        "best_level": f"{best['level'] * factor:g}",
        "trigger": look.words("quantity", outcome, short=True),
        "levels": look.words.text("comma").join(f"{level * factor:g}" for level in triggers["level"]),
        "outcome": look.words("quantity", str(table[table["panel"] == GAIN]["outcome"].iloc[0]), short=True),
        "share_error": f"{50 / np.sqrt(worlds):.0f}",
    }


def _shown(settings: Mapping[str, Any], found: pd.DataFrame) -> str:
    return settings["outcome"] if settings["outcome"] in set(found["outcome"]) else str(found["outcome"].iloc[0])


@figure(
    "pathways",
    render=render,
    facts=facts,
    width=WIDE,
    needs=("pathways", "pathways_policies", "pathways_use_by"),
    kind=ADVICE,
)
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return targets kept by package and year, and targets kept and gains over never turning by policy."""
    words = load(plan.folder, "en")
    strips = frame(dataset, "pathways_use_by", ("scenario", "outcome", "side", "number", "kind", "year", "missed"))
    strips = strips.assign(panel=USE_BY, q50=1.0 - strips["missed"], units="1").drop(columns="missed")
    quantiles = [f"turned_{each}" for each in unions.QUANTILES]
    keys = ("policy", "kind", "trigger", "level", "year", "turned", "met_always", "members", *quantiles)
    missing = ("level", "year", "met_always", *quantiles)
    told = frame(dataset, "pathways_policies", keys, missing=missing).rename(columns={"year": "turn_year"})
    told = told.rename(columns={f"turned_{each}": f"turn_{each}" for each in unions.QUANTILES})
    begun = told["kind"] == "start"
    told.loc[begun, ["turn_q05", "turn_q50", "turn_q95"]] = float(dataset.attrs["first_year"])
    over = [f"over_{each}" for each in unions.QUANTILES]
    percent = [f"over_percent_{each}" for each in unions.QUANTILES]
    gains = frame(dataset, "pathways", ("policy", "outcome", "over_verdict", *over, *percent), missing=percent)
    gains = gains[gains["outcome"] == _shown(plan.settings, gains)]
    gains = gains.rename(columns={name: name.removeprefix("over_") for name in ("over_verdict", *over, *percent)})
    gains = unions.shown(gains, words).merge(told, on="policy").assign(panel=GAIN)
    gains = gains[gains["kind"] != "nothing"]
    met = told.assign(panel=MET, q50=told["met_always"], units="1")
    made = pd.concat([strips, met, gains], ignore_index=True).drop(columns="met_always")
    texts = ("scenario", "outcome", "side", "kind", "policy", "trigger", "verdict")
    return made.fillna(dict.fromkeys(texts, ""))
