"""Keeping statistics instead of series: finished blocks wait in the store until they are folded into moments and sketches.

A block's numbers are safe as soon as it is finished: they wait in ``pending`` until a checkpoint of its scenario holds them,
and the scenario's statistics are written, once all its blocks are in, before the checkpoint goes.  Room and memory are bounded
by the blocks that wait and the sketch of one scenario.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.results.chunks import is_sound, read_arrays, read_chunk, write_arrays, write_chunk
from sim.results.layout import LEVELS, Layout, Outcome, Place
from sim.results.ledger import Ledger
from sim.results.moments import Moments
from sim.results.sketch import Sketch
from sim.results.status import ended_well

MOST_WAITING = 1 << 26
"""Numbers that may wait to be folded, a quarter of a gigabyte: many at once share the cost of a checkpoint."""


@dataclass(frozen=True)
class Checkpoint:
    """The statistics of the first blocks of a scenario: how many ``blocks``, their ``moments`` and ``sketch``."""

    blocks: int
    moments: Moments
    sketch: Sketch


class SummaryKeeper:
    """Keeps statistics over the members: moments, extremes and quantiles of each outcome at each time."""

    def __init__(self, folder: Path, layout: Layout) -> None:
        self.folder = folder
        self.layout = layout
        self.ledger = Ledger(folder, layout)
        self.cells = layout.rows * layout.times.size
        self.window = max(1, MOST_WAITING // max(1, self.cells * layout.block))
        self.folded: dict[int, int] = {}  # blocks folded of each scenario that has a checkpoint
        self.summed: set[int] = set()  # scenarios whose statistics are written

    def recover(self) -> list[Place]:
        """Return the places whose data turned out to be lost or damaged; they are to be run again."""
        self._write_group()
        lost = []
        for scenario in range(len(self.layout.scenarios)):
            if all(is_sound(self._statistics_path(scenario, outcome)) for outcome in self.layout.outcomes):
                self.summed.add(scenario)
            elif (checkpoint := self._checkpoint(scenario)) is not None:
                self.folded[scenario] = checkpoint.blocks
        for place in self.layout.places():
            if not self.ledger.is_marked(place):
                continue
            safe = self._is_folded(place) or is_sound(self._pending_path(place))
            self.ledger.done[place] = safe and self.ledger.status(place) is not None
            if not self.ledger.done[place]:
                self.ledger.forget(place)
                lost.append(place)
        for scenario in range(len(self.layout.scenarios)):
            self._fold(scenario)
        return lost

    def put(self, place: Place, values: np.ndarray, status: np.ndarray) -> None:
        """Keep a block: ``values`` float32 shaped (row, time, member), ``status`` shaped (member,)."""
        if not self._is_folded(place):
            write_chunk(self._pending_path(place), values)
        self.ledger.mark(place, status)
        self._fold(place.scenario)

    def finish(self) -> None:
        """Remove what waited, all of it being folded."""
        shutil.rmtree(self.folder / "pending", ignore_errors=True)

    def _fold(self, scenario: int) -> None:
        """Fold the blocks of ``scenario`` that wait, if they are many enough or the last."""
        done = self.ledger.done[scenario]
        first = self.folded.get(scenario, 0)
        ready = int(np.argmin(done)) if not done.all() else done.size
        if scenario in self.summed:
            self._sweep(scenario)
        elif ready == done.size or ready - first >= self.window:
            checkpoint = self._folded(scenario, ready)
            if ready == done.size:
                self._write_statistics(scenario, checkpoint)
                self.summed.add(scenario)
            else:
                self._write_checkpoint(scenario, checkpoint)
                self.folded[scenario] = ready
            self._sweep(scenario)

    def _folded(self, scenario: int, stop: int) -> Checkpoint:
        """Return the statistics of the first ``stop`` blocks of ``scenario``."""
        known = self._checkpoint(scenario) if scenario in self.folded else None
        checkpoint = known or Checkpoint(0, Moments.empty(self.cells), Sketch.empty())
        moments, sketch = checkpoint.moments, checkpoint.sketch
        for first in range(checkpoint.blocks, stop, self.window):
            values, kept = self._waiting(scenario, range(first, min(stop, first + self.window)))
            moments, sketch = moments.with_values(values, kept), sketch.with_values(values, kept)
        return Checkpoint(stop, moments, sketch)

    def _waiting(self, scenario: int, blocks: range) -> tuple[np.ndarray, np.ndarray]:
        """Return the numbers of ``blocks``, shape (cell, member), and which members ended well, shape (member,)."""
        sizes = [self.layout.count(block) for block in blocks]
        values = np.empty((self.cells, sum(sizes)), np.float32)
        kept = np.empty(sum(sizes), bool)
        first = 0
        for block, size in zip(blocks, sizes, strict=True):
            place = Place(scenario, block)
            stored, status = read_chunk(self._pending_path(place), "float32", (self.cells, size)), self.ledger.status(place)
            if stored is None or status is None:
                raise OSError(f"{self._pending_path(place)} was damaged while it waited")
            values[:, first : first + size], kept[first : first + size] = stored, ended_well(status)
            first += size
        return values, kept

    def _write_statistics(self, scenario: int, checkpoint: Checkpoint) -> None:
        moments = checkpoint.moments
        plain = np.stack([moments.mean, moments.deviation(), moments.minimum, moments.maximum])
        if not moments.count:
            plain[:] = np.nan
        quantiles = checkpoint.sketch.quantiles(self.cells, LEVELS)
        inside = np.clip(quantiles, moments.minimum[:, None], moments.maximum[:, None])
        whole = np.concatenate([plain.T, inside], axis=1)
        first = 0
        for outcome in self.layout.outcomes:
            last = first + outcome.size * self.layout.times.size
            write_chunk(self._statistics_path(scenario, outcome), whole[first:last])
            first = last

    def _checkpoint(self, scenario: int) -> Checkpoint | None:
        stored = read_arrays(self._checkpoint_path(scenario))
        if stored is None:
            return None
        blocks, count = stored["counted"].tolist()
        return Checkpoint(blocks, Moments(count, *stored["moments"]), Sketch(stored["codes"], stored["counts"]))

    def _write_checkpoint(self, scenario: int, checkpoint: Checkpoint) -> None:
        moments, sketch = checkpoint.moments, checkpoint.sketch
        arrays = {
            "counted": np.array([checkpoint.blocks, moments.count]),
            "moments": np.stack([moments.mean, moments.squares, moments.minimum, moments.maximum]),
            "codes": sketch.codes,
            "counts": sketch.counts,
        }
        write_arrays(self._checkpoint_path(scenario), arrays)

    def _sweep(self, scenario: int) -> None:
        """Remove what waits although it is folded already, which a crash may have left."""
        for path in (self.folder / "pending" / str(scenario)).glob("*"):
            folded = scenario in self.summed or (path.name.isdigit() and int(path.name) < self.folded.get(scenario, 0))
            if folded:
                path.unlink(missing_ok=True)

    def _is_folded(self, place: Place) -> bool:
        return place.scenario in self.summed or place.block < self.folded.get(place.scenario, 0)

    def _write_group(self) -> None:
        """Make the folder of what waits a Zarr group, so that readers of an unfinished store find nothing foreign in it."""
        path = self.folder / "pending" / "zarr.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text('{"zarr_format": 3, "node_type": "group", "attributes": {}}', encoding="utf-8")

    def _pending_path(self, place: Place) -> Path:
        return self.folder / "pending" / str(place.scenario) / str(place.block)

    def _checkpoint_path(self, scenario: int) -> Path:
        return self.folder / "pending" / str(scenario) / "checkpoint"

    def _statistics_path(self, scenario: int, outcome: Outcome) -> Path:
        return self.folder / self.layout.chunk(outcome, scenario, 0)
