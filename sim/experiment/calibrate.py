"""Fitting the flagship's uncertain constants to history: the question, its stages in order, and what comes of it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from sim import resources
from sim.analysis.calibration.informed import Information, information
from sim.analysis.calibration.weights import effective_size, normalised
from sim.experiment.fitting import (
    Subject,
    mode_of,
    particles_without,
    posterior_of,
    profiles_of,
    speaking_of,
    subject_of,
    synthetic_test,
)
from sim.experiment.past import prepare_past
from sim.experiment.posterior_file import every_constant, write_posterior
from sim.experiment.posterior_tables import Found, method_rows, parameter_rows, profile_rows, synthetic_rows, target_rows
from sim.experiment.processors import processors
from sim.experiment.proposition_rows import proposition_columns
from sim.experiment.targets import COVERAGE, read_priors, read_targets
from sim.experiment.told import Told, band_rows, columns, fit_rows, naive_rows, observation_rows, residual_rows, shock_rows
from sim.model.vensim import read
from sim.results.tables import pack

Progress = Callable[[str, int, int], None]
"""Told the stage, how many runs of it are done and how many it has."""


@dataclass(frozen=True)
class Calibration:
    """What a calibration is asked.

    Attributes:
        fit: first and last calendar year of the observations fitted.
        hold_out: first and last calendar year of those held out.
        particles: particles of the tempered sequential Monte Carlo.
        moves: moves of every particle at a temperature.
        importance: draws of the importance sampling that follows.
        vectors: equally weighted vectors kept.
        starts: starts of the search for the mode.
        truths: synthetic truths on which the method is tested.
        truth_particles: particles of each of these.
        profiles: parameters whose profile is taken.
        seed: names one of the possible samples.
        before: whether the structure before its repairs is fitted too.
    """

    fit: tuple[float, float]
    hold_out: tuple[float, float]
    particles: int
    moves: int
    importance: int
    vectors: int
    starts: int
    truths: int
    truth_particles: int
    profiles: int
    seed: int
    before: bool


@dataclass(frozen=True)
class Outcome:
    """What became of a calibration.

    Attributes:
        dataset: its tables as one dataset, attribute ``kind`` being ``calibration``.
        notes: what people should know.
        files: files written into the folder: posterior.csv and posterior.json.
    """

    dataset: xr.Dataset
    notes: tuple[str, ...]
    files: tuple[Path, ...]


MODEL = "innovation_flows"
"""The model that is calibrated."""

REPAIRS = ("pull exponent of emigration", "online introduction rate in closure")
"""Constants of the structure's repairs; with the model's own values, which are neutral, it is as it was before them."""

PRIOR_WORLDS = 2048
"""Worlds of which the prior's bands are told."""


def calibrate(calibration: Calibration, *, folder: Path, threads: int | None, progress: Progress | None = None) -> Outcome:
    """Fit the shipped model to its targets and write ``posterior.csv`` and ``posterior.json`` into ``folder``.

    Arguments:
        calibration: the question.
        folder: where the posterior goes; it exists.
        threads: processor threads to use; ``None`` for one per processor.
        progress: told how far each stage has come.

    Raises:
        ThroughflowError: tables beside the model that cannot be used; a posterior that cannot be found.
    """
    stage: Progress = progress or (lambda name, done, total: None)
    subject = _subject(calibration, threads or processors())
    mode = mode_of(subject.past, starts=calibration.starts, seed=calibration.seed, stage=stage)
    within = speaking_of(subject.past, mode, seed=calibration.seed)
    posterior = posterior_of(
        subject.past,
        within,
        particles=calibration.particles,
        moves=calibration.moves,
        draws=calibration.importance,
        vectors=calibration.vectors,
        seed=calibration.seed,
        stage=stage,
    )
    weights = normalised(posterior.weighted.log_weights)
    informed = information(posterior.weighted.places, weights)
    recovery = synthetic_test(
        subject.past,
        within,
        truths=calibration.truths,
        particles=calibration.truth_particles,
        moves=calibration.moves,
        seed=calibration.seed,
        stage=stage,
    )
    profiles = profiles_of(subject.past, mode, _narrowest(informed, calibration.profiles))
    found = Found(subject, posterior, mode, informed, profiles, recovery)
    told = _told(calibration, found, within, stage=stage)
    constants = every_constant(subject, posterior.chosen, seed=calibration.seed)
    propositions, failed = proposition_columns(subject, constants, stage=stage)
    tables = _tables(found, told) | {"propositions": propositions}
    files = write_posterior(
        found, constants, folder=folder, fit=calibration.fit, hold_out=calibration.hold_out, seed=calibration.seed
    )
    dataset = pack(tables, _attributes(subject, calibration))
    return Outcome(dataset, (*_notes(found, told), *failed), files)


def _subject(calibration: Calibration, threads: int) -> Subject:
    path = resources.model_file(MODEL)
    model = read(path)
    start = model.clock.start
    targets = read_targets(path.parent, fit=calibration.fit, hold_out=calibration.hold_out, start=start)
    return subject_of(model, read_priors(path.parent), targets, threads=threads, seed=calibration.seed)


def _narrowest(informed: Information, count: int) -> list[int]:
    """Return the indices of the ``count`` parameters the data narrow most."""
    return np.argsort(-informed.contraction, kind="stable")[:count].tolist()


def _told(calibration: Calibration, found: Found, within: np.ndarray, *, stage: Progress) -> dict[str, Told]:
    """Return what each footing tells: the design set, the prior, the structure before its repairs, the posterior."""
    past, seed = found.subject.past, calibration.seed
    coverage = [each for each in past.uncertainties if each.name == COVERAGE]
    design = prepare_past(found.subject.model, coverage, past.targets, step=past.prepared.plan.step, threads=past.threads)
    places = np.random.default_rng([seed, 6]).standard_normal((len(past.uncertainties), PRIOR_WORLDS))
    told = {
        "design": Told("design", design, np.zeros((len(coverage), 1)), seed),
        "prior": Told("prior", past, places, seed),
        "posterior": Told("posterior", past, found.posterior.chosen, seed),
    }
    if calibration.before:
        simpler, draws = particles_without(
            found.subject,
            within,
            REPAIRS,
            particles=calibration.truth_particles,
            moves=calibration.moves,
            seed=seed,
            stage=stage,
        )
        told["before"] = Told("before", simpler, draws, seed)
    return told


def _tables(found: Found, told: dict[str, Told]) -> dict[str, dict[str, np.ndarray]]:
    posterior = told["posterior"]
    folder = resources.model_file(MODEL).parent
    rows = {
        "targets": target_rows(posterior),
        "observations": observation_rows(posterior.past.targets),
        "bands": [row for each in told.values() for row in band_rows(each)],
        "fit": [row for each in told.values() for row in fit_rows(each)],
        "naive": naive_rows(posterior),
        "residuals": residual_rows(posterior),
        "parameters": parameter_rows(found),
        "profile": profile_rows(found),
        "synthetic": synthetic_rows(found),
        "method": method_rows(found),
        "shocks": shock_rows(posterior, folder),
    }
    return {name: columns(table) for name, table in rows.items() if table}


def _attributes(subject: Subject, calibration: Calibration) -> dict[str, object]:
    return {
        "kind": "calibration",
        "model": subject.model.name,
        "fingerprint": subject.model.fingerprint,
        "fit": list(calibration.fit),
        "hold_out": list(calibration.hold_out),
        "vectors": calibration.vectors,
        "seed": calibration.seed,
        "step": subject.past.prepared.plan.step,
    }


def _notes(found: Found, told: dict[str, Told]) -> tuple[str, ...]:
    """Return what people should know before they use the posterior."""
    notes = list(found.subject.past.prepared.notes)
    failed = {footing: each.failed for footing, each in told.items() if each.failed}
    notes += [
        f"{count} worlds of the {footing} did not end well and are left out of its bands" for footing, count in failed.items()
    ]
    size = effective_size(found.posterior.weighted.log_weights)
    if size < found.posterior.chosen.shape[1]:
        notes.append(f"the {found.posterior.chosen.shape[1]} vectors hold repeats: the draws are worth {size:.0f}")
    if found.at_bound:
        notes.append(f"structural misfit: the mode leaves the prior's 90 % interval of {', '.join(found.at_bound)}")
    return tuple(notes)
