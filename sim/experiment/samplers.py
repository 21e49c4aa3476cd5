"""Samplers: where in the unit cube each member lies, keyed so that a member never changes.

The place of member *i* along an uncertainty follows from the seed, the uncertainty's name and *i* (for ``sobol`` also from the
uncertainty's position), never from the number of members, of scenarios, or the piece that is asked for. So an ensemble
grows by more members, and is drawn block by block on any host. NumPy's Philox gives the random words: counter-based (Salmon,
Moraes, Dror and Shaw, Parallel random numbers: as easy as 1, 2, 3, SC 2011), any member is reached directly, and raw words,
unlike what ``Generator`` makes of them, are the same in every version of NumPy (NEP 19).
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

SCHEME = 1
"""Raised by any change to the numbers drawn, so that designs drawn differently never pass for the same."""

_DIGITS = 52
"""Binary digits of a place; the half added to them makes 53, all that a float64 below one holds."""

_WORDS_A_COUNT = 4
"""Random words that Philox gives for one value of its counter."""


@dataclass(frozen=True)
class Asked:
    """Places to be drawn.

    Attributes:
        names: uncertainties, in the order of the design.
        members: a range of members, its step 1.
        seed: seed of the design.
        layer: members in a layer of a Latin hypercube.
    """

    names: tuple[str, ...]
    members: range
    seed: int
    layer: int


def monte_carlo(asked: Asked) -> np.ndarray:
    """Return independent random places, shape (uncertainty, member).

    Member *i* is word *i* of the uncertainty's own stream: neither more members nor other uncertainties change it.
    Source: Salmon and others as above.
    """
    first, count = asked.members.start, len(asked.members)
    places = np.empty((len(asked.names), count))
    for row, name in enumerate(asked.names):
        places[row] = _places(_words(_key("monte_carlo", asked.seed, name), first, count) >> np.uint64(64 - _DIGITS))
    return places


def latin_hypercube(asked: Asked) -> np.ndarray:
    """Return places in layers that are Latin hypercubes each, shape (uncertainty, member).

    A Latin hypercube cannot grow point by point, so members come in layers of ``asked.layer``: members 0 to layer - 1, and
    so on. Along each uncertainty every layer has one member in each of its ``layer`` strata, in an order of its own. More
    members are more layers, which change no earlier one; a layer cut short by the size is balanced only roughly.
    Source: McKay, Beckman and Conover, Technometrics 21 (1979) 239-245; layers after McKay's replicated Latin hypercubes,
    Evaluating prediction uncertainty, NUREG/CR-6311 (1995).
    """
    layer, members = asked.layer, asked.members
    first, last = members.start // layer, -(-members.stop // layer)
    start = members.start - first * layer
    places = np.empty((len(asked.names), len(members)))
    for row, name in enumerate(asked.names):
        words = _words(_key("latin_hypercube", asked.seed, name), 2 * layer * first, 2 * layer * (last - first))
        order, within = np.moveaxis(words.reshape(last - first, 2, layer), 1, 0)
        strata = np.argsort(order, axis=1, kind="stable")
        # 32 digits within the stratum: the sum below is exact, so no place is rounded up into the next stratum, or to 1.
        drawn = ((strata + ((within >> np.uint64(32)) + 0.5) * 2.0**-32) / layer).ravel()
        places[row] = drawn[start : start + len(members)]
    return places


def sobol(asked: Asked) -> np.ndarray:
    """Return places of a scrambled Sobol' sequence, shape (uncertainty, member).

    SciPy's sequence, its first point kept (Owen, arXiv:2008.08051). It is scrambled like SciPy's, by a random lower
    triangular matrix and a random shift, but keyed by the uncertainty's name: SciPy's own scrambling would change with the
    number of uncertainties. The sequence is dealt out by position, so a change to the order of the uncertainties changes
    draws, and one more at the end changes none. Sizes that are powers of two are balanced.
    Source: Joe and Kuo, SIAM Journal on Scientific Computing 30 (2008) 2635-2654, for the direction numbers; Matousek,
    Journal of Complexity 14 (1998) 527-556, for the scrambling.
    """
    members = asked.members
    if not members:
        return np.empty((len(asked.names), 0))
    columns, words = _scrambled(asked.names, asked.seed, max(1, (members.stop - 1).bit_length()))
    # Numbered by Gray code, point i is the exclusive-or of the points 2**k over the binary digits k of i.
    shared = (members[0] ^ members[-1]).bit_length()
    for digit in range(shared, columns.shape[1]):
        if members[0] >> digit & 1:
            words = words ^ columns[:, digit]
    index = np.arange(members.start, members.stop, dtype=np.uint64)
    points = np.repeat(words[:, np.newaxis], len(members), axis=1)
    for digit in range(shared):
        points ^= columns[:, digit, np.newaxis] * (index >> np.uint64(digit) & np.uint64(1))
    return _places(points)


SAMPLERS: Mapping[str, Callable[[Asked], np.ndarray]] = {
    "sobol": sobol,
    "latin_hypercube": latin_hypercube,
    "monte_carlo": monte_carlo,
}
"""Samplers by name; places lie strictly between 0 and 1."""


def _places(digits: np.ndarray) -> np.ndarray:
    """Return the middles of the intervals that 52 binary ``digits`` name: never 0 and never 1, where tails are infinite."""
    return (digits + 0.5) * 2.0**-_DIGITS


def _key(sampler: str, seed: int, name: str) -> int:
    text = f"throughflow design {SCHEME}\n{sampler}\n{seed}\n{name}"
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16], "little")


def _words(key: int, first: int, count: int) -> np.ndarray:
    """Return words ``first`` to ``first + count - 1`` of the stream of ``key``, uint64 of shape (count,)."""
    skipped = first % _WORDS_A_COUNT
    return np.random.Philox(key=key, counter=first // _WORDS_A_COUNT).random_raw(skipped + count)[skipped:]


@lru_cache(maxsize=32)
def _scrambled(names: tuple[str, ...], seed: int, digits: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the scrambled points 2**k, shape (uncertainty, digit), k below ``digits``; and shifts, shape (uncertainty,)."""
    plain = _points_of_powers(len(names), digits)
    columns, shifts = np.zeros_like(plain), np.empty(len(names), dtype=np.uint64)
    positions = np.arange(_DIGITS - 1, -1, -1, dtype=np.uint64)
    units = np.uint64(1) << positions
    for row, name in enumerate(names):
        words = _words(_key("sobol", seed, name), 0, _DIGITS + 1) >> np.uint64(64 - _DIGITS)
        shifts[row] = words[-1]
        # A row of the matrix: its own digit, and a random choice of the more significant ones.
        matrix = (words[:-1] & ~(units | (units - np.uint64(1)))) | units
        parity = np.bitwise_count(matrix[:, np.newaxis] & plain[row]) & 1
        columns[row] = np.bitwise_or.reduce(parity.astype(np.uint64) << positions[:, np.newaxis], axis=0)
    columns.flags.writeable = shifts.flags.writeable = False
    return columns, shifts


@lru_cache(maxsize=32)
def _points_of_powers(dimensions: int, digits: int) -> np.ndarray:
    """Return the points 2**k of SciPy's unscrambled sequence, k below ``digits``, as 52-digit integers.

    Shape (dimension, digit). It walks the sequence once, 2**digits points without storing them (0.04 s for 100 dimensions
    and 20 digits), and needs no private part of SciPy. 30 digits hold these points exactly; above 32, the ``fast_forward``
    of SciPy 1.17 fails.
    """
    from scipy.stats.qmc import Sobol

    engine = Sobol(dimensions, scramble=False, bits=30)
    points, passed = np.empty((dimensions, digits), dtype=np.uint64), 0
    for digit in range(digits):
        engine.fast_forward(2**digit - passed)
        points[:, digit] = engine.random(1)[0] * 2.0**_DIGITS
        passed = 2**digit + 1
    points.flags.writeable = False
    return points
