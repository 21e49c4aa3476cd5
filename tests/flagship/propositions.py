"""Propositions P10 to P28 of model.md section 5.3: what each says, why, what the model gives.

Each function states the proposition and its reason in the paper; it returns the measured values as text, and whether it holds.
"""

from dataclasses import dataclass

from .variants import DELAYS, RHO

REGISTRY = {}
PACKAGE_OUTCOMES = (
    "co papers",
    "International knowledge",
    "Talent total",
    "Data shared abroad",
    "trips per year",
    "total joint projects",
)

TIES = ("Ties[US]", "Ties[EUR]", "Ties[OTH]")


@dataclass(frozen=True)
class Proposition:
    """A proposition: its ``id``, ``kind`` (robust, central or conditional), the value in model.md, how to measure it."""

    id: str
    kind: str
    design: str
    measure: object


def proposition(name, kind, design):
    """Register a function as the measurement of a proposition."""

    def keep(measure):
        REGISTRY[name] = Proposition(name, kind, design, measure)
        return measure

    return keep


def table_of(worlds):
    """Return one row for each proposition: id, class, value in model.md, value here, holds or fails."""
    rows = []
    for found in REGISTRY.values():
        text, holds = found.measure(worlds)
        rows.append((found.id, found.kind, found.design, text, "holds" if holds else "fails"))
    return rows


def percent(ratio):
    return f"{100 * (ratio - 1):+.1f} %"


def gain(runs, member, name, time=2040, base="base"):
    return runs.ratio(name, member, time, base=base) - 1


def after(runs, member, name, time):
    """Return the course of ``name`` from ``time`` on."""
    return runs.course(name, member)[round((time - runs.times[0]) / runs.stored) :]


@proposition("P10", "robust", "-25.6 % in progress, -25.6 % trips, +33 % waiting, -7.9 % ties (2035)")
def slower_approval(worlds):
    """Doubling approval times lowers trips in progress and per year and raises the number waiting.

    B1.3: too many approval steps; invitations perish and people give up, while Little's law lengthens the queue.
    """
    names = ("Trips in progress", "trips per year", "Trip in review", "total ties")
    progress, trips, waiting, ties = (worlds.delayed.ratio(name, "doubled", 2035) for name in names)
    text = f"{percent(progress)} in progress, {percent(trips)} trips, {percent(waiting)} waiting, {percent(ties)} ties"
    return text, progress < 1 and trips < 1 and waiting > 1


@proposition("P11", "robust", "-85 %; worst tie gap 2023.75; knowledge -9 % in 2035")
def pandemic(worlds):
    """A closure cuts trips at once, ties two years or more later, knowledge later still, and outlasts the shock.

    S1: the outside world is the largest variable; knowledge integrates ties, which integrate contacts.
    """
    calm, runs = worlds.calm, worlds.runs
    start = round((calm.times[0] - runs.times[0]) / runs.stored)
    span = slice(start, start + len(calm.times))
    closed = runs.course("trips per year", "base")[span] / calm.course("trips per year", "base")
    trips = closed[calm.times == 2021][0]
    ties = runs.course("total ties", "base")[span] / calm.course("total ties", "base")
    knowledge = runs.course("International knowledge", "base")[span] / calm.course("International knowledge", "base")
    worst, lowest = calm.times[ties.argmin()], calm.times[knowledge.argmin()]
    text = f"trips {percent(trips)} in 2021 (worst {percent(closed.min())}), worst tie gap {percent(ties.min())} in {worst}, "
    text += f"knowledge {percent(knowledge[-1])} in 2035 (worst in {lowest})"
    return text, trips < 0.5 and worst >= 2022 and lowest > worst and knowledge[-1] < 0.99


@proposition("P12", "robust", ".18 (2016 measure in 2025)")
def blocked_practice(worlds):
    """A fully issued measure is practised at less than .35 nine years later without coordination reform.

    S4: policy exists, practice is blocked - adoption, awareness and willingness multiply.
    """
    practice = worlds.runs.value("Practice[E2]", "base", 2025.5)
    return f"{practice:.3f}", practice < 0.35


@proposition("P13a", "central", "<=1.2 % (R1.4+R1.5); 2.0 % co-papers, 5.9 % data (all four)")
def coordination_of_nothing(worlds):
    """Coordination with nothing on the books moves flows by about 1 %; a few % with its supervisory build-up.

    R1 coordinates policies; without them only awareness and supervision are left.
    """
    flows = ("trips per year", "Talent total", "data out", "cleared", "payments", "total joint projects", "co papers")
    light = max((abs(gain(worlds.runs, "bare R1_4+R1_5", name, base="bare")), name) for name in flows)
    papers = gain(worlds.runs, "bare coordination", "co papers", base="bare")
    data = gain(worlds.runs, "bare coordination", "Data shared abroad", base="bare")
    text = f"R1.4+R1.5 at most {light[0]:.1%} ({light[1]}); all four {papers:.1%} co-papers, {data:.1%} data"
    return text, light[0] < 0.015 and papers < 0.03 and data < 0.07


@proposition("P13b", "robust", "+5.5 % of +40.7 % co-papers")
def coordination_alone(worlds):
    """Coordination on top of existing policies gives well under half of the package.

    R1 presupposes policies to be joined up; most of the package lies in the other recommendations.
    """
    alone, package = (gain(worlds.runs, member, "co papers") for member in ("coordination", "all seven"))
    return f"{alone:+.1%} of {package:+.1%}", 0 < alone < package / 2


@proposition("P13c", "robust", "x2.6 co-papers, x3.6 trips, x5.1 projects, x1.6 talent")
def amplification(worlds):
    """R1 gains more inside the package than alone.

    S3, S4: coordination multiplies the practice of every other measure.
    """
    found = {}
    for name in ("co papers", "trips per year", "total joint projects", "Talent total"):
        inside = gain(worlds.runs, "all seven", name) - gain(worlds.runs, "R2 to R7", name)
        found[name] = inside / gain(worlds.runs, "R1", name)
    return ", ".join(f"x{value:.1f} {name}" for name, value in found.items()), min(found.values()) > 1


@proposition("P14", "robust", "co-papers 40.7 vs 25.8; talent 68 vs 49; data 65 vs 46; trips 31 vs 17; projects 51 vs 25")
def package_beats_parts(worlds):
    """The package gains more than the sum of the seven alone.

    The paper's combined force: gates in series, complementary inputs, one chain.
    """
    found = {
        name: (
            gain(worlds.runs, "all seven", name),
            sum(gain(worlds.runs, f"R{field}", name) for field in range(1, 8)),
        )
        for name in PACKAGE_OUTCOMES
    }
    text = "; ".join(f"{name} {100 * whole:.1f} vs {100 * parts:.1f}" for name, (whole, parts) in found.items())
    return text, all(whole > parts for whole, parts in found.values())


@proposition("P15", "central", "R3 with R1, quarters: +8.9, +8.3, +7.5, +6.7 thousand co-papers")
def diminishing_dose(worlds):
    """A single recommendation has diminishing returns in its own intensity.

    Bottlenecks in series: the next one takes over.
    """
    papers = [worlds.runs.value("co papers", f"R1+R3 dose {dose}", 2040) / 1e3 for dose in (0, 0.25, 0.5, 0.75, 1)]
    steps = [after - before for before, after in zip(papers, papers[1:], strict=False)]
    falling = all(later < earlier for earlier, later in zip(steps, steps[1:], strict=False))
    return ", ".join(f"{step:+.1f}" for step in steps), falling and steps[-1] > 0


@proposition("P16a", "robust", "data .52 to .32, materials .22 to .30")
def moving_bottleneck(worlds):
    """Relieving the data gate lowers data's share of the binding constraint and raises that of materials.

    Six fields obstruct together; inputs are complements.
    """
    data, materials = (
        [worlds.runs.value(f"binding share of {name}", member, 2040) for member in ("base", "R1+R3")]
        for name in ("data", "materials")
    )
    text = f"data {data[0]:.3f} to {data[1]:.3f}, materials {materials[0]:.3f} to {materials[1]:.3f}"
    return text, data[1] < data[0] and materials[1] > materials[0]


@proposition("P16b", "conditional", "no (.324 vs .300), nearly; 31 % of draws")
def switching_bottleneck(worlds):
    """... far enough to change which input binds most (holds in 31 % of draws)."""
    shares = {
        name: worlds.runs.value(f"binding share of {name}", "R1+R3", 2040)
        for name in ("mobility", "data", "materials", "funds")
    }
    return ", ".join(f"{name} {value:.3f}" for name, value in shares.items()), max(shares, key=shares.get) != "data"


@proposition("P17", "robust", "R4 adds .020 to Q before R3, .036 after")
def next_gate(worlds):
    """The gain from the next gate is larger after the first is relieved.

    Complements: opening a gate that does not bind helps little.
    """

    def fit(member):
        return worlds.runs.value("fit of inputs", member, 2040)

    before, later = fit("R1+R4") - fit("R1"), fit("R1+R3+R4") - fit("R1+R3")
    return f"{before:.4f} before R3, {later:.4f} after", later > before > 0


@proposition("P18", "robust", "peak .45 vs .16")
def opening_alone_tightens(worlds):
    """Opening without governance measures raises stringency above the full package.

    S2: only what can be managed can be opened.
    """
    opening, package = (after(worlds.runs, name, "Stringency", 2027).max() for name in ("opening only", "all seven"))
    return f"{opening:.3f} vs {package:.3f}", opening > package


@proposition("P19a", "robust", "2810 vs 5130 datasets/yr")
def opening_alone_loses_data(worlds):
    """... and ends with less data flow than the full package (S2)."""
    opening, package = (worlds.runs.value("data out", member, 2040) for member in ("opening only", "all seven"))
    return f"{opening:.0f} vs {package:.0f}", opening < package


@proposition("P19b", "conditional", "peak 3100 in 2035.8, 2810 in 2040, below the base 2860; 55 % of draws")
def backlash(worlds):
    """... with a peak and decline of data flow before 2040 (holds in 55 % of draws)."""
    runs = worlds.runs
    flow, base = after(runs, "opening only", "data out", 2027), runs.value("data out", "base", 2040)
    peak = 2027 + runs.stored * flow.argmax()
    return f"peak {flow.max():.0f} in {peak}, {flow[-1]:.0f} in 2040, base {base:.0f}", flow[-1] < 0.98 * flow.max()


@proposition("P20a", "robust", ".10 vs .20")
def governance_first_is_calmer(worlds):
    """Governance first gives a lower peak of stringency than opening first.

    S2: capacity is built slowly, so it must come before the load.
    """
    first, second = (after(worlds.runs, name, "Stringency", 2027).max() for name in ("governance first", "opening first"))
    return f"{first:.3f} vs {second:.3f}", first < second


@proposition("P20b", "conditional", "+1.3 %; 52 % of draws")
def governance_first_gives_more(worlds):
    """Governance first ends with more co-papers (holds in 52 % of draws)."""
    ratio = worlds.runs.ratio("co papers", "governance first", 2040, base="opening first")
    return percent(ratio), ratio > 1


@proposition("P21", "conditional", "trips +10 %, load -2 % (2035); 71 % of draws")
def delegation(worlds):
    """Delegation raises trips and lowers administrative load (R2; holds in 71 % of draws)."""
    trips, load = (worlds.runs.ratio(name, "R2", 2035) for name in ("trips per year", "administrative load"))
    return f"trips {percent(trips)}, load {percent(load)}", trips > 1 and load < 1


@proposition("P22", "robust", "-35 %, -7 %, -2 %")
def chilling_effect(worlds):
    """Higher US tension hits US ties most, European ties next, others least.

    S1: containment, and a chilling effect on third countries.
    """
    near, far = (
        [worlds.decoupling.value(name, "base", time) / worlds.runs.value(name, "base", time) for name in TIES]
        for time in (2035, 2040)
    )
    text = "; ".join(", ".join(percent(ratio) for ratio in ratios) for ratios in (near, far))
    return f"{text} (2035; 2040)", all(ratios[0] < ratios[1] < ratios[2] < 1 for ratios in (near, far))


@proposition("P23", "robust", ".42 (2017), .19 in 2040 with or without the package")
def outside_world(worlds):
    """No domestic package restores the US share of 2017.

    S1: the outside world is the largest variable.
    """
    past = worlds.runs.value("US share of ties", "base", 2017)
    base, package = (worlds.runs.value("US share of ties", member, 2040) for member in ("base", "all seven"))
    return f"{past:.3f} in 2017, {base:.3f} and {package:.3f} in 2040", max(base, package) < past


@proposition("P24", "robust", "9 %")
def slow_knowledge(worlds):
    """Less than half of the 2040 knowledge gain exists by 2033.5.

    S4.1-S4.3: the chain from law to practice, then ties, manuscripts and knowledge are stocks in series.
    """

    def more(time):
        return worlds.runs.value("International knowledge", "all seven", time) - worlds.runs.value(
            "International knowledge", "base", time
        )

    share = more(2033.5) / more(2040)
    return f"{share:.1%}", 0 < share < 0.5


@proposition("P25", "central", "data delivered 2035 .611 never, .613 (7 yr), .637 (4), .643 (1); coverage .51 vs .82")
def pilots(worlds):
    """A pilot never scaled up stays at the pilots' weight plus imitation; earlier scale-up helps, with diminishing gain.

    R3.3, R4.4: trial first, then the whole country.
    """
    runs = worlds.runs
    data = [runs.value("data delivered per need", f"R1+R3 delay {delay}", 2035) for delay in DELAYS]
    coverage = [runs.value("coverage[R3_3]", f"R1+R3 delay {delay}", 2035) for delay in (99, 1)]
    rest = [runs.value("Local adoption[R3_3,rest]", f"R1+R3 delay {delay}", 2035) for delay in (99, 1)]
    text = ", ".join(f"{value:.3f} ({delay} yr)" for value, delay in zip(data, DELAYS, strict=True))
    text += f"; coverage {coverage[0]:.2f} vs {coverage[1]:.2f}, rest {rest[0]:.2f} vs {rest[1]:.2f}"
    ordered = data[0] > data[1] > data[2] > data[3] and data[0] - data[1] < data[1] - data[2]
    return text, ordered and coverage[0] < 0.7 * coverage[1]


@proposition("P26", "central", "awareness .50 to .67, practice of E7 .22 to .28 (2035)")
def outreach(worlds):
    """Publicity raises practice of existing policy without new law.

    R7.2 and S4.3: beneficiaries do not know the rules they could use.
    """
    names = ("Awareness[TAL]", "Practice[E7]")
    awareness, practice = ([worlds.runs.value(name, member, 2035) for member in ("base", "only R7_2")] for name in names)
    text = f"awareness {awareness[0]:.3f} to {awareness[1]:.3f}, practice {practice[0]:.3f} to {practice[1]:.3f}"
    return text, awareness[1] > awareness[0] and practice[1] > 1.1 * practice[0]


@proposition("P27", "central", ".0186 at rho -4; .0153 at -2; .0081 at -.5; .0031 at +.9")
def substitutes(worlds):
    """Complementarity shrinks if inputs are substitutes: the package's gain in fit less the sum of R2 to R5.

    A claim about the model: the mean of inputs carries it.
    """
    found = []
    for rho in RHO:
        base = worlds.runs.value("fit of inputs", f"base rho {rho}", 2040)
        gains = [worlds.runs.value("fit of inputs", f"R{one} rho {rho}", 2040) - base for one in range(2, 6)]
        found.append(worlds.runs.value("fit of inputs", f"R2 to R5 rho {rho}", 2040) - base - sum(gains))
    text = ", ".join(f"{value:.4f} at {rho}" for value, rho in zip(found, RHO, strict=True))
    return text, found[0] > found[1] > found[2] > found[3]


@proposition("P28", "conditional", "data -1.7 %, -1.3 %, -0.1 %; 78 % of draws")
def exposure_side_effect(worlds):
    """R4, R5, R7 alone slightly lower data shared by adding exposure (S2; holds in 78 % of draws for R4 and R5)."""
    ratios = [worlds.runs.ratio("Data shared abroad", member, 2040) for member in ("R4", "R5", "R7")]
    return ", ".join(percent(ratio) for ratio in ratios), max(ratios) < 1
