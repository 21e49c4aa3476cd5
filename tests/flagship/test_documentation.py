"""The model file documents itself: units, words, no number that carries a unit inside an equation."""

import re

from sim.model.expressions import Apply, Number, TableCall, walk

from .support import flagship

PLAIN = {0.0, 1.0, 2.0, 3.0, 0.5}
WHITELIST = {}
"""Variables whose equations may hold another number, with the reason; empty."""


def literals(expression):
    """Yield the numbers of an expression that are no exponents."""
    exponents = {
        id(node.arguments[1]) for node in walk(expression) if isinstance(node, Apply) and node.function in ("^", "power")
    }
    for node in walk(expression):
        if isinstance(node, Number) and id(node) not in exponents:
            yield node.value


def test_no_literal_carries_a_unit():
    found = {}
    for name, variable in flagship().variables.items():
        if variable.kind not in ("stock", "auxiliary") or name in WHITELIST:
            continue
        for equation in variable.equations:
            for side in (equation.value, equation.initial):
                stray = set() if side is None else set(literals(side)) - PLAIN
                if stray:
                    found[name] = sorted(stray)
    assert found == {}


def test_the_check_for_literals_sees_them():
    """A number in a product, a sum and a table's argument is seen; an exponent is not."""
    product = Apply("*", (Number(365.0), Apply("^", (Number(3.0), Number(4.0)))))
    assert set(literals(Apply("+", (product, TableCall(None, Number(2010.0)))))) == {365.0, 3.0, 2010.0}


def test_every_variable_has_a_unit_and_words():
    for name, variable in flagship().variables.items():
        assert variable.units.strip(), name
        assert len(variable.documentation.split()) >= 2, name
        assert re.search(r"[\u4e00-\u9fff]", variable.documentation) is None, name


def test_every_variable_is_used():
    """Nothing is computed or set for nobody: what no equation reads is an indicator."""
    read = {
        reference
        for variable in flagship().variables.values()
        for equation in variable.equations
        for side in (equation.value, equation.initial)
        if side is not None and not hasattr(side, "xs")
        for reference in names_in(side)
    }
    idle = {
        name for name, variable in flagship().variables.items() if name not in read and variable.kind in ("constant", "table")
    }
    assert idle == set()


def names_in(expression):
    for node in walk(expression):
        if isinstance(node, TableCall):
            yield getattr(node.table, "name", "")
        elif hasattr(node, "name"):
            yield node.name


def test_views_cover_every_variable():
    """Each variable is drawn on some view of the sketch."""
    drawn = {name for view in flagship().views for name, _, _ in view.positions}
    assert set(flagship().variables) - drawn == set()
