"""How well a model tells a series, and whether a forecast of no thought tells it as well.

Arrays hold one value a point, shape (n,). A statistic that does not exist for the points given is ``None``, never NaN.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.analysis.calibration.weights import finite
from sim.errors import Problem, ThroughflowError

LAST, TREND = "last value", "linear trend"
"""Names of the naive forecasts."""


@dataclass(frozen=True)
class Goodness:
    """How well predicted values meet observed ones.

    Attributes:
        n: number of points.
        r2: 1 − squared errors ÷ squared deviations of the observed from their mean, of levels; below 0 if the mean of the
            observed would have told more. ``None`` if the observed do not vary, as one point does not.
        mape: mean absolute error in % of the observed; ``None`` if an observed value is 0.
        theil_u: root of Σ error² ÷ Σ observed² (Theil 1966): 0 is perfect, 1 as bad as telling 0 throughout. ``None`` if all
            observed are 0.
        bias: share of the mean squared error that comes of unequal means.
        variation: share that comes of unequal standard deviations, thus of unequal trends or swings.
        covariation: share that comes of deviations that do not run together. The three add up to 1 (Theil 1966, chapter 2;
            Sterman 1984, Dynamica 10: 51–66); all are ``None`` for one point, which cannot tell them apart, and where there
            is no error to share.
    """

    n: int
    r2: float | None
    mape: float | None
    theil_u: float | None
    bias: float | None
    variation: float | None
    covariation: float | None


@dataclass(frozen=True)
class Rank:
    """How a forecast does among others of the same points.

    Attributes:
        forecast: its name.
        n: number of points.
        mape: mean absolute error in % of the observed.
        rmse_log: root mean square of log forecast − log observed; ``None`` if the forecast falls to 0 or below.
        rank: 1 is best by ``rmse_log``; equal ones share a rank, a forecast without the statistic comes last.
    """

    forecast: str
    n: int
    mape: float
    rmse_log: float | None
    rank: int


def goodness(observed: np.ndarray, predicted: np.ndarray) -> Goodness:
    """Return the statistics of fit of ``predicted`` against ``observed``, both shape (n,), in the same unit.

    Raises:
        ThroughflowError: no points, unequal shapes, NaN or infinity.
    """
    actual, told = _pair(observed, predicted, name="predicted")
    error = told - actual
    squared = float(np.mean(error**2))
    around = float(np.mean((actual - actual.mean()) ** 2)) if np.ptp(actual) > 0 else 0.0
    size = float(np.mean(actual**2))
    shares = _shares(actual, told) if actual.size > 1 and squared > 0 else (None, None, None)
    return Goodness(
        n=actual.size,
        r2=1.0 - squared / around if around > 0 else None,
        mape=float(100.0 * np.mean(np.abs(error / actual))) if (actual != 0).all() else None,
        theil_u=float(np.sqrt(squared / size)) if size > 0 else None,
        bias=shares[0],
        variation=shares[1],
        covariation=shares[2],
    )


def coverage(observed: np.ndarray, low: np.ndarray, high: np.ndarray) -> float:
    """Return the share, 0 to 1, of ``observed`` from ``low`` to ``high``, ends included; all shape (n,).

    Raises:
        ThroughflowError: no points, unequal shapes, NaN or infinity, or an end above the other.
    """
    actual, bottom = _pair(observed, low, name="low")
    _, top = _pair(observed, high, name="high")
    if (bottom > top).any():
        raise ThroughflowError(Problem("band", "low above high", "nothing lies between", "give the lower end first"))
    return float(np.mean((actual >= bottom) & (actual <= top)))


def naive_forecasts(years: np.ndarray, values: np.ndarray, ahead_years: np.ndarray) -> dict[str, np.ndarray]:
    """Return what forecasters without a model would have said, from the points of the fit window alone.

    ``last value`` repeats the last point. ``linear trend`` continues the least-squares line through all points, of the level:
    the line a reader would lay through the figure. A line through logarithms would compound the growth of the first years
    for ever and be the easier rival. The line is left out where there is one point only.

    Args:
        years: calendar years of ``values``, rising, shape (n,).
        values: the series in its own unit, shape (n,).
        ahead_years: years to forecast, all after the last of ``years``, shape (m,).

    Returns:
        By name, forecasts of shape (m,), in the unit of ``values``.

    Raises:
        ThroughflowError: no points, unequal shapes, NaN or infinity, years that do not rise or do not lie ahead.
    """
    told, when = _pair(values, years, name="years")
    ahead = np.atleast_1d(finite(ahead_years, where="years ahead"))
    if (np.diff(when) <= 0).any() or ahead.min() <= when[-1]:
        raise ThroughflowError(
            Problem("years of a naive forecast", "not rising, or not ahead", "it may know the past only", "sort and split")
        )
    forecasts = {LAST: np.full(ahead.shape, told[-1])}
    if told.size > 1:
        middle = when.mean()
        slope = (when - middle) @ (told - told.mean()) / np.sum((when - middle) ** 2)
        forecasts[TREND] = told.mean() + slope * (ahead - middle)
    return forecasts


def ranking(observed: np.ndarray, forecasts: Mapping[str, np.ndarray]) -> tuple[Rank, ...]:
    """Return how the forecasts did, best first.

    They are ranked by errors of logarithms, in which twice too much is as wrong as half; errors in % of the observed favour
    the forecast that is too low.

    Args:
        observed: the series in its own unit, positive, shape (n,).
        forecasts: by name, each shape (n,), in the same unit.

    Raises:
        ThroughflowError: no points or forecasts, unequal shapes, NaN or infinity, an observed value that is not positive.
    """
    actual = finite(observed, where="observed")
    if (actual <= 0).any() or not forecasts:
        raise ThroughflowError(
            Problem("ranking", "an observed value of 0 or less, or no forecast", "it has no logarithm", "leave it out")
        )
    told = {name: _pair(actual, each, name=name)[1] for name, each in forecasts.items()}
    errors = {name: float(np.sqrt(np.mean(np.log(v / actual) ** 2))) if (v > 0).all() else np.inf for name, v in told.items()}
    rows = [
        Rank(
            forecast=name,
            n=actual.size,
            mape=float(100.0 * np.mean(np.abs(told[name] / actual - 1.0))),
            rmse_log=errors[name] if np.isfinite(errors[name]) else None,
            rank=1 + sum(other < errors[name] for other in errors.values()),
        )
        for name in told
    ]
    return tuple(sorted(rows, key=lambda row: row.rank))


def residuals(observed: np.ndarray, median: np.ndarray, spread: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return log observed − log median, and the same in standard deviations.

    Args:
        observed: the series, positive, shape (n,).
        median: what the model tells, the observation equation applied, same unit, positive, shape (n,).
        spread: standard deviation of log observed about log median, error included, above 0, shape (n,).

    Raises:
        ThroughflowError: no points, unequal shapes, NaN or infinity, or a number that is not positive.
    """
    actual, middle = _pair(observed, median, name="median")
    _, scale = _pair(observed, spread, name="spread")
    if min(actual.min(), middle.min(), scale.min()) <= 0:
        raise ThroughflowError(
            Problem("residuals", "a number of 0 or less", "it has no logarithm, or no size", "leave the point out")
        )
    parted = np.log(actual) - np.log(middle)
    return parted, parted / scale


def _shares(actual: np.ndarray, told: np.ndarray) -> tuple[float, float, float]:
    """Return Theil's shares of bias, variation and covariation in an error that is not zero.

    What is not bias is the variance of the error; taking the covariation from it, not from a correlation, keeps the sum at 1
    and needs no variance of either series.
    """
    error = told - actual
    bias = float(error.mean() ** 2)
    rest = float(np.mean((error - error.mean()) ** 2))
    variation = min(float((told.std() - actual.std()) ** 2), rest)
    whole = bias + rest
    return bias / whole, variation / whole, (rest - variation) / whole


def _pair(observed: np.ndarray, other: np.ndarray, *, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return both as arrays of the same one dimension, or refuse them."""
    first, second = finite(observed, where="observed"), finite(other, where=name)
    if first.ndim != 1 or first.shape != second.shape:
        shapes = f"shapes {first.shape} and {second.shape}"
        raise ThroughflowError(Problem(f"observed and {name}", shapes, "points are compared one by one", "give both as (n,)"))
    return first, second
