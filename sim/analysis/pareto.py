"""Which options no other option beats in everything at once: Pareto dominance, world by world."""

import numpy as np

from sim.errors import Problem, ThroughflowError

NORMAL = 1.6448536269514722
"""Quantile of the normal distribution that leaves 5 % above."""


def dominated(losses: np.ndarray) -> np.ndarray:
    """Return which options some other option dominates: at least as good in every criterion, better in one.

    Source: Pareto dominance as in Miettinen (1998), Nonlinear Multiobjective Optimization, definition 2.2.1,
    doi 10.1007/978-1-4615-5563-6.

    Arguments:
        losses: shape (criterion, option, world) or (criterion, option); less is better in each criterion.

    Returns:
        Shape (option, world) or (option,), truth values.

    Raises:
        ThroughflowError: losses that are not finite.
    """
    if not np.isfinite(losses).all():
        why = "neither better nor worse can be told"
        raise ThroughflowError(Problem("Pareto set", "losses that are not finite", why, "leave out worlds that failed"))
    found = np.zeros(losses.shape[1:], dtype=bool)
    for option in range(losses.shape[1]):
        own = losses[:, option, None]
        found[option] = ((losses <= own).all(axis=0) & (losses < own).any(axis=0)).any(axis=0)
    return found


def wilson(count: np.ndarray | int, total: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the 5–95 % interval of a share, ``count`` of ``total``.

    It tells how well ``total`` draws settle the share, not whether the worlds are the right ones.

    Source: Wilson (1927), doi 10.1080/01621459.1927.10502953.
    """
    share, square = np.asarray(count) / total, NORMAL**2
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = NORMAL / (1 + square / total) * np.sqrt(share * (1 - share) / total + square / (4 * total**2))
    return np.clip(middle - half, 0.0, 1.0), np.clip(middle + half, 0.0, 1.0)
