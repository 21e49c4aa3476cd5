"""How the compiled kernel's cost grows: with members, with the size of the model, with steps; cold and cached starts."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.cases import Case, generic
from sim.experiment.batch import Prepared
from sim.model.vensim import read

MEMBERS = (1, 16, 256, 4096)
SIZES = (1, 2, 4)
STEPS = (1, 2, 4)
WARM = 20
"""Repetitions of a single run."""

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Point:
    """What was varied, to what, and what one run then costs in microseconds of the processor's time."""

    what: str
    at: int
    states: int
    steps: int
    members: int
    microseconds: float


def points(scratch: Path, *, rounds: int, most: int) -> list[Point]:
    """Return the cost of a run of the generated model, all points in turn in each round.

    Arguments:
        scratch: folder for the generated files.
        rounds: turns of each point; the median counts.
        most: members at most.
    """
    cases = {size: generic(scratch, size) for size in SIZES}
    made: list[tuple[str, int, Case, Prepared, int]] = []
    base, own = cases[1].prepared(), cases[1].model.clock.step
    made += [("members", count, cases[1], base, count) for count in MEMBERS if count <= most]
    usual = min(256, most)
    made += [("size", size, case, case.prepared(), usual) for size, case in cases.items()]
    made += [("steps", factor, cases[1], base.at_step(own / factor), usual) for factor in STEPS]
    spent: list[list[float]] = [[] for _ in made]
    for number in range(rounds + 1):  # the first round compiles
        for place, (_, _, case, prepared, count) in enumerate(made):
            seconds = _of_one(prepared, case, count)
            spent[place] += [seconds] if number else []
    return [
        Point(what, at, len(prepared.members.layout.states), prepared.members.grid.steps, count, 1e6 * statistics.median(times))
        for (what, at, _, prepared, count), times in zip(made, spent, strict=True)
    ]


def _of_one(prepared: Prepared, case: Case, count: int) -> float:
    """Return seconds of the processor for one run of ``count`` at once."""
    draws, calls = case.draws(count), max(1, WARM // count)
    begin = time.process_time()
    for _ in range(calls):
        prepared.run(draws, {})
    return (time.process_time() - begin) / calls / count


@dataclass(frozen=True)
class Start:
    """Seconds on the clock until a new process has its first 16 runs, by part, and milliseconds of one run when warm."""

    case: str
    cache: str
    imports: float
    read: float
    prepare: float
    first: float
    whole: float
    warm_run_ms: float


def starts(case: Case, *, rounds: int) -> list[Start]:
    """Return the start of a new process with an empty cache and with a full one, medians of ``rounds`` of each in turn."""
    found: dict[str, list[Mapping[str, float]]] = {"empty": [], "full": []}
    for _ in range(rounds):
        with TemporaryDirectory() as folder:
            for cache in found:
                found[cache].append(_started(case, folder))
    return [
        Start(case.title, cache, **{name: statistics.median(part[name] for part in parts) for name in parts[0]})
        for cache, parts in found.items()
    ]


def _started(case: Case, cache: str) -> Mapping[str, float]:
    given = json.dumps({"path": str(case.path), "varied": case.varied, "record": case.record})
    environment = {**os.environ, "THROUGHFLOW_CACHE": cache}
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.growth", given]
    begin = time.time()
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    told = json.loads(done.stdout)
    whole = told.pop("ready") - begin
    return {"whole": whole, "imports": whole - told["read"] - told["prepare"] - told["first"], **told}


def main(given: str) -> None:
    """Read, prepare and run in this new process, and print the seconds of each part."""
    settings, clock = json.loads(given), [time.perf_counter()]

    def part() -> float:
        clock.append(time.perf_counter())
        return clock[-1] - clock[-2]

    path = Path(settings["path"])
    case = Case(path.stem, path, read(path), tuple(settings["varied"]), tuple(settings["record"]), own=True)
    found = {"read": part()}
    prepared = case.prepared()
    found["prepare"] = part()
    prepared.run(case.draws(16), {})
    found["first"] = part()
    found["ready"] = time.time()
    found["warm_run_ms"] = 1e3 * _median(lambda: prepared.run(case.draws(1), {}))
    print(json.dumps(found))


def _median(call: Callable[[], object]) -> float:
    call()
    times = []
    for _ in range(WARM):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def plain(found: list[Point] | list[Start]) -> list[dict[str, object]]:
    """Return measurements as plain data."""
    return [asdict(one) for one in found]


if __name__ == "__main__":
    main(sys.argv[1])
