"""The compiled kernel's parts under test: its own functions called directly, and plans run by both engines."""

from ctypes import c_int64, c_void_p
from functools import cache

import numpy as np

from sim.engine import native, vectormath
from sim.engine.text import declarations, vector
from sim.experiment.batch import Plan, prepare

WIDTHS = (1, 4, 8, 16)
NONE = np.zeros((0, 1))
"""Draws of one member in which nothing varies."""


def computed(name, *arguments, width=8):
    """Return what one of the kernel's vector functions gives, number by number.

    Arguments:
        name: ``exp``, ``log`` or ``pow``.
        arguments: arrays of doubles, shape (number,); the last vector is filled up with the last number.
        width: numbers in a vector.
    """
    size = arguments[0].size
    groups = -(-size // width)
    given = [np.concatenate([values, np.repeat(values[-1:], groups * width - size)]).astype(float) for values in arguments]
    out = np.empty(groups * width)
    pointers = [values.ctypes.data for values in (given * 2)[:2]]
    _caller(name, len(arguments), width)(*pointers, out.ctypes.data, groups)
    return out[:size]


@cache
def _caller(name, count, width):
    kind, names = vector(width), "xy"[:count]
    loads = [
        line
        for part in names
        for line in (
            f"  %{part}.at = getelementptr inbounds double, ptr %{part}s, i64 %first",
            f"  %{part} = load {kind}, ptr %{part}.at, align 8",
        )
    ]
    lines = [
        "define void @run(ptr %xs, ptr %ys, ptr %out, i64 %groups) {",
        "entry:",
        "  br label %loop",
        "loop:",
        "  %group = phi i64 [ 0, %entry ], [ %next, %loop ]",
        f"  %first = mul i64 %group, {width}",
        *loads,
        f"  %result = call {kind} @{name}.{width}({', '.join(f'{kind} %{part}' for part in names)})",
        "  %out.at = getelementptr inbounds double, ptr %out, i64 %first",
        f"  store {kind} %result, ptr %out.at, align 8",
        "  %next = add i64 %group, 1",
        "  %more = icmp ult i64 %next, %groups",
        "  br i1 %more, label %loop, label %done",
        "done:",
        "  ret void",
        "}",
    ]
    text = "\n".join([declarations(width), vectormath.functions(width), *lines])
    return native.built(text).function("run", (c_void_p, c_void_p, c_void_p, c_int64))


def recordable(model):
    """Return the names of everything but tables."""
    return tuple(name for name, variable in model.variables.items() if variable.kind != "table")


def plan_of(model, method="rk4", *, varied=(), record=None, engine="compiled", dtype="float64", **clock):
    """Return a plan of ``model`` with its own clock unless ``clock`` (start, stop, step, save) says otherwise."""
    own = {part: getattr(model.clock, part) for part in ("start", "stop", "step", "save")}
    names = recordable(model) if record is None else tuple(record)
    return Plan(model, tuple(varied), names, method, engine=engine, dtype=dtype, **(own | clock))


def ran(model, draws=NONE, parameters=None, *, threads=1, **settings):
    """Return the block and the plan that was prepared for it; ``settings`` are those of :func:`plan_of`."""
    prepared = prepare(plan_of(model, **settings))
    return prepared.run(draws, parameters or {}, threads=threads), prepared


def same_bits(left, right):
    """Tell whether two arrays hold the same numbers, NaN (of whatever payload) and signed zeros among them."""
    left, right = np.asarray(left), np.asarray(right)
    undefined = np.isnan(left) & np.isnan(right)
    return left.shape == right.shape and bool(np.all(undefined | ((left == right) & (np.signbit(left) == np.signbit(right)))))


def sizes(values):
    """Return the largest finite size of each row of a block, shape (row, 1, 1)."""
    return np.abs(np.where(np.isfinite(values), values, 0.0)).max(axis=(1, 2), keepdims=True)


def apart(left, right, usual=0.0):
    """Return by row the largest difference of two blocks as a share of the row's largest size in ``right``, or of ``usual``.

    Where one is not finite the other must be the same.
    """
    with np.errstate(all="ignore"):
        same = (left == right) | (np.isnan(left) & np.isnan(right))
        size = np.maximum(sizes(right), usual)
        share = np.where(same, 0.0, np.abs(left - right) / np.where(size == 0, 1.0, size))
    return np.where(np.isnan(share), np.inf, share).max(axis=(1, 2), initial=0.0)


def assert_agree(found, wanted, rows, bound, usual=0.0):
    """Hold two blocks together: the same endings, and no row further apart than ``bound``."""
    np.testing.assert_array_equal(found.status, wanted.status)
    share = apart(found.values, wanted.values, usual)
    assert share.max(initial=0.0) <= bound, (rows[int(share.argmax())], share.max())
