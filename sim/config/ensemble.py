"""Reading ``ensemble``: which uncertainties are drawn, how many worlds by which sampler, what of them is kept."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.config import findings as read
from sim.config.composition import Composition
from sim.config.factor_groups import matching, read_groups
from sim.config.findings import Findings
from sim.config.horizon import Horizon, divides
from sim.config.limits import Known
from sim.config.own_samples import of_columns, read_own
from sim.config.posterior import POSTERIOR, Posterior, read_shipped, refuse_parts
from sim.config.ranges import Range
from sim.config.uncertainty import Uncertain, of_range, read_uncertainties
from sim.errors import nearest
from sim.experiment.uncertainty import MOST_MEMBERS, MOST_SEED, STRUCTURED, Design, Uncertainty, overlap, set_length

if TYPE_CHECKING:
    from sim.experiment.samples_file import Samples

SAMPLERS = ("sobol", "latin_hypercube", "monte_carlo", *STRUCTURED, "file", POSTERIOR)
NONE = "none"
KEEPS = ("series", "summary")
EXECUTORS = ("threads", "dask")
LARGEST_BLOCK = 1 << 20


@dataclass(frozen=True)
class Sampling:
    """What the group ``ensemble`` asks for.

    Attributes:
        design: how worlds are drawn.
        uncertain: the uncertainties of the design with unit, basis and rule, for people.
        record: variables to keep; ``None`` for those of the model's outcomes.
        save: years between stored values.
        keep: ``series`` or ``summary``.
        block: worlds run together.
        executor: ``threads`` or ``dask``.
        address: address of a Dask scheduler, or ``None``.
        posterior: the posterior whose first vectors are the worlds, or ``None``.
    """

    design: Design
    uncertain: tuple[Uncertain, ...]
    record: tuple[str, ...] | None
    save: float
    keep: str
    block: int
    executor: str
    address: str | None
    posterior: Posterior | None = None


def wants_ensemble(config: Mapping[str, Any]) -> bool:
    """Tell whether a composed config asks for an ensemble, be it in order or not."""
    row = config.get("ensemble")
    return isinstance(row, Mapping) and row.get("sampler", NONE) != NONE


def read_sampling(
    findings: Findings, composition: Composition, ranges: Sequence[Range], *, table: Mapping[str, Known], horizon: Horizon
) -> Sampling | None:
    """Return what ``ensemble`` asks for, ``None`` for no ensemble or where it cannot be honoured; problems are reported.

    Arguments:
        findings: where problems go.
        composition: the composed config.
        ranges: settings given as intervals or axes of values.
        table: the parameter table.
        horizon: years of the runs.
    """
    shipped = composition.shipped["ensemble"]
    row = read.mapping(findings, "ensemble", composition.config.get("ensemble"), known=tuple(shipped), needed=False)
    row = {**shipped, **row}
    known = _known(findings, composition, table)
    sampler = read.choice(findings, "ensemble.sampler", row["sampler"], options=(*SAMPLERS, NONE))
    if sampler == NONE:
        _refuse_without(findings, composition, ranges)
        return None
    before = len(findings.problems)
    posterior = read_shipped(findings, "ensemble.sampler") if sampler == POSTERIOR else None
    path = _path(findings, row["samples"], sampler=sampler) if posterior is None else posterior.path
    samples = read_own(findings, path) if path is not None else None
    if sampler == POSTERIOR:
        known = posterior.uncertain if posterior else {}
        refuse_parts(findings, composition, ranges, row=row, known=known)
        row, own = {**row, "except": []}, list(known.values())
    else:
        own = of_columns(findings, samples, known=known, table=table) if row["uncertainties"] is None else None
    chosen = _chosen(findings, row, known=known, ranges=ranges, own=own)
    settings = _settings(findings, row, horizon=horizon)
    groups = read_groups(findings, row["groups"], chosen, sampler=sampler)
    each = _members_each(sampler, chosen, factors=len(groups))
    size = _size(findings, row["size"], samples=samples, sampler=sampler, each=each)
    seed = read.whole(findings, "ensemble.seed", row["seed"], low=0, high=MOST_SEED)
    correlations = _correlations(findings, row["correlations"], {one.name: one for one in chosen})
    if not chosen and len(findings.problems) == before:
        _refuse_nothing(findings)
    if len(findings.problems) > before or sampler is None or size is None or seed is None:
        return None
    drawn = tuple(
        Uncertainty(one.name, one.targets, one.distribution, one.low, one.central, one.high, one.values) for one in chosen
    )
    first = {"sampler": "file", "leading": True} if posterior else {"sampler": sampler}
    design = Design(drawn, size=size, seed=seed, correlations=correlations, samples=path, groups=groups, **first)
    return Sampling(design, tuple(chosen), **settings, posterior=posterior)


def _refuse_nothing(findings: Findings) -> None:
    findings.refuse(
        "ensemble.uncertainties",
        "nothing is drawn",
        why="every world would be the same",
        cure="give ensemble.uncertainties=all, or names, or an interval such as parameters.dilution='interval(0.2,0.7)'",
    )


def _known(findings: Findings, composition: Composition, table: Mapping[str, Known]) -> dict[str, Uncertain]:
    """Return every uncertainty by name: as the group ``uncertainty`` has them, be it the table's rule or the shipped priors."""
    prior = composition.uses("uncertainty/prior")
    shipped = composition.shipped["prior" if prior else "uncertainty"]
    return read_uncertainties(findings, composition.config.get("uncertainty"), shipped, table=table, prior=prior)


def _refuse_without(findings: Findings, composition: Composition, ranges: Sequence[Range]) -> None:
    """Report ranges, and settings of an ensemble, where there is none."""
    for one in ranges:
        findings.refuse(
            one.key,
            str(one),
            why="an interval is sampled by an ensemble, and a single run takes one value of each setting",
            cure=f"add ensemble=sobol to sample it here, or -m hydra/sweeper=ensemble to make it so in every job; "
            f"one value: {one.key}={one.low!r}; several, one job each: -m {one.key}={one.low!r},{one.high!r}",
        )
    for name in composition.given:
        if name.startswith("ensemble.") and name != "ensemble.sampler":
            findings.refuse(
                name, "there is no ensemble", why="every scenario is run once", cure="add ensemble=sobol, or leave it out"
            )


def _settings(findings: Findings, row: Mapping[str, Any], *, horizon: Horizon) -> dict[str, Any]:
    """Return what is kept and how it is carried out, as the attributes of a :class:`Sampling`."""
    record = read.names(findings, "ensemble.record", row["record"]) if row["record"] is not None else None
    save = read.number(findings, "ensemble.save", row["save"], above=0, unit="years")
    length = horizon.stop - horizon.start
    if save is not None and not divides(save, length):
        findings.refuse(
            "ensemble.save",
            f"{save:g} does not divide the horizon of {length:g} years",
            why="the last value would miss horizon.stop",
            cure=f"give {length:g} divided by a whole number, such as {length / max(1, round(length)):g}",
        )
    executor = read.choice(findings, "ensemble.executor", row["executor"], options=EXECUTORS)
    address = None if row["address"] is None else read.text(findings, "ensemble.address", row["address"])
    if address is not None and executor == "threads":
        findings.refuse("ensemble.address", address, why="threads of this machine have none", cure="add ensemble.executor=dask")
    return {
        "record": record,
        "save": save,
        "keep": read.choice(findings, "ensemble.keep", row["keep"], options=KEEPS),
        "block": read.whole(findings, "ensemble.block", row["block"], low=1, high=LARGEST_BLOCK),
        "executor": executor,
        "address": address,
    }


def _members_each(sampler: str | None, chosen: Sequence[Uncertain], *, factors: int) -> int:
    """Return the members of each world asked for: the points of the axes, and those of a set of a structured sampler."""
    points = math.prod(len(one.values) or 1 for one in chosen)
    return points * set_length(sampler or "", factors or sum(not one.values for one in chosen))


def _size(findings: Findings, value: Any, *, samples: "Samples | None", sampler: str | None, each: int) -> int | None:
    """Return the members of the design: the worlds, or sets of them, asked for, each of them ``each`` members.

    With a file of draws the worlds are as many as its rows, unless a size is given; none if it cannot be read.
    """
    most = MOST_MEMBERS // each
    if value is None and samples is not None:
        value = max(1, len(samples.values))
    if value is None and sampler in ("file", POSTERIOR):
        return None
    if sampler == POSTERIOR and samples is not None:
        few = f"the posterior has {len(samples.values)} vectors, and drawing them again would add nothing"
        worlds = read.whole(findings, "ensemble.size", value, low=1, high=len(samples.values), why_high=few)
        return None if worlds is None else worlds * each
    told = f"each of the {STRUCTURED[sampler].called} has {each}" if sampler in STRUCTURED else f"the axes have {each} points"
    beyond = f"an ensemble has {MOST_MEMBERS} worlds at most" + (f", and {told}" if each > 1 else "")
    worlds = read.whole(findings, "ensemble.size", value, low=1, high=max(1, most), why_high=beyond)
    return None if worlds is None else worlds * each


def _path(findings: Findings, value: Any, *, sampler: str | None) -> Path | None:
    if value is None and sampler == "file":
        findings.refuse(
            "ensemble.samples",
            "no file is named",
            why="ensemble=file reads the worlds from a file",
            cure="give ensemble.samples=worlds.csv: a header of names of uncertainties, one row a world",
        )
    if value is None:
        return None
    path = read.text(findings, "ensemble.samples", value, longest=1000)
    if path is not None and sampler not in ("file", None):
        findings.refuse(
            "ensemble.samples",
            path,
            why=f"ensemble={sampler} draws the worlds itself",
            cure="give ensemble=file, or leave it out",
        )
        return None
    return Path(path) if path else None


def _chosen(
    findings: Findings,
    row: Mapping[str, Any],
    *,
    known: Mapping[str, Uncertain],
    ranges: Sequence[Range],
    own: Sequence[Uncertain] | None,
) -> list[Uncertain]:
    """Return the uncertainties to draw: those chosen by name, an interval in the place of its own, further intervals last.

    ``own`` are those of a file of one's own draws that nothing more is said of.
    """
    asked = row["uncertainties"]
    if own is not None:
        chosen = list(own)
    else:
        names = [asked] if isinstance(asked, str) else read.names(findings, "ensemble.uncertainties", asked) or ()
        chosen = matching(findings, "ensemble.uncertainties", names, known=known)
    left = read.names(findings, "ensemble.except", row["except"]) or ()
    apart = {one.name for one in matching(findings, "ensemble.except", left, known=known)}
    told = {new.name: new for one in ranges for new in (of_range(one, known),)}
    found = {one.name: told.get(one.name, one) for one in chosen if one.name not in apart} | told
    _refuse_overlaps(findings, list(found.values()))
    return list(found.values())


def _refuse_overlaps(findings: Findings, chosen: Sequence[Uncertain]) -> None:
    """Report uncertainties that would draw one constant twice, as one element and as the whole array."""
    for position, one in enumerate(chosen):
        for other in chosen[:position]:
            both = [target for target in one.targets if any(overlap(target, each) for each in other.targets)]
            if both:
                findings.refuse(
                    f"uncertainty {one.name}" if one.basis != "asked" else one.name,
                    f"{both[0]} is drawn twice, also as {other.name}",
                    why="a constant has one value in a world",
                    cure=f"leave one out: ensemble.except=[{other.name}]",
                )


def _correlations(findings: Findings, value: Any, chosen: Mapping[str, Uncertain]) -> tuple[tuple[str, str, float], ...]:
    if not isinstance(value, list):
        findings.refuse(
            "ensemble.correlations",
            read.shown(value),
            why="a list of pairs is wanted",
            cure="give ensemble.correlations=[[NAME,NAME,0.5]]",
        )
        return ()
    found: list[tuple[str, str, float]] = []
    for position, entry in enumerate(value):
        where = f"ensemble.correlations[{position}]"
        if not isinstance(entry, list) or len(entry) != 3 or not all(isinstance(name, str) for name in entry[:2]):
            findings.refuse(
                where,
                read.shown(entry),
                why="a pair is [name, name, correlation]",
                cure="give [permit_time, review_time_data, 0.5]",
            )
            continue
        strength = read.number(findings, f"{where}[2]", entry[2], low=-1, high=1, unit="rank correlation")
        names = [_one_name(findings, where, name, chosen) for name in entry[:2]]
        if strength is not None and all(names):
            found.append((str(names[0]), str(names[1]), strength))
    return tuple(found)


def _one_name(findings: Findings, where: str, name: str, chosen: Mapping[str, Uncertain]) -> str | None:
    match = next((one.name for one in chosen.values() if name in (one.name, *one.targets)), None)
    if match is None:
        findings.refuse(
            where,
            f"no uncertainty called {name!r} is drawn",
            why="correlations are between uncertainties of the ensemble",
            cure=nearest(name, chosen) or f"drawn are {read.listed(chosen)}",
        )
    return match
