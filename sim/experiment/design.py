"""Design of experiments: which constants are uncertain, and the value each member of an ensemble gives them.

One matrix of draws serves all scenarios (common random numbers), so every difference between scenarios is paired. Member *i*
takes its values from the seed, the names of the uncertainties and *i* alone: more members, more scenarios and any split into
pieces leave it as it is, bit for bit. More uncertainties at the end leave the rows before them as they are.

An axis of given values is crossed with the draws: of *p* points, members *p i* to *p i + p - 1* are draw *i* at each.

A structured sampler (``structured``) makes sets of members that differ in one factor at a time, for indices of sensitivity.

A place in the unit cube (``samplers``) is correlated where the design says so (``copula``) and becomes a value through the
uncertainty's quantile function (``distributions``); a file of one's own draws (``samples_file``) is taken as it stands.
"""

from pathlib import Path
from typing import Any

import numpy as np

from sim.errors import Problem, ThroughflowError, raise_if
from sim.experiment.copula import copula_of, correlated
from sim.experiment.design_check import FROM_FILE, SAMPLER_NAMES, columns_of, design_notes, model_problems, own_problems
from sim.experiment.distributions import DISTRIBUTIONS
from sim.experiment.samplers import SAMPLERS, SCHEME, Asked
from sim.experiment.samples_file import read_samples
from sim.experiment.structured import PLACES
from sim.experiment.uncertainty import MOST_MEMBERS, Design, Uncertainty, set_length
from sim.model.ir import Model

__all__ = [
    "DISTRIBUTIONS",
    "MOST_MEMBERS",
    "SAMPLER_NAMES",
    "Design",
    "Uncertainty",
    "design_notes",
    "design_problems",
    "identity",
    "sample",
    "uncertainties_of_file",
    "varied",
]


def sample(design: Design, *, first: int = 0, count: int | None = None) -> np.ndarray:
    """Return what members ``first`` to ``first + count - 1`` draw.

    Arguments:
        design: a design without problems.
        first: first member.
        count: members; all from ``first`` on if ``None``.

    Returns:
        Values in the units of the model, float64 of shape (uncertainty, member). Pieces are bit for bit those of the whole.

    Raises:
        ThroughflowError: everything wrong with the design by itself, or members it does not have.
    """
    raise_if(own_problems(design))
    members = _members(design, first, count)
    if not design.axes:
        return _drawn(design, members)
    points = design.points
    worlds = range(members.start // points, -(-members.stop // points))
    drawn, skipped = _drawn(design, worlds), members.start - worlds.start * points
    draws = np.empty((len(design.uncertainties), len(members)))
    is_axis = np.array([bool(uncertainty.values) for uncertainty in design.uncertainties])
    draws[~is_axis] = np.repeat(drawn, points, axis=1)[:, skipped : skipped + len(members)]
    draws[is_axis] = _given(design, members)
    return draws


def spread(design: Design, most: int) -> np.ndarray:
    """Return what at most ``most`` members draw that stand for all, shape (uncertainty, member).

    They are the first ones; but where members stand in sets round a base point, which the first ones may all share, they are
    from as many sets as there can be, and differ in their numbers there.

    Raises:
        ThroughflowError: as :func:`sample`.
    """
    length = set_length(design.sampler, len(design.factors))
    if length == 1:
        return sample(design, count=min(most, design.size))
    reach = min(design.size // length, most) * length
    chosen = np.unique(np.linspace(0, reach - 1, min(most, reach)).round().astype(int))
    return np.concatenate([sample(design, first=int(number), count=1) for number in chosen], axis=1)


def _given(design: Design, members: range) -> np.ndarray:
    """Return the values of the axes, shape (axis, member): every point in turn, the last axis fastest, then all again."""
    places = np.unravel_index(np.arange(members.start, members.stop) % design.points, [len(one.values) for one in design.axes])
    return np.array([np.array(axis.values)[at] for axis, at in zip(design.axes, places, strict=True)])


def _drawn(design: Design, members: range) -> np.ndarray:
    """Return what ``members`` draw, axes of given values apart, shape (uncertainty, member)."""
    names = tuple(uncertainty.name for uncertainty in design.drawn)
    if not names:
        return np.empty((0, len(members)))
    if design.sampler == FROM_FILE:
        assert design.samples is not None
        samples = read_samples(design.samples)
        rows = samples.values[members.start : members.stop]
        return np.ascontiguousarray(rows[:, columns_of(design, samples)].T)
    asked = Asked(names, members, int(design.seed), int(design.layer))
    if design.sampler in PLACES:
        places = PLACES[design.sampler](asked, _factor_of(design))
    else:
        places = SAMPLERS[design.sampler](asked)
    if design.correlations:
        places = correlated(places, copula_of(names, design.correlations))
    draws = np.empty_like(places)
    for row, uncertainty in enumerate(design.drawn):
        draws[row] = DISTRIBUTIONS[uncertainty.distribution].quantile(places[row], uncertainty.points)
    return draws


def _factor_of(design: Design) -> np.ndarray:
    """Return the number of the factor that each drawn uncertainty belongs to, shape (uncertainty,)."""
    if not design.groups:
        return np.arange(len(design.drawn))
    number = {name: place for place, (_, names) in enumerate(design.groups) for name in names}
    return np.array([number[uncertainty.name] for uncertainty in design.drawn])


def varied(design: Design) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the constants that vary, in order, and for each the row of ``sample`` that it takes its value from.

    The second has shape (constant,): ``sample(design)[rows]`` are the draws by constant, as ``Prepared.run`` wants them.
    """
    pairs = [(target, row) for row, uncertainty in enumerate(design.uncertainties) for target in uncertainty.targets]
    return tuple(target for target, _ in pairs), np.array([row for _, row in pairs], dtype=np.intp)


def design_problems(design: Design, model: Model) -> list[Problem]:
    """Return everything wrong with ``design`` by itself and for ``model``; nothing is drawn, a file of draws is read."""
    return [*own_problems(design), *model_problems(design, model)]


def identity(design: Design) -> dict[str, Any]:
    """Return plain data that two designs share exactly if they draw the same members: for the experiment's hash.

    A file of draws stands in it by the SHA-256 of its bytes, wherever it lies. What the sampler does not use is left out.

    Raises:
        ThroughflowError: the file of draws cannot be read.
    """
    found: dict[str, Any] = {
        "scheme": SCHEME,
        "sampler": design.sampler,
        "size": int(design.size),
        "uncertainties": [_plain(uncertainty, design.sampler) for uncertainty in design.uncertainties],
    }
    if design.sampler == FROM_FILE:
        assert design.samples is not None
        return found | {"samples": read_samples(design.samples).fingerprint}
    if design.sampler == "latin_hypercube":
        found["layer"] = int(design.layer)
    if design.sampler in PLACES:
        found["groups"] = [[name, list(names)] for name, names in design.groups]
    pairs = sorted((*sorted((first, second)), float(rank)) for first, second, rank in design.correlations)
    return found | {"seed": int(design.seed), "correlations": [list(pair) for pair in pairs]}


def uncertainties_of_file(path: Path) -> tuple[Uncertainty, ...]:
    """Return one uncertainty for each column of the file of draws at ``path``, for those who declare none.

    Each is called like its column, which must name a constant, and ranges over the draws it has.

    Raises:
        ThroughflowError: everything wrong with the file.
    """
    samples = read_samples(path)
    raise_if(samples.problems)
    if not len(samples.values):
        why = "each row is one member"
        raise ThroughflowError(Problem(f"samples {samples.name}", "no rows", why, "add a row for each member"))
    return tuple(
        Uncertainty(name, (name,), "uniform", float(draws.min()), None, float(draws.max()))
        for name, draws in zip(samples.header, samples.values.T, strict=True)
    )


def _plain(uncertainty: Uncertainty, sampler: str) -> dict[str, Any]:
    found: dict[str, Any] = {"name": uncertainty.name, "targets": list(uncertainty.targets)}
    if uncertainty.values:
        return found | {"values": [float(value) for value in uncertainty.values]}
    if sampler != FROM_FILE:
        low, central, high = uncertainty.points
        found |= {"distribution": uncertainty.distribution, "low": float(low), "high": float(high)}
        if DISTRIBUTIONS[uncertainty.distribution].central != "unused":
            found["central"] = float(central)
    return found


def _members(design: Design, first: int, count: int | None) -> range:
    last = design.size if count is None else first + count
    if not 0 <= first <= last <= design.size:
        what = f"{first} to {last - 1}"
        raise ThroughflowError(
            Problem(
                "members", what, f"the design has members 0 to {design.size - 1}", "ask for members it has, or a larger size"
            )
        )
    return range(first, last)
