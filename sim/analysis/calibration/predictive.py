"""What real series would look like if a world were true: its numbers, a scale, and deviations of the size the data show.

Of a world only the model's numbers are known; scale and size of error are drawn given that world and the fitted years. In a
fitted year the deviation is a fresh one (the band says what such data could have been); in a year held out it is drawn given
the deviations of the fitted years, which fade with the memory of the series.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.analysis.calibration.likelihood import Block, History


@dataclass(frozen=True)
class Replicas:
    """Series as they could have been.

    Attributes:
        values: by name of the series, in its unit, shape (year, world).
        centres: the same without deviations: model times scale and coverage, shape (year, world).
        scales: by name of the scale, shape (world,).
    """

    values: dict[str, np.ndarray]
    centres: dict[str, np.ndarray]
    scales: dict[str, np.ndarray]


def replicate(history: History, predicted: Mapping[str, np.ndarray], *, seed: int, informed: bool = True) -> Replicas:
    """Return one replica of every series for each world.

    Arguments:
        history: the series.
        predicted: as for :meth:`History.log_likelihood`, finite.
        seed: of the drawn scales, sizes and deviations.
        informed: whether scale, size and deviations are drawn given the fitted data; else from their prior.

    Source: conditional normal distributions, e.g. Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), A.2.
    """
    rng = np.random.default_rng([seed, 7])
    found = Replicas({}, {}, {})
    for block in history.blocks:
        stacked = np.concatenate([predicted[one.name] for one in block.series])
        shifts, noise = _block(block, stacked, rng, informed)
        median = np.log(block.series[0].scale_points[1])
        if block.series[0].scale:
            found.scales[block.series[0].scale] = np.exp(median + shifts)
        centres = np.exp(stacked + median + shifts)
        edges = np.cumsum([one.years.size for one in block.series])[:-1]
        for one, centre, deviation in zip(block.series, np.split(centres, edges), np.split(noise, edges), strict=True):
            found.centres[one.name] = centre
            found.values[one.name] = centre * np.exp(deviation)
    return found


def _block(block: Block, predicted: np.ndarray, rng: np.random.Generator, informed: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return a log scale beside its median, shape (world,), and deviations, shape (row, world)."""
    worlds = predicted.shape[1]
    logs = np.broadcast_to(block.log_chances[:, None], (len(block.sizes), worlds))
    if informed:
        logs = logs + block.log_densities(predicted)
    cumulated = np.cumsum(np.exp(logs - logs.max(axis=0)), axis=0)
    drawn = (rng.random(worlds) * cumulated[-1] > cumulated).sum(axis=0)
    shifts, noise = np.zeros(worlds), np.zeros(predicted.shape)
    places = rng.standard_normal(worlds)
    fresh = rng.standard_normal(predicted.shape)
    for which in np.unique(drawn):
        own = drawn == which
        whole = block.covariance(block.sizes[which])
        away = (block.data[:, None] - predicted[:, own])[block.fitted]
        shifts[own] = _scale(block, whole, away, informed) + _scale_spread(block, whole, informed) * places[own]
        noise[:, own] = np.linalg.cholesky(whole) @ fresh[:, own]
        if informed:
            noise[:, own] = _given(block, whole, away - shifts[own], noise[:, own])
    return shifts, noise


def _scale(block: Block, whole: np.ndarray, away: np.ndarray, informed: bool) -> np.ndarray:
    """Return the mean of the log scale given the fitted data: precision-weighted between data and prior."""
    if not informed or block.spread == 0.0:
        return np.zeros(away.shape[1])
    fitted = whole[np.ix_(block.fitted, block.fitted)]
    weights = np.linalg.solve(fitted, np.ones(fitted.shape[0]))
    return (weights @ away) / (weights.sum() + block.spread**-2)


def _scale_spread(block: Block, whole: np.ndarray, informed: bool) -> float:
    if block.spread == 0.0 or not informed:
        return block.spread
    fitted = whole[np.ix_(block.fitted, block.fitted)]
    return float((np.linalg.solve(fitted, np.ones(fitted.shape[0])).sum() + block.spread**-2) ** -0.5)


def _given(block: Block, whole: np.ndarray, away: np.ndarray, fresh: np.ndarray) -> np.ndarray:
    """Return deviations: fresh ones in fitted years, drawn given the data's own in years held out (Matheron's rule)."""
    fitted = block.fitted
    if fitted.all():
        return fresh
    gain = np.linalg.solve(whole[np.ix_(fitted, fitted)], whole[np.ix_(fitted, ~fitted)]).T
    held = fresh[~fitted] + gain @ (away - fresh[fitted])
    result = fresh.copy()
    result[~fitted] = held
    return result
