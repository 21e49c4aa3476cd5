"""A model as one graph of numbers: every element of every array a node of its own, equal nodes made once.

The graph is the compiled kernel's intermediate form.  It is simplified only where not one bit of a result can differ.
"""

import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from sim.engine.phases import Phase

Key = tuple
"""``(operation, *arguments)``; arguments are nodes for operations, data for leaves."""

MOMENTS = ("time", "held", "within")
"""Leaves that are times: of the stage, of the beginning of its step, and where its method reads comparisons."""

LEAVES = frozenset(("literal", "constant", "state", "clock", *MOMENTS))
"""Operations whose arguments are data: a number; a row of constants or of the state; a row of the clock's numbers."""

BOOLEAN = frozenset(("<", "<=", "=", "<>", "and", "or", "not", "truth"))
"""Operations that tell true from false."""

CALLS = frozenset(("exp", "log", "pow", "table"))
"""Operations that are functions of many steps."""

LONGEST_PRODUCT = 8
"""Whole exponents up to which a power is written as a product."""

TIME_STEP, HALF_STEP, START, STOP = range(4)
"""Rows of the clock's numbers."""

_FOLDED: Mapping[str, Callable[..., float]] = MappingProxyType(
    {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": operator.truediv,
        "negative": operator.neg,
        "abs": abs,
        "truncate": math.trunc,
        "<": operator.lt,
        "<=": operator.le,
        "=": operator.eq,
        "<>": operator.ne,
    }
)
"""Operations on literals that Python computes as the processor does, correctly rounded."""


class Graph:
    """Nodes in an order in which arguments stand before what uses them.

    Attributes:
        nodes: operation and arguments of each node.
        phases: when each node has to be computed; constants count as computed once per run, whether or not they vary.
    """

    def __init__(self) -> None:
        self.nodes: list[Key] = []
        self.phases: list[Phase] = []
        self._known: dict[Key, int] = {}
        self._moved: dict[tuple[str, int], int] = {}

    def leaf(self, operation: str, *data: float | int) -> int:
        """Return the node of a leaf."""
        phase = {"state": Phase.STATE, **dict.fromkeys(MOMENTS, Phase.TIME)}.get(operation, Phase.RUN)
        if operation == "literal":  # 0.0 and -0.0 are equal as keys, and are not the same number
            return self._made(("literal", float(data[0]), math.copysign(1.0, data[0])), phase)
        return self._made((operation, *data), phase)

    def literal(self, value: float) -> int:
        """Return the node of a number."""
        return self.leaf("literal", value)

    def value(self, node: int) -> float | None:
        """Return the number that ``node`` is, ``None`` unless it is a literal."""
        found = self.nodes[node]
        return found[1] if found[0] == "literal" else None

    def apply(self, operation: str, *arguments: int) -> int:
        """Return the node of ``operation`` applied to nodes, simplified where not one bit of the result can differ."""
        simpler = self._simplified(operation, arguments)
        return simpler if simpler is not None else self._applied(operation, arguments)

    def table(self, name: int, argument: int, *, exact: bool = True) -> int:
        """Return the node of a table, given by number, read at ``argument``; ``exact`` where its points must be hit."""
        return self._made(("table", argument, name, exact), self.phases[argument])

    def arguments(self, node: int) -> tuple[int, ...]:
        """Return the nodes that ``node`` is computed from."""
        found = self.nodes[node]
        if found[0] in LEAVES:
            return ()
        return found[1:2] if found[0] == "table" else found[1:]

    def reachable(self, roots: Iterable[int], chosen: Callable[[int], bool] = lambda node: True) -> list[int]:
        """Return the nodes that ``roots`` reach through ``chosen`` nodes alone, arguments first and close to their use."""
        found: dict[int, None] = {}
        pending = [(root, False) for root in reversed(list(roots)) if chosen(root)]
        while pending:
            node, done = pending.pop()
            if node in found:
                continue
            if done:
                found[node] = None
                continue
            pending.append((node, True))
            pending += [(part, False) for part in reversed(self.arguments(node)) if part not in found and chosen(part)]
        return list(found)

    def at(self, moment: str, node: int) -> int:
        """Return ``node``, which depends on time and constants alone, read at ``held`` or ``within`` instead of ``time``."""
        for part in self.reachable([node]):
            if (moment, part) not in self._moved:
                self._moved[moment, part] = self._read_at(moment, part)
        return self._moved[moment, node]

    def _read_at(self, moment: str, node: int) -> int:
        operation, *data = self.nodes[node]
        if operation == "time":
            return self.leaf(moment)
        if self.phases[node] == Phase.RUN or operation in LEAVES:
            return node
        parts = [self._moved[moment, part] for part in self.arguments(node)]
        return self.table(data[1], parts[0], exact=data[2]) if operation == "table" else self.apply(operation, *parts)

    def _made(self, key: Key, phase: Phase) -> int:
        if key not in self._known:
            self._known[key] = len(self.nodes)
            self.nodes.append(key)
            self.phases.append(phase)
        return self._known[key]

    def _applied(self, operation: str, arguments: Sequence[int]) -> int:
        return self._made((operation, *arguments), max((self.phases[part] for part in arguments), default=Phase.RUN))

    def _simplified(self, operation: str, arguments: tuple[int, ...]) -> int | None:
        values = [self.value(part) for part in arguments]
        if None not in values and (folded := _folded(operation, values)) is not None:
            return self.literal(folded) if operation not in BOOLEAN else self._applied("truth", [self.literal(folded)])
        rule = _RULES.get(operation)
        return rule(self, arguments, values) if rule else None

    def truth(self, node: int) -> bool | None:
        """Return whether ``node`` is known to be true or false, ``None`` if that depends on a run."""
        found = self.nodes[node]
        return bool(self.value(found[1])) if found[0] == "truth" else None


def _folded(operation: str, values: Sequence[float | None]) -> float | None:
    if operation not in _FOLDED:
        return None
    try:
        result = float(_FOLDED[operation](*values))
    except (ZeroDivisionError, OverflowError, ValueError):
        return None
    return result if math.isfinite(result) else None


def _difference(graph: Graph, parts: tuple[int, ...], values: Sequence[float | None]) -> int | None:
    return parts[0] if values[1] == 0 and math.copysign(1.0, values[1]) > 0 else None


def _product(graph: Graph, parts: tuple[int, ...], values: Sequence[float | None]) -> int | None:
    for part, value in zip(parts, reversed(values), strict=True):
        if value == 1.0:
            return part
    return None


def _quotient(graph: Graph, parts: tuple[int, ...], values: Sequence[float | None]) -> int | None:
    return parts[0] if values[1] == 1.0 else None


def _power(graph: Graph, parts: tuple[int, ...], values: Sequence[float | None]) -> int | None:
    """Write powers whose exponent stands in the equation as products and roots."""
    base, exponent = parts[0], values[1]
    if exponent is None:
        return None
    if exponent in (0.5, 0.25):
        root = _root(graph, base)
        return root if exponent == 0.5 else _root(graph, root)
    if exponent != int(exponent) or abs(exponent) > LONGEST_PRODUCT:
        return None
    if exponent < 0:
        return graph.apply("/", graph.literal(1.0), graph.apply("pow", base, graph.literal(-exponent)))
    found, square, left = graph.literal(1.0), base, int(exponent)
    while left:
        found = graph.apply("*", found, square) if left % 2 else found
        square, left = graph.apply("*", square, square), left // 2
    return found


def _root(graph: Graph, base: int) -> int:
    """Return ``base`` to the power of a half: unlike the square root, +0 at -0 and infinite at minus infinity."""
    root = graph.apply("sqrt", graph.apply("+", base, graph.literal(0.0)))
    return graph.apply("select", graph.apply("=", base, graph.literal(-math.inf)), graph.literal(math.inf), root)


def _selection(graph: Graph, parts: tuple[int, ...], values: Sequence[float | None]) -> int | None:
    known = graph.truth(parts[0])
    if known is not None:
        return parts[1] if known else parts[2]
    return parts[1] if parts[1] == parts[2] else None


def _both(graph: Graph, parts: tuple[int, ...], values: Sequence[float | None]) -> int | None:
    return _joined(graph, parts, decisive=False)


def _either(graph: Graph, parts: tuple[int, ...], values: Sequence[float | None]) -> int | None:
    return _joined(graph, parts, decisive=True)


def _joined(graph: Graph, parts: tuple[int, ...], *, decisive: bool) -> int | None:
    for part, other in (parts, parts[::-1]):
        known = graph.truth(part)
        if known is not None:
            return part if known == decisive else other
    return None


def _inverse(graph: Graph, parts: tuple[int, ...], values: Sequence[float | None]) -> int | None:
    known = graph.truth(parts[0])
    return None if known is None else graph.apply("truth", graph.literal(float(not known)))


_RULES: Mapping[str, Callable[[Graph, tuple[int, ...], Sequence[float | None]], int | None]] = MappingProxyType(
    {
        "-": _difference,
        "*": _product,
        "/": _quotient,
        "pow": _power,
        "select": _selection,
        "and": _both,
        "or": _either,
        "not": _inverse,
    }
)
"""Simplifications by operation."""
