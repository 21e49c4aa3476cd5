"""Whether the step is too large for a member: some stock moves faster than a method with a fixed step can follow.

Beyond the limit of its stability an explicit method makes a short delay swing wider at every step, while whatever saturates
in it keeps the recorded numbers finite, smooth and wrong.  So every member is looked at while it runs.  Two evaluations of the
rates that differ in the state alone, by ``gap``, give the change of the rates times the step, ``answer``; for a stock with a
time constant T it is ``-step / T`` times the gap.  A stock is too fast at a step where

    answer * sign(gap) < -(limit * |gap| + VISIBLE * |stock|)

The sign tells a stock that overshoots from one that fills behind others; what is below ``VISIBLE`` of the stock is rounding, or
a gap that passes through zero.  It passes through zero within one step, so a stock that is too fast at several steps in a row
is too fast.  To save time only the last steps of each round are looked at: a swing that has begun lasts.

Of Runge and Kutta's method the second and the third stage stand at one moment.  Of Euler's, whose stages are steps, a step is
compared with the one before, so what moves with time alone is seen too.

Source: the estimate of stiffness in Hairer and Wanner, Solving Ordinary Differential Equations II (1996), section IV.2, taken
stock by stock; limits of stability there too, 2.785 and 2 on the real axis.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from sim.engine.text import Lines, vector

LIMITS: Mapping[str, float] = MappingProxyType({"rk4": 2.7, "euler": 1.9})
"""Steps per time constant beyond which a method counts as too coarse, just inside the limit of its stability."""

VISIBLE = 1e-2
"""Share of a stock that an overshoot has to reach."""

ROUND = 8
"""Steps after which the watch begins again, counted back from the last one."""

REPEATED = 3
"""Steps at the end of each round in all of which the same stock has to be too fast."""

MASKS = "i16"
"""Type of the compiled form's marks, one bit a member: as many as the longest vector has members."""


def watched(method: str) -> int:
    """Return how many steps at the end of each round are looked at: Euler's method needs one more to compare the first with."""
    return REPEATED + (method == "euler")


class Watch:
    """The readable form: looks at the steps of many members.

    Attributes:
        found: whether a step was too large, shape (member,).
    """

    def __init__(self, method: str, clock: tuple[float, int], judged: np.ndarray, members: int) -> None:
        """Look at the rows ``judged`` of the state of ``members``; ``clock`` is the step of ``method``, and their number."""
        self._method, (self._step, self._left), self._judged = method, clock, judged
        self._taken = 0
        self._before = np.zeros((judged.size, members))
        self._fast = np.zeros((judged.size, members), dtype=bool)
        self.found = np.zeros(members, dtype=bool)

    def look(self, state: np.ndarray, slopes: Sequence[np.ndarray]) -> None:
        """Look at the next step, from ``state``, shape (state, member), with the ``slopes`` of its stages, shaped alike."""
        self._left, self._taken = self._left - 1, self._taken + 1
        phase, looks = self._left % ROUND, watched(self._method)
        if phase < looks:
            fast = self._too_fast(state[self._judged], [self._step * slope[self._judged] for slope in slopes])
            self._fast = fast if phase >= REPEATED - 1 else fast & self._fast
            if phase == 0 and self._taken >= looks:
                self.found |= self._fast.any(axis=0)

    def _too_fast(self, state: np.ndarray, moves: list[np.ndarray]) -> np.ndarray:
        if len(moves) == 1:
            gap, answer, size = self._before, moves[0] - self._before, state + moves[0]
            self._before = moves[0]
        else:
            gap, answer, size = (moves[1] - moves[0]) / 2, moves[2] - moves[1], state + moves[1] / 2
        return np.copysign(1.0, gap) * (answer + LIMITS[self._method] * gap) + VISIBLE * np.abs(size) < 0


def scratch_rows(states: int) -> int:
    """Return the numbers of double precision that hold the marks of ``states`` rows, and that of the verdict."""
    return -(-states // 4) + 1


def watch_text(method: str, width: int, states: int) -> str:
    """Return the text of ``watch``, which looks at one step of ``width`` members in compiled code.

    It is given the state; of Runge and Kutta's method, before its last stage, the sum so far, the third and the fourth trial;
    of Euler's the next state and what the step before added; the marks of all rows; and the bits that begin them anew. It
    returns the marks that are left in any row.

    Arguments:
        method: a key of :data:`LIMITS`.
        width: members in a vector, 16 at most.
        states: rows of the state, one at least.
    """
    lines = Lines(width)
    lines.written.append("each:")
    lines.say("%row = phi i64 [ 0, %entry ], [ %row.on, %each ]")
    lines.say(f"%any = phi {MASKS} [ 0, %entry ], [ %any.on, %each ]")
    lines.say(f"%offset = mul i64 %row, {width}")
    gap, answer, size = (_of_steps if method == "euler" else _of_stages)(lines)
    sign = lines.whole("and", lines.bits(gap), lines.whole_constant(1 << 63))
    beyond = lines.bits(lines.fused(lines.constant(LIMITS[method]), gap, answer))
    swing = lines.fused(lines.constant(VISIBLE), lines.call("fabs", size), lines.number(lines.whole("xor", beyond, sign)))
    fast = _packed(lines, lines.negative_bit(swing))
    at = lines.add(f"getelementptr inbounds {MASKS}, ptr %marks, i64 %row")
    kept = lines.add(f"or {MASKS} {lines.add(f'load {MASKS}, ptr {at}, align 2')}, %anew")
    kept = lines.add(f"and {MASKS} {kept}, {fast}")
    lines.say(f"store {MASKS} {kept}, ptr {at}, align 2")
    lines.say(f"%any.on = or {MASKS} %any, {kept}")
    lines.say("%row.on = add i64 %row, 1")
    lines.say(f"%more = icmp ult i64 %row.on, {states}")
    lines.say("br i1 %more, label %each, label %done")
    names = ("now", "next", "third", "fourth", "marks")
    head = f"define internal {MASKS} @watch({', '.join(f'ptr %{name}' for name in names)}, {MASKS} %anew) noinline nounwind {{"
    return "\n".join([head, "entry:", "  br label %each", *lines.written, "done:", f"  ret {MASKS} %any.on", "}"])


def begun() -> list[str]:
    """Return lines with which a group of members begins: nothing found, nothing marked."""
    return [
        f"  %marked = getelementptr inbounds {MASKS}, ptr %verdict, i64 1",
        f"  store {MASKS} 0, ptr %verdict, align 2",
        f"  store {MASKS} 0, ptr %marked, align 2",
    ]


def watching(method: str) -> list[str]:
    """Return lines of the loop over steps that look at the step ``%i`` where it is due, and add to ``%verdict``.

    Once no member has a mark left, the rest of the round is not looked at: it could add none.
    """
    looks = watched(method)
    return [
        "  %i.left = sub i64 %steps, %i",
        "  %i.after = sub i64 %i.left, 1",
        f"  %phase = urem i64 %i.after, {ROUND}",
        f"  %begins = icmp uge i64 %phase, {REPEATED - 1}",
        f"  %before = load {MASKS}, ptr %marked, align 2",
        f"  %some.marked = icmp ne {MASKS} %before, 0",
        "  %open = or i1 %begins, %some.marked",
        f"  %within = icmp ult i64 %phase, {looks}",
        "  %due = and i1 %open, %within",
        "  br i1 %due, label %watching, label %watched",
        "watching:",
        f"  %anew = sext i1 %begins to {MASKS}",
        f"  %marks.left = call {MASKS} @watch(ptr %now, ptr %next, ptr %trial.0, ptr %trial.1, ptr %marks, {MASKS} %anew)",
        f"  store {MASKS} %marks.left, ptr %marked, align 2",
        "  %round.ends = icmp eq i64 %phase, 0",
        f"  %whole = icmp uge i64 %i, {looks - 1}",
        "  %counts = and i1 %round.ends, %whole",
        f"  %counted = sext i1 %counts to {MASKS}",
        f"  %found = and {MASKS} %marks.left, %counted",
        f"  %known = load {MASKS}, ptr %verdict, align 2",
        f"  %verdict.on = or {MASKS} %known, %found",
        f"  store {MASKS} %verdict.on, ptr %verdict, align 2",
        "  br label %watched",
        "watched:",
    ]


def verdict(lines: Lines) -> str:
    """Add whether a member's step was too large."""
    marks, width = lines.add(f"load {MASKS}, ptr %verdict, align 2"), lines.width
    if width < 16:
        marks = lines.add(f"trunc {MASKS} {marks} to i{width}")
    return marks if width == 1 else lines.add(f"bitcast i{width} {marks} to {vector(width, 'i1')}")


def _packed(lines: Lines, condition: str) -> str:
    """Add a condition as bits, one a member."""
    width = lines.width
    bits = condition if width == 1 else lines.add(f"bitcast {vector(width, 'i1')} {condition} to i{width}")
    return bits if width == 16 else lines.add(f"zext i{width} {bits} to {MASKS}")


def _here(lines: Lines, name: str) -> str:
    at = lines.add(f"getelementptr inbounds double, ptr %{name}, i64 %offset")
    return lines.load(at, 0, lanes=True)


def _of_stages(lines: Lines) -> tuple[str, str, str]:
    """Return gap, answer and size from the trials y + h k2 / 2 and y + h k3, and the sum y + h (k1 + 2 k2 + 2 k3) / 6."""
    now, ahead, third, fourth = (_here(lines, name) for name in ("now", "next", "third", "fourth"))
    half, whole = lines.arithmetic("fsub", third, now), lines.arithmetic("fsub", fourth, now)
    gap = lines.fused(lines.constant(3.0), lines.arithmetic("fsub", third, ahead), whole)
    return gap, lines.fused(lines.constant(-2.0), half, whole), third


def _of_steps(lines: Lines) -> tuple[str, str, str]:
    """Return gap, answer and size from what two steps add, and keep what the second adds."""
    now, after, before = (_here(lines, name) for name in ("now", "next", "third"))
    added = lines.arithmetic("fsub", after, now)
    lines.store(added, lines.add("getelementptr inbounds double, ptr %third, i64 %offset"), 0)
    return before, lines.arithmetic("fsub", added, before), after
