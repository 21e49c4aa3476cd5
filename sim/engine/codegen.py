"""From a model to a readable vectorised NumPy kernel.

The generated text holds numbers, generated identifiers and the names of :data:`~sim.engine.runtime.NAMESPACE`; not one
character of the model file's own text reaches it, so running it cannot run anything a file says.
"""

import keyword
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from sim.engine.fragments import Writer, pick_text, target_text
from sim.engine.kernel import Bound, Clockwork, Kernel, Slot
from sim.engine.layout import slots_of
from sim.engine.phases import Guard, Phase, guards, needed, variable_phases
from sim.engine.runtime import NAMESPACE
from sim.model.expressions import Expression, Reference, TableCall, references
from sim.model.ir import Equation, Model, Variable
from sim.model.structure import Node, order

_LOCAL = frozenset(
    {
        "bind",
        "constants",
        "tables",
        "clock",
        "tail",
        "rest",
        "time",
        "time_step",
        "half_step",
        "initial_time",
        "final_time",
        "initial",
        "rates",
        "observe",
        "guards",
        "state",
        "out",
    }
)


def compile_model(model: Model, record: Sequence[str]) -> Kernel:
    """Compile ``model`` to a kernel that observes the variables named in ``record``.

    Arguments:
        model: a model as read.
        record: model names, tables excluded.

    Returns:
        The kernel; its ``source`` is the text that runs.
    """
    builder = _Builder(model, record)
    source = builder.source()
    scope: dict[str, Any] = dict(NAMESPACE)
    exec(compile(source, f"<kernel of {model.fingerprint[:12]}>", "exec"), scope)

    def bind(constants: np.ndarray, tables: Mapping[str, tuple[np.ndarray, np.ndarray]], clock: Clockwork) -> Bound:
        with np.errstate(all="ignore"):
            values = [tables[name] for name in builder.tables]
            many = scope["bind"](constants, values, clock, (1,))
            one = scope["bind"](constants[:, 0], values, clock, ()) if constants.shape[1] == 1 else many
            return Bound(many[0], one[1], many[1], _labelled(many[2], tuple(record)), many[3])

    return Kernel(builder.stocks, builder.constants, tuple(record), source, bind)


def _labelled(observe: Callable[[Any, np.ndarray], tuple], names: tuple[str, ...]) -> Callable[[Any, np.ndarray], dict]:
    return lambda time, state: dict(zip(names, observe(time, state), strict=True))


def identifiers(names: Iterable[str]) -> dict[str, str]:
    """Return a distinct Python identifier for each name, made of lower-case letters, digits and underscores."""
    taken = set(NAMESPACE) | _LOCAL
    found: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "variable"
        plain = f"v_{plain}" if plain[0].isdigit() or keyword.iskeyword(plain) else plain
        candidate, number = plain, 2
        while candidate in taken:
            candidate, number = f"{plain}_{number}", number + 1
        taken.add(candidate)
        found[name] = candidate
    return found


class _Builder:
    """Collects what the text of one kernel needs and writes it."""

    def __init__(self, model: Model, record: Sequence[str]) -> None:
        self.model = model
        self.record = record
        self.names = identifiers(model.variables)
        self.order = order(model)
        self.phases = variable_phases(model, self.order)
        self.stocks = slots_of(model, "stock")
        self.constants = slots_of(model, "constant")
        self.tables = [name for name, variable in model.variables.items() if variable.kind == "table"]

    def source(self) -> str:
        """Return the text of the kernel."""
        state = [name for name, _ in self.order.every_step if self.phases[name] != Phase.RUN]
        timed = {name for name in state if self.phases[name] == Phase.TIME}
        net = [equation.value for variable in self._of_kind("stock") for equation in variable.equations]
        watched = guards(self.model, self.order, self.phases)
        lines = [
            "def bind(constants, tables, clock, tail):",
            "    time_step, half_step = float64(clock.step), clock.half",
            "    initial_time, final_time = float64(clock.start), float64(clock.stop)",
            "    rest = (-1,) if tail else ()",
            *(f"    {self.names[name]} = tables[{row}]" for row, name in enumerate(self.tables)),
            *(f"    {self.names[slot.name]} = {_view('constants', slot)}" for slot in self.constants),
            *self._assignments(self._steps(Phase.RUN), "    "),
            "",
            "    def initial():",
            "        time = initial_time",
            *self._initial(),
            "",
            "    def rates(time, state):",
            "        time = float64(time)",
            *self._unpacked(),
            *self._assignments(self._needed(net), "        "),
            *self._net_flows(),
            "        return out",
            "",
            "    def observe(time, state):",
            "        time = float64(time)",
            *self._unpacked(),
            *self._assignments(self._needed([], self.record), "        "),
            "        return (" + "".join(f"{self.names[name]}, " for name in self.record) + ")",
            "",
            "    def guards(time):",
            *self._assignments([node for node in self.order.every_step if node[0] in timed], "        "),
            f"        return [{', '.join(self._guard(guard) for guard in watched)}]",
            "",
            "    return initial, rates, observe, guards",
            "",
        ]
        return "\n".join(lines)

    def _of_kind(self, kind: str) -> list[Variable]:
        return [variable for variable in self.model.variables.values() if variable.kind == kind]

    def _steps(self, phase: Phase) -> list[Node]:
        return [
            node
            for node in self.order.every_step
            if self.phases[node[0]] == phase and self.model.variables[node[0]].kind != "constant"
        ]

    def _needed(self, roots: Iterable[Expression], names: Sequence[str] = ()) -> list[Node]:
        values = [
            equation.value
            for name in names
            if self.model.variables[name].kind == "auxiliary"
            for equation in self.model.variables[name].equations
        ]
        wanted = needed(self.model, [*roots, *values]) | set(names)
        return [node for node in self.order.every_step if node[0] in wanted and self.phases[node[0]] != Phase.RUN]

    def _assignments(self, nodes: Sequence[Node], indent: str) -> list[str]:
        """Return one line per single-equation variable; others start as an empty array and are filled in order."""
        lines, parts = [], {}
        counts = {name: len(self.model.variables[name].equations) for name, _ in nodes}
        for name, position in nodes:
            variable = self.model.variables[name]
            equation = variable.equations[position]
            if equation.initial is not None:
                lines += [indent + line for line in self._started(variable, equation)]
                continue
            if counts[name] == 1 and all(part in self.model.ranges for part in equation.scope):
                lines.append(f"{indent}{self.names[name]} = {self._value(variable, equation, equation.value)}")
                continue
            part = f"{self.names[name]}__{position + 1}"
            lines.append(f"{indent}{part} = {self._value(variable, equation, equation.value)}")
            parts.setdefault(name, {})[position] = part
            done = sorted(parts[name])
            filled = ", ".join(f"(slices[{self._target(variable, variable.equations[at])}], {parts[name][at]})" for at in done)
            if len(done) == counts[name] or self._read_before_complete(name, position, nodes):
                lines.append(f"{indent}{self.names[name]} = assembled({self.model.shape(variable)!r}, tail, {filled})")
        return lines

    def _read_before_complete(self, name: str, position: int, nodes: Sequence[Node]) -> bool:
        """Tell whether something between this equation of ``name`` and its last one reads the variable."""
        mine = [at for at, node in enumerate(nodes) if node[0] == name]
        here = nodes.index((name, position))
        following = nodes[here + 1 : mine[-1] + 1]
        return any(name in {part.name for part in _references(self.model, node)} for node in following)

    def _value(self, variable: Variable, equation: Equation, side: Expression, shape: bool = True) -> str:
        scope = [part for part in equation.scope if part in self.model.ranges]
        writer = Writer(self.model, self.names, scope)
        fragment = writer.write(side)
        text = writer.aligned(fragment, scope)
        if shape and tuple(scope) != fragment.axes and len(variable.equations) == 1:
            whole = ", ".join(str(length) for length in self.model.shape(variable))
            return f"assembled(({whole},), tail, (..., {text}))"
        return text

    def _target(self, variable: Variable, equation: Equation) -> str:
        picks = [pick_text(self.model, part, dim) for part, dim in zip(equation.scope, variable.dims, strict=True)]
        return target_text(picks, self.model.place(variable.name))

    def _unpacked(self) -> list[str]:
        return [f"        {self.names[slot.name]} = {_view('state', slot)}" for slot in self.stocks]

    def _net_flows(self) -> list[str]:
        lines = ["        out = empty(state.shape)"]
        for slot in self.stocks:
            variable = self.model.variables[slot.name]
            lines += [f"        {self._stored(slot, equation, equation.value)}" for equation in variable.equations]
        return lines

    def _stored(self, slot: Slot, equation: Equation, side: Expression) -> str:
        variable = self.model.variables[slot.name]
        target = _view("out", slot) + (f"[{self._target(variable, equation)}]" if slot.shape else "")
        return f"{target} = {self._value(variable, equation, side, shape=False)}"

    def _initial(self) -> list[str]:
        size = self.stocks[-1].stop if self.stocks else 0
        stocks = {slot.name: slot for slot in self.stocks}
        roots = [equation.initial for slot in self.stocks for equation in self.model.variables[slot.name].equations]
        wanted = self._needed_at_start([root for root in roots if root is not None])
        nodes = [
            node
            for node in self.order.at_start
            if node[0] in stocks or (node[0] in wanted and self.phases[node[0]] != Phase.RUN)
        ]
        return [
            f"        out = empty(({size},) + constants.shape[1:])",
            *(f"        {self.names[name]} = {_view('out', slot)}" for name, slot in stocks.items() if slot.shape),
            *self._assignments(nodes, "        "),
            "        return out",
        ]

    def _started(self, variable: Variable, equation: Equation) -> list[str]:
        """Return the lines that give a stock its initial value; an array is a view of ``out`` already."""
        slot = next(slot for slot in self.stocks if slot.name == variable.name)
        assert equation.initial is not None
        lines = [self._stored(slot, equation, equation.initial)]
        return lines if slot.shape else [*lines, f"{self.names[variable.name]} = {_view('out', slot)}"]

    def _needed_at_start(self, roots: Sequence[Expression]) -> set[str]:
        found = needed(self.model, roots)
        while True:
            more = needed(
                self.model,
                [
                    equation.initial
                    for name in found
                    if self.model.variables[name].kind == "stock"
                    for equation in self.model.variables[name].equations
                    if equation.initial is not None
                ],
            )
            if more <= found:
                return found
            found |= more

    def _guard(self, guard: Guard) -> str:
        name, position = guard.equation
        equation = self.model.variables[name].equations[position]
        scope = [part for part in equation.scope if part in self.model.ranges]
        ranges = [part.name for part in references(guard.node) for part in part.subscripts if part.name in self.model.ranges]
        writer = Writer(self.model, self.names, [*scope, *dict.fromkeys(part for part in ranges if part not in scope)])
        node = guard.node
        if isinstance(node, TableCall):
            return f"searchsorted({writer.table(node.table)}[0], {writer.write(node.argument).code}, 'right')"
        return writer.write(node).code


def _references(model: Model, node: Node) -> list[Reference]:
    equation = model.variables[node[0]].equations[node[1]]
    return list(references(equation.value if equation.initial is None else equation.initial))


def _view(vector: str, slot: Slot) -> str:
    if not slot.shape:
        return f"{vector}[{slot.start}]"
    rows = f"{vector}[{slot.start}:{slot.stop}]"
    return rows if len(slot.shape) == 1 else f"{rows}.reshape({slot.shape!r} + rest)"
