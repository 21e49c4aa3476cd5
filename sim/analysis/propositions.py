"""Propositions over worlds: in which share of them each holds, and how far its key number ranges.

``propositions.csv`` beside the model says what each claims:
``id,class,statement_en,statement_zh,reason,design,outcome,unit``; ``sim.analysis.propositions_measures`` how it is measured.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.analysis.definitions import read_rows
from sim.analysis.propositions_courses import Courses, Measured
from sim.analysis.propositions_measures import PROPOSITIONS
from sim.errors import Problem, ThroughflowError, raise_if
from sim.resources import folder

__all__ = ["CLASSES", "Courses", "Measured", "Statement", "failures", "load", "measured", "table"]

CLASSES = ("robust", "central", "conditional")
"""Asserted for the shipped set and held in every draw of the design's sweep; asserted for that set alone; only reported."""

LEVELS = (0.05, 0.5, 0.95)
"""Quantiles of the key numbers."""


@dataclass(frozen=True)
class Statement:
    """What a proposition claims.

    Attributes:
        id: its name.
        kind: a member of :data:`CLASSES`.
        statement_en: the claim in English.
        statement_zh: the claim in Chinese.
        reason: where it comes from in the paper.
        design: what the design printed for the central set.
        outcome: what its key number is, in words.
        unit: unit of the key number.
    """

    id: str
    kind: str
    statement_en: str
    statement_zh: str
    reason: str
    design: str
    outcome: str
    unit: str


def load(model: str | Path = "innovation_flows") -> tuple[Statement, ...]:
    """Return the propositions of ``model`` (its name, or its folder), in the order in which they are told.

    Raises:
        ThroughflowError: no such file, a class that is none, or other propositions than those that can be measured.
    """
    path = (model if isinstance(model, Path) else folder("models") / model) / "propositions.csv"
    rows = read_rows(path)
    known, found = [one.id for one in PROPOSITIONS], [row["id"] for row in rows]
    problems = [
        Problem(f"{path} {row['id']}", f"class {row['class']!r}", f"classes are {', '.join(CLASSES)}", "mend the row")
        for row in rows
        if row["class"] not in CLASSES
    ]
    if found != known:
        differing = ", ".join(sorted(set(known) ^ set(found))) or "the order"
        cure = "one row for each that can be measured, in their order"
        problems.append(Problem(str(path), f"differs in {differing}", "each is measured by code of its own", cure))
    raise_if(problems)
    return tuple(Statement(**{"kind" if key == "class" else key: text for key, text in row.items()}) for row in rows)


def measured(courses: Courses) -> dict[str, Measured]:
    """Return by id what each proposition is found to be, in the worlds that ended well in all scenarios it compares.

    Raises:
        ThroughflowError: a proposition has no such world, a year was not stored, a number is not finite.
    """
    found: dict[str, Measured] = {}
    for one in PROPOSITIONS:
        if not courses.ended(one.scenarios).any():
            why = f"no world ended well in all of {', '.join(one.scenarios)}"
            raise ThroughflowError(
                Problem(f"proposition {one.id}", "nothing to measure it on", why, "narrow what is uncertain")
            )
        found[one.id] = one.measure(courses.of(one.scenarios))
    return found


def table(courses: Courses, design: Courses, statements: Sequence[Statement]) -> dict[str, list[object]]:
    """Return the propositions over worlds, column by column, one entry for each of ``statements``.

    Columns: id, class, statement_en, statement_zh; design (what the design set gives, as text), design_holds; share (of worlds
    in which it holds), worlds (that ended well in all scenarios it compares); q05, q50, q95 of its key number over the worlds
    that have one, NaN if none has; key_unit; outcome (what the key number is); without_number (worlds that have none).

    Arguments:
        courses: the worlds.
        design: one world, the design set.
        statements: what the propositions claim.

    Raises:
        ThroughflowError: as :func:`measured`.
    """
    over, central = measured(courses), measured(design)
    rows = [_row(one, over[one.id], central[one.id]) for one in statements]
    return {column: [row[column] for row in rows] for column in rows[0]}


def _row(statement: Statement, over: Measured, central: Measured) -> Mapping[str, object]:
    numbers = over.number[np.isfinite(over.number)]
    low, middle, high = map(float, np.quantile(numbers, LEVELS)) if numbers.size else (np.nan,) * 3
    return {
        "id": statement.id,
        "class": statement.kind,
        "statement_en": statement.statement_en,
        "statement_zh": statement.statement_zh,
        "design": central.text(),
        "design_holds": bool(central.holds[0]),
        "share": float(over.holds.mean()),
        "worlds": len(over.holds),
        "q05": low,
        "q50": middle,
        "q95": high,
        "key_unit": statement.unit,
        "outcome": statement.outcome,
        "without_number": len(over.number) - len(numbers),
    }


def failures(courses: Courses) -> tuple[str, ...]:
    """Return for people which worlds are missing where: one line for each scenario in which some did not end well."""
    missing = {name: np.flatnonzero(~courses.ended([name])) for name in courses.status}
    return tuple(
        f"{len(worlds)} of {courses.worlds} worlds failed in scenario {name!r} and are missing from what compares it: "
        + ", ".join(map(str, worlds[:8]))
        + (" and others" if len(worlds) > 8 else "")
        for name, worlds in missing.items()
        if worlds.size
    )
