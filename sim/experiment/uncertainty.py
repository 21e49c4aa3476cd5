"""The plain data of a design of experiments: what is uncertain, and how members are drawn.

Nothing is computed here. ``sim.experiment.design`` draws the members, ``sim.experiment.design_check`` says what is wrong.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sim.experiment.scenarios import Scenario
from sim.model.ir import key

MOST_MEMBERS = 10_000_000
"""Members beyond which a size is taken for a mistake; below it every Sobol' index has fewer than 24 binary digits."""

GIVEN = "given"
"""What stands for a distribution where values are given."""

MOST_UNCERTAINTIES = 10_000
"""Uncertainties beyond which a design is taken for a mistake; SciPy's Sobol' sequence ends at 21 201 dimensions."""

MOST_LAYER = 100_000
"""Longest layer of a Latin hypercube: up to here a place within a stratum is held exactly in a float64."""


MOST_SEED = 2**64 - 1
"""Largest seed."""


@dataclass(frozen=True)
class Sets:
    """How a sampler makes members in sets: what a set is called, and how many members it has beside one for each factor."""

    called: str
    more: int


STRUCTURED: Mapping[str, Sets] = {"morris": Sets("trajectories", 1), "saltelli": Sets("base points", 2)}
"""Samplers that make sets of members, by name."""


def set_length(sampler: str, factors: int) -> int:
    """Return how many members a set of ``sampler`` has with so many ``factors``; 1 of a sampler that makes no sets."""
    return factors + STRUCTURED[sampler].more if sampler in STRUCTURED else 1


@dataclass(frozen=True)
class Uncertainty:
    """Something that is not known exactly, and the constants of the model that depend on it.

    Attributes:
        name: what people call it, unique in its design; draws are keyed by it, so another name is another draw.
        targets: constants of the model that all take the drawn value, each ``name`` or ``name[element]``.
        distribution: a key of ``sim.experiment.distributions.DISTRIBUTIONS``.
        low: lower bound of a uniform or triangular one, 5 % point of the others; in the unit of the targets.
        central: mode of a triangular one, median of the others, unused by a uniform one; in the unit of the targets.
        high: upper bound of a uniform or triangular one, 95 % point of the others; in the unit of the targets.
        values: an axis of given values instead of a distribution, which is then called ``given``: every draw of the others is
            run at every value. Low and high are the smallest and the largest of them.
    """

    name: str
    targets: tuple[str, ...]
    distribution: str
    low: float
    central: float | None
    high: float
    values: tuple[float, ...] = ()

    @property
    def points(self) -> tuple[float, float, float]:
        """Low, central and high, as quantile functions take them; NaN for a central value that is not given."""
        return self.low, math.nan if self.central is None else self.central, self.high


@dataclass(frozen=True)
class Design:
    """How the members of an ensemble are drawn.

    Attributes:
        uncertainties: in order; that order is the order of the rows that ``sample`` returns.
        sampler: a key of ``sim.experiment.samplers.SAMPLERS`` or ``STRUCTURED``, or ``file``.
        size: members, 1 to ``MOST_MEMBERS``; with axes of given values a multiple of their points, of a structured sampler one
            of the length of its sets.
        seed: 0 to ``MOST_SEED``; unused by ``file``.
        correlations: pairs of names with their rank correlation (Spearman's), strictly between -1 and 1.
        samples: file of own draws for ``file``: comma-separated, its header the names of the uncertainties or of
            constants they set, one row a member, in the unit of the targets.
        layer: members in a layer of a Latin hypercube; used by that sampler alone. It is part of the design and does not
            follow the size, so that a larger ensemble keeps the members of a smaller one.
        groups: of a structured sampler, groups of uncertainties that are one factor each: name, and names of its uncertainties.
            Together they hold every uncertainty once; none at all means that each is a factor by itself.
        leading: of a file with more rows than members, the first are taken; otherwise it has one row a member exactly.
    """

    uncertainties: tuple[Uncertainty, ...]
    sampler: str
    size: int
    seed: int = 0
    correlations: tuple[tuple[str, str, float], ...] = ()
    samples: Path | None = None
    layer: int = 100
    leading: bool = False
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def drawn(self) -> tuple[Uncertainty, ...]:
        """The uncertainties that are drawn, axes of given values apart."""
        return tuple(uncertainty for uncertainty in self.uncertainties if not uncertainty.values)

    @property
    def factors(self) -> tuple[str, ...]:
        """What a structured sampler moves one at a time: the groups, or each uncertainty that is drawn."""
        return tuple(name for name, _ in self.groups) or tuple(uncertainty.name for uncertainty in self.drawn)

    @property
    def axes(self) -> tuple[Uncertainty, ...]:
        """The axes of given values."""
        return tuple(uncertainty for uncertainty in self.uncertainties if uncertainty.values)

    @property
    def points(self) -> int:
        """Points of the axes together; 1 without axes."""
        return math.prod(len(axis.values) for axis in self.axes)


def drawn_and_set(drawn: Iterable[str], scenarios: Iterable[Scenario]) -> dict[tuple[str, str], list[str]]:
    """Return which scenarios set a constant that is drawn, by the constant as set and as drawn.

    Each is ``name`` or ``name[element]``; two are the same constant if they :func:`overlap`.
    """
    near: dict[str, list[str]] = {}
    for target in drawn:
        near.setdefault(_split(target)[0], []).append(target)
    found: dict[tuple[str, str], list[str]] = {}
    for scenario in scenarios:
        for name in scenario.parameters:
            for target in near.get(_split(name)[0], ()):
                if overlap(name, target):
                    found.setdefault((name, target), []).append(scenario.name)
    return found


def overlap(one: str, other: str) -> bool:
    """Tell whether two constants, ``name`` or ``name[element]``, share a number."""
    (base, element), (base_of_other, element_of_other) = _split(one), _split(other)
    return base == base_of_other and (not element or not element_of_other or element == element_of_other)


def _split(name: str) -> tuple[str, tuple[str, ...]]:
    """Return the name and the elements of a constant as names are compared."""
    base, _, inside = name.partition("[")
    return key(base), tuple(key(part) for part in inside.rstrip("]").split(",")) if inside else ()
