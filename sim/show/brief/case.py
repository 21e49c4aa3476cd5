"""The case a brief is about: one package, the answers, one language; and the numbers and words every part is made with."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.worlds import DOWN, LITTLE, OPEN, QUANTILES, UP
from sim.show import kinds
from sim.show.brief.answers import Answers, Source
from sim.show.brief.document import Points, Prose
from sim.show.charts.advice.unions import ALIAS
from sim.show.registry import ADVICE, Look
from sim.show.voice import Voice
from sim.show.words import Words, load

CLOSE = 0.01
"""Distance of a share from none or all below which whole per cents would say none or all."""


@dataclass(frozen=True)
class Effect:
    """What the package does to one outcome: a paired difference as it is shown.

    Attributes:
        outcome: its name.
        better: whether ``more``, ``less`` or ``neither`` of it is better.
        group: group of the outcome.
        unit: unit of the numbers, ``%`` for per cent of the baseline.
        spread: quantiles over the worlds, by the names of :data:`sim.analysis.worlds.QUANTILES`.
        up: share of worlds with more.
        verdict: up, down, open or small; open wherever the interval of nine worlds in ten crosses zero.
    """

    outcome: str
    better: str
    group: str
    unit: str
    spread: Mapping[str, float]
    up: float
    verdict: str

    @property
    def low(self) -> float:
        """5 % quantile."""
        return self.spread["q05"]

    @property
    def middle(self) -> float:
        """Median."""
        return self.spread["q50"]

    @property
    def high(self) -> float:
        """95 % quantile."""
        return self.spread["q95"]


@dataclass(frozen=True)
class Case:
    """What a brief is made from.

    Attributes:
        answers: stored answers.
        package: scenario of the table ``packages``.
        language: ``en`` or ``zh``.
    """

    answers: Answers
    package: str
    language: str

    @cached_property
    def home(self) -> Path:
        """Folder of data of the model."""
        return kinds.home_of(self.main.dataset)

    @cached_property
    def main(self) -> Source:
        """The file that holds the table of packages."""
        found = self.answers.source("packages")
        assert found is not None  # a package was found in that table before
        return found

    @cached_property
    def definitions(self) -> Mapping[str, Any]:
        """Texts and settings of figures and sentences of answers."""
        return kinds.definitions(self.home, ADVICE)

    @property
    def settings(self) -> Mapping[str, Any]:
        """Settings of the brief."""
        return self.definitions["brief"]

    def voice(self, table: str = "packages") -> Voice:
        """Return what sentences about ``table`` are made with; of the file that holds it."""
        found = self.answers.source(table) or self.main
        return self._voices[found.path]

    @cached_property
    def _voices(self) -> Mapping[Path, Voice]:
        said = self.definitions["say"]
        return {each.path: Voice(each.dataset, self.look(each), said["brief"], said["common"]) for each in self.answers.sources}

    @cached_property
    def words(self) -> Words:
        """Display names in the language."""
        return load(self.home, self.language)

    def look(self, source: Source, section: str = "") -> Look:
        """Return how a figure of ``source`` with the texts of ``section`` speaks."""
        words, common = self.words, self.definitions["common"]
        facts = kinds.told(source.dataset, common, words)
        labels = {**kinds.labels(source.dataset, self.language)}
        if source is self.main:
            labels |= {each: words("scenario", ALIAS[made]) for each, made in self.made.items() if made in ALIAS}
        settings = {**common, **self.definitions.get(section, {})}
        return Look(words, settings, labels, question=kinds.question(source.dataset), told={**facts, "package": self.label})

    @cached_property
    def made(self) -> Mapping[str, str]:
        """The parts of every package, with + between."""
        table = self._packages
        return dict(zip(table["package"], table["parts"], strict=True))

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """The smallest packages that make up this one; itself if it is none of their unions."""
        return tuple(self.made[self.package].split("+"))

    @cached_property
    def players(self) -> tuple[str, ...]:
        """The smallest packages that make up the largest one, which attribution shares the gain among."""
        return tuple(max((made.split("+") for made in self.made.values()), key=len))

    @cached_property
    def measures(self) -> tuple[str, ...]:
        """Measures that the package adopts beside those of the baseline."""
        table = self.main.scenarios.set_index("name")
        return tuple(sorted(str(table["measures"][self.package]).split()))

    @cached_property
    def label(self) -> str:
        """What the package is called."""
        words = self.words
        made = self.made[self.package]
        if made in ALIAS:
            phrase = words("phrase", ALIAS[made]) if words.knows("phrase", ALIAS[made]) else words("scenario", ALIAS[made])
            return phrase[:1].upper() + phrase[1:]
        if words.knows("scenario", self.package):
            return words("scenario", self.package)
        return kinds.labels(self.main.dataset, self.language).get(self.package, self.package)

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """Outcomes that the package addresses, as far as the answers tell of them."""
        own = self.settings["fields"]
        wanted = [name for part in self.parts for name in own.get(part, ())]
        return tuple(name for name in dict.fromkeys(wanted) if name in self.effects)

    @property
    def leading(self) -> str:
        """The one outcome that is looked into: the first the package addresses if it has one part, else joint papers."""
        common = [name for name in self.settings["collaboration"] if name in self.effects]
        return self.fields[0] if len(self.parts) == 1 and self.fields else (common or [*self.effects])[0]

    @cached_property
    def _packages(self) -> pd.DataFrame:
        table = self.answers.frame("packages")
        assert table is not None
        return table[table["year"] == table["year"].max()]

    @property
    def year(self) -> str:
        """The year in which outcomes are read."""
        return f"{self._packages['year'].max():.10g}"

    @cached_property
    def effects(self) -> Mapping[str, Effect]:
        """What the package does to each outcome, by name."""
        rows = self._packages[self._packages["package"] == self.package]
        return {str(row["outcome"]): self.effect(row) for _, row in rows.iterrows()}

    def effect(self, row: pd.Series) -> Effect:
        """Return a row with quantiles and a verdict as it is shown: in per cent, or in the unit of the outcome."""
        name = str(row["outcome"])
        relative = bool(np.isfinite(row["percent_q50"])) and name not in self.settings["own_unit"]
        factor, unit = (1.0, "%") if relative else self.scale(name)
        spread = {key: factor * float(row[f"percent_{key}" if relative else key]) for key in QUANTILES}
        verdict = str(row["verdict"])
        crossing = verdict in (UP, DOWN) and spread["q05"] <= 0 <= spread["q95"]
        group, better = str(row.get("group", "")), str(row.get("better", ""))
        return Effect(name, better, group, unit, spread, float(row.get("up", np.nan)), OPEN if crossing else verdict)

    def scale(self, outcome: str) -> tuple[float, str]:
        """Return what values of ``outcome`` in the model's unit are multiplied with, and the unit they then have."""
        own = self.settings["scales"].get(outcome)
        if own:
            return float(own["factor"]), str(own[f"unit_{self.language}"])
        voice = self.voice()
        return voice.factor(outcome), voice.unit(outcome)

    def drawn(self, effect: Effect) -> Effect:
        """Return ``effect`` in the unit in which figures show its outcome, which need not be the one that is spoken."""
        name = effect.outcome
        if effect.unit == "%" or name in self.settings["scales"]:
            return effect
        factor = self.words.factor("quantity", name) / self.scale(name)[0]
        spread = {key: factor * value for key, value in effect.spread.items()}
        return replace(effect, unit=self.words.unit("quantity", name), spread=spread)

    def unit(self, unit: str) -> str:
        """Return a unit of the model as people write it; empty for a pure number."""
        own, place = self.settings["units"].get(unit), 1 if self.language == "zh" else 0
        if own:
            return str(own[place])
        if unit == "dmnl":
            return ""
        words = self.settings["unit_words"]
        listed = sorted(words, key=len, reverse=True)
        return re.sub("|".join(map(re.escape, listed)), lambda found: str(words[found[0]][place]), unit)

    def share(self, value: float) -> str:
        """Return a share of worlds as a percentage, with a decimal where it is close to none or to all."""
        close = 0 < value < CLOSE or 1 - CLOSE < value < 1
        if not close:
            return self.voice().percent(value)
        number = f"{min(max(100 * value, 0.1), 99.9):.1f}"
        return f"{number}%" if self.language == "zh" else f"{number} %"

    def text(self, key: str, **facts: str) -> str:
        """Return a wording of the brief, filled with ``facts`` and what every text may quote."""
        said = self.voice().say(key, **{"package": self.label, "year": self.year, **facts})
        return said.replace(" %", "\N{NO-BREAK SPACE}%")

    def joined(self, items: Iterable[str], mark: str = "comma") -> str:
        """Return ``items`` with a mark between, the last two joined as people do where the mark is a comma."""
        found = [*items]
        between = self.words.text(mark)
        if mark != "comma" or len(found) < 2:
            return between.join(found)
        return between.join(found[:-1]) + str(self.definitions["say"]["common"][f"and_{self.language}"]) + found[-1]

    def sentence(self, *parts: str) -> str:
        """Return clauses as one sentence."""
        told = self.words.text("semicolon").join(part for part in parts if part)
        return told[:1].upper() + told[1:] + self.text("stop")

    def range(self, effect: Effect, *, signed: bool = False) -> str:
        """Return median and interval of a settled difference, without its sign unless asked for, which the verb then tells."""
        low, high = (effect.low, effect.high) if signed else sorted((abs(effect.low), abs(effect.high)))
        middle = effect.middle if signed else abs(effect.middle)
        return self.voice().range(low, middle, high, unit=effect.unit, signed=signed)

    def numbers(self, effect: Effect) -> dict[str, str]:
        """Return median, bounds and unit of a difference for texts that write them themselves."""
        voice = self.voice()
        digits = 2 if max(abs(effect.low), abs(effect.high)) < 100 else 3
        space = "" if effect.unit == "%" and self.language == "zh" else " "
        keys = {"low": effect.low, "middle": effect.middle, "high": effect.high}
        return {key: voice.signed(value, digits) for key, value in keys.items()} | {"unit": f"{space}{effect.unit}"}

    def told(self, key: str, *sentences: str) -> Prose:
        """Return ``sentences`` as a paragraph with the label ``key``."""
        space = " " if self.language == "en" else ""
        return Prose(space.join(each for each in sentences if each), label=self.text(f"label_{key}"))

    def missing(self, table: str) -> Prose:
        """Return the sentence that what the table ``table`` holds was not computed, and what to run."""
        study = self.settings["studies"].get(table, "packages")
        return Prose(self.text("missing", topic=self._topic(table), study=study), "missing")

    def lacking(self, table: str, told: Sequence[str], ask: str) -> Prose:
        """Return the sentence that ``table`` tells of others only, ``told``, and how to ask for what this brief needs."""
        listed = [*told][:4]
        return Prose(self.text("lacking", topic=self._topic(table), told=self.joined(listed), ask=ask), "missing")

    def _topic(self, table: str) -> str:
        """Return what the table ``table`` tells, in a reader's words."""
        return str(self.settings["topics"][table][1 if self.language == "zh" else 0])

    def same(self, table: str) -> str:
        """Return what the file that holds ``table`` calls this package: the scenario with the same measures; empty if none."""
        found = self.answers.source(table)
        if found is None:
            return ""
        own = found.scenarios
        names = own[own["measures"].map(lambda text: tuple(sorted(str(text).split()))) == self.measures]["name"]
        return self.package if self.package in set(names) else next(iter(names), "")

    def unknown(self, name: str) -> str:
        """Return the display name of an uncertain constant."""
        return self.words.unknown(name)

    def with_label(self, package: str) -> str:
        """Return what the package ``package`` of the answers is called."""
        return replace(self, package=package).label if package in self.made else package

    def points(self, found: Iterable[Prose]) -> tuple[Points | Prose, ...]:
        """Return sentences as points with their labels, and after them what cannot be told."""
        listed = [*found]
        told = [each for each in listed if each.kind == "plain"]
        points = (Points(tuple(each.text for each in told), tuple(each.label for each in told)),) if told else ()
        return (*points, *(each for each in listed if each.kind != "plain"))


def by_verdict(effects: Iterable[Effect]) -> dict[str, list[Effect]]:
    """Return ``effects`` by verdict, in the order up, down, open, small; verdicts that none has are left out."""
    found = [*effects]
    groups = {verdict: [each for each in found if each.verdict == verdict] for verdict in (UP, DOWN, OPEN, LITTLE)}
    return {verdict: group for verdict, group in groups.items() if group}
