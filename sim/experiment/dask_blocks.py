"""Blocks on a Dask cluster: one worker plugin holds the job, tasks carry a place and its draws, lost workers are survived.

Source: Dask's documentation, "Worker plugins" (what every worker holds, also those that join later) and "Resilience" (tasks of
a worker that dies are run again elsewhere, until ``distributed.scheduler.allowed-failures`` workers have died over one).
"""

import logging
import socket
import threading
from collections.abc import Generator, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from itertools import islice
from uuid import uuid4

from distributed import Client, LocalCluster, Worker, WorkerPlugin, as_completed, get_worker
from distributed.scheduler import KilledWorker

from sim.errors import Problem, ThroughflowError
from sim.experiment.batch import BITS, Block, Prepared, prepare
from sim.experiment.tasks import Job, Task

CONNECT_SECONDS = 15
"""Time a scheduler has to answer."""


def blocks(job: Job, tasks: Iterator[Task], *, address: str | None, workers: int) -> Generator[tuple[Task, Block]]:
    """Yield the blocks of ``tasks`` as workers finish them.

    Arguments:
        job: what the blocks have in common.
        tasks: blocks to run, taken as workers become free.
        address: of the scheduler; ``None`` makes a cluster on this machine and ends it afterwards.
        workers: processes of such a cluster.

    Raises:
        ThroughflowError: nobody answers at the address, a worker would compute other bits, or a block kills its workers.
    """
    with _client(address, workers) as client:
        resident = Resident(job)
        client.register_plugin(resident)
        under_way = as_completed(loop=client.loop)
        asked: dict[str, Task] = {}

        def submit(count: int) -> None:
            for task in islice(tasks, count):
                future = client.submit(_on_worker, resident.name, task, pure=False)
                asked[future.key] = task
                under_way.add(future)

        submit(2 * max(1, sum(client.nthreads().values())))
        for future in under_way:
            task = asked.pop(future.key)
            try:
                block = future.result()
            except KilledWorker as error:
                raise ThroughflowError(_killed(job, task)) from error
            except (OSError, CancelledError) as error:
                why = "the scheduler ended, or cannot be reached any more"
                cure = "finished blocks are kept: start the cluster again, and give the same command to go on from there"
                where = f"address={address}" if address else "the Dask cluster of this machine"
                raise ThroughflowError(Problem(where, "the connection was lost", f"{why} ({error})", cure)) from error
            future.release()
            submit(1)
            yield task, block
        client.unregister_worker_plugin(resident.name)


class Resident(WorkerPlugin):
    """What stays in each worker, those that join later too: the job, prepared once when its first block comes."""

    def __init__(self, job: Job) -> None:
        self.name = f"throughflow-{uuid4().hex}"  # two ensembles may be on one cluster at the same time
        self.job = job
        self.prepared: Prepared | None = None

    def setup(self, worker: Worker) -> None:
        """Be taken in by ``worker``."""
        self.lock = threading.Lock()

    def run(self, task: Task) -> Block:
        """Return the block of ``task``.

        Raises:
            ThroughflowError: this worker would give other bits than the machine that asked.
        """
        with self.lock:
            if self.prepared is None:
                self.prepared = _same_bits(self.job)
        return self.job.run(self.prepared, task)


def _on_worker(resident: str, task: Task) -> Block:
    return get_worker().plugins[resident].run(task)


def _same_bits(job: Job) -> Prepared:
    prepared = prepare(job.plan)
    if (BITS, prepared.engine) != (job.bits, job.engine):
        what = f"it computes with the {prepared.engine} engine, arithmetic {BITS}"
        why = f"the ensemble is computed with the {job.engine} engine, arithmetic {job.bits}; bits would differ between blocks"
        cure = "install the same version of throughflow, with the same extras, on every host"
        raise ThroughflowError(Problem(f"Dask worker on {socket.gethostname()}", what, why, cure))
    return prepared


@contextmanager
def _client(address: str | None, workers: int) -> Iterator[Client]:
    """Give a client that is not the default one: what else the process does with Dask stays as it is."""
    if address is None:
        with (
            LocalCluster(
                n_workers=workers, threads_per_worker=1, dashboard_address=":0", silence_logs=logging.CRITICAL
            ) as cluster,
            Client(cluster, set_as_default=False) as client,
        ):
            yield client
        return
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:  # running out of time is an OSError
        cure = "give the address a Dask scheduler tells, such as tcp://host:8786, or none for a cluster on this machine"
        raise ThroughflowError(Problem(f"address={address}", "no Dask scheduler answers there", str(error), cure)) from error
    with client:
        yield client


def _killed(job: Job, task: Task) -> Problem:
    where = f"scenario {task.place.scenario + 1} of {len(job.parameters)}, block {task.place.block + 1}"
    why = "the same block was given to several, and none survived: most likely they had too little memory"
    cure = "give workers more memory, or take smaller blocks; finished blocks are kept, and the same command goes on from there"
    return Problem(where, "the Dask workers that ran it died", why, cure)
