"""Delays, smooths, trends, forecasts and INITIAL as the stocks and flows they stand for.

The engine only ever integrates stocks: each call in an equation becomes variables of the model, under names that say what
they are, and the equation reads them.  Each row of :data:`EXPANSIONS` is one small stock-and-flow model.

Sources: Vensim Help, "Dynamic Functions", by the function's own name; the equations that it calls equivalent are those here
(https://vensim.com/documentation/fn_smooth.html, fn_delay1.html, fn_delay3.html, fn_trend.html, fn_forecast.html).  Of
SMOOTH N and DELAY N it says that they equal the others for order 1 and 3 while the delay time is constant; where that moves,
DELAY N there reads the delay time of earlier steps and ours that of the moment, which the model's notes then say.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

from sim.errors import Problem, ThroughflowError, raise_if
from sim.model.expressions import Apply, Expression, Number, Reference, Subscript, Table, children, rewrite
from sim.model.functions import REDUCTIONS
from sim.model.ir import Equation, Kind, Range, Variable, key
from sim.model.text import text
from sim.model.unit_check import unit_of
from sim.model.units import ANY, DIMENSIONLESS, UNKNOWN, Unit, combine, parse_unit, unit_text

HIGHEST_ORDER = 100
"""Stocks that one SMOOTH N or DELAY N may have."""


@dataclass(frozen=True)
class Expansion:
    """A function that stands for stocks.

    Attributes:
        word: what its variables are called after.
        build: makes the variables of a call from its arguments and returns what stands in its place.
        meaning: one line for people.
    """

    word: str
    build: "Callable[[_Call, tuple[Expression, ...]], Expression]"
    meaning: str


def expand(
    variables: Mapping[str, Variable], ranges: Mapping[str, Range], *, time_units: str, source: str
) -> tuple[dict[str, Variable], tuple[str, ...]]:
    """Return ``variables`` with every call of an expanded function replaced, and what to note about it.

    Arguments:
        variables: as assembled, by name.
        ranges: the model's subscript ranges.
        time_units: unit text of TIME STEP.
        source: file name for messages.

    Returns:
        All variables by name, those made of a call after the one whose equation holds it; and one note for each kind of
        call in each variable.

    Raises:
        ThroughflowError: every order that is not known before the run.
    """
    expander = _Expander(variables, ranges, time_units, source)
    for variable in variables.values():
        expander.take(variable)
    raise_if(expander.problems)
    for name in expander.orders:
        expander.made[name] = replace(expander.made[name], settable=False)
    return expander.made, tuple(dict.fromkeys(expander.notes))


class _Expander:
    """The variables of a model while their calls are replaced."""

    def __init__(self, variables: Mapping[str, Variable], ranges: Mapping[str, Range], time_units: str, source: str) -> None:
        self.given = variables
        self.ranges = ranges
        self.source = source
        self.made: dict[str, Variable] = {}
        self.taken = {key(name) for name in variables}
        self.units = {name: _unit(variable.units) for name, variable in variables.items()}
        self.clock = _unit(time_units)
        self.orders: list[str] = []
        self.notes: list[str] = []
        self.problems: list[Problem] = []

    def take(self, variable: Variable) -> None:
        """Add ``variable`` without its calls, and the variables that stand for them."""
        used: Counter[str] = Counter()
        self.made[variable.name] = variable
        equations = tuple(self._equation(variable, equation, used) for equation in variable.equations)
        self.made[variable.name] = replace(variable, equations=equations)

    def _equation(self, variable: Variable, equation: Equation, used: Counter[str]) -> Equation:
        def change(node: Expression) -> Expression:
            if not isinstance(node, Apply) or node.function not in EXPANSIONS:
                return node
            expansion = EXPANSIONS[node.function]
            base = " ".join([variable.name, *(part for part in equation.scope if part not in self.ranges), expansion.word])
            used[base] += 1
            stem = base if used[base] == 1 else f"{base} {used[base]}"
            return _Call(self, variable, equation.scope, node, stem).replaced()

        if isinstance(equation.value, Table):
            return equation
        initial = None if equation.initial is None else rewrite(equation.initial, change)
        return Equation(equation.scope, rewrite(equation.value, change), initial)

    def variable(self, name: str) -> Variable:
        """Return the variable called ``name``: made already, or given."""
        return self.made.get(name) or self.given[name]

    def free_name(self, wanted: str) -> str:
        """Return ``wanted``, with a number after it where the model has that name already."""
        name, number = wanted, 2
        while key(name) in self.taken:
            name, number = f"{wanted} {number}", number + 1
        self.taken.add(key(name))
        return name


@dataclass
class _Call:
    """One call of an expanded function, while what stands for it is made.

    Attributes:
        expander: where made variables go.
        variable: the variable whose equation holds the call.
        scope: what that equation covers.
        node: the call.
        stem: with what the names of made variables begin.
        stocks: how many stocks were made.
        remark: what the note about the call says after their number.
        reduced: ranges that a SUM or the like around the call reduces.
    """

    expander: _Expander
    variable: Variable
    scope: tuple[str, ...]
    node: Apply
    stem: str
    stocks: int = 0
    remark: str = ""
    reduced: frozenset[str] = frozenset()

    def replaced(self) -> Expression:
        """Return what stands in place of the call.

        Ranges that a SUM around the call reduces (``x!``) are ranges of the variables made, and reduced where these are read.
        """
        function, name = self.node.function.upper(), self.variable.name
        self.reduced = frozenset(axis for axis, reduced in _free(self.node, self.expander.ranges).items() if reduced)
        try:
            value = EXPANSIONS[self.node.function].build(self, tuple(map(self._inside, self.node.arguments)))
        except ThroughflowError as error:
            self.expander.problems += error.problems
            return self.node
        count = f"{self.stocks} stock" + "s" * (self.stocks > 1)
        self.expander.notes.append(f"{function} in {name!r} is expanded into {count}{self.remark}")
        return rewrite(value, self._outside)

    def _inside(self, argument: Expression) -> Expression:
        def plain(node: Expression, bound: bool) -> Expression:
            if isinstance(node, Reference) and not bound:
                return Reference(node.name, tuple(Subscript(part.name) for part in node.subscripts))
            return node

        return _with_binding(argument, plain)

    def _outside(self, node: Expression) -> Expression:
        if isinstance(node, Reference):
            return Reference(node.name, tuple(replace(part, reduced=part.name in self.reduced) for part in node.subscripts))
        return node

    def unit(self, expression: Expression) -> Unit:
        """Return the unit of ``expression``."""
        return unit_of(expression, self.expander.units, self.expander.clock)

    @property
    def time(self) -> Unit:
        """The unit of time."""
        return self.expander.clock

    def stock(self, role: str, unit: Unit, equation: Callable[[Reference], tuple[Expression, Expression]]) -> Reference:
        """Make a stock and return a reference to it; ``equation`` gives its net flow and initial value from that."""
        found = self._axes(self.node)
        name = self.expander.free_name(f"{self.stem} {role}")
        reference = Reference(name, tuple(map(Subscript, found)))
        self._add(name, "stock", unit, Equation(found, *equation(reference)))
        self.stocks += 1
        return reference

    def named(self, role: str, argument: Expression, unit: Unit) -> Expression:
        """Return ``argument`` as a reference, to a variable made for it unless it is one; ``unit`` is a bare number's."""
        if isinstance(argument, Reference):
            return argument
        own = self.unit(argument)
        found = self._axes(argument)
        name = self.expander.free_name(f"{self.stem} {role}")
        kind: Kind = "constant" if isinstance(argument, Number) else "auxiliary"
        self._add(name, kind, unit if own == ANY else own, Equation(found, argument))
        return Reference(name, tuple(map(Subscript, found)))

    def start(self, argument: Expression, unit: Unit) -> Expression:
        """Return ``argument``, an initial value, as it is; a bare number as a constant in ``unit``."""
        return self.named("initial", argument, unit) if self.unit(argument) == ANY else argument

    def _axes(self, expression: Expression) -> tuple[str, ...]:
        free = _free(expression, self.expander.ranges)
        return tuple(sorted(free, key=lambda axis: self.scope.index(axis) if axis in self.scope else len(self.scope)))

    def _add(self, name: str, kind: Kind, unit: Unit, equation: Equation) -> None:
        of = self.variable
        documentation = f"Made for {self.node.function.upper()} in {of.name} when the model was read."
        self.expander.units[name] = unit
        self.expander.made[name] = Variable(
            name, kind, equation.scope, unit_text(unit), documentation, (equation,), group=of.group, line=of.line
        )

    def is_constant(self, argument: Expression) -> bool:
        """Tell whether ``argument`` is a number or the name of one."""
        if isinstance(argument, Reference):
            return self.expander.variable(argument.name).kind == "constant"
        return isinstance(argument, Number)

    def order(self, argument: Expression) -> int:
        """Return the order that ``argument`` says; a constant that says it cannot be set any more.

        Raises:
            ThroughflowError: it is not a whole number known before the run.
        """
        value = argument
        if isinstance(argument, Reference) and self.is_constant(argument) and not argument.subscripts:
            value = self.expander.variable(argument.name).equations[0].value
            self.expander.orders.append(argument.name)
            self.remark += f", as its order {argument.name!r} says, which no run can change any more"
        number = value.value if isinstance(value, Number) else 0.0
        if number.is_integer() and 1 <= number <= HIGHEST_ORDER:
            return int(number)
        raise ThroughflowError(
            Problem(
                f"{self.expander.source}:{self.variable.line} {self.variable.name}",
                f"{text(argument)[:60]} as the order of {self.node.function.upper()}",
                f"as many stocks are made when the model is read: a whole number from 1 to {HIGHEST_ORDER}",
                "write such a number, or the name of a constant that is one",
            )
        )


def _with_binding(node: Expression, change: Callable[[Expression, bool], Expression], bound: bool = False) -> Expression:
    """Return ``node`` rebuilt with ``change`` applied to every part and told whether a reduction inside ``node`` binds it."""
    below = bound or (isinstance(node, Apply) and node.function in REDUCTIONS)
    if isinstance(node, Apply):
        node = Apply(node.function, tuple(_with_binding(part, change, below) for part in node.arguments))
    elif children(node):
        node = replace(node, argument=_with_binding(node.argument, change, below))
    return change(node, bound)


def _free(node: Expression, ranges: Mapping[str, Range]) -> dict[str, bool]:
    """Return the ranges over which ``node`` varies, each with whether something around ``node`` reduces it."""
    found: dict[str, bool] = {}

    def collect(part: Expression, bound: bool) -> Expression:
        if isinstance(part, Reference):
            found.update({at.name: at.reduced for at in part.subscripts if at.name in ranges and not (at.reduced and bound)})
        return part

    _with_binding(node, collect)
    return found


def _unit(text: str) -> Unit:
    try:
        return parse_unit(text, "")
    except ThroughflowError:  # the check of units reports it, at its place
        return UNKNOWN


def _per(whole: Expression, part: Expression) -> Apply:
    return Apply("/", (whole, part))


def _stage(time: Expression, order: int) -> Expression:
    return time if order == 1 else _per(time, Number(float(order)))


def _level(number: int, order: int) -> str:
    return "level" if order == 1 else f"level {number}"


def _smooth(call: _Call, arguments: tuple[Expression, ...], *, order: int) -> Expression:
    """Each level closes its gap to the one before, the first its gap to the input, in an ``order``-th of the time."""
    unit = next((found for found in map(call.unit, arguments[::2]) if found.kind == "unit"), UNKNOWN)
    given = call.named("input", arguments[0], unit)
    stage = _stage(call.named("time", arguments[1], call.time), order)
    initial = arguments[2] if len(arguments) > 2 else given
    for number in range(1, order + 1):
        goal = given
        given = call.stock(
            _level(number, order), unit, lambda level, goal=goal: (_per(Apply("-", (goal, level)), stage), initial)
        )
    return given


def _delay(call: _Call, arguments: tuple[Expression, ...], *, order: int) -> Expression:
    """Material moves from level to level, staying an ``order``-th of the time in each; the last one's outflow is returned."""
    unit = next((found for found in map(call.unit, arguments[::2]) if found.kind == "unit"), UNKNOWN)
    flow = call.named("input", arguments[0], unit)
    stage = _stage(call.named("time", arguments[1], call.time), order)
    initial = arguments[2] if len(arguments) > 2 else flow
    held = Apply("*", (call.start(initial, unit), stage))
    for number in range(1, order + 1):
        inflow = flow
        level = call.stock(
            _level(number, order),
            combine(unit, call.time, 1),
            lambda level, inflow=inflow: (Apply("-", (inflow, _per(level, stage))), held),
        )
        flow = _per(level, stage)
    return flow


def _smooth_n(call: _Call, arguments: tuple[Expression, ...]) -> Expression:
    *others, order = arguments
    return _smooth(call, tuple(others), order=call.order(order))


def _delay_n(call: _Call, arguments: tuple[Expression, ...]) -> Expression:
    *others, order = arguments
    if not call.is_constant(arguments[1]):
        call.remark = ", which read its delay time of the moment, not of earlier steps"
    return _delay(call, tuple(others), order=call.order(order))


def _average(call: _Call, given: Expression, time: Expression, initial: Expression) -> Reference:
    unit = call.unit(given)
    return call.stock("average", unit, lambda average: (_per(Apply("-", (given, average)), time), initial))


def _trend(call: _Call, arguments: tuple[Expression, ...]) -> Expression:
    """The gap between the input and its average, as a share of the average, per time."""
    given = call.named("input", arguments[0], UNKNOWN)
    time = call.named("time", arguments[1], call.time)
    trend = call.start(arguments[2], combine(DIMENSIONLESS, call.time, -1))
    before = _per(given, Apply("+", (Number(1.0), Apply("*", (trend, time)))))
    average = _average(call, given, time, before)
    return Apply("zidz", (Apply("-", (given, average)), Apply("*", (time, Apply("abs", (average,))))))


def _forecast(call: _Call, arguments: tuple[Expression, ...]) -> Expression:
    """The input drawn out along its trend; the average starts at the input."""
    given = call.named("input", arguments[0], UNKNOWN)
    time = call.named("time", arguments[1], call.time)
    horizon = call.named("horizon", arguments[2], call.time)
    average = _average(call, given, time, given)
    trend = Apply("zidz", (Apply("-", (given, average)), Apply("*", (time, average))))
    return Apply("*", (given, Apply("+", (Number(1.0), Apply("*", (trend, horizon))))))


def _initial(call: _Call, arguments: tuple[Expression, ...]) -> Expression:
    """A stock without flows keeps the value that the expression has at the start."""
    return call.stock("value", call.unit(arguments[0]), lambda _: (Number(0.0), arguments[0]))


EXPANSIONS: Mapping[str, Expansion] = MappingProxyType(
    {
        "smooth": Expansion("smooth", partial(_smooth, order=1), "input smoothed over a time"),
        "smoothi": Expansion("smooth", partial(_smooth, order=1), "the same from an initial value"),
        "smooth3": Expansion("smooth", partial(_smooth, order=3), "input smoothed three times, each over a third of a time"),
        "smooth3i": Expansion("smooth", partial(_smooth, order=3), "the same from an initial value"),
        "smooth n": Expansion("smooth", _smooth_n, "input smoothed as many times as its order, from an initial value"),
        "delay1": Expansion("delay", partial(_delay, order=1), "outflow of a stock that is held for a time on average"),
        "delay1i": Expansion("delay", partial(_delay, order=1), "the same from an initial outflow"),
        "delay3": Expansion(
            "delay", partial(_delay, order=3), "outflow of the last of three such stocks, a third of the time each"
        ),
        "delay3i": Expansion("delay", partial(_delay, order=3), "the same from an initial outflow"),
        "delay n": Expansion("delay", _delay_n, "outflow of the last of as many such stocks as its order"),
        "trend": Expansion("trend", _trend, "relative growth of the input against its average, per time"),
        "forecast": Expansion("forecast", _forecast, "input drawn out to a horizon along its trend"),
        "initial": Expansion("initial", _initial, "value at the start"),
    }
)
"""Functions that stand for stocks, by Vensim's spelling in lower case."""
