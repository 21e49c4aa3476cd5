"""What the data say about each parameter: its posterior against its prior, the informed ones by name, all others as a strip."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.show.calibrated import frame
from sim.show.charts.bands import BLUE, DATA, patch
from sim.show.panels import EDGE, POINT, Box, add_axes, foot, head, notes_height, put, rule
from sim.show.registry import CALIBRATION, Look, Plan, figure
from sim.show.style import FAINT, INK, SMALL, SOFT, WIDE, sheet
from sim.show.text import width, wrap

NINETY = 1.6449
"""Half the 90 % interval of a standard normal: prior places are standard normal."""

REACH = 4.0
"""Prior places drawn to either side."""

NAMES, ORIGIN, NUMBERS, ROW, STRIP = 57.0, 13.0, 47.0, 3.7, 26.0
"""Widths of the columns beside the chart, height of a row and of the strip, mm."""

MOST = 36
"""Parameters that get a row of their own; further informed ones stand in the strip."""

GROUND = "#ececec"
"""Ground of the prior's 90 % interval."""

ORIGINS: tuple[tuple[str, str], ...] = (
    ("elicited", "#555555"),
    ("assumed", "#8a5b00"),
    ("evidence", "#00704f"),
    ("refitted", "#AA3377"),
)
"""Inks of where a prior comes from, dark enough for text."""

COLUMNS = (
    *("name", "unit", "origin", "basis", "prior_q05", "prior_q50", "prior_q95", "posterior_q05", "posterior_q50"),
    *("posterior_q95", "contraction", "shift", "mode", "mode_place", "at_bound", "informed"),
)


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw a row for each informed parameter, in places of its prior, and a strip of all others."""
    rows, strip = (table[table["part"] == part].reset_index(drop=True) for part in ("row", "strip"))
    notes = look.notes()
    low = notes_height(look, notes, WIDE)
    page = sheet(WIDE, low + 24.0 + ROW * len(rows) + (STRIP + 8.0 if len(strip) else 0.0))
    top = head(page, look)
    foot(page, look, notes)
    top = _key(page, look, top) - 6.0
    left, right = EDGE + NAMES + ORIGIN, WIDE - EDGE - NUMBERS
    box = Box(left, top - ROW * len(rows), right - left, ROW * len(rows))
    language = look.words.language
    for x, name in ((EDGE, "parameter"), (EDGE + NAMES, "origin"), (right + 3.0, "numbers")):
        put(page, (x, top + 1.0), look.settings[f"columns_{language}"][name], fontsize=SMALL, color=SOFT, va="bottom")
    if len(rows):
        _rows(page, look, rows, box)
    if len(strip):
        _strip(page, look, strip, Box(EDGE + 8.0, low + 3.0, WIDE - 2 * EDGE - 8.0, STRIP - 3.0))
    return page


def _key(page: Figure, look: Look, top: float) -> float:
    """Draw what bar, line and marks mean and return where that ends (mm)."""
    told, y = look.settings[f"key_{look.words.language}"], top - 2.0
    x = EDGE
    for name in ("prior_interval", "posterior_interval", "mode", "at_bound"):
        if name == "prior_interval":
            patch(page, Box(x, y - 1.3, 6.0, 2.6), GROUND)
        elif name == "posterior_interval":
            rule(page, [(x, y), (x + 6.0, y)], color=BLUE, linewidth=1.6)
            rule(page, [(x + 3.0, y)], color=BLUE, marker="o", markersize=3.0, linewidth=0)
        else:
            rule(page, [(x + 3.0, y)], **_diamond(name == "at_bound"))
        put(page, (x + 7.2, y), told[name], va="middle")
        x += 11.0 + width(told[name], 7.0) * POINT
    return y - 2.2


def _diamond(at_bound: bool) -> dict[str, object]:
    color = DATA if at_bound else INK
    return {
        "color": color,
        "markerfacecolor": color if at_bound else "white",
        "marker": "D",
        "markersize": 2.6,
        "markeredgewidth": 0.7,
        "linewidth": 0,
        "zorder": 5,
    }


def _rows(page: Figure, look: Look, rows: pd.DataFrame, box: Box) -> None:
    axes = add_axes(page, box)
    axes.axvspan(-NINETY, NINETY, color=GROUND, linewidth=0, zorder=0)
    axes.axvline(0.0, color="white", linewidth=0.8, zorder=0.5)
    for place, row in enumerate(rows.itertuples()):
        axes.plot(
            np.clip([row.place_low, row.place_high], -REACH, REACH),
            [place] * 2,
            color=BLUE,
            linewidth=1.6,
            gid=f"row|{row.name}",
        )
        axes.plot(np.clip([row.shift], -REACH, REACH), [place], color=BLUE, marker="o", markersize=3.0)
        axes.plot(np.clip([row.mode_place], -REACH, REACH), [place], **_diamond(bool(row.at_bound)))
        y = box.top - (place + 0.5) * ROW
        name = wrap(look.words.unknown(row.name), room=(NAMES - 1.0) / POINT, size=SMALL)
        put(page, (EDGE, y), name[0] if len(name) == 1 else f"{name[0]} …", fontsize=SMALL, va="middle")
        put(
            page,
            (EDGE + NAMES, y),
            _origin(look, row.origin),
            fontsize=SMALL,
            va="middle",
            color=dict(ORIGINS).get(row.origin, SOFT),
        )
        put(page, (box.right + 3.0, y), _numbers(row), fontsize=SMALL, va="middle")
    axes.set_ylim(len(rows) - 0.5, -0.5)
    _places(axes)


def _places(axes: Axes) -> None:
    axes.set_xlim(-REACH, REACH)
    axes.set_xticks([-3, -NINETY, 0, NINETY, 3], ["−3", "5 %", "50 %", "95 %", "+3"])
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


def _origin(look: Look, origin: str) -> str:
    return str(look.settings[f"origins_{look.words.language}"].get(origin, origin))


def _numbers(row: object) -> str:
    """Return prior and posterior medians and 90 % intervals in the parameter's unit."""
    parts = []
    for footing in ("prior", "posterior"):
        low, middle, high = (_short(getattr(row, f"{footing}_{quantile}")) for quantile in ("q05", "q50", "q95"))
        parts.append(f"{middle} ({low}–{high})")
    return " → ".join(parts)


def _short(value: float) -> str:
    """Return ``value`` with two or three digits, whatever its size."""
    text = f"{value:.2g}" if abs(value) < 1e4 and (abs(value) >= 1e-3 or value == 0) else f"{value:.1e}"
    mantissa, mark, power = text.partition("e")
    return (f"{mantissa}e{int(power)}" if mark else f"{float(text):g}").replace("-", "−")


def _strip(page: Figure, look: Look, strip: pd.DataFrame, box: Box) -> None:
    inks = dict(ORIGINS)
    axes = add_axes(page, box)
    axes.axhspan(-NINETY, NINETY, color=GROUND, linewidth=0, zorder=0)
    for place, row in enumerate(strip.itertuples()):
        color = inks.get(row.origin, SOFT)
        ends = np.clip([row.place_low, row.place_high], -REACH, REACH)
        axes.plot([place] * 2, ends, color=color, linewidth=0.5, gid=f"strip|{row.name}")
        axes.plot([place], [row.shift], color=color, marker="o", markersize=1.0)
        if row.at_bound:
            axes.plot([place], np.clip([row.mode_place], -REACH, REACH), **{**_diamond(True), "markersize": 1.8})
    axes.set_xlim(-1.0, len(strip))
    axes.set_ylim(-REACH, REACH)
    axes.set_yticks([-NINETY, 0, NINETY], ["5 %", "50 %", "95 %"])
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    rule(page, [(EDGE, box.top + 5.6), (WIDE - EDGE, box.top + 5.6)], color=FAINT)
    told = look.settings[f"strip_{look.words.language}"].format(count=len(strip))
    put(page, (EDGE, box.top + 1.2), told, fontsize=SMALL, color=SOFT, va="bottom")
    x = EDGE + width(told, SMALL) * POINT + 4.0
    for origin, color in ORIGINS:
        if (strip["origin"] == origin).any():
            put(page, (x, box.top + 1.2), _origin(look, origin), fontsize=SMALL, color=color, va="bottom")
            x += width(_origin(look, origin), SMALL) * POINT + 3.0


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return how many parameters are shown how, which are informed most and which have their mode beyond the prior's bounds."""
    listed = table.sort_values("contraction", ascending=False, kind="stable")
    most = [look.words.unknown(name) for name in listed["name"][:5]]
    bound = [look.words.unknown(name) for name in table[table["at_bound"]]["name"]]
    none = look.settings[f"none_{look.words.language}"]
    return {
        "rows": f"{(table['part'] == 'row').sum()}",
        "strip": f"{(table['part'] == 'strip').sum()}",
        "most": look.words.text("comma").join(most),
        "bounds": look.words.text("comma").join(bound) or none,
    }


@figure("prior_posterior", render=render, facts=facts, width=WIDE, needs=("parameters",), kind=CALIBRATION)
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return all parameters, the most informed first; ``place_low`` and ``place_high`` bound the posterior in prior places.

    They are the posterior's mean ± 1.645 of its standard deviations, the 90 % interval of a normal.
    """
    table = frame(dataset, "parameters", COLUMNS).rename(columns={"unit": "units"})
    table = table.assign(at_bound=table["at_bound"].astype(bool), informed=table["informed"].astype(bool))
    spread = 1.0 - table["contraction"]
    table = table.assign(place_low=table["shift"] - NINETY * spread, place_high=table["shift"] + NINETY * spread)
    table = table.sort_values(["informed", "contraction", "name"], ascending=[False, False, True], ignore_index=True)
    place = np.arange(len(table))
    return table.assign(part=np.where(table["informed"] & (place < MOST), "row", "strip"))
