"""A batch evaluator from settings, as on the command line: the package, world and priors of a config as a function."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sim.config.ensemble_study import model_at
from sim.config.job import Job, read_job
from sim.errors import Problem, nearest, raise_if

if TYPE_CHECKING:
    from sim.experiment.ensemble import Ensemble
    from sim.experiment.evaluate import Evaluator, Question

WHOLE = "file"
"""Sampler of designs whose worlds are given whole, so that no input can be moved by itself."""

TRIED = 64
"""Worlds on which the step is chosen, as in an ensemble."""


def evaluator_of(
    overrides: Sequence[str],
    outcomes: Sequence[str],
    *,
    scenario: str | None = None,
    year: float | Sequence[float] | str | None = None,
    failed: str = "nan",
    folders: Sequence[Path] = (),
) -> "Evaluator":
    """Return what a run of ``overrides`` computes in one world as a function of what is uncertain there.

    Its inputs are what ``ensemble=sobol`` would draw with the same settings, its step what that would choose for the outcomes.

    Arguments:
        overrides: as on the command line: ``["study=package", "package=R3", "uncertainty=prior"]``.
        outcomes: as for :func:`sim.experiment.evaluate.evaluator`, like year and failed; gains are over the study's baseline.
        scenario: name of the scenario to evaluate; the last beside baseline and twin if ``None``.
        year: when outcomes are read.
        failed: what becomes of a failed run.
        folders: the user's folders of configs.

    Raises:
        ThroughflowError: everything wrong with the settings, the outcomes and the year.
    """
    from sim.experiment.evaluate import Question, made_for
    from sim.experiment.evaluate_outcomes import GAIN

    chosen = any(override.partition("=")[0] in ("ensemble", "ensemble.sampler") for override in overrides)
    job = read_job([*overrides, *([] if chosen else ["ensemble=sobol"])], folders)
    raise_if(_problems(job, scenario))
    assert job.ensemble is not None
    study = job.ensemble.study
    by_name = {found.name: found.parameters for found in study.scenarios}
    others = [name for name in by_name if name not in (study.baseline, study.twin)]
    question = Question(
        model_at(study.model),
        job.ensemble.design.uncertainties,
        outcomes if isinstance(outcomes, str) else tuple(outcomes),
        by_name[scenario or (others or [study.baseline])[-1]],
        by_name[study.baseline] if any(name.startswith(GAIN) for name in outcomes) else None,
        year if year is None or isinstance(year, str | int | float) else tuple(map(float, year)),
        study.solver.step,
        failed,
        study.solver.method,
        start=study.start,
        stop=study.stop,
        save=study.save,
    )
    return made_for(question if question.step is not None else replace(question, step=_step(question, job.ensemble)))


def _step(question: "Question", ensemble: "Ensemble") -> float:
    """Return the step an ensemble of the scenario and the baseline would choose for the outcomes of ``question``."""
    from sim.experiment.accuracy import coarsest_step
    from sim.experiment.batch import Plan, prepare
    from sim.experiment.design import spread, varied
    from sim.experiment.ensemble_check import horizon_of
    from sim.experiment.evaluate_outcomes import readings_of

    readings = readings_of(question.model, question.outcomes, paired=question.baseline is not None)
    names, rows = varied(ensemble.design)
    start, stop, save = horizon_of(ensemble.study, question.model)
    record = tuple(dict.fromkeys(reading.variable for reading in readings))
    prepared = prepare(Plan(question.model, names, record, question.method, step=save, start=start, stop=stop, save=save))
    draws = spread(ensemble.design, TRIED)[rows]
    worlds = [question.scenario, *([] if question.baseline is None else [question.baseline])]
    return coarsest_step(prepared, draws, worlds).step


def _problems(job: Job, scenario: str | None) -> list[Problem]:
    """Return why ``job`` is no function of single inputs."""
    if job.ensemble is None:
        why, cure = "nothing is uncertain in it", "give study=package, or leave ensemble=none out"
        return [Problem("settings", "no ensemble", why, cure)]
    found, names = [], [one.name for one in job.ensemble.study.scenarios]
    if scenario is not None and scenario not in names:
        cure = nearest(scenario, names) or f"there are {', '.join(names)}"
        found.append(Problem("scenario", repr(scenario), "no scenario is called so", cure))
    if job.ensemble.design.sampler == WHOLE:
        why, cure = "a world of a posterior or of a file is taken whole", "give uncertainty=prior, or name ranges yourself"
        found.append(Problem("ensemble", "worlds given as vectors", why, cure))
    return found
