"""What is wrong with a design whose members come in sets, and what is worth a remark."""

from collections import Counter
from numbers import Integral

from sim.errors import Problem, nearest
from sim.experiment.samples_file import first_few
from sim.experiment.uncertainty import STRUCTURED, Design, set_length


def structure_problems(design: Design) -> list[Problem]:
    """Return what is wrong with the groups of ``design``, and with what its sampler cannot be asked beside its sets."""
    if design.sampler not in STRUCTURED:
        cure = f"use a sampler that has them: {' or '.join(STRUCTURED)}"
        why = f"the sampler {design.sampler} moves all uncertainties at once"
        return [Problem("groups", "given", why, cure)] if design.groups else []
    problems = _group_problems(design)
    if design.correlations:
        what, why = f"given beside the sampler {design.sampler}", "its indices are those of independent factors"
        problems.append(
            Problem("correlations", what, why, "leave them out, or use sobol and ask for indices of a given sample")
        )
    problems += [
        Problem(
            f"axis {axis.name}", f"given beside the sampler {design.sampler}", "its sets hold one factor's moves each", cure
        )
        for axis in design.axes
        for cure in ("give it as an interval, or one value",)
    ]
    length = set_length(design.sampler, len(design.factors))
    if design.factors and isinstance(design.size, Integral) and design.size % length:
        sets = STRUCTURED[design.sampler].called
        why = f"{sets} of {len(design.factors)} factors have {length} members each"
        problems.append(Problem("size", f"{design.size} members", why, f"give a multiple of {length}"))
    return problems


def _group_problems(design: Design) -> list[Problem]:
    names = [uncertainty.name for uncertainty in design.drawn]
    listed = Counter(name for _, members in design.groups for name in members)
    problems = []
    for name, times in Counter(name for name, _ in design.groups).items():
        if times > 1:
            problems.append(Problem(f"group {name}", f"{times} of this name", "results are told by name", "give each its own"))
    for name, members in design.groups:
        if not members:
            problems.append(Problem(f"group {name}", "no uncertainties", "there is nothing to move", "leave it out"))
        for member in members:
            if member not in names:
                cure = nearest(member, names) or "leave it out"
                problems.append(Problem(f"group {name}", f"{member!r}", "no uncertainty that is drawn is called so", cure))
    twice = [name for name, times in listed.items() if times > 1]
    if twice:
        problems.append(Problem("groups", f"{first_few(twice)} twice", "a factor moves on its own", "keep each in one group"))
    missing = [name for name in names if name not in listed] if design.groups else []
    if missing:
        why, cure = "what is drawn belongs to one group", "add a group of them, or leave them out"
        problems.append(Problem("groups", f"{first_few(missing)} in none", why, cure))
    return problems


def set_notes(design: Design) -> tuple[str, ...]:
    """Return that the base points of a sound ``design`` are out of balance, if so."""
    sets = design.size // set_length(design.sampler, len(design.factors))
    if design.sampler == "saltelli" and sets & (sets - 1):
        near = f"{1 << sets.bit_length() - 1} or {1 << sets.bit_length()}"
        return (
            f"{sets} base points of a Sobol' sequence are out of balance, as they are no power of two; {near} are in balance",
        )
    return ()
