"""Answers in plain sentences, in English and Chinese: every number from a table, no claim beyond its interval.

A module of ``sim.show.sentences`` registers, for each question, a function from a :class:`Voice` to sentences.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import xarray as xr

from sim.results.tables import table
from sim.show import kinds
from sim.show.registry import ADVICE, Look
from sim.show.words import load

MODULES: tuple[str, ...] = (
    "packages",
    "attribution",
    "ordering",
    "timing",
    "pathways",
    "robustness",
    "information",
    "sensitivity",
)
"""Modules of ``sim.show.sentences``, in the order in which answers are told."""

Saying = Callable[["Voice"], list[str]]
Made = TypeVar("Made", bound=Saying)


@dataclass(frozen=True)
class Voice:
    """What sentences about one question are made with.

    Attributes:
        dataset: answers.
        look: names, labels and facts in one language, as figures have them.
        templates: the section ``[say.<question>]`` of the definitions.
        shared: the section ``[say.common]``: wordings of ranges.
    """

    dataset: xr.Dataset
    look: Look
    templates: Mapping[str, Any]
    shared: Mapping[str, Any]

    @property
    def language(self) -> str:
        """``en`` or ``zh``."""
        return self.look.words.language

    def has(self, name: str) -> bool:
        """Tell whether the answers hold the table ``name``."""
        return any(str(key).startswith(f"{name}.") for key in self.dataset.data_vars)

    def frame(self, name: str) -> pd.DataFrame:
        """Return the table ``name`` of the answers."""
        return pd.DataFrame(table(self.dataset, name))

    def say(self, key: str, **facts: str) -> str:
        """Return the sentence ``key``, filled with ``facts`` and with what every figure may quote."""
        text = str(self.templates[f"{key}_{self.language}"]).format_map({**self.look.told, **facts})
        return " ".join(text.split()) if self.language == "en" else text.replace("\n", "")

    def quantity(self, name: str) -> str:
        """Return the display name of an outcome, with its reading (``peak of``, ``mean of``) if it has one."""
        return self.look.words.inside("quantity", name)

    def spoken(self, name: str) -> tuple[str, float]:
        """Return the unit in which sentences tell the outcome ``name``, and the factor from the model's unit to it."""
        return self.look.words.spoken("quantity", name)

    def unit(self, name: str) -> str:
        """Return the unit in which sentences tell the outcome ``name``."""
        return self.spoken(name)[0]

    def factor(self, name: str) -> float:
        """Return what values of the outcome ``name`` in the model's unit are multiplied with before they are told."""
        return self.spoken(name)[1]

    def scenario(self, name: str) -> str:
        """Return the label of a scenario."""
        return self.look.scenario(name)

    def measure(self, name: str) -> str:
        """Return the display name of a measure."""
        return self.look.words("measure", name)

    def list(self, items: Iterable[str]) -> str:
        """Return ``items`` as people list them."""
        found = [*items]
        if len(found) < 2:
            return "".join(found)
        mark = self.look.words.text("comma")
        return mark.join(found[:-1]) + str(self.shared[f"and_{self.language}"]) + found[-1]

    def number(self, value: float, digits: int = 2) -> str:
        """Return ``value`` with ``digits`` significant digits, thousands separated, a true minus."""
        if not np.isfinite(value):
            return "–"
        rounded = float(f"{value:.{digits}g}")
        places = max(0, digits - 1 - int(np.floor(np.log10(abs(rounded))))) if rounded else 0
        return f"{rounded:,.{places}f}".replace("-", "−")

    def signed(self, value: float, digits: int = 2) -> str:
        """Return ``value`` as :meth:`number` does, with its sign; zero has none."""
        text = self.number(value, digits)
        return text if text.startswith("−") or text.strip("0.") == "" else f"+{text}"

    def percent(self, share: float) -> str:
        """Return a share as a percentage; all and none are said only where it is all or none."""
        rounded = round(100 * share)
        number = ">99" if rounded == 100 and share < 1 else "<1" if rounded == 0 and share > 0 else f"{rounded}"
        return f"{number}%" if self.language == "zh" else f"{number} %"

    def range(self, low: float, middle: float, high: float, *, unit: str = "%", signed: bool = True) -> str:
        """Return a median with the interval of nine worlds in ten; an interval across zero says that the sign is open.

        Arguments:
            low: 5 % quantile over the worlds.
            middle: median.
            high: 95 % quantile.
            unit: unit of all three, as it is to be read.
            signed: whether they are differences.
        """
        write = self.signed if signed else self.number
        digits = 2 if max(abs(low), abs(middle), abs(high)) < 100 else 3
        key = "open" if signed and low < 0 < high else "range"
        space = "" if not unit or self.language == "zh" else " "
        facts = {"low": write(low, digits), "middle": write(middle, digits), "high": write(high, digits)}
        return str(self.shared[f"{key}_{self.language}"]).format(**facts, unit=f"{space}{unit}")


def said(question: str) -> Callable[[Made], Made]:
    """Register the decorated function as what is said of the answers to ``question``."""

    def register(function: Made) -> Made:
        function.question = question  # type: ignore[attr-defined]
        return function

    return register


def sayings() -> Mapping[str, Saying]:
    """Return what is said of each question, by its name, in the order in which it is told."""
    modules = [import_module(f"sim.show.sentences.{name}") for name in MODULES]
    return {item.question: item for module in modules for item in vars(module).values() if hasattr(item, "question")}


def sentences(dataset: xr.Dataset, language: str) -> dict[str, tuple[str, ...]]:
    """Return the sentences about every question that ``dataset`` answers, by question.

    Arguments:
        dataset: answers, as :func:`sim.analysis.advice.questions.answer` makes them.
        language: ``en`` or ``zh``.
    """
    folder = kinds.home_of(dataset)
    definitions = kinds.definitions(folder, ADVICE)
    words = load(folder, language)
    labels = kinds.labels(dataset, language)
    facts = kinds.told(dataset, definitions["common"], words)
    look = Look(words, definitions["common"], labels, question=kinds.question(dataset), told=facts)
    asked = {str(key).partition(".")[0] for key in dataset.data_vars}
    return {
        name: tuple(saying(Voice(dataset, look, definitions["say"].get(name, {}), definitions["say"]["common"])))
        for name, saying in sayings().items()
        if name in asked
    }
