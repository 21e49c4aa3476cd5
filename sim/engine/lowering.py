"""From a model's equations to one graph: subscripts unrolled, functions written in the few operations of the graph."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from types import MappingProxyType

import numpy as np

from sim.engine.contraction import contracted
from sim.engine.graph import BOOLEAN, HALF_STEP, START, STOP, TIME_STEP
from sim.engine.held import Holding, holding
from sim.engine.layout import constants_of, slots_of
from sim.engine.phases import Phase, variable_phases
from sim.engine.program import Element, Program, Values
from sim.engine.runtime import TINY_DENOMINATOR
from sim.model.expressions import Apply, Expression, Number, Numbers, Reference, Table, TableCall, children
from sim.model.ir import Equation, Model, Variable
from sim.model.structure import order


class CannotCompile(Exception):
    """The vector kernel does not take this model; ``str`` says what of it."""


def lower(model: Model) -> Program:
    """Return ``model`` as a program.

    Raises:
        CannotCompile: a function that the vector kernel has not.
    """
    return contracted(_Lowering(model).program())


class _Lowering:
    def __init__(self, model: Model) -> None:
        self.model = model
        self.made = Program()
        self.graph = self.made.graph
        self.numbers: dict[str | Table, int] = {}
        self.constants = {slot.name: slot for slot in slots_of(model, "constant")}
        self.own = constants_of(model)
        self.stocks = {slot.name: slot for slot in slots_of(model, "stock")}

    def program(self) -> Program:
        ordered, model = order(self.model), self.model
        held = holding(model, ordered, variable_phases(model, ordered))
        now = _Moment(self, self.graph.leaf("time"), held)
        for name, slot in self.stocks.items():
            rows = range(slot.start, slot.stop)
            elements = model.elements(model.variables[name])
            now.values[name] = {element: self.graph.leaf("state", row) for element, row in zip(elements, rows, strict=True)}
        for name, position in ordered.every_step:
            now.define(model.variables[name], model.variables[name].equations[position], start=False)
        self.made.values = {
            name: {element: found[element] for element in model.elements(model.variables[name])}
            for name, found in now.values.items()
        }  # equations may define elements in any order
        start = _Moment(self, self.graph.leaf("clock", START), held)
        for name, position in ordered.at_start:
            start.define(model.variables[name], model.variables[name].equations[position], start=True)
        for name in self.stocks:
            net = now.net_flow(model.variables[name])
            elements = model.elements(model.variables[name])
            self.made.rates += [net[element] for element in elements]
            self.made.initial += [start.values[name][element] for element in elements]
        return self.made

    def table(self, table: Table | Reference) -> int:
        """Return the number of a table."""
        found = table if isinstance(table, Table) else table.name
        if found not in self.numbers:
            self.numbers[found] = len(self.made.tables)
            self.made.tables.append(found)
        return self.numbers[found]

    def constant(self, name: str) -> dict[Element, int]:
        """Return the nodes of a constant; one that no run may change is a literal."""
        variable, slot = self.model.variables[name], self.constants[name]
        leaf = (
            (lambda row: self.graph.leaf("constant", row))
            if variable.settable
            else (lambda row: self.graph.literal(float(self.own[row])))
        )
        elements = self.model.elements(variable)
        return {element: leaf(row) for element, row in zip(elements, range(slot.start, slot.stop), strict=True)}


class _Moment:
    """Values of all variables at one moment: at a given time and state, or at the start.

    Attributes:
        held: what is held within a step: a whole variable or none of its elements, as in the NumPy kernel.
        holds: whether the function that is being written is held.
    """

    def __init__(self, owner: _Lowering, time: int, held: Holding) -> None:
        self.owner = owner
        self.held = held
        self.holds = False
        self.model = owner.model
        self.graph = owner.graph
        self.time = time
        self.values: Values = {}

    def define(self, variable: Variable, equation: Equation, *, start: bool) -> None:
        """Add the nodes of one equation."""
        if variable.kind == "constant":
            self.values.setdefault(variable.name, self.owner.constant(variable.name))
            return
        side = equation.initial if start and equation.initial is not None else equation.value
        assert not isinstance(side, Table)
        found = self.values.setdefault(variable.name, {})
        for element, chosen in self.elements(equation):
            found[element] = self.number(side, chosen)

    def net_flow(self, variable: Variable) -> dict[Element, int]:
        """Return the net flow of each element of a stock."""
        return {
            element: self.number(equation.value, chosen)
            for equation in variable.equations
            if not isinstance(equation.value, Table)
            for element, chosen in self.elements(equation)
        }

    def elements(self, equation: Equation) -> Iterator[tuple[Element, dict[str, str]]]:
        """Yield each element that ``equation`` defines, with the element that each of its ranges stands for."""
        ranges = self.model.ranges
        parts = [ranges[part].elements if part in ranges else (part,) for part in equation.scope]
        for element in itertools.product(*parts):
            yield element, {part: at for part, at in zip(equation.scope, element, strict=True) if part in ranges}

    def number(self, node: Expression, chosen: Mapping[str, str]) -> int:
        """Return the node of ``node`` as a number: 1 and 0 where it tells true from false."""
        found = self.any(node, chosen)
        if self.graph.nodes[found][0] not in BOOLEAN:
            return found
        return self.graph.apply("select", found, self.graph.literal(1.0), self.graph.literal(0.0))

    def truth(self, node: Expression, chosen: Mapping[str, str]) -> int:
        """Return the node of ``node`` as true or false: a number is true unless it is zero."""
        found = self.any(node, chosen)
        if self.graph.nodes[found][0] in BOOLEAN:
            return found
        return self.graph.apply("<>", found, self.graph.literal(0.0))

    def any(self, node: Expression, chosen: Mapping[str, str]) -> int:
        """Return the node of ``node``, a number or true and false as it comes."""
        if isinstance(node, Number):
            return self.graph.literal(node.value)
        if isinstance(node, Numbers):
            shape = node.shape
            index = tuple(self.model.ranges[name].elements.index(at) for name, at in chosen.items())
            return self.graph.literal(float(np.reshape(node.values, shape)[index]))
        if isinstance(node, Reference):
            return self.values[node.name][tuple(chosen.get(part.name, part.name) for part in node.subscripts)]
        if isinstance(node, TableCall):
            return self.graph.table(self.owner.table(node.table), self.number(node.argument, chosen))
        return self.applied(node, chosen)

    def applied(self, node: Apply, chosen: Mapping[str, str]) -> int:
        """Return the node of a function applied to its arguments."""
        name = node.function
        if name in REDUCERS:
            return self.reduced(node, chosen)
        if name in _TRUTHS:
            parts = [self.truth(argument, chosen) for argument in node.arguments]
            return self.graph.apply(_TRUTHS[name], *parts)
        if name == "if then else":
            condition, *sides = node.arguments
            return self.graph.apply("select", self.truth(condition, chosen), *(self.number(side, chosen) for side in sides))
        if name not in FUNCTIONS:
            raise CannotCompile(f"the vector kernel has no {name.upper()}")
        parts = [self.number(argument, chosen) for argument in node.arguments]
        self.holds = bool(self.held.positions(node)) or self.held.wraps(node)
        return FUNCTIONS[name](self, *parts)

    def reduced(self, node: Apply, chosen: Mapping[str, str]) -> int:
        """Return the node of a sum or another reduction: a chain in the order of the elements."""
        names = list(dict.fromkeys(_reduced_ranges(node.arguments[0])))
        products = itertools.product(*(self.model.ranges[name].elements for name in names))
        parts = [self.number(node.arguments[0], {**chosen, **dict(zip(names, at, strict=True))}) for at in products]
        return reduce(lambda left, right: self.graph.apply(REDUCERS[node.function], left, right), parts)

    def switch(self, operation: str, *parts: int) -> int:
        """Return a node that jumps; where time alone moves it, all stages of a step read it once (:mod:`sim.engine.held`)."""
        return self.once("held" if operation in ("=", "<>") else "within", self.graph.apply(operation, *parts))

    def once(self, moment: str, node: int) -> int:
        """Return ``node``, read once for all stages of a step if the function that is being written is held."""
        return self.graph.at(moment, node) if self.holds and self.graph.phases[node] == Phase.TIME else node

    def clock(self, row: int) -> int:
        """Return the node of one of the clock's numbers."""
        return self.graph.leaf("clock", row)

    def since(self, start: int) -> int:
        """Return whether the time of ``start`` has come, to half a step."""
        return self.once("held", self.graph.apply("<", start, self.graph.apply("+", self.time, self.clock(HALF_STEP))))


def _reduced_ranges(node: Expression) -> Iterator[str]:
    """Yield the ranges that a reduction of ``node`` runs over; a reduction inside it keeps its own."""
    if isinstance(node, Reference):
        yield from (subscript.name for subscript in node.subscripts if subscript.reduced)
    elif not (isinstance(node, Apply) and node.function in REDUCERS):
        for part in children(node):
            yield from _reduced_ranges(part)


def _plain(operation: str) -> Callable[..., int]:
    return lambda moment, *parts: moment.graph.apply(operation, *parts)


def _switching(operation: str, *, turned: bool = False) -> Callable[..., int]:
    return lambda moment, left, right: moment.switch(operation, *((right, left) if turned else (left, right)))


def _logarithm(moment: _Moment, value: int, base: int) -> int:
    return moment.graph.apply("/", moment.graph.apply("log", value), moment.graph.apply("log", base))


def _remainder(moment: _Moment, value: int, divisor: int) -> int:
    graph = moment.graph
    made = graph.apply("remainder", value, divisor)
    if not moment.holds or graph.phases[made] != Phase.TIME:
        return made
    return graph.apply("+", graph.at("within", made), graph.apply("-", value, graph.at("within", value)))


def _quotient_or(moment: _Moment, above: int, below: int, otherwise: int | None = None) -> int:
    graph = moment.graph
    small = graph.apply("<", graph.apply("abs", below), graph.literal(TINY_DENOMINATOR))
    safe = graph.apply("/", above, graph.apply("select", small, graph.literal(1.0), below))
    return graph.apply("select", small, graph.literal(0.0) if otherwise is None else otherwise, safe)


def _step(moment: _Moment, height: int, start: int) -> int:
    return moment.graph.apply("select", moment.since(start), height, moment.graph.literal(0.0))


def _lasting(moment: _Moment, width: int) -> int:
    some = moment.graph.apply("<", moment.graph.literal(0.0), width)
    return moment.graph.apply("select", some, width, moment.clock(TIME_STEP))


def _between(moment: _Moment, start: int, end: int) -> int:
    return moment.graph.apply("and", moment.since(start), moment.graph.apply("not", moment.since(end)))


def _pulse(moment: _Moment, start: int, width: int) -> int:
    graph = moment.graph
    end = graph.apply("+", start, _lasting(moment, width))
    return graph.apply("select", _between(moment, start, end), graph.literal(1.0), graph.literal(0.0))


def _pulse_train(moment: _Moment, start: int, width: int, interval: int, end: int) -> int:
    graph = moment.graph
    tolerance = graph.apply("*", graph.literal(1e-9), moment.clock(TIME_STEP))
    late = graph.apply("-", graph.apply("+", moment.time, moment.clock(HALF_STEP)), start)
    since = graph.apply("+", late, tolerance)
    left = graph.apply("remainder", since, interval)
    unlike = graph.apply("<", graph.apply("*", left, interval), graph.literal(0.0))
    phase = graph.apply("select", unlike, graph.apply("+", left, interval), left)
    on = graph.apply("and", _between(moment, start, end), graph.apply("<", phase, _lasting(moment, width)))
    return graph.apply("select", moment.once("held", on), graph.literal(1.0), graph.literal(0.0))


def _ramp(moment: _Moment, slope: int, start: int, finish: int | None = None) -> int:
    graph = moment.graph
    last = moment.time if finish is None else graph.apply("min", moment.time, finish)
    risen = graph.apply("*", slope, graph.apply("-", last, start))
    return graph.apply("select", graph.apply("<", start, moment.time), risen, graph.literal(0.0))


REDUCERS: Mapping[str, str] = MappingProxyType({"sum": "+", "prod": "*", "vmax": "max", "vmin": "min"})
"""Functions that reduce ranges, and the operation of their chain."""

_TRUTHS: Mapping[str, str] = MappingProxyType({":and:": "and", ":or:": "or", ":not:": "not"})

FUNCTIONS: Mapping[str, Callable[..., int]] = MappingProxyType(
    {
        **{name: _plain(name) for name in ("+", "-", "*", "/", "max", "min", "abs", "exp", "sqrt", "negative")},
        "^": _plain("pow"),
        "ln": _plain("log"),
        "<": _switching("<"),
        "<=": _switching("<="),
        ">": _switching("<", turned=True),
        ">=": _switching("<=", turned=True),
        "=": _switching("="),
        "<>": _switching("<>"),
        "log": _logarithm,
        "integer": lambda moment, value: moment.switch("truncate", value),
        "modulo": _remainder,
        "zidz": _quotient_or,
        "xidz": _quotient_or,
        "step": _step,
        "pulse": _pulse,
        "pulse train": _pulse_train,
        "ramp": _ramp,
        "time": lambda moment: moment.time,
        "time step": lambda moment: moment.clock(TIME_STEP),
        "initial time": lambda moment: moment.clock(START),
        "final time": lambda moment: moment.clock(STOP),
    }
)
"""Functions of numbers, by their row in the function table; what is missing makes a model fall back to NumPy."""
