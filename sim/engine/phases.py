"""When each equation has to be computed: once per run, whenever time moves, or whenever the state moves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from sim.model.expressions import Apply, Expression, Reference, TableCall, references, walk
from sim.model.ir import Model
from sim.model.structure import Node, Order

TIMED = frozenset({"time", "step", "pulse", "pulse train", "ramp"})


class Phase(IntEnum):
    """Once per run, with time, with the state."""

    RUN = 0
    TIME = 1
    STATE = 2


def expression_phase(node: Expression, phases: Mapping[str, Phase]) -> Phase:
    """Return the phase in which ``node`` can be computed, given the phases of variables."""
    found = Phase.RUN
    for part in walk(node):
        if isinstance(part, Reference):
            found = max(found, phases[part.name])
        elif isinstance(part, Apply) and part.function in TIMED:
            found = max(found, Phase.TIME)
    return found


def variable_phases(model: Model, order: Order) -> dict[str, Phase]:
    """Return the phase of each variable: the latest of its equations."""
    phases = {name: Phase.STATE if variable.kind == "stock" else Phase.RUN for name, variable in model.variables.items()}
    for name, position in order.every_step:
        value = model.variables[name].equations[position].value
        phases[name] = max(phases[name], expression_phase(value, phases))
    return phases


def needed(model: Model, roots: Iterable[Expression]) -> set[str]:
    """Return the names of variables that ``roots`` depend on, at a given state (stocks are not followed)."""
    found: set[str] = set()
    pending = [reference.name for root in roots for reference in references(root)]
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            variable = model.variables[name]
            if variable.kind not in ("stock", "table"):
                pending += [reference.name for equation in variable.equations for reference in references(equation.value)]
    return found


@dataclass(frozen=True)
class Guard:
    """A place in an equation whose form changes at certain times: the equation, and the node concerned."""

    equation: Node
    node: Apply | TableCall


def guards(model: Model, order: Order, phases: Mapping[str, Phase]) -> tuple[Guard, ...]:
    """Return the guards of ``model``: kinks and jumps that depend on nothing but time and constants."""
    kinked = {"max", "min", "<", "<=", ">", ">=", "=", "<>", "abs", "integer", "modulo"} | (TIMED - {"time"})
    found: dict[tuple[str, int, int], Guard] = {}
    every = [
        *order.every_step,
        *(
            (name, position)
            for name, variable in model.variables.items()
            if variable.kind == "stock"
            for position in range(len(variable.equations))
        ),
    ]
    for name, position in every:
        for node in walk(model.variables[name].equations[position].value):
            is_kink = isinstance(node, TableCall) or (isinstance(node, Apply) and node.function in kinked)
            if is_kink and expression_phase(node, phases) == Phase.TIME:
                found[name, position, id(node)] = Guard((name, position), node)
    return tuple(found.values())
