"""What is handed to whoever runs blocks: a job that all have in common, and a task for each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.experiment.batch import BITS, Block, Plan, Prepared
from sim.experiment.scenarios import Value
from sim.results.layout import Place


class Task(NamedTuple):
    """A block to be run: its place, and the values that its members draw, shape (varied, member)."""

    place: Place
    draws: np.ndarray


@dataclass(frozen=True)
class Job:
    """What all blocks have in common, as plain data that can travel.

    Attributes:
        plan: what is computed.
        parameters: values of each scenario, in order.
        engine: what computes it where the job was made; another engine has other bits.
        bits: number of the arithmetic where the job was made.
    """

    plan: Plan
    parameters: tuple[Mapping[str, Value], ...]
    engine: str
    bits: int = BITS

    def run(self, prepared: Prepared, task: Task) -> Block:
        """Return the block of ``task``."""
        return prepared.run(task.draws, self.parameters[task.place.scenario], threads=1, refine=True)
