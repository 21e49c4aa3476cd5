"""The same graph as plain C, one member after the other: what a good generator of C would give.

It is spared what the vector kernel is spared (equal nodes once, constants hoisted, what changes with time alone computed once
for all members), and calls ``exp``, ``log`` and ``pow`` of the C library.  A smaller or larger of two numbers follows C's
comparison, which differs from ours where one is not a number.
"""

import ctypes
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from benchmarks.cases import Case
from sim.engine.graph import BOOLEAN, MOMENTS, Graph
from sim.engine.layout import constants_of, tables_of
from sim.engine.lowering import lower
from sim.engine.placement import Layout, Place, immediate, layout
from sim.engine.program import Program
from sim.experiment.parameters import rows_of

COMPILERS: Mapping[str, str] = MappingProxyType({"gcc": "gcc", "clang": "clang"})
FLAGS = ("-std=gnu11", "-O3", "-march=native", "-fno-math-errno")
"""GNU C lets the compiler fuse products and sums, as ours are fused."""

LONGEST_SCAN = 16
"""Points up to which the place in a table is found by looking from the first one on."""

_INFIX = ("+", "-", "*", "/", "<", "<=")
_CALLS = {"fused": "fma", "abs": "fabs", "sqrt": "sqrt", "truncate": "trunc", "remainder": "fmod"}
_CALLS |= {name: name for name in ("exp", "log", "pow")}
_FORMS: Mapping[str, str] = MappingProxyType(
    {
        **{sign: f"{{0}} {sign} {{1}}" for sign in _INFIX},
        **{name: f"{call}({{all}})" for name, call in _CALLS.items()},
        "=": "{0} == {1}",
        "<>": "{0} != {1}",
        "and": "{0} & {1}",
        "or": "{0} | {1}",
        "not": "!{0}",
        "negative": "-{0}",
        "min": "{0} < {1} ? {0} : {1}",
        "max": "{0} > {1} ? {0} : {1}",
        "select": "{0} ? {1} : {2}",
    }
)
"""How each operation is written."""

_HEAD = f"""\
#include <math.h>
#include <stdlib.h>
static double lookup(double x, const double *xs, const double *ys, const double *slopes, long points) {{
  if (x <= xs[0]) return ys[0];
  if (x >= xs[points - 1]) return ys[points - 1];
  long left = 0;
  if (points <= {LONGEST_SCAN}) {{
    while (x >= xs[left + 1]) left++;
  }} else {{
    long right = points - 1;
    while (right - left > 1) {{
      long middle = (left + right) / 2;
      if (x >= xs[middle]) left = middle; else right = middle;
    }}
  }}
  return fma(slopes[left], x - xs[left], ys[left]);
}}
"""

_LOOP = """\
void run(const double *k, const double *c, const double *draws, long stride, long count, double *out,
         double start, double step, long steps, long every) {{
  double u[{shared} + 1], m[{member} + 1], first[{states} + 1], second[{states} + 1];
  double *times = malloc((size_t)((steps + 1) * {timeline} + 1) * sizeof(double));
  shared(k, c, u);
  for (long i = 0; i <= steps; i++) timeline(k, c, u, times + i * {timeline}, start + (double)i * step);
  for (long at = 0; at < count; at++) {{
    double *now = first, *next = second;
    member(k, c, u, draws + at, stride, m, now);
    for (long i = 0; i <= steps; i++) {{
      const double *t = times + i * {timeline};
      if (i % every == 0) {{ observe(k, c, u, t, m, now, out); out += {record}; }}
      if (i < steps) {{
        stage(k, c, u, t, m, now, next, step);
        double *other = now; now = next; next = other;
      }}
    }}
  }}
  free(times);
}}
"""


@dataclass(frozen=True)
class ScalarC:
    """A compiled program; ``run`` takes draws (varied, member) and returns what is recorded, (row, time, member)."""

    run: Callable[[np.ndarray], np.ndarray]


def compilers() -> tuple[str, ...]:
    """Return the C compilers of this machine."""
    return tuple(name for name in COMPILERS if shutil.which(name))


def build(case: Case, scratch: Path, *, compiler: str = "gcc", flags: Iterable[str] = ()) -> ScalarC:
    """Return ``case`` with Euler steps of its file's length, as C.

    Arguments:
        case: what to run.
        scratch: folder for the text and the library.
        compiler: one of :func:`compilers`.
        flags: more of the compiler's options.

    Raises:
        CannotCompile: something of the model that the graph has not.
        subprocess.CalledProcessError: the compiler refuses the text.
    """
    plan = case.plan()
    program = lower(plan.model)
    columns = rows_of(plan.model, plan.varied)
    owner = {int(row): draw for draw, rows in enumerate(columns) for row in rows}
    kept = [node for name in plan.record for node in program.values[name].values()]
    text = _text(case, program, layout(program, kept, owner), owner)
    stem = scratch / f"{case.title.replace(' ', '_')}_{compiler}{''.join(flags)}"
    stem.with_suffix(".c").write_text(text, encoding="ascii")
    library = stem.with_suffix(".so")
    command = [compiler, *FLAGS, *flags, "-shared", "-fPIC", "-o", str(library), str(stem.with_suffix(".c")), "-lm"]
    subprocess.run(command, check=True, capture_output=True, text=True)
    found = ctypes.CDLL(str(library)).run
    found.restype = None
    pointer, whole, double = ctypes.c_void_p, ctypes.c_long, ctypes.c_double
    found.argtypes = [pointer, pointer, pointer, whole, whole, pointer, double, double, whole, whole]
    return ScalarC(_runner(case, found, len(kept)))


def _runner(case: Case, found: Callable[..., None], rows: int) -> Callable[[np.ndarray], np.ndarray]:
    plan, constants = case.plan(), constants_of(case.model)
    clock = np.array([plan.step, plan.step / 2, plan.start, plan.stop])
    saves, every = round((plan.stop - plan.start) / plan.save), round(plan.save / plan.step)

    def run(draws: np.ndarray) -> np.ndarray:
        count = draws.shape[1]
        out = np.empty((count, saves + 1, rows))
        given = [array.ctypes.data for array in (constants, clock, draws)]
        found(*given, count, count, out.ctypes.data, plan.start, plan.step, saves * every, every)
        return out.transpose(2, 1, 0)

    return run


def _text(case: Case, program: Program, made: Layout, owner: Mapping[int, int]) -> str:
    graph, size = program.graph, {"shared": len(made.shared), "member": len(made.member), "states": len(made.states)}
    draws = {
        node: f"draws[stride * {owner[key[1]]}]"
        for node, key in enumerate(graph.nodes)
        if key[0] == "constant" and key[1] in owner
    }
    shared = {node: f"u[{row}]" for row, node in enumerate(made.shared)}
    states = {graph.leaf("state", row): f"s[{at}]" for at, row in enumerate(made.states)}
    later = {node: f"t[{row}]" for row, node in enumerate(made.timeline)} | shared
    step = {node: f"m[{row}]" for row, node in enumerate(made.member)} | later | states
    moment = {graph.leaf(name): "time" for name in MOMENTS} | shared  # an Euler step reads everything at its beginning
    given = "const double *k, const double *c"
    parts = [
        _part(_Writer(graph, made, Place.SHARED, stored={}), f"shared({given}, double *u)", {"u[{}]": made.shared}),
        _part(
            _Writer(graph, made, Place.TIMELINE, stored=moment),
            f"timeline({given}, const double *u, double *t, double time)",
            {"t[{}]": made.timeline},
        ),
        _part(
            _Writer(graph, made, Place.MEMBER, stored=draws | shared),
            f"member({given}, const double *u, const double *draws, long stride, double *m, double *s)",
            {"m[{}]": made.member, "s[{}]": made.initial},
        ),
    ]
    seen = f"{given}, const double *u, const double *t, const double *m, const double *s"
    parts.append(_stage(_Writer(graph, made, Place.STEP, stored=step), f"stage({seen}, double *restrict next, double h)"))
    parts.append(
        _part(_Writer(graph, made, Place.STEP, stored=step), f"observe({seen}, double *out)", {"out[{}]": made.record})
    )
    size |= {"timeline": len(made.timeline), "record": len(made.record)}
    return "\n".join([_HEAD, _tables(case, program), *parts, _LOOP.format(**size)])


def _tables(case: Case, program: Program) -> str:
    lines, own = [], tables_of(case.model)
    for number, table in enumerate(program.tables):
        xs, ys = own[table] if isinstance(table, str) else (np.array(table.xs), np.array(table.ys))
        slopes = np.append(np.diff(ys) / np.diff(xs), 0.0)
        for name, values in (("xs", xs), ("ys", ys), ("slopes", slopes)):
            lines.append(f"static const double {name}{number}[] = {{{', '.join(map(_number, values))}}};")
    return "\n".join(lines)


def _part(writer: "_Writer", head: str, stored: Mapping[str, Iterable[int]]) -> str:
    for target, nodes in stored.items():
        for row, node in enumerate(nodes):
            value = writer.write(node)
            writer.lines.append(f"{target.format(row)} = {value};")
    return _function(writer, head)


def _stage(writer: "_Writer", head: str) -> str:
    for row, node in enumerate(writer.made.rates):
        rate = writer.write(node)
        writer.lines.append(f"next[{row}] = fma(h, {rate}, s[{row}]);")
    return _function(writer, head)


def _function(writer: "_Writer", head: str) -> str:
    return "\n".join([f"static void {head} {{", *(f"  {line}" for line in writer.lines), "}"])


class _Writer:
    """Writes nodes of one place as statements, each once.

    Arguments:
        graph: the nodes.
        made: where each of them is computed.
        place: place of the function.
        stored: what nodes of other places are read as.
    """

    def __init__(self, graph: Graph, made: Layout, place: Place, *, stored: Mapping[int, str]) -> None:
        self.graph, self.made, self.place = graph, made, place
        self.stored = stored
        self.lines: list[str] = []
        self.written: set[int] = set()

    def write(self, root: int) -> str:
        """Return the name of ``root``, written with everything that it needs."""
        for node in self.graph.reachable([root], lambda node: self._mine(node) and node not in self.written):
            self.written.add(node)
            kind = "int" if self.graph.nodes[node][0] in BOOLEAN else "double"
            self.lines.append(f"const {kind} n{node} = {self._operation(node)};")
        return self._name(root)

    def _mine(self, node: int) -> bool:
        alone = immediate(self.graph, node, self.place)
        return self.made.places[node] == self.place and node not in self.stored and not alone

    def _name(self, node: int) -> str:
        operation, *data = self.graph.nodes[node]
        if node in self.stored:
            return f"({self.stored[node]} != 0.0)" if operation in BOOLEAN else self.stored[node]
        if operation == "literal":
            return _number(data[0])
        if operation == "truth":
            return str(int(bool(self.graph.value(data[0]))))
        if operation in ("constant", "clock"):
            return f"{operation[0] if operation == 'clock' else 'k'}[{data[0]}]"
        return f"n{node}"

    def _operation(self, node: int) -> str:
        operation, *parts = self.graph.nodes[node]
        if operation == "table":
            argument, number, *_ = parts
            points = f"xs{number}, ys{number}, slopes{number}, sizeof(xs{number}) / sizeof(double)"
            return f"lookup({self._name(argument)}, {points})"
        names = [self._name(part) for part in parts]
        return _FORMS[operation].format(*names, all=", ".join(names))


def _number(value: float) -> str:
    if np.isinf(value):
        return "(-INFINITY)" if value < 0 else "INFINITY"
    return f"({float(value).hex()})"
