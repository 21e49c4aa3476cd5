"""References between variables: subscripts that fit, and elements that exist."""

from collections.abc import Callable, Mapping

from sim.errors import Problem
from sim.model.expressions import Apply, Expression, Reference, Subscript, Table, TableCall, children, rewrite, walk
from sim.model.functions import REDUCTIONS
from sim.model.ir import Equation, Variable
from sim.model.subscripts import Ranges


def canonical_subscripts(expression: Expression, canonical: Callable[[str], str]) -> Expression:
    """Return ``expression`` with the subscripts of its references as they are written where they are defined."""

    def change(node: Expression) -> Expression:
        if isinstance(node, Reference):
            return Reference(node.name, tuple(Subscript(canonical(part.name), part.reduced) for part in node.subscripts))
        if isinstance(node, TableCall) and isinstance(node.table, Reference) and node.table.subscripts:
            return TableCall(change(node.table), node.argument)
        return node

    return rewrite(expression, change)


def at_element(equation: Equation, element: tuple[str, ...]) -> Equation:
    """Return ``equation`` written for one ``element`` of its scope: its ranges replaced wherever they are read."""
    chosen = dict(zip(equation.scope, element, strict=True))

    def replaced(node: Expression) -> Expression:
        if isinstance(node, Reference):
            return Reference(
                node.name,
                tuple(part if part.reduced else Subscript(chosen.get(part.name, part.name)) for part in node.subscripts),
            )
        if isinstance(node, TableCall):
            return TableCall(node.table, replaced(node.argument))
        if isinstance(node, Apply):
            return Apply(node.function, tuple(replaced(part) for part in node.arguments))
        return node

    value = equation.value if isinstance(equation.value, Table) else replaced(equation.value)
    initial = None if equation.initial is None else replaced(equation.initial)
    return Equation(element, value, initial)


def reference_problems(variables: Mapping[str, Variable], ranges: Ranges, source: str) -> list[Problem]:
    """Return a problem for every reference whose subscripts do not fit the variable it names or its equation."""
    problems: list[Problem] = []
    for variable in variables.values():
        for equation in variable.equations:
            where = f"{source}:{variable.line} {variable.name}"
            for side in (equation.value, equation.initial):
                if isinstance(side, Expression):
                    problems += _side_problems(side, set(equation.scope), variables, ranges, where)
    return problems


def _side_problems(
    side: Expression, scope: set[str], variables: Mapping[str, Variable], ranges: Ranges, where: str
) -> list[Problem]:
    problems: list[Problem] = []
    pending: list[tuple[Expression, frozenset[str] | None]] = [(side, None)]
    while pending:
        node, reduced = pending.pop()
        if isinstance(node, Reference):
            problem = _problem(node, scope - (reduced or frozenset()), reduced is not None, variables[node.name], ranges, where)
            problems += [problem] if problem else []
        if isinstance(node, Apply) and node.function in REDUCTIONS:
            reduced = (reduced or frozenset()) | {
                part.name for inner in walk(node) if isinstance(inner, Reference) for part in inner.subscripts if part.reduced
            }
        pending += [(child, reduced) for child in children(node)]
    return problems


def _problem(
    reference: Reference, scope: set[str], reducing: bool, target: Variable, ranges: Ranges, where: str
) -> Problem | None:
    shown = f"{reference.name}[{','.join(part.name + '!' * part.reduced for part in reference.subscripts)}]"
    if target.kind == "table":
        return Problem(
            where,
            f"{reference.name} without an argument",
            "a table has a value only at an argument",
            f"write {reference.name}(...)",
        )
    if len(reference.subscripts) != len(target.dims):
        return Problem(
            where,
            f"{shown}",
            f"{target.name} has {len(target.dims)} subscripts ({', '.join(target.dims)})",
            "give each of them a range or an element",
        )
    names = [part.name for part in reference.subscripts if part.name in ranges.by_name]
    if len(set(names)) != len(names):
        return Problem(where, shown, "one range stands twice", "use an alias of the range for one of them")
    for part, dim in zip(reference.subscripts, target.dims, strict=True):
        outside = [element for element in ranges.members(part.name) if element not in ranges.members(dim)]
        if outside:
            return Problem(where, shown, f"{', '.join(outside)} is not in {dim}", f"use elements of {dim}")
        if part.reduced and not reducing:
            return Problem(
                where,
                f"{part.name}! outside a SUM, PROD, VMAX or VMIN",
                "nothing reduces it",
                "put the expression inside one of these",
            )
        if part.name in ranges.by_name and not part.reduced and part.name not in scope:
            return Problem(
                where,
                shown,
                f"{part.name} is not free there: not on the left of the equation, or summed over",
                f"subscript the left side with {part.name}, sum over {part.name}!, or use an alias of it",
            )
    return None
