"""What is held within a fixed step: switches in time keep one value from a step's beginning to its end.

A Runge-Kutta method keeps its order only while the rates are smooth inside each step.  A policy that starts on the grid is
seen too early by the last stage of the step before it, which ends there, and the order falls to one.  So whatever jumps and
depends on nothing but time and constants is read once for all stages of a step; all else follows the stage.  It is read

* at the beginning of the step (the clock ``held``) by STEP, PULSE and PULSE TRAIN, which add half a step themselves, and by
  ``=`` and ``<>``, which hold for the one step that begins then;
* by the other comparisons, INTEGER and MODULO where the method says (the clock ``within``, by default the beginning too).
  For a method that says the middle, ``Time > 1940`` and ``Time >= 1940`` are the same, and a date on the grid is not missed
  by a rounding error; at the beginning, a strict comparison with a date on the grid turns one step late.

Euler's method looks at the beginning only: for it both clocks stand there, and nothing is other than without holding.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from sim.engine.phases import Phase, expression_phase
from sim.model.expressions import Apply, Expression, Reference, TableCall
from sim.model.ir import Model
from sim.model.structure import Order

Clock = Literal["time", "held", "within"]
"""The moments of one evaluation: of the stage, of the step's beginning, and where the method reads comparisons."""

HELD_ARGUMENTS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    dict.fromkeys(("<", "<=", ">", ">=", "=", "<>", "pulse"), (0, 1))
    | {"step": (1,), "pulse train": (0, 1, 2, 3), "integer": (0,)}
)
"""Functions that jump, and the arguments that say when: these, and the clock with them, are read once for all stages."""

WITHIN = frozenset({"<", "<=", ">", ">=", "integer", "modulo"})
"""Functions that are read by the clock ``within``; the others by ``held``."""


@dataclass(frozen=True)
class Holding:
    """Which variables differ between the moments of one step.

    Attributes:
        phases: phase of each variable.
        moving: variables of phase TIME that follow the clock outside any switch.
    """

    phases: Mapping[str, Phase]
    moving: frozenset[str]

    def positions(self, node: Apply) -> tuple[int, ...]:
        """Return the arguments of ``node`` that are read once for all stages, none unless it is a switch in time."""
        return _positions(node, self.phases)

    def wraps(self, node: Apply) -> bool:
        """Tell whether ``node`` is a remainder in time: it runs on through the step in which it would fall back."""
        return _wraps(node, self.phases)


def clock_of(node: Apply) -> Clock:
    """Return the clock that the switch ``node`` is read by."""
    return "within" if node.function in WITHIN else "held"


def holding(model: Model, order: Order, phases: Mapping[str, Phase]) -> Holding:
    """Return what is held in ``model``, given its evaluation order and the phase of each variable."""
    moving: frozenset[str] = frozenset()
    while True:
        found = frozenset(
            name
            for name, position in order.every_step
            if phases[name] == Phase.TIME and _moves(model.variables[name].equations[position].value, moving, phases)
        )
        if found <= moving:
            return Holding(phases, moving)
        moving |= found


def needed(model: Model, roots: Iterable[Expression], held: Holding | None = None) -> set[tuple[str, Clock]]:
    """Return the variables that ``roots`` depend on at a given state; stocks are not followed.

    Arguments:
        model: the model.
        roots: expressions.
        held: what is held; nothing if ``None``.

    Returns:
        Names, each with the clock by which it is read; other than ``time`` only where that makes a difference.
    """
    phases, moving = (held.phases, held.moving) if held else (None, frozenset())
    found: set[tuple[str, Clock]] = set()
    pending = [read for root in roots for read in _reads(root, phases, "time")]
    while pending:
        name, clock = pending.pop()
        clock = clock if name in moving else "time"
        if (name, clock) not in found:
            found.add((name, clock))
            variable = model.variables[name]
            if variable.kind != "stock":
                pending += [read for equation in variable.equations for read in _reads(equation.value, phases, clock)]
    return found


def _positions(node: Apply, phases: Mapping[str, Phase]) -> tuple[int, ...]:
    positions = HELD_ARGUMENTS.get(node.function, ())
    return positions if all(expression_phase(node.arguments[at], phases) <= Phase.TIME for at in positions) else ()


def _wraps(node: Apply, phases: Mapping[str, Phase]) -> bool:
    return node.function == "modulo" and expression_phase(node, phases) == Phase.TIME


def _parts(node: Expression, phases: Mapping[str, Phase] | None, clock: Clock) -> Iterator[tuple[Expression, Clock]]:
    """Yield the direct sub-expressions of ``node``, which is read by ``clock``, with the clock of each."""
    if isinstance(node, TableCall):
        yield node.argument, clock
    elif isinstance(node, Apply):
        positions = _positions(node, phases) if phases else ()
        for at, argument in enumerate(node.arguments):
            yield argument, clock_of(node) if at in positions else clock
        if phases and _wraps(node, phases):
            yield from ((argument, clock_of(node)) for argument in node.arguments)


def _moves(node: Expression, moving: frozenset[str], phases: Mapping[str, Phase]) -> bool:
    if isinstance(node, Reference):
        return node.name in moving
    if isinstance(node, Apply) and node.function in ("time", "ramp"):
        return True
    return any(_moves(part, moving, phases) for part, clock in _parts(node, phases, "time") if clock == "time")


def _reads(node: Expression, phases: Mapping[str, Phase] | None, clock: Clock) -> Iterator[tuple[str, Clock]]:
    if isinstance(node, Reference):
        yield node.name, clock
    for part, at in _parts(node, phases, clock):
        yield from _reads(part, phases, at)
