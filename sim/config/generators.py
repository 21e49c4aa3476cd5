"""Families of packages that a study names by a rule: combinations, permutations, a grid of dates and strengths, switches.

A rule stands in the place of the list of packages, ``packages: {combinations: [...]}``; several rules and a list (``listed``)
add up.  What a rule makes are packages like any other, so every question can be asked of them.
"""

import hashlib
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sim.config import findings as read
from sim.config.findings import Findings
from sim.config.horizon import Horizon
from sim.config.measures import Levers, Package
from sim.errors import nearest

MOST_GENERATED = 4096
"""Packages that the rules of one study may make."""

MOST_COMBINED = 10
"""Packages that may be combined with one another: each more doubles the number."""

Fetch = Callable[[Any, str], Package | None]
"""From what a study writes for a package, and the key where it stands, to the package; what is wrong is reported."""


@dataclass(frozen=True)
class Making:
    """What rules make packages with: where problems go, how packages are found, all levers, the horizon."""

    findings: Findings
    fetch: Fetch
    levers: Levers
    horizon: Horizon


def combinations(making: Making, row: Any) -> list[Package]:
    """Return every combination of one package or more of those listed, the smaller ones first."""
    key = "study.packages.combinations"
    names = read.names(making.findings, key, row)
    if names is None:
        return []
    if not 0 < len(names) <= MOST_COMBINED:
        count = f"they have {2 ** len(names) - 1} combinations, and a study combines 1 to {MOST_COMBINED} packages"
        making.findings.refuse(key, f"{len(names)} packages", why=count, cure=f"give 1 to {MOST_COMBINED} packages")
        return []
    found = [making.fetch(name, f"{key}[{position}]") for position, name in enumerate(names)]
    parts = [package for package in found if package is not None]
    for one, other in itertools.combinations(parts, 2):
        _refuse_shared(making, one, other, key=key)
    return [_joined(chosen) for size in range(1, len(parts) + 1) for chosen in itertools.combinations(parts, size)]


def _refuse_shared(making: Making, one: Package, other: Package, *, key: str) -> None:
    both = sorted(set(one.timing) & set(other.timing))
    if one.name == other.name:
        making.findings.refuse(key, f"{one.name} is listed twice", why="a scenario is run once", cure="drop one")
    elif both:
        making.findings.refuse(
            key,
            f"{one.name} and {other.name} both adopt {read.listed(both, 4)}",
            why="a combination adopts a measure once",
            cure="combine packages that share no measure",
        )


def _joined(parts: Sequence[Package]) -> Package:
    """Return the package of several; one alone keeps its own name and labels."""
    if len(parts) == 1:
        return parts[0]
    names = [part.name for part in parts]
    timing = {measure: own for part in parts for measure, own in part.timing.items()}
    return Package(".".join(names), " + ".join(names), "＋".join(names), timing, parts[0].place)


def permutations(making: Making, row: Any) -> list[Package]:
    """Return the beginnings of random orders of measures: ``p0.1`` adopts the first measure of order 0, ``p0.2`` the first two.

    Every second order is the one before it reversed, which halves the error of what is estimated (Mitchell, Cooper, Frank and
    Holmes 2022, Journal of Machine Learning Research 23(43)).  The package of all these measures is made once, ``all`` if they
    are all that are proposed, else ``all_of_<number>``.
    """
    findings, key = making.findings, "study.packages.permutations"
    row = read.mapping(findings, key, row, known=("of", "count", "seed"), needed=False)
    names = read.names(findings, f"{key}.of", row.get("of")) or ()
    count = read.whole(findings, f"{key}.count", row.get("count", 16), low=2, high=MOST_GENERATED)
    seed = read.whole(findings, f"{key}.seed", row.get("seed", 0), low=0, high=2**63 - 1)
    known = making.levers.default
    for name in names:
        if name not in known:
            cure = nearest(str(name).replace(".", "_"), known) or f"measures are {read.listed(known, 40)}"
            findings.refuse(f"{key}.of", f"no measure called {name!r}", why="the model does not have it", cure=cure)
    if len(set(names)) < 2 or len(set(names)) < len(names):
        why = "orders are of at least two measures, each named once"
        findings.refuse(f"{key}.of", read.listed(names, 40) or "nothing", why=why, cure="give of: [R3_1, R3_2, R3_3]")
    if count is not None and count % 2:
        findings.refuse(
            f"{key}.count", f"{count}", why="orders come in pairs, each with its reverse", cure="give an even count"
        )
    if findings.problems or count is None or seed is None:
        return []
    every = set(names) == set(known) - making.levers.on_the_books
    labels = ("All measures", "全部措施") if every else (f"All {len(names)} measures", f"全部{len(names)}项措施")
    whole = Package("all" if every else f"all_of_{len(names)}", *labels, {name: {} for name in names}, findings.place(key))
    return [*(each for order in range(count) for each in _prefixes(whole, order, seed)), whole]


def _prefixes(whole: Package, order: int, seed: int) -> list[Package]:
    import numpy as np  # what is refused without it should be refused at once

    measures = list(whole.timing)
    digest = hashlib.sha256(f"throughflow permutation\n{seed}\n{order // 2}".encode()).digest()
    words = np.random.Philox(key=int.from_bytes(digest[:16], "little")).random_raw(len(measures))
    chain = [measures[place] for place in np.argsort(words, kind="stable")]
    chain = chain[::-1] if order % 2 else chain
    return [
        Package(
            f"p{order}.{size}",
            f"Order {order}, first {size} measure{'s' if size > 1 else ''}",
            f"次序{order}的前{size}项措施",
            {name: {} for name in chain[:size]},
            whole.place,
        )
        for size in range(1, len(chain))
    ]


def grid(making: Making, row: Any) -> list[Package]:
    """Return one package begun in several years at several strengths: ``all@2028x0.5`` begins in 2028 at half its intensity."""
    findings, key = making.findings, "study.packages.grid"
    row = read.mapping(findings, key, row, known=("package", "start", "intensity"), needed=False)
    package = making.fetch(row.get("package"), f"{key}.package")
    starts = _numbers(findings, f"{key}.start", row.get("start"), unit="calendar year")
    levels = _numbers(findings, f"{key}.intensity", row.get("intensity", [1.0]), high=1.0, unit="share above 0")
    if levels and levels[0] <= 0:
        why = "a package without strength is the baseline, which every study has"
        findings.refuse(f"{key}.intensity", f"{levels[0]:g}", why=why, cure="leave it out")
    for start in starts:
        if not making.horizon.holds(start):
            why = f"the run covers {making.horizon.start:g} to {making.horizon.stop:g}"
            cure = "move it, or horizon.start or horizon.stop"
            findings.refuse(f"{key}.start", f"the year {start:g} lies outside the horizon", why=why, cure=cure)
    if package is None or not starts or not levels:
        return []
    _refuse_explicit(making, package.timing, ("start", "intensity"), key=key)
    return [
        replace(
            package,
            name=f"{package.name}@{start:.10g}x{level:.10g}",
            label_en=f"{package.label_en}, {start:.10g}, {100 * level:g} %",
            label_zh=f"{package.label_zh}，{start:.10g}年，{100 * level:g}%",
            timing={measure: {**own, "start": start, "intensity": level} for measure, own in package.timing.items()},
        )
        for start in starts
        for level in levels
    ]


def switches(making: Making, row: Any) -> list[Package]:
    """Return a package extended to a larger one in several years, and both alone; ``R4>all@2030`` adds the rest in 2030."""
    findings, key = making.findings, "study.packages.switches"
    row = read.mapping(findings, key, row, known=("from", "to", "years"), needed=False)
    first, last = (making.fetch(row.get(part), f"{key}.{part}") for part in ("from", "to"))
    years = _numbers(findings, f"{key}.years", row.get("years"), unit="calendar year")
    for year in years:
        if not making.horizon.holds(year):
            why = f"the run covers {making.horizon.start:g} to {making.horizon.stop:g}"
            findings.refuse(f"{key}.years", f"the year {year:g} lies outside the horizon", why=why, cure="move it")
    if first is None or last is None or not years:
        return []
    lost = sorted(set(first.timing) - set(last.timing))
    if lost:
        what, why = (
            f"{first.name} adopts {read.listed(lost, 6)}, {last.name} does not",
            "what is law is not given up by a switch",
        )
        findings.refuse(f"{key}.to", what, why=why, cure="switch to a package that holds all of the first")
        return []
    added = {measure: own for measure, own in last.timing.items() if measure not in first.timing}
    _refuse_explicit(making, added, ("start",), key=key)
    switched = [
        Package(
            f"{first.name}>{last.name}@{year:.10g}",
            f"{first.label_en}, from {year:g} {last.label_en}",
            f"{first.label_zh}，{year:g}年起{last.label_zh}",
            {**first.timing, **{measure: {**own, "start": year} for measure, own in added.items()}},
            first.place,
        )
        for year in years
    ]
    return [first, last, *switched]


def _refuse_explicit(making: Making, measures: Mapping[str, Any], fields: Sequence[str], *, key: str) -> None:
    """Report settings of measures that would win over what a rule varies."""
    both = sorted(f"measures.{name}.{field}" for name, field in making.levers.explicit if name in measures and field in fields)
    if both:
        making.findings.refuse(key, read.listed(both, 4), why="the rule varies what is set", cure="leave the setting out")


def _numbers(
    findings: Findings, key: str, value: Any, *, unit: str, low: float = -math.inf, high: float = math.inf
) -> list[float]:
    """Return a list of different numbers, rising; what is wrong is reported."""
    if not isinstance(value, list) or not value:
        findings.refuse(key, read.shown(value), why=f"a list of numbers is wanted, each a {unit}", cure="give [1, 2, 3]")
        return []
    found = [read.number(findings, f"{key}[{at}]", each, low=low, high=high, unit=unit) for at, each in enumerate(value)]
    numbers = [each for each in found if each is not None]
    if sorted(set(numbers)) != numbers:
        findings.refuse(key, read.shown(value), why="each number stands once, in rising order", cure="sort them")
    return numbers


RULES: Mapping[str, Callable[[Making, Any], list[Package]]] = {
    "combinations": combinations,
    "permutations": permutations,
    "grid": grid,
    "switches": switches,
}
"""Rules by the key under which a study gives them."""


def generated(making: Making, rows: Mapping[str, Any], listed: Sequence[Package]) -> list[Package]:
    """Return the packages that the rules ``rows`` of a study make beside those that it has ``listed``, each once.

    A rule other than combinations may be a list of such rules.  A combination that is listed under a name of its own is that.
    """
    made = {package.name: package for package in listed}
    for name, rule in RULES.items():
        given = rows.get(name)
        several = isinstance(given, list) and name != "combinations"
        for row in given if several else [given] if given is not None else []:
            for package in rule(making, row):
                known = name == "combinations" and any(package.timing == other.timing for other in listed)
                if package.name not in made and not known:
                    made[package.name] = package
                elif not known and made[package.name].timing != package.timing:
                    _refuse_collision(making, package, made[package.name], rule=name)
    if len(made) > MOST_GENERATED:
        why = f"a study has at most {MOST_GENERATED} packages"
        making.findings.refuse("study.packages", f"{len(made)} packages", why=why, cure="ask for fewer")
        return []
    return list(made.values())[len(listed) :]


def _refuse_collision(making: Making, package: Package, other: Package, *, rule: str) -> None:
    making.findings.refuse(
        f"study.packages.{rule}",
        f"two packages called {package.name!r}: one adopts {read.listed(package.timing, 6)}, "
        f"one {read.listed(other.timing, 6)}, or at other dates or strengths",
        why="one of them would be lost",
        cure="ask one of them in a study of its own",
    )
