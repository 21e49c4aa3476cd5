"""The packages of a store as subsets of players: what every union of them is worth, in every world.

A player is a package that is not a union of smaller ones.  With n players there are 2^n unions; bit i of a union's number tells
whether player i is in it, so 0 is the baseline and 2^n - 1 is all players together.  Shares of a total and orders of adoption
are both computed from these values, and both need all of them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sim.analysis.definitions import indicators
from sim.analysis.question import asked, value_in
from sim.analysis.values import split
from sim.analysis.worlds import Worlds
from sim.errors import Problem, ThroughflowError, nearest, raise_if

MOST_PLAYERS = 26
"""Players at most: 2^26 values of one outcome in one world take half a gigabyte."""

TOLD = 8
"""Missing unions that are named; the rest are counted."""


def players(worlds: Worlds, names: Sequence[str] | None = None) -> tuple[str, ...]:
    """Return the scenarios that are players, in the store's order.

    Arguments:
        worlds: an ensemble of packages.
        names: which scenarios are the players; if ``None``, those that adopt something and are no union of smaller ones.

    Raises:
        ThroughflowError: an unknown scenario, fewer than one player or more than :data:`MOST_PLAYERS`, players that share a
            measure, so that what each adds could not be told apart.
    """
    adopted = worlds.adopted
    if names is None:
        found = tuple(name for name in worlds.scenarios if adopted[name] and not _union_of_smaller(adopted[name], adopted))
    else:
        unknown = [name for name in names if not adopted.get(name)]
        raise_if(_no_player(name, worlds) for name in unknown)
        found = tuple(name for name in worlds.scenarios if name in set(names))
    if not 1 <= len(found) <= MOST_PLAYERS:
        why = f"1 to {MOST_PLAYERS} packages that are no unions of smaller ones are needed: there are 2^n unions of n"
        raise ThroughflowError(Problem("players", f"{len(found)} found", why, "run a study of packages and their unions"))
    raise_if(_shared(found, adopted))
    return found


def subset_scenarios(worlds: Worlds, names: Sequence[str] | None = None) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the players and which scenario is each of their unions.

    Arguments:
        worlds: an ensemble of packages; scenarios that are no unions of the players are left aside.
        names: the players, as in :func:`players`.

    Returns:
        The n players, and the places of the unions among the scenarios, shape (2^n,); bit i of the index is player i.

    Raises:
        ThroughflowError: unions that are missing or stand there twice, scenarios that differ in more than in what they adopt:
            all problems at once.
    """
    found = players(worlds, names)
    bits = {worlds.adopted[name]: 1 << bit for bit, name in enumerate(found)}
    places: dict[int, list[int]] = {}
    for place, scenario in enumerate(worlds.scenarios):
        index = _index(worlds.adopted[scenario], bits)
        if index is not None:
            places.setdefault(index, []).append(place)
    used = [worlds.scenarios[place] for group in places.values() for place in group]
    missing = [index for index in range(1 << len(found)) if index not in places]
    problems = [*_missing(found, missing), *_twice(found, places, worlds), *_differing(worlds, found, used)]
    raise_if(problems)
    return found, np.array([places[index][0] for index in range(1 << len(found))])


def subset_values(
    worlds: Worlds, name: str, year: float, *, names: Sequence[str] | None = None
) -> tuple[tuple[str, ...], np.ndarray]:
    """Return what each union of players comes to.

    Arguments:
        worlds: an ensemble of packages.
        name: outcome, as in :meth:`sim.analysis.worlds.Worlds.values`.
        year: when it is read.
        names: the players, as in :func:`players`.

    Returns:
        The n players, and the outcome itself (not its difference from the baseline), shape (2^n, member), in the model's unit;
        bit i of the first index is player i, 0 is the baseline.

    Raises:
        ThroughflowError: as :func:`subset_scenarios` and :meth:`sim.analysis.worlds.Worlds.values`.
    """
    found, places = subset_scenarios(worlds, names)
    return found, worlds.values(name, [year])[places, 0]


def _union_of_smaller(measures: frozenset[str], adopted: Mapping[str, frozenset[str]]) -> bool:
    return frozenset().union(*(each for each in adopted.values() if each < measures)) == measures


def _index(measures: frozenset[str], bits: Mapping[frozenset[str], int]) -> int | None:
    """Return the number of the union that adopts ``measures``; ``None`` if it is no union of players."""
    index = sum(bit for player, bit in bits.items() if player <= measures)
    covered = frozenset().union(*(player for player in bits if player <= measures))
    return index if covered == measures else None


def _no_player(name: str, worlds: Worlds) -> Problem:
    known = [each for each in worlds.scenarios if worlds.adopted[each]]
    what = "adopts nothing beside the baseline" if name in worlds.adopted else "no scenario is called so"
    return Problem(f"player {name!r}", what, "a player is a package of the store", nearest(name, known) or "name packages")


def _shared(found: tuple[str, ...], adopted: Mapping[str, frozenset[str]]) -> list[Problem]:
    pairs = [(one, other) for place, one in enumerate(found) for other in found[place + 1 :] if adopted[one] & adopted[other]]
    why = "what each adds to the others cannot be told apart"
    cure = "name players that share no measure, or leave packages that overlap out of the study"
    return [
        Problem(f"players {one} and {other}", f"both adopt {', '.join(sorted(adopted[one] & adopted[other]))}", why, cure)
        for one, other in pairs
    ]


def _told(found: tuple[str, ...], index: int) -> str:
    return "+".join(name for bit, name in enumerate(found) if index >> bit & 1) or "none"


def _missing(found: tuple[str, ...], missing: Sequence[int]) -> list[Problem]:
    if not missing:
        return []
    listed = ", ".join(_told(found, index) for index in missing[:TOLD])
    more = f" and {len(missing) - TOLD} more" if len(missing) > TOLD else ""
    why = f"all {1 << len(found)} unions of {', '.join(found)} are needed"
    return [Problem("scenarios", f"no {listed}{more}", why, "run all combinations, or name fewer players")]


def _twice(found: tuple[str, ...], places: Mapping[int, Sequence[int]], worlds: Worlds) -> list[Problem]:
    why, cure = "which of them counts would be arbitrary", "keep one of them in the study"
    return [
        Problem(f"union {_told(found, index)}", f"is {' and '.join(worlds.scenarios[place] for place in group)}", why, cure)
        for index, group in sorted(places.items())
        if len(group) > 1
    ]


def _differing(worlds: Worlds, found: tuple[str, ...], used: Sequence[str]) -> list[Problem]:
    """Return what differs among the scenarios ``used`` beside which measures they adopt."""
    why = "a difference would then be due to more than the measures that are added"
    cure = "give measures the same dates, intensities and modes in every scenario, and change nothing else"
    problems = []
    for reference in _references(worlds, used):
        concerned = _concerned(worlds, found, used, reference=reference)
        given = {name: value_in(worlds.dataset, name, reference) for name in concerned}
        if len({repr(value) for value in given.values()}) > 1:
            first = concerned[0]
            other = next(name for name in concerned if repr(given[name]) != repr(given[first]))
            what = f"{given[first]!r} in {first}, {given[other]!r} in {other}"
            problems.append(Problem(reference, what, why, cure))
    return problems


def unequal(worlds: Worlds, used: Sequence[str]) -> list[Problem]:
    """Return what differs among the scenarios ``used`` beside which measures they adopt; each measure counts where it acts."""
    return _differing(worlds, tuple(used), used)


def _references(worlds: Worlds, used: Sequence[str]) -> list[str]:
    """Return every setting, but what is adopted, that one of the scenarios ``used`` gives a value."""
    told = asked(worlds.dataset)
    adopted = _name(worlds, "adopted")
    return sorted({each for name in used for each in told.get(name, {}) if split(each)[0] != adopted})


def _concerned(worlds: Worlds, found: tuple[str, ...], used: Sequence[str], *, reference: str) -> list[str]:
    """Return the scenarios in which ``reference`` acts: those that adopt its measure, or all if it belongs to no player."""
    name, elements = split(reference)
    of_measures = {split(str(pattern))[0] for pattern in _patterns(worlds).values()}
    owned = frozenset().union(*(worlds.adopted[player] for player in found))
    if name not in of_measures or len(elements) != 1 or elements[0] not in owned:
        return list(used)
    return [scenario for scenario in used if elements[0] in worlds.adopted[scenario]]


def _patterns(worlds: Worlds) -> Mapping[str, Any]:
    return indicators(worlds.dataset)["settings"]["measure"]


def _name(worlds: Worlds, key: str) -> str:
    return split(str(_patterns(worlds)[key]))[0]
