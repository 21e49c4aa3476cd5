"""Means, variances and extremes of any number of members, the same bits however the members came in blocks.

Members are taken in fixed groups of 256: a group's sums are a fixed tree of additions, and groups are joined in order, so
nothing depends on how many arrive at once.

Source: Chan, Golub and LeVeque, Updating formulae and a pairwise algorithm for computing sample variances, 1979, equations 2.1.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

GROUP = 256
"""Members per group, a power of two; blocks are whole numbers of groups, but for the last."""


CACHED = 1 << 16
"""Values handled at once, so that what is made of them stays in the processor's cache."""


@dataclass(frozen=True)
class Moments:
    """Moments of the members so far, each array shaped (cell,); a cell is a row at a time.

    Attributes:
        count: members taken, the same in every cell.
        mean: their mean.
        squares: sum of squared distances from it.
        minimum: smallest value.
        maximum: largest value.
    """

    count: int
    mean: np.ndarray
    squares: np.ndarray
    minimum: np.ndarray
    maximum: np.ndarray

    @classmethod
    def empty(cls, cells: int) -> Self:
        """Return the moments of no members."""
        return cls(0, np.zeros(cells), np.zeros(cells), np.full(cells, np.inf), np.full(cells, -np.inf))

    def with_values(self, values: np.ndarray, kept: np.ndarray) -> "Moments":
        """Return the moments of these and of ``values``, shape (cell, member), whose member is ``kept``, shape (member,)."""
        groups = np.pad(kept, (0, -kept.size % GROUP)).reshape(-1, GROUP)
        sizes = groups.sum(axis=1)
        step = max(1, CACHED // max(1, groups.size))
        parts = [_group_sums(values[first : first + step], groups) for first in range(0, values.shape[0], step)]
        means, squares = (np.concatenate(sums) for sums in zip(*parts, strict=True))
        joined = self
        for at, size in enumerate(sizes.tolist()):
            joined = joined._joined(size, means[:, at], squares[:, at])
        low = np.min(values, axis=1, where=kept, initial=np.inf)
        high = np.max(values, axis=1, where=kept, initial=-np.inf)
        extremes = np.minimum(self.minimum, low), np.maximum(self.maximum, high)
        return Moments(joined.count, joined.mean, joined.squares, *extremes)

    def _joined(self, size: int, mean: np.ndarray, squares: np.ndarray) -> "Moments":
        if not size:
            return self
        count = self.count + size
        distance = mean - self.mean
        mean = self.mean + distance * (size / count)
        squares = self.squares + squares + distance * distance * (self.count * size / count)
        return Moments(count, mean, squares, self.minimum, self.maximum)

    def deviation(self) -> np.ndarray:
        """Return the sample standard deviation, shape (cell,); NaN for fewer than two members."""
        return np.sqrt(self.squares / (self.count - 1)) if self.count > 1 else np.full(self.mean.shape, np.nan)


def _group_sums(values: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return means and sums of squared distances of each group, both shaped (cell, group); ``groups`` says who is kept."""
    cells, members = values.shape
    whole = np.pad(values, ((0, 0), (0, groups.size - members))).reshape(cells, *groups.shape)
    numbers = np.where(groups, whole, np.float32(0.0)).astype(float)
    means = _tree_sum(numbers) / np.maximum(groups.sum(axis=1), 1)
    numbers -= means[:, :, None]
    numbers *= numbers
    return means, _tree_sum(np.where(groups, numbers, 0.0))


def _tree_sum(values: np.ndarray) -> np.ndarray:
    """Return sums over the last axis, whose length is a power of two: halves are added to halves, always the same ones."""
    while values.shape[-1] > 1:
        half = values.shape[-1] // 2
        values = values[..., :half] + values[..., half:]
    return values[..., 0]
