"""Propositions P10 to P28: robust and central ones are asserted, conditional ones only reported."""

import pytest

from .propositions import REGISTRY, table_of

pytestmark = pytest.mark.xdist_group("flagship")


@pytest.mark.parametrize("name", [found.id for found in REGISTRY.values() if found.kind != "conditional"])
def test_proposition(worlds, name):
    """The proposition holds for the shipped parameters; its reason is in the docstring of what measures it."""
    found = REGISTRY[name]
    text, holds = found.measure(worlds)
    assert holds, f"{found.measure.__doc__} model.md: {found.design}; here: {text}"


def test_table_of_propositions(worlds):
    """Every proposition is measured, conditional ones too; the table is printed (``-rA``) for the notes."""
    rows = table_of(worlds)
    for row in rows:
        print(" | ".join(row))
    assert len(rows) == 24
