"""From a model to a readable vectorised NumPy kernel.

The generated text holds numbers, generated identifiers and the names of :data:`~sim.engine.runtime.NAMESPACE`; not one
character of the model file's own text reaches it, so running it cannot run anything a file says.
"""

import keyword
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

import numpy as np

from sim.engine.fragments import Writer, clocked_name, pick_text, target_text
from sim.engine.held import Clock, Holding, holding, needed
from sim.engine.kernel import Bound, Clockwork, Kernel, Slot
from sim.engine.layout import slots_of
from sim.engine.phases import Guard, Phase, guards, needed_at_start, variable_phases
from sim.engine.runtime import NAMESPACE
from sim.model.expressions import Expression, Table, TableCall, references
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
        "held",
        "within",
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


@dataclass(frozen=True)
class _Moment:
    """When the lines of one function of the kernel hold.

    Attributes:
        at_start: whether initial values are being found.
        holding: what is held within a step, ``None`` where all is read at one time.
        clock: by which clock the lines read what no switch reads.
    """

    at_start: bool = False
    holding: Holding | None = None
    clock: Clock = "time"


_NOW = _Moment()
_AT_START = _Moment(at_start=True)


class _Builder:
    """Collects what the text of one kernel needs and writes it."""

    def __init__(self, model: Model, record: Sequence[str]) -> None:
        self.model = model
        self.record = record
        self.names = identifiers(model.variables)
        self.order = order(model)
        self.phases = variable_phases(model, self.order)
        self.holding = holding(model, self.order, self.phases)
        self.stocks = slots_of(model, "stock")
        self.constants = slots_of(model, "constant")
        self.tables = [name for name, variable in model.variables.items() if variable.kind == "table"]

    def source(self) -> str:
        """Return the text of the kernel."""
        state = [name for name, _ in self.order.every_step if self.phases[name] != Phase.RUN]
        timed = {name for name in state if self.phases[name] == Phase.TIME}
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
            "    def rates(time, state, held=None, within=None):",
            "        time = float64(time)",
            "        held = time if held is None else float64(held)",
            "        within = held if within is None else float64(within)",
            *self._unpacked(),
            *self._rates(),
            "        return out",
            "",
            "    def observe(time, state):",
            "        time = float64(time)",
            *self._unpacked(),
            *self._assignments(self._observed(), "        "),
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

    def _ordered(self, wanted: Iterable[str]) -> list[Node]:
        """Return the equations of the ``wanted`` variables that are not computed once per run, causes first."""
        names = set(wanted)
        return [node for node in self.order.every_step if node[0] in names and self.phases[node[0]] != Phase.RUN]

    def _observed(self) -> list[Node]:
        auxiliaries = [self.model.variables[name] for name in self.record if self.model.variables[name].kind == "auxiliary"]
        values = [equation.value for variable in auxiliaries for equation in variable.equations]
        return self._ordered([*(name for name, _ in needed(self.model, values)), *self.record])

    def _rates(self) -> list[str]:
        net = [equation.value for variable in self._of_kind("stock") for equation in variable.equations]
        wanted = needed(self.model, net, self.holding)
        stage = _Moment(holding=self.holding)
        moments = [replace(stage, clock=clock) for clock in get_args(Clock)]
        nodes = self._ordered(name for name, _ in wanted)
        steps = [(node, moment) for node in nodes for moment in moments if (node[0], moment.clock) in wanted]
        return [*self._lines(steps, "        "), *self._net_flows(stage)]

    def _assignments(self, nodes: Sequence[Node], indent: str, moment: _Moment = _NOW) -> list[str]:
        """Return the lines of equations that all hold at one moment."""
        return self._lines([(node, moment) for node in nodes], indent)

    def _lines(self, steps: Sequence[tuple[Node, _Moment]], indent: str) -> list[str]:
        """Return one line per single-equation variable; others start as an empty array and are filled in order."""
        lines, parts = [], {}
        for at, ((name, position), moment) in enumerate(steps):
            variable = self.model.variables[name]
            equation = variable.equations[position]
            if variable.kind == "stock":
                lines += [indent + line for line in self._started(variable, equation)]
                continue
            target = clocked_name(self.names[name], moment.clock)
            value = self._value(variable, equation, moment)
            if len(variable.equations) == 1 and all(part in self.model.ranges for part in equation.scope):
                lines.append(f"{indent}{target} = {value}")
                continue
            part = f"{target}__{position + 1}"
            lines.append(f"{indent}{part} = {value}")
            done = parts.setdefault(target, {})
            done[position] = part
            if len(done) == len(variable.equations) or self._read_before_complete(name, steps[at + 1 :]):
                filled = ", ".join(
                    f"(slices[{self._target(variable, variable.equations[other])}], {done[other]})" for other in sorted(done)
                )
                lines.append(f"{indent}{target} = assembled({self.model.shape(variable)!r}, tail, {filled})")
        return lines

    def _read_before_complete(self, name: str, following: Sequence[tuple[Node, _Moment]]) -> bool:
        """Tell whether something among the ``following`` equations, up to the last one of ``name``, reads the variable."""
        last = max(at for at, (node, _) in enumerate(following) if node[0] == name)
        sides = [_side(self.model.variables[node[0]].equations[node[1]], moment) for node, moment in following[: last + 1]]
        return any(name == part.name for side in sides for part in references(side))

    def _value(self, variable: Variable, equation: Equation, moment: _Moment, shape: bool = True) -> str:
        scope = [part for part in equation.scope if part in self.model.ranges]
        writer = Writer(self.model, self.names, scope, holding=moment.holding, clock=moment.clock)
        side = _side(equation, moment)
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

    def _net_flows(self, moment: _Moment) -> list[str]:
        lines = ["        out = empty(state.shape)"]
        for slot in self.stocks:
            variable = self.model.variables[slot.name]
            lines += [f"        {self._stored(slot, equation, moment)}" for equation in variable.equations]
        return lines

    def _stored(self, slot: Slot, equation: Equation, moment: _Moment) -> str:
        variable = self.model.variables[slot.name]
        target = _view("out", slot) + (f"[{self._target(variable, equation)}]" if slot.shape else "")
        return f"{target} = {self._value(variable, equation, moment, shape=False)}"

    def _initial(self) -> list[str]:
        size = self.stocks[-1].stop if self.stocks else 0
        stocks = {slot.name: slot for slot in self.stocks}
        roots = [equation.at_start for slot in self.stocks for equation in self.model.variables[slot.name].equations]
        wanted = needed_at_start(self.model, roots)
        nodes = [
            node
            for node in self.order.at_start
            if node[0] in stocks or (node[0] in wanted and self.phases[node[0]] != Phase.RUN)
        ]
        return [
            f"        out = empty(({size},) + constants.shape[1:])",
            *(f"        {self.names[name]} = {_view('out', slot)}" for name, slot in stocks.items() if slot.shape),
            *self._assignments(nodes, "        ", _AT_START),
            "        return out",
        ]

    def _started(self, variable: Variable, equation: Equation) -> list[str]:
        """Return the lines that give a stock its initial value; an array is a view of ``out`` already."""
        slot = next(slot for slot in self.stocks if slot.name == variable.name)
        lines = [self._stored(slot, equation, _AT_START)]
        return lines if slot.shape else [*lines, f"{self.names[variable.name]} = {_view('out', slot)}"]

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


def _side(equation: Equation, moment: _Moment) -> Expression:
    """Return the side of an ``equation``, of a variable that is no table, that holds at ``moment``."""
    side = equation.at_start if moment.at_start else equation.value
    assert not isinstance(side, Table)
    return side


def _view(vector: str, slot: Slot) -> str:
    if not slot.shape:
        return f"{vector}[{slot.start}]"
    rows = f"{vector}[{slot.start}:{slot.stop}]"
    return rows if len(slot.shape) == 1 else f"{rows}.reshape({slot.shape!r} + rest)"
