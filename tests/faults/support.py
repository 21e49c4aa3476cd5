"""Ensembles in processes of their own, which tests kill, starve or let wait."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from ..experiment import small

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def started(model: Path, store: Path, **settings):
    """Start a process that runs the small ensemble; it is killed at the latest when the block ends."""
    process = subprocess.Popen(
        [sys.executable, small.__file__, str(model), str(store), json.dumps(settings)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(process, runs: int) -> int:
    """Return how many runs were done when ``process`` first told of at least ``runs``."""
    for line in process.stdout:
        done = int(line.split()[0])
        if done >= runs:
            return done
    raise AssertionError(process.stderr.read())
