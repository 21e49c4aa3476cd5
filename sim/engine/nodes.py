"""Writing nodes of a graph as LLVM text."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from sim.engine.graph import BOOLEAN, MOMENTS, Graph
from sim.engine.placement import Place, immediate
from sim.engine.tables import HEAD, Shape, write_bends
from sim.engine.text import Lines

ARITHMETIC: Mapping[str, str] = MappingProxyType({"+": "fadd", "-": "fsub", "*": "fmul", "/": "fdiv", "remainder": "frem"})
INTRINSIC: Mapping[str, str] = MappingProxyType({"fused": "fma", "abs": "fabs", "sqrt": "sqrt", "truncate": "trunc"})
COMPARISON: Mapping[str, str] = MappingProxyType({"<": "olt", "<=": "ole", "=": "oeq", "<>": "une"})


@dataclass(frozen=True)
class Source:
    """Where stored nodes are read: a pointer, whether each lane has a number of its own, and the row of each node."""

    pointer: str
    lanes: bool
    rows: Mapping[int, int]


def source(pointer: str, nodes: Sequence[int], *, lanes: bool) -> Source:
    """Return the source of ``nodes`` stored one after the other at ``pointer``."""
    return Source(pointer, lanes, {node: row for row, node in enumerate(nodes)})


class NodeWriter:
    """Writes nodes of one place into the lines of one function, each once, when it is first asked for.

    Arguments:
        lines: where to write.
        graph: the nodes.
        places: place of each node.
        place: place of the function.
        sources: where nodes of other places are read.
        shapes: form of each table by number.
    """

    def __init__(
        self,
        lines: Lines,
        graph: Graph,
        places: Sequence[Place],
        *,
        place: Place,
        sources: Iterable[Source],
        shapes: Sequence[Shape],
    ) -> None:
        self.lines = lines
        self.graph = graph
        self.places = places
        self.place = place
        self.shapes = shapes
        self.stored = {node: (found, row) for found in sources for node, row in found.rows.items()}
        self.names: dict[int, str] = {}

    def write(self, root: int) -> str:
        """Return the name of ``root``, written with everything that it needs."""
        for node in self.graph.reachable([root], lambda node: self._mine(node) and node not in self.names):
            for part in self.graph.arguments(node):
                if part not in self.names:
                    self.names[part] = self._read(part)
            self.names[node] = self._operation(node)
        if root not in self.names:
            self.names[root] = self._read(root)
        return self.names[root]

    def number(self, root: int) -> str:
        """Return the name of ``root`` as a number, 1 and 0 where it tells true from false."""
        name = self.write(root)
        if self.graph.nodes[root][0] not in BOOLEAN:
            return name
        return self.lines.select(name, self.lines.constant(1.0), self.lines.constant(0.0))

    def _mine(self, node: int) -> bool:
        return self.places[node] == self.place and node not in self.stored and not immediate(self.graph, node, self.place)

    def _read(self, node: int) -> str:
        operation, *data = self.graph.nodes[node]
        if node in self.stored:
            found, row = self.stored[node]
            name = self.lines.load(found.pointer, row, lanes=found.lanes)
            return self.lines.compare("une", name, self.lines.constant(0.0)) if operation in BOOLEAN else name
        if operation == "literal":
            return self.lines.constant(data[0])
        if operation == "truth":
            return self.lines.truth(bool(self.graph.value(data[0])))
        return self.lines.load({"constant": "%constants", "clock": "%clock"}[operation], data[0], lanes=False)

    def _operation(self, node: int) -> str:
        operation, *parts = self.graph.nodes[node]
        if operation == "table":
            return self._table(*parts)
        given = [self.names[part] for part in parts]
        if operation in ("min", "max"):
            return self._extreme("ogt" if operation == "max" else "olt", parts)
        return _OPERATIONS[operation](self.lines, *given)

    def _extreme(self, condition: str, parts: Sequence[int]) -> str:
        """Write the larger or smaller of two numbers, NaN where either is."""
        left, right = parts if self._finite(parts[0]) else parts[::-1]
        one, other = self.names[left], self.names[right]
        found = self.lines.select(self.lines.compare(condition, one, other), one, other)
        if self._finite(left):
            return found
        return self.lines.select(self.lines.compare("uno", one, one), one, found)

    def _finite(self, node: int) -> bool:
        """Tell whether ``node`` is surely a number: constants are checked before they reach the kernel."""
        return self.graph.nodes[node][0] in ("literal", "constant", "clock", *MOMENTS)

    def _table(self, argument: int, number: int, exact: bool) -> str:
        shape = self.shapes[number]
        if shape.bends and not exact:
            return write_bends(self.lines, shape, self.names[argument])
        pointer = self.lines.at("%tables", shape.offset + HEAD)
        return self.lines.read_table(self.names[argument], pointer, shape.points)


def _own(name: str) -> Callable[..., str]:
    return lambda lines, *given: lines.own(name, *given)


def _arithmetic(operation: str) -> Callable[..., str]:
    return lambda lines, left, right: lines.arithmetic(operation, left, right)


def _intrinsic(name: str) -> Callable[..., str]:
    return lambda lines, *given: lines.call(name, *given)


def _comparison(condition: str) -> Callable[..., str]:
    return lambda lines, left, right: lines.compare(condition, left, right)


_OPERATIONS: Mapping[str, Callable[..., str]] = MappingProxyType(
    {
        **{name: _arithmetic(operation) for name, operation in ARITHMETIC.items()},
        **{name: _intrinsic(function) for name, function in INTRINSIC.items()},
        **{name: _comparison(condition) for name, condition in COMPARISON.items()},
        **{name: _own(name) for name in ("exp", "log", "pow")},
        "negative": Lines.negative,
        "and": Lines.both,
        "or": Lines.either,
        "not": Lines.opposite,
        "select": Lines.select,
    }
)
"""How each operation is written."""
