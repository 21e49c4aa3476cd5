"""The flat form of a model: every element of an array a variable of its own, no subscripts left.

Readers without subscripts (Vensim PLE, say) can open it; it is read back and shown equal to what it was made from.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from itertools import product

from sim.errors import Problem, ThroughflowError
from sim.model.expressions import Apply, Expression, Number, Numbers, Reference, Subscript, Table, rewrite, walk
from sim.model.functions import REDUCTIONS
from sim.model.ir import Equation, Model, Variable, View, key
from sim.model.references import at_element
from sim.model.subscripts import element_tuples

_JOINED_BY = {"sum": "+", "prod": "*", "vmax": "max", "vmin": "min"}


def flat_name(name: str, element: tuple[str, ...]) -> str:
    """Return the name of one element in the flat form: ``Ties[US]`` becomes ``US Ties``."""
    return " ".join([*element, name])


def flatten(model: Model) -> Model:
    """Return ``model`` without subscripts.

    Raises:
        ThroughflowError: two variables would get the same name.
    """
    variables: dict[str, Variable] = {}
    taken: dict[str, str] = {}
    for variable in model.variables.values():
        for single in _elements(model, variable):
            if key(single.name) in taken:
                raise ThroughflowError(
                    Problem(
                        f"{model.name} {variable.name}",
                        f"its element would be called {single.name!r}",
                        f"{taken[key(single.name)]} has that name already",
                        "rename one of the two",
                    )
                )
            taken[key(single.name)] = variable.name
            variables[single.name] = single
    views = tuple(_flat_view(model, view) for view in model.views)
    return replace(model, ranges={}, variables=variables, views=views)


def _elements(model: Model, variable: Variable) -> list[Variable]:
    found: dict[tuple[str, ...], Equation] = {}
    for equation in variable.equations:
        for position, element in enumerate(element_tuples(equation.scope, model.ranges)):
            found[element] = _scalar(model, equation, element, position)
    return [
        replace(variable, name=flat_name(variable.name, element), dims=(), equations=(found[element],))
        for element in model.elements(variable)
    ]


def _scalar(model: Model, equation: Equation, element: tuple[str, ...], position: int) -> Equation:
    if isinstance(equation.value, Numbers):
        return Equation((), Number(equation.value.values[position]))
    single = at_element(equation, element)
    value = single.value if isinstance(single.value, Table) else flat_expression(single.value, model)
    initial = None if single.initial is None else flat_expression(single.initial, model)
    return Equation((), value, initial)


def flat_expression(expression: Expression, model: Model) -> Expression:
    """Return ``expression`` with reductions written out in order and elements as variables of their own."""

    def change(node: Expression) -> Expression:
        if isinstance(node, Apply) and node.function in REDUCTIONS:
            return _written_out(node, model)
        return node

    def named(node: Expression) -> Expression:
        if isinstance(node, Reference):
            return Reference(flat_name(node.name, tuple(part.name for part in node.subscripts)))
        return node

    return rewrite(rewrite(expression, change), named)


def _written_out(node: Apply, model: Model) -> Expression:
    inside = node.arguments[0]
    reduced = dict.fromkeys(
        part.name for found in walk(inside) if isinstance(found, Reference) for part in found.subscripts if part.reduced
    )
    terms = []
    for elements in product(*(model.ranges[name].elements for name in reduced)):
        chosen = dict(zip(reduced, elements, strict=True))
        terms.append(rewrite(inside, lambda found, chosen=chosen: _chosen(found, chosen)))
    return reduce(lambda left, right: Apply(_JOINED_BY[node.function], (left, right)), terms)


def _chosen(node: Expression, chosen: Mapping[str, str]) -> Expression:
    if not isinstance(node, Reference):
        return node
    return Reference(
        node.name,
        tuple(Subscript(chosen[part.name]) if part.reduced and part.name in chosen else part for part in node.subscripts),
    )


def _flat_view(model: Model, view: View) -> View:
    positions = []
    for name, x, y in view.positions:
        for offset, element in enumerate(model.elements(model.variables[name])):
            positions.append((flat_name(name, element), x, y + 24 * offset))
    return View(view.name, tuple(positions))
