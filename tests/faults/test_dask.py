"""A Dask cluster: the same bytes as threads, a worker killed on the way, a scheduler that is not there or goes away."""

import os
import signal

import pytest

from sim.errors import ThroughflowError
from sim.experiment.ensemble import run_ensemble

from ..experiment.small import model_in, small, tree
from ..model.support import refused

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")

BLOCK = {"block": 1024, "size": 20_000, "scenarios": 2}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return model_in(tmp_path_factory.mktemp("dask"))


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50) as made:
        yield made


def test_worker_killed_on_the_way(model, cluster, tmp_path):
    with distributed.Client(cluster, set_as_default=False) as client:
        workers = list(client.run(os.getpid).values())
    killed = []

    def kill(done, total):
        if done >= 4096 and not killed:
            killed.append(workers[0])
            os.kill(workers[0], signal.SIGKILL)

    asked = small(model, executor="dask", address=cluster.scheduler_address, **BLOCK)
    outcome = run_ensemble(asked, tmp_path / "dask.zarr", progress=kill)
    assert killed and outcome.counts["done"] == 40_000
    run_ensemble(small(model, **BLOCK), tmp_path / "threads.zarr")
    assert tree(tmp_path / "dask.zarr") == tree(tmp_path / "threads.zarr")


def test_refusals_of_a_worker_arrive_whole(model, cluster, tmp_path, monkeypatch):
    """A worker of another arithmetic is refused by name, and nothing of its blocks is kept."""
    from sim.experiment import executors

    asked = small(model, executor="dask", address=cluster.scheduler_address, **BLOCK)
    real = executors.Job

    monkeypatch.setattr("sim.experiment.ensemble.Job", lambda *parts: real(*parts, bits=-1))
    (problem,) = refused(lambda: run_ensemble(asked, tmp_path / "a.zarr"))
    assert problem.where.startswith("Dask worker on ") and "same version" in problem.cure


def test_nobody_at_the_address(model, tmp_path, monkeypatch):
    from sim.experiment import dask_blocks

    monkeypatch.setattr(dask_blocks, "CONNECT_SECONDS", 1)
    asked = small(model, executor="dask", address="tcp://127.0.0.1:9", **BLOCK)
    (problem,) = refused(lambda: run_ensemble(asked, tmp_path / "a.zarr"))
    assert problem.where == "address=tcp://127.0.0.1:9" and "scheduler" in problem.cure
    assert run_ensemble(small(model, **BLOCK), tmp_path / "a.zarr").counts["done"] == 40_000


@pytest.mark.parametrize("address", ["nowhere", "tcp://", "host:x"])
def test_addresses_that_are_none(model, tmp_path, address, monkeypatch):
    from sim.experiment import dask_blocks

    monkeypatch.setattr(dask_blocks, "CONNECT_SECONDS", 1)
    refused(lambda: run_ensemble(small(model, executor="dask", address=address, **BLOCK), tmp_path / "a.zarr"))
    assert dask.config.get("scheduler", None) is None, "Dask's own settings were changed"


@pytest.mark.slow
def test_cluster_of_its_own_ends_with_it(model, tmp_path):
    outcome = run_ensemble(small(model, executor="dask", **BLOCK), tmp_path / "dask.zarr")
    run_ensemble(small(model, **BLOCK), tmp_path / "threads.zarr")
    assert outcome.counts["done"] == 40_000 and tree(tmp_path / "dask.zarr") == tree(tmp_path / "threads.zarr")


@pytest.mark.slow
def test_scheduler_goes_away(model, tmp_path):
    cluster = distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0", silence_logs=50)
    asked = small(model, executor="dask", address=cluster.scheduler_address, **BLOCK)

    def end(done, total):
        if done >= 2048:
            cluster.close()

    with pytest.raises(ThroughflowError, match="the connection was lost"):
        run_ensemble(asked, tmp_path / "a.zarr", progress=end)
    assert run_ensemble(small(model, **BLOCK), tmp_path / "a.zarr").computed < 40_000
