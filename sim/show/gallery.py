"""Every figure the project draws, and the one call that draws them from a stored result."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import xarray as xr

from sim.analysis.definitions import model_folder, read_toml, structure
from sim.analysis.values import role
from sim.errors import Problem, ThroughflowError, nearest
from sim.resources import folder as resources
from sim.show import calibrated, kinds, remarks, style, telling, words
from sim.show.asked import asked, window
from sim.show.bundle import Bundle, write
from sim.show.charts.tables import choose
from sim.show.kinds import TABLED, definitions, home_of, kind_of
from sim.show.registry import ADVICE, STUDY, Look, Plan, Spec, rounded
from sim.show.series import provenance as series_provenance
from sim.show.series import wanted

MODULES = (
    *("accumulation", "levels", "outcomes", "binding", "practice", "sequencing", "aggregation", "structure"),
    *("history", "share_count", "shocks", "priors", "identifiability", "propositions"),
    *(
        "advice.courses",
        "advice.scorecard",
        "advice.gains",
        "advice.wedges",
        "advice.waterfall",
        "advice.interactions",
        "advice.measures",
    ),
    *("advice.shifting", "advice.adoption_order", "advice.timing", "advice.sequence", "advice.pathways"),
    *("advice.regret", "advice.tradeoffs", "advice.discovery", "advice.information"),
    *("advice.morris", "advice.sobol", "advice.given"),
)
"""Modules of ``sim.show.charts`` that register figures, in the order in which they are listed."""

LEAST_TIMES = 3
"""Stored times that a figure needs in the years it shows."""

MOST_SCENARIOS = 14
"""Scenarios that one figure shows."""

Progress = Callable[[str, int, int], None]
"""Called with a figure's name, how many are done and how many there are."""


def specs() -> tuple[Spec, ...]:
    """Return every registered figure."""
    modules = [import_module(f"sim.show.charts.{name}") for name in MODULES]
    return tuple(item.spec for module in modules for item in vars(module).values() if hasattr(item, "spec"))


def names(model: str = "innovation_flows", *, kind: str = "") -> tuple[str, ...]:
    """Return the names of all figures that can be asked for, the members of families included; of one ``kind`` if given."""
    return tuple(name for name, spec, _ in listed(resources("models") / model) if kind in ("", spec.kind))


def listed(folder: Path) -> Iterator[tuple[str, Spec, str]]:
    """Yield name, figure and member of everything that is defined for the model in ``folder``."""
    found = {kind: definitions(folder, kind) for kind in (STUDY, *TABLED)}
    for spec in specs():
        settings = found[spec.kind]
        if spec.family:
            yield from ((f"{spec.name}_{member}", spec, member) for member in settings.get(spec.name, {}).get("members", ()))
        elif spec.name in settings:
            yield spec.name, spec, ""


def draw(
    dataset: xr.Dataset, folder: Path, names: Sequence[str] | None = None, *, progress: Progress | None = None
) -> tuple[Path, ...]:
    """Draw figures of ``dataset`` and return the folders of their bundles, ``folder/<name>``.

    Args:
        dataset: a result of a study or of a calibration, as stored.
        folder: where the bundles go; made if need be, earlier bundles of the same name are replaced one by one.
        names: which figures; all that the result has the scenarios for, if ``None``.
        progress: told after each figure.

    Raises:
        ThroughflowError: unknown names, scenarios a named figure lacks, missing variables, NaN, missing glyphs, no access.
    """
    home = home_of(dataset)
    known = {name: (spec, member) for name, spec, member in listed(home)}
    chosen = _chosen(dataset, known, names)
    done = []
    for number, name in enumerate(chosen, 1):
        spec, member = known[name]
        done.append(write(bundle(dataset, name, spec, member=member), Path(folder)))
        if progress is not None:
            progress(name, number, len(chosen))
    return tuple(done)


def _chosen(dataset: xr.Dataset, known: Mapping[str, tuple[Spec, str]], wanted: Sequence[str] | None) -> tuple[str, ...]:
    if wanted is None:
        reasons, own = left_out(dataset), [name for name, (spec, _) in known.items() if spec.kind == kind_of(dataset)]
        if len(reasons) == len(own):
            told = "; ".join(dict.fromkeys(reasons.values()))
            raise ThroughflowError(Problem("figures", "none can be drawn", told, f"run {kinds.COMMANDS[kind_of(dataset)]}"))
        return tuple(name for name in own if name not in reasons)
    problems = []
    for name in wanted:
        if name not in known:
            cure = nearest(name, known) or f"choose among {', '.join(known)}"
            problems.append(Problem(f"figure {name!r}", "unknown", "no figure of that name is registered", cure))
        elif reason := _reason(dataset, *known[name]):
            cure = f"run {kinds.COMMANDS[known[name][0].kind]}, or leave the figure out"
            problems.append(Problem(f"figure {name!r}", reason, "it would be empty or false", cure))
    if problems:
        raise ThroughflowError(problems)
    return tuple(wanted)


def drawable(dataset: xr.Dataset) -> tuple[str, ...]:
    """Return the names of the figures that can be drawn of ``dataset`` and would be neither empty nor false."""
    absent, kind = left_out(dataset), kind_of(dataset)
    return tuple(name for name, spec, _ in listed(home_of(dataset)) if spec.kind == kind and name not in absent)


def left_out(dataset: xr.Dataset, *, asked: bool = False) -> Mapping[str, str]:
    """Return why figures cannot be drawn of ``dataset``, by name: scenarios it lacks, or a run too short for them.

    With ``asked``, figures of answers to questions that were not asked are passed over.
    """
    own = [each for each in listed(home_of(dataset)) if each[1].kind == kind_of(dataset)]
    if asked and kind_of(dataset) == ADVICE:
        own = [each for each in own if not lacking(dataset, each[1])]
    reasons = {name: _reason(dataset, spec, member) for name, spec, member in own}
    return {name: reason for name, reason in reasons.items() if reason}


def _reason(dataset: xr.Dataset, spec: Spec, member: str) -> str:
    if spec.kind != kind_of(dataset):
        return f"it is drawn of a {spec.kind}, the result is a {kind_of(dataset)}"
    absent = lacking(dataset, spec, member)
    if absent:
        return f"the result lacks {', '.join(absent)}"
    if spec.kind in TABLED:
        return spec.unfit(dataset, _plan(dataset, spec, member))
    if spec.family:
        return ""
    try:
        plan = _plan(dataset, spec, member)
    except ThroughflowError as error:
        return "; ".join(f"{problem.where} {problem.what}: {problem.cure}" for problem in error.problems)
    start, stop = plan.settings["start"], plan.settings["stop"]
    if int(((dataset["time"] >= start) & (dataset["time"] <= stop)).sum()) < LEAST_TIMES:
        return f"the run ends in {stop:.10g}, too early for a figure that begins in {start:.10g}"
    count = len(choose(dataset, plan))
    if count > MOST_SCENARIOS:
        return f"{count} scenarios are more than one page can show ({MOST_SCENARIOS})"
    return spec.unfit(dataset, plan)


def lacking(dataset: xr.Dataset, spec: Spec, member: str = "") -> tuple[str, ...]:
    """Return the roles and scenarios, tables, or the view of a diagram, that ``spec`` needs and ``dataset`` lacks."""
    if spec.kind in TABLED:
        return tuple(f"the table {need!r}" for need in spec.needs if not calibrated.size(dataset, need))
    if spec.family:
        title = read_toml(model_folder(dataset) / "figures.toml")[spec.name]["members"][member]
        return () if title in structure(dataset)["views"] else (f"the view {title!r}",)
    known = [str(name) for name in dataset["scenario"].values] if "scenario" in dataset.coords else []

    def absent(need: str) -> bool:
        if need in ("baseline", "twin"):
            return str(dataset.attrs.get(need) or "") not in known
        return need not in known

    return tuple(need for need in spec.needs if absent(need))


def bundle(dataset: xr.Dataset, name: str, spec: Spec, *, member: str = "") -> Bundle:
    """Return everything that is written for one figure, drawn in every language from the same table."""
    home = home_of(dataset)
    texts = definitions(home, spec.kind)
    plan = _plan(dataset, spec, member)
    table = rounded(spec.prepare(dataset, plan))
    looks = {language: look(dataset, spec, plan, table=table, language=language) for language in words.LANGUAGES}
    with style.applied():
        drawings = {language: spec.render(table, each) for language, each in looks.items()}
    captions = {language: _caption(dataset, texts, each) for language, each in looks.items()}
    return Bundle(name, table, drawings, captions, _provenance(dataset, home, plan.settings))


def _plan(dataset: xr.Dataset, spec: Spec, member: str) -> Plan:
    """Return what ``spec`` is made from: its settings, years and scenarios fitted to the result."""
    home = home_of(dataset)
    if spec.kind in TABLED:
        texts = definitions(home, spec.kind)
        return Plan({**texts["common"], **texts[spec.name]}, home)
    plan = Plan(read_toml(home / "figures.toml")[spec.name], home, member, asked(dataset, acting=not spec.family))
    if spec.family:
        return plan
    return replace(plan, settings=window(plan.settings, plan.question, choose(dataset, plan)))


def look(dataset: xr.Dataset, spec: Spec, plan: Plan, *, table: pd.DataFrame, language: str) -> Look:
    """Return how the figure ``spec`` of ``dataset``, which draws ``table``, speaks in ``language``."""
    if spec.kind in TABLED:
        own = words.load(plan.folder, language)
        usual = kinds.told(dataset, plan.settings, own)
        plain = Look(own, plan.settings, kinds.labels(dataset, language), question=kinds.question(dataset), told=usual)
        return replace(plain, told={**usual, **spec.facts(table, plain)})
    labels = {}
    if "scenario" in dataset.coords:
        keys = [str(name) for name in dataset["scenario"].values]
        told = dataset.coords.get(f"label_{language}", dataset["scenario"]).values
        labels = dict(zip(keys, map(str, told), strict=True))
    shown = tuple(name for name in table.get("scenario", pd.Series(dtype=str)).unique() if name in labels)
    bare = Look(words.load(plan.folder, language), plan.settings, labels, plan.member, plan.question, shown)
    ordered = replace(bare, told=telling.orders(bare))
    general = replace(bare, told={**ordered.told, **telling.common(ordered), **remarks.told(dataset, bare)})
    return replace(general, told={**general.told, **spec.facts(table, general)})


def _caption(dataset: xr.Dataset, texts: Mapping[str, Any], each: Look) -> str:
    language = each.words.language
    usual = texts["common"]
    said = f"**{each.say('title')}**\n\n{_joined(each.say('caption'), language)}"
    if kind_of(dataset) in TABLED:
        told = {**each.told, "fingerprint": _fingerprint(dataset)[:12]}
        return f"{said}\n\n{_joined(usual[f'assumptions_{language}'].format_map(told), language)}"
    late = each.question.start != usual["first_year"]
    run = {
        **each.told,
        "start": telling.year(each.question.start),
        "stop": telling.year(each.question.stop),
        "error": _error(dataset),
        "fingerprint": _fingerprint(dataset)[:12],
        "late": usual[f"late_{language}"].format(first=usual["first_year"]) if late else "",
    }
    common = _joined(usual[f"assumptions_{language}"].format(**run), language)
    return f"{said}\n\n{common}"


def _fingerprint(dataset: xr.Dataset) -> str:
    told = dataset.attrs if kind_of(dataset) in TABLED else structure(dataset)
    return str(told.get("fingerprint", ""))


def _joined(text: str, language: str) -> str:
    """Return ``text`` in one line; line breaks of the definitions are blanks in English and nothing in Chinese."""
    return " ".join(text.split()) if language == "en" else text.replace("\n", "")


def _error(dataset: xr.Dataset) -> str:
    value = dataset.attrs.get("integration_error", "")
    try:
        return f"{float(np.max(np.asarray(json.loads(value) if isinstance(value, str) else value, dtype=float))):.1g}"
    except (TypeError, ValueError):
        return str(value) or "—"


def _provenance(dataset: xr.Dataset, home: Path, settings: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: _plain(value) for key, value in dataset.attrs.items() if key != "structure"}
    names_ = [name for panel in settings.get("panels", ()) for name in wanted(panel)]
    return {
        "result": kept,
        "model_fingerprint": _fingerprint(dataset),
        "baseline": role(dataset, "baseline") if "scenario" in dataset.coords else "",
        "drawn_with": {"matplotlib": matplotlib.__version__, "numpy": np.__version__, "xarray": xr.__version__},
        "series": series_provenance(home, names_) if names_ else [],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
