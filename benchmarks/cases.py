"""What is run: a model, the constants that differ between members, the outcomes kept, and the times."""

import csv
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from benchmarks import generate
from sim.engine.layout import constants_of
from sim.experiment.accuracy import Choice, coarsest_step
from sim.experiment.batch import Plan, Prepared, prepare
from sim.experiment.parameters import rows_of
from sim.model.expressions import references
from sim.model.ir import Model
from sim.model.vensim import read
from sim.resources import folder, model_file

SPREAD = 0.05
"""Share of its own value by which a constant differs between members, at most."""

MOST_MEMBERS = 4096

TRIED = 16
"""Members on which the step of RK4 is chosen."""

VARIED, KEPT = 4, 5
"""Constants that vary, and stocks that are kept, of a model that nothing is said about."""


@dataclass(frozen=True)
class Case:
    """One model as it is run by every engine.

    Attributes:
        title: what tables call it.
        path: the model's file.
        model: the model as read.
        varied: scalar constants that differ between members.
        record: names of the variables to keep.
        own: whether we wrote the file: PySD runs what it reads as a program, so others' files must be trusted first.
    """

    title: str
    path: Path
    model: Model
    varied: tuple[str, ...]
    record: tuple[str, ...]
    own: bool

    def plan(self, method: str = "euler", **settings: object) -> Plan:
        """Return what to compute, at the file's own times unless ``settings`` say otherwise."""
        clock = self.model.clock
        plan = Plan(self.model, self.varied, self.record, method, clock.step, clock.start, clock.stop, clock.save)
        return replace(plan, **settings)

    def prepared(self, method: str = "euler", **settings: object) -> Prepared:
        """Return the plan ready to run."""
        return prepare(self.plan(method, **settings))

    @cached_property
    def values(self) -> np.ndarray:
        """The varied constants of every member, shape (varied, member)."""
        own = constants_of(self.model)[[int(rows[0]) for rows in rows_of(self.model, self.varied)]]
        shares = np.random.default_rng(20).uniform(1 - SPREAD, 1 + SPREAD, (MOST_MEMBERS, own.size))
        return np.ascontiguousarray((own * shares).T)

    @cached_property
    def choice(self) -> Choice:
        """The largest step at which RK4 leaves an error of 0.1 % at most, tried on a few members."""
        return coarsest_step(self.prepared("rk4"), self.draws(TRIED), [{}])

    def outcomes(self, method: str, count: int) -> np.ndarray:
        """Return what engines are held to: ours in double precision, by ``euler`` at the file's step or ``rk4`` at its own."""
        step = self.choice.step if method == "rk4" else self.model.clock.step
        return self.prepared(method, step=step, dtype="float64").run(self.draws(count), {}).values

    def __str__(self) -> str:
        """Return what is run, as one phrase."""
        clock = self.model.clock
        rows = sum(len(self.model.elements(self.model.variables[name])) for name in self.record)
        steps, saves = round((clock.stop - clock.start) / clock.step), round((clock.stop - clock.start) / clock.save) + 1
        return f"{steps} Euler steps, {rows} outcomes at {saves} times, {len(self.varied)} constants vary"

    def draws(self, count: int) -> np.ndarray:
        """Return the varied constants of the first ``count`` members, shape (varied, member)."""
        return np.ascontiguousarray(self.values[:, :count])


def flagship() -> Case:
    """Return the shipped model with every scalar constant that its parameter table gives a range, and its shown outcomes."""
    path, room = model_file("innovation_flows"), folder("models") / "innovation_flows"
    model = read(path)
    ranged = [row["name"] for row in _rows(room / "parameters.csv") if row["low"] and row["high"]]
    shown = [row["numerator"] for row in _rows(room / "outcomes.csv") if row["shown"] == "1"]
    varied = [name for name in ranged if name in model.variables and not model.variables[name].dims]
    record = [name for name in dict.fromkeys(shown) if name in model.variables]
    return Case("flagship", path, model, tuple(varied), tuple(record), own=True)


def generic(scratch: Path, size: int = 1) -> Case:
    """Return the generated mid-size model, ``size`` times as large, written into ``scratch``."""
    path = generate.write_model(scratch / f"generic_{size}.mdl", size)
    title = "generic mid-size" if size == 1 else f"generic mid-size x {size}"
    return Case(title, path, read(path), generate.VARIED, generate.RECORD, own=True)


def other(path: Path) -> Case:
    """Return the model at ``path``: its first stocks are kept, and constants from all over the file vary.

    Raises:
        ThroughflowError: the model cannot be read.
    """
    model = read(path)
    text = " ".join(path.read_text(encoding="utf-8", errors="replace").split()).casefold()
    named = [name for name, found in model.variables.items() if found.kind == "stock" and name.casefold() in text]
    record = tuple(named[:KEPT])  # stages of delays are stocks as well, with names that the file does not know
    needed = needed_only(model, record)
    own = constants_of(needed)
    usable = [
        name
        for name, found in needed.variables.items()
        if found.kind == "constant" and found.settable and not found.dims and own[rows_of(needed, [name])[0][0]] != 0
    ]
    varied = tuple(usable[:: max(1, len(usable) // VARIED)][:VARIED])
    return Case(path.stem, path, model, varied, record, own=False)


def needed_only(model: Model, record: tuple[str, ...]) -> Model:
    """Return ``model`` without the variables that ``record`` does not depend on."""
    found: set[str] = set()
    pending = list(record)
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            sides = [
                side for part in model.variables[name].equations for side in (part.value, part.initial) if side is not None
            ]
            pending += [reference.name for side in sides for reference in references(side)]
    return replace(model, variables={name: variable for name, variable in model.variables.items() if name in found})


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
