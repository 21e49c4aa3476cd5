"""What a figure is: a table made from a result, and a drawing made from that table alone.

The split is the promise that the CSV beside a figure is exactly what is drawn.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from sim.show.asked import NOTHING_ASKED, Asked
from sim.show.style import SMALL, Stroke, fixed, stroke
from sim.show.text import width
from sim.show.words import Words

DIGITS = 6
"""Significant digits of what is drawn and written."""

SHORT = 32.0
"""Points that a label at the end of a line may be wide; a letter stands for longer ones."""


@dataclass(frozen=True)
class Plan:
    """What a figure's table is made from, beside the result.

    Attributes:
        settings: the figure's own section of ``figures.toml``, the years shown (``start``, ``stop``) fitted to the result.
        folder: the model's folder of data (names, outcomes, series).
        member: which of a family of figures, e.g. a view; empty for a single figure.
        question: what the result was asked.
    """

    settings: Mapping[str, Any]
    folder: Path
    member: str = ""
    question: Asked = NOTHING_ASKED


@dataclass(frozen=True)
class Look:
    """What a drawing needs beside its table.

    Attributes:
        words: display names in one language.
        settings: as in :class:`Plan`.
        scenarios: labels of the result's scenarios in that language, by name, in the result's order.
        member: which of a family of figures.
        question: what the result was asked.
        shown: scenarios in the figure's table, in order.
        told: values that texts of the figure quote.
    """

    words: Words
    settings: Mapping[str, Any]
    scenarios: Mapping[str, str]
    member: str = ""
    question: Asked = NOTHING_ASKED
    shown: tuple[str, ...] = ()
    told: Mapping[str, str] = field(default_factory=dict)

    def say(self, key: str) -> str:
        """Return the wording ``key`` of the figure; the one for own packages if it shows others than its settings list."""
        language = self.words.language
        own = f"{key}_own_{language}"
        listed = [self.question.baseline if name == "baseline" else name for name in self.settings.get("scenarios", ())]
        usual = set(self.shown) <= set(listed) | {self.question.baseline} and all(map(self._shipped, self.shown))
        whole = usual and set(listed) <= set(self.shown)
        return self.settings[own if own in self.settings and not whole else f"{key}_{language}"].format_map(self.told)

    def notes(self) -> list[str]:
        """Return the notes below the figure: its own, what letters stand for, and what differs in how measures are adopted."""
        key = f"note_{self.words.language}"
        codes = "" if "{key}" in self.settings[key] or self.settings.get("whole_labels") else self.told["codes"]
        return [note for note in (self.say("note"), codes, self.told["exceptions"]) if note]

    def scenario(self, name: str) -> str:
        """Return the label of a scenario: the model's own display name, else what the result calls it."""
        label = self.words("scenario", name) if self._shipped(name) else self.scenarios.get(name, name)
        if name == self.question.baseline and not self._shipped(name):
            return self.words.text("baseline named").format(label=label)
        return label

    def label(self, name: str, *, short: bool = False) -> str:
        """Return the label of a scenario inside a sentence, or at the end of a line, where long ones become letters."""
        if not short:
            return self.scenario(name)
        if self._shipped(name):
            return self.words("scenario", name, short=True)
        if name == self.question.baseline:
            return self.words.text("baseline")
        label = self.scenarios.get(name, name)
        return self._letter(name) if width(label, SMALL) > SHORT else label

    def coded(self, name: str) -> bool:
        """Tell whether a letter stands for the scenario where room is short."""
        return name in self._own() and self.label(name, short=True) != self.scenarios.get(name, name)

    def gloss(self, name: str) -> str:
        """Return what the short label of a scenario stands for; empty if it is the whole one."""
        short, label = self.label(name, short=True), self.scenario(name)
        if label in (short, self.words.text("baseline named").format(label=short)) or name == self.question.baseline:
            return ""
        return label if label.startswith(short) else self.words.text("gloss").format(short=short, label=label)

    def stroke(self, name: str) -> Stroke:
        """Return the fixed line of a scenario; those the house does not know take the spare ones in the result's order."""
        own = [each for each in self.scenarios if not fixed(each) and each != self.question.baseline]
        return stroke(name, own.index(name) if name in own else 0)

    def _shipped(self, name: str) -> bool:
        """Tell whether a scenario is one the model has a display name for, and the result calls it so."""
        known = self.words.knows("scenario", name)
        return known and self.scenarios.get(name, "") in ("", name, self.words("scenario", name))

    def _own(self) -> list[str]:
        roles = (self.question.baseline, self.question.twin)
        return [name for name in self.scenarios if name not in roles and not self._shipped(name)]

    def _letter(self, name: str) -> str:
        position = self._own().index(name)
        return chr(ord("A") + position) if position < 26 else f"{position + 1}"


STUDY, CALIBRATION, ADVICE = "study", "calibration", "advice"
"""Kinds of results: scenarios compared, a model set against history, and questions answered over many worlds."""

Prepare = Callable[[xr.Dataset, Plan], pd.DataFrame]
Render = Callable[[pd.DataFrame, Look], Figure]
Facts = Callable[[pd.DataFrame, Look], Mapping[str, str]]
Unfit = Callable[[xr.Dataset, Plan], str]
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
        needs: roles and scenarios the result must hold (``baseline`` and ``twin`` are roles), or tables.
        family: whether one figure is drawn per member of ``members`` in its settings.
        unfit: why the result, though it has what is needed, would make an empty or false figure; empty if it would not.
        kind: the kind of result it is drawn of.
    """

    name: str
    prepare: Prepare
    render: Render
    facts: Facts
    width: float
    needs: tuple[str, ...]
    family: bool
    unfit: Unfit
    kind: str


def no_facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return nothing: for captions that quote no values."""
    return {}


def always_fit(dataset: xr.Dataset, plan: Plan) -> str:
    """Return nothing: for figures that make sense whatever the result holds."""
    return ""


def figure(
    name: str,
    *,
    render: Render,
    width: float,
    needs: Sequence[str] = (),
    facts: Facts = no_facts,
    family: bool = False,
    unfit: Unfit = always_fit,
    kind: str = STUDY,
) -> Callable[[Made], Made]:
    """Register the decorated function, which makes the table of what is drawn, as the figure ``name``."""

    def register(prepare: Made) -> Made:
        prepare.spec = Spec(name, prepare, render, facts, width, tuple(needs), family, unfit, kind)  # type: ignore[attr-defined]
        return prepare

    return register


def rounded(table: pd.DataFrame) -> pd.DataFrame:
    """Return ``table`` with its numbers at :data:`DIGITS` significant digits, so that last bits never show."""

    def short(number: float) -> float:
        return float(f"{number:.{DIGITS}g}") + 0.0 if np.isfinite(number) else number

    numeric = table.select_dtypes("floating").columns
    return table.assign(**{column: table[column].map(short) for column in numeric})
