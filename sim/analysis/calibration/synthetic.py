"""The method's own test: data made from known truths are fitted as the real ones are, and the truths are looked for.

Where truths are drawn from the prior and data from the likelihood, 90 % intervals hold the truth in 90 % of cases if, and only
if, the sampling is right (Cook, Gelman and Rubin, Journal of Computational and Graphical Statistics 15 (2006) 675-692).
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from sim.analysis.calibration.likelihood import History, Series
from sim.analysis.calibration.predictive import replicate
from sim.analysis.calibration.tempering import temper
from sim.errors import Problem, ThroughflowError

MOST_TRIES = 50
"""Draws of the prior tried for one truth; worlds that fail are no truths."""

Predicted = Callable[[np.ndarray], dict[str, np.ndarray]]
"""Log model of every series at places (place, world)."""


def made_history(history: History, predicted: Predicted, *, places: int, seed: int) -> tuple[np.ndarray, History]:
    """Return a truth and the history it would have left.

    Arguments:
        history: the real series, whose years, errors and scales the made ones take.
        predicted: log model of every series at places.
        places: number of places.
        seed: of the truth and its data.

    Raises:
        ThroughflowError: every world tried fails.
    """
    rng = np.random.default_rng([seed, 3])
    tried = rng.standard_normal((places, MOST_TRIES))
    told = predicted(tried)
    fine = np.all([np.isfinite(values).all(axis=0) for values in told.values()], axis=0)
    if not fine.any():
        what, cure = f"{MOST_TRIES} draws of the prior fail", "look at the priors: they lead the model astray"
        raise ThroughflowError(Problem("synthetic truth", what, "a truth is a world that ends well", cure))
    which = int(np.argmax(fine))
    one = {name: values[:, [which]] for name, values in told.items()}
    data = replicate(history, one, seed=seed, informed=False).values
    return tried[:, which], History(tuple(_with(series, data[series.name][:, 0]) for series in history.series))


def _with(series: Series, values: np.ndarray) -> Series:
    return replace(series, values=values)


def recovered(
    history: History, predicted: Predicted, within: np.ndarray, *, particles: int, moves: int, seed: int
) -> np.ndarray:
    """Return equally weighted draws of the posterior of a made history, shape (place, particle)."""

    def log_likelihood(at: np.ndarray) -> np.ndarray:
        return history.log_likelihood(predicted(at))

    return temper(log_likelihood, within, particles=particles, moves=moves, seed=seed).places
