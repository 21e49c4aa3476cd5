"""The typed intermediate representation of a model: frozen, labelled, free of any file format.

``Model`` is what the file says after reading and checking; nothing downstream sees the translator's objects.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from sim.errors import Problem, ThroughflowError, nearest
from sim.model.expressions import Expression, Table

Kind = Literal["stock", "auxiliary", "constant", "table"]


@dataclass(frozen=True)
class Range:
    """A subscript range: its elements in order."""

    name: str
    elements: tuple[str, ...]


@dataclass(frozen=True)
class Equation:
    """One equation of a variable.

    Attributes:
        scope: for each dimension of the variable, the range or the element that the equation covers; an equation
            with ``:EXCEPT:`` arrives as one equation for each element that it keeps.
        value: the right-hand side; for a stock, its net flow; for a table variable, its points.
        initial: a stock's value at the start; for an auxiliary written with ACTIVE INITIAL, what stands for it while the
            initial values of stocks are found; else ``None``.
    """

    scope: tuple[str, ...]
    value: Expression | Table
    initial: Expression | None = None

    @property
    def at_start(self) -> Expression | Table:
        """What holds while initial values are found: ``initial`` where there is one, else ``value``."""
        return self.value if self.initial is None else self.initial


@dataclass(frozen=True)
class Variable:
    """A variable with everything its author wrote about it.

    Attributes:
        name: as in the file, blanks single.
        kind: stock, auxiliary, constant (numbers only) or table.
        dims: names of the ranges it is subscripted by, in order.
        units: unit text as written.
        documentation: author's words, claims in square brackets included.
        equations: one or several, together covering every element once.
        limits: lowest, highest and step as written, ``None`` where open.
        group: title of the group the file puts it in, empty where it has none.
        settable: whether a run may give another value (constants and tables, unless written with ``==`` or the order of a
            DELAY N or SMOOTH N).
        line: line of the file on which its first equation begins, 0 where there is no file.
    """

    name: str
    kind: Kind
    dims: tuple[str, ...]
    units: str
    documentation: str
    equations: tuple[Equation, ...]
    limits: tuple[float | None, ...] = ()
    group: str = ""
    settable: bool = False
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Clock:
    """The file's own times, in ``units``; ``save`` is the interval between stored values."""

    start: float
    stop: float
    step: float
    save: float
    units: str


@dataclass(frozen=True)
class View:
    """A named drawing of the file: the variables on it with their positions."""

    name: str
    positions: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class Model:
    """A model as read.

    Attributes:
        name: file name without its ending.
        ranges: subscript ranges by name.
        variables: all variables by name, in file order, the clock's four not among them.
        clock: start, stop, step and saving interval.
        views: drawings of the sketch section.
        notes: approximations and things left out, to travel with every result.
        fingerprint: SHA-256 of the file's bytes.
    """

    name: str
    ranges: Mapping[str, Range]
    variables: Mapping[str, Variable]
    clock: Clock
    views: tuple[View, ...]
    notes: tuple[str, ...]
    fingerprint: str

    @cached_property
    def by_key(self) -> Mapping[str, str]:
        """Names by their comparison key: case and the sort of blank do not count."""
        return {key(name): name for name in self.variables}

    def place(self, name: str) -> str:
        """Return file, line and name of a variable, as problems name it."""
        line = self.variables[name].line
        return f"{self.name}.mdl:{line} {name}" if line else f"{self.name} {name}"

    def find(self, name: str) -> Variable:
        """Return the variable called ``name``, however its blanks and case are written.

        Raises:
            ThroughflowError: nothing is called so; near names are offered.
        """
        found = self.by_key.get(key(name))
        if found is None:
            near = nearest(name, self.variables)
            raise ThroughflowError(
                Problem(
                    f"model {self.name}",
                    f"no variable {name!r}",
                    "the model does not define it",
                    near or "`throughflow check` lists every name of a model",
                )
            )
        return self.variables[found]

    def elements(self, variable: Variable) -> tuple[tuple[str, ...], ...]:
        """Return the element tuples of ``variable`` in row-major order, ``((),)`` for a scalar."""
        tuples: tuple[tuple[str, ...], ...] = ((),)
        for dim in variable.dims:
            tuples = tuple((*head, element) for head in tuples for element in self.ranges[dim].elements)
        return tuples

    def shape(self, variable: Variable) -> tuple[int, ...]:
        """Return the lengths of the dimensions of ``variable``."""
        return tuple(len(self.ranges[dim].elements) for dim in variable.dims)


def key(name: str) -> str:
    """Return ``name`` as names are compared: case-free, runs of blanks and underscores as one underscore."""
    return "_".join(name.strip().strip('"').replace("_", " ").split()).casefold()


def label(name: str, element: tuple[str, ...]) -> str:
    """Return ``name[element]``, or ``name`` alone for a scalar."""
    return f"{name}[{','.join(element)}]" if element else name
