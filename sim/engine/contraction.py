"""Where rounding once instead of twice is faster, and cannot turn a result.

A product and a sum become one fused operation.  A division by what rests while the state moves becomes a multiplication by its
reciprocal, computed once.  A table may be read by its bends.  Each changes a last bit.  They are decided from the model's
structure alone, whichever constants vary and whatever is recorded, so that a run has the same bits in every ensemble; and they
are left out

- wherever time and constants decide alone, so that dates are compared as they are written;
- in everything that a jump depends on (a comparison, INTEGER, MODULO): 49 * (1/49) is less than 1;
- between two products: x * y - x * y must be 0, and x * x - y * y must not be less than 0 where x is y.
"""

import math
from collections.abc import Iterator

from sim.engine.graph import LEAVES, Graph
from sim.engine.phases import Phase
from sim.engine.program import Program
from sim.engine.runtime import TINY_DENOMINATOR

JUMPS = frozenset(("<", "<=", "=", "<>", "truncate", "remainder"))
"""Operations that jump where their arguments move a little."""


def contracted(program: Program) -> Program:
    """Return ``program`` with fused operations and reciprocals in the parts that the state moves smoothly."""
    made = Program(tables=program.tables)
    renewed = _renewed(program.graph, made.graph)
    made.rates = [renewed[node] for node in program.rates]
    made.initial = [renewed[node] for node in program.initial]
    made.values = {name: {element: renewed[node] for element, node in nodes.items()} for name, nodes in program.values.items()}
    return made


def _renewed(old: Graph, new: Graph) -> list[int]:
    """Write the nodes of ``old`` into ``new`` and return their places there."""
    exact = _exact(old)
    found: list[int] = []
    for node, key in enumerate(old.nodes):
        if key[0] in LEAVES:
            found.append(new.literal(key[1]) if key[0] == "literal" else new.leaf(*key))
        elif key[0] == "table":
            smooth = old.phases[node] == Phase.STATE and node not in exact
            found.append(new.table(key[2], found[key[1]], exact=not smooth))
        elif old.phases[node] != Phase.STATE or node in exact:
            found.append(new.apply(key[0], *(found[part] for part in key[1:])))
        else:
            resting = key[0] == "/" and old.phases[key[2]] < Phase.STATE and old.value(key[1]) != 1.0
            found.append(_inverted(new, *(found[part] for part in key[1:])) if resting else _fused(old, new, key, found))
    return found


def _inverted(new: Graph, above: int, below: int) -> int:
    return new.apply("*", above, new.apply("/", new.literal(1.0), below))


def _fused(old: Graph, new: Graph, key: tuple, found: list[int]) -> int:
    operation, *parts = key
    given = [found[part] for part in parts]
    if operation in ("+", "-"):
        products = [old.nodes[part][0] == "*" and old.phases[part] == Phase.STATE for part in parts]
        if products == [True, False]:
            other = given[1] if operation == "+" else new.apply("negative", given[1])
            return new.apply("fused", *(found[part] for part in old.arguments(parts[0])), other)
        if products == [False, True]:
            left, right = (found[part] for part in old.arguments(parts[1]))
            return new.apply("fused", left if operation == "+" else new.apply("negative", left), right, given[0])
    return new.apply(operation, *given)


def _exact(graph: Graph) -> set[int]:
    """Return the nodes that a jump depends on at the same moment."""
    found: set[int] = set()
    pending = [part for node in _jumps(graph) for part in graph.arguments(node)]
    while pending:
        node = pending.pop()
        if node not in found and graph.phases[node] == Phase.STATE:
            found.add(node)
            pending += graph.arguments(node)
    return found


def _jumps(graph: Graph) -> Iterator[int]:
    """Yield the nodes that jump, but for guards whose sides meet: a vanishing denominator, an infinite root."""
    for node, key in enumerate(graph.nodes):
        if key[0] in JUMPS and graph.phases[node] == Phase.STATE:
            limit = graph.value(key[-1])
            if limit not in (TINY_DENOMINATOR, -math.inf):
                yield node
