"""Designs of sensitivity analysis: members in sets that share a base point and differ from it in one factor at a time.

A factor is an uncertainty, or a group of them that move together.  Like every sampler (``samplers``) these are keyed: a member
follows from the seed, the names, the factors and its number, so more base points leave the earlier ones as they are, and any
piece is that of the whole.  Another factor makes every set longer, so only designs of the same factors share their members.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from sim.experiment.samplers import Asked, sobol

SECOND = "\nsecond sample"
"""What is added to the names that key the second sample; no uncertainty has a line break in its name."""


def morris(asked: Asked, factor_of: np.ndarray) -> np.ndarray:
    """Return the places of stars of moves: a base point, then each factor moved from there by half of its distribution.

    Base points are those of the Sobol' sequence; a place moves from u to u + 1/2 or u - 1/2, whichever lies inside, so every
    step is of one size and the moved points fill the space as evenly as the base points.
    Source: Morris, Technometrics 33 (1991) 161-174; stars after Campolongo, Saltelli and Cariboni, Computer Physics
    Communications 182 (2011) 978-988, doi 10.1016/j.cpc.2010.12.039; groups after Campolongo, Cariboni and Saltelli,
    Environmental Modelling & Software 22 (2007) 1509-1518, doi 10.1016/j.envsoft.2006.10.004.
    """
    bases, which, turn = _sets(asked.members, int(factor_of.max()) + 2)
    base = sobol(replace(asked, members=bases))[:, which]
    # Places are multiples of 2**-53, so the half is added and taken off exactly.
    moved = np.where(base < 0.5, base + 0.5, base - 0.5)
    return np.where(factor_of[:, None] + 1 == turn, moved, base)


def saltelli(asked: Asked, factor_of: np.ndarray) -> np.ndarray:
    """Return the places of Saltelli's design: a point, it with each factor in turn from a second point, the second point.

    Both points are one of a Sobol' sequence of twice the dimensions, which go to the first and the second sample by turns.
    Source: Saltelli and others, Computer Physics Communications 181 (2010) 259-270, doi 10.1016/j.cpc.2009.09.018.
    """
    length = int(factor_of.max()) + 3
    bases, which, turn = _sets(asked.members, length)
    names = tuple(part for name in asked.names for part in (name, name + SECOND))
    both = sobol(replace(asked, names=names, members=bases))
    second = (factor_of[:, None] + 1 == turn) | (turn == length - 1)
    return np.where(second, both[1::2, which], both[::2, which])


def _sets(members: range, length: int) -> tuple[range, np.ndarray, np.ndarray]:
    """Return the sets that ``members`` are of, which of these each is of, and each one's number in its set."""
    bases = range(members.start // length, -(-members.stop // length))
    number = np.arange(members.start, members.stop)
    return bases, number // length - bases.start, number % length


PLACES: Mapping[str, Callable[[Asked, np.ndarray], np.ndarray]] = {"morris": morris, "saltelli": saltelli}
"""From members and the factor of each uncertainty, by number, shape (uncertainty,), to places, shape (uncertainty, member)."""
