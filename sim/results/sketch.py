"""Quantiles of any number of values in little room: exact counts of values rounded to ten bits behind the leading one.

Two sketches added are the sketch of both samples, whatever the order and the split, because counts are whole numbers.  A bin
spans at most 2^-10 of the values in it, so its middle is within 2^-11, 0.05 %, of each of them; numbers below 1.2e-38, the
smallest normal one, count as zero.

Source of counting in logarithmic bins, the relative error being guaranteed: Masson, Rim and Lee, DDSketch, PVLDB 12 (2019).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

BITS_DROPPED = 13
"""Bits of the 23 behind the leading one of a float32 that are rounded away."""

RELATIVE_ERROR = 2.0**-11

CACHED = 1 << 18
"""Values handled at once, so that what is made of them stays in the processor's cache."""

KEY_BITS = 32 - BITS_DROPPED
_SIGN = np.uint32(0x80000000)
_LEFT_OUT = np.uint32(0xFFFFFFFF)


@dataclass(frozen=True)
class Sketch:
    """How many values fell into each bin of each cell; a cell is a row at a time.

    Attributes:
        codes: ``cell * 2**19 + bin``, ascending, shape (entry,).
        counts: values in that bin of that cell, shape (entry,).
    """

    codes: np.ndarray
    counts: np.ndarray

    @classmethod
    def empty(cls) -> Self:
        """Return the sketch of no values."""
        return cls(np.empty(0, np.uint64), np.empty(0, np.int64))

    def with_values(self, values: np.ndarray, kept: np.ndarray) -> "Sketch":
        """Return the sketch of these and of ``values``, float32 shaped (cell, member), whose member is ``kept``."""
        codes, counts = _counted(values, kept)
        if not self.codes.size:
            return Sketch(codes, counts)
        places = np.searchsorted(self.codes, codes)
        known = self.codes[np.minimum(places, self.codes.size - 1)] == codes
        mine = self.counts.copy()
        mine[places[known]] += counts[known]
        new = ~known
        return Sketch(np.insert(self.codes, places[new], codes[new]), np.insert(mine, places[new], counts[new]))

    def quantiles(self, cells: int, levels: Sequence[float]) -> np.ndarray:
        """Return the quantiles at ``levels`` of each cell, shape (cell, level); NaN where a cell has no values.

        Between two values of the sample they are interpolated as by NumPy's default, Hyndman and Fan's definition 7.
        """
        edges = np.searchsorted(self.codes, np.arange(cells + 1, dtype=np.uint64) << np.uint64(KEY_BITS))
        running = np.concatenate(([0], np.cumsum(self.counts)))
        before, sizes = running[edges[:-1], None], np.diff(running[edges])[:, None]
        if not self.codes.size:
            return np.full((cells, len(levels)), np.nan)
        place = np.asarray(levels) * np.maximum(sizes - 1, 0)
        low = np.floor(place).astype(np.int64)
        high = np.minimum(low + 1, np.maximum(sizes - 1, 0))
        below, above = (self._value(before + rank, running) for rank in (low, high))
        return np.where(sizes > 0, below + (place - low) * (above - below), np.nan)

    def _value(self, rank: np.ndarray, running: np.ndarray) -> np.ndarray:
        """Return the middle of the bin that holds the value of ``rank``, counted over all cells."""
        entry = np.minimum(np.searchsorted(running, rank, side="right") - 1, self.codes.size - 1)
        keys = (self.codes[entry] & np.uint64((1 << KEY_BITS) - 1)).astype(np.uint32)
        ordered = (keys << np.uint32(BITS_DROPPED)) | np.uint32(1 << (BITS_DROPPED - 1))
        bits = np.where(ordered & _SIGN, ordered ^ _SIGN, ~ordered)
        middle = bits.view(np.float32).astype(float)
        return np.where(np.abs(middle) < np.finfo(np.float32).tiny, 0.0, middle)


def _counted(values: np.ndarray, kept: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return codes, ascending, and counts of ``values``, shape (cell, member), whose member is ``kept``."""
    cells, members = values.shape
    step = max(1, CACHED // max(1, members))
    parts = [_counted_few(values[first : first + step], kept, first) for first in range(0, cells, step)]
    codes, counts = zip(*parts, strict=True) if parts else ((), ())
    return np.concatenate((np.empty(0, np.uint64), *codes)), np.concatenate((np.empty(0, np.int64), *counts))


def _counted_few(values: np.ndarray, kept: np.ndarray, first_cell: int) -> tuple[np.ndarray, np.ndarray]:
    """Return codes and counts of cells from ``first_cell`` on, few enough to stay in the processor's cache."""
    members = values.shape[1]
    bits = np.ascontiguousarray(values + np.float32(0.0)).view(np.uint32)  # adding zero makes -0.0 and 0.0 one value
    negative = (bits.view(np.int32) >> 31).view(np.uint32)  # all bits set below zero, none above
    bits ^= negative | _SIGN  # now they rise as the number does
    keys = bits >> np.uint32(BITS_DROPPED)
    if not kept.all():
        keys[:, ~kept] = _LEFT_OUT
    keys.sort(axis=1)
    first = np.ones(keys.shape, bool)
    np.not_equal(keys[:, 1:], keys[:, :-1], out=first[:, 1:])
    starts = np.flatnonzero(first)
    counts = np.diff(starts, append=keys.size)
    found = keys.ravel()[starts]
    codes = ((starts // members + first_cell).astype(np.uint64) << np.uint64(KEY_BITS)) | found
    wanted = found != _LEFT_OUT
    return (codes, counts) if wanted.all() else (codes[wanted], counts[wanted])
