"""The drawings of a brief, as pictures: from the stored tables, in one language, in the house style."""

import re
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from sim.analysis.worlds import DOWN, LITTLE, OPEN, QUANTILES, UP
from sim.show import fonts, gallery, style
from sim.show.brief import charts
from sim.show.brief.case import Case, Effect, by_verdict
from sim.show.brief.change import named, ways
from sim.show.brief.document import Block, Picture, Pictures, Section
from sim.show.bundle import FORMATS, texts
from sim.show.registry import Look, Plan, rounded
from sim.show.style import NARROW, WIDE, contrast, fixed, stroke

PLAIN = "#0072B2"
"""Colour of a package without a colour of its own."""

ROW, LEAST_COMMON = 4, 2
"""Panels in a row of courses, and how many of them are at least for outcomes that every package has in common."""

LEAST = 3.0
"""Contrast with the ground that a line needs."""


def section(case: Case) -> Section:
    """Return the section of key figures; of what cannot be drawn the courses are said here, the rest where it is told."""
    blocks: list[Block] = [Pictures((_outcomes(case),)), _courses(case)]
    small = [each for each in (_alone(case), _drivers(case)) if each is not None]
    if small:
        blocks.append(Pictures(tuple(small)))
    return Section(case.text("section_figures"), tuple(blocks))


def _color(case: Case) -> str:
    """Return the colour of the package: its own, everywhere the same."""
    name = case.package
    own = stroke(name).color if fixed(name) else PLAIN
    return own if contrast(own, style.PAPER) >= LEAST else PLAIN


def _picture(name: str, drawing: Figure, *, width: float, caption: str) -> Picture:
    fonts.check(text.get_text() for text in texts(drawing))
    stream = BytesIO()
    drawing.savefig(stream, format="svg", **dict(FORMATS)["svg"])
    return Picture(name, stream.getvalue(), width, caption)


def _look(case: Case, table: str, section_: str, **facts: str) -> Look:
    """Return the texts of an own figure of the answers in ``table``."""
    source = case.answers.source(table) or case.main
    look = case.look(source, section_)
    return replace(look, told={**look.told, "year": case.year, **facts})


def _joined(text: str, language: str) -> str:
    return " ".join(text.split()) if language == "en" else re.sub(r"\s*\n\s*", "", text)


def _outcomes(case: Case) -> Picture:
    table = outcome_table(case)
    settled = sum(effect.verdict in (UP, DOWN) for effect in case.effects.values())
    facts = {"settled": str(settled), "count": str(len(table))}
    look = _look(case, "packages", "brief_outcomes", tally=tally(case), **facts)
    with style.applied():
        drawing = charts.outcomes(table, look, _color(case))
        return _picture("outcomes", drawing, width=WIDE, caption=_joined(look.say("caption"), case.language))


def tally(case: Case) -> str:
    """Return how many outcomes have a settled sign, how many do not and how many are small; what none has is left out."""
    found = {key: len(value) for key, value in by_verdict(case.effects.values()).items()}
    settled, total = found.get(UP, 0) + found.get(DOWN, 0), f"{len(case.effects)}"
    numbers = {"settled": settled, "open": found.get(OPEN, 0), "small": found.get(LITTLE, 0)}
    told = [
        case.text(f"tally_{key}{'_one' if number == 1 else ''}", number=f"{number}", count=total)
        for key, number in numbers.items()
        if number
    ]
    return case.joined(told if settled else [case.text("tally_none", count=total), *told], "semicolon")


def outcome_table(case: Case) -> pd.DataFrame:
    """Return a row an outcome with what is drawn of it, those in per cent first."""
    words = case.voice().look.words
    rows = [
        {
            "label": words("quantity", name, short=True),
            "better": effect.better,
            "group": effect.group,
            "unit": effect.unit,
            "verdict": effect.verdict,
            "text": _told(case, effect),
            **{key: effect.spread[key] for key in QUANTILES},
        }
        for name, effect in zip(case.effects, map(case.drawn, case.effects.values()), strict=True)
    ]
    return rounded(pd.DataFrame(rows).sort_values("unit", key=lambda units: units != "%", kind="stable", ignore_index=True))


def _told(case: Case, effect: Effect) -> str:
    """Return median, interval and unit as they stand beside a line."""
    return case.text("beside", **case.numbers(effect)).strip()


def _courses(case: Case) -> Block:
    """Return the gallery's figure of courses for this package and the outcomes that matter here, or why it is not there."""
    found = case.answers.frame("courses")
    if found is None:
        return case.missing("courses")
    own, source = case.same("courses"), case.answers.source("courses")
    if source is None or own not in set(found["package"]):
        told = [case.with_label(str(each)) for each in dict.fromkeys(found["package"])]
        return case.lacking("courses", told, f"courses.packages=[{case.package}]")
    spec = next(each for each in gallery.specs() if each.name == "courses")
    rows = 1 if len(case.fields) <= ROW - LEAST_COMMON else 2
    common = case.settings["courses"]
    wanted = dict.fromkeys((*case.fields[: rows * ROW - LEAST_COMMON - rows + 1], *common))
    outcomes = [name for name in wanted if name in set(found["outcome"])]
    extra: Mapping[str, Any] = {"package": own, "outcomes": outcomes[: rows * ROW]}
    plan = Plan({**case.definitions["common"], **case.definitions["courses"], **extra}, case.home)
    table = rounded(spec.prepare(source.dataset, plan))
    look = gallery.look(source.dataset, spec, plan, table=table, language=case.language)
    look = replace(look, told={**look.told, "package": case.label})
    with style.applied():
        picture = _picture("courses", spec.render(table, look), width=WIDE, caption=_joined(look.say("caption"), case.language))
    return Pictures((picture,))


def _alone(case: Case) -> Picture | None:
    """Draw a recommendation alone, on average over all orders, and last; of a larger package the average of each part."""
    if case.answers.frame("attribution") is None:
        return None
    several = len(case.parts) > 1
    section_ = "brief_shares" if several else "brief_alone"
    settings = case.definitions[section_]
    outcomes = (case.leading,) if several else case.fields[:2]
    rows = []
    for outcome in outcomes:
        quantity, average = case.words("quantity", outcome, short=True), str(settings[f"average_{case.language}"])
        heading = case.words.text("gloss").format(short=quantity, label=average) if several else quantity
        for part in case.parts:
            for way, numbers in ways(case, part, outcome).items():
                if way == "average" or not several:
                    label = case.words("scenario", part) if several else str(settings[f"{way}_{case.language}"])
                    values = dict(zip(("q05", "q50", "q95"), numbers, strict=True))
                    rows.append({"heading": heading, "label": label} | _row(case, values))
    if not rows:
        return None
    look = _look(case, "attribution", section_)
    with style.applied():
        drawing = charts.dots(rounded(pd.DataFrame(rows)), look, _color(case))
        return _picture("alone", drawing, width=NARROW, caption=_joined(look.say("caption"), case.language))


def _row(case: Case, values: Mapping[str, float]) -> dict[str, Any]:
    low, middle, high = (case.voice().signed(values[key]) for key in ("q05", "q50", "q95"))
    return {**values, "text": case.text("beside", low=low, middle=middle, high=high, unit="")}


def _drivers(case: Case) -> Picture | None:
    """Draw the unknowns that go most with the spread of the gain."""
    found = {name: rows for name, rows in named(case).items() if len(rows)}
    if not found:
        return None
    settings, words = case.definitions["brief_drivers"], case.words
    made = []
    for name, rows in found.items():
        for _, row in rows.head(int(settings["most"])).iterrows():
            values = {key: 100.0 * float(row[own]) for key, own in (("q05", "low"), ("q50", "share"), ("q95", "high"))}
            low, middle, high = (f"{values[key]:.0f}" for key in ("q05", "q50", "q95"))
            text = case.text("beside", low=low, middle=middle, high=high, unit="")
            heading = words("quantity", name, short=True)
            made.append({"heading": heading, "label": case.unknown(str(row["constant"])), **values, "text": text})
    table = pd.DataFrame(made)
    look = _look(case, "drivers", "brief_drivers", most=str(settings["most"]))
    with style.applied():
        drawing = charts.dots(rounded(table), look, _color(case))
        return _picture("drivers", drawing, width=NARROW, caption=_joined(look.say("caption"), case.language))
