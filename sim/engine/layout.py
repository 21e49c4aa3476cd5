"""Where a model's numbers stand in the kernel's vectors, and what the file itself puts there."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.engine.kernel import Slot
from sim.model.expressions import Number, Numbers, Table
from sim.model.ir import Equation, Model, Variable

Tables = dict[str, tuple[np.ndarray, np.ndarray]]
"""Points of tables by name, ``(xs, ys)``."""


def slots_of(model: Model, kind: str) -> tuple[Slot, ...]:
    """Return contiguous slots for the variables of ``kind`` (``stock`` or ``constant``), in file order."""
    found, start = [], 0
    for variable in model.variables.values():
        if variable.kind == kind:
            size = int(np.prod(model.shape(variable), dtype=int))
            found.append(Slot(variable.name, start, start + size, model.shape(variable)))
            start += size
    return tuple(found)


def constants_of(model: Model) -> np.ndarray:
    """Return the file's constants as one vector, shape (constant,)."""
    slots = slots_of(model, "constant")
    values = np.zeros(slots[-1].stop if slots else 0)
    for slot in slots:
        variable = model.variables[slot.name]
        block = values[slot.start : slot.stop].reshape(slot.shape)
        for equation in variable.equations:
            chosen = _selection(model, variable, equation)
            block[chosen] = _numbers(equation.value, np.shape(block[chosen]))
    return values


def tables_of(model: Model) -> Tables:
    """Return the file's tables as arrays, by name."""
    found: Tables = {}
    for name, variable in model.variables.items():
        for equation in variable.equations:
            if isinstance(equation.value, Table):
                found[name] = (np.array(equation.value.xs), np.array(equation.value.ys))
    return found


def _numbers(value: Any, shape: Sequence[int]) -> Any:
    if isinstance(value, Number):
        return value.value
    assert isinstance(value, Numbers)
    return np.reshape(value.values, shape)


def _selection(model: Model, variable: Variable, equation: Equation) -> Any:
    """Return the index of the elements that ``equation`` defines, for an array of the variable's shape."""

    def positions(part: str, dim: str) -> list[int]:
        elements = model.ranges[dim].elements
        return [elements.index(name) for name in (model.ranges[part].elements if part in model.ranges else (part,))]

    if not variable.dims:
        return ...
    return np.ix_(*(positions(part, dim) for part, dim in zip(equation.scope, variable.dims, strict=True)))
