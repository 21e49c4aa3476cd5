"""The most probable places, and how fast probability falls beside them: least squares on standardised deviations and places.

With the sizes of error as stated, minus twice the log posterior is a sum of squares: of the deviations of the fitted data,
standardised by their covariance with the scale integrated out, and of the places themselves.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sim.analysis.calibration.likelihood import MULTIPLES, Block, History
from sim.analysis.calibration.reference import Deviations, slopes_at

TROUBLE = 1e3
"""Standardised deviation that stands for a world that failed: far from any fit, and finite."""

POINT_95 = 1.6448536269514722
"""Place of a prior's 95 % point; a mode beyond it lies outside the prior's 90 % interval."""

PROFILED = tuple(np.linspace(-3.0, 3.0, 13))
"""Where a parameter is held while the others fit as well as they can, in its own standard deviations about the mode."""

MOST_STEPS = 40


@dataclass(frozen=True)
class Mode:
    """The most probable places found.

    Attributes:
        places: shape (place,).
        losses: half the sum of squares where each start ended, in order of the starts.
        slopes: derivatives of the standardised deviations there, shape (datum, place).
    """

    places: np.ndarray
    losses: tuple[float, ...]
    slopes: np.ndarray


def standardised(history: History, predicted: Callable[[np.ndarray], dict[str, np.ndarray]]) -> Deviations:
    """Return the function whose squares the mode makes least.

    Arguments:
        history: the series.
        predicted: log model of every series at places, as :meth:`History.log_likelihood` takes it.
    """
    stated = MULTIPLES.index(1.0)
    whitenings = [_whitening(block, stated) for block in history.blocks]

    def deviations(places: np.ndarray) -> np.ndarray:
        told = predicted(places)
        rows = []
        for block, whitening in zip(history.blocks, whitenings, strict=True):
            away = (block.data[:, None] - np.concatenate([told[one.name] for one in block.series]))[block.fitted]
            rows.append(whitening @ np.where(np.isfinite(away), away, TROUBLE))
        return np.clip(np.concatenate(rows), -TROUBLE, TROUBLE)

    return deviations


def _whitening(block: Block, stated: int) -> np.ndarray:
    sizes = (MULTIPLES[stated],) * len(block.series)
    whole = (block.covariance(sizes) + block.spread**2)[np.ix_(block.fitted, block.fitted)]
    return np.linalg.inv(np.linalg.cholesky(whole))


def find_mode(deviations: Deviations, starts: np.ndarray, *, progress: Callable[[int], None] = lambda done: None) -> Mode:
    """Return the best of the minima that the ``starts`` lead to.

    Arguments:
        deviations: as :func:`standardised` returns it.
        starts: shape (place, start).
        progress: told the starts done.
    """
    ends: list[tuple[float, np.ndarray]] = []
    for done, start in enumerate(starts.T, start=1):
        ends.append(_descend(deviations, start))
        progress(done)
    places = min(ends, key=lambda end: end[0])[1]
    return Mode(places, tuple(loss for loss, _ in ends), slopes_at(deviations, places))


def _descend(deviations: Deviations, start: np.ndarray) -> tuple[float, np.ndarray]:
    from scipy.optimize import least_squares

    found = least_squares(
        lambda places: np.concatenate([deviations(places[:, None])[:, 0], places]),
        start,
        jac=lambda places: np.concatenate([slopes_at(deviations, places), np.eye(places.size)]),
        xtol=1e-4,
        ftol=1e-6,
        max_nfev=MOST_STEPS,
    )
    return float(found.cost), np.asarray(found.x)


def spread_at(mode: Mode) -> np.ndarray:
    """Return the standard deviation of each place at the mode, as its slopes have it (Laplace), shape (place,)."""
    covariance = np.linalg.inv(mode.slopes.T @ mode.slopes + np.eye(mode.places.size))
    return np.sqrt(np.diag(covariance))


def profile(deviations: Deviations, mode: Mode, which: int, *, at: Sequence[float]) -> np.ndarray:
    """Return what is lost of the log posterior when place ``which`` is held ``at`` values and the others fit again.

    The others move along the slopes at the mode (a chord method), so a loss is an upper bound.

    Returns:
        Losses against the mode, at least 0, shape (value,).
    """
    others = np.delete(np.arange(mode.places.size), which)
    slopes = mode.slopes[:, others]
    solve = np.linalg.inv(slopes.T @ slopes + np.eye(others.size))
    places = np.repeat(mode.places[:, None], len(at), axis=1)
    places[which] = at
    best, least = places, _loss(deviations(places), places)
    for size in (1.0, 1.0, 0.5, 0.5, 0.25):
        gradient = slopes.T @ deviations(best) + best[others]
        tried = best.copy()
        tried[others] -= size * (solve @ gradient)
        loss = _loss(deviations(tried), tried)
        best, least = np.where(loss < least, tried, best), np.minimum(loss, least)
    return np.maximum(0.0, least - min(mode.losses))


def _loss(deviations: np.ndarray, places: np.ndarray) -> np.ndarray:
    return 0.5 * ((deviations**2).sum(axis=0) + (places**2).sum(axis=0))
