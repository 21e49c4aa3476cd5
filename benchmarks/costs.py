"""Where a step's time goes: how often the kernel does each kind of thing, times what that costs on this core alone."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from ctypes import c_int64, c_void_p
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from benchmarks.cases import Case
from benchmarks.peak import Work, work
from sim.engine import native, vectormath
from sim.engine.layout import tables_of
from sim.engine.tables import SEARCH, shapes_of
from sim.engine.text import Lines, declarations, double
from sim.experiment.batch import Prepared

VECTORS = 32
"""Vectors that the small loops go through, so few that they stay in the first-level cache."""

REPEATS, SETS = 20_000, 5

POINTS = 8
"""Points of the table that is searched."""

_CODE: Mapping[str, Callable[[Lines], str]] = MappingProxyType(
    {
        "nothing": lambda lines: "%x",
        "plain": lambda lines: lines.arithmetic("fadd", "%x", "%y"),
        "/": lambda lines: lines.arithmetic("fdiv", "%x", "%y"),
        "sqrt": lambda lines: lines.call("sqrt", "%x"),
        "exp": lambda lines: lines.own("exp", "%x"),
        "log": lambda lines: lines.own("log", "%x"),
        "pow": lambda lines: lines.own("pow", "%x", "%y"),
        "segment": lambda lines: lines.fused("%x", _beyond(lines), "%y"),
        "search": lambda lines: lines.read_table("%x", "@points", POINTS),
    }
)
"""What each small loop does with two numbers."""

KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "exp, log, pow": ("exp", "log", "pow"),
        "tables": ("segment", "search"),
        "divisions, roots": ("/", "sqrt"),
    }
)
"""Kinds of operations that are told apart; all others are plain."""


@dataclass(frozen=True)
class Share:
    """How the time of a run divides.

    Attributes:
        case: the model.
        flops_per_step: floating-point operations for one member and step.
        gigaflops: what the kernel does of them in 10^9 per second of a core's time.
        of_peak: that as a share of the measured peak.
        parts: share of the time by kind; ``other`` is what single operations do not explain: waiting for each other and
            for memory, for more numbers are alive than there are registers.
    """

    case: str
    flops_per_step: float
    gigaflops: float
    of_peak: float
    parts: Mapping[str, float]


def unit_costs(width: int) -> dict[str, float]:
    """Return nanoseconds for one member of each operation, in vectors of ``width``, loads and stores not counted."""
    found = {name: _cost(name, width) for name in _CODE}
    costs = {name: max(0.0, cost - found["nothing"]) for name, cost in found.items()}
    costs["plain"] = min(costs["plain"], found["nothing"])  # loads and stores of the loop hide it
    return costs


def shares(case: Case, prepared: Prepared, *, runs_per_second: float, peak: float) -> Share:
    """Return where the time of Euler runs goes.

    Arguments:
        case: the model.
        prepared: the case, compiled.
        runs_per_second: what it was measured to do.
        peak: 10^9 floating-point operations per second at most.
    """
    runner = prepared.members
    tables = tables_of(case.model)
    points = [
        tables[table] if isinstance(table, str) else (np.array(table.xs), np.array(table.ys)) for table in runner.program.tables
    ]
    counted = work(runner.program.graph, runner.layout, shapes_of(points))
    grid = runner.grid
    costs = unit_costs(runner.wide)
    spent = _spent(counted, costs, grid.steps, grid.saved)
    flops = counted.flops(grid.steps, grid.saved, stages=1)
    parts = {kind: 1e-9 * value * runs_per_second for kind, value in spent.items()}
    parts["other"] = 1 - sum(parts.values())
    speed = 1e-9 * flops * runs_per_second
    return Share(case.title, flops / grid.steps, speed, speed / peak, parts)


def _spent(counted: Work, costs: Mapping[str, float], steps: int, saves: int) -> dict[str, float]:
    """Return nanoseconds of one run by kind."""
    whole: Counter[str] = Counter({"plain": counted.states * steps})
    for counts, times in ((counted.stage, steps), (counted.save, saves)):
        for operation, count in counts.items():
            whole[operation if operation in costs else "plain"] += count * times
    found = {kind: sum(whole[name] * costs[name] for name in names) for kind, names in KINDS.items()}
    return found | {"sums, products, choices": whole["plain"] * costs["plain"]}


def _beyond(lines: Lines) -> str:
    """Write the larger of two numbers, as a bend of a table does."""
    return lines.select(lines.compare("ogt", "%x", "%y"), "%x", "%y")


def _cost(name: str, width: int) -> float:
    """Return nanoseconds for one number of a loop that loads two, does its work and stores one."""
    kernel = native.built(_text(name, width)).function("repeat", (c_void_p, c_void_p, c_void_p, c_int64))
    random = np.random.default_rng(3)
    first, second = random.uniform(0.5, 2.0, (2, VECTORS * width))
    out = np.empty(VECTORS * width)
    times = []
    for _ in range(SETS):
        begin = time.process_time()
        kernel(first.ctypes.data, second.ctypes.data, out.ctypes.data, REPEATS)
        times.append(time.process_time() - begin)
    return 1e9 * min(times) / REPEATS / width


def _points() -> str:
    """Return a table as numbers of LLVM text: points from 0 to 2.25, their values, and slopes."""
    xs = np.linspace(0.0, 2.25, POINTS)
    return ", ".join(f"double {double(value)}" for value in [*xs, *np.sqrt(xs), *np.ones(POINTS)])


def _text(name: str, width: int) -> str:
    lines = Lines(width)
    result = _CODE[name](lines)
    return "\n".join(
        [
            declarations(width),
            "" if width == 1 else declarations(1),
            vectormath.functions(width),
            SEARCH,
            f"@points = internal constant [{3 * POINTS} x double] [{_points()}]",
            "define void @repeat(ptr %first, ptr %second, ptr %out, i64 %count) {",
            "entry:",
            "  br label %loop",
            "loop:",
            "  %i = phi i64 [ 0, %entry ], [ %i.next, %loop ]",
            f"  %place = and i64 %i, {VECTORS - 1}",
            f"  %at = mul i64 %place, {width}",
            *(
                line
                for pointer, value in (("first", "x"), ("second", "y"))
                for line in (
                    f"  %{pointer}.at = getelementptr inbounds double, ptr %{pointer}, i64 %at",
                    f"  %{value} = load {lines.kind}, ptr %{pointer}.at, align 8",
                )
            ),
            *lines.written,
            "  %out.at = getelementptr inbounds double, ptr %out, i64 %at",
            f"  store {lines.kind} {result}, ptr %out.at, align 8",
            "  %i.next = add i64 %i, 1",
            "  %more = icmp ult i64 %i.next, %count",
            "  br i1 %more, label %loop, label %done",
            "done:",
            "  ret void",
            "}",
        ]
    )
