"""Compiled code in a process whose memory is full of holes far from one another, as with many libraries loaded."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import ctypes

import numpy as np

import sim

library = ctypes.CDLL(None)
library.mmap.restype = ctypes.c_void_p
library.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
library.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
ANONYMOUS, PAGES = 0x22 | 0x4000, 4 * 4096

model = sim.read("models/innovation_flows/innovation_flows.mdl")
small = [library.mmap(None, PAGES, 0, ANONYMOUS, -1, 0) for _ in range(64)]
library.mmap(None, 8 << 30, 0, ANONYMOUS, -1, 0)  # what is larger than a hole lies beyond these eight gigabytes
for place in small[::2]:
    library.munmap(place, PAGES)
runs = sim.sweep(model, {"dilution": np.array([0.3, 0.4])}, step=1 / 16, save=1, record=["co papers"])
print(runs.attrs["engine"], int(runs["status"].sum()))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="lays out memory by Linux's numbers")
def test_compiled_code_needs_no_memory_near_by():
    ended = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr[-500:]
    assert ended.stdout.split() == ["compiled", "0"]
