"""Which uncertainties names and patterns mean, and ``ensemble.groups``: those that a structured sampler moves together."""

import fnmatch
from collections.abc import Mapping, Sequence
from typing import Any

from sim import resources
from sim.config import findings as read
from sim.config import vocabulary
from sim.config.findings import Findings
from sim.config.ranges import WHAT_MAY
from sim.config.uncertainty import Uncertain
from sim.errors import nearest
from sim.experiment.uncertainty import STRUCTURED
from sim.model.ir import key

ALL = "all"
KEY = "ensemble.groups"
AREA = "area"
"""The groups that are shipped: each uncertainty's area, in ``groups.csv`` beside the model."""

OTHERS = "others"
"""The group of all uncertainties that one's own groups leave out."""

Groups = tuple[tuple[str, tuple[str, ...]], ...]


def read_groups(findings: Findings, value: Any, chosen: Sequence[Uncertain], *, sampler: str | None) -> Groups:
    """Return the groups of what is drawn, by name; none if each uncertainty is a factor by itself.  Problems are reported.

    Arguments:
        findings: where problems go.
        value: null; ``area``; or a list for each group: its name, then names and patterns.
        chosen: what is drawn.
        sampler: the sampler asked for.
    """
    if value is None:
        return ()
    if sampler is not None and sampler not in STRUCTURED:
        findings.refuse(
            KEY, read.shown(value), why=f"ensemble={sampler} moves all uncertainties at once", cure="give ensemble=saltelli"
        )
        return ()
    if isinstance(value, list):
        return _own(findings, value, chosen)
    if read.choice(findings, KEY, value, options=(AREA,)) is None:
        return ()
    return _areas(findings, chosen)


def _areas(findings: Findings, chosen: Sequence[Uncertain]) -> Groups:
    from sim.analysis.definitions import read_rows

    rows = read_rows(resources.model_file(vocabulary.MODEL).parent / "groups.csv")
    area = {row["uncertainty"]: row["area"] for row in rows}
    missing = [one.name for one in chosen if one.name not in area]
    if missing:
        findings.refuse(
            KEY,
            f"no area for {read.listed(missing, 4)}",
            why="groups.csv beside the model does not list it",
            cure=f"give groups of your own: {KEY}=[[NAME,{missing[0]}]]",
        )
    found: dict[str, list[str]] = {name: [] for name in dict.fromkeys(area.values())}
    for one in chosen:
        found.get(area.get(one.name, ""), []).append(one.name)
    return tuple((name, tuple(members)) for name, members in found.items() if members)


def _own(findings: Findings, value: Sequence[Any], chosen: Sequence[Uncertain]) -> Groups:
    """Return one's own groups, the rest of what is drawn as a group of others."""
    known = {one.name: one for one in chosen}
    found: dict[str, tuple[str, ...]] = {}
    for position, entry in enumerate(value):
        where = f"{KEY}[{position}]"
        if not isinstance(entry, list) or len(entry) < 2 or not all(isinstance(part, str) for part in entry):
            findings.refuse(
                where,
                read.shown(entry),
                why="a group is [its name, NAME or PATTERN, ...]",
                cure=f"give {KEY}=[[talent,talent*,exit*],[data,data*]]",
            )
            continue
        name, owners = entry[0], {one: group for group, members in found.items() for one in members}
        members = tuple(one.name for one in matching(findings, where, entry[1:], known=known))
        both = [one for one in members if one in owners]
        if both:
            told = f"{read.listed(both, 4)}, already in {owners[both[0]]}"
            findings.refuse(where, told, why="a factor moves on its own", cure="keep each in one group")
        if name in (*found, OTHERS):
            why = f"results are told by name, and {OTHERS} is what groups leave out"
            findings.refuse(where, f"a group called {name!r}", why=why, cure="give it another name")
        found[name] = members
    rest = tuple(name for name in known if not any(name in members for members in found.values()))
    return (*found.items(), (OTHERS, rest)) if rest else tuple(found.items())


def matching(findings: Findings, where: str, names: Sequence[str], *, known: Mapping[str, Uncertain]) -> list[Uncertain]:
    """Return the ``known`` uncertainties that ``names`` mean, in their own order; what names none is reported.

    Arguments:
        findings: where problems go.
        where: key of the setting.
        names: names, patterns, names of constants, or ``all``.
        known: uncertainties by name.
    """
    meant: set[str] = set()
    for name in names:
        found = set(known) if name == ALL else {one.name for one in known.values() if _means(name, one)}
        if not found:
            near = nearest(name, [ALL, *known, *(target for one in known.values() for target in one.targets)])
            findings.refuse(
                where,
                f"no uncertainty called {name!r}",
                why=f"there are {len(known)}: constants whose row of the parameter table has low and high",
                cure=near
                or f"`throughflow run --cfg job --package uncertainty` lists them; an interval draws others: {WHAT_MAY}",
            )
        meant |= found
    return [one for name, one in known.items() if name in meant]


def _means(pattern: str, one: Uncertain) -> bool:
    names = (one.name, *one.targets, *(key(target) for target in one.targets))
    return any(fnmatch.fnmatchcase(name.casefold(), pattern.casefold()) for name in names)
