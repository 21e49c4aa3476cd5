"""Where each node of a program is computed: once for all members, once per member, with time, or with the state.

A scenario changes constants, never the code: constants that all members share are read from memory, and whatever depends
on them alone is computed once before any member runs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from sim.engine.graph import MOMENTS, Graph
from sim.engine.program import Program


class Place(IntEnum):
    """Once; once for each time; once per member; for each member and time."""

    SHARED = 0
    TIMELINE = 1
    MEMBER = 2
    STEP = 3


@dataclass(frozen=True)
class Layout:
    """What each part of a kernel computes and stores; a node's row is its position in its tuple.

    Attributes:
        places: place of each node of the graph.
        states: rows of the model's state that are integrated, in order.
        rates: node of the net flow of each of them.
        initial: node of the initial value of each of them.
        record: nodes to keep.
        shared: nodes stored by the first part, for all members.
        timeline: nodes stored for each time, for all members.
        member: nodes stored per member.
    """

    places: tuple[Place, ...]
    states: tuple[int, ...]
    rates: tuple[int, ...]
    initial: tuple[int, ...]
    record: tuple[int, ...]
    shared: tuple[int, ...]
    timeline: tuple[int, ...]
    member: tuple[int, ...]


def layout(program: Program, record: Sequence[int], varied: Iterable[int]) -> Layout:
    """Return what has to be computed where.

    Arguments:
        program: the model's graph.
        record: nodes to keep.
        varied: rows of constants that differ between members.
    """
    graph = program.graph
    places = _places(graph, frozenset(varied))
    states = _needed_states(program, record)
    rates = tuple(program.rates[row] for row in states)
    initial = tuple(program.initial[row] for row in states)
    steps = _border(graph, (*rates, *record), places, Place.STEP)
    starts = _border(graph, (*initial, *steps[Place.MEMBER]), places, Place.MEMBER)
    moments = _border(graph, steps[Place.TIMELINE], places, Place.TIMELINE)
    shared = dict.fromkeys([*steps[Place.SHARED], *starts[Place.SHARED], *moments[Place.SHARED]])
    return Layout(places, states, rates, initial, tuple(record), tuple(shared), steps[Place.TIMELINE], steps[Place.MEMBER])


def _places(graph: Graph, varied: frozenset[int]) -> tuple[Place, ...]:
    found: list[Place] = []
    own = {"state": Place.STEP, **dict.fromkeys(MOMENTS, Place.TIMELINE)}
    for node, key in enumerate(graph.nodes):
        if key[0] == "constant":
            found.append(Place.MEMBER if key[1] in varied else Place.SHARED)
            continue
        parts = {found[part] for part in graph.arguments(node)} | {own.get(key[0], Place.SHARED)}
        both = {Place.TIMELINE, Place.MEMBER} <= parts
        found.append(Place.STEP if both else max(parts))
    return tuple(found)


def _needed_states(program: Program, record: Iterable[int]) -> tuple[int, ...]:
    """Return the rows of the state that ``record`` depends on, now or through time."""
    graph, found = program.graph, dict[int, None]()
    pending = list(record)
    while pending:
        rows = [graph.nodes[node][1] for node in graph.reachable(pending) if graph.nodes[node][0] == "state"]
        fresh = [row for row in rows if row not in found]
        found |= dict.fromkeys(fresh)
        pending = [program.rates[row] for row in fresh]
    return tuple(sorted(found))


def _border(graph: Graph, roots: Iterable[int], places: Sequence[Place], place: Place) -> dict[Place, tuple[int, ...]]:
    """Return by place the nodes that code at ``place`` reads from others, ``roots`` of other places among them."""
    found: dict[Place, dict[int, None]] = {kind: {} for kind in Place}
    for root in roots:
        if places[root] != place:
            found[places[root]][root] = None
    for node in graph.reachable(roots, lambda node: places[node] == place):
        for part in graph.arguments(node):
            if places[part] != place:
                found[places[part]][part] = None
    return {kind: tuple(node for node in nodes if not immediate(graph, node, kind)) for kind, nodes in found.items()}


def immediate(graph: Graph, node: int, place: Place) -> bool:
    """Tell whether code anywhere reads ``node`` without anybody storing it: literals, the clock, shared constants."""
    operation = graph.nodes[node][0]
    return operation in ("literal", "clock", "truth") or (operation == "constant" and place == Place.SHARED)
