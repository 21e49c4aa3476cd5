"""What the answer rests on: the strength of every effect and its source, the chain of implementation, the model's limits."""

import re
from dataclasses import dataclass

import pandas as pd

from sim.analysis.definitions import read_rows
from sim.results.files import load_netcdf
from sim.results.tables import table
from sim.show.brief.case import Case
from sim.show.brief.document import Block, Grid, Points, Prose, Section

EFFECT = re.compile(r"^effect of (?P<measure>\w+) on (?P<target>.+)$")
"""Names of constants that say how strongly a measure acts."""

LIMITS = ("limit_1", "limit_2", "limit_3", "limit_4")
"""Wordings of what the model cannot say."""

MANY = 12
"""Effects from which on two rows of the table stand side by side."""

TOO_MANY = 40
"""Effects from which on their table stands at the end: within the text it would run over pages."""


@dataclass(frozen=True)
class Strengths:
    """The strengths with which the measures of a package act.

    Attributes:
        rows: the parameter table's rows, with ``measure`` and ``target``.
        informed: how many of them the data of the calibration inform; ``None`` if no calibration is stored.
    """

    rows: pd.DataFrame
    informed: int | None

    @property
    def alike(self) -> bool:
        """Whether all have one basis and one source."""
        return all(self.rows[column].nunique() == 1 for column in ("basis", "source"))

    @property
    def assumed(self) -> int:
        """How many stand on assumption alone."""
        return int((self.rows["basis"] == "A").sum())


def strengths(case: Case) -> Strengths:
    """Return the strengths of the effects of the package's measures."""
    found = pd.DataFrame(read_rows(case.home / "parameters.csv"))
    parts = found["name"].str.extract(EFFECT)
    rows = found.assign(measure=parts["measure"], target=parts["target"])
    own = rows[rows["measure"].isin(case.measures)].sort_values("measure", kind="stable")
    return Strengths(own, _informed(case, list(own["name"])))


def _informed(case: Case, names: list[str]) -> int | None:
    path = case.home / "calibration" / "results.nc"
    if not path.is_file():
        return None
    told = table(load_netcdf(path), "parameters")
    informed = {str(name) for name, flag in zip(told["name"], told["informed"], strict=True) if flag}
    return sum(name in informed for name in names)


def cannot(case: Case) -> Prose:
    """Return what the model cannot tell of this package."""
    found = strengths(case)
    none = found.assumed == len(found.rows) and not found.informed
    facts = {"assumed": f"{found.assumed}", "effects": f"{len(found.rows)}", "informed": f"{found.informed or 0}"}
    return case.told("cannot", case.text("cannot_none" if none else "cannot_some", **facts))


def section(case: Case) -> Section:
    """Return the section on what the answer rests on."""
    found = strengths(case)
    head = Prose(case.text("basis_head", basis=_basis(case, found)))
    limits = Points(tuple(case.text(key) for key in LIMITS))
    table = Prose(case.text("basis_annexed")) if _long(found) else _table(case, found)
    blocks: tuple[Block, ...] = (head, table, Prose(case.text("chain")), limits)
    return Section(case.text("section_basis"), blocks)


def annex(case: Case) -> Section | None:
    """Return the section with the strengths of all effects, where they are too many to stand in the text."""
    found = strengths(case)
    return Section(case.text("section_annex"), (_table(case, found),)) if _long(found) else None


def _long(found: Strengths) -> bool:
    return len(found.rows) > TOO_MANY


def _basis(case: Case, found: Strengths) -> str:
    count, informed = f"{len(found.rows)}", f"{found.informed}" if found.informed else case.text("none")
    if not found.alike:
        codes = sorted({code for text in found.rows["basis"] for code in text})
        told = case.joined(_code(case, code) for code in codes)
        return case.text("basis_more", basis=told, count=count, informed=informed)
    row = found.rows.iloc[0]
    facts = {"basis": _code(case, row["basis"]), "unit": case.text("units"), "source": _source(case, row["source"])}
    return case.text("basis_one", count=count, informed=informed, **facts)


def _code(case: Case, code: str) -> str:
    """Return a basis with what its letters stand for."""
    place = 1 if case.language == "zh" else 0
    named = case.joined(case.settings["bases"][letter][place] for letter in code)
    return f"{code}（{named}）" if case.language == "zh" else f"{code} ({named})"


def _source(case: Case, source: str) -> str:
    return case.text("assumption") if source == "assumption" else source


def _table(case: Case, found: Strengths) -> Grid:
    """Return the table of strengths; what is the same of all stands in the sentence above it and not in a column."""
    voice, many = case.voice(), len(found.rows) > MANY and found.alike
    rows = []
    for _, row in found.rows.iterrows():
        measure = voice.measure(row["measure"])
        numbers = tuple(f"{float(row[key]):.3g}" for key in ("low", "central", "high"))
        unit = case.unit(str(row["unit"])) or case.text("pure")
        more = () if found.alike else (unit, row["basis"], _source(case, row["source"]))
        target = _target(case, row["target"])
        if found.alike and row["unit"] != "dmnl":
            target = f"{target}（{unit}）" if case.language == "zh" else f"{target} ({unit})"
        rows.append((measure.split(" ")[0] if many else measure, target, *numbers, *more))
    columns = case.text("basis_columns" if found.alike else "basis_columns_more").split("|")
    return Grid(case.text("basis_caption"), tuple(columns), tuple(rows), numbers=(2, 3, 4), twice=many, whole=_long(found))


def _target(case: Case, target: str) -> str:
    own = case.settings["targets"].get(target)
    return str(own[1 if case.language == "zh" else 0]) if own else case.unknown(target)
