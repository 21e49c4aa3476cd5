"""No room left in the middle: a clear report, nothing finished lost, and the same command ends it once there is room."""

import os
import shutil
import subprocess

import pytest

from sim.experiment.ensemble import run_ensemble

from ..experiment.small import model_in, small, tree
from ..model.support import refused
from .support import started


@pytest.mark.parametrize("keep", ["series", "summary"])
def test_files_may_not_grow(tmp_path, keep):
    """RLIMIT_FSIZE from 512 runs on: the system refuses to write the next block's data."""
    model, store = model_in(tmp_path), tmp_path / "a.zarr"
    with started(model, store, keep=keep, threads=1, limit=[512, 2000]) as process:
        lines, told = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "no room left (File too large)" in told and "512 of 2000 runs are finished and kept" in told
    assert "cure: free some room, and give the same command" in told and "Traceback" not in told
    assert lines.splitlines()[-1] == "512 2000"
    outcome = run_ensemble(small(model, keep=keep, threads=1), store)
    assert outcome.computed == 2000 - 512
    run_ensemble(small(model, keep=keep), tmp_path / "b.zarr")
    assert tree(store) == tree(tmp_path / "b.zarr")


@pytest.fixture
def tiny_disk(tmp_path):
    """Mount a disk of two megabytes, for as long as the test runs."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() or not shutil.which("mount"):
        pytest.skip("NOT TESTED: a full disk; mounting a tmpfs needs the superuser's right")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)], capture_output=True).returncode:
        pytest.skip("NOT TESTED: a full disk; this system does not let a tmpfs be mounted")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.slow
def test_disk_is_full(tmp_path, tiny_disk):
    model = model_in(tmp_path)
    asked = small(model, size=8192)
    store, filler = tiny_disk / "a.zarr", tiny_disk / "filler"

    def fill(done, total):
        if done >= 2048 and not filler.exists():
            filler.write_bytes(bytes(shutil.disk_usage(tiny_disk).free - 20_000))

    (problem,) = refused(lambda: run_ensemble(small(model, size=10**6), store))
    assert "would not fit" in problem.why
    asked = small(model, size=8192, scenarios=1)
    (problem,) = refused(lambda: run_ensemble(asked, store, progress=fill))
    assert "no room left (No space left on device)" in problem.what and "are finished and kept" in problem.why
    filler.unlink()
    outcome = run_ensemble(asked, store)
    assert 0 < outcome.computed <= 8192 - 2048
    run_ensemble(asked, tmp_path / "b.zarr")
    assert tree(store) == tree(tmp_path / "b.zarr")
