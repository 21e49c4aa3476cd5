"""Many variants of the flagship in one batch: members side by side, classical Runge-Kutta with a fixed step."""

import csv
import math
from functools import cache
from pathlib import Path

import numpy as np

import sim
from sim.engine.codegen import compile_model
from sim.engine.kernel import Clockwork
from sim.engine.layout import constants_of, slots_of
from sim.engine.methods import METHODS, advance
from sim.experiment.parameters import bind_parameters

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parent.parent / "models" / "innovation_flows"
START, STOP = 2010.0, 2040.0
STEP = 1 / 32
STORED = 0.25


@cache
def flagship():
    """Return the model, read once."""
    return sim.read(FOLDER / "innovation_flows.mdl")


@cache
def kernel():
    """Return the model's kernel, observing every variable that is computed."""
    model = flagship()
    return compile_model(model, [name for name, found in model.variables.items() if found.kind in ("stock", "auxiliary")])


@cache
def constant_slots():
    """Return where each constant stands in the vector of constants."""
    return {slot.name: slot for slot in slots_of(flagship(), "constant")}


@cache
def file_constants():
    """Return the file's own vector of constants."""
    return constants_of(flagship())


def table(name, folder=HERE):
    """Return the rows of a CSV file."""
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def elements(name):
    """Return the labels of a variable's elements, in row-major order."""
    model = flagship()
    return model.elements(model.variables[name])


def labels(name):
    """Return the names ``name[element]`` that ``name`` stands for: one, or all elements where it names a range or nothing."""
    base, _, rest = name.partition("[")
    ranges = flagship().ranges
    if not rest:
        return [base] if elements(base) == ((),) else [f"{base}[{','.join(element)}]" for element in elements(base)]
    parts = [ranges[part].elements if part in ranges else (part,) for part in rest.rstrip("]").split(",")]
    found = [()]
    for part in parts:
        found = [(*head, element) for head in found for element in part]
    return [f"{base}[{','.join(element)}]" for element in found]


def central(name):
    """Return the file's own value of the constant ``name`` or ``name[element]``."""
    base, _, rest = name.partition("[")
    slot = next(slot for slot in kernel().constants if slot.name == base)
    position = elements(base).index(tuple(rest.rstrip("]").split(","))) if rest else 0
    return float(file_constants()[slot.start + position])


class Batch:
    """Runs of the flagship that share their tables, marched together and observed one by one."""

    def __init__(self, variants, *, tables=None, step=STEP, stored=STORED, span=(START, STOP), state=None):
        model = flagship()
        self.names = list(variants)
        columns = [bind_parameters(model, dict(values) | dict(tables or {})) for values in variants.values()]
        self.constants = np.hstack([column for column, _ in columns])
        self.tables = columns[0][1]
        self.stored = stored
        self.clock = Clockwork(step, step / 2, START, STOP)
        self.times = np.arange(span[0], span[1] + stored / 2, stored)
        self.states = self._marched(step, round(stored / step), state)
        self._courses = {}

    def _marched(self, step, every, state):
        bound = kernel().bind(self.constants, self.tables, self.clock)
        state = bound.initial() if state is None else state
        kept = [state]
        with np.errstate(all="ignore"):
            for index in range((len(self.times) - 1) * every):
                state = advance(bound, METHODS["rk4"], state, time=self.times[0] + index * step, step=step)
                if (index + 1) % every == 0:
                    kept.append(state)
        return np.stack(kept)

    def bound(self, member):
        """Return the kernel bound to one member alone."""
        return kernel().bind(self.constants[:, [self.names.index(member)]], self.tables, self.clock)

    def state(self, member):
        """Return the states of a member, shape (state, time)."""
        return self.states[:, :, self.names.index(member)].T

    def courses(self, member):
        """Return every computed variable of a member, shaped (ranges…, time)."""
        if member not in self._courses:
            with np.errstate(all="ignore"):
                self._courses[member] = self.bound(member).observe(self.times, self.state(member))
        return self._courses[member]

    def course(self, name, member):
        """Return ``name`` or ``name[element]`` over the stored times."""
        base, _, rest = name.partition("[")
        values = np.asarray(self.courses(member)[base], dtype=float)
        shape = flagship().shape(flagship().variables[base])
        values = np.broadcast_to(values, (*shape, len(self.times)))
        return values.reshape(-1, len(self.times))[elements(base).index(tuple(rest.rstrip("]").split(","))) if rest else 0]

    def value(self, name, member, time):
        """Return ``name`` or ``name[element]`` at a stored time."""
        return float(self.course(name, member)[round((time - self.times[0]) / self.stored)])

    def ratio(self, name, member, time, base="base"):
        """Return the value of ``name`` in ``member`` as a multiple of its value in ``base``."""
        return self.value(name, member, time) / self.value(name, base, time)


def agreement(value, printed):
    """Return how far ``value`` is from a printed number, as a share of what is allowed and relative to it.

    Allowed is 1 %, or half a unit in the last printed digit plus half a unit of the next: model.md prints some numbers
    that had been rounded to one more digit before (1.54997 as 1.55 in section 9.3 and as 1.6 in section 9.2).
    """
    target, unit = float(printed), 10.0 ** -len(printed.partition(".")[2])
    allowed = max(0.01 * abs(target), 0.55 * unit)
    return abs(value - target) / allowed, abs(value - target) / abs(target) if target else math.inf
