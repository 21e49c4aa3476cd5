"""How a run of an ensemble ended: codes that results carry, and which of them mean that its numbers stand."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

DONE, DIVERGED, LEFT_DOMAIN, REFINED, TOO_COARSE = range(5)

STATUS: Mapping[int, str] = MappingProxyType(
    {
        DONE: "done",
        DIVERGED: "diverged",
        LEFT_DOMAIN: "left its domain",
        REFINED: "done with a finer step",
        TOO_COARSE: "step too large",
    }
)
"""Every number stands; some number infinite first; some number undefined first; every number stands with a half or quarter of
the step, but not with the step itself; every number finite and none to be trusted, because a delay is so short that the method
overshoots at every step (:mod:`sim.engine.stability`), which a smaller step cures."""


WELL = (DONE, REFINED)
"""Endings whose numbers stand."""


def ended_well(status: np.ndarray) -> np.ndarray:
    """Return for each code of ``status`` whether the run's numbers stand."""
    return np.isin(status, WELL)
