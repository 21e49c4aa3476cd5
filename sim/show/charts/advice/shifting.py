"""Which input binds most as recommendations are adopted one after another, and what each next one would add."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.analysis.worlds import DOWN, UP
from sim.show.calibrated import frame
from sim.show.charts.advice import unions
from sim.show.charts.outcomes import SCALE
from sim.show.panels import EDGE, POINT, Box, add_axes, foot, head, notes_height, put, rule
from sim.show.registry import ADVICE, Look, Plan, figure
from sim.show.style import INK, INPUTS, LABEL, PAPER, SMALL, SOFT, WIDE, ink_on, sheet
from sim.show.text import width, wrap
from sim.show.words import load

NAMES, ROW, GAP = 18.0, 6.4, 8.0
"""Width of the names of steps, height of a row, space between the two parts, mm."""

BINDS, NEXT = "binds most", "next"
"""Parts of the table: which input binds, and what the next recommendation adds."""

LEAST_SHARE = 0.045
"""Share of worlds from which a bar carries its number."""


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw a row a step: bars of worlds by the input that binds most, how strongly each binds, what each next one adds."""
    steps = table[table["panel"] == BINDS].drop_duplicates("step")
    notes = look.notes()
    low = notes_height(look, notes, WIDE)
    page = sheet(WIDE, low + len(steps) * ROW + 26.0)
    top = head(page, look)
    foot(page, look, notes)
    high = len(steps) * ROW
    left = EDGE + NAMES
    bars = Box(left, top - 14.0 - high, 42.0, high)
    dots = Box(bars.right + GAP, bars.bottom, 40.0, high)
    grid = Box(dots.right + GAP, bars.bottom, WIDE - EDGE - dots.right - GAP, high)
    for box, key in ((bars, "bars"), (dots, "dots"), (grid, "next")):
        said = look.settings[f"{key}_{look.words.language}"].format_map(look.told)
        put(page, (box.left, top - 1.0), _wrapped(said, box.width), fontsize=SMALL, color=INK)
    for number, row in enumerate(steps.itertuples()):
        said = look.words.text("baseline") if row.step == 0 else f"+ {look.label(row.player, short=True)}"
        put(page, (left - 1.5, bars.top - (number + 0.5) * ROW), said, ha="right", va="middle")
    _bars(add_axes(page, bars), table[table["panel"] == BINDS], len(steps))
    _key(page, look, Box(bars.left, bars.top, bars.width, 3.0))
    _dots(add_axes(page, dots), table[table["panel"] == BINDS], len(steps))
    _grid(page, table[table["panel"] == NEXT], look, box=grid)
    return page


def _wrapped(text: str, room: float) -> str:

    return "\n".join(wrap(text, room=room / POINT, size=SMALL))


def _key(page: Figure, look: Look, box: Box) -> None:
    """Write the names of the inputs, each after a square of its colour, over the bars."""
    x = box.left
    for color, name in zip(INPUTS, look.settings["inputs"], strict=True):
        label = look.words("quantity", f"binding share of {name}", short=True)
        unions.tile(page, Box(x, box.bottom + 1.4, 1.8, 1.8), color, gid=f"key|{name}")
        put(page, (x + 2.3, box.bottom + 2.3), label, fontsize=SMALL, va="middle")
        x += 3.9 + width(label, SMALL) * POINT


def _bars(axes: Axes, rows: pd.DataFrame, count: int) -> None:
    left = np.zeros(count)
    for color, (name, part) in zip(INPUTS, rows.groupby("input", sort=False), strict=True):
        part = part.sort_values("step")
        places = -np.arange(count)
        axes.barh(places, part["most"], left=left, height=0.78, color=color, edgecolor=PAPER, linewidth=0.5)
        for place, start, share in zip(places, left, part["most"], strict=True):
            if share >= LEAST_SHARE:
                said = f"{100 * share:.0f}"
                fits = {"ha": "center", "va": "center_baseline", "color": ink_on(color), "fontsize": SMALL}
                axes.text(start + share / 2, place, said, gid=f"{BINDS}|{name}|{-place}", **fits)
        left = left + part["most"].to_numpy()
    _plain(axes, count, (0.0, 1.0))
    axes.set_xticks([0.0, 0.5, 1.0], ["0", "50", "100 %"])


def _dots(axes: Axes, rows: pd.DataFrame, count: int) -> None:
    shift = np.linspace(0.27, -0.27, rows["input"].nunique())
    marks = ("o", "s", "D", "^")
    for color, mark, aside, (name, part) in zip(INPUTS, marks, shift, rows.groupby("input", sort=False), strict=True):
        part = part.sort_values("step")
        places = aside - np.arange(count)
        axes.hlines(places, part["q05"], part["q95"], color=color, linewidth=0.9)
        axes.plot(part["q50"], places, linestyle="none", marker=mark, markersize=2.8, color=color, gid=f"strength|{name}")
    _plain(axes, count, (0.0, min(1.0, 1.04 * float(rows["q95"].max()))))


def _plain(axes: Axes, count: int, limits: tuple[float, float]) -> None:
    axes.set_ylim(0.5 - count, 0.5)
    axes.set_xlim(*limits)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


def _grid(page: Figure, rows: pd.DataFrame, look: Look, *, box: Box) -> None:
    """Draw what each recommendation that is left would add after each step; coloured if robust, framed where it adds most."""
    players = list(dict.fromkeys(rows["player"]))
    wide = box.width / len(players)
    largest = float(rows["q50"].abs().max())
    for column, name in enumerate(players):
        label = look.label(name, short=True)
        put(page, (box.left + (column + 0.5) * wide, box.top + 1.2), label, ha="center", va="bottom", fontsize=LABEL)
    for row in rows.itertuples():
        cell = Box(box.left + players.index(row.player) * wide, box.top - (row.step + 1) * ROW, wide, ROW)
        settled = row.verdict in (UP, DOWN)
        color = SCALE(0.5 + 0.42 * row.q50 / largest) if settled else PAPER
        unions.tile(page, cell, color, hatched=False, gid=f"{NEXT}|{row.player}|{row.step}")
        said = unions.number(row.q50) if settled else f"({unions.number(row.q50)})"
        place = (cell.left + wide / 2, cell.bottom + ROW / 2)
        put(page, place, said, ha="center", va="middle", fontsize=SMALL, color=ink_on(color))
        if row.taken:
            corners = [(cell.left, cell.bottom), (cell.right, cell.bottom), (cell.right, cell.top), (cell.left, cell.top)]
            rule(page, [*corners, corners[0]], color=INK, linewidth=1.1)
    put(page, (box.left, box.bottom + ROW - 1.6), look.settings[f"frame_{look.words.language}"], fontsize=SMALL, color=SOFT)


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return which input binds most first and at the end, in what share of worlds, and the outcome the path is made for."""
    rows = table[table["panel"] == BINDS]
    first, last = (rows[rows["step"] == step] for step in (0, rows["step"].max()))
    input_ = first.loc[first["most"].idxmax(), "input"]
    least = rows[(rows["input"] == input_) & (rows["step"] > 0)].loc[lambda each: each["most"].idxmin()]
    gains = table[table["panel"] == NEXT]
    label = look.words("quantity", f"binding share of {input_}", short=True)
    outcome = str(gains["outcome"].iloc[0])
    second = rows[(rows["step"] == least["step"]) & (rows["input"] != input_)].loc[lambda each: each["most"].idxmax()]
    return {
        "year": f"{rows['year'].max():.10g}",
        "input": label,
        "binds": str(look.settings[f"binds_{look.words.language}"][input_]),
        "at_first": f"{100 * float(first['most'].max()):.0f}",
        "at_last": f"{100 * float(last[last['input'] == input_]['most'].iloc[0]):.0f}",
        "least": f"{100 * float(least['most']):.0f}",
        "least_step": " + ".join(_path(rows, int(least["step"]), look)),
        "other": look.words("quantity", f"binding share of {second['input']}", short=True).lower(),
        "other_share": f"{100 * float(second['most']):.0f}",
        "outcome": look.words("quantity", outcome, short=True),
        "unit": look.words.unit("quantity", outcome),
        "path": " → ".join(_path(rows, int(rows["step"].max()), look)),
    }


def _path(rows: pd.DataFrame, until: int, look: Look) -> list[str]:
    along = rows[(rows["step"] > 0) & (rows["step"] <= until)].drop_duplicates("step")
    return [look.label(name, short=True) for name in along["player"]]


@figure("shifting", render=render, facts=facts, width=WIDE, needs=("shifting_path", "shifting_next"), kind=ADVICE)
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return which inputs bind along the order of adoption, and what each next recommendation adds to one outcome."""
    words = load(plan.folder, "en")
    binds = frame(dataset, "shifting_path", ("step", "player", "scenario", "year", "input", "most", *unions.QUANTILES))
    adds = frame(dataset, "shifting_next", ("outcome", "step", "player", "year", "verdict", "best", *unions.QUANTILES))
    outcome = plan.settings["outcome"] if plan.settings["outcome"] in set(adds["outcome"]) else adds["outcome"].iloc[0]
    adds = adds[adds["outcome"] == outcome].sort_values(["step", "player"])
    taken = dict(binds[binds["step"] > 0].drop_duplicates("step")[["step", "player"]].itertuples(index=False, name=None))
    factor = words.factor("quantity", outcome)
    adds = adds.assign(
        panel=NEXT,
        units=words.unit("quantity", outcome),
        taken=[taken.get(step + 1) == player for step, player in zip(adds["step"], adds["player"], strict=True)],
        **{key: adds[key] * factor for key in unions.QUANTILES},
    )
    made = pd.concat([binds.assign(panel=BINDS, units="1"), adds], ignore_index=True)
    texts = ("player", "scenario", "input", "outcome", "verdict")
    made = made.fillna(dict.fromkeys(texts, "") | {"most": 0.0, "best": 0.0, "taken": False})
    return made.astype({"taken": bool})
