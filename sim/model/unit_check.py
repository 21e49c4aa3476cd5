"""The dimensional check: every equation's two sides, and every operation inside it.

A bare number agrees with any unit in sums, minima and comparisons and is dimensionless in products and powers; a variable
without unit text makes what depends on it unknown rather than wrong.  The rules are those of the function table.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction

from sim.errors import Problem, ThroughflowError
from sim.model.expressions import Apply, Expression, Number, Numbers, Reference, Table, TableCall
from sim.model.functions import FUNCTIONS
from sim.model.ir import Equation, Model, Variable
from sim.model.text import text
from sim.model.units import ANY, DIMENSIONLESS, UNKNOWN, Unit, combine, parse_unit, raised


def check_units(model: Model) -> tuple[Problem, ...]:
    """Return a problem for every clash of units in ``model``; an empty tuple when all equations agree."""
    problems: list[Problem] = []
    units: dict[str, Unit] = {}
    for variable in model.variables.values():
        try:
            units[variable.name] = parse_unit(variable.units, model.place(variable.name))
        except ThroughflowError as error:
            problems += error.problems
            units[variable.name] = UNKNOWN
    clock = parse_unit(model.clock.units, f"{model.name} TIME STEP")
    for variable in model.variables.values():
        for equation in variable.equations:
            checker = _Checker(model.place(variable.name), units, clock)
            checker.equation(variable, equation)
            problems += checker.problems
    return tuple(problems)


def unit_of(expression: Expression, units: Mapping[str, Unit], clock: Unit) -> Unit:
    """Return the unit of ``expression``, clashes inside it left aside.

    Arguments:
        expression: any expression of the model.
        units: units of the variables it refers to, by name.
        clock: unit of time.
    """
    return _Checker("", units, clock).unit(expression)


def unchecked(model: Model) -> tuple[str, ...]:
    """Return the names of variables without unit text, about which the check says nothing."""
    return tuple(variable.name for variable in model.variables.values() if not variable.units.strip())


class _Checker:
    """Finds the unit of each part of one equation and collects clashes."""

    def __init__(self, where: str, units: Mapping[str, Unit], clock: Unit) -> None:
        self.where = where
        self.units = units
        self.clock = clock
        self.problems: list[Problem] = []

    def equation(self, variable: Variable, equation: Equation) -> None:
        if isinstance(equation.value, Table):
            return
        unit = self.units[variable.name]
        found = self.unit(equation.value)
        if variable.kind == "stock":
            flow = combine(unit, self.clock, -1)
            self._agree(found, flow, f"the net flow is in {found}, the stock's unit per time is {flow}")
        else:
            self._agree(found, unit, f"the equation gives {found}, its variable is in {unit}")
        if equation.initial is not None:
            start = self.unit(equation.initial)
            self._agree(start, unit, f"the initial value is in {start}, the {variable.kind} in {unit}")

    def unit(self, node: Expression) -> Unit:
        if isinstance(node, Number | Numbers):
            return ANY
        if isinstance(node, Reference):
            return self.units[node.name]
        if isinstance(node, TableCall):
            self.unit(node.argument)
            return self.units[node.table.name] if isinstance(node.table, Reference) else ANY
        rule = FUNCTIONS[node.function].units
        return RULES[rule](self, node, [self.unit(argument) for argument in node.arguments])

    def _agree(self, left: Unit, right: Unit, what: str) -> Unit:
        for one, other in ((left, right), (right, left)):
            if one in (ANY, UNKNOWN):
                return UNKNOWN if UNKNOWN in (one, other) else other
        if left != right:
            self.problems.append(
                Problem(
                    self.where,
                    what,
                    "quantities of different units are not comparable",
                    "correct a unit, or add the constant that converts one into the other",
                )
            )
        return left

    def _plain(self, unit: Unit, node: Apply) -> None:
        self._agree(unit, DIMENSIONLESS, f"{unit} in {text(node)[:100]}, which takes a dimensionless number")


Rule = Callable[[_Checker, Apply, list[Unit]], Unit]


def _same(checker: _Checker, node: Apply, units: list[Unit]) -> Unit:
    unit = units[0]
    for other in units[1:]:
        unit = checker._agree(unit, other, f"{unit} and {other} meet in {text(node)[:100]}")
    return unit


def _power(checker: _Checker, node: Apply, units: list[Unit]) -> Unit:
    exponent = node.arguments[1]
    checker._plain(units[1], node)
    if isinstance(exponent, Number) and units[0].kind == "unit":
        return raised(units[0], Fraction(exponent.value).limit_denominator(1000))
    checker._plain(units[0], node)
    return units[0] if units[0] in (ANY, UNKNOWN) else DIMENSIONLESS


def _compare(checker: _Checker, node: Apply, units: list[Unit]) -> Unit:
    _same(checker, node, units)
    return DIMENSIONLESS


def _condition(checker: _Checker, node: Apply, units: list[Unit]) -> Unit:
    return _same(checker, node, units[1:])


def _dimensionless(checker: _Checker, node: Apply, units: list[Unit]) -> Unit:
    for unit in units:
        checker._plain(unit, node)
    return DIMENSIONLESS


def _guarded(checker: _Checker, node: Apply, units: list[Unit]) -> Unit:
    return _same(checker, node, [combine(units[0], units[1], -1), units[2]])


RULES: Mapping[str, Rule] = {
    "same": _same,
    "product": lambda checker, node, units: combine(units[0], units[1], 1),
    "quotient": lambda checker, node, units: combine(units[0], units[1], -1),
    "power": _power,
    "logical": lambda checker, node, units: DIMENSIONLESS,
    "condition": _condition,
    "compare": _compare,
    "dimensionless": _dimensionless,
    "root": lambda checker, node, units: raised(units[0], Fraction(1, 2)),
    "guarded quotient": _guarded,
    "clock": lambda checker, node, units: checker.clock,
    "first": lambda checker, node, units: units[0],
    "free": lambda checker, node, units: UNKNOWN,
    "remainder": _same,
}
"""How the unit of a function's result follows from those of its arguments, by the rule its row names."""
