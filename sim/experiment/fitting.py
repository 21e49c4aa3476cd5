"""The stages of a calibration: what acts in the past, the posterior, its mode, the structure before, the method's own test."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sim.analysis.calibration.importance import Weighted, refine
from sim.analysis.calibration.informed import information
from sim.analysis.calibration.mode import PROFILED, Mode, find_mode, profile, spread_at, standardised
from sim.analysis.calibration.reference import speaking_directions
from sim.analysis.calibration.synthetic import made_history, recovered
from sim.analysis.calibration.tempering import Particles, temper
from sim.analysis.calibration.weights import resample
from sim.experiment.past import Past, prepare_past
from sim.experiment.targets import COVERAGE, Prior, Target
from sim.model.ir import Model

STEP = 1.0 / 32
"""Step of the classical Runge-Kutta method; a world for which it is too large is run with a finer one."""

ROUNDS = 4
"""Rounds of importance sampling."""

ASIDE = 1.3
"""Places to which an uncertainty is moved, up and down, to see whether anything recorded changes."""

BASES = 3
"""Places from which that is tried: the prior's medians and random ones."""

POINTS = 6
"""Places near the mode, and as many of the prior, at which derivatives say of which directions the data speak."""

SPREAD_OF_STARTS = 0.5
"""Standard deviation of the places from which the mode is searched; the first start is the prior's medians."""

Stage = Callable[[str, int, int], None]
"""Told the stage, how much of it is done and how much it has."""


@dataclass(frozen=True)
class Subject:
    """What is calibrated.

    Attributes:
        model: the model.
        priors: everything uncertain, in the order of the table.
        acting: which of them change anything recorded in the past, shape (prior,).
        past: the model prepared for those that act.
    """

    model: Model
    priors: tuple[Prior, ...]
    acting: np.ndarray
    past: Past

    @property
    def names(self) -> tuple[str, ...]:
        """Names of what acts, in the order of the places."""
        return tuple(each.name for each in self.past.uncertainties)


def subject_of(model: Model, priors: Sequence[Prior], targets: Sequence[Target], *, threads: int, seed: int) -> Subject:
    """Return ``model`` prepared for what acts in its past.

    An uncertainty that changes no bit of anything recorded, moved up and down from several places, is left at its prior.
    """
    every = prepare_past(model, [each.uncertainty for each in priors], targets, step=STEP, threads=threads)
    rng = np.random.default_rng([seed, 4])
    count = len(priors)
    acting = np.array([each.uncertainty.name == COVERAGE for each in priors])
    for base in range(BASES):
        places = np.repeat(SPREAD_OF_STARTS * rng.standard_normal((count, 1)) * (base > 0), 2 * count + 1, axis=1)
        places[np.arange(count), 1 + 2 * np.arange(count)] = ASIDE
        places[np.arange(count), 2 + 2 * np.arange(count)] = -ASIDE
        told = np.concatenate(list(every.yearly(places).values()))
        acting |= (told[:, 1:] != told[:, :1]).any(axis=0).reshape(count, 2).any(axis=1)
    kept = [each.uncertainty for each, acts in zip(priors, acting, strict=True) if acts]
    return Subject(model, tuple(priors), acting, prepare_past(model, kept, targets, step=STEP, threads=threads))


@dataclass(frozen=True)
class Posterior:
    """What the data leave of the prior.

    Attributes:
        particles: where tempering ended.
        weighted: weighted draws that the posterior is told from.
        chosen: equally weighted vectors, in random order, shape (place, vector).
    """

    particles: Particles
    weighted: Weighted
    chosen: np.ndarray


def speaking_of(past: Past, mode: Mode, *, seed: int) -> np.ndarray:
    """Return the directions of which the fitted data of ``past`` speak, near the mode and all over the prior."""
    rng = np.random.default_rng([seed, 9])
    near = mode.places[:, None] + SPREAD_OF_STARTS * rng.standard_normal((mode.places.size, POINTS))
    points = np.concatenate([mode.places[:, None], near, rng.standard_normal(near.shape)], axis=1)
    return speaking_directions(standardised(past.history, past.predicted), points)


def posterior_of(
    past: Past, within: np.ndarray, *, particles: int, moves: int, draws: int, vectors: int, seed: int, stage: Stage
) -> Posterior:
    """Return the posterior of ``past``: tempering finds it, importance sampling weighs fresh draws of it."""
    tempered = temper(
        past.log_likelihood,
        within,
        particles=particles,
        moves=moves,
        seed=seed,
        progress=lambda power: stage("tempering", round(1000 * power**0.5), 1000),
    )
    weighted = refine(
        past.log_likelihood,
        tempered.places,
        within,
        draws=draws,
        rounds=ROUNDS,
        seed=seed,
        progress=lambda made: stage("weighting", made, draws),
    )
    return Posterior(tempered, weighted, weighted.places[:, resample(weighted.log_weights, vectors, seed=seed)])


def mode_of(past: Past, *, starts: int, seed: int, stage: Stage) -> Mode:
    """Return the most probable places of ``past``."""
    rng = np.random.default_rng([seed, 5])
    first = SPREAD_OF_STARTS * rng.standard_normal((len(past.uncertainties), starts))
    first[:, 0] = 0.0
    return find_mode(standardised(past.history, past.predicted), first, progress=lambda done: stage("mode", done, starts))


def profiles_of(past: Past, mode: Mode, which: Sequence[int]) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Return places beside the mode and losses of the log posterior there, both of shape (place,), by index of ``which``."""
    deviations, spreads = standardised(past.history, past.predicted), spread_at(mode)
    at = {index: mode.places[index] + spreads[index] * np.array(PROFILED) for index in which}
    return {index: (places, profile(deviations, mode, index, at=places)) for index, places in at.items()}


def particles_without(
    subject: Subject, within: np.ndarray, left_out: Sequence[str], *, particles: int, moves: int, seed: int, stage: Stage
) -> tuple[Past, np.ndarray]:
    """Return the past and posterior draws of the structure in which the constants ``left_out`` keep the model's own values."""
    past = subject.past
    stays = np.array([each.name not in left_out for each in past.uncertainties])
    kept = [each for each, stay in zip(past.uncertainties, stays, strict=True) if stay]
    simpler = prepare_past(subject.model, kept, past.targets, step=STEP, threads=past.threads)
    found = temper(
        simpler.log_likelihood,
        np.linalg.qr(within[stays])[0],
        particles=particles,
        moves=moves,
        seed=seed,
        progress=lambda power: stage("before the repairs", round(1000 * power**0.5), 1000),
    )
    return simpler, found.places


@dataclass(frozen=True)
class Recovery:
    """Known truths and what the method finds of them; arrays of shape (truth, place).

    Attributes:
        truths: the truths.
        low: lower ends of 90 % intervals.
        high: upper ends of them.
        informed: whether the data of each truth inform the place.
    """

    truths: np.ndarray
    low: np.ndarray
    high: np.ndarray
    informed: np.ndarray


def synthetic_test(
    past: Past, within: np.ndarray, *, truths: int, particles: int, moves: int, seed: int, stage: Stage
) -> Recovery | None:
    """Return what the method finds of ``truths`` drawn from the prior; ``None`` for no truths."""
    places = len(past.uncertainties)
    rows = []
    for number in range(truths):
        own = int(np.random.SeedSequence([seed, 3, number]).generate_state(1, np.uint64)[0] >> 1)
        truth, made = made_history(past.history, past.predicted, places=places, seed=own)
        draws = recovered(made, past.predicted, within, particles=particles, moves=moves, seed=own)
        equal = np.full(particles, 1.0 / particles)
        told = information(draws, equal, effective=float(np.unique(draws[0]).size))
        rows.append((truth, *np.quantile(draws, (0.05, 0.95), axis=1), told.informed))
        stage("synthetic truths", number + 1, truths)
    return Recovery(*(np.array(each) for each in zip(*rows, strict=True))) if rows else None
