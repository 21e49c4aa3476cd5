"""The few functions that generated kernels call, beside NumPy's own.

All act elementwise along the last axis (members, or times), so that one member's bits do not depend on the others;
sums over a range are chains of additions for the same reason.  A single member may also come without that axis: its
scalars are then NumPy's own numbers, several times faster than arrays of length one; never Python's, whose division by
zero raises where an equation only guards against it.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

TINY_DENOMINATOR = 1e-6
"""Vensim's ZIDZ and XIDZ take a smaller denominator for zero."""


def total(values: np.ndarray, axes: int) -> np.ndarray:
    """Return the sum over the first ``axes`` axes as a chain of additions in order."""
    for _ in range(axes):
        result = values[0]
        for part in values[1:]:
            result = result + part
        values = result
    return values


def product(values: np.ndarray, axes: int) -> np.ndarray:
    """Return the product over the first ``axes`` axes as a chain of multiplications in order."""
    for _ in range(axes):
        result = values[0]
        for part in values[1:]:
            result = result * part
        values = result
    return values


def largest(values: np.ndarray, axes: int) -> np.ndarray:
    """Return the largest value over the first ``axes`` axes."""
    return np.max(values, axis=tuple(range(axes)))


def smallest(values: np.ndarray, axes: int) -> np.ndarray:
    """Return the smallest value over the first ``axes`` axes."""
    return np.min(values, axis=tuple(range(axes)))


def assembled(shape: tuple[int, ...], tail: tuple[int, ...], *parts: tuple[Any, Any]) -> np.ndarray:
    """Return an array of ``shape`` plus the member axis (if ``tail`` says there is one), filled from ``(index, value)``."""
    if tail:
        tail = (max((np.shape(value)[-1] for _, value in parts if np.ndim(value)), default=1),)
    out = np.empty(shape + tail)
    for index, value in parts:
        out[index] = value
    return out


def reordered(values: np.ndarray, order: tuple[int, ...]) -> np.ndarray:
    """Return ``values`` with its leading axes in ``order``; a member axis stays last."""
    return values.transpose((*order, *range(len(order), values.ndim)))


def select(condition: Any, chosen: Any, otherwise: Any) -> Any:
    """Return ``chosen`` where ``condition`` holds, else ``otherwise`` (IF THEN ELSE)."""
    if isinstance(condition, np.ndarray):
        return np.where(condition, chosen, otherwise)
    return chosen if condition else otherwise


def larger(left: Any, right: Any) -> Any:
    """Return the larger value, NaN where either is (MAX)."""
    if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
        return np.maximum(left, right)
    return left if left >= right or left != left else right


def smaller(left: Any, right: Any) -> Any:
    """Return the smaller value, NaN where either is (MIN)."""
    if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
        return np.minimum(left, right)
    return left if left <= right or left != left else right


def guarded(numerator: Any, denominator: Any, otherwise: Any) -> np.ndarray:
    """Return the quotient, ``otherwise`` where the denominator is smaller than 1e-6 (XIDZ, and ZIDZ with 0)."""
    small = np.abs(denominator) < TINY_DENOMINATOR
    return np.where(small, otherwise, numerator / np.where(small, 1.0, denominator))


def truncated(value: Any) -> np.ndarray:
    """Return the integer part, towards zero (INTEGER)."""
    return np.trunc(value)


def stepped(time: Any, half: float, shape: tuple[Any, Any]) -> np.ndarray:
    """Return a height from a start on (STEP; ``shape`` is both); ``half`` is half a fixed time step, 0 when adaptive."""
    height, start = shape
    return np.where(_from(time, half, start), height, 0.0)


def pulsed(time: Any, half: float, shape: tuple[Any, Any, float]) -> np.ndarray:
    """Return 1 from a start for a width (PULSE; ``shape`` is both and the time step, which stands for a width of 0)."""
    start, width, step = shape
    end = start + np.where(np.asarray(width) > 0, width, step)
    return np.where(_from(time, half, start) & ~_from(time, half, end), 1.0, 0.0)


def pulse_train(time: Any, half: float, shape: tuple[Any, Any, Any, Any, float]) -> np.ndarray:
    """Return pulses (PULSE TRAIN; ``shape`` is start, width, interval between starts, end, and the time step)."""
    start, width, interval, end, step = shape
    span = np.where(np.asarray(width) > 0, width, step)
    tolerance = 1e-9 * step
    phase = np.mod(time + half - start + tolerance, interval)
    running = _from(time, half, start) & ~_from(time, half, end)
    return np.where(running & (phase < span), 1.0, 0.0)


def ramped(time: Any, shape: tuple[Any, Any, Any]) -> np.ndarray:
    """Return 0 before a start, then a slope times the time since, held from a finish on (RAMP; ``shape`` is all three)."""
    slope, start, finish = shape
    return np.where(time > start, slope * (np.minimum(time, finish) - start), 0.0)


def _from(time: Any, half: float, start: Any) -> Any:
    return time + half > start if half else time >= start


NAMESPACE: Mapping[str, Any] = {
    "total": total,
    "product": product,
    "largest": largest,
    "smallest": smallest,
    "assembled": assembled,
    "guarded": guarded,
    "truncated": truncated,
    "stepped": stepped,
    "pulsed": pulsed,
    "pulse_train": pulse_train,
    "ramped": ramped,
    "interp": np.interp,
    "select": select,
    "larger": larger,
    "smaller": smaller,
    "reordered": reordered,
    "absolute": np.abs,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "arcsin": np.arcsin,
    "arccos": np.arccos,
    "arctan": np.arctan,
    "fmod": np.fmod,
    "equal": np.equal,
    "not_equal": np.not_equal,
    "float64": np.float64,
    "zero": np.float64(0.0),
    "one": np.float64(1.0),
    "where": np.where,
    "empty": np.empty,
    "searchsorted": np.searchsorted,
    "array": np.array,
    "inf": np.inf,
    "slices": np.s_,
}
"""Everything a generated kernel can see."""
