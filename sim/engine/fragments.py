"""Writing one expression as NumPy text, with the ranges it still varies over.

Arrays are laid out ranges first, members last, so a scalar broadcasts against anything and an array needs ``None`` only
for ranges it lacks to the right of one it has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.engine.emission import ATOM, BINARY, CALLS, REDUCERS, RUNNING_ON
from sim.engine.held import Clock, Holding, clock_of
from sim.errors import Problem, ThroughflowError
from sim.model.expressions import Apply, Expression, Number, Numbers, Reference, Table, TableCall, children, walk
from sim.model.functions import FUNCTIONS
from sim.model.ir import Model


@dataclass(frozen=True)
class Fragment:
    """Kernel text, the ranges it varies over in order, and how strongly it binds."""

    code: str
    axes: tuple[str, ...] = ()
    strength: int = ATOM

    def atom(self) -> str:
        """Return the text, in parentheses unless it stands as one."""
        return self.code if self.strength >= ATOM else f"({self.code})"


class Writer:
    """Writes expressions of one equation.

    Arguments:
        model: the model, for shapes.
        names: kernel identifier of each variable.
        scope: ranges on the left of the equation, in order.
        holding: what is held within a step, ``None`` where all is read at one time.
        clock: by which clock values are read that no switch reads.
    """

    def __init__(
        self,
        model: Model,
        names: Mapping[str, str],
        scope: Sequence[str],
        *,
        holding: Holding | None = None,
        clock: Clock = "time",
    ) -> None:
        self.model = model
        self.names = names
        self.context = tuple(scope)
        self.holding = holding
        self.clock: Clock = clock

    def _varied(self, *, context: Sequence[str] | None = None, clock: Clock | None = None) -> "Writer":
        """Return a writer over other ranges, or by another clock."""
        scope = self.context if context is None else context
        return Writer(self.model, self.names, scope, holding=self.holding, clock=clock or self.clock)

    def write(self, node: Expression) -> Fragment:
        """Return the fragment of ``node`` as a number: 1 and 0 where it tells true from false."""
        fragment = self.condition(node)
        if isinstance(node, Apply) and FUNCTIONS[node.function].units in ("compare", "logical"):
            return Fragment(f"{fragment.atom()} * 1.0", fragment.axes, BINARY["*"][1])
        return fragment

    def condition(self, node: Expression) -> Fragment:
        """Return the fragment of ``node``, a comparison left as NumPy's true and false."""
        if isinstance(node, Number):
            return Fragment(repr(node.value), strength=ATOM if node.value >= 0 else 6)
        if isinstance(node, Numbers):
            return self._numbers(node)
        if isinstance(node, Reference):
            return self._reference(node)
        if isinstance(node, TableCall):
            argument = self.write(node.argument)
            return Fragment(f"interp({argument.code}, *{self.table(node.table)})", argument.axes)
        return self._applied(node)

    def table(self, table: Table | Reference) -> str:
        """Return text that stands for the two arrays of a table."""
        if isinstance(table, Reference):
            return self.names[table.name]
        return f"(array({list(table.xs)!r}), array({list(table.ys)!r}))"

    def aligned(self, fragment: Fragment, axes: Sequence[str]) -> str:
        """Return the text of ``fragment`` with ``None`` for each of ``axes`` it lacks after one it has."""
        if not fragment.axes or tuple(axes[-len(fragment.axes) :]) == fragment.axes:
            return fragment.code
        first = list(axes).index(fragment.axes[0])
        picks = ", ".join(":" if axis in fragment.axes else "None" for axis in axes[first:])
        return f"{fragment.atom()}[{picks}]"

    def _numbers(self, node: Numbers) -> Fragment:
        axes = tuple(name for name in self.context if name in self.model.ranges)
        return Fragment(f"array({list(node.values)!r}).reshape({node.shape!r} + tail)", axes)

    def _reference(self, node: Reference) -> Fragment:
        variable = self.model.variables[node.name]
        picks, axes = [], []
        for part, dim in zip(node.subscripts, variable.dims, strict=True):
            pick = pick_text(self.model, part.name, dim)
            picks.append(pick)
            if part.name in self.model.ranges:
                axes.append(part.name)
        moving = self.holding is not None and node.name in self.holding.moving
        code = clocked_name(self.names[node.name], self.clock if moving else "time") + index_text(picks)
        wanted = sorted(axes, key=self.context.index)
        if wanted != axes:
            code = f"reordered({code}, {tuple(axes.index(axis) for axis in wanted)!r})"
        return Fragment(code, tuple(wanted))

    def _applied(self, node: Apply) -> Fragment:
        if node.function in REDUCERS:
            return self._reduced(node)
        held = self.holding.positions(node) if self.holding else ()
        parts = self._arguments(node, held)
        pattern = CALLS.get(node.function, "")
        if self.holding and self.holding.wraps(node):
            parts, pattern = [*self._arguments(node, (0, 1)), parts[0]], RUNNING_ON
        axes = tuple(axis for axis in self.context if any(axis in part.axes for part in parts))
        if node.function in BINARY:
            pattern, strength = BINARY[node.function]
            texts = []
            for position, part in enumerate(parts):
                text = self.aligned(part, axes)
                bound = ATOM if text is not part.code else part.strength
                least = strength + 1 if position or node.function == "^" else strength
                texts.append(text if bound >= least else f"({text})")
            if node.function in ("/", "^") and _literal(node):
                texts[0] = f"float64({texts[0]})"
            return Fragment(pattern.format(*texts), axes, strength)
        texts = [self.aligned(part, axes) for part in parts]
        if node.function == "if then else" and axes and not parts[0].axes and {parts[1].axes, parts[2].axes} != {axes}:
            pattern = "where({0}, {1}, {2})"
        texts += ["inf"] * (FUNCTIONS[node.function].most - len(texts))
        wrapped = [
            text if pattern[0] != "(" or part.strength >= ATOM else f"({text})"
            for text, part in zip(texts, [*parts, *[Fragment("inf")] * 4], strict=False)
        ]
        return Fragment(pattern.format(*wrapped, time=clock_of(node) if held else self.clock), axes)

    def _arguments(self, node: Apply, held: Sequence[int]) -> list[Fragment]:
        """Return the arguments of ``node``, those at ``held`` positions by the clock that its function is read by.

        A bare number that could become the result is one of NumPy's.
        """
        if node.function in (":and:", ":or:", ":not:"):
            return [self.condition(argument) for argument in node.arguments]
        clock = clock_of(node)
        parts = [self._varied(clock=clock if at in held else None).write(part) for at, part in enumerate(node.arguments)]
        if node.function in ("if then else", "max", "min"):
            parts = [
                Fragment({"0.0": "zero", "1.0": "one"}.get(part.code, f"float64({part.code})")) if _literal(argument) else part
                for part, argument in zip(parts, node.arguments, strict=True)
            ]
        if node.function == "if then else":
            parts[0] = self.condition(node.arguments[0])
        return parts

    def _reduced(self, node: Apply) -> Fragment:
        inner = tuple(dict.fromkeys(_reduced_ranges(node.arguments[0])))
        writer = self._varied(context=(*inner, *(axis for axis in self.context if axis not in inner)))
        part = writer.write(node.arguments[0])
        if not set(inner) <= set(part.axes):
            inner = tuple(axis for axis in inner if axis in part.axes)
        code = f"{REDUCERS[node.function]}({part.code}, {len(inner)})"
        return Fragment(code, part.axes[len(inner) :])


def clocked_name(identifier: str, clock: Clock) -> str:
    """Return the identifier of a variable's value by ``clock``; no variable's own has two underscores together."""
    return identifier if clock == "time" else f"{identifier}__{clock}"


def _literal(node: Expression) -> bool:
    """Tell whether Python itself would compute ``node``, raising or turning complex where NumPy gives NaN."""
    leaves = [part for part in walk(node) if not (isinstance(part, Apply) and part.arguments)]
    return all(isinstance(leaf, Number) for leaf in leaves)


def _reduced_ranges(node: Expression) -> list[str]:
    if isinstance(node, Reference):
        return [part.name for part in node.subscripts if part.reduced]
    if isinstance(node, Apply) and node.function in REDUCERS:
        return []
    return [name for child in children(node) for name in _reduced_ranges(child)]


def pick_text(model: Model, name: str, dim: str) -> str:
    """Return the index that picks the range or element ``name`` out of the range ``dim``."""
    elements = model.ranges[dim].elements
    if name not in model.ranges:
        return str(elements.index(name))
    positions = [elements.index(element) for element in model.ranges[name].elements]
    if positions == list(range(len(elements))):
        return ":"
    first, last = positions[0], positions[-1]
    return f"{first}:{last + 1}" if positions == list(range(first, last + 1)) else repr(positions)


def index_text(picks: Sequence[str]) -> str:
    """Return the picks as an index to read with, nothing where everything is taken.

    Where two picks are not plain slices they are applied one after the other, so that each keeps to its own axis.
    """
    picks = list(picks)
    while picks and picks[-1] == ":":
        picks.pop()
    if sum(":" not in pick for pick in picks) < 2 or all(pick.isdigit() for pick in picks):
        return f"[{', '.join(picks)}]" if picks else ""
    text, axis = "", 0
    for pick in picks:
        if pick != ":":
            text += "[" + ", ".join([":"] * axis + [pick]) + "]"
        axis += not pick.isdigit()
    return text


def target_text(picks: Sequence[str], where: str) -> str:
    """Return the picks as an index to write to, ``...`` where everything is written.

    Raises:
        ThroughflowError: scattered elements on two axes of one equation, which NumPy cannot index as a block.
    """
    if all(pick == ":" for pick in picks):
        return "..."
    if sum(pick.startswith("[") for pick in picks) > 1 or (len(picks) > 2 and any(p.startswith("[") for p in picks)):
        raise ThroughflowError(
            Problem(
                where,
                "scattered elements on several subscripts of one equation",
                "this layout is not honoured yet",
                "write one equation for each element",
            )
        )
    return ", ".join(picks)
