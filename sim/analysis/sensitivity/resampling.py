"""What the indices share: which rows can be used, which outputs vary at all, and resampling for intervals."""

import numpy as np

from sim.errors import Problem, ThroughflowError

LEVELS = (0.05, 0.95)
"""Ends of every interval given, as quantiles over the resamples."""

RESAMPLES = 500
"""Usual number of resamples."""

FLAT = 1e-10
"""Range of an output, as a share of its greatest size, up to which it does not vary: about what rounding leaves."""


def whole(values: np.ndarray, *, least: int, unit: str) -> np.ndarray:
    """Return which rows of ``values``, first axis, have finite numbers only, shape (row,).

    Arguments:
        values: outputs, NaN where a run failed.
        least: rows that must remain.
        unit: what a row is called.

    Raises:
        ThroughflowError: fewer rows remain.
    """
    good = np.isfinite(values).reshape(len(values), -1).all(axis=1)
    if good.sum() < least:
        what = f"{int(good.sum())} of {len(values)} {unit} have all of their runs"
        why = f"a run that failed takes the whole of its kind with it, and an index of fewer than {least} says nothing"
        raise ThroughflowError(
            Problem("sensitivity", what, why, "ask for more, or narrow the uncertainties until runs end well")
        )
    return good


def flat(values: np.ndarray) -> np.ndarray:
    """Return which outputs, last axis of ``values``, do not vary, shape (output,)."""
    rows = values.reshape(-1, values.shape[-1])
    return np.ptp(rows, axis=0) <= FLAT * np.abs(rows).max(axis=0)


def weights(rows: int, *, resamples: int, seed: int) -> np.ndarray:
    """Return how often each row is in each resample, over the number of rows: shape (resample, row), each sums to 1.

    Source: Efron, Annals of Statistics 7 (1979) 1-26, doi 10.1214/aos/1176344552.
    """
    drawn = np.random.default_rng(seed).multinomial(rows, np.full(rows, 1.0 / rows), size=resamples)
    return drawn / rows


def ends(resampled: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the quantiles :data:`LEVELS` of ``resampled`` over its first axis."""
    low, high = np.quantile(resampled, LEVELS, axis=0)
    return low, high
