"""A run that has been asked for and found in order: study, output, figures, warnings, and the config behind them."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from sim import resources
from sim.config import findings as read
from sim.config import vocabulary
from sim.config.composition import Composition, compose
from sim.config.findings import Findings
from sim.config.horizon import read_horizon, read_solver
from sim.config.information import shadowed
from sim.config.limits import read_table
from sim.config.loader import TracedLoader
from sim.config.measures import read_levers
from sim.config.parameters import read_parameters
from sim.config.study import read_packages, scenarios, tell_unused
from sim.config.world import read_world
from sim.errors import nearest, raise_if
from sim.experiment.scenarios import Study

_TOP = ("package", "world", "parameters", "measures", "horizon", "solver", "study", "figure", "output")


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
    """

    study: Study
    output: Output
    figures: Figures
    warnings: tuple[str, ...]
    text: str
    identity: str
    overrides: tuple[str, ...]


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
    config, shipped = composition.config, composition.shipped
    read.mapping(findings, "", config, known=_TOP)
    horizon = read_horizon(findings, config.get("horizon"), shipped["horizon"])
    solver = read_solver(findings, config.get("solver"), horizon)
    levers = read_levers(findings, config.get("measures"), shipped["measures"], given=composition.given, horizon=horizon)
    model = resources.model_file(vocabulary.MODEL)
    common = {
        **read_world(findings, config.get("world"), shipped["world"]),
        **read_parameters(
            findings, config.get("parameters"), shipped["parameters"], table=read_table(model.parent / "parameters.csv")
        ),
    }
    base, packages, twin, record = read_packages(findings, composition, levers, horizon=horizon)
    figures = _figures(findings, config.get("figure"), shipped["figure"])
    for path in shadowed(composition.folders):
        findings.warn(f"{path} is never read: a shipped config has its name")
    folder, replace = _output(findings, config.get("output"))
    raise_if(findings.problems)
    assert base is not None
    asked = scenarios(findings, levers, base=base, packages=packages, twin=twin, common=common)
    tell_unused(findings, levers, (base, *packages), horizon=horizon)
    study = Study(
        name=composition.choices.get("study", "study"),
        model=model,
        scenarios=asked,
        baseline=vocabulary.BASELINE,
        twin=vocabulary.TWIN if twin else None,
        start=horizon.start,
        stop=horizon.stop,
        save=horizon.save,
        solver=solver,
        record=record,
    )
    identity = identify(study)
    slug = re.sub(r"[^A-Za-z0-9_.-]+", "-", study.name)
    output = Output(folder or Path("results") / f"{slug}-{identity[:8]}", replace)
    return Job(
        study, output, figures, tuple(findings.warnings), resolved_text(composition, study), identity, composition.overrides
    )


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


def resolved_text(composition: Composition, study: Study) -> str:
    """Return the composed config as YAML, with what it came from above and the scenarios it means below."""
    head = ["# throughflow run " + " ".join(composition.overrides)]
    head += [f"# {group}={name}" for group, name in sorted(composition.choices.items())]
    asked = {
        scenario.name: {name: _listed(value) for name, value in scenario.parameters.items()} for scenario in study.scenarios
    }
    body = config_text(composition.config)
    return (
        "\n".join(head)
        + "\n"
        + body
        + "# What each scenario changes in the model file:\n"
        + "\n".join("# " + line for line in config_text(asked).splitlines())
        + "\n"
    )


def _listed(value: Any) -> Any:
    return [_listed(item) for item in value] if isinstance(value, tuple) else value


def config_text(config: Mapping[str, Any]) -> str:
    """Return plain containers as YAML, keys in their order, Chinese readable."""
    return yaml.dump(
        dict(config), Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False, allow_unicode=True, width=120
    )
