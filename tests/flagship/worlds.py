"""Runs whose tables differ from the file's, or whose parameters change on the way: each continues a run of the main batch."""

from dataclasses import dataclass

import numpy as np

from .support import Batch, central

CALM = [[2010.0, 1.0], [2041.0, 1.0]]
DECOUPLING = [[2010, 0.05], [2016, 0.08], [2017.5, 0.15], [2018.5, 0.45], [2019.5, 0.6], [2020.5, 0.7], [2024, 0.7]]
DECOUPLING += [[2025.5, 0.85], [2027, 0.8], [2028, 1.0], [2041, 1.0]]
NO_TENSION = {f"tension {partner} table": [[2010.0, 0.0], [2041.0, 0.0]] for partner in ("US", "EUR", "OTH")}


@dataclass(frozen=True)
class Worlds:
    """Everything the propositions compare.

    Attributes:
        runs: the main batch.
        calm: the base run without the pandemic, 2020 to 2035.
        decoupling: the base run with US tension at 1 from 2028.
        delayed: the base run with doubled approval times of trips from 2027 (``doubled``), and without (``base``).
        untroubled: the base run without tension, 2010 to 2024.
    """

    runs: Batch
    calm: Batch
    decoupling: Batch
    delayed: Batch
    untroubled: Batch


def at(runs, member, time):
    """Return the state of a member at a stored time, shape (state, 1)."""
    return runs.state(member)[:, [round((time - runs.times[0]) / runs.stored)]]


def worlds_around(runs):
    """Return the worlds that branch off ``runs``."""
    doubled = {name: 2 * central(name) for name in ("review time local office", "internal steps")}
    fork = np.repeat(at(runs, "base", 2027), 2, axis=1)
    base = {"base": {}}
    return Worlds(
        runs,
        Batch(base, tables={"pandemic gate table": CALM}, span=(2020, 2035), state=at(runs, "base", 2020)),
        Batch(base, tables={"tension US table": DECOUPLING}, span=(2027, 2040), state=at(runs, "base", 2027)),
        Batch(base | {"doubled": doubled}, span=(2027, 2035), state=fork),
        Batch(base, tables=NO_TENSION, span=(2010, 2024)),
    )
