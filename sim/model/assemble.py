"""From parsed entries to variables: dimensions, kinds, complete coverage."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sim.errors import Problem, ThroughflowError, nearest, raise_if
from sim.model.clock import CLOCK_KEYS
from sim.model.entries import Entry
from sim.model.expressions import Expression, Number, Numbers, Table, depth
from sim.model.ir import Equation, Kind, Variable, key
from sim.model.references import at_element, canonical_subscripts, reference_problems
from sim.model.subscripts import Ranges, coverage_problems, element_tuples
from sim.model.translate import Translator, UndefinedName

MOST_OPERATIONS = 200
"""Operations inside each other (``a + b + c`` are two) that an equation may have."""


@dataclass(frozen=True)
class Part:
    """A parsed entry: the translator's component, the entry it came from, and its place."""

    component: Any
    entry: Entry
    where: str


def assemble(parts: list[Part], ranges: Ranges, source: str) -> dict[str, Variable]:
    """Return the variables of ``parts`` by name, in file order.

    Arguments:
        parts: parsed entries.
        ranges: the model's subscript ranges.
        source: file name for messages.

    Raises:
        ThroughflowError: all problems found in equations, subscripts and references.
    """
    groups: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        if key(part.component.name) not in CLOCK_KEYS:
            groups[key(part.component.name)].append(part)
    names = {found: _shown(group[0]) for found, group in groups.items()}
    tables = frozenset(names[found] for found, group in groups.items() if _is_table(group[0]))
    problems: list[Problem] = []
    variables: dict[str, Variable] = {}
    for found, group in groups.items():
        try:
            variable = _Assembly(names[found], group, ranges).variable(names.get, tables)
            variables[variable.name] = variable
        except UndefinedName as error:
            problems.append(_undefined(error, names.values()))
        except ThroughflowError as error:
            problems += error.problems
        except RecursionError:
            problems.append(too_deep(group[0].where))
    if not problems:
        problems = reference_problems(variables, ranges, source)
    raise_if(problems)
    return variables


def _undefined(error: UndefinedName, known: Iterable[str]) -> Problem:
    shown = error.name.replace("_", " ")
    if shown == "saveper":
        why, cure = "what is computed must not depend on how often it is stored", "use TIME STEP, or a constant of your own"
        return Problem(error.where, "it uses SAVEPER", why, cure)
    cure = nearest(shown, known) or "define it, or correct the name"
    return Problem(error.where, f"it uses {shown!r}", "nothing in the model is called so", cure)


def too_deep(where: str) -> Problem:
    """Return the problem of an equation that is one chain of too many operations."""
    return Problem(
        where, "an equation with too many operations", f"the limit is a chain of {MOST_OPERATIONS}", "split it into variables"
    )


def _is_table(part: Part) -> bool:
    return type(part.component).__name__ == "Lookup"


def _shown(part: Part) -> str:
    return " ".join(part.component.name.strip().strip('"').split())


class _Assembly:
    """One variable while its entries are put together."""

    def __init__(self, name: str, group: list[Part], ranges: Ranges) -> None:
        self.name = name
        self.group = group
        self.ranges = ranges
        self.where = group[0].where

    def variable(self, resolve: Callable[[str], str | None], tables: frozenset[str]) -> Variable:
        scopes = [self._scope(part) for part in self.group]
        if len({len(scope) for scope, _ in scopes}) > 1:
            raise self._refusal(
                "equations with different numbers of subscripts",
                "a variable has one shape",
                "give every equation the same subscripts",
            )
        dims = self.ranges.dimensions([scope for scope, _ in scopes], self.where)
        raise_if(coverage_problems(self.where, dims, equations=scopes, ranges=self.ranges.by_name))
        equations: list[Equation] = []
        for part, (scope, excluded) in zip(self.group, scopes, strict=True):
            translator = Translator(part.where, lambda text: resolve(key(text)), tables)
            equation = self._equation(part, scope, translator)
            equations += self._kept(equation, excluded, part) if excluded else [equation]
        kind = self._kind(equations)
        unchangeable = any(type(part.component).__name__ == "UnchangeableConstant" for part in self.group)
        last = {
            field: next(
                (getattr(part.component, field) for part in reversed(self.group) if getattr(part.component, field)),
                None,
            )
            for field in ("units", "documentation", "limits")
        }
        return Variable(
            self.name,
            kind,
            dims,
            last["units"] or "",
            last["documentation"] or "",
            tuple(equations),
            tuple(last["limits"] or ()),
            self.group[0].entry.group,
            kind in ("constant", "table") and not unchangeable,
            self.group[0].entry.line,
        )

    def _scope(self, part: Part) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
        def canonical(group: list[str]) -> tuple[str, ...]:
            return tuple(self.ranges.canonical(name, part.where) for name in group)

        subscripts, excluded = part.component.subscripts
        return canonical(subscripts), tuple(canonical(group) for group in excluded)

    def _kept(self, equation: Equation, excluded: tuple[tuple[str, ...], ...], part: Part) -> list[Equation]:
        """Return one equation for each element of the scope that ``excluded`` does not name."""
        if isinstance(equation.value, Numbers | Table):
            raise self._refusal(
                "a list or a table with :EXCEPT:",
                "which number is left out is not clear",
                "write the elements one by one",
            )
        ranges = self.ranges.by_name
        left_out = {element for group in excluded for element in element_tuples(group, ranges)}
        return [at_element(equation, element) for element in element_tuples(equation.scope, ranges) if element not in left_out]

    def _equation(self, part: Part, scope: tuple[str, ...], translator: Translator) -> Equation:
        tree = part.component.ast
        if _is_table(part):
            return Equation(scope, translator.table(tree))
        if type(tree).__name__ == "IntegStructure":
            if tree.non_negative:
                raise self._refusal("a stock marked non-negative", "the mark is not honoured", "control its outflow")
            return Equation(
                scope,
                self._canonical(translator.expression(tree.flow), part),
                self._canonical(translator.expression(tree.initial), part),
            )
        if type(tree).__name__ == "InitialStructure":
            value = self._canonical(translator.expression(tree.initial), part)
            return Equation(scope, Number(0.0), value)
        both = translator.active_initial(tree)
        if both is not None:
            return Equation(scope, *(self._canonical(side, part) for side in both))
        return Equation(scope, self._canonical(self._shaped(translator.expression(tree), scope), part))

    def _shaped(self, expression: Expression, scope: tuple[str, ...]) -> Expression:
        if not isinstance(expression, Numbers):
            return expression
        shape = tuple(len(self.ranges.members(name)) for name in scope if name in self.ranges.by_name)
        size = 1
        for length in shape:
            size *= length
        if size != len(expression.values):
            raise self._refusal(
                f"{len(expression.values)} numbers for {size} elements",
                "each element needs one",
                "give one number per element",
            )
        squeezed = tuple(length for length in shape if length > 1)
        if len(squeezed) > 1 and len(expression.shape) > 1 and expression.shape != squeezed:
            raise self._refusal(
                f"a list laid out as {expression.shape}", f"its subscripts are {shape}", "end each row with a semicolon"
            )
        return Numbers(expression.values, shape)

    def _canonical(self, expression: Expression, part: Part) -> Expression:
        """Write the subscripts of every reference as they are defined; refuse what is too deep to be compiled."""
        if depth(expression) > MOST_OPERATIONS:
            raise ThroughflowError(too_deep(part.where))
        return canonical_subscripts(expression, lambda name: self.ranges.canonical(name, part.where))

    def _kind(self, equations: list[Equation]) -> Kind:
        stocks = [type(part.component.ast).__name__ in ("IntegStructure", "InitialStructure") for part in self.group]
        tables = [isinstance(equation.value, Table) for equation in equations]
        if any(stocks) != all(stocks) or any(tables) != all(tables):
            raise self._refusal(
                "equations of different kinds",
                "a variable is a stock, a table or neither",
                "give every element the same kind of equation",
            )
        if all(stocks):
            return "stock"
        if all(tables):
            if len(equations) > 1 or equations[0].scope:
                raise self._refusal("a subscripted table", "these are not honoured yet", "write one table per element")
            return "table"
        plain = [isinstance(equation.value, Number | Numbers) and equation.initial is None for equation in equations]
        return "constant" if all(plain) else "auxiliary"

    def _refusal(self, what: str, why: str, cure: str) -> ThroughflowError:
        return ThroughflowError(Problem(self.where, what, why, cure))
