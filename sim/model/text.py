"""Expressions as Vensim text: for reports, for the structure that travels with results, for written models."""

import re
from collections.abc import Callable

from sim.model.expressions import Apply, Expression, Number, Numbers, Reference, Table, TableCall
from sim.model.ir import Equation, Variable

_BINDING = {
    ":or:": 1,
    ":and:": 2,
    "=": 3,
    "<>": 3,
    "<": 3,
    "<=": 3,
    ">": 3,
    ">=": 3,
    "+": 4,
    "-": 4,
    "*": 5,
    "/": 5,
    "negative": 6,
    "^": 7,
}
_ATOM = 9
_PLAIN_NAME = re.compile(r"[^\W\d][\w'$ ]*")


def number_text(value: float) -> str:
    """Return the shortest text that reads back as ``value``."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def reference_text(reference: Reference) -> str:
    """Return ``name[subscripts]``."""
    subscripts = ",".join(part.name + "!" * part.reduced for part in reference.subscripts)
    return name_text(reference.name) + (f"[{subscripts}]" if subscripts else "")


def name_text(name: str) -> str:
    """Return ``name`` in quotes if Vensim needs them: letters, digits, blanks, ' and $ stand without."""
    return name if _PLAIN_NAME.fullmatch(name) else f'"{name}"'


def text(expression: Expression, name: Callable[[Reference], str] = reference_text) -> str:
    """Return ``expression`` as Vensim text; ``name`` writes references."""
    return _text(expression, name)[0]


def table_text(table: Table) -> str:
    """Return the points of a table, ``(x,y),(x,y)``."""
    return ",".join(f"({number_text(x)},{number_text(y)})" for x, y in zip(table.xs, table.ys, strict=True))


def _text(node: Expression, name: Callable[[Reference], str]) -> tuple[str, int]:
    if isinstance(node, Number):
        return number_text(node.value), _ATOM if node.value >= 0 else _BINDING["negative"]
    if isinstance(node, Numbers):
        return ",".join(map(number_text, node.values)), _ATOM
    if isinstance(node, Reference):
        return name(node), _ATOM
    if isinstance(node, TableCall):
        argument = text(node.argument, name)
        if isinstance(node.table, Table):
            return f"WITH LOOKUP({argument},({table_text(node.table)}))", _ATOM
        return f"{name(node.table)}({argument})", _ATOM
    return _applied(node, name)


def _applied(node: Apply, name: Callable[[Reference], str]) -> tuple[str, int]:
    binding = _BINDING.get(node.function)
    parts = [_text(argument, name) for argument in node.arguments]

    def wrapped(part: tuple[str, int], least: int) -> str:
        return part[0] if part[1] >= least else f"({part[0]})"

    if node.function == "negative":
        return "-" + wrapped(parts[0], _BINDING["^"]), _BINDING["negative"]
    if binding is not None:
        stricter = binding + 1
        left = stricter if node.function in ("^", "=", "<>", "<", "<=", ">", ">=") else binding
        return f"{wrapped(parts[0], left)} {node.function.upper()} {wrapped(parts[1], stricter)}", binding
    if node.function == ":not:":
        return f":NOT: ({parts[0][0]})", 3
    if not parts:
        return node.function.title() if node.function == "time" else node.function.upper(), _ATOM
    return f"{node.function.upper()}({', '.join(part[0] for part in parts)})", _ATOM


def equation_text(variable: Variable, equation: Equation) -> str:
    """Return one equation of ``variable`` as Vensim text."""
    scope = f"[{','.join(equation.scope)}]" if equation.scope else ""
    left = name_text(variable.name) + scope
    if isinstance(equation.value, Table):
        return f"{left}({table_text(equation.value)})"
    if equation.initial is not None:
        function = "INTEG" if variable.kind == "stock" else "ACTIVE INITIAL"
        return f"{left} = {function}({text(equation.value)}, {text(equation.initial)})"
    unchangeable = variable.kind == "constant" and not variable.settable
    return f"{left} {'==' if unchangeable else '='} {text(equation.value)}"
