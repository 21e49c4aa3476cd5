"""From the prior to the posterior in steps: tempered sequential Monte Carlo with moves that keep the prior.

Particles start as draws of the prior. The likelihood is raised to a power that grows from 0 to 1, each time as far as half the
particles stay effective; they are drawn again by weight and then moved (Del Moral, Doucet and Jasra, Journal of the Royal
Statistical Society B 68 (2006) 411-436; adaptive powers: Jasra, Stephens, Doucet and Tsagaris, Scandinavian Journal of
Statistics 38 (2011) 1-22). A move is a preconditioned Crank-Nicolson step about a normal reference of the particles, whose
acceptance does not fall with the number of uninformed places (Cotter, Roberts, Stuart and White, Statistical Science 28 (2013)
424-446; about a reference: Pinski, Simpson, Stuart and Weber, SIAM Journal on Scientific Computing 37 (2015) A2733-A2757).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.analysis.calibration.reference import Reference, reference_of
from sim.analysis.calibration.weights import effective_size, resample
from sim.errors import Problem, ThroughflowError

LogLikelihood = Callable[[np.ndarray], np.ndarray]
"""Log likelihood of places (place, world), shape (world,); minus infinity where a world failed, never NaN."""

ACCEPTED = 0.3
"""Share of moves that the step size aims at."""

FINAL_ROUNDS = 3
"""Times as many moves are made once the likelihood counts in full."""

REFRESH = 3
"""Moves after which the reference is fitted again."""

MOST_POWERS = 60
"""Powers after which a posterior is given up: it is too far from its prior for this many particles."""

_SMALLEST_STEP, _LARGEST_STEP = 0.02, 0.99


@dataclass(frozen=True)
class Particles:
    """Where tempering ended.

    Attributes:
        places: equally weighted draws of the posterior, shape (place, particle).
        log_likelihood: shape (particle,).
        powers: powers of the likelihood, increasing to 1.
        accepted: share of moves accepted at each power.
        log_evidence: log of the prior mean of the likelihood.
        prior_effective: effective number of the prior draws alone, weighted by the likelihood.
        runs: worlds that were run.
    """

    places: np.ndarray
    log_likelihood: np.ndarray
    powers: tuple[float, ...]
    accepted: tuple[float, ...]
    log_evidence: float
    prior_effective: float
    runs: int


@dataclass
class _State:
    places: np.ndarray
    logs: np.ndarray
    rng: np.random.Generator
    step: float = 0.5
    runs: int = 0


def temper(
    log_likelihood: LogLikelihood,
    within: np.ndarray,
    *,
    particles: int,
    moves: int,
    seed: int,
    progress: Callable[[float], None] = lambda power: None,
) -> Particles:
    """Return draws of the posterior of places that are standard normal a priori.

    Arguments:
        log_likelihood: of many places at once.
        within: orthonormal directions of which data speak, shape (place, direction); moves are scaled along them.
        particles: draws that are carried along.
        moves: moves at each power.
        seed: of everything drawn.
        progress: told the power after every step.

    Raises:
        ThroughflowError: every prior draw fails, or the powers do not reach 1.
    """
    rng = np.random.default_rng([seed, 1])
    start = rng.standard_normal((within.shape[0], particles))
    state = _State(start, log_likelihood(start), rng, runs=particles)
    if not np.isfinite(state.logs).any():
        what, cure = (
            f"none of {particles} draws of the prior has a likelihood",
            "look at the priors: they lead the model astray",
        )
        raise ThroughflowError(Problem("prior", what, "nothing can be learnt from runs that all fail", cure))
    prior_effective = effective_size(state.logs)
    powers, accepted, evidence = [0.0], [], 0.0
    while powers[-1] < 1.0:
        if len(powers) > MOST_POWERS:
            what = f"power {powers[-1]:.2g} of the likelihood after {MOST_POWERS} steps"
            raise ThroughflowError(
                Problem("calibration", what, "the posterior lies too far from the prior", "take more particles")
            )
        step = _next_step(state.logs, 1.0 - powers[-1])
        weights = step * state.logs
        evidence += float(np.log(np.mean(np.exp(weights - weights.max()))) + weights.max())
        powers.append(1.0 if step >= 1.0 - powers[-1] else powers[-1] + step)
        drawn = resample(weights, particles, seed=int(rng.integers(2**63)))
        state.places, state.logs = state.places[:, drawn], state.logs[drawn]
        rounds = moves * (FINAL_ROUNDS if powers[-1] == 1.0 else 1)
        accepted.append(_move(state, log_likelihood, within, power=powers[-1], rounds=rounds))
        progress(powers[-1])
    return Particles(state.places, state.logs, tuple(powers), tuple(accepted), evidence, prior_effective, state.runs)


def _next_step(logs: np.ndarray, most: float) -> float:
    """Return how far the power may grow while half the particles stay effective, by bisection."""
    half = 0.5 * np.isfinite(logs).sum()
    low, high = 0.0, most
    if effective_size(most * logs) >= half:
        return most
    for _ in range(50):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if effective_size(middle * logs) >= half else (low, middle)
    return low


def _move(state: _State, log_likelihood: LogLikelihood, within: np.ndarray, *, power: float, rounds: int) -> float:
    """Move every particle ``rounds`` times, tuning the step; return the share of moves accepted."""
    accepted, about = 0.0, Reference(np.zeros(0), np.zeros((0, 0)), np.zeros(0))
    for made in range(rounds):
        if made % REFRESH == 0:
            about = reference_of(state.places, within)
        own = about.whitened(state.places)
        kept, new = (1.0 - state.step**2) ** 0.5, state.rng.standard_normal(own.shape)
        tried = about.coloured(kept * own + state.step * new)
        logs = log_likelihood(tried)
        gain = power * (logs - state.logs) + about.log_ratio(tried) - about.log_ratio(state.places)
        taken = np.log(state.rng.random(logs.size)) < gain
        state.places[:, taken], state.logs[taken] = tried[:, taken], logs[taken]
        state.runs += logs.size
        share = float(taken.mean())
        accepted += share / rounds
        state.step = float(np.clip(state.step * np.exp(0.8 * (share - ACCEPTED)), _SMALLEST_STEP, _LARGEST_STEP))
    return accepted
