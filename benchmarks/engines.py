"""The engines: each is made once for a case, and then asked for the outcomes of so many members, again and again."""

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any
from unittest import mock

import numpy as np
from scipy.integrate import solve_ivp

from benchmarks import scalar_c
from benchmarks.cases import Case, needed_only
from sim.engine import members
from sim.engine.breakpoints import breakpoints
from sim.engine.codegen import compile_model
from sim.engine.kernel import Bound, Clockwork
from sim.engine.layout import constants_of, tables_of
from sim.engine.lowering import CannotCompile
from sim.experiment.batch import prepare
from sim.experiment.parameters import rows_of
from sim.model.ir import key, label

PIECES = (32, 64, 128, 256, 512, 1024, 2048, 4096)
"""Members that NumPy may take at once; the fastest is used."""

TOLERANCE = 1e-6
"""Relative tolerance of ``solve_ivp``."""

FEW_STEPS = 32
"""Steps, rounded up to whole saving intervals, that NumPy's piece is chosen on and after which PySD is stopped."""

Run = Callable[[np.ndarray], np.ndarray]
"""From draws (varied, member) to what is recorded, (row, time, member)."""


@dataclass(frozen=True)
class Engine:
    """One engine, ready for one case.

    Attributes:
        run: the engine.
        share: share of the horizon that one call covers.
        against: method of ours that it is held to, ``euler`` or ``rk4``.
        allowed: deviation, relative to each outcome's largest size, up to which it is taken to agree.
        members: members of one call; as many as fill a turn if ``None``.
        seldom: whether a call takes seconds, so that fewer rounds must do.
        note: what a reader has to know.
    """

    run: Run
    share: float = 1.0
    against: str = "euler"
    allowed: float = 1e-6
    members: int | None = None
    seldom: bool = False
    note: str = ""


class Skipped(Exception):
    """An engine cannot take a case; ``str`` says why."""


@dataclass(frozen=True)
class Setting:
    """What engines may use: a ``scratch`` folder, and whether others' files are ``trusted`` to be run by PySD."""

    scratch: Path
    trusted: bool


def compiled_euler(case: Case, setting: Setting) -> Engine:
    """Return the compiled kernel with Euler steps."""
    prepared = case.prepared()
    if prepared.engine != "compiled":
        raise Skipped("; ".join(prepared.notes))
    return Engine(lambda draws: prepared.run(draws, {}).values)


def compiled_rk4(case: Case, setting: Setting) -> Engine:
    """Return the compiled kernel with RK4 at the largest step that leaves an error of 0.1 % at most."""
    choice = case.choice
    prepared = case.prepared("rk4", step=choice.step)
    if prepared.engine != "compiled":
        raise Skipped("; ".join(prepared.notes))
    note = f"step {choice.step:g}, estimated error {choice.error:.1e}"
    return Engine(lambda draws: prepared.run(draws, {}).values, against="rk4", note=note)


def numpy_text(case: Case, setting: Setting) -> Engine:
    """Return the NumPy kernel of what the outcomes need, its piece as long as is fastest."""
    plan = case.plan(engine="numpy", model=needed_only(case.model, case.record))
    prepared = prepare(plan)
    short = prepare(case.plan(engine="numpy", model=plan.model, stop=plan.start + _few_saves(case) * plan.save))

    def speed(piece: int) -> float:
        with mock.patch.object(members, "PIECE", piece):
            best = min(_seconds(lambda: short.run(case.draws(piece), {})) for _ in range(2))
        return piece / best

    piece = max(PIECES, key=speed)

    def run(draws: np.ndarray) -> np.ndarray:
        with mock.patch.object(members, "PIECE", piece):
            return prepared.run(draws, {}).values

    return Engine(run, members=piece, seldom=True, note=f"{piece} members at once")


def plain_c(case: Case, setting: Setting, *, compiler: str, flags: tuple[str, ...] = ()) -> Engine:
    """Return C made from the same graph, for one member at a time."""
    try:
        program = scalar_c.build(case, setting.scratch, compiler=compiler, flags=flags)
    except CannotCompile as reason:
        raise Skipped(str(reason)) from reason
    return Engine(program.run, allowed=1e-9)


def simlin_reset(case: Case, setting: Setting) -> Engine:
    """Return simlin with one simulation that is reset for every member."""
    names, outcomes, simulate = _simlin(case)
    one = simulate()

    def run(draws: np.ndarray) -> np.ndarray:
        return _each(draws, lambda values: _simlin_run(one, dict(zip(names, values, strict=True)), outcomes))

    return Engine(run)


def simlin_new(case: Case, setting: Setting) -> Engine:
    """Return simlin with a new simulation for every member."""
    names, outcomes, simulate = _simlin(case)

    def one(values: np.ndarray) -> np.ndarray:
        with simulate() as fresh:
            return _simlin_run(fresh, dict(zip(names, values, strict=True)), outcomes)

    return Engine(lambda draws: _each(draws, one))


def _simlin_run(one: Any, values: dict[str, float], outcomes: list[str]) -> np.ndarray:
    one.reset()
    for name, value in values.items():
        one.set_value(name, value)
    one.run_to_end()
    return np.array([one.get_series(name) for name in outcomes])


def _simlin(case: Case) -> tuple[list[str], list[str], Callable[[], Any]]:
    """Return simlin's names of the varied constants and of the outcomes' elements, and what makes a simulation."""
    try:
        import simlin
    except ImportError as reason:
        raise Skipped("pysimlin is not installed") from reason
    try:
        model = simlin.load(str(case.path))
        with model.simulate() as one:
            known = {key(name.replace('"', "")): name for name in one.get_var_names()}
            names = [known[key(name)] for name in case.varied]
            outcomes = [known[key(name)] for name in _labels(case)]
            _simlin_run(one, dict(zip(names, case.draws(1)[:, 0], strict=True)), outcomes)
    except KeyError as reason:
        raise Skipped(f"simlin does not know {reason}") from reason
    except (simlin.SimlinError, RuntimeError) as reason:
        raise Skipped(f"simlin: {reason}") from reason
    return names, outcomes, model.simulate


def _labels(case: Case) -> list[str]:
    found = [case.model.variables[name] for name in case.record]
    return [label(variable.name, element) for variable in found for element in case.model.elements(variable)]


def pysd(case: Case, setting: Setting) -> Engine:
    """Return PySD over the first steps; its cost is the same for each."""
    if not (case.own or setting.trusted):
        raise Skipped("PySD runs the file's text as a program: --trusted says that it may")
    if any(case.model.variables[name].dims for name in case.record):
        raise Skipped("only scalar outcomes are read from PySD")
    from pysd import read_vensim

    copy = setting.scratch / f"{case.title.replace(' ', '_')}_pysd.mdl"
    shutil.copyfile(case.path, copy)
    model, plan = read_vensim(str(copy)), case.plan()
    known = dict(zip(map(key, model.doc["Real Name"]), model.doc["Py Name"], strict=True))
    names, outcomes = ([known[key(name)] for name in listed] for listed in (case.varied, case.record))
    saves = _few_saves(case)
    settings = {"return_columns": outcomes, "progress": False, "final_time": plan.start + saves * plan.save}

    def one(values: np.ndarray) -> np.ndarray:
        frame = model.run(params=dict(zip(names, map(float, values), strict=True)), saveper=plan.save, **settings)
        return frame[outcomes].to_numpy(dtype=float).T

    share = saves * plan.save / (plan.stop - plan.start)
    note = f"the first {saves * round(plan.save / plan.step)} steps, scaled"
    return Engine(lambda draws: _each(draws, one), share=share, members=1, seldom=True, note=note)


def lsoda(case: Case, setting: Setting) -> Engine:
    """Return ``solve_ivp`` with LSODA, one member at a time, restarted where an equation changes its form in time."""
    model = needed_only(case.model, case.record)
    plan = case.plan(model=model)
    kernel, tables = compile_model(model, list(plan.record)), tables_of(model)
    constants, columns = constants_of(model), rows_of(model, plan.varied)
    clock = Clockwork(plan.step, 0.0, plan.start, plan.stop)
    times = plan.start + plan.save * np.arange(round((plan.stop - plan.start) / plan.save) + 1)
    with np.errstate(all="ignore"):
        own = kernel.bind(constants[:, np.newaxis], tables, clock)
        edges = (plan.start, *breakpoints(own, plan.start, plan.stop, shortest=plan.step), plan.stop)

    def one(values: np.ndarray) -> np.ndarray:
        mine = constants.copy()
        for rows, value in zip(columns, values, strict=True):
            mine[rows] = value
        with np.errstate(all="ignore"):
            bound = kernel.bind(mine[:, np.newaxis], tables, clock)
            seen = bound.observe(times, _integrated(bound, times, edges))
        full = [np.broadcast_to(seen[name], (*np.shape(seen[name])[:-1], times.size)) for name in plan.record]
        return np.concatenate([series.reshape(-1, times.size) for series in full])

    note = f"rtol {TOLERANCE:g}, restarted at {len(edges) - 2} times, which were found beforehand"
    return Engine(lambda draws: _each(draws, one), against="rk4", allowed=2e-3, members=1, seldom=True, note=note)


def _integrated(bound: Bound, times: np.ndarray, edges: tuple[float, ...]) -> np.ndarray:
    """Return the states of one member at ``times``, shape (state, time)."""
    state = bound.initial()[:, 0]
    absolute = TOLERANCE * 1e-2 * np.where(state == 0, 1e-2, np.abs(state))
    found = np.empty((state.size, times.size))
    for first, last in zip(edges[:-1], edges[1:], strict=True):
        inside = (times >= first) & ((times < last) | (last == times[-1]))
        asked = np.unique(np.append(times[inside], last))
        ceiling = np.nextafter(last, -np.inf)

        def slope(time: float, state: np.ndarray, ceiling: float = ceiling) -> np.ndarray:
            return bound.rates(min(time, ceiling), state)

        solution = solve_ivp(slope, (first, last), state, method="LSODA", t_eval=asked, rtol=TOLERANCE, atol=absolute)
        found[:, inside] = solution.y[:, : int(inside.sum())]
        state = solution.y[:, -1]
    return found


def _few_saves(case: Case) -> int:
    """Return the saving intervals that make a short run, no more than there are."""
    clock = case.model.clock
    return min(-(-FEW_STEPS // round(clock.save / clock.step)), round((clock.stop - clock.start) / clock.save))


def _each(draws: np.ndarray, one: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    return np.stack([one(values) for values in draws.T], axis=-1)


def _seconds(call: Callable[[], object]) -> float:
    begin = time.process_time()
    call()
    return time.process_time() - begin


Maker = Callable[[Case, Setting], Engine]

OURS: Mapping[str, Maker] = MappingProxyType({"compiled, Euler": compiled_euler, "compiled, RK4": compiled_rk4})
SIMLIN: Mapping[str, Maker] = MappingProxyType({"simlin, reset": simlin_reset, "simlin, new": simlin_new})
SLOW: Mapping[str, Maker] = MappingProxyType({"PySD": pysd, "solve_ivp, LSODA": lsoda})


def makers(*, slow: bool = True) -> dict[str, Maker]:
    """Return by name what makes each engine, our own first; those that need seconds for a run only if ``slow``."""
    scalar = {
        " ".join(("scalar C,", compiler, "-O3", *flags)): partial(plain_c, compiler=compiler, flags=flags)
        for compiler in scalar_c.compilers()
        for flags in ((), ("-ffast-math",))
    }
    return {**OURS, **SIMLIN, **scalar, "NumPy, tuned": numpy_text, **(SLOW if slow else {})}
