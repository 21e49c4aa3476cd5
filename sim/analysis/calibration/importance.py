"""Weighted draws of the posterior from fresh runs, so that how good they are can be told: adaptive importance sampling.

Draws come from a normal reference of the particles, partly widened, and are weighted by prior times likelihood over the density
of that mixture; the reference is then fitted to the weighted draws, and so on (mixture population Monte Carlo: Cappé, Douc,
Guillin, Marin and Robert, Statistics and Computing 18 (2008) 447-459). The rounds are pooled, each draw weighted against the
mixture of all rounds (Veach and Guibas 1995; Cornuet, Marin, Mira and Robert, Scandinavian Journal of Statistics 39 (2012)
798-812), so no round is wasted and none can dominate.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sim.analysis.calibration.reference import Reference, reference_of
from sim.analysis.calibration.tempering import LogLikelihood
from sim.analysis.calibration.weights import normalised

WIDENINGS = (1.0, 1.3, 2.0)
"""The mixture's parts are the reference with its variances times these, in equal shares."""


@dataclass(frozen=True)
class Weighted:
    """Weighted draws of the posterior.

    Attributes:
        places: shape (place, draw).
        log_likelihood: shape (draw,).
        log_weights: natural logarithms up to one constant, shape (draw,); minus infinity where a world failed.
        rounds: draws of each round, in order.
    """

    places: np.ndarray
    log_likelihood: np.ndarray
    log_weights: np.ndarray
    rounds: tuple[int, ...]


def refine(
    log_likelihood: LogLikelihood,
    particles: np.ndarray,
    within: np.ndarray,
    *,
    draws: int,
    rounds: int,
    seed: int,
    progress: Callable[[int], None] = lambda made: None,
) -> Weighted:
    """Return ``draws`` weighted draws in ``rounds`` rounds, the proposal fitted again after each.

    Arguments:
        log_likelihood: of many places at once.
        particles: equally weighted draws that the first proposal is fitted to, shape (place, particle).
        within: orthonormal directions of which data speak, shape (place, direction).
        draws: over all rounds.
        rounds: how many.
        seed: of everything drawn.
        progress: told the draws made after every round.
    """
    rng = np.random.default_rng([seed, 2])
    mixtures = [_mixture(reference_of(particles, within))]
    places, logs, sizes = [], [], _sizes(draws, rounds)
    for size in sizes:
        places.append(_draw(mixtures[-1], size, rng))
        logs.append(log_likelihood(places[-1]))
        mixtures.append(_mixture(_fitted((places, logs, mixtures), particles, within)))
        progress(sum(each.shape[1] for each in places))
    every, log_likelihoods = np.concatenate(places, axis=1), np.concatenate(logs)
    return Weighted(every, log_likelihoods, _log_weights(every, log_likelihoods, mixtures[:-1], sizes), tuple(sizes))


def _sizes(draws: int, rounds: int) -> list[int]:
    """Return the draws of each round: the last, best proposal makes half of them."""
    early = draws // (2 * max(1, rounds - 1)) if rounds > 1 else 0
    return [early] * (rounds - 1) + [draws - early * (rounds - 1)]


def _mixture(reference: Reference) -> tuple[Reference, ...]:
    return tuple(reference.wider(factor) for factor in WIDENINGS)


def _draw(mixture: Sequence[Reference], size: int, rng: np.random.Generator) -> np.ndarray:
    standard = rng.standard_normal((mixture[0].mean.size, size))
    part = np.arange(size) % len(mixture)
    places = np.empty_like(standard)
    for which, reference in enumerate(mixture):
        places[:, part == which] = reference.coloured(standard[:, part == which])
    return places


def _log_weights(
    places: np.ndarray, logs: np.ndarray, mixtures: Sequence[Sequence[Reference]], sizes: Sequence[int]
) -> np.ndarray:
    from scipy.special import logsumexp

    parts = [(reference, size / len(mixture)) for mixture, size in zip(mixtures, sizes, strict=True) for reference in mixture]
    over = np.stack([-reference.log_ratio(places) for reference, _ in parts])  # log of proposal over prior
    shares = np.array([share for _, share in parts]) / sum(sizes)
    return logs - logsumexp(over, axis=0, b=shares[:, None])


def _fitted(
    made: tuple[list[np.ndarray], list[np.ndarray], Sequence[Sequence[Reference]]], particles: np.ndarray, within: np.ndarray
) -> Reference:
    """Return the reference of all weighted draws so far with the particles, each group by its effective number."""
    places, logs, mixtures = made
    every, sizes = np.concatenate(places, axis=1), [each.shape[1] for each in places]
    weights = normalised(_log_weights(every, np.concatenate(logs), mixtures, sizes))
    worth = 1.0 / float((weights**2).sum())
    share = worth / (worth + particles.shape[1])
    equal = np.full(particles.shape[1], (1.0 - share) / particles.shape[1])
    return reference_of(np.concatenate([every, particles], axis=1), within, np.concatenate([share * weights, equal]))
