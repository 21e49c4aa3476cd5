"""Where blocks are run: threads of this process, or the workers of a Dask cluster.  Each yields blocks as they finish.

Only a bounded number of blocks is under way at a time, so memory does not grow with their number.  Blocks carry their own
draws, so that a worker needs nothing but this package: no file of draws, no store.
"""

from collections.abc import Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from itertools import islice

from sim.errors import Problem, ThroughflowError
from sim.experiment.batch import Block, Prepared
from sim.experiment.tasks import Job, Task

EXECUTORS = ("threads", "dask")


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
