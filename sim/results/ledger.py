"""The ledger of a store: which blocks are done, how each run ended, and what was drawn.

Data are written first, a block's line in the ledger after them: whatever is interrupted, a block in the ledger has its data.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np

from sim.results.chunks import is_sound, read_chunk, write_chunk
from sim.results.layout import NOT_RUN, Layout, Place


class Keeper(Protocol):
    """What takes in the blocks of a store, and knows which are still to come."""

    ledger: "Ledger"

    def recover(self) -> list[Place]:
        """Return the places whose data turned out to be lost or damaged; they are to be run again."""
        ...

    def put(self, place: Place, values: np.ndarray, status: np.ndarray) -> None:
        """Keep a block: ``values`` float32 shaped (row, time, member), ``status`` shaped (member,)."""
        ...

    def finish(self) -> None:
        """Leave nothing that only unfinished stores have."""
        ...


class Ledger:
    """Status and draws, by place.

    Arguments:
        folder: the store.
        layout: its shape.
    """

    def __init__(self, folder: Path, layout: Layout) -> None:
        self.folder = folder
        self.layout = layout
        self.done = np.zeros((len(layout.scenarios), layout.blocks), bool)

    def status(self, place: Place) -> np.ndarray | None:
        """Return how the members of ``place`` ended, shape (member,), or ``None`` if that is not known."""
        stored = read_chunk(self._status_path(place), "uint8", (self.layout.block,))
        return None if stored is None else stored[: self.layout.count(place.block)]

    def mark(self, place: Place, status: np.ndarray) -> None:
        """Write ``place`` down as done, its data being written."""
        padded = np.full(self.layout.block, NOT_RUN, np.uint8)
        padded[: status.size] = status
        write_chunk(self._status_path(place), padded)
        self.done[place] = True

    def is_marked(self, place: Place) -> bool:
        """Return whether there is a line about ``place``, sound or not."""
        return self._status_path(place).exists()

    def marked(self) -> int:
        """Return how many places there are lines about, sound or not."""
        return sum(1 for _ in (self.folder / "status" / "c").glob("*/*"))

    def forget(self, place: Place) -> None:
        """Strike ``place`` out, so that it is run again."""
        self._status_path(place).unlink(missing_ok=True)
        self.done[place] = False

    def todo(self) -> Iterator[Place]:
        """Yield the places that are still to be run, one scenario after another."""
        yield from (place for place in self.layout.places() if not self.done[place])

    def runs(self) -> int:
        """Return how many runs are done."""
        return int(sum(self.layout.count(block) * int(done) for block, done in enumerate(self.done.sum(axis=0))))

    def counts(self) -> Counter[int]:
        """Return how many runs ended in each status, those not run among them."""
        counts: Counter[int] = Counter()
        for place in self.layout.places():
            status = self.status(place) if self.done[place] else None
            if status is None:
                counts[NOT_RUN] += self.layout.count(place.block)
            else:
                found, numbers = np.unique(status, return_counts=True)
                counts.update(dict(zip(found.tolist(), numbers.tolist(), strict=True)))
        return counts

    def draws(self, block: int) -> np.ndarray | None:
        """Return the values drawn for ``block``, shape (uncertainty, member), or ``None`` if lost or not written."""
        shape = (len(self.layout.uncertainties), self.layout.block)
        stored = read_chunk(self._draw_path(block), "float64", shape)
        return None if stored is None else stored[:, : self.layout.count(block)]

    def keep_draws(self, block: int, draws: np.ndarray) -> None:
        """Write the values drawn for ``block``, shape (uncertainty, member)."""
        padded = np.full((draws.shape[0], self.layout.block), np.nan)
        padded[:, : draws.shape[1]] = draws
        write_chunk(self._draw_path(block), padded)

    def has_damaged_draws(self, block: int) -> bool:
        """Return whether the draws of ``block`` are there but damaged."""
        path = self._draw_path(block)
        return path.exists() and not is_sound(path)

    def _status_path(self, place: Place) -> Path:
        return self.folder / "status" / "c" / str(place.scenario) / str(place.block)

    def _draw_path(self, block: int) -> Path:
        return self.folder / "draw" / "c" / "0" / str(block)


class SeriesKeeper:
    """Keeps every member's series: one chunk per outcome and block."""

    def __init__(self, folder: Path, layout: Layout) -> None:
        self.folder = folder
        self.layout = layout
        self.ledger = Ledger(folder, layout)

    def recover(self) -> list[Place]:
        """Return the places whose data turned out to be lost or damaged; they are to be run again."""
        lost = []
        for place in self.layout.places():
            if not self.ledger.is_marked(place):
                continue
            self.ledger.done[place] = self.ledger.status(place) is not None and all(
                is_sound(self.folder / self.layout.chunk(outcome, *place)) for outcome in self.layout.outcomes
            )
            if not self.ledger.done[place]:
                self.ledger.forget(place)
                lost.append(place)
        return lost

    def put(self, place: Place, values: np.ndarray, status: np.ndarray) -> None:
        """Keep a block: ``values`` float32 shaped (row, time, member), ``status`` shaped (member,)."""
        missing = self.layout.block - values.shape[-1]
        padded = np.pad(values, ((0, 0), (0, 0), (0, missing)), constant_values=np.nan) if missing else values
        first = 0
        for outcome in self.layout.outcomes:
            last = first + outcome.size
            write_chunk(self.folder / self.layout.chunk(outcome, *place), padded[first:last])
            first = last
        self.ledger.mark(place, status)

    def finish(self) -> None:
        """Leave the store as it is: nothing in it is for unfinished ones only."""
