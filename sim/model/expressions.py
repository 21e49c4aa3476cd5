"""Expressions of the intermediate representation: a small closed set of frozen nodes.

There is one node for numbers, one for number lists, one for references and one for everything applied to
arguments; what an applied name means is a row of :mod:`sim.model.functions`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Number:
    """A bare number."""

    value: float


@dataclass(frozen=True)
class Numbers:
    """A list of numbers on the right of an arrayed constant, row-major over ``shape``."""

    values: tuple[float, ...]
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Subscript:
    """One subscript of a reference: an element, a range, or a range that is ``reduced`` (``partner!``)."""

    name: str
    reduced: bool = False


@dataclass(frozen=True)
class Reference:
    """The value of the variable ``name`` (its model name) at ``subscripts``."""

    name: str
    subscripts: tuple[Subscript, ...] = ()


@dataclass(frozen=True)
class Apply:
    """``function`` (a row of the function table) applied to ``arguments``."""

    function: str
    arguments: "tuple[Expression, ...]"


@dataclass(frozen=True)
class Table:
    """A graphical function: straight lines between points, constant outside (Vensim's lookup)."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]


@dataclass(frozen=True)
class TableCall:
    """A table read at ``argument``: a table of its own, or a reference to a table variable."""

    table: "Table | Reference"
    argument: "Expression"


Expression = Number | Numbers | Reference | Apply | TableCall


def children(expression: Expression) -> tuple[Expression, ...]:
    """Return the direct sub-expressions of ``expression``."""
    if isinstance(expression, Apply):
        return expression.arguments
    if isinstance(expression, TableCall):
        return (expression.argument,)
    return ()


def walk(expression: Expression) -> Iterator[Expression]:
    """Yield ``expression`` and everything inside it, outermost first."""
    pending = [expression]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(reversed(children(node)))


def depth(expression: Expression) -> int:
    """Return how many nodes of ``expression`` stand inside each other at most."""
    level, deepest = [expression], 0
    while level:
        level, deepest = [child for node in level for child in children(node)], deepest + 1
    return deepest


def references(expression: Expression) -> Iterator[Reference]:
    """Yield every reference inside ``expression``, references to table variables included."""
    for node in walk(expression):
        if isinstance(node, Reference):
            yield node
        elif isinstance(node, TableCall) and isinstance(node.table, Reference):
            yield node.table


def rewrite(expression: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """Return ``expression`` rebuilt from the leaves up with ``change`` applied to every node."""
    if isinstance(expression, Apply):
        expression = Apply(expression.function, tuple(rewrite(part, change) for part in expression.arguments))
    elif isinstance(expression, TableCall):
        expression = TableCall(expression.table, rewrite(expression.argument, change))
    return change(expression)
