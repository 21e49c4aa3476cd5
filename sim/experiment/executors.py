"""Where blocks are run: threads of this process, or the workers of a Dask cluster.  Each yields blocks as they finish.

Only a bounded number of blocks is under way at a time, so memory does not grow with their number.  Blocks carry their own
draws, so that a worker needs nothing but this package: no file of draws, no store.
"""

from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np

from sim.errors import Problem, ThroughflowError
from sim.experiment.batch import BITS, Block, Plan, Prepared
from sim.experiment.scenarios import Value
from sim.results.layout import Place

EXECUTORS = ("threads", "dask")


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


def in_threads(job: Job, prepared: Prepared, tasks: Iterator[Task], *, threads: int) -> Generator[tuple[Task, Block]]:
    """Yield the blocks of ``tasks`` in the order in which ``threads`` threads finish them; the engine frees Python's lock."""
    pool = ThreadPoolExecutor(threads, thread_name_prefix="block")
    try:
        under_way = {pool.submit(job.run, prepared, task): task for task in islice(tasks, threads + 1)}
        while under_way:
            finished, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in finished:
                task = under_way.pop(future)
                under_way |= {pool.submit(job.run, prepared, more): more for more in islice(tasks, 1)}
                yield task, future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def on_dask(job: Job, tasks: Iterator[Task], *, address: str | None, workers: int) -> Generator[tuple[Task, Block]]:
    """Yield the blocks of ``tasks`` as the workers of a Dask cluster finish them; see ``dask_blocks.blocks``.

    Raises:
        ThroughflowError: Dask is not installed; whatever goes wrong on the cluster.
    """
    try:
        from sim.experiment.dask_blocks import blocks
    except ImportError as error:
        cure = "install it: pip install 'throughflow[dask]', or use executor=threads"
        raise ThroughflowError(Problem("executor=dask", "Dask is not installed", str(error), cure)) from error
    yield from blocks(job, tasks, address=address, workers=workers)
