"""From the baseline to all recommendations: each one's share of the gain as a bar, so that the bars add up."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.analysis.advice.attribution import START, WHOLE
from sim.show.calibrated import frame
from sim.show.charts.advice import unions
from sim.show.panels import EDGE, POINT, Box, add_axes, cells, opened, panel_title, put, style_bars
from sim.show.registry import ADVICE, Look, Plan, figure
from sim.show.style import BLACK, INK, PAPER, SMALL, SOFT, WIDE
from sim.show.text import width
from sim.show.words import load

ACROSS, ROW, ABOVE, BELOW, NUMBERS = 2, 4.2, 8.0, 6.5, 31.0
"""Panels side by side, height of a step, room for titles, for ticks and for the numbers at the right, mm."""

_QUOTED: Mapping[str, str] = {"mean": "mean", "low": "q05", "high": "q95"}


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw a panel an outcome: bars of mean shares from the baseline on, thin lines for nine worlds in ten."""
    outcomes = list(dict.fromkeys(table["outcome"]))
    steps = len(dict.fromkeys(table["step"]))
    deep = -(-len(outcomes) // ACROSS)
    low = opened(look, (WIDE, 200.0))[2]
    page, top, low = opened(look, (WIDE, low + deep * (ABOVE + BELOW + ROW * steps) + 10.0))
    names = {step: _name(look, step) for step in dict.fromkeys(table["step"])}
    labels = max(width(name, SMALL) for name in names.values()) * POINT + 1.5
    area = Box(EDGE, low + 1.5, WIDE - 2 * EDGE, top - low - 1.5)
    for name, cell in zip(outcomes, cells(area, rows=deep, columns=ACROSS, gap=(5.0, 0.0)), strict=False):
        height = cell.height - ABOVE - BELOW
        box = Box(cell.left + labels, cell.bottom + BELOW, cell.width - labels - NUMBERS, height)
        rows = table[table["outcome"] == name].reset_index(drop=True)
        _bars(add_axes(page, box), look, rows)
        panel_title(page, Box(cell.left, box.bottom, cell.width, height), _heading(look, rows), room=cell.width)
        for place, row in rows.iterrows():
            y = box.top - (place + 0.5) * height / len(rows)
            put(page, (box.left - 1.0, y), names[row["step"]], fontsize=SMALL, va="middle", ha="right")
            whole = rows["mean"].iloc[-1]
            quoted = {key: unions.adaptive(row[column], whole) for key, column in _QUOTED.items()}
            told = look.settings[f"number_{look.words.language}"].format(**quoted)
            ink = INK if row["settled"] else SOFT
            put(page, (box.right + 1.5, y), told, fontsize=SMALL, va="middle", color=ink)
    return page


def _name(look: Look, step: str) -> str:
    return str(look.settings[f"whole_{look.words.language}"]) if step == WHOLE else look.label(step, short=True)


def _heading(look: Look, rows: pd.DataFrame) -> str:
    row = rows.iloc[0]
    text, name = str(look.settings[f"panel_{look.words.language}"]), row["outcome"]
    level = unions.level(row["baseline"])
    return text.format(name=look.words("quantity", name, short=True), unit=look.words.unit("quantity", name), base=level)


def _bars(axes: Axes, look: Look, rows: pd.DataFrame) -> None:
    for place, row in rows.iterrows():
        color = BLACK if row["step"] == WHOLE else look.stroke(row["step"]).color
        ground = color if row["settled"] else PAPER
        name, y = f"{row['outcome']}|{row['step']}", -place - 0.5
        axes.barh(y, row["mean"], left=row["from"], height=0.56, color=ground, edgecolor=color, linewidth=0.8, gid=name)
        ends = [row["from"] + row["q05"], row["from"] + row["q95"]]
        axes.plot(ends, [y - 0.38, y - 0.38], color=color, linewidth=0.8, gid=f"{name}|90")
        if place + 1 < len(rows):
            axes.plot([row["to"]] * 2, [y - 0.28, y - 0.72], color=SOFT, linewidth=0.5)
    style_bars(axes, len(rows))


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return the year, how many recommendations there are and how many shares are robust."""
    shares = table[table["step"] != WHOLE]
    return {
        "year": f"{table['year'].iloc[0]:.10g}",
        "players": f"{shares['step'].nunique()}",
        "shares": f"{len(shares)}",
        "settled": f"{int(shares['settled'].sum())}",
    }


@figure("waterfall", render=render, facts=facts, width=WIDE, needs=("attribution", "attribution_waterfall"), kind=ADVICE)
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return the steps of each outcome, from the mean of the baseline, in the unit shown; ``full`` is the whole gain."""
    table = frame(dataset, "attribution_waterfall", ("step", "outcome", "year", "mean", "q05", "q95", "from", "to"))
    table = table[table["year"] == table["year"].max()]
    whole = frame(dataset, "attribution_total", ("outcome", "year", "mean", "q05", "q95", "verdict"))
    signs = frame(dataset, "attribution", ("player", "outcome", "year", "verdict"))
    signs = {(row.player, row.outcome): row.verdict for row in signs[signs["year"] == signs["year"].max()].itertuples()}
    words = load(plan.folder, "en")
    known = list(dict.fromkeys(table["outcome"]))
    rows = []
    for name in [each for each in plan.settings["outcomes"] if each in known] or known[:6]:
        factor = words.factor("quantity", name)
        own = table[table["outcome"] == name]
        base = float(own[own["step"] == START]["mean"].iloc[0])
        total = whole[(whole["outcome"] == name) & (whole["year"] == own["year"].iloc[0])].iloc[0]
        for row in own[own["step"] != START].to_dict("records"):
            last = row["step"] == WHOLE
            numbers = total if last else row
            begin = 0.0 if last else row["from"] - base
            sign = total["verdict"] if last else signs[row["step"], name]
            rows.append(
                {
                    **{"outcome": name, "step": row["step"], "year": row["year"], "baseline": base * factor},
                    **{each: numbers[each] * factor for each in ("mean", "q05", "q95")},
                    **{"from": begin * factor, "to": (begin + numbers["mean"]) * factor},
                    **{"units": words.unit("quantity", name) or "1", "settled": sign in unions.SETTLED},
                }
            )
    return pd.DataFrame(rows)
