"""One interleaved session: in each round every engine of every case has its turn, and medians are kept."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.cases import MOST_MEMBERS, Case
from benchmarks.engines import OURS, Engine, Setting, Skipped, makers

COMPARED = 3
"""Members whose outcomes are compared between engines."""

FEWEST = 16
"""Members of a call at least, unless an engine takes one at a time."""

Teller = Callable[[str], None]
"""Is given a line when something begins."""


@dataclass(frozen=True)
class Plan:
    """How often and how long.

    Attributes:
        rounds: turns of each engine; slow ones take a third of them.
        seconds: how long one turn shall take.
        slow: whether engines that need seconds for a run take part.
        setting: what engines may use.
    """

    rounds: int
    seconds: float
    slow: bool
    setting: Setting


@dataclass
class Turn:
    """An engine of a case, with what was measured of it.

    Attributes:
        case: what is run.
        name: what tables call the engine.
        engine: the engine.
        deviation: largest difference from ours, relative to each outcome's largest size.
        members: runs of one call.
        processor: seconds of the processor's time per run, by round.
        wall: seconds on the clock per run, by round.
    """

    case: Case
    name: str
    engine: Engine
    deviation: float
    members: int = 1
    processor: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Row:
    """What is told of an engine; ``problem`` instead of figures where it could not take the case."""

    case: str
    engine: str
    runs_per_second: float = 0.0
    runs_per_second_wall: float = 0.0
    spread: float = 0.0
    rounds: int = 0
    deviation: float = 0.0
    agrees: bool = False
    note: str = ""
    problem: str = ""


def rows(cases: Sequence[Case], plan: Plan, tell: Teller) -> list[Row]:
    """Return what every engine does with every case.

    Arguments:
        cases: models.
        plan: how often and how long.
        tell: is given a line when something begins.
    """
    turns: list[Turn | Row] = []
    for case in cases:
        turns += _made(case, plan, tell)
    for turn in turns:
        if isinstance(turn, Turn):
            _calibrate(turn, plan.seconds)
    for number in range(plan.rounds):
        tell(f"round {number + 1} of {plan.rounds}")
        for turn in turns:
            if isinstance(turn, Turn) and (not turn.engine.seldom or number % 3 == 0):
                processor, wall = _timed(turn)
                turn.processor.append(processor)
                turn.wall.append(wall)
    return [turn if isinstance(turn, Row) else _row(turn) for turn in turns]


def _made(case: Case, plan: Plan, tell: Teller) -> list[Turn | Row]:
    found: list[Turn | Row] = []
    expected: dict[str, np.ndarray] = {}
    for name, maker in makers(slow=plan.slow).items():
        tell(f"{case.title}: {name}")
        try:
            engine = maker(case, plan.setting)
            if engine.against not in expected:
                expected[engine.against] = case.outcomes(engine.against, COMPARED)
            found.append(Turn(case, name, engine, _deviation(case, engine, expected[engine.against])))
        except Skipped as reason:
            found.append(Row(case.title, name, problem=str(reason)))
        except Exception as reason:  # whatever another engine stumbles over is told in its row; ours may not stumble
            if name in OURS:
                raise
            found.append(Row(case.title, name, problem=f"{type(reason).__name__}: {reason}"))
    return found


def _deviation(case: Case, engine: Engine, expected: np.ndarray) -> float:
    """Return by how much an engine differs from ours, relative to the largest size of each outcome."""
    count = min(COMPARED, engine.members or COMPARED)
    values = np.asarray(engine.run(case.draws(count)), dtype=float)
    ours = expected[:, : values.shape[1], :count]
    size = np.abs(ours).max(axis=(1, 2))
    gap = np.abs(values - ours).max(axis=(1, 2))
    return float(np.max(np.where(gap == 0, 0.0, gap / np.where(size == 0, 1.0, size))))


def _calibrate(turn: Turn, seconds: float) -> None:
    """Choose how many members a call runs; twice as many until it takes as long as it shall."""
    turn.members = turn.engine.members or FEWEST
    if turn.engine.members:
        return
    _timed(turn)  # what is made when first wanted is made now
    while turn.members < MOST_MEMBERS:
        _, wall = _timed(turn)
        if wall * turn.members >= seconds * 0.7:
            return
        turn.members *= 2


def _timed(turn: Turn) -> tuple[float, float]:
    """Return seconds of the processor and of the clock for one whole run of one member."""
    draws = turn.case.draws(turn.members)
    wall, processor = time.perf_counter(), time.process_time()
    turn.engine.run(draws)
    spent = time.process_time() - processor, time.perf_counter() - wall
    whole = turn.members * turn.engine.share
    return spent[0] / whole, spent[1] / whole


def _row(turn: Turn) -> Row:
    processor, wall = statistics.median(turn.processor), statistics.median(turn.wall)
    engine = turn.engine
    return Row(
        turn.case.title,
        turn.name,
        runs_per_second=1 / processor,
        runs_per_second_wall=1 / wall,
        spread=(max(turn.processor) - min(turn.processor)) / processor,
        rounds=len(turn.processor),
        deviation=turn.deviation,
        agrees=turn.deviation <= engine.allowed,
        note=engine.note,
    )
