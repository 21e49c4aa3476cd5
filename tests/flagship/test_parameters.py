"""The parameter table beside the model says what the model says."""

import pytest

from sim.engine.layout import constants_of, slots_of
from sim.model.units import parse_unit

from .support import FOLDER, central, elements, flagship, labels, table

ROWS = table("parameters.csv", FOLDER)
BASIS = set("LECA")
LEVERS = ("adopted", "intensity", "mode")
UNSOURCED = ("publication time",)
"""Evidence that model.md names without a reference."""


def faults(row):
    """Yield what is wrong with a row."""
    value, variable = float(row["central"]), flagship().variables[row["name"].partition("[")[0]]
    low, high = (float(row[end]) if row[end] else None for end in ("low", "high"))
    different = [name for name in labels(row["name"]) if central(name) != pytest.approx(value, rel=1e-12, abs=0)]
    checks = {
        f"central differs from {different}": different == [],
        f"it is a {variable.kind}": variable.kind == "constant",
        f"unit {row['unit']} against {variable.units}": parse_unit(row["unit"], "row") == parse_unit(variable.units, "model"),
        "one end of the range is missing": (low is None) == (high is None),
        "central lies outside its range": low is None or high is None or low <= value <= high,
        f"basis {row['basis']!r}": bool(row["basis"]) and set(row["basis"]) <= BASIS,
        "no source": bool(row["source"]),
        "law or evidence without a source": row["name"] in UNSOURCED
        or not set(row["basis"]) & set("LE")
        or row["source"] != "assumption",
    }
    yield from (text for text, good in checks.items() if not good)


def test_rows_agree_with_the_model():
    """Central value, unit, order of the range, basis letters and source of every row."""
    assert {row["name"]: list(faults(row)) for row in ROWS if any(faults(row))} == {}


def test_every_constant_has_exactly_one_row():
    named = [name for row in ROWS for name in labels(row["name"])]
    model = flagship()
    constants = [
        f"{name}[{','.join(element)}]" if element else name
        for name, variable in model.variables.items()
        if variable.kind == "constant"
        for element in elements(name)
    ]
    assert sorted(named) == sorted(constants)
    assert len(constants) == len(constants_of(model)) == slots_of(model, "constant")[-1].stop


def test_fractions_stay_fractions_at_their_ends():
    """A share, a refusal or an effect at full practice cannot leave [0, 1] at either end of its range."""
    for row in ROWS:
        name = row["name"]
        share = name.startswith(("share ", "first return share", "refusal share")) or name in LEVERS
        if row["low"] and (share or (name.startswith("effect of") and " boost" not in name and row["unit"] == "dmnl")):
            product = f"effective {name.partition(' on ')[2]}" in flagship().variables or share
            assert float(row["low"]) >= 0, name
            assert not product or float(row["high"]) < 1, name


def test_documentation_names_the_basis_of_the_table():
    """Where the file's documentation names a basis, the table names the same letters."""
    for row in ROWS:
        text = flagship().variables[row["name"].partition("[")[0]].documentation
        _, _, rest = " ".join(text.split()).partition("(basis ")
        letters = set(rest.partition(")")[0]) - set(" or")
        assert letters, row["name"]
        assert set(row["basis"]) <= letters, (row["name"], row["basis"], letters)
