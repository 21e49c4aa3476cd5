"""Models as they were read, kept in the cache: plain JSON of the representation's own types, checked when it comes back."""

import hashlib
import json
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sim.cache import cached
from sim.model.expressions import Apply, Expression, Number, Numbers, Reference, Subscript, Table, TableCall
from sim.model.ir import Clock, Equation, Model, Range, Variable, View

_NODES = (Number, Numbers, Reference, Subscript, Apply, Table, TableCall)


def remembered(name: str, content: bytes, read: Callable[[], Model]) -> Model:
    """Return the model that ``read`` returns, from the cache where the same file was read by the same reader before.

    Arguments:
        name: name of the model, which its problems and results tell.
        content: bytes of the file.
        read: reads it; what it refuses is never kept.
    """
    key = "\n".join((name, hashlib.sha256(content).hexdigest(), _reader()))
    kept = cached("models", key, lambda: _encoded(read()))
    try:
        return _model(json.loads(kept))
    except (KeyError, TypeError, ValueError, IndexError, RecursionError):
        return read()


def _reader() -> str:
    """Return what the reading of a file depends on: this package's own text, and the translator's version."""
    text = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    return f"{hashlib.sha256(text).hexdigest()} pysd {version('pysd')}"


def _encoded(model: Model) -> bytes:
    plain = {
        "name": model.name,
        "ranges": [[found.name, found.elements] for found in model.ranges.values()],
        "variables": [_variable_data(variable) for variable in model.variables.values()],
        "clock": [model.clock.start, model.clock.stop, model.clock.step, model.clock.save, model.clock.units],
        "views": [[view.name, view.positions] for view in model.views],
        "notes": model.notes,
        "fingerprint": model.fingerprint,
    }
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()


def _variable_data(variable: Variable) -> list[Any]:
    equations = [
        [equation.scope, _data(equation.value), None if equation.initial is None else _data(equation.initial)]
        for equation in variable.equations
    ]
    return [
        variable.name,
        variable.kind,
        variable.dims,
        variable.units,
        variable.documentation,
        equations,
        variable.limits,
        variable.group,
        variable.settable,
        variable.line,
    ]


def _data(node: Any) -> Any:
    """Return an expression as lists: the number of its type, then its fields."""
    if isinstance(node, _NODES):
        return [_NODES.index(type(node)), *(_data(value) for value in vars(node).values())]
    return {"": [_data(part) for part in node]} if isinstance(node, tuple) else node


def _expression(data: Any) -> Any:
    if isinstance(data, list):
        return _NODES[data[0]](*(_expression(value) for value in data[1:]))
    return tuple(_expression(part) for part in data[""]) if isinstance(data, dict) else data


def _model(data: dict[str, Any]) -> Model:
    ranges = {name: Range(name, tuple(elements)) for name, elements in data["ranges"]}
    variables = {row[0]: _variable(row) for row in data["variables"]}
    views = tuple(View(name, tuple(tuple(position) for position in positions)) for name, positions in data["views"])
    return Model(data["name"], ranges, variables, Clock(*data["clock"]), views, tuple(data["notes"]), data["fingerprint"])


def _variable(row: list[Any]) -> Variable:
    name, kind, dims, units, documentation, equations, limits, group, settable, line = row
    made = tuple(Equation(tuple(scope), _expression(value), _optional(initial)) for scope, value, initial in equations)
    return Variable(
        name, kind, tuple(dims), units, documentation, made, tuple(limits), group=group, settable=settable, line=line
    )


def _optional(data: Any) -> Expression | None:
    return None if data is None else _expression(data)
