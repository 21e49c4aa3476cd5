"""What figures of sensitivity share: which outputs are shown, what unknowns and outputs are called."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.show.calibrated import frame
from sim.show.charts.advice import unions
from sim.show.panels import EDGE, POINT, Box, cells, notes_height, opened, put
from sim.show.registry import Look, Plan
from sim.show.style import LABEL, SMALL, WIDE
from sim.show.text import width, wrap

KEYS = ("scenario", "outcome", "year", "of")
"""Columns that name an output."""

GAIN = "gain"


def called(look: Look, uncertainty: str, constant: str) -> str:
    """Return the display name of an uncertainty, or of a group, whose ``constant`` is empty; its own where there is none."""
    if constant:
        return look.words.unknown(constant)
    return look.words("area", uncertainty) if look.words.knows("area", uncertainty) else uncertainty


def laid_out(
    table: pd.DataFrame, look: Look, *, row: float, around: tuple[float, float, float]
) -> tuple[Figure, list[tuple[pd.DataFrame, Box]]]:
    """Return a page of panels in two columns, and for each panel its rows of ``table`` and the box it may fill.

    Arguments:
        table: rows with ``panel``.
        look: how the figure speaks.
        row: height of a row, mm.
        around: room above and below the rows of a panel, space between the columns, mm.
    """
    above, below, gap = around
    parts = [part for _, part in table.groupby("panel", sort=False)]
    deep = -(-len(parts) // 2)
    tall = deep * (above + max(len(part) for part in parts) * row + below)
    page, top, _ = opened(look, (WIDE, notes_height(look, look.notes(), WIDE) + 2.0 + tall + 9.0))
    area = Box(EDGE, top - tall, WIDE - 2 * EDGE, tall)
    boxes = cells(area, rows=deep, columns=2, gap=(gap, 0.0))
    return page, [
        (part, Box(cell.left, cell.top - above - len(part) * row, cell.width, len(part) * row))
        for part, cell in zip(parts, boxes, strict=False)
    ]


def shortened(text: str, room: float) -> str:
    """Return ``text``, cut with an ellipsis where it is wider than ``room`` points at the small size."""
    if width(text, SMALL) <= room:
        return text
    cut = text
    while cut and width(f"{cut.rstrip()}…", SMALL) > room:
        cut = cut[:-1]
    return f"{cut.rstrip()}…"


def selected(table: pd.DataFrame, dataset: xr.Dataset, plan: Plan, *, name: str) -> pd.DataFrame:
    """Return the rows of the outputs that are shown, in order, with ``panel`` and what ``<name>_outputs`` tells of each.

    Shown are those that the settings list under ``outputs`` ([of, outcome]); of gains, that of the package ``package``, or of
    the last one there is; in the last year.  If none of them was asked, the first ones that were, as many as the settings list.
    """
    columns = [*KEYS, "used", "left_out", "factors", "constant", "q05", "q50", "q95"]
    outputs = frame(dataset, f"{name}_outputs", columns).rename(columns={"constant": "still"})
    outputs = outputs[(outputs["year"] == outputs["year"].max()) & ~outputs["still"].astype(bool)]
    gains = list(dict.fromkeys(outputs[outputs["of"] == GAIN]["scenario"]))
    package = plan.settings["package"] if plan.settings["package"] in gains else gains[-1] if gains else ""
    outputs = outputs[(outputs["of"] != GAIN) | (outputs["scenario"] == package)]
    listed = [tuple(each) for each in plan.settings["outputs"]]
    pairs = list(zip(outputs["of"], outputs["outcome"], strict=True))
    shown = [pair for pair in listed if pair in pairs] or pairs[: len(listed)]
    parts = []
    for pair in shown:
        output = outputs.iloc[pairs.index(pair)]
        rows = of_output(table, output).sort_values("place", kind="stable")
        more = {key: output[key] for key in ("used", "left_out", "factors")}
        parts.append(rows.assign(panel=f"{pair[0]}|{pair[1]}", **more))
    return pd.concat(parts, ignore_index=True)


def of_output(table: pd.DataFrame, output: Any) -> pd.DataFrame:
    """Return the rows of ``table`` about ``output``."""
    keys = list(KEYS)
    return table[(table[keys] == output[keys]).all(axis=1)]


def factor(look: Look, row: Any) -> float:
    """Return what values of an output are multiplied with before they are shown."""
    return 1.0 if row["units"] == "%" else look.words.factor("quantity", row["outcome"])


def unit(look: Look, row: Any) -> str:
    """Return the unit in which an output is shown; points of per cent where a gain is in per cent of the baseline."""
    if row["units"] == "%":
        return str(look.settings[f"percent_{look.words.language}"])
    return look.words.unit("quantity", row["outcome"])


def titled(look: Look, row: Any) -> str:
    """Return what a panel shows: an outcome's level in the baseline, or a package's gain of it."""
    text = look.settings[f"{row['of']}_{look.words.language}"]
    return str(text).format(
        outcome=look.words("quantity", row["outcome"], short=True), package=look.label(alias(row["scenario"]), short=True)
    )


def alias(name: str) -> str:
    """Return the name under which a package is shown: that of a union which has a name of its own."""
    return unions.ALIAS.get(name.replace(".", "+"), name)


def panel_heading(page: Figure, look: Look, row: Any, *, box: Box, left: float, units: bool = True) -> None:
    """Write above ``box`` what a panel shows, and in which unit, from ``left`` (mm)."""
    told = unit(look, row) if units else ""
    comma = "，" if look.words.language == "zh" else ", "
    text = titled(look, row) + (f"{comma}{told}" if told else "")
    lines = wrap(text, room=(box.right - left) / POINT, size=LABEL)
    put(page, (left, box.top + 1.0), "\n".join(lines), fontsize=LABEL, va="bottom")


def few_ticks(axes: Axes, greatest: float) -> None:
    """Give ``axes`` a few round ticks from zero to ``greatest``."""
    marks = [mark for mark in MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]).tick_values(0.0, greatest) if 0 <= mark <= greatest]
    axes.set_xticks(marks)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.10g}".replace("-", "−"))


def told_of(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return what texts quote of the outputs shown: factors, points used and left out, rows of a panel, year."""
    lost = int(table["left_out"].max())
    return {
        "factors": f"{table['factors'].max()}",
        "points": f"{table['used'].min()}",
        "left_out": look.settings[f"lost_{look.words.language}"].format(count=lost) if lost else "",
        "rows": f"{table.groupby('panel').size().max()}",
        "year": f"{table['year'].iloc[0]:.10g}",
    }
