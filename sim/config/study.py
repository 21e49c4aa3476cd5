"""Reading ``study`` and the packages it lists: the scenarios of an experiment."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sim.config import findings as read
from sim.config import vocabulary
from sim.config.composition import Composition
from sim.config.findings import Findings
from sim.config.generators import RULES, Making, generated
from sim.config.horizon import Horizon
from sim.config.measures import Levers, Package, acts, adopted_values, load_package, read_package, timing_in
from sim.experiment.scenarios import Scenario, Value

MOST_SCENARIOS = 200
_NAME = re.compile(r"^[A-Za-z0-9][\w.-]{0,59}$")
_LABEL = {vocabulary.TWIN: ("Frictionless twin", "无摩擦参照情景")}


@dataclass(frozen=True)
class Asked:
    """What a study says.

    Attributes:
        base: the package of its baseline, ``None`` where it cannot be had.
        packages: its other packages, in order.
        twin: whether it has a frictionless twin.
        record: names it records; ``None`` for the usual ones.
        questions: settings by question, asked of the results.
    """

    base: Package | None
    packages: tuple[Package, ...]
    twin: bool
    record: tuple[str, ...] | None
    questions: Mapping[str, Mapping[str, Any]]


def read_study(findings: Findings, composition: Composition, levers: Levers, *, horizon: Horizon) -> Asked:
    """Return what ``study`` says, everything wrong reported."""
    known = ("label", "packages", "baseline", "twin", "record", "questions")
    row = read.mapping(findings, "study", composition.config.get("study"), known=known, needed=False)
    if "label" in row:
        read.text(findings, "study.label", row["label"])
    twin = read.flag(findings, "study.twin", row.get("twin", True))
    record = read.names(findings, "study.record", row["record"]) if row.get("record") is not None else None
    listed = row.get("packages")
    entries = listed.get("listed") if isinstance(listed, Mapping) else listed
    packages = []
    if not isinstance(listed, Mapping) or entries not in (None, []):
        packages = _listed(findings, composition, entries, levers=levers, horizon=horizon)
    if isinstance(listed, Mapping):
        packages += _made(findings, composition, listed, levers=levers, horizon=horizon, taken=packages)
    base = _package(findings, composition, row.get("baseline", "none"), key="study.baseline", levers=levers, horizon=horizon)
    _tell_unused_package(findings, composition, [*(entries if isinstance(entries, list) else ()), row.get("baseline", "none")])
    return Asked(base, tuple(packages), twin, record, read_questions(findings, row.get("questions")))


def read_questions(findings: Findings, value: Any) -> Mapping[str, Mapping[str, Any]]:
    """Return the settings of each question a study asks; a list of names asks them as usual."""
    if value is None:
        return {}
    if isinstance(value, list):
        value = dict.fromkeys(read.names(findings, "study.questions", value) or ())
    rows = read.mapping(findings, "study.questions", value, needed=False)
    asked = {
        str(name): read.mapping(findings, f"study.questions.{name}", row, needed=False) if row is not None else {}
        for name, row in rows.items()
    }
    if asked:
        from sim.analysis.advice.questions import setting_problems  # pandas and the questions take half a second

        findings.problems += setting_problems(asked)
    return asked


def _made(
    findings: Findings,
    composition: Composition,
    row: Mapping[str, Any],
    *,
    levers: Levers,
    horizon: Horizon,
    taken: Sequence[Package],
) -> list[Package]:
    """Return the packages that the rules of a study make, without those that it lists already."""

    def fetch(entry: Any, key: str) -> Package | None:
        return _package(findings, composition, entry, key=key, levers=levers, horizon=horizon)

    rules = read.mapping(findings, "study.packages", row, known=("listed", *RULES), needed=False)
    return generated(Making(findings, fetch, levers, horizon), rules, taken)


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
