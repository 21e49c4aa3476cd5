"""Screening by elementary effects: which of many unknowns move an output at all, and which act alone or by company.

An elementary effect is the change of an output when one factor moves and all others stay, per step.  Its mean size over
places of the whole space (mu*) says how much the factor matters; its scatter (sigma), how much that depends on the others.
Source: Morris, Technometrics 33 (1991) 161-174, doi 10.1080/00401706.1991.10484804; mu* and groups after Campolongo, Cariboni
and Saltelli, Environmental Modelling & Software 22 (2007) 1509-1518, doi 10.1016/j.envsoft.2006.10.004; stars of moves after
Campolongo, Saltelli and Cariboni, Computer Physics Communications 182 (2011) 978-988, doi 10.1016/j.cpc.2010.12.039.
"""

from dataclasses import dataclass

import numpy as np

from sim.analysis.sensitivity.resampling import RESAMPLES, ends, flat, weights, whole
from sim.errors import Problem, ThroughflowError

LEAST = 4
"""Trajectories below which nothing is said."""


@dataclass(frozen=True)
class Screening:
    """Statistics of elementary effects, each array of shape (factor, output); NaN for an output that does not vary.

    Attributes:
        mean: mean effect (mu): signed, so effects of either sign cancel; without meaning for a group of factors.
        size: mean size of the effect (mu*).
        size_low: 5 % point of ``size`` over resampled trajectories.
        size_high: 95 % point.
        scatter: standard deviation of the effect (sigma).
        scatter_low: 5 % point of ``scatter``.
        scatter_high: 95 % point.
        used: trajectories used.
        left_out: trajectories with a failed run.
        constant: outputs that do not vary, shape (output,).
    """

    mean: np.ndarray
    size: np.ndarray
    size_low: np.ndarray
    size_high: np.ndarray
    scatter: np.ndarray
    scatter_low: np.ndarray
    scatter_high: np.ndarray
    used: int
    left_out: int
    constant: np.ndarray


def star_effects(values: np.ndarray, steps: np.ndarray | float = 1.0) -> np.ndarray:
    """Return the effects of stars of moves, shape (trajectory, factor, output); exactly 0 of an output that does not vary.

    Arguments:
        values: outputs, shape (trajectory, 1 + factor, output): at the base point, and with each factor moved from there.
        steps: how far each factor moved, with sign; of a shape that fits (trajectory, factor).
    """
    far = np.broadcast_to(np.asarray(steps, dtype=float), (values.shape[0], values.shape[1] - 1))
    return _told(values[:, 1:] - values[:, :1], values) / far[..., None]


def path_effects(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the effects along paths on which every factor moves once, shape (trajectory, factor, output).

    Arguments:
        values: outputs, shape (trajectory, 1 + factor, output).
        places: where each point lies, shape (trajectory, 1 + factor, factor); successive points differ in one factor.

    Raises:
        ThroughflowError: a path that is not so.
    """
    moves = np.diff(places, axis=1)
    moved = moves != 0
    if not (moved.sum(axis=2) == 1).all() or not moved.any(axis=1).all():
        what, cure = "a step that moves no factor or several, or a factor that never moves", "give paths of Morris' design"
        raise ThroughflowError(Problem("places", what, "an effect is that of one factor", cure))
    steps, changes = moves.sum(axis=2), _told(np.diff(values, axis=1), values)
    effects = np.empty_like(changes)
    np.put_along_axis(effects, moved.argmax(axis=2)[..., None], changes / steps[..., None], axis=1)
    return effects


def _told(changes: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return ``changes`` without those of outputs whose ``values`` differ by rounding only."""
    whole_ones = np.isfinite(values).all(axis=(1, 2))
    still = flat(values[whole_ones]) if whole_ones.any() else np.zeros(values.shape[-1], dtype=bool)
    return np.where(still & np.isfinite(changes), 0.0, changes)


def screen(effects: np.ndarray, *, resamples: int = RESAMPLES, seed: int = 0) -> Screening:
    """Return the statistics of ``effects``, shape (trajectory, factor, output); a trajectory with NaN is left out whole.

    Arguments:
        effects: as :func:`star_effects` and :func:`path_effects` give them.
        resamples: of trajectories, for the intervals.
        seed: of the resamples.

    Raises:
        ThroughflowError: fewer than four trajectories remain.
    """
    good = whole(effects, least=LEAST, unit="trajectories")
    kept = effects[good]
    count, shape = len(kept), kept.shape[1:]
    rows = kept.reshape(count, -1)
    mean, size = rows.mean(axis=0), np.abs(rows).mean(axis=0)
    drawn = weights(count, resamples=resamples, seed=seed)
    sizes, means, squares = drawn @ np.abs(rows), drawn @ (rows - mean), drawn @ (rows - mean) ** 2
    scatters = np.sqrt(np.maximum(squares - means**2, 0.0) * count / (count - 1))
    constant = (kept == 0).all(axis=(0, 1))
    found = (mean, size, *ends(sizes), rows.std(axis=0, ddof=1), *ends(scatters))
    told = [np.where(constant, np.nan, each.reshape(shape)) for each in found]
    return Screening(*told, used=count, left_out=int((~good).sum()), constant=constant)
