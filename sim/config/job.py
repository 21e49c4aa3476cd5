"""A run that has been asked for and found in order: study, output, figures, warnings, and the config behind them."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from sim import resources
from sim.config import calibration as calibrating
from sim.config import findings as read
from sim.config import vocabulary
from sim.config.composition import Composition, compose
from sim.config.ensemble import Sampling, read_sampling, wants_ensemble
from sim.config.ensemble_study import (
    ensemble_solver,
    model_at,
    sampling_text,
    tell_questions,
    tell_single_settings,
    to_ensemble,
)
from sim.config.findings import Findings
from sim.config.footing import CENTRE, central_keys, central_values, read_footing, refuse_mixed
from sim.config.horizon import Horizon, read_horizon, read_solver
from sim.config.information import shadowed
from sim.config.limits import Known, read_table
from sim.config.loader import TracedLoader
from sim.config.measures import Levers, read_levers
from sim.config.parameters import read_parameters
from sim.config.posterior import POSTERIOR
from sim.config.ranges import Range, high_ends, take_out
from sim.config.study import Asked, read_study, scenarios, tell_unused, without
from sim.config.world import read_world
from sim.errors import ThroughflowError, nearest, raise_if
from sim.experiment.scenarios import Study, Value

if TYPE_CHECKING:
    from sim.experiment.calibrate import Calibration
    from sim.experiment.ensemble import Ensemble

_TOP = (
    "package",
    "world",
    "parameters",
    "uncertainty",
    "ensemble",
    "measures",
    "horizon",
    "solver",
    "study",
    "figure",
    "output",
)


@dataclass(frozen=True)
class Output:
    """Where results go: ``folder``, and whether results of another experiment there may be replaced."""

    folder: Path
    replace: bool


@dataclass(frozen=True)
class Figures:
    """Figures to draw: ``names`` (``None`` for all, empty for none) and their ``folder``, ``None`` beside results."""

    names: tuple[str, ...] | None
    folder: Path | None


@dataclass(frozen=True)
class Job:
    """Everything a run needs.

    Attributes:
        study: the scenarios and how they are run.
        output: where results go.
        figures: what is drawn.
        warnings: settings that nothing uses, values beyond their plausible range.
        text: the resolved config as YAML.
        identity: SHA-256 of the experiment: model file, scenarios, horizon, solver, record.
        overrides: what the command line said.
        ensemble: the worlds in which the scenarios are run; ``None`` for single runs.
        sampling: the same as the config says it, for people.
        footing: on what the results stand, as attributes of the results.
        calibration: the fit asked for, in the place of scenarios; ``None`` for any other study.
        questions: what is asked of an ensemble once it has been run: settings by question.
    """

    study: Study
    output: Output
    figures: Figures
    warnings: tuple[str, ...]
    text: str
    identity: str
    overrides: tuple[str, ...]
    ensemble: "Ensemble | None" = None
    sampling: Sampling | None = None
    footing: Mapping[str, str | int] = field(default_factory=dict)
    calibration: "Calibration | None" = None
    questions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def read_job(overrides: Sequence[str], folders: Sequence[Path] = (), *, loader: TracedLoader | None = None) -> Job:
    """Compose and check a run.

    Arguments:
        overrides: as on the command line, ``group=name`` and ``key=value``.
        folders: the user's folders of configs.
        loader: a loader of these folders to use again, where many jobs are read.

    Raises:
        ThroughflowError: everything that is wrong, each with file and key.
    """
    return to_job(compose(overrides, folders, loader=loader))


def to_study(composition: Composition) -> Study:
    """Return the study of a composed config.

    Raises:
        ThroughflowError: everything that is wrong, each with file and key.
    """
    return to_job(composition).study


def to_job(composition: Composition) -> Job:
    """Return the job of a composed config.

    Raises:
        ThroughflowError: everything that is wrong, each with file and key.
    """
    findings = Findings(composition.place)
    findings.problems += composition.problems
    read.mapping(findings, "", composition.config, known=_TOP)
    if calibrating.wants_calibration(composition.config):
        return _calibration(findings, composition)
    table = read_table(resources.model_file(vocabulary.MODEL).parent / "parameters.csv")
    config, ranges = take_out(findings, composition.config, composition.shipped, table=table)
    plain = replace(composition, config=config)
    horizon = read_horizon(findings, config.get("horizon"), composition.shipped["horizon"])
    sampling = read_sampling(findings, plain, ranges, table=table, horizon=horizon)
    central = central_values(plain, table)
    refuse_mixed(findings, plain)
    settings = _settings(findings, plain, ranges, horizon=horizon, table=table)
    asked = read_study(findings, plain, settings[0], horizon=horizon)
    study = _study(findings, plain, asked, settings=settings, ranges=ranges, horizon=horizon, sampling=sampling)
    tell_questions(findings, composition, asked.questions, sampling=sampling)
    figures = _figures(findings, config.get("figure"), composition.shipped["figure"])
    folder, replacing = _output(findings, config.get("output"))
    for path in shadowed(composition.folders):
        findings.warn(f"{path} is never read: a shipped config has its name")
    if study is None or (sampling is None and wants_ensemble(config)):
        raise ThroughflowError(findings.problems)
    identity, ensemble = identify(study), None
    if sampling is not None:
        study = _all_drawn(study, sampling, central)
        identity, ensemble = _ensemble(findings, composition, study, sampling, asked)
        study, figures = ensemble.study, figures if asked.questions else Figures((), None)
    footing = read_footing(findings, composition, study, central=central, sampling=sampling, table=table)
    raise_if(findings.problems)
    return Job(
        study,
        Output(folder or _usual_folder(study, identity), replacing),
        figures,
        tuple(findings.warnings),
        resolved_text(composition, study, sampling),
        identity,
        composition.overrides,
        ensemble=ensemble,
        sampling=sampling,
        footing=footing,
        questions=asked.questions if sampling is not None else {},
    )


def _calibration(findings: Findings, composition: Composition) -> Job:
    """Return the job of a calibration: a question about history, without scenarios."""
    asked = calibrating.read_calibration(findings, composition)
    figures = _figures(findings, composition.config.get("figure"), composition.shipped["figure"])
    folder, replacing = _output(findings, composition.config.get("output"))
    for path in shadowed(composition.folders):
        findings.warn(f"{path} is never read: a shipped config has its name")
    raise_if(findings.problems)
    assert asked is not None
    study, identity = calibrating.study_of(composition), calibrating.identify(asked)
    return Job(
        study,
        Output(folder or _usual_folder(study, identity), replacing),
        figures,
        tuple(findings.warnings),
        _head(composition) + config_text({part: composition.config[part] for part in ("study", "figure", "output")}),
        identity,
        composition.overrides,
        calibration=asked,
    )


def _usual_folder(study: Study, identity: str) -> Path:
    return Path("results") / f"{re.sub(r'[^A-Za-z0-9_.-]+', '-', study.name)}-{identity[:8]}"


def _all_drawn(study: Study, sampling: Sampling, central: Mapping[str, Value]) -> Study:
    """Return ``study`` without the constants of the posterior's centre that its vectors set anyway."""
    drawn = {target for one in sampling.uncertain for target in one.targets}
    common = study.scenarios[0].parameters
    superseded = {name for name, value in central.items() if name in drawn and common.get(name) == value}
    return replace(study, scenarios=without(study.scenarios, superseded))


def _study(
    findings: Findings,
    composition: Composition,
    asked: Asked,
    *,
    settings: tuple[Levers, Mapping[str, Value]],
    ranges: Sequence[Range],
    horizon: Horizon,
    sampling: Sampling | None,
) -> Study | None:
    """Return the study, its scenarios without what is drawn; ``None`` where it has no baseline, which is told."""
    config, many = composition.config, wants_ensemble(composition.config)
    solver = (
        ensemble_solver(findings, composition, sampling, horizon=horizon)
        if many
        else read_solver(findings, config.get("solver"), horizon)
    )
    if asked.base is None:
        return None
    levers, common = settings
    twin = asked.twin and not (many and composition.is_shipped("study.twin"))
    made = scenarios(findings, levers, base=asked.base, packages=asked.packages, twin=twin, common=common)
    tell_unused(findings, levers, (asked.base, *asked.packages), horizon=horizon)
    return Study(
        name=composition.choices.get("study", "study"),
        model=resources.model_file(vocabulary.MODEL),
        scenarios=without(made, {one.constant for one in ranges}),
        baseline=vocabulary.BASELINE,
        twin=vocabulary.TWIN if twin else None,
        start=horizon.start,
        stop=horizon.stop,
        save=horizon.save,
        solver=solver,
        record=asked.record,
    )


def _settings(
    findings: Findings, composition: Composition, ranges: Sequence[Range], *, horizon: Horizon, table: Mapping[str, Known]
) -> tuple[Levers, dict[str, Value]]:
    """Read levers, world and parameters with the low ends of ranges, return them, and read the high ends for what is wrong."""
    shipped = composition.shipped
    keys = frozenset(one.key for one in ranges)
    fitted = shipped[POSTERIOR]["parameters"] if composition.uses(CENTRE) else {}

    def settings(told: Findings, config: Mapping[str, Any]) -> tuple[Levers, dict[str, Value]]:
        levers = read_levers(
            told, config.get("measures"), shipped["measures"], given={*composition.given, *keys}, horizon=horizon
        )
        world = read_world(told, config.get("world"), shipped["world"], ranged=keys | central_keys(composition))
        return levers, {
            **world,
            **read_parameters(told, config.get("parameters"), shipped["parameters"], table=table, fitted=fitted),
        }

    found = settings(findings, composition.config)
    if ranges:
        apart = Findings(findings.place)
        settings(apart, high_ends(composition.config, ranges))
        findings.problems += [problem for problem in apart.problems if problem not in findings.problems]
        for warning in apart.warnings:
            findings.warn(warning)
    return found


def _ensemble(
    findings: Findings, composition: Composition, study: Study, sampling: Sampling, asked: Asked
) -> tuple[str, "Ensemble"]:
    """Return the ensemble of a study and its identity, empty where something stands against it."""
    from sim.experiment.ensemble import identify as identify_ensemble
    from sim.experiment.ensemble import outline

    tell_single_settings(findings, composition, drawn=bool(asked.questions))
    model = model_at(study.model)
    ensemble = to_ensemble(findings, sampling, study, model=model)
    if asked.questions and not findings.problems:
        from sim.analysis.advice.questions import scenario_problems

        findings.problems += scenario_problems(outline(ensemble, model), asked.questions, "study.questions")
    return "" if findings.problems else identify_ensemble(ensemble, model)[0], ensemble


def _figures(findings: Findings, config: Any, shipped: Mapping[str, Any]) -> Figures:
    row = read.mapping(findings, "figure", config, known=tuple(shipped), needed=False)
    names = read.names(findings, "figure.names", row["names"]) if row.get("names") is not None else None
    _refuse_unknown_figures(findings, names or ())
    folder = _folder(findings, "figure.folder", row.get("folder"))
    if names == () and folder is not None:
        findings.warn(f"figure.folder={folder} is not used: no figures are asked for")
    return Figures(names, folder)


def _refuse_unknown_figures(findings: Findings, names: Sequence[str]) -> None:
    if not names:
        return
    from sim.show import gallery  # takes half a second, and few runs name their figures

    known = gallery.names()
    for name in names:
        if name not in known:
            findings.refuse(
                "figure.names",
                f"no figure called {name!r}",
                why=f"there are {', '.join(known)}",
                cure=nearest(name, known) or "figure=all draws every figure",
            )


def _output(findings: Findings, config: Any) -> tuple[Path | None, bool]:
    row = read.mapping(findings, "output", config, known=("folder", "replace"), needed=False)
    return _folder(findings, "output.folder", row.get("folder")), read.flag(
        findings, "output.replace", row.get("replace", False)
    )


def _folder(findings: Findings, key: str, value: Any) -> Path | None:
    if value is None:
        return None
    path = read.text(findings, key, str(value) if isinstance(value, int | float) else value, longest=1000)
    return Path(path) if path else None


def identify(study: Study) -> str:
    """Return the SHA-256 of an experiment: equal for equal questions about equal model files, bytes compared."""
    question = asdict(study)
    question["model"] = hashlib.sha256(study.model.read_bytes()).hexdigest()
    return hashlib.sha256(json.dumps(question, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def resolved_text(composition: Composition, study: Study, sampling: Sampling | None) -> str:
    """Return the composed config as YAML: what it came from above; scenarios, and what is drawn, as it is meant below."""
    asked = {
        scenario.name: {name: _listed(value) for name, value in scenario.parameters.items()} for scenario in study.scenarios
    }
    unused = ("uncertainty", "ensemble") if sampling is None else ("uncertainty",)
    body = config_text({name: value for name, value in composition.config.items() if name not in unused})
    meant = [("What each scenario changes in the model file:", asked)]
    meant += [("What is drawn for every world, alike in all scenarios:", sampling_text(sampling))] if sampling else []
    below = (f"# {title}\n" + "".join(f"# {line}\n" for line in config_text(part).splitlines()) for title, part in meant)
    return _head(composition) + body + "".join(below)


def _head(composition: Composition) -> str:
    head = ["# throughflow run " + " ".join(composition.overrides)]
    head += [f"# {group}={name}" for group, name in sorted(composition.choices.items())]
    return "\n".join(head) + "\n"


def _listed(value: Any) -> Any:
    return [_listed(item) for item in value] if isinstance(value, tuple) else value


def config_text(config: Mapping[str, Any]) -> str:
    """Return plain containers as YAML, keys in their order, Chinese readable."""
    return yaml.dump(
        dict(config), Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False, allow_unicode=True, width=120
    )
