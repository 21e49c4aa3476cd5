"""Propositions P10 to P28: how each is measured in every world at once, on which scenarios and by which variables.

What they say, their class and why is told by ``propositions.csv`` beside the model; the scenarios by the experiment that runs
them (``sim.experiment.propositions``).  Every comparison is between scenarios of the same world.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sim.analysis.propositions_courses import Courses, Measured, ratio

ADOPTED = 2027.0
"""Year in which measures are adopted, and in which what changes on the way changes."""

PANDEMIC = 2020.0
OUTLASTED = 2035.0
"""Years between which a closure's effects are looked for; propositions about the way are read in the latter."""

DOSES = (0, 0.25, 0.5, 0.75, 1)
"""Intensities of R3 on top of R1."""

DELAYS = (99, 7, 4, 1)
"""Years from pilot to the whole country, from never to soon."""

RHO = (-4.0, -2.0, -0.5, 0.9)
"""Substitution exponents, from complements to near substitutes."""

SINGLES = tuple(f"R{field}" for field in range(1, 8))
PACKAGE = (
    "co papers",
    "International knowledge",
    "Talent total",
    "Data shared abroad",
    "trips per year",
    "total joint projects",
)
FLOWS = ("trips per year", "Talent total", "data out", "cleared", "payments", "total joint projects", "co papers")
SCARCE = ("mobility", "data", "materials", "funds")
TIES = ("Ties[US]", "Ties[EUR]", "Ties[OTH]")
BINDING = tuple(f"binding share of {name}" for name in SCARCE)
AMPLIFIED = ("co papers", "trips per year", "total joint projects", "Talent total")


@dataclass(frozen=True)
class Proposition:
    """A proposition as it is measured.

    Attributes:
        id: its name.
        measure: what measures it, on courses of ``scenarios`` in worlds that ended well in all of them.
        scenarios: scenarios it compares.
        names: variables it reads, ``name`` or ``name[element]``.
    """

    id: str
    measure: Callable[[Courses], Measured]
    scenarios: tuple[str, ...]
    names: tuple[str, ...]


def _slower_approval(runs: Courses) -> Measured:
    progress, trips, waiting, ties = (runs.change(name, "slow approval", OUTLASTED) for name in _TRIPS)
    shown = (
        ("{:+.1f} % in progress", progress),
        ("{:+.1f} % trips", trips),
        ("{:+.1f} % waiting", waiting),
        ("{:+.1f} % ties", ties),
    )
    return Measured((progress < 0) & (trips < 0) & (waiting > 0), trips, shown)


def _pandemic(runs: Courses) -> Measured:
    first, last = runs.index(PANDEMIC), runs.index(OUTLASTED)
    span = slice(first, last + 1)
    trips, ties, knowledge = (
        ratio(runs.course(name, "base")[span], runs.course(name, "no pandemic")[span]) for name in _OUTLASTING
    )
    closed = trips[runs.index(2021.0) - first]
    worst, lowest = (runs.times[span][course.argmin(axis=0)] for course in (ties, knowledge))
    lasting = 100 * (knowledge[-1] - 1)
    shown = (
        ("trips {:+.1f} % in 2021 (worst {:+.1f} %)", 100 * (closed - 1), 100 * (trips.min(axis=0) - 1)),
        ("worst tie gap {:+.1f} % in {:.2f}", 100 * (ties.min(axis=0) - 1), worst),
        ("knowledge {:+.1f} % in 2035 (worst in {:.2f})", lasting, lowest),
    )
    return Measured((closed < 0.5) & (worst >= 2022) & (lowest > worst) & (lasting < -1), lasting, shown)


def _blocked_practice(runs: Courses) -> Measured:
    practice = runs.value("Practice[E2]", "base", 2025.5)
    return Measured(practice < 0.35, practice, (("{:.3f}", practice),))


def _coordination_of_nothing(runs: Courses) -> Measured:
    light = np.max([abs(runs.change(name, "bare R1_4+R1_5", base="bare")) for name in FLOWS], axis=0)
    papers, data = (runs.change(name, "bare coordination", base="bare") for name in ("co papers", "Data shared abroad"))
    shown = (
        ("R1.4 and R1.5 at most {:.1f} %", light),
        ("all four {:+.1f} % co-papers", papers),
        ("{:+.1f} % data", data),
    )
    return Measured((light < 1.5) & (papers < 3) & (data < 7), papers, shown)


def _coordination_alone(runs: Courses) -> Measured:
    alone, package = (runs.change("co papers", member) for member in ("coordination", "all seven"))
    return Measured(
        (alone > 0) & (alone < package / 2), ratio(alone, package), (("{:+.1f} % of {:+.1f} % co-papers", alone, package),)
    )


def _amplification(runs: Courses) -> Measured:
    alone = [runs.change(name, "R1") for name in AMPLIFIED]
    inside = [runs.change(name, "all seven") - runs.change(name, "R2 to R7") for name in AMPLIFIED]
    times = [ratio(*pair) for pair in zip(inside, alone, strict=True)]
    shown = tuple((f"x{{:.1f}} {name}", found) for name, found in zip(AMPLIFIED, times, strict=True))
    return Measured(np.greater(inside, alone).all(axis=0), times[0], shown)


def _package_beats_parts(runs: Courses) -> Measured:
    whole = [runs.change(name, "all seven") for name in PACKAGE]
    parts = [sum(runs.change(name, single) for single in SINGLES) for name in PACKAGE]
    shown = tuple((f"{name} {{:.1f}} % against {{:.1f}} %", *both) for name, *both in zip(PACKAGE, whole, parts, strict=True))
    return Measured(np.greater(whole, parts).all(axis=0), whole[0] - parts[0], shown)


def _diminishing_dose(runs: Courses) -> Measured:
    papers = np.array([runs.value("co papers", scenario) / 1e3 for scenario in _DOSED])
    steps = np.diff(papers, axis=0)
    falling = (np.diff(steps, axis=0) < 0).all(axis=0)
    return Measured(
        falling & (steps[-1] > 0), ratio(steps[-1], steps[0]), (("{:+.1f}, {:+.1f}, {:+.1f}, {:+.1f} thousand", *steps),)
    )


def _moving_bottleneck(runs: Courses) -> Measured:
    data, materials = (
        [runs.value(f"binding share of {name}", member) for member in ("base", "R1+R3")] for name in ("data", "materials")
    )
    shown = (("data {:.3f} to {:.3f}", *data), ("materials {:.3f} to {:.3f}", *materials))
    return Measured((data[1] < data[0]) & (materials[1] > materials[0]), data[1] - data[0], shown)


def _switching_bottleneck(runs: Courses) -> Measured:
    shares = {name: runs.value(f"binding share of {name}", "R1+R3") for name in SCARCE}
    lead = np.max([share for name, share in shares.items() if name != "data"], axis=0) - shares["data"]
    return Measured(lead > 0, lead, tuple((f"{name} {{:.3f}}", share) for name, share in shares.items()))


def _next_gate(runs: Courses) -> Measured:
    fit = {member: runs.value("fit of inputs", member) for member in _GATES}
    before, later = fit["R1+R4"] - fit["R1"], fit["R1+R3+R4"] - fit["R1+R3"]
    return Measured((later > before) & (before > 0), later - before, (("{:.4f} before R3", before), ("{:.4f} after", later)))


def _opening_alone_tightens(runs: Courses) -> Measured:
    return _lower_peak(runs, "all seven", "opening only")


def _governance_first_is_calmer(runs: Courses) -> Measured:
    return _lower_peak(runs, "governance first", "opening first")


def _lower_peak(runs: Courses, calm: str, tense: str) -> Measured:
    """Measure whether stringency since adoption peaks lower in ``calm`` than in ``tense``; key number: by how much."""
    low, high = (runs.course("Stringency", member, since=ADOPTED).max(axis=0) for member in (calm, tense))
    return Measured(low < high, high - low, ((f"peak {{:.3f}} ({calm}) against {{:.3f}} ({tense})", low, high),))


def _opening_alone_loses_data(runs: Courses) -> Measured:
    opening, package = (runs.value("data out", member) for member in ("opening only", "all seven"))
    return Measured(
        opening < package, 100 * (ratio(opening, package) - 1), (("{:.0f} against {:.0f} datasets/year", opening, package),)
    )


def _backlash(runs: Courses) -> Measured:
    flow, base = runs.course("data out", "opening only", since=ADOPTED), runs.value("data out", "base")
    times = runs.times[len(runs.times) - len(flow) :]
    peak = flow.max(axis=0)
    shown = (
        ("peak {:.0f} datasets/year in {:.2f}", peak, times[flow.argmax(axis=0)]),
        ("{:.0f} in 2040", flow[-1]),
        ("base {:.0f}", base),
    )
    return Measured(flow[-1] < 0.98 * peak, ratio(flow[-1], peak), shown)


def _governance_first_gives_more(runs: Courses) -> Measured:
    more = runs.change("co papers", "governance first", base="opening first")
    return Measured(more > 0, more, (("{:+.1f} %", more),))


def _delegation(runs: Courses) -> Measured:
    trips, load = (runs.change(name, "R2", OUTLASTED) for name in ("trips per year", "administrative load"))
    return Measured((trips > 0) & (load < 0), load, (("trips {:+.1f} %", trips), ("load {:+.1f} %", load)))


def _chilling_effect(runs: Courses) -> Measured:
    near, far = ([runs.change(name, "full US tension", year) for name in TIES] for year in (OUTLASTED, 2040))
    holds = [(own[0] < own[1]) & (own[1] < own[2]) & (own[2] < 0) for own in (near, far)]
    shown = tuple((f"{{:+.1f}} %, {{:+.1f}} %, {{:+.1f}} % in {year}", *own) for own, year in ((near, 2035), (far, 2040)))
    return Measured(holds[0] & holds[1], near[0], shown)


def _outside_world(runs: Courses) -> Measured:
    past = runs.value("US share of ties", "base", 2017)
    base, package = (runs.value("US share of ties", member) for member in ("base", "all seven"))
    highest = np.maximum(base, package)
    return Measured(
        highest < past, ratio(highest, past), (("{:.3f} in 2017", past), ("{:.3f} and {:.3f} in 2040", base, package))
    )


def _slow_knowledge(runs: Courses) -> Measured:
    early, late = (
        runs.value("International knowledge", "all seven", year) - runs.value("International knowledge", "base", year)
        for year in (2033.5, 2040)
    )
    share = ratio(early, late)
    return Measured((early > 0) & (early < late / 2), share, (("{:.3f} of the gain", share),))


def _pilots(runs: Courses) -> Measured:
    data = np.array([runs.value("data delivered per need", scenario, OUTLASTED) for scenario in _DELAYED])
    coverage, rest = (
        [runs.value(name, scenario, OUTLASTED) for scenario in (_DELAYED[0], _DELAYED[-1])]
        for name in ("coverage[R3_3]", "Local adoption[R3_3,rest]")
    )
    steps = np.diff(data, axis=0)
    holds = (steps > 0).all(axis=0) & (steps[2] < steps[1]) & (coverage[0] < 0.7 * coverage[1])
    shown = (
        *((f"{{:.3f}} ({delay} years)", found) for delay, found in zip(DELAYS, data, strict=True)),
        ("coverage {:.2f} against {:.2f}", *coverage),
        ("rest of the country {:.2f} against {:.2f}", *rest),
    )
    return Measured(holds, ratio(*coverage), shown)


def _outreach(runs: Courses) -> Measured:
    awareness, practice = (
        [runs.value(name, member, OUTLASTED) for member in ("base", "only R7_2")] for name in ("Awareness[TAL]", "Practice[E7]")
    )
    more = 100 * (ratio(practice[1], practice[0]) - 1)
    shown = (("awareness {:.3f} to {:.3f}", *awareness), ("practice {:.3f} to {:.3f}", *practice))
    return Measured((awareness[1] > awareness[0]) & (more > 10), more, shown)


def _substitutes(runs: Courses) -> Measured:
    found = []
    for rho in RHO:
        base, *singles, whole = (runs.value("fit of inputs", scenario) for scenario in _substituted(rho))
        found.append(whole - base - sum(single - base for single in singles))
    falling = np.all([later < earlier for earlier, later in pairwise(found)], axis=0)
    shown = tuple((f"{{:.4f}} at {rho:g}", own) for rho, own in zip(RHO, found, strict=True))
    return Measured(falling, found[0] - found[-1], shown)


def _exposure_side_effect(runs: Courses) -> Measured:
    changes = [runs.change("Data shared abroad", member) for member in ("R4", "R5", "R7")]
    shown = tuple((f"{{:+.1f}} % ({member})", change) for member, change in zip(("R4", "R5", "R7"), changes, strict=True))
    return Measured(np.max(changes, axis=0) < 0, changes[0], shown)


def _substituted(rho: float) -> tuple[str, ...]:
    """Return the scenarios of one exponent: the base, R2 to R5 one by one, R2 to R5 together."""
    return tuple(f"{name} rho {rho}" for name in ("base", "R2", "R3", "R4", "R5", "R2 to R5"))


_TRIPS = ("Trips in progress", "trips per year", "Trip in review", "total ties")
_OUTLASTING = ("trips per year", "total ties", "International knowledge")
_GATES = ("R1", "R1+R3", "R1+R4", "R1+R3+R4")
_DOSED = ("R1", *(f"R1+R3 dose {dose}" for dose in DOSES[1:-1]), "R1+R3")
_DELAYED = tuple(f"R1+R3 delay {delay}" for delay in DELAYS)
_BARE = ("bare", "bare R1_4+R1_5", "bare coordination")
_PILOT = ("data delivered per need", "coverage[R3_3]", "Local adoption[R3_3,rest]")

PROPOSITIONS = (
    Proposition("P10", _slower_approval, ("base", "slow approval"), _TRIPS),
    Proposition("P11", _pandemic, ("base", "no pandemic"), _OUTLASTING),
    Proposition("P12", _blocked_practice, ("base",), ("Practice[E2]",)),
    Proposition("P13a", _coordination_of_nothing, _BARE, (*FLOWS, "Data shared abroad")),
    Proposition("P13b", _coordination_alone, ("base", "coordination", "all seven"), ("co papers",)),
    Proposition("P13c", _amplification, ("base", "R1", "R2 to R7", "all seven"), AMPLIFIED),
    Proposition("P14", _package_beats_parts, ("base", *SINGLES, "all seven"), PACKAGE),
    Proposition("P15", _diminishing_dose, _DOSED, ("co papers",)),
    Proposition("P16a", _moving_bottleneck, ("base", "R1+R3"), ("binding share of data", "binding share of materials")),
    Proposition("P16b", _switching_bottleneck, ("R1+R3",), BINDING),
    Proposition("P17", _next_gate, _GATES, ("fit of inputs",)),
    Proposition("P18", _opening_alone_tightens, ("opening only", "all seven"), ("Stringency",)),
    Proposition("P19a", _opening_alone_loses_data, ("opening only", "all seven"), ("data out",)),
    Proposition("P19b", _backlash, ("base", "opening only"), ("data out",)),
    Proposition("P20a", _governance_first_is_calmer, ("governance first", "opening first"), ("Stringency",)),
    Proposition("P20b", _governance_first_gives_more, ("governance first", "opening first"), ("co papers",)),
    Proposition("P21", _delegation, ("base", "R2"), ("trips per year", "administrative load")),
    Proposition("P22", _chilling_effect, ("base", "full US tension"), TIES),
    Proposition("P23", _outside_world, ("base", "all seven"), ("US share of ties",)),
    Proposition("P24", _slow_knowledge, ("base", "all seven"), ("International knowledge",)),
    Proposition("P25", _pilots, _DELAYED, _PILOT),
    Proposition("P26", _outreach, ("base", "only R7_2"), ("Awareness[TAL]", "Practice[E7]")),
    Proposition("P27", _substitutes, tuple(name for rho in RHO for name in _substituted(rho)), ("fit of inputs",)),
    Proposition("P28", _exposure_side_effect, ("base", "R4", "R5", "R7"), ("Data shared abroad",)),
)
"""All propositions, in the order in which they are told."""
