"""Small models written on the spot, and what the reader says to bad ones."""

from functools import cache
from pathlib import Path

import pytest

import sim
from sim.resources import model_file

CLOCK = """
INITIAL TIME = 0 ~ month ~|
FINAL TIME = 10 ~ month ~|
TIME STEP = 0.5 ~ month ~|
SAVEPER = TIME STEP ~ month ~|
"""


@cache
def flagship():
    """Return the flagship, read once per process: models are frozen."""
    return sim.read(model_file("innovation_flows"))


def written(folder: Path, body: str, *, clock: str = CLOCK, name: str = "m.mdl") -> Path:
    """Write a model of ``body`` and ``clock``; the first line of ``body`` is line 2 of the file."""
    path = folder / name
    path.write_text("{UTF-8}\n" + body.strip("\n") + "\n" + clock, encoding="utf-8")
    return path


def model_of(folder: Path, body: str, *, clock: str = CLOCK):
    return sim.read(written(folder, body, clock=clock))


def refused(action) -> tuple[sim.Problem, ...]:
    """Return the problems with which ``action`` is refused; each must say where, what, why and the cure."""
    with pytest.raises(sim.ThroughflowError) as caught:
        action()
    problems = caught.value.problems
    assert problems
    for problem in problems:
        assert all((problem.where.strip(), problem.what.strip(), problem.why.strip(), problem.cure.strip())), problem
        assert "Traceback" not in str(problem)
    return problems


def refusals_of(folder: Path, body: str, *, clock: str = CLOCK) -> tuple[sim.Problem, ...]:
    path = written(folder, body, clock=clock)
    return refused(lambda: sim.read(path))
