"""Reading ``horizon`` and ``solver``: the years covered, the interval stored, the method and its step."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.config import findings as read
from sim.config import vocabulary
from sim.config.findings import Findings
from sim.experiment.scenarios import Solver

MOST_STORED = 100_000
"""Stored times of a run; more are refused."""

MOST_STEPS = 10_000_000
"""Fixed steps of a run; more are refused."""

EARLIEST, LATEST = 1900.0, 2200.0


@dataclass(frozen=True)
class Horizon:
    """Calendar years of a run, and the interval of stored values in years."""

    start: float
    stop: float
    save: float

    def holds(self, year: float) -> bool:
        """Tell whether something that begins in ``year`` acts within the horizon."""
        return self.start <= year < self.stop


def divides(part: float, whole: float) -> bool:
    """Tell whether ``whole`` is a multiple of ``part``, rounding of decimals apart."""
    ratio = whole / part
    return abs(ratio - round(ratio)) <= 1e-9 * max(1.0, ratio) and round(ratio) >= 1


def read_horizon(findings: Findings, config: Any, shipped: Mapping[str, float]) -> Horizon:
    """Read ``horizon``; whatever is wrong is reported and the ``shipped`` value read instead."""
    row = read.mapping(findings, "horizon", config, known=("start", "stop", "save"))
    found: dict[str, float] = {}
    for name in ("start", "stop"):
        value = (
            read.number(findings, f"horizon.{name}", row[name], low=EARLIEST, high=LATEST, unit="calendar year")
            if name in row
            else None
        )
        found[name] = float(shipped[name]) if value is None else value
    save = read.number(findings, "horizon.save", row["save"], above=0, unit="years") if "save" in row else None
    usual = Horizon(**{name: float(value) for name, value in shipped.items()})
    if found["stop"] <= found["start"]:
        findings.refuse(
            "horizon.stop",
            f"{found['stop']:g} is not after horizon.start, {found['start']:g}",
            why="a run goes forward in time",
            cure="give a later horizon.stop",
        )
        return usual
    horizon = Horizon(found["start"], found["stop"], usual.save if save is None else save)
    length = horizon.stop - horizon.start
    if length / horizon.save > MOST_STORED:
        findings.refuse(
            "horizon.save",
            f"{horizon.save:g} stores {length / horizon.save:.0f} times",
            why=f"a run stores {MOST_STORED} at most",
            cure="give a longer interval, such as 0.125",
        )
    elif not divides(horizon.save, length):
        findings.refuse(
            "horizon.save",
            f"{horizon.save:g} does not divide the horizon of {length:g} years",
            why="the last value would miss horizon.stop",
            cure="give 0.125, 0.25, 0.5 or 1, or move the horizon's ends",
        )
    _tell_edges(findings, horizon, usual)
    return horizon


def _tell_edges(findings: Findings, horizon: Horizon, usual: Horizon) -> None:
    if horizon.start != usual.start:
        findings.warn(
            f"horizon.start={horizon.start:g}: the model's stocks begin with their values of "
            f"{usual.start:g} whatever the first year"
        )
    if horizon.stop > usual.stop:
        findings.warn(
            f"horizon.stop={horizon.stop:g}: the model's drivers are given to {usual.stop:g}; "
            "after their last point they keep its value"
        )


def read_solver(findings: Findings, config: Any, horizon: Horizon, *, save: str = "horizon.save") -> Solver:
    """Read ``solver``; a step, in years, must divide the storing interval, whose key is ``save``."""
    row = read.mapping(findings, "solver", config, known=("method", "step"), needed=False)
    method = read.choice(findings, "solver.method", row.get("method"), options=vocabulary.METHODS)
    step = row.get("step")
    if step is None:
        return Solver(method or "adaptive", None)
    step = read.number(findings, "solver.step", step, above=0, unit="years")
    if step is None or method is None:
        return Solver()
    if method not in vocabulary.FIXED_STEP:
        findings.warn(
            f"solver.step={step:g} is used by {' and '.join(vocabulary.FIXED_STEP)} only; solver={method} chooses its own steps"
        )
        return Solver(method, None)
    if (horizon.stop - horizon.start) / step > MOST_STEPS:
        findings.refuse(
            "solver.step",
            f"{step:g} makes {(horizon.stop - horizon.start) / step:.0f} steps",
            why=f"a run makes {MOST_STEPS} at most",
            cure="give a longer step, such as 0.0078125",
        )
    elif not divides(step, horizon.save):
        findings.refuse(
            "solver.step",
            f"{step:g} does not divide {save}, {horizon.save:g}",
            why="stored times would fall between steps",
            cure=f"give {save} divided by 2, 4, 8, ...",
        )
    return Solver(method, step)
