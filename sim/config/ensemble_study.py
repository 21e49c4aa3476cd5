"""From a study and its sampling to an ensemble: what differs from single runs, and what cannot be asked of both."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sim.config import findings as read
from sim.config import vocabulary
from sim.config.composition import Composition
from sim.config.ensemble import Sampling
from sim.config.findings import Findings
from sim.config.horizon import Horizon, read_solver
from sim.config.uncertainty import config_name
from sim.errors import Problem
from sim.experiment.scenarios import Scenario, Solver, Study
from sim.experiment.uncertainty import drawn_and_set

if TYPE_CHECKING:
    from sim.experiment.ensemble import Ensemble
    from sim.model.ir import Model

_KEYS = {
    name: f"ensemble.{name}" for name in ("size", "seed", "block", "keep", "executor", "address", "samples", "correlations")
}
"""Keys of the config by what the experiment calls them in its refusals."""


def model_at(path: Path) -> "Model":
    """Return the model at ``path``, read again only if its size or its time has changed: many jobs are about one model.

    Raises:
        ThroughflowError: everything in it that cannot be honoured.
    """
    state = path.stat()
    return _read(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=1)
def _read(path: Path, _changed: int, _size: int) -> "Model":
    from sim.model.vensim import read as read_model

    return read_model(path)


def chosen(composition: Composition, group: str) -> bool:
    """Tell whether the command line chooses in ``group``."""
    return any(override.partition("=")[0] == group for override in composition.overrides)


def ensemble_solver(findings: Findings, composition: Composition, sampling: Sampling | None, *, horizon: Horizon) -> Solver:
    """Read ``solver`` for an ensemble: rk4 unless a fixed-step method is asked for; no step means one chosen by its error.

    A step must divide the interval that ``sampling`` stores; without one, which is told already, that of single runs.
    """
    config = composition.config.get("solver")
    usual = not chosen(composition, "solver") and composition.is_shipped("solver.method")
    if usual and isinstance(config, Mapping):
        config = {**config, "method": "rk4"}
    before = len(findings.problems)
    stored = replace(horizon, save=sampling.save) if sampling is not None else horizon
    solver = read_solver(findings, config, stored, save="ensemble.save")
    if len(findings.problems) == before and solver.method not in vocabulary.FIXED_STEP:
        name = composition.choices.get("solver")
        findings.problems.append(
            Problem(
                f"command line: solver={name}" if chosen(composition, "solver") else findings.place("solver.method"),
                f"solver.method: {solver.method}",
                "worlds are computed side by side with one fixed step",
                "leave solver out, which means rk4 with a step chosen by its error, or give solver=rk4 or solver=euler",
            )
        )
    return solver


def tell_questions(
    findings: Findings, composition: Composition, questions: Mapping[str, Mapping[str, object]], *, sampling: Sampling | None
) -> None:
    """Report questions that cannot be asked: of single runs they are not, of an ensemble without series they could not be."""
    if not questions:
        return
    if sampling is None:
        if not composition.is_shipped("study.questions"):
            findings.warn("study.questions are asked of many worlds: add ensemble=posterior, or another ensemble")
        return
    from sim.analysis.advice.questions import sampler_problems

    findings.problems += sampler_problems(sampling.design.sampler, questions, "study.questions")
    if sampling.keep != "series":
        findings.refuse(
            "ensemble.keep",
            f"{sampling.keep}, and the study asks {read.listed(questions)}",
            why="questions pair world with world, so every world must be kept",
            cure="leave ensemble.keep out, or ask nothing: study.questions=null",
        )


def tell_single_settings(findings: Findings, composition: Composition, *, drawn: bool) -> None:
    """Warn of settings of single runs that an ensemble has no use for; ``drawn`` says that its answers are."""
    if "horizon.save" in composition.given:
        findings.warn("horizon.save is not used: ensemble.save says how often an ensemble stores")
    if drawn:
        return
    if (chosen(composition, "figure") and composition.choices.get("figure") != "none") or any(
        name.startswith("figure.") for name in composition.given
    ):
        findings.warn("figure is not used: figures are drawn of single runs, not of ensembles")


def refuse_set_and_drawn(findings: Findings, sampling: Sampling, scenarios: Sequence[Scenario]) -> frozenset[str]:
    """Report constants that are drawn and also set by a scenario, with both their names, and return those drawn."""
    drawn = {target: one.name for one in sampling.uncertain for target in one.targets}
    found = drawn_and_set(drawn, scenarios)
    for (name, target), within in found.items():
        findings.refuse(
            setting_of(name),
            f"set in {read.listed(within, 4)}, and drawn as the uncertainty {drawn[target]}",
            why="a constant has one value in a run: the one given, or the one drawn",
            cure="leave it out: the constants of a vector of the posterior fit history together; in a single run, "
            "parameters=posterior, any of them may be set"
            if sampling.posterior
            else f"leave it as drawn, or leave it out of the draws with ensemble.except=[{drawn[target]}]; "
            f"uncertainty.{drawn[target]} says around which values it is drawn",
        )
    return frozenset(target for _, target in found)


def setting_of(constant: str) -> str:
    """Return the key of a config that sets a constant of the model, ``name`` or ``name[element]``."""
    settings = {name: f"world.{key}" for key, name in vocabulary.BORDERS.items()} | dict(vocabulary.DRAWN_AS)
    base, _, element = constant.partition("[")
    fields = {name: field for field, name in vocabulary.MEASURE_FIELDS.items()}
    if base in fields:
        return f"measures.{element.rstrip(']')}.{fields[base]}" if element else f"measures.*.{fields[base]}"
    return settings.get(constant) or f"parameters.{config_name(constant)}"


def outcome_variables(folder: Path, model: "Model") -> tuple[str, ...]:
    """Return the variables that the outcomes beside the model are made of, in their order."""
    from sim.analysis.outcomes import load
    from sim.analysis.values import split

    references = (part for outcome in load(folder) for part in (outcome.numerator, outcome.denominator) if part)
    return tuple(dict.fromkeys(name for reference in references if (name := split(reference)[0]) in model.variables))


def to_ensemble(findings: Findings, sampling: Sampling, study: Study, *, model: "Model") -> "Ensemble":
    """Return the ensemble of a study; what stands against it is reported.

    Arguments:
        findings: where problems go: constants both set and drawn, unknown variables, everything the experiment refuses.
        sampling: which worlds are drawn and what of them is kept.
        study: the scenarios; its record is used where the sampling names none.
        model: the model, as read.
    """
    from sim.experiment.ensemble import Ensemble
    from sim.experiment.ensemble_check import ensemble_problems

    ensemble = Ensemble(
        study=replace(
            study, record=sampling.record or study.record or outcome_variables(study.model.parent, model), save=sampling.save
        ),
        design=sampling.design,
        block=sampling.block,
        keep=sampling.keep,
        executor=sampling.executor,
        address=sampling.address,
    )
    told = refuse_set_and_drawn(findings, sampling, study.scenarios)
    for problem in ensemble_problems(ensemble, model):
        if problem.where in told:
            continue
        key = _KEYS.get(problem.where)
        findings.problems.append(replace(problem, where=f"{findings.place(key)}: {key}") if key else problem)
    return ensemble


def sampling_text(sampling: Sampling) -> Mapping[str, str]:
    """Return every uncertainty in a phrase, by name, for the resolved config: distribution, unit, basis, constants."""
    return {one.name: f"{one} {one.unit}, basis {one.basis}, sets {'; '.join(one.targets)}" for one in sampling.uncertain}
