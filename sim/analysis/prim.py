"""Patient rule induction: a box of few inputs in which the cases of interest lie thick.

Friedman & Fisher (1999), doi 10.1023/A:1008894516817; for scenarios, Bryant & Lempert (2010),
doi 10.1016/j.techfore.2009.08.002.  With many inputs and few worlds a box can always be found among the worlds it was looked
for in.  So it is looked for in one half of them and judged in the other, which it has not seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.stats import binom, rankdata

from sim.errors import Problem, ThroughflowError

PEEL = 0.05
"""Share of the box's worlds that one step peels off, or pastes on: patient, as the authors advise."""

LEAST = 0.05
"""Share of the worlds that a box holds at least."""


@dataclass(frozen=True)
class Box:
    """Limits on some inputs; a world is inside if it keeps all of them.

    Attributes:
        low: lower limits by the input's number.
        high: upper limits by the input's number.
    """

    low: Mapping[int, float] = field(default_factory=dict)
    high: Mapping[int, float] = field(default_factory=dict)

    @property
    def inputs(self) -> tuple[int, ...]:
        """Numbers of the inputs that are limited, in order."""
        return tuple(sorted({*self.low, *self.high}))

    def holds(self, drawn: np.ndarray) -> np.ndarray:
        """Return which worlds of ``drawn``, shape (world, input), lie inside, shape (world,)."""
        inside = np.ones(len(drawn), dtype=bool)
        for number, limit in self.low.items():
            inside &= drawn[:, number] >= limit
        for number, limit in self.high.items():
            inside &= drawn[:, number] <= limit
        return inside

    def without(self, number: int) -> "Box":
        """Return the box with the input ``number`` set free."""
        low = {key: limit for key, limit in self.low.items() if key != number}
        return Box(low, {key: limit for key, limit in self.high.items() if key != number})


@dataclass(frozen=True)
class Rating:
    """How well a box tells the cases of interest apart.

    Attributes:
        cases: cases inside the box.
        inside: worlds inside the box.
        coverage: share of all cases that lie inside.
        density: share of the worlds inside that are cases.
    """

    cases: int
    inside: int
    coverage: float
    density: float


@dataclass(frozen=True)
class Found:
    """A box and what half of the worlds, which it was not looked for in, say about it.

    Attributes:
        box: the box that was chosen; without limits if nothing stands out.
        course: boxes on the way, from all worlds to the smallest, as they were peeled.
        seen: rating where the box was looked for.
        unseen: rating in the other half.
        chance: for each limited input the quasi-p value in the other half: how likely a density as high would be
            if the limit did nothing, times the number of limits (Bonferroni).
    """

    box: Box
    course: tuple[Box, ...]
    seen: Rating
    unseen: Rating
    chance: Mapping[int, float]


def rate(box: Box, drawn: np.ndarray, cases: np.ndarray) -> Rating:
    """Return how well ``box`` tells ``cases``, shape (world,), among worlds ``drawn``, shape (world, input)."""
    inside = box.holds(drawn)
    found, count = int((inside & cases).sum()), int(inside.sum())
    return Rating(found, count, found / max(int(cases.sum()), 1), found / max(count, 1))


def chance(box: Box, drawn: np.ndarray, cases: np.ndarray) -> Mapping[int, float]:
    """Return the quasi-p value of each limited input of ``box``.

    It is the probability that as many of the worlds inside, or more, would be cases if each were one with the density of the
    box without the limit (Bryant & Lempert 2010, section 3.2).
    """
    own = rate(box, drawn, cases)
    free = {number: rate(box.without(number), drawn, cases).density for number in box.inputs}
    return {number: float(binom.sf(own.cases - 1, own.inside, density)) for number, density in free.items()}


def screen(drawn: np.ndarray, cases: np.ndarray, most: int) -> np.ndarray:
    """Return the numbers of the ``most`` inputs whose ranks go most with being a case, strongest first."""
    ranks = rankdata(drawn, axis=0)
    ranks = ranks - ranks.mean(axis=0)
    size = np.sqrt((ranks**2).sum(axis=0))
    strength = np.abs(ranks.T @ (cases - cases.mean())) / np.where(size > 0, size, np.inf)
    return np.argsort(-strength, kind="stable")[: min(most, int((size > 0).sum()))]


def peel(drawn: np.ndarray, cases: np.ndarray, *, most: int = 4) -> tuple[Box, ...]:
    """Return the boxes from all worlds to the smallest, each one peel of the box before, pasted where that helps.

    Arguments:
        drawn: inputs, shape (world, input).
        cases: which worlds are of interest, shape (world,).
        most: inputs that are limited at most: a box that nobody can keep in mind explains nothing.
    """
    course = [Box()]
    while (following := _peeled(course[-1], drawn, cases, most=most)) is not None:
        course.append(following)
    return (course[0], *(_pasted(box, drawn, cases) for box in course[1:]))


def _peeled(box: Box, drawn: np.ndarray, cases: np.ndarray, *, most: int) -> Box | None:
    """Return the densest box among those with a small slice of one input cut off; none if none is denser and large enough."""
    inside = box.holds(drawn)
    free = box.inputs if len(box.inputs) >= most else range(drawn.shape[1])
    best, found = (-1.0, -1.0), None
    density = rate(box, drawn, cases).density
    for number in free:
        values = drawn[inside, number]
        for side, share in (("low", PEEL), ("high", 1 - PEEL)):
            edge = np.quantile(values, share)
            rest = values[values > edge] if side == "low" else values[values < edge]
            if not rest.size:
                continue
            limit = float(rest.min() if side == "low" else rest.max())
            trial = replace(box, **{side: {**getattr(box, side), number: limit}})
            own = rate(trial, drawn, cases)
            if own.inside >= LEAST * len(drawn) and own.density > density and (own.density, own.inside) > best:
                best, found = (own.density, own.inside), trial
    return found


def _pasted(box: Box, drawn: np.ndarray, cases: np.ndarray) -> Box:
    """Return ``box`` widened, limit by limit, as long as that takes nothing from its density."""
    improved = True
    while improved:
        improved = False
        density = rate(box, drawn, cases).density
        for side, number in [("low", each) for each in box.low] + [("high", each) for each in box.high]:
            trial = _widened(box, drawn, side=side, number=number)
            own = rate(trial, drawn, cases)
            if own.density >= density and own.inside > rate(box, drawn, cases).inside:
                box, improved = trial, True
                break
    return box


def _widened(box: Box, drawn: np.ndarray, *, side: str, number: int) -> Box:
    """Return ``box`` with one limit moved out by a small share of its worlds, or dropped where no world is left beyond it."""
    limits = dict(getattr(box, side))
    limit = limits.pop(number)
    opened = replace(box, **{side: limits})
    step = max(1, round(PEEL * int(box.holds(drawn).sum())))
    values = np.sort(drawn[opened.holds(drawn), number])
    beyond = values[values < limit][::-1] if side == "low" else values[values > limit]
    return opened if beyond.size <= step else replace(box, **{side: {**limits, number: float(beyond[step - 1])}})


def choose(course: tuple[Box, ...], drawn: np.ndarray, cases: np.ndarray, *, coverage: float) -> Box:
    """Return the densest box of ``course`` that covers at least ``coverage`` of the cases; of equals the widest."""
    rated = [rate(box, drawn, cases) for box in course]
    fitting = [place for place, own in enumerate(rated) if own.coverage >= coverage]
    return course[max(fitting, key=lambda place: (rated[place].density, rated[place].coverage, -place))]


def pruned(box: Box, drawn: np.ndarray, cases: np.ndarray, *, level: float = 0.05) -> Box:
    """Return ``box`` without the limits whose quasi-p value exceeds ``level``, the weakest dropped first.

    In the worlds the box was looked for in these values are too small by the search itself; they only thin out what is then
    judged in others.
    """
    while box.inputs:
        found = chance(box, drawn, cases)
        worst = max(found, key=lambda number: (found[number], number))
        if found[worst] <= level:
            break
        box = box.without(worst)
    return box


def discover(
    drawn: np.ndarray, cases: np.ndarray, *, coverage: float = 0.5, most: int = 4, candidates: int = 20, seed: int = 0
) -> Found:
    """Look for a box in one half of the worlds and judge it in the other.

    Arguments:
        drawn: inputs, shape (world, input).
        cases: which worlds are of interest, shape (world,).
        coverage: share of the cases that the box covers at least where it is looked for.
        most: inputs that are limited at most.
        candidates: inputs that are tried: those that go most with the cases in the half where the box is looked for.
        seed: of the division into halves; cases and others are divided alike.

    Raises:
        ThroughflowError: fewer than ten cases, or than ten others: neither half could tell anything.
    """
    if min(int(cases.sum()), int((~cases).sum())) < 10 or not np.isfinite(drawn).all():
        what = f"{int(cases.sum())} cases in {len(cases)} worlds"
        why = "a box is looked for in half of them and judged in the others: ten of either kind are the least"
        raise ThroughflowError(Problem("discovery", what, why, "move the threshold, or take more worlds"))
    first = halves(cases, seed)
    seen, told = drawn[first], cases[first]
    names = screen(seen, told, candidates)
    course = tuple(_renamed(box, names) for box in peel(seen[:, names], told, most=most))
    box = pruned(choose(course, seen, told, coverage=coverage), seen, told)
    other, truth = drawn[~first], cases[~first]
    corrected = {number: min(1.0, value * len(box.inputs)) for number, value in chance(box, other, truth).items()}
    return Found(box, course, rate(box, seen, told), rate(box, other, truth), corrected)


def halves(cases: np.ndarray, seed: int) -> np.ndarray:
    """Return which worlds are in the first half, shape (world,): every other case and every other one of the rest, shuffled."""
    random = np.random.default_rng(seed)
    first = np.zeros(len(cases), dtype=bool)
    for kind in (cases, ~cases):
        first[random.permutation(np.flatnonzero(kind))[::2]] = True
    return first


def _renamed(box: Box, names: np.ndarray) -> Box:
    low = {int(names[number]): limit for number, limit in box.low.items()}
    return Box(low, {int(names[number]): limit for number, limit in box.high.items()})
