"""Reading levers and packages: which measures a scenario adopts, and when, how fast, how strongly they act."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim import resources
from sim.config import findings as read
from sim.config import loader as hydra_loader
from sim.config import vocabulary
from sim.config.composition import path_shown
from sim.config.findings import Findings
from sim.config.horizon import Horizon
from sim.errors import ThroughflowError, nearest

LARGEST_DELAY = 1000.0
"""Years; a scale-up delay that means never."""


@dataclass(frozen=True)
class Levers:
    """The settings of every measure.

    Attributes:
        active: whether a measure acts without a package, by measure.
        on_the_books: measures that act in every scenario by default.
        timing: start (calendar year), ramp (yr), intensity, mode (number), scale_up_delay (yr), by measure.
        default: the same as shipped.
        explicit: (measure, field) pairs that the user set; they win over the timing of a package.
    """

    active: Mapping[str, bool]
    on_the_books: frozenset[str]
    timing: Mapping[str, Mapping[str, float]]
    default: Mapping[str, Mapping[str, float]]
    explicit: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Package:
    """Measures adopted together.

    Attributes:
        name: its name in the group ``package``.
        label_en: what people read in English.
        label_zh: the same in Chinese.
        timing: by measure, the fields that the package itself sets.
        place: where it was read.
    """

    name: str
    label_en: str
    label_zh: str
    timing: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    place: str = ""


def read_levers(
    findings: Findings, config: Any, shipped: Mapping[str, Any], *, given: Collection[str], horizon: Horizon
) -> Levers:
    """Read ``measures`` of a config; ``given`` are the dotted keys set on the command line."""
    rows = read.mapping(findings, "measures", config, known=tuple(shipped))
    active: dict[str, bool] = {}
    timing: dict[str, dict[str, float]] = {}
    default: dict[str, dict[str, float]] = {}
    explicit: set[tuple[str, str]] = set()
    quiet = Findings(lambda key: key)
    for name, usual in shipped.items():
        key = f"measures.{name}"
        row = read.mapping(findings, key, rows.get(name, usual), known=tuple(vocabulary.MEASURE_FIELDS))
        row = {**usual, **row}
        default[name] = read_timing(quiet, key, usual, horizon=None)
        changed = {item for item in row if row[item] != usual[item] or f"{key}.{item}" in given}
        explicit |= {(name, item) for item in changed}
        active[name] = read.flag(findings, f"{key}.active", row["active"])
        checked = {item: row[item] for item in vocabulary.TIMING_FIELDS}
        timing[name] = {**default[name], **read_timing(findings, key, checked, horizon=horizon if "start" in changed else None)}
    on_the_books = frozenset(name for name, usual in shipped.items() if usual["active"])
    return Levers(active, on_the_books, timing, default, frozenset(explicit))


def read_timing(findings: Findings, key: str, row: Mapping[str, Any], *, horizon: Horizon | None) -> dict[str, float]:
    """Return the fields of ``row`` that say when and how a measure acts, as numbers, what is wrong reported.

    With ``horizon``, the start must lie inside it.
    """
    found: dict[str, float | None] = {}
    for name, value in row.items():
        where = f"{key}.{name}"
        if name == "start":
            found[name] = read.number(findings, where, value, unit="calendar year")
            if horizon is not None and found[name] is not None and not horizon.holds(found[name]):
                findings.refuse(
                    where,
                    f"the year {value} lies outside the horizon",
                    cure="move it, or horizon.start or horizon.stop",
                    why=f"the run covers {horizon.start:g} to {horizon.stop:g}",
                )
        elif name == "ramp":
            found[name] = read.number(findings, where, value, above=0, high=LARGEST_DELAY, unit="years")
        elif name == "intensity":
            found[name] = read.number(findings, where, value, low=0, high=1, unit="share")
        elif name == "scale_up_delay":
            found[name] = read.number(findings, where, value, low=0, high=LARGEST_DELAY, unit="years")
        elif name == "mode":
            mode = read.choice(findings, where, value, options=tuple(vocabulary.MODES))
            found[name] = vocabulary.MODES[mode] if mode else None
    return {name: value for name, value in found.items() if value is not None}


def load_package(
    findings: Findings, name: str, *, loader: hydra_loader.TracedLoader, known: Collection[str], horizon: Horizon, key: str
) -> Package | None:
    """Load the package file ``name``; ``key`` is where its name was written."""
    names = hydra_loader.options(loader, "package")
    if name not in names:
        findings.refuse(
            key,
            f"no package called {name!r}",
            why=f"there are {', '.join(names)}",
            cure=nearest(name, names) or f"write package/{name}.yaml in a folder and give --config-dir",
        )
        return None
    try:
        content, path = hydra_loader.load_package(loader, name)
    except ThroughflowError as error:
        findings.problems += error.problems
        return None
    shipped = Path(path).is_relative_to(resources.folder("configs"))
    return read_package(findings, content, name=name, known=known, horizon=None if shipped else horizon, place=path_shown(path))


def read_package(
    findings: Findings, content: Any, *, name: str, known: Collection[str], horizon: Horizon | None, place: str
) -> Package:
    """Read a package: ``label_en``, ``label_zh`` and ``measures``, ids or ``{of: [ids], start: year, ...}``.

    With ``horizon``, every start must lie inside it; the shipped packages are only warned of when they begin later.
    """
    inner = Findings(lambda key: place)
    row = read.mapping(inner, f"package {name}", content, known=("label_en", "label_zh", "measures"), needed=False)
    key = f"package {name}.measures"
    timing: dict[str, Mapping[str, float]] = {}
    entries = row.get("measures")
    if not isinstance(entries, list):
        inner.refuse(key, read.shown(entries), why="a list of measures is wanted", cure="give measures: [R3_1, R3_2]")
        entries = []
    for position, entry in enumerate(entries):
        group = {"of": [entry]} if isinstance(entry, str) else entry
        group = read.mapping(inner, f"{key}[{position}]", group, known=("of", *vocabulary.TIMING_FIELDS), needed=False)
        own = read_timing(inner, f"{key}[{position}]", {n: v for n, v in group.items() if n != "of"}, horizon=horizon)
        for measure in read.names(inner, f"{key}[{position}].of", group.get("of")) or ():
            _adopt(inner, timing, measure, key=key, known=known, own=own)
    english = read.text(inner, "label_en", row["label_en"], longest=60) if "label_en" in row else None
    chinese = read.text(inner, "label_zh", row["label_zh"], longest=60) if "label_zh" in row else None
    findings.problems += inner.problems
    return Package(name, english or name, chinese or english or name, timing, place)


def _adopt(
    findings: Findings,
    timing: dict[str, Mapping[str, float]],
    measure: str,
    *,
    key: str,
    known: Collection[str],
    own: Mapping[str, float],
) -> None:
    if measure not in known:
        findings.refuse(
            key,
            f"no measure called {measure!r}",
            why="the model does not have it",
            cure=nearest(measure.replace(".", "_"), known) or f"measures are {read.listed(known, 40)}",
        )
    elif measure in timing:
        findings.refuse(key, f"{measure} is listed twice", why="a package adopts a measure once", cure="drop one")
    else:
        timing[measure] = own


def acts(levers: Levers, package: Package | None, measure: str) -> bool:
    """Tell whether ``measure`` is adopted in the scenario of ``package``, the baseline if ``None``."""
    if package is not None and measure in package.timing:
        return True
    return levers.active[measure] and (measure in levers.on_the_books or package is not None)


def timing_in(levers: Levers, package: Package | None, measure: str) -> dict[str, float]:
    """Return how ``measure`` acts in the scenario of ``package``: what the user set, else the package, else usual."""
    own = package.timing.get(measure, {}) if package is not None else {}
    return {
        name: levers.timing[measure][name]
        if (measure, name) in levers.explicit
        else own.get(name, levers.timing[measure][name])
        for name in vocabulary.TIMING_FIELDS
    }


def adopted_values(levers: Levers, package: Package | None) -> dict[str, float]:
    """Return what a scenario sets to adopt ``package``, ``None`` for the baseline: values by constant and measure.

    Only values that differ from the shipped ones are given.
    """
    values: dict[str, float] = {}
    for measure, usual in levers.default.items():
        adopted = acts(levers, package, measure)
        if adopted != (measure in levers.on_the_books):
            values[f"{vocabulary.MEASURE_FIELDS['active']}[{measure}]"] = float(adopted)
        for name, value in timing_in(levers, package, measure).items() if adopted else ():
            if value != usual[name]:
                values[f"{vocabulary.MEASURE_FIELDS[name]}[{measure}]"] = value
    return values
