"""Structure of a model: who depends on whom, in which order, what flows into what — and the loops that forbid an order.

Equations, not variables, are ordered: an element of an array may depend on another element of the same array.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from sim.errors import Problem
from sim.model.expressions import Apply, Expression, Reference, Table, references
from sim.model.ir import Equation, Model, Variable
from sim.model.text import equation_text

Node = tuple[str, int]
"""A variable's name and the position of one of its equations."""


@dataclass(frozen=True)
class Order:
    """Equations in an order in which each finds its causes computed.

    Attributes:
        every_step: equations of auxiliaries, constants included, for a given state.
        at_start: equations of auxiliaries and, as initial values, of stocks; with ACTIVE INITIAL, its initial side counts.
    """

    every_step: tuple[Node, ...]
    at_start: tuple[Node, ...]


def order(model: Model) -> Order:
    """Return the evaluation order of ``model``.

    Raises:
        CycleError: simultaneous equations (:func:`loop_problems` reports them first).
    """
    return Order(_sorted(model, at_start=False), _sorted(model, at_start=True))


def loop_problems(model: Model) -> list[Problem]:
    """Return a problem naming the variables of the first circle of simultaneous equations, if there is one."""
    for at_start, when in ((False, "at one moment"), (True, "at the start")):
        try:
            _sorted(model, at_start=at_start)
        except CycleError as error:
            names = list(dict.fromkeys(name for name, _ in error.args[1]))
            return [
                Problem(
                    model.place(names[0]),
                    f"simultaneous equations {when}: " + " -> ".join([*names, names[0]]),
                    "each needs the other's value first",
                    "break the circle with a stock or a delay",
                )
            ]
    return []


def _sorted(model: Model, *, at_start: bool) -> tuple[Node, ...]:
    graph: dict[Node, set[Node]] = {}
    for variable in model.variables.values():
        if variable.kind == "table" or (variable.kind == "stock" and not at_start):
            continue
        for position, equation in enumerate(variable.equations):
            side = equation.at_start if at_start else equation.value
            graph[variable.name, position] = set(_causes(model, side, at_start))
    return tuple(TopologicalSorter(graph).static_order())


def _causes(model: Model, side: Expression, at_start: bool) -> Iterable[Node]:
    for reference in references(side):
        target = model.variables[reference.name]
        if target.kind == "table" or (target.kind == "stock" and not at_start):
            continue
        for position, equation in enumerate(target.equations):
            if len(target.equations) == 1 or _meets(model, reference, equation):
                yield target.name, position


def _meets(model: Model, reference: Reference, equation: Equation) -> bool:
    """Tell whether ``reference`` can read an element that ``equation`` defines."""

    def members(name: str) -> set[str]:
        return set(model.ranges[name].elements) if name in model.ranges else {name}

    return all(
        members(part.name) & members(covered) for part, covered in zip(reference.subscripts, equation.scope, strict=True)
    )


def causes(variable: Variable) -> tuple[str, ...]:
    """Return the names ``variable`` depends on, tables included and initial values too, in order of appearance."""
    found: dict[str, None] = {}
    for equation in variable.equations:
        for side in (equation.value, equation.initial):
            if side is not None and not isinstance(side, Table):
                found |= dict.fromkeys(reference.name for reference in references(side))
    return tuple(found)


def flows(variable: Variable) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names that flow into and out of a stock: plain references added or subtracted in its net flow."""
    inward: dict[str, None] = {}
    outward: dict[str, None] = {}
    for equation in variable.equations:
        pending: list[tuple[Any, int]] = [(equation.value, 1)]
        while pending:
            node, sign = pending.pop(0)
            if isinstance(node, Reference):
                (inward if sign > 0 else outward)[node.name] = None
            elif isinstance(node, Apply) and node.function in ("+", "-"):
                right = sign if node.function == "+" else -sign
                pending[:0] = [(node.arguments[0], sign), (node.arguments[1], right)]
            elif isinstance(node, Apply) and node.function in ("negative", "sum"):
                pending.insert(0, (node.arguments[0], -sign if node.function == "negative" else sign))
    return tuple(inward), tuple(outward)


def describe(model: Model) -> dict[str, Any]:
    """Return the structure of ``model`` as plain data, to travel with every result.

    Returns:
        ``variables`` (name → kind, dims, units, documentation, equations, causes, inflows, outflows), ``ranges``,
        ``views`` (title → names with positions), ``notes`` and ``fingerprint``.
    """
    flowing = {
        name for variable in model.variables.values() if variable.kind == "stock" for side in flows(variable) for name in side
    }
    return {
        "name": model.name,
        "fingerprint": model.fingerprint,
        "notes": list(model.notes),
        "time_units": model.clock.units,
        "ranges": {name: list(found.elements) for name, found in model.ranges.items()},
        "views": {view.name: [list(position) for position in view.positions] for view in model.views},
        "variables": {name: _described(variable, flowing) for name, variable in model.variables.items()},
    }


def _described(variable: Variable, flowing: set[str]) -> Mapping[str, Any]:
    data: dict[str, Any] = {
        "kind": "flow" if variable.name in flowing and variable.kind == "auxiliary" else variable.kind,
        "dims": list(variable.dims),
        "units": variable.units,
        "documentation": variable.documentation,
        "equations": [equation_text(variable, equation) for equation in variable.equations],
        "causes": list(causes(variable)),
    }
    if variable.kind == "stock":
        data["inflows"], data["outflows"] = (list(side) for side in flows(variable))
    return data
