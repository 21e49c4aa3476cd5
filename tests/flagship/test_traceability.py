"""Traceability that bites: every claim of the paper is carried by variables, and switching it moves what it names."""

import re

import pytest

from .support import FOLDER, flagship, table

ROWS = {row["id"]: row for row in table("traceability.csv", FOLDER)}
COUNTS = {"B": (3, 3, 4, 3, 3, 4), "R": (5, 3, 4, 5, 3, 3, 3)}
IDS = [
    *(f"B{field}.{one}" for field, count in enumerate(COUNTS["B"], 1) for one in range(1, count + 1)),
    *(f"T{row}" for row in range(1, 14)),
    *("S1", "S2", "S3.1", "S3.2", "S3.3", "S4.1", "S4.2", "S4.3", "S4.4"),
    *(f"R{field}.{one}" for field, count in enumerate(COUNTS["R"], 1) for one in range(1, count + 1)),
]
PARTIAL = {"T4", "T7", "T10"}
EXISTING = {
    "without E2": "trips per year",
    "without E3": "data out",
    "without E4": "Equipment in service",
    "without E5": "payments",
    "without E6": "organisations settling",
    "without E7": "Talent total",
    "with E8": "HGR approved",
    "with E9": "effective duty exempt share",
    "with E10": "organisation interest",
    "with E11": "data review duration",
}
LEAST = 1e-3


def listed(text):
    return [part.strip() for part in text.split(";") if part.strip()]


def moved(worlds, variant, name):
    """Return by how much a variant moves ``name``, relative: in 2040, or in 2024 where tension is taken away."""
    if variant == "no tension":
        return abs(worlds.untroubled.value(name, "base", 2024) / worlds.runs.value(name, "base", 2024) - 1)
    base = "all seven" if variant.startswith("all seven,") else "base"
    return abs(worlds.runs.ratio(name, variant, 2040, base=base) - 1)


def test_every_id_is_there_once():
    rows = table("traceability.csv", FOLDER)
    assert [row["id"] for row in rows] == IDS
    assert {row["id"] for row in rows if row["partial"]} == PARTIAL
    for row in rows:
        assert row["kind"] == {"B": "bottleneck", "T": "table row", "S": "systemic problem", "R": "measure"}[row["id"][0]]
        assert 0 < len(row["statement"].split()) <= 15


def test_file_and_table_agree_on_who_carries_what():
    """The ids in square brackets of the documentation are the table's variables, both ways."""
    written = {name: set() for name in IDS}
    for name, variable in flagship().variables.items():
        for claim in re.findall(r"\[([A-Z]\d+(?:\.\d+)?)\]", variable.documentation):
            assert claim in written, f"{name} names {claim}"
            written[claim].add(name)
    assert {claim: set(listed(row["variables"])) for claim, row in ROWS.items()} == written
    assert all(written.values())


@pytest.mark.parametrize("claim", IDS)
def test_claim_bites(worlds, claim):
    """Each switch the table names moves the flow or stock it names by more than 0.1 %."""
    tests = [tuple(part.split(" -> ")) for part in listed(ROWS[claim]["test"])]
    found = {f"{variant} -> {name}": moved(worlds, variant, name) for variant, name in tests}
    print({text: f"{value:.2%}" for text, value in found.items()})
    assert tests and min(found.values()) > LEAST


@pytest.mark.parametrize("variant", EXISTING)
def test_existing_measure_bites(worlds, variant):
    """A measure on the books moves its gate; those since the paper do as soon as they are given force."""
    assert moved(worlds, variant, EXISTING[variant]) > LEAST


def test_measures_since_the_paper_have_no_force_in_the_design_set(worlds):
    for name in ("E8", "E9", "E10", "E11"):
        assert worlds.runs.course(f"law[{name}]", "base").max() == 0


def test_every_measure_has_an_effect_constant():
    """Each measure is named by at least one effect, or by the coordination, evaluation and budget terms of the chain."""
    names = " ".join(flagship().variables)
    for measure in flagship().ranges["measure"].elements:
        assert f"effect of {measure} on " in names
