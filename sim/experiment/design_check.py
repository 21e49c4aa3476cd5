"""What is wrong with a design, all of it, before anything is drawn; and what is worth a remark."""

import math
from collections import Counter
from numbers import Integral

import numpy as np

from sim.errors import Problem, ThroughflowError, nearest
from sim.experiment.copula import copula_problems
from sim.experiment.distributions import distribution_problems, reach
from sim.experiment.parameters import rows_of
from sim.experiment.samplers import SAMPLERS
from sim.experiment.samples_file import SHOWN, Samples, first_few, plain, read_samples
from sim.experiment.structured_check import set_notes, structure_problems
from sim.experiment.uncertainty import MOST_LAYER, MOST_MEMBERS, MOST_SEED, MOST_UNCERTAINTIES, STRUCTURED, Design, Uncertainty
from sim.model.ir import Model, key

FROM_FILE = "file"
"""Name of the sampler that reads draws instead of making them."""

SAMPLER_NAMES = (*SAMPLERS, *STRUCTURED, FROM_FILE)
"""What ``Design.sampler`` may be."""


def own_problems(design: Design) -> list[Problem]:
    """Return everything wrong with ``design`` that can be told without the model, its file of draws included."""
    names = [uncertainty.name for uncertainty in design.drawn]
    problems = [*_number_problems(design), *_name_problems(design), *_axis_problems(design), *structure_problems(design)]
    if design.sampler == FROM_FILE:
        if design.correlations:
            why = "draws of one's own bring their own correlations"
            problems.append(Problem("correlations", "given beside a file of draws", why, "leave them out"))
        return problems + _samples_problems(design)
    for uncertainty in design.drawn:
        problems += _points_problems(uncertainty)
    if design.samples is not None:
        cure = f"use the sampler {FROM_FILE}, or leave the file out"
        problems.append(Problem("samples", f"{design.samples}", f"the sampler {design.sampler} reads no file", cure))
    return problems + copula_problems(names, design.correlations)


def model_problems(design: Design, model: Model) -> list[Problem]:
    """Return what in ``model`` stands against ``design``: its constants, and the limits its author gave them."""
    owners = {target: uncertainty for uncertainty in reversed(design.uncertainties) for target in uncertainty.targets}
    problems: list[Problem] = []
    try:
        rows_of(model, [target for uncertainty in design.uncertainties for target in uncertainty.targets])
    except ThroughflowError as error:
        for problem in error.problems:
            where = f"uncertainty {owners[problem.where].name}: {problem.where}"
            problems.append(Problem(where, problem.what, problem.why, problem.cure))
    samples = _samples(design)
    columns = [-1] * len(design.drawn) if samples is None else columns_of(design, samples)
    for uncertainty, column in [*zip(design.drawn, columns, strict=True), *((axis, -1) for axis in design.axes)]:
        for target in uncertainty.targets:
            limits = _limits(model, target)
            if samples is not None and column >= 0:
                problems += _row_limit_problems(samples, column, target, limits=limits)
            elif uncertainty.values or design.sampler != FROM_FILE:
                problems += _reach_problems(uncertainty, target, limits)
    return problems


def design_notes(design: Design) -> tuple[str, ...]:
    """Return remarks on a sound ``design``, to travel with its results: sizes out of balance, own draws beyond low and high."""
    size = design.size // design.points if design.drawn else 1
    if design.sampler in STRUCTURED:
        return set_notes(design)
    if design.sampler == "sobol" and size & (size - 1):
        near = f"{1 << size.bit_length() - 1} or {1 << size.bit_length()}"
        return (
            f"{size} members of a Sobol' sequence are out of balance, as its size is no power of two; {near} are in balance",
        )
    if design.sampler == "latin_hypercube" and design.drawn and size % design.layer:
        near = " or ".join(str(count * design.layer) for count in (size // design.layer, size // design.layer + 1) if count)
        return (
            f"the last layer of the Latin hypercube has {size % design.layer} of its {design.layer} members and is "
            f"balanced only roughly; {near} members are whole layers",
        )
    samples = _samples(design)
    if samples is None:
        return ()
    remarks = []
    for uncertainty, column in zip(design.drawn, columns_of(design, samples), strict=True):
        outside = _outside(samples.values[:, column], uncertainty.low, uncertainty.high)
        if outside.size:
            rows = first_few([str(samples.lines[row]) for row in outside[:SHOWN]], outside.size)
            span = f"{uncertainty.low:g} to {uncertainty.high:g}"
            remarks.append(f"draws of {uncertainty.name} lie outside {span} on lines {rows} of {samples.name}")
    return tuple(remarks)


def columns_of(design: Design, samples: Samples) -> list[int]:
    """Return for each drawn uncertainty of ``design`` the column of ``samples`` with its draws, -1 where there is none.

    A column is called like the uncertainty, or like a constant it sets if no uncertainty is called so.
    """
    claimed = {plain(uncertainty.name) for uncertainty in design.drawn}
    found = []
    for uncertainty in design.drawn:
        others = [name for name in map(plain, uncertainty.targets) if name not in claimed]
        names = (plain(uncertainty.name), *others)
        found.append(next((samples.columns[name] for name in names if name in samples.columns), -1))
    return found


def _number_problems(design: Design) -> list[Problem]:
    """Return what is wrong with the sampler's name and its whole numbers."""
    problems = []
    if design.sampler not in SAMPLER_NAMES:
        cure = nearest(str(design.sampler), SAMPLER_NAMES) or "use one of " + ", ".join(SAMPLER_NAMES)
        problems.append(Problem("sampler", f"{design.sampler!r}", "no sampler is called so", cure))
    spans = {
        "size": (design.size, 1, MOST_MEMBERS, "how many members are drawn"),
        "seed": (design.seed, 0, MOST_SEED, "it names one of the possible samples"),
        "layer": (design.layer, 2, MOST_LAYER, "how many members make one Latin hypercube"),
    }
    for name, (value, least, most, meaning) in spans.items():
        cure = f"give a whole number from {least} to {most}"
        if isinstance(value, bool) or not isinstance(value, Integral):
            problems.append(Problem(name, f"{value!r}", f"it is no whole number; {meaning}", cure))
        elif value < least:
            problems.append(Problem(name, _shown(value), f"less than {least}; {meaning}", cure))
        elif value > most:
            problems.append(Problem(name, _shown(value), f"more than {most}, which is taken for a mistake", cure))
    return problems


def _shown(value: Integral) -> str:
    """Return a whole number as text; Python refuses to write one of several thousand digits."""
    return f"{value}" if abs(value) < 10**30 else "a number of more than 30 digits"


def _name_problems(design: Design) -> list[Problem]:
    """Return what is wrong with how many uncertainties there are, with their names and with their lists of constants."""
    count = len(design.uncertainties)
    if not count:
        return [Problem("uncertainties", "none", "there is nothing to draw", "name at least one uncertain constant")]
    if count > MOST_UNCERTAINTIES:
        why = f"more than {MOST_UNCERTAINTIES}, which is taken for a mistake"
        return [Problem("uncertainties", f"{count}", why, "leave out those that matter least")]
    problems = []
    for name, times in Counter(uncertainty.name for uncertainty in design.uncertainties).items():
        if times > 1:
            why = "draws are keyed by the name, which must be unique"
            problems.append(Problem(f"uncertainty {name}", f"{times} of this name", why, "give each a name of its own"))
        if not name.strip():
            problems.append(Problem("uncertainties", "one without a name", "draws are keyed by the name", "name it"))
    for uncertainty in design.uncertainties:
        if not uncertainty.targets:
            why = "a draw that sets no constant changes nothing"
            cure = "name the constants that take its value, or leave it out"
            problems.append(Problem(f"uncertainty {uncertainty.name}", "no constants", why, cure))
    return problems


def _axis_problems(design: Design) -> list[Problem]:
    """Return what is wrong with the axes of given values, and with a size that leaves some of their points out."""
    problems = []
    for axis in design.axes:
        where = f"axis {axis.name}"
        if not all(math.isfinite(value) for value in axis.values):
            problems.append(
                Problem(where, "a value that is no finite number", "it is given to the model", "give finite numbers")
            )
        if len(set(axis.values)) < len(axis.values):
            problems.append(Problem(where, "a value that is given twice", "each is run once", "leave one out"))
    if isinstance(design.size, Integral) and design.size % design.points:
        what = f"{_shown(design.size)} members at {design.points} points of the axes"
        cure = f"give a multiple of {design.points}"
        problems.append(Problem("size", what, "every draw is run at every point", cure))
    return problems


def _points_problems(uncertainty: Uncertainty) -> list[Problem]:
    points = (uncertainty.low, uncertainty.central, uncertainty.high)
    return distribution_problems(f"uncertainty {uncertainty.name}", uncertainty.distribution, points)


def _samples(design: Design) -> Samples | None:
    """Return the file of draws of ``design``; ``None`` if it reads none, or an unusable one, which is told elsewhere."""
    if design.sampler != FROM_FILE or design.samples is None:
        return None
    try:
        return read_samples(design.samples)
    except ThroughflowError:
        return None


def _samples_problems(design: Design) -> list[Problem]:
    """Return everything wrong with the file of draws of ``design``: its cells, its columns, its number of rows."""
    if design.samples is None:
        cure = "give the path of a CSV file: names of the uncertainties, then one row a member"
        return [Problem("samples", "no file", f"the sampler {FROM_FILE} reads draws from one", cure)]
    try:
        samples = read_samples(design.samples)
    except ThroughflowError as error:
        return list(error.problems)
    problems = list(samples.problems)
    where = f"samples {samples.name}"
    columns = columns_of(design, samples)
    names = [uncertainty.name for uncertainty in design.drawn]
    missing = [name for name, column in zip(names, columns, strict=True) if column < 0]
    if missing:
        cure = "add a column of each, or leave the uncertainty out"
        problems.append(Problem(where, f"no column for {first_few(missing)}", "every uncertainty is drawn", cure))
    extra = [name for column, name in enumerate(samples.header) if name and column not in columns]
    if extra:
        offered = nearest(extra[0], missing or names)
        why = "no uncertainty has that name, sets that constant, or it has a column already"
        problems.append(Problem(where, f"columns of nothing: {first_few(extra)}", why, offered or "remove them"))
    rows = len(samples.values)
    fits = isinstance(design.size, Integral) and design.leading and design.size <= rows * design.points
    if isinstance(design.size, Integral) and rows * design.points != design.size and not fits:
        cure = f"ask for a size of {rows * design.points}" if rows else "add a row for each member"
        why = "each row is one member" + (f" at each of {design.points} points of the axes" if design.axes else "")
        problems.append(Problem(where, f"{rows} rows for {_shown(design.size)} members", why, cure))
    return problems


def _reach_problems(uncertainty: Uncertainty, target: str, limits: tuple[float, float]) -> list[Problem]:
    """Return that some member could draw for ``target`` what the model does not allow, whatever the size of the design."""
    if not uncertainty.values and _points_problems(uncertainty):
        return []
    ends = (min(uncertainty.values), max(uncertainty.values)) if uncertainty.values else None
    lowest, highest = ends or reach(uncertainty.distribution, uncertainty.points)
    if limits[0] <= lowest and highest <= limits[1]:
        return []
    why = f"the model's limits are {limits[0]:g} to {limits[1]:g}"
    cure = "move low and high inwards, or use a distribution that ends within them: uniform or triangular"
    where = f"uncertainty {uncertainty.name}: {target}"
    return [Problem(where, f"draws can reach {lowest:g} to {highest:g}", why, cure)]


def _row_limit_problems(samples: Samples, column: int, target: str, *, limits: tuple[float, float]) -> list[Problem]:
    """Return which own draws in ``column`` lie outside the limits that the model gives ``target``."""
    outside = _outside(samples.values[:, column], *limits)
    if not outside.size:
        return []
    rows = [f"line {samples.lines[row]}: {samples.values[row, column]:g}" for row in outside[:SHOWN]]
    what = f"column {samples.header[column]!r}, {first_few(rows, outside.size)}"
    why = f"the model's limits of {target} are {limits[0]:g} to {limits[1]:g}"
    return [Problem(f"samples {samples.name}", what, why, "leave such rows out, or draw them within the limits")]


def _limits(model: Model, target: str) -> tuple[float, float]:
    """Return the limits that the author of ``model`` gave ``target``, infinite where there are none."""
    name = model.by_key.get(key(target.partition("[")[0]))
    low, high = (*(model.variables[name].limits if name else ()), None, None)[:2]
    return -math.inf if low is None else low, math.inf if high is None else high


def _outside(values: np.ndarray, low: float, high: float) -> np.ndarray:
    return np.flatnonzero((values < low) | (values > high))
