"""The questions that can be asked of a stored ensemble, and the one call that answers them.

A question is a function from the worlds of a store, and settings, to named tables.  It simulates nothing and draws nothing.
A study lists its questions under ``questions``; the tables travel as one dataset that figures and sentences are made from.
"""

import inspect
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np
import pandas as pd
import xarray as xr

from sim.analysis.question import changes, of_measures
from sim.analysis.question import worlds as outside
from sim.analysis.worlds import Worlds
from sim.errors import Problem, ThroughflowError, gather, nearest, raise_if
from sim.results.tables import pack

ADVICE = "advice"
"""Kind of a result that holds answers."""

SCENARIOS = "scenarios"
"""Table of what scenarios are called, which every answer brings."""

MODULES = (
    "packages",
    "courses",
    "attribution",
    "measures",
    "shifting",
    "ordering",
    "timing",
    "sequence",
    "pathways",
    "robustness",
    "tradeoffs",
    "discovery",
    "information",
    "sensitivity",
)
"""Modules of ``sim.analysis.advice`` that register questions, in the order in which they are answered."""

OF_SETS = ("screening", "sensitivity")
"""Questions asked of members in sets that share base points; all others take members for independent worlds."""

Tables = Mapping[str, pd.DataFrame]
Answer = Callable[..., Tables]
Made = TypeVar("Made", bound=Answer)
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Question:
    """A registered question: its name, how it is answered, its settings with their usual values, and the kind of each.

    Attributes:
        needs: what the scenarios must be like, told without a number of theirs; ``None`` if any will do.
    """

    name: str
    answer: Answer
    settings: Mapping[str, Any]
    kinds: Mapping[str, Any]
    needs: Callable[..., object] | None


def question(name: str, *, needs: Callable[..., object] | None = None) -> Callable[[Made], Made]:
    """Register the decorated function as the question ``name``.

    The function takes :class:`sim.analysis.worlds.Worlds` first and then settings by keyword, each with a usual value of plain
    data (number, text, truth value, list); it returns tables by name, the first of which bears the question's name.

    Arguments:
        name: what it is asked by.
        needs: takes the worlds and, by keyword, those settings it is about; looks at the scenarios and at nothing they
            brought, and raises what stands against the question, so that this comes to light before anything runs.
    """

    def register(answer: Made) -> Made:
        parameters = list(inspect.signature(answer).parameters.values())[1:]
        usual = {each.name: each.default for each in parameters}
        kinds = {key: kind for key, kind in get_type_hints(answer).items() if key in usual}
        answer.question = Question(name, answer, usual, kinds, needs)  # type: ignore[attr-defined]
        return answer

    return register


def questions() -> Mapping[str, Question]:
    """Return every registered question by name."""
    modules = [import_module(f"sim.analysis.advice.{name}") for name in MODULES]
    found = [item.question for module in modules for item in vars(module).values() if hasattr(item, "question")]
    return {each.name: each for each in found}


def setting_problems(asked: Mapping[str, Mapping[str, Any]], where: str = "study.questions") -> list[Problem]:
    """Return what is wrong with the names and the settings of the questions ``asked``."""
    known, problems = questions(), []
    for name, settings in asked.items():
        if name not in known:
            cure = nearest(name, known) or f"there are {', '.join(known)}"
            problems.append(Problem(f"{where}.{name}", "no question is called so", "it could not be answered", cure))
            continue
        usual = known[name].settings
        for key, value in settings.items():
            cure = nearest(key, usual) or f"there are {', '.join(usual) or 'none'}"
            if key not in usual:
                problems.append(Problem(f"{where}.{name}.{key}", "unknown", f"{name} has no setting of this name", cure))
            elif isinstance(value, list | tuple) and not value:
                problems.append(Problem(f"{where}.{name}.{key}", "an empty list", "nothing would be asked", "leave it out"))
            elif not _fits(value, known[name].kinds[key]):
                cure = f"give {_kind_text(known[name].kinds[key])}"
                problems.append(Problem(f"{where}.{name}.{key}", repr(value), "of another kind", cure))
    return problems


def named(worlds: Worlds, packages: Sequence[str] | None) -> None:
    """Refuse ``packages`` that are no scenarios: what a question about some packages ``needs``.

    Raises:
        ThroughflowError: every one that is none.
    """
    gather(*(lambda name=name: worlds.place(name) for name in packages or ()))


OUTCOMES, CONDITIONS = ("outcomes", "outcome", "criteria", "gain", "cost", "path"), ("thresholds", "cases", "targets")
"""Settings that name outcomes, and those that are lists of conditions, each of an outcome first."""

YEARS = ("years", "year", "stop")
"""Settings that name stored years."""


def scenario_problems(dataset: xr.Dataset, asked: Mapping[str, Mapping[str, Any]], where: str) -> list[Problem]:
    """Return why the questions ``asked`` could not be answered of the scenarios, outcomes and years of ``dataset``.

    Arguments:
        dataset: a store, or its outline: scenarios, stored times and recorded variables without a number.
        asked: known questions with settings of the right kinds.
        where: key under which the questions stand.
    """
    worlds, known, problems = Worlds(dataset), questions(), []
    for name, settings in asked.items():
        needs, usual = known[name].needs, known[name].settings
        checks: list[Callable[[], object]] = [
            *(lambda each=each: worlds.outcome(each) for each in _outcomes(settings)),
            *(lambda years=years: worlds.places(years) for years in _years(settings)),
        ]
        if needs is not None:
            own = {key: settings.get(key, usual[key]) for key in list(inspect.signature(needs).parameters)[1:]}
            checks.append(lambda needs=needs, own=own: needs(worlds, **own))
        try:
            gather(*checks)
        except ThroughflowError as error:
            problems += [replace(found, where=f"{where}.{name}: {found.where}") for found in error.problems]
    return problems


def _outcomes(settings: Mapping[str, Any]) -> list[str]:
    """Return the outcomes that ``settings`` name."""
    plain = [each for key in OUTCOMES if settings.get(key) is not None for each in _several(settings[key])]
    rows = [each for key in CONDITIONS for each in settings.get(key) or ()]
    return [*plain, *(row[0] for row in rows if isinstance(row, list | tuple) and row and isinstance(row[0], str))]


def _years(settings: Mapping[str, Any]) -> list[list[float]]:
    """Return the years that each of ``settings`` names."""
    return [_several(settings[key]) for key in YEARS if settings.get(key) is not None]


def _several(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _fits(value: Any, kind: Any) -> bool:
    """Tell whether plain data ``value`` is of the ``kind`` that a setting is annotated with."""
    origin, parts = get_origin(kind), get_args(kind)
    if kind is Any:
        return True
    if origin in (Union, UnionType):
        return any(_fits(value, part) for part in parts)
    if origin is tuple or (isinstance(origin, type) and issubclass(origin, Sequence)):
        inner = parts[0] if parts else Any
        return isinstance(value, list | tuple) and all(_fits(each, inner) for each in value)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(_fits(k, parts[0]) and _fits(v, parts[1]) for k, v in value.items())
    if kind in (None, type(None)):
        return value is None
    if kind in (int, float):
        number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        return number and (kind is float or float(value).is_integer())
    return isinstance(value, kind)


def _kind_text(kind: Any) -> str:
    """Return what a setting may be, in words."""
    if get_origin(kind) in (Union, UnionType):
        return " or ".join(_kind_text(part) for part in get_args(kind))
    if get_origin(kind) is None:
        return {int: "a whole number", float: "a number", str: "a text", bool: "true or false", type(None): "null"}.get(
            kind, "plain data"
        )
    return f"a list, each {_kind_text(get_args(kind)[0])}" if get_origin(kind) is not dict else "named values"


def answer(
    dataset: xr.Dataset,
    asked: Mapping[str, Mapping[str, Any]] | Sequence[str],
    *,
    progress: Progress | None = None,
    refused: Callable[[ThroughflowError], None] | None = None,
) -> xr.Dataset:
    """Return the answers to the questions ``asked`` of a store, as one dataset of tables.

    Arguments:
        dataset: an ensemble's store with series.
        asked: settings by the name of a question, what is not set being as usual; or names alone.
        progress: told after each question.
        refused: told why a question cannot be answered, the others being answered all the same; all is refused if ``None``.

    Raises:
        ThroughflowError: unknown questions or settings; what a question cannot be asked of; nothing that could be answered.
    """
    questions_asked = _asked(asked)
    raise_if([*store_problems(dataset, questions_asked), *setting_problems(questions_asked)])
    worlds = Worlds(dataset)
    tables: dict[str, Any] = {SCENARIOS: _scenarios(worlds)}
    problems: list[Problem] = []
    for number, (name, settings) in enumerate(questions_asked.items(), 1):
        try:
            made = _answered(name, worlds, settings)
        except ThroughflowError as error:
            problems += error.problems
            made = {}
        tables |= {key: {str(column): table[column].to_numpy() for column in table} for key, table in made.items()}
        if progress is not None:
            progress(name, number, len(questions_asked))
    if problems and (refused is None or len(tables) == 1):
        raise ThroughflowError(problems)
    if problems and refused is not None:
        refused(ThroughflowError(problems))
    return pack(tables, _attributes(worlds, questions_asked))


def _asked(asked: Any) -> dict[str, Mapping[str, Any]]:
    """Return settings by question, of names alone too."""
    if isinstance(asked, list | tuple) and all(isinstance(name, str) for name in asked):
        asked = dict.fromkeys(asked)
    if not isinstance(asked, Mapping) or not asked or not all(isinstance(own, Mapping | None) for own in asked.values()):
        cure = 'give {"packages": {"years": [2040]}}, or ["packages", "attribution"]'
        raise ThroughflowError(Problem("questions", repr(asked)[:60], "questions by name, with their settings", cure))
    return {str(name): dict(own or {}) for name, own in asked.items()}


def store_problems(dataset: Any, asked: Mapping[str, Any]) -> list[Problem]:
    """Return why ``dataset`` is nothing that can be asked, or not what is ``asked``."""
    if not isinstance(dataset, xr.Dataset):
        cure = "open it first: sim.open_results(FOLDER)"
        return [Problem("store", repr(dataset)[:60], "questions are asked of an opened ensemble", cure)]
    if "member" not in dataset.dims or any("statistic" in values.dims for values in dataset.data_vars.values()):
        what, cure = "no world by itself is kept", "run an ensemble, with ensemble.keep=series"
        return [Problem("store", what, "questions pair world with world", cure)]
    return sampler_problems(str(json.loads(dataset.attrs.get("identity", "{}")).get("design", {}).get("sampler", "")), asked)


def sampler_problems(sampler: str, asked: Iterable[str], where: str = "questions") -> list[Problem]:
    """Return which questions cannot be asked of what ``sampler`` draws: sets share points and are no sample of worlds."""
    if sampler not in ("morris", "saltelli"):
        return []
    why = f"members of ensemble={sampler} share their base points, and would pass for independent worlds"
    cure = "ask it of ensemble=posterior or ensemble=sobol"
    return [Problem(f"{where}.{name}", f"asked of ensemble={sampler}", why, cure) for name in asked if name not in OF_SETS]


def _answered(name: str, worlds: Worlds, settings: Mapping[str, Any]) -> Tables:
    try:
        return questions()[name].answer(worlds, **settings)
    except (LookupError, ValueError, TypeError) as error:
        what = f"{type(error).__name__}: {str(error).splitlines()[0][:120] if str(error) else ''}"
        why = "the store or the settings are not what this question expects"
        cure = "`throughflow ask --list` tells its settings; check them, and what the study recorded"
        raise ThroughflowError(Problem(f"question {name}", what, why, cure)) from error


KEPT = (
    *("title", "source", "versions", "model_name", "model_fingerprint", "method", "time_units", "time_step", "study"),
    *("integration_error", "integration_error_of", "baseline", "experiment", "sampler", "engine"),
    *("footing", "worlds", "footing_told"),
)
"""Attributes of a store that its answers keep."""


def _attributes(worlds: Worlds, asked: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    told = worlds.dataset.attrs
    return {name: told[name] for name in KEPT if name in told} | {
        "kind": ADVICE,
        "title": f"answers of the {told['title']}",
        "model": f"{told['model_name']}.mdl",
        "fingerprint": told["model_fingerprint"],
        "questions": json.dumps(asked, ensure_ascii=False),
        "members": int(worlds.members.size),
        "failed": worlds.failed,
        "start": float(worlds.times[0]),
        "stop": float(worlds.times[-1]),
        "first_year": worlds.first_year,
        "command": _command(str(told.get("config", ""))),
        "settings": json.dumps(_settings(worlds.dataset, worlds.baseline), ensure_ascii=False),
    }


def _command(config: str) -> str:
    """Return the command that made an ensemble, as the first line of its ``config`` has it, without where its files went."""
    words = config.partition("\n")[0].removeprefix("# ").split(" ")
    return " ".join(word for word in words if not word.startswith(("output.", "figure.")))


def _scenarios(worlds: Worlds) -> dict[str, Any]:
    """Return what each scenario is called and which measures it adopts beside the baseline's."""
    labels = {f"label_{language}": worlds.dataset[f"label_{language}"].values.astype(str) for language in ("en", "zh")}
    adopted = [" ".join(sorted(worlds.adopted[name])) for name in worlds.scenarios]
    return {"name": np.array(worlds.scenarios), **labels, "measures": np.array(adopted)}


def _settings(dataset: xr.Dataset, baseline: str) -> dict[str, Any]:
    """Return what every scenario changes in the model file: names of constants, and the outside world's own names."""
    levers = of_measures(dataset)
    found = outside(dataset, baseline)
    return {
        "changed": sorted({change.name for change in changes(dataset, baseline) if change.name not in levers}),
        "worlds": [
            {"choice": world.choice, "altered": world.altered, "drivers": [each.name for each in world.changes]}
            for world in found
        ],
    }
