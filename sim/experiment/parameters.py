"""Values for a model's constants and tables, checked all at once before anything runs."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.engine.kernel import Slot
from sim.engine.layout import Tables, constants_of, slots_of, tables_of
from sim.errors import Problem, nearest, raise_if
from sim.model.ir import Model, Variable, key


@dataclass(frozen=True)
class Own:
    """The file's own values: slots of constants by name, their vector, and the points of tables."""

    slots: Mapping[str, Slot]
    constants: np.ndarray
    tables: Tables


def own_values(model: Model) -> Own:
    """Return what ``model`` itself gives its constants and tables."""
    return Own({slot.name: slot for slot in slots_of(model, "constant")}, constants_of(model), tables_of(model))


def bind_parameters(model: Model, parameters: Mapping[str, Any], *, own: Own | None = None) -> tuple[np.ndarray, Tables]:
    """Return the constants vector, shape (constant, 1), and the tables of a run.

    Arguments:
        model: the model.
        parameters: by ``name`` or ``name[element]``: a number, one number per element (a plain list, row by row, or nested
            in the variable's shape), or for a table its points. What is given to an element goes before what is given
            to its whole variable, in whatever order they stand.
        own: the model's own values, for those who bind often.

    Raises:
        ThroughflowError: every name that is unknown or not settable, and every value that is not finite, of the wrong
            size, or outside the limits the model's author gave.
    """
    own = own or own_values(model)
    constants, tables, slots = own.constants.copy(), dict(own.tables), own.slots
    problems: list[Problem] = []
    given: dict[tuple[str, tuple[str, ...]], str] = {}
    for name, value in sorted(parameters.items(), key=lambda item: "[" in item[0]):
        variable, element, problem = _target(model, name)
        if problem or variable is None:
            problems += [problem] if problem else []
            continue
        first = given.setdefault((variable.name, element), name)
        if first != name:
            problems.append(Problem(name, "a second value", f"{first!r} is the same parameter", "give it one value"))
        elif variable.kind == "table":
            points, problem = _points(name, value)
            problems += [problem] if problem else []
            tables[variable.name] = points
        else:
            slot = slots[variable.name]
            rows = constants[slot.start : slot.stop].reshape(slot.shape)
            problem = _fill(model, variable, (element, rows, value))
            problems += [problem] if problem else []
    raise_if(problems)
    return constants[:, np.newaxis], tables


def rows_of(model: Model, names: Sequence[str]) -> list[np.ndarray]:
    """Return for each name the rows of the vector of constants that take its value.

    Arguments:
        model: the model.
        names: constants, ``name`` (all elements alike) or ``name[element]``.

    Raises:
        ThroughflowError: every name that is unknown, not settable, a table, or given twice.
    """
    slots = {slot.name: slot for slot in slots_of(model, "constant")}
    found: list[np.ndarray] = []
    problems: list[Problem] = []
    owners: dict[int, str] = {}
    for name in names:
        variable, element, problem = _target(model, name)
        if variable is not None and variable.kind == "table":
            problem = Problem(name, "a table", "one value per member cannot stand for points", "vary a constant")
        if problem or variable is None:
            problems += [problem] if problem else []
            continue
        slot = slots[variable.name]
        rows = np.arange(slot.start, slot.stop).reshape(slot.shape)[_index(model, variable, element)].ravel()
        taken = next((owners[row] for row in rows if row in owners), None)
        if taken is not None:
            problems.append(Problem(name, "given twice", f"{taken!r} is the same parameter", "give it once"))
        owners |= dict.fromkeys(rows.tolist(), name)
        found.append(rows)
    raise_if(problems)
    return found


def _index(model: Model, variable: Variable, element: tuple[str, ...]) -> Any:
    if not element:
        return ...
    return tuple(model.ranges[dim].elements.index(part) for dim, part in zip(variable.dims, element, strict=True))


def _target(model: Model, name: str) -> tuple[Variable | None, tuple[str, ...], Problem | None]:
    base, _, rest = name.partition("[")
    found = model.by_key.get(key(base))
    if found is None:
        settable = [known for known, variable in model.variables.items() if variable.settable]
        return (
            None,
            (),
            Problem(
                name,
                "an unknown parameter",
                f"model {model.name} has nothing called so",
                nearest(base, settable) or "`throughflow check` lists the names of a model",
            ),
        )
    variable = model.variables[found]
    if not variable.settable:
        return None, (), _unsettable(model, variable, name)
    element = tuple(part.strip() for part in rest.rstrip("]").split(",")) if rest else ()
    known = {tuple(key(part) for part in candidate): candidate for candidate in model.elements(variable)}
    if element and tuple(key(part) for part in element) not in known:
        labels = [",".join(candidate) for candidate in known.values()]
        return (
            None,
            (),
            Problem(
                name,
                f"no element [{','.join(element)}]",
                f"{found} has {len(labels)} elements",
                nearest(",".join(element), labels) or "use one of " + ", ".join(labels[:8]),
            ),
        )
    return variable, known[tuple(key(part) for part in element)] if element else (), None


def _unsettable(model: Model, variable: Variable, name: str) -> Problem:
    what = f"a value for the {variable.kind} {variable.name!r}"
    if variable.kind == "constant":
        cure = "change the file, or vary another constant"
        return Problem(name, what, "the file fixes it: it is written with ==, or is the order of a delay", cure)
    cure = "give a value to a constant in its equation: " + (", ".join(_constants_behind(model, variable)) or "it has none")
    return Problem(name, what, "only constants and tables can be given values", cure)


def _constants_behind(model: Model, variable: Variable) -> Iterable[str]:
    from sim.model.structure import causes

    return [name for name in causes(variable) if model.variables[name].settable][:6]


def _points(name: str, value: Any) -> tuple[tuple[np.ndarray, np.ndarray], Problem | None]:
    try:
        pairs = np.asarray(value, dtype=float)
    except (TypeError, ValueError, OverflowError):
        pairs = np.empty(0)
    empty = np.empty(0)
    if pairs.ndim != 2 or pairs.shape[0] < 1 or pairs.shape[1] != 2:
        return (empty, empty), Problem(
            name, f"{value!r} for a table", "a table is a list of points", "write [[x, y], [x, y], ...]"
        )
    if not np.all(np.isfinite(pairs)) or np.any(np.diff(pairs[:, 0]) <= 0):
        return (empty, empty), Problem(
            name,
            "points that are not finite or whose x do not rise",
            "a table has one value at each x",
            "sort the points and remove repetitions",
        )
    return (pairs[:, 0].copy(), pairs[:, 1].copy()), None


def _fill(model: Model, variable: Variable, change: tuple[tuple[str, ...], np.ndarray, Any]) -> Problem | None:
    element, rows, value = change
    try:
        values = np.asarray(value, dtype=float)
    except (TypeError, ValueError, OverflowError):
        return Problem(variable.name, f"{value!r}", "a number is needed", f"write a number in {variable.units or 'dmnl'}")
    if not np.all(np.isfinite(values)):
        return Problem(variable.name, f"{value!r}", "not a finite number", "write a finite number")
    low, high = (*variable.limits, None, None)[:2]
    if np.any(values < (-math.inf if low is None else low)) or np.any(values > (math.inf if high is None else high)):
        return Problem(
            variable.name,
            f"{value!r}",
            f"outside the limits of the model, {low} to {high}",
            f"write a value between them, in {variable.units or 'dmnl'}",
        )
    if element:
        if values.ndim:
            return Problem(
                f"{variable.name}[{','.join(element)}]",
                "several numbers for one element",
                "one element has one value",
                "write one number",
            )
        rows[_index(model, variable, element)] = values
    elif values.ndim == 0 or values.shape == rows.shape or values.shape == (rows.size,):
        rows[...] = values if values.ndim == 0 else values.reshape(rows.shape)
    else:
        return Problem(
            variable.name,
            f"{' x '.join(map(str, values.shape))} numbers",
            f"it has {' x '.join(map(str, rows.shape)) or 1} elements",
            "give one number, or one for each element in that layout",
        )
    return None
