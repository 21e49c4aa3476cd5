"""Orders of the same measures: courses of each, and paired differences between them with their intervals."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.analysis.worlds import DOWN, LITTLE, UP
from sim.results.tables import table as columns_of
from sim.show.calibrated import frame, size
from sim.show.charts.advice import unions
from sim.show.panels import (
    EDGE,
    POINT,
    Box,
    End,
    add_axes,
    cells,
    end_labels,
    foot,
    head,
    notes_height,
    panel_title,
    put,
    value_axis,
    year_axis,
)
from sim.show.registry import ADVICE, Look, Plan, figure
from sim.show.style import INK, LABEL, PAPER, SMALL, SOFT, WIDE, sheet
from sim.show.text import width, wrap
from sim.show.words import load

COURSE, PAIR, PART = "course", "pair", "part"
"""Parts of the table: courses, paired differences, and these in parts of the worlds (told in the caption)."""

PANEL, ROW, ABOVE, BELOW, AXIS, LABELS = 38.0, 6.0, 6.0, 8.0, 9.0, 20.0
"""Height of a course, of a row, room above, below, left and right of a panel, mm."""


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw the course of a few outcomes for each order, and below a row a pair of orders with paired differences."""
    courses, pairs = (table[table["panel"] == panel] for panel in (COURSE, PAIR))
    outcomes = list(dict.fromkeys(courses["outcome"]))
    listed = pairs[["first", "second"]].drop_duplicates()
    notes, language = look.notes(), look.words.language
    low = notes_height(look, notes, WIDE)
    page = sheet(WIDE, low + PANEL + ABOVE + BELOW + len(listed) * ROW + 36.0)
    top = head(page, look) - 1.0
    foot(page, look, notes)
    put(page, (EDGE, top), look.settings[f"courses_{language}"].format_map(look.told), fontsize=SMALL, color=SOFT)
    area = Box(EDGE, top - 4.0 - PANEL - ABOVE - BELOW, WIDE - 2 * EDGE, PANEL + ABOVE + BELOW)
    for name, cell in zip(outcomes, cells(area, rows=1, columns=len(outcomes), gap=(4.0, 0.0)), strict=True):
        box = Box(cell.left + AXIS, cell.bottom + BELOW, cell.width - AXIS - LABELS, PANEL)
        part = courses[courses["outcome"] == name]
        panel_title(page, box, unions.heading(look, name, str(part["units"].iloc[0])), room=box.width + LABELS)
        _course(page, part, look, box=box)
    put(page, (EDGE, area.bottom - 0.5), look.settings[f"pairs_{language}"].format_map(look.told), fontsize=SMALL, color=SOFT)
    said = [_pair_label(look, row.first, row.second) for row in listed.itertuples()]
    names = 2.0 + max(width(text, LABEL) * POINT for text in said)
    box = Box(EDGE + names, low + 7.0, WIDE - 2 * EDGE - names, len(listed) * ROW)
    for number, text in enumerate(said):
        put(page, (box.left - 2.0, box.top - (number + 0.5) * ROW), text, ha="right", va="middle")
    shown = list(dict.fromkeys(pairs["outcome"]))
    for name, cell in zip(shown, cells(box, rows=1, columns=len(shown), gap=(3.0, 0.0)), strict=True):
        _forest(page, pairs[pairs["outcome"] == name], look, box=cell)
    return page


def _pair_label(look: Look, first: str, second: str) -> str:
    joined = look.settings[f"minus_{look.words.language}"]
    return str(joined).format(first=look.label(first, short=True), second=look.label(second, short=True))


def _course(page: Figure, part: pd.DataFrame, look: Look, *, box: Box) -> None:
    axes = add_axes(page, box)
    axes.axhline(0.0, color="#8a8a8a", linewidth=0.6)
    ends = []
    for name, rows in part.groupby("scenario", sort=False):
        stroke = look.stroke(str(name))
        axes.plot(rows["year"], rows["q50"], **stroke.line(), gid=f"{COURSE}|{part['outcome'].iloc[0]}|{name}")
        ends.append(End(look.label(str(name), short=True), float(rows["q50"].iloc[-1]), stroke))
    value_axis(axes, part["q50"], zero=True, ticks=4)
    year_axis(axes, part["year"].min(), part["year"].max(), step=5)
    end_labels(axes, box, ends)


def _forest(page: Figure, part: pd.DataFrame, look: Look, *, box: Box) -> None:
    """Draw a point and two intervals a pair; filled if robust, open if not, a cross if small."""
    axes = add_axes(page, box)
    name = str(part["outcome"].iloc[0])
    said = wrap(unions.heading(look, name, str(part["units"].iloc[0])), room=box.width / POINT, size=SMALL)
    put(page, (box.left, box.top + 1.0), "\n".join(said), fontsize=SMALL, color=INK, va="bottom")
    axes.axvline(0.0, color="#8a8a8a", linewidth=0.6)
    for number, row in enumerate(part.itertuples()):
        color = look.stroke(row.first).color
        axes.plot([row.q05, row.q95], [-number] * 2, color=color, linewidth=0.9)
        axes.plot([row.q25, row.q75], [-number] * 2, color=color, linewidth=2.4)
        inside = color if row.verdict in (UP, DOWN) else PAPER
        mark = {"marker": "X" if row.verdict == LITTLE else "o", "markersize": 3.6, "markeredgewidth": 0.9}
        axes.plot(row.q50, -number, **mark, color=color, markerfacecolor=inside, zorder=4, gid=f"{PAIR}|{name}|{number}")
    _limits(axes, part)


def _limits(axes: Axes, part: pd.DataFrame) -> None:
    values = [0.0, *part["q05"], *part["q95"]]
    apart = 0.06 * (max(values) - min(values) or 1.0)
    axes.set_xlim(min(values) - apart, max(values) + apart)
    axes.set_ylim(0.5 - len(part), 0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.locator_params(axis="x", nbins=3, steps=[1, 2, 5, 10])
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.10g}".replace("-", "−"))


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return the differences between governance and opening first that the title tells, and pilots by how well they repeat."""
    pairs = table[table["panel"] == PAIR]
    lead = pairs[["first", "second"]].drop_duplicates().iloc[0]
    own = pairs[(pairs["first"] == lead["first"]) & (pairs["second"] == lead["second"])]
    settled = own[own["verdict"].isin([UP, DOWN])]
    comma = look.words.text("comma")
    language = look.words.language
    ways = look.settings[f"ways_{language}"]
    told = [str(ways[row.verdict]).format(name=look.words.inside("quantity", row.outcome)) for row in settled.itertuples()]
    unsettled = [look.words.inside("quantity", name) for name in own[~own["verdict"].isin([UP, DOWN])]["outcome"]]
    kind = "both" if told and unsettled else "settled" if told else "open"
    return {
        "year": f"{pairs['year'].max():.10g}",
        "first": look.label(lead["first"]),
        "second": look.label(lead["second"]),
        "result": str(look.settings[f"{kind}_{language}"]).format(settled=comma.join(told), open=comma.join(unsettled)),
        "ratio": _ratio(table[table["panel"] == PART], look),
    }


def _ratio(parts: pd.DataFrame, look: Look) -> str:
    """Return the sentence on pilots where their effort is best repeated; empty if the store does not tell."""
    best = parts[parts["part"] == "high"]
    if best.empty:
        return ""
    row = best.iloc[0]
    numbers = {key: unions.number(getattr(row, key)) for key in ("q05", "q50", "q95")}
    known = {
        "first": look.label(row["first"]),
        "second": look.label(row["second"]),
        "outcome": look.words.inside("quantity", row["outcome"]),
    }
    return str(look.settings[f"ratio_{look.words.language}"]).format(
        **known, **numbers, low=f"{row['low']:.2f}", high=f"{row['high']:.2f}", count=f"{row['members']:.0f}"
    )


@figure("sequence", render=render, facts=facts, width=WIDE, needs=("sequence_pairs", "sequence_course"), kind=ADVICE)
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return gains by order and year, and paired differences between orders in the last year."""
    words, settings = load(plan.folder, "en"), plan.settings
    course = frame(dataset, "sequence_course", ("outcome", "scenario", "year", *unions.QUANTILES))
    factor = course["outcome"].map(lambda name: words.factor("quantity", name))
    unit = course["outcome"].map(lambda name: words.unit("quantity", name) or "1")
    course = course.assign(panel=COURSE, units=unit, **{key: course[key] * factor for key in unions.QUANTILES})
    numbers = (*unions.QUANTILES, *(f"percent_{each}" for each in unions.QUANTILES))
    keys = ("first", "second", "outcome", "year", "verdict", "members")
    missing = [name for name in numbers if name.startswith("percent_")]
    pairs = frame(dataset, "sequence_pairs", (*keys, *numbers), missing=missing)
    listed = [name for name in settings["outcomes"] if name in set(pairs["outcome"])] or list(dict.fromkeys(pairs["outcome"]))[
        :5
    ]
    pairs = pairs[pairs["outcome"].isin(listed) & (pairs["year"] == pairs["year"].max())]
    made = [course, unions.shown(pairs, words).assign(panel=PAIR)]
    if size(dataset, "sequence_parts") and {"part", "low", "high"} <= set(columns_of(dataset, "sequence_parts")):
        parts = frame(dataset, "sequence_parts", (*keys, "part", "low", "high", *numbers), missing=missing)
        wanted = parts["outcome"].eq(settings["outcomes"][0]) & parts["first"].eq(settings["pilots"])
        parts = parts[wanted & (parts["year"] == parts["year"].max())].drop_duplicates(["part", "first"])
        made.append(unions.shown(parts, words).assign(panel=PART))
    texts = dict.fromkeys(("scenario", "first", "second", "verdict", "part"), "")
    joined = pd.concat(made, ignore_index=True)
    return joined.fillna({name: text for name, text in texts.items() if name in joined}).fillna(
        {name: 0.0 for name in ("members", "low", "high") if name in joined}
    )
