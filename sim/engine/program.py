"""A model as a graph, with the nodes that matter by name."""

from dataclasses import dataclass, field

from sim.engine.graph import Graph
from sim.model.expressions import Table

Element = tuple[str, ...]
Values = dict[str, dict[Element, int]]
"""Nodes by variable and element."""


@dataclass
class Program:
    """A model as a graph.

    Attributes:
        graph: the nodes.
        rates: node of the net flow of each row of the state.
        initial: node of the initial value of each row of the state.
        values: nodes of every variable but tables, at a given time and state, by name and element.
        tables: tables read, by number: the name of a table variable, or points of its own.
    """

    graph: Graph = field(default_factory=Graph)
    rates: list[int] = field(default_factory=list)
    initial: list[int] = field(default_factory=list)
    values: Values = field(default_factory=dict)
    tables: list[str | Table] = field(default_factory=list)
