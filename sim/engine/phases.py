"""When each equation has to be computed: once per run, whenever time moves, or whenever the state moves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from sim.engine.runtime import TINY_DENOMINATOR
from sim.model.expressions import Apply, Expression, Number, Reference, TableCall, references, walk
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
    """Return the phase of each variable: the latest of its equations.

    An auxiliary with an initial side of its own (ACTIVE INITIAL) is not the same at the start as later, so neither it nor
    what depends on it is computed once per run.
    """
    phases = {name: Phase.STATE if variable.kind == "stock" else Phase.RUN for name, variable in model.variables.items()}
    while True:  # an array whose elements have several phases may be read before its latest one is known
        before = dict(phases)
        for name, position in order.every_step:
            equation = model.variables[name].equations[position]
            least = Phase.RUN if equation.initial is None else Phase.TIME
            phases[name] = max(phases[name], least, expression_phase(equation.value, phases))
        if phases == before:
            return phases


def needed_at_start(model: Model, roots: Iterable[Expression]) -> set[str]:
    """Return the names of variables that ``roots`` depend on while initial values are found."""
    found: set[str] = set()
    pending = [reference.name for root in roots for reference in references(root)]
    while pending:
        name = pending.pop()
        if name not in found and model.variables[name].kind != "table":
            found.add(name)
            equations = model.variables[name].equations
            pending += [reference.name for equation in equations for reference in references(equation.at_start)]
    return found


@dataclass(frozen=True)
class Guard:
    """A place in an equation whose form changes at certain times: the equation, and a node that changes value there."""

    equation: Node
    node: Apply | TableCall


def guards(model: Model, order: Order, phases: Mapping[str, Phase]) -> tuple[Guard, ...]:
    """Return the guards of ``model``: kinks and jumps that depend on nothing but time and constants."""
    found: dict[tuple[str, int, int, int], Guard] = {}
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
            for rank, code in enumerate(_codes(node)):
                if expression_phase(code, phases) == Phase.TIME:
                    found[name, position, id(node), rank] = Guard((name, position), code)
    return tuple(found.values())


def _codes(node: Expression) -> tuple[Apply | TableCall, ...]:
    """Return expressions that keep one value wherever ``node`` keeps its form: whole numbers, never moving with time."""
    if isinstance(node, TableCall):
        return (node,)
    if not isinstance(node, Apply):
        return ()
    parts = node.arguments
    if node.function in ("<", "<=", ">", ">=", "=", "<>", "integer", "pulse train"):
        return (node,)
    if node.function == "pulse":  # two switches that never undo themselves, so that no pulse is too short to be found
        start, width = parts
        lasting = Apply("if then else", (Apply(">", (width, Number(0.0))), width, Apply("time step", ())))
        return tuple(Apply(">=", (Apply("time", ()), edge)) for edge in (start, Apply("+", (start, lasting))))
    if node.function in ("max", "min"):
        return (Apply(">", parts),)
    if node.function == "abs":
        return (Apply(">", (parts[0], Number(0.0))),)
    if node.function == "modulo":
        return (Apply("integer", (Apply("/", parts),)),)
    if node.function in ("zidz", "xidz"):
        return (Apply("<", (Apply("abs", (parts[1],)), Number(TINY_DENOMINATOR))),)
    if node.function == "step":
        return (Apply("step", (Number(1.0), parts[1])),)
    if node.function == "ramp":
        return tuple(Apply(">", (Apply("time", ()), bound)) for bound in parts[1:])
    return ()
