"""What a core could do at most, and how many operations a run takes."""

import time
from collections import Counter
from collections.abc import Sequence
from ctypes import c_int64, c_void_p
from dataclasses import dataclass

import numpy as np

from sim.engine import native
from sim.engine.graph import Graph
from sim.engine.placement import Layout, Place, immediate
from sim.engine.tables import Shape

CHAINS = 12
"""Sums that do not wait for each other: more than a fused operation takes cycles, fewer than there are registers."""

WEIGHTS = {"+": 1, "-": 1, "*": 1, "/": 1, "sqrt": 1, "min": 1, "max": 1, "fused": 2, "exp": 30, "log": 35, "pow": 70}
"""Floating-point operations of each operation; comparisons, choices and signs count nothing."""

SEGMENT, SEARCH = 3, 3
"""Floating-point operations of a table: for each bend, and of one search."""


def peak(seconds: float = 0.2, *, widths: Sequence[int] = (2, 4)) -> float:
    """Return what this core does at best, in 10^9 floating-point operations per second of its time.

    Arguments:
        seconds: how long each kind of vector is tried.
        widths: numbers in a vector; the fastest counts.
    """
    return max(_speed(width, seconds) for width in widths)


def _speed(width: int, seconds: float) -> float:
    kernel = native.built(_text(width)).function("peak", (c_void_p, c_int64))
    out = np.empty(CHAINS * width)
    count, best = 1 << 16, 0.0
    for _ in range(8):
        begin = time.process_time()
        kernel(out.ctypes.data, count)
        spent = time.process_time() - begin
        assert np.isfinite(out).all(), "a chain left the usual numbers, which would change its speed"
        if spent >= seconds / 8:
            best = max(best, 2e-9 * CHAINS * width * count / spent)
        else:
            count *= 8
    return best


def _text(width: int) -> str:
    """Return chains of fused operations that do not wait for each other; every chain's end is stored, so none is left out."""
    kind, suffix = f"<{width} x double>", f"v{width}f64"
    return "\n".join(
        [
            f"declare {kind} @llvm.fma.{suffix}({kind}, {kind}, {kind})",
            "define void @peak(ptr %out, i64 %count) {",
            "entry:",
            "  br label %loop",
            "loop:",
            "  %i = phi i64 [ 0, %entry ], [ %i.next, %loop ]",
            *(f"  %a{k} = phi {kind} [ splat (double {k + 1}.0), %entry ], [ %b{k}, %loop ]" for k in range(CHAINS)),
            *(
                f"  %b{k} = call {kind} @llvm.fma.{suffix}({kind} %a{k}, {kind} splat (double 0.5), {kind} splat (double 0.75))"
                for k in range(CHAINS)
            ),
            "  %i.next = add i64 %i, 1",
            "  %more = icmp ult i64 %i.next, %count",
            "  br i1 %more, label %loop, label %done",
            "done:",
            *(
                line
                for k in range(CHAINS)
                for line in (
                    f"  %p{k} = getelementptr inbounds double, ptr %out, i64 {k * width}",
                    f"  store {kind} %b{k}, ptr %p{k}, align 8",
                )
            ),
            "  ret void",
            "}",
        ]
    )


@dataclass(frozen=True)
class Work:
    """Operations for one member: ``stage``, each time the rates are taken, and ``save``, each time outcomes are stored."""

    stage: Counter[str]
    save: Counter[str]
    states: int

    def flops(self, steps: int, saves: int, stages: int) -> float:
        """Return the floating-point operations of one run."""
        added = 2 * self.states * (1 if stages == 1 else 2)
        return float(steps * stages * (_sum(self.stage) + added) + saves * _sum(self.save))


def work(graph: Graph, layout: Layout, shapes: tuple[Shape, ...]) -> Work:
    """Count what the compiled kernel computes for each member; what members share and what stays constant is left out."""
    return Work(
        _counted(graph, layout, shapes, layout.rates), _counted(graph, layout, shapes, layout.record), len(layout.states)
    )


def _counted(graph: Graph, layout: Layout, shapes: tuple[Shape, ...], roots: tuple[int, ...]) -> Counter[str]:
    found: Counter[str] = Counter()
    for node in graph.reachable(roots, lambda node: layout.places[node] == Place.STEP):
        operation, *data = graph.nodes[node]
        if operation == "state" or immediate(graph, node, Place.STEP):
            continue
        if operation == "table":
            _, number, exact = data
            sloped = shapes[number].bends and not exact
            found["segment" if sloped else "search"] += shapes[number].points - 1 if sloped else 1
        else:
            found[operation] += 1
    return found


def _sum(counts: Counter[str]) -> int:
    own = {**WEIGHTS, "segment": SEGMENT, "search": SEARCH}
    return sum(own.get(operation, 0) * count for operation, count in counts.items())
