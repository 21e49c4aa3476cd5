"""Reading ``study`` and the packages it lists: the scenarios of an experiment."""

import itertools
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sim.config import findings as read
from sim.config import vocabulary
from sim.config.composition import Composition
from sim.config.findings import Findings
from sim.config.horizon import Horizon
from sim.config.measures import Levers, Package, acts, adopted_values, load_package, read_package, timing_in
from sim.experiment.scenarios import Scenario, Value

MOST_SCENARIOS = 200
_NAME = re.compile(r"^[A-Za-z0-9][\w.-]{0,59}$")
_LABEL = {vocabulary.TWIN: ("Frictionless twin", "无摩擦参照情景")}


def read_packages(
    findings: Findings, composition: Composition, levers: Levers, *, horizon: Horizon
) -> tuple[Package | None, tuple[Package, ...], bool, tuple[str, ...] | None]:
    """Return the study's baseline package, its other packages, whether it has a twin, and the names it records."""
    known = ("label", "packages", "baseline", "twin", "record")
    row = read.mapping(findings, "study", composition.config.get("study"), known=known, needed=False)
    if "label" in row:
        read.text(findings, "study.label", row["label"])
    twin = read.flag(findings, "study.twin", row.get("twin", True))
    record = read.names(findings, "study.record", row["record"]) if row.get("record") is not None else None
    listed = row.get("packages")
    if isinstance(listed, Mapping):
        entries, packages = [], _combinations(findings, composition, listed, levers=levers, horizon=horizon)
    else:
        entries, packages = listed, _listed(findings, composition, listed, levers=levers, horizon=horizon)
    base = _package(findings, composition, row.get("baseline", "none"), key="study.baseline", levers=levers, horizon=horizon)
    _tell_unused_package(findings, composition, [*(entries if isinstance(entries, list) else ()), row.get("baseline", "none")])
    return base, tuple(packages), twin, record


def _listed(findings: Findings, composition: Composition, entries: Any, *, levers: Levers, horizon: Horizon) -> list[Package]:
    """Return the packages of a list of names, of ``selected`` and of packages written in place."""
    if not isinstance(entries, list) or not entries or len(entries) > MOST_SCENARIOS:
        findings.refuse(
            "study.packages",
            read.shown(entries),
            why=f"it is a list of 1 to {MOST_SCENARIOS} packages",
            cure="give packages: [R1, R3], or [selected] for the one of package=NAME",
        )
        return []
    packages: list[Package] = []
    for position, entry in enumerate(entries):
        found = _package(findings, composition, entry, key=f"study.packages[{position}]", levers=levers, horizon=horizon)
        if found is not None:
            _add(findings, packages, found, key=f"study.packages[{position}]")
    return packages


def _combinations(
    findings: Findings, composition: Composition, row: Mapping[str, Any], *, levers: Levers, horizon: Horizon
) -> list[Package]:
    """Return every combination of one package or more of those listed, the smaller ones first."""
    key = "study.packages.combinations"
    row = read.mapping(findings, "study.packages", row, known=("combinations",))
    names = read.names(findings, key, row["combinations"]) if "combinations" in row else None
    if names is None:
        return []
    if not names or 2 ** len(names) - 1 > MOST_SCENARIOS:
        most = MOST_SCENARIOS.bit_length() - 1
        findings.refuse(
            key,
            f"{len(names)} packages",
            why=f"they have {2 ** len(names) - 1} combinations, and a study has 1 to {MOST_SCENARIOS} packages",
            cure=f"give 1 to {most} packages",
        )
        return []
    parts: list[Package] = []
    for position, name in enumerate(names):
        found = _package(findings, composition, name, key=f"{key}[{position}]", levers=levers, horizon=horizon)
        if found is not None:
            _add(findings, parts, found, key=f"{key}[{position}]")
    _refuse_shared(findings, parts, key=key)
    return [_joined(chosen) for size in range(1, len(parts) + 1) for chosen in itertools.combinations(parts, size)]


def _refuse_shared(findings: Findings, parts: Sequence[Package], *, key: str) -> None:
    for one, other in itertools.combinations(parts, 2):
        both = sorted(set(one.timing) & set(other.timing))
        if both:
            findings.refuse(
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


def _add(findings: Findings, packages: list[Package], found: Package, *, key: str) -> None:
    if found.name in (vocabulary.BASELINE, vocabulary.TWIN) or not _NAME.match(found.name):
        findings.refuse(
            key,
            f"a package called {found.name!r}",
            why="a scenario's name is made of letters, digits, _ - . and neither baseline nor twin",
            cure="give it another name",
        )
    elif found.name in [package.name for package in packages]:
        findings.refuse(key, f"{found.name} is listed twice", why="a scenario is run once", cure="drop one")
    else:
        packages.append(found)


def _package(
    findings: Findings, composition: Composition, entry: Any, *, key: str, levers: Levers, horizon: Horizon
) -> Package | None:
    """Return the package an entry of the study means: a name, ``selected``, or a package written in place."""
    known = tuple(levers.default)
    if entry == vocabulary.SELECTED:
        name = composition.choices.get("package") or "package"
        bound = None if composition.is_shipped("package") else horizon
        return read_package(
            findings,
            composition.config.get("package"),
            name=name,
            known=known,
            horizon=bound,
            place=composition.place("package"),
        )
    if isinstance(entry, Mapping):
        content = {name: value for name, value in entry.items() if name != "name"}
        name = read.text(findings, f"{key}.name", entry.get("name"), longest=60)
        return read_package(
            findings,
            content,
            name=name or f"number {key}",
            known=known,
            horizon=horizon,
            place=composition.place("study.packages"),
        )
    if not isinstance(entry, str):
        findings.refuse(
            key, read.shown(entry), why="a package is a name or {name: ..., measures: [...]}", cure="give the name of a package"
        )
        return None
    return load_package(findings, entry, loader=composition.loader, known=known, horizon=horizon, key=key)


def _tell_unused_package(findings: Findings, composition: Composition, entries: Sequence[Any]) -> None:
    if vocabulary.SELECTED in entries:
        return
    for override in composition.overrides:
        if re.match(r"^[+]*package[.=]", override):
            findings.warn(
                f"{override} is not used: study={composition.choices.get('study')} lists its own packages; "
                "study=package runs the chosen one"
            )


def scenarios(
    findings: Findings, levers: Levers, *, base: Package, packages: Sequence[Package], twin: bool, common: Mapping[str, Value]
) -> tuple[Scenario, ...]:
    """Return the scenarios: baseline, packages in order, twin; ``common`` values hold in each of them."""
    own = {**common, **_baseline_values(levers, base)}
    found = [Scenario(vocabulary.BASELINE, base.label_en, base.label_zh, own)]
    extra = [name for name, on in levers.active.items() if on and name not in levers.on_the_books]
    for package in packages:
        values = {**common, **adopted_values(levers, package)}
        if values == own:
            findings.warn(f"package {package.name} changes nothing beside the baseline and is not run twice")
            continue
        added = [name for name in extra if name not in package.timing]
        suffix = f" + {', '.join(added)}" if added else ""
        found.append(Scenario(package.name, package.label_en + suffix, package.label_zh + suffix, values))
    if twin:
        found.append(Scenario(vocabulary.TWIN, *_LABEL[vocabulary.TWIN], {**own, vocabulary.TWIN_SWITCH: 0.0}))
    return tuple(found)


def without(asked: Sequence[Scenario], constants: Collection[str]) -> tuple[Scenario, ...]:
    """Return scenarios that do not set ``constants``, which every world sets by itself."""
    return tuple(
        replace(scenario, parameters={name: value for name, value in scenario.parameters.items() if name not in constants})
        for scenario in asked
    )


def _baseline_values(levers: Levers, base: Package) -> dict[str, float]:
    """Return what the baseline sets: measures on the books, and those of a baseline package that has any."""
    if not base.timing:
        return adopted_values(levers, None)
    passive = {name: on and name in levers.on_the_books for name, on in levers.active.items()}
    return adopted_values(Levers(passive, levers.on_the_books, levers.timing, levers.default, levers.explicit), base)


def tell_unused(findings: Findings, levers: Levers, packages: Sequence[Package], *, horizon: Horizon) -> None:
    """Warn of levers of measures that nothing adopts, and of measures that begin after the horizon."""
    for measure, field in sorted(levers.explicit):
        if field != "active" and not any(acts(levers, package, measure) for package in packages):
            findings.warn(
                f"measures.{measure}.{field} is not used: nothing in this study adopts {measure}; "
                f"choose a package that holds it, or measures.{measure}.active=true"
            )
    late = {
        (measure, package.name)
        for package in packages
        for measure in levers.default
        if measure not in levers.on_the_books
        and acts(levers, package, measure)
        and timing_in(levers, package, measure)["start"] >= horizon.stop
    }
    if late:
        measures, within = ({pair[at] for pair in late} for at in (0, 1))
        findings.warn(
            f"{read.listed(measures, 6)} begin at or after horizon.stop={horizon.stop:g} and never act "
            f"(packages {read.listed(within, 6)})"
        )
