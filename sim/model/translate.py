"""From the Vensim translator's syntax tree to our expressions; whatever is not honoured is refused by name."""

import math
from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np

from sim.errors import Problem, ThroughflowError, nearest
from sim.model.expansion import EXPANSIONS
from sim.model.expressions import Apply, Expression, Number, Numbers, Reference, Subscript, Table, TableCall
from sim.model.functions import CLOCK_NAMES, FUNCTIONS

_STRUCTURE_NAMES = {
    "DelayFixedStructure": "DELAY FIXED",
    "SampleIfTrueStructure": "SAMPLE IF TRUE",
    "IntegStructure": "INTEG inside an expression",
    "AllocateAvailableStructure": "ALLOCATE AVAILABLE",
    "AllocateByPriorityStructure": "ALLOCATE BY PRIORITY",
    "GetLookupsStructure": "GET ... LOOKUPS",
    "GetDataStructure": "GET ... DATA",
    "GetConstantsStructure": "GET ... CONSTANTS",
    "DataStructure": "data variables",
    "GameStructure": "GAME",
}
_NAMED = (
    *(name for name in FUNCTIONS if name[0].isalpha() and FUNCTIONS[name].most and name != "negative"),
    *EXPANSIONS,
    "active initial",
)


class Translator:
    """Turns one right-hand side of the translator's tree into an :data:`Expression`.

    Arguments:
        where: place named in refusals.
        resolve: gives the model name of a cleaned reference, or ``None`` when nothing is called so.
        tables: model names of table variables.
    """

    def __init__(self, where: str, resolve: Callable[[str], str | None], tables: frozenset[str]) -> None:
        self.where = where
        self.resolve = resolve
        self.tables = tables

    def expression(self, tree: Any) -> Expression:
        """Return the expression of ``tree``.

        Raises:
            ThroughflowError: a construct that is not honoured, an undefined name or a wrong number of arguments.
        """
        if isinstance(tree, np.ndarray):
            return Numbers(tuple(self._finite(value) for value in tree.ravel()), tree.shape)
        if isinstance(tree, (int, float, np.integer, np.floating)):
            return Number(self._finite(tree))
        reader = getattr(self, "_" + type(tree).__name__, None)
        if reader is None:
            name = _STRUCTURE_NAMES.get(type(tree).__name__, type(tree).__name__)
            raise self._refusal(
                f"it uses {name}",
                "this construct is not honoured yet",
                "write it out as stocks and flows, or as a table",
            )
        return reader(tree)

    def table(self, tree: Any) -> Table:
        """Return the points of a table; duplicate or unordered x are refused."""
        if type(tree).__name__ != "LookupsStructure":
            raise self._refusal(
                "its points come from another file",
                "files beside the model are not read",
                "write the points into the model",
            )
        xs = tuple(self._finite(value) for value in tree.x)
        if len(set(xs)) != len(xs):
            raise self._refusal(
                "a table with two points at the same x", "its value there is not defined", "move one of the points"
            )
        return Table(xs, tuple(self._finite(value) for value in tree.y))

    def active_initial(self, tree: Any) -> tuple[Expression, Expression] | None:
        """Return the two sides of ``ACTIVE INITIAL(active, initial)``, ``None`` where ``tree`` is no such call."""
        if type(tree).__name__ != "CallStructure" or tree.function.reference != "active_initial":
            return None
        if len(tree.arguments) != 2:
            raise self._refusal(f"ACTIVE INITIAL has {len(tree.arguments)} arguments", "it takes 2", "give that many")
        active, initial = (self.expression(argument) for argument in tree.arguments)
        return active, initial

    def _finite(self, value: Any) -> float:
        if not math.isfinite(value):
            raise self._refusal(
                f"it contains {value} (:NA: or an overflow)",
                "a missing value is not a number",
                "write a number, or a switch that turns the equation off",
            )
        return float(value)

    def _ArithmeticStructure(self, tree: Any) -> Expression:
        parts = [self.expression(part) for part in tree.arguments]
        if len(parts) == 1:
            return parts[0] if tree.operators == ["+"] else Apply("negative", (parts[0],))
        if tree.operators.count("^") > 1:
            raise self._refusal(
                "a power of a power without parentheses", "programs read a^b^c in two ways", "write (a^b)^c or a^(b^c)"
            )
        return self._chain(tree.operators, parts)

    def _LogicStructure(self, tree: Any) -> Expression:
        parts = [self.expression(part) for part in tree.arguments]
        operators = [operator.lower() for operator in tree.operators]
        if len(parts) == 1:
            return Apply(":not:", (parts[0],))
        if len(set(operators)) > 1:
            raise self._refusal(
                "a mixture of " + " and ".join(sorted(set(tree.operators))) + " without parentheses",
                "programs read it in two ways",
                "add parentheses",
            )
        if len(operators) > 1 and operators[0] not in (":and:", ":or:"):
            raise self._refusal("a chain of comparisons", "programs read it in two ways", "join them with :AND:")
        return self._chain(operators, parts)

    @staticmethod
    def _chain(operators: list[str], parts: list[Expression]) -> Expression:
        return reduce(lambda left, step: Apply(step[0], (left, step[1])), zip(operators, parts[1:], strict=True), parts[0])

    def _ReferenceStructure(self, tree: Any) -> Expression:
        if tree.reference in CLOCK_NAMES and self.resolve(tree.reference) is None:
            return Apply(CLOCK_NAMES[tree.reference], ())
        return self._reference(tree)

    def _reference(self, tree: Any) -> Reference:
        name = self.resolve(tree.reference)
        if name is None:
            raise UndefinedName(self.where, tree.reference)
        subscripts = tuple(tree.subscripts.subscripts) if tree.subscripts else ()
        return Reference(name, tuple(Subscript(text.rstrip("!").strip(), text.endswith("!")) for text in subscripts))

    def _CallStructure(self, tree: Any) -> Expression:
        called = tree.function.reference
        variable = self.resolve(called)
        if variable in self.tables:
            if len(tree.arguments) != 1:
                raise self._refusal(
                    f"table {variable!r} is read at {len(tree.arguments)} arguments",
                    "a table has one",
                    "give one argument",
                )
            return TableCall(self._reference(tree.function), self.expression(tree.arguments[0]))
        if variable is not None:
            raise self._refusal(
                f"{variable!r} is called like a table",
                "it has no points",
                "define it as a table, or drop the parentheses",
            )
        return self._apply(called.replace("_", " "), tuple(tree.arguments))

    def _apply(self, name: str, arguments: tuple[Any, ...]) -> Expression:
        if name == "pulse train":
            start, interval, width, end = arguments
            arguments = (start, width, interval, end)
        if name == "active initial":
            raise self._refusal(
                "ACTIVE INITIAL inside an expression",
                "it says how its variable starts, so it stands alone on the right of an equation",
                "give it a variable of its own",
            )
        row = FUNCTIONS.get(name)
        if row is None:
            raise self._refusal(
                f"it calls {name.upper()}",
                "no table and no function that is honoured is called so",
                nearest(name, _NAMED) or f"use one of {', '.join(_NAMED).upper()}",
            )
        if not row.fewest <= len(arguments) <= row.most:
            raise self._refusal(
                f"{name.upper()} has {len(arguments)} arguments",
                f"it takes {row.fewest}" + (f" to {row.most}" if row.most > row.fewest else ""),
                "give that many",
            )
        return Apply(name, tuple(self.expression(argument) for argument in arguments))

    def _InlineLookupsStructure(self, tree: Any) -> Expression:
        return TableCall(self.table(tree.lookups), self.expression(tree.argument))

    def _SmoothStructure(self, tree: Any) -> Expression:
        return self._with_initial({1: "smooth", 3: "smooth3"}[tree.order], tree, tree.smooth_time)

    def _DelayStructure(self, tree: Any) -> Expression:
        return self._with_initial({1: "delay1", 3: "delay3"}[tree.order], tree, tree.delay_time)

    def _with_initial(self, name: str, tree: Any, time: Any) -> Expression:
        """Return a call of ``name``, or of the form that gives an initial value; without one the tree repeats the input."""
        if tree.initial is tree.input:
            return self._expanded(name, tree.input, time)
        return self._expanded(f"{name}i", tree.input, time, tree.initial)

    def _SmoothNStructure(self, tree: Any) -> Expression:
        return self._expanded("smooth n", tree.input, tree.smooth_time, tree.initial, tree.order)

    def _DelayNStructure(self, tree: Any) -> Expression:
        return self._expanded("delay n", tree.input, tree.delay_time, tree.initial, tree.order)

    def _TrendStructure(self, tree: Any) -> Expression:
        return self._expanded("trend", tree.input, tree.average_time, tree.initial_trend)

    def _ForecastStructure(self, tree: Any) -> Expression:
        return self._expanded("forecast", tree.input, tree.average_time, tree.horizon)

    def _InitialStructure(self, tree: Any) -> Expression:
        return self._expanded("initial", tree.initial)

    def _expanded(self, name: str, *arguments: Any) -> Expression:
        return Apply(name, tuple(self.expression(argument) for argument in arguments))

    def _refusal(self, what: str, why: str, cure: str) -> ThroughflowError:
        return ThroughflowError(Problem(self.where, what, why, cure))


class UndefinedName(Exception):
    """A reference to ``name``, which the model does not define; the reader adds near names."""

    def __init__(self, where: str, name: str) -> None:
        super().__init__(name)
        self.where = where
        self.name = name
