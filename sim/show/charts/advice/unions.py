"""Packages and their differences as several figures of answers show them: which, under what name, in what unit, how sure."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.analysis.worlds import DOWN, UP
from sim.show.calibrated import frame
from sim.show.panels import Box, size_of
from sim.show.registry import Look
from sim.show.style import FAINT
from sim.show.words import Words

ALIAS: Mapping[str, str] = {"R1+R2+R3+R4+R5+R6+R7": "all", "R2+R3+R4+R5+R6+R7": "R2_R7"}
"""Unions of recommendations that have a display name and a line of their own, by their parts."""

SETTLED = (UP, DOWN)
"""Verdicts under which the sign of a difference is the same in nearly all worlds."""

QUANTILES = ("q05", "q25", "q50", "q75", "q95")
"""Columns of quantiles over the worlds."""

PERCENT = "%"
"""Unit of differences in per cent of the baseline."""


def packages(dataset: xr.Dataset, settings: Mapping[str, Any], columns: Sequence[str]) -> pd.DataFrame:
    """Return the table ``packages`` in its last year: smallest packages, those of ``settings``, and the one of all.

    ``scenario`` is the name a package is shown under; a store of few packages is shown whole.
    """
    missing = [column for column in columns if column.startswith("percent_")]
    table = frame(dataset, "packages", ("package", "parts", "size", "year", *columns), missing=missing)
    table = table[table["year"] == table["year"].max()]
    if table["package"].nunique() > settings["most"]:
        largest = table["size"].max()
        alone = table["size"] == 1
        named = table["parts"].map(lambda name: ALIAS.get(name, name)).isin(settings["unions"])
        table = table[alone | named | (table["size"] == largest)]
    return table.assign(scenario=[ALIAS.get(parts, name) for parts, name in zip(table["parts"], table["package"], strict=True)])


def shown(table: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Return ``table`` with its quantiles in per cent of the baseline, or where that has no meaning in the unit shown."""
    relative = np.isfinite(table["percent_q50"])
    factor = table["outcome"].map(lambda name: words.factor("quantity", name))
    unit = table["outcome"].map(lambda name: words.unit("quantity", name) or "1")
    quantiles = [each for each in QUANTILES if f"percent_{each}" in table]
    numbers = {each: table[f"percent_{each}"].where(relative, table[each] * factor) for each in quantiles}
    return table.assign(**numbers, units=unit.where(~relative, PERCENT)).drop(columns=[f"percent_{each}" for each in quantiles])


def heading(look: Look, name: str, units: str) -> str:
    """Return an outcome with its unit in brackets: per cent if ``units`` say so, else the one it is shown in."""
    text, told = look.words("quantity", name, short=True), PERCENT if units == PERCENT else look.words.unit("quantity", name)
    brackets = "{name}（{unit}）" if look.words.language == "zh" else "{name} ({unit})"
    return brackets.format(name=text, unit=told) if told else text


def number(value: float) -> str:
    """Return ``value`` with its sign, to one decimal place below ten, a true minus, no sign of what rounds to zero."""
    places = 0 if abs(value) >= 9.95 else 1
    text = f"{value:+,.{places}f}"
    return (text[1:] if float(text.replace(",", "")) == 0 else text).replace("-", "−")


def adaptive(value: float, whole: float) -> str:
    """Return ``value`` with its sign and two significant digits, but no more decimals than beside ``whole`` make sense."""
    if value == 0:
        return "0"
    rounded = float(f"{value:.2g}")
    most = max(0, 3 - int(np.floor(np.log10(abs(whole))))) if whole else 3
    places = min(max(0, 1 - int(np.floor(np.log10(abs(rounded))))), most)
    text = f"{rounded:+,.{places}f}"
    return "0" if float(text.replace(",", "")) == 0 else text.replace("-", "−")


def level(value: float) -> str:
    """Return ``value`` with three significant digits, without a sign."""
    places = max(0, 2 - int(np.floor(np.log10(abs(value))))) if value else 0
    return f"{value:,.{min(places, 3)}f}".replace("-", "−")


def tile(page: Figure, box: Box, color: Any, *, hatched: bool = False, gid: str = "") -> None:
    """Fill ``box`` (mm) as a cell of a table; hatched where nothing is settled."""
    wide, high = size_of(page)
    page.add_artist(
        Rectangle(
            (box.left / wide, box.bottom / high),
            box.width / wide,
            box.height / high,
            transform=page.transFigure,
            facecolor=color,
            edgecolor=FAINT,
            linewidth=0.4,
            hatch="////" if hatched else None,
            gid=gid,
        )
    )
