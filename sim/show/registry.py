"""What a figure is: a table made from a result, and a drawing made from that table alone.

The split is the promise that the CSV beside a figure is exactly what is drawn.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from sim.show.style import Stroke, stroke
from sim.show.words import Words

DIGITS = 6
"""Significant digits of what is drawn and written."""


@dataclass(frozen=True)
class Plan:
    """What a figure's table is made from, beside the result.

    Attributes:
        settings: the figure's own section of ``figures.toml``.
        folder: the model's folder of data (names, outcomes, series).
        member: which of a family of figures, e.g. a view; empty for a single figure.
    """

    settings: Mapping[str, Any]
    folder: Path
    member: str = ""


@dataclass(frozen=True)
class Look:
    """What a drawing needs beside its table.

    Attributes:
        words: display names in one language.
        settings: the figure's own section of ``figures.toml``.
        scenarios: labels of the result's scenarios in that language, by name.
        member: which of a family of figures.
    """

    words: Words
    settings: Mapping[str, Any]
    scenarios: Mapping[str, str]
    member: str = ""

    def scenario(self, name: str, *, short: bool = False) -> str:
        """Return the label of a scenario: the model's own display name, else what the result calls it."""
        known = self.words.knows("scenario", name)
        return self.words("scenario", name, short=short) if known else self.scenarios.get(name, name)

    def stroke(self, name: str) -> Stroke:
        """Return the fixed line of a scenario."""
        others = sorted(self.scenarios)
        return stroke(name, others.index(name) if name in others else 0)


Prepare = Callable[[xr.Dataset, Plan], pd.DataFrame]
Render = Callable[[pd.DataFrame, Look], Figure]
Facts = Callable[[pd.DataFrame, Look], Mapping[str, str]]
Made = TypeVar("Made", bound=Prepare)


@dataclass(frozen=True)
class Spec:
    """A registered figure.

    Attributes:
        name: folder of its bundle; the first part of it in a family.
        prepare: result → table of what is drawn.
        render: table → drawing.
        facts: table → values that its caption quotes.
        width: print width, mm.
        needs: roles and scenarios the result must hold; ``baseline`` and ``twin`` are roles.
        family: whether one figure is drawn per member of ``members`` in its settings.
    """

    name: str
    prepare: Prepare
    render: Render
    facts: Facts
    width: float
    needs: tuple[str, ...]
    family: bool


def no_facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return nothing: for captions that quote no values."""
    return {}


def figure(
    name: str, *, render: Render, width: float, needs: Sequence[str] = (), facts: Facts = no_facts, family: bool = False
) -> Callable[[Made], Made]:
    """Register the decorated function, which makes the table of what is drawn, as the figure ``name``."""

    def register(prepare: Made) -> Made:
        prepare.spec = Spec(name, prepare, render, facts, width, tuple(needs), family)  # type: ignore[attr-defined]
        return prepare

    return register


def rounded(table: pd.DataFrame) -> pd.DataFrame:
    """Return ``table`` with its numbers at :data:`DIGITS` significant digits, so that last bits never show."""

    def short(number: float) -> float:
        return float(f"{number:.{DIGITS}g}") + 0.0 if np.isfinite(number) else number

    numeric = table.select_dtypes("floating").columns
    return table.assign(**{column: table[column].map(short) for column in numeric})
