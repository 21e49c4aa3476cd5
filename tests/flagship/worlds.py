"""Runs whose tables differ from the file's, beside the main batch."""

from dataclasses import dataclass

from .support import Batch

NO_TENSION = {f"tension {partner} table": [[2010.0, 0.0], [2041.0, 0.0]] for partner in ("US", "EUR", "OTH")}


@dataclass(frozen=True)
class Worlds:
    """Everything the claims of the paper are tested on.

    Attributes:
        runs: the main batch.
        untroubled: the base run without tension, 2010 to 2024.
    """

    runs: Batch
    untroubled: Batch


def worlds_around(runs):
    """Return the worlds beside ``runs``."""
    return Worlds(runs, Batch({"base": {}}, tables=NO_TENSION, span=(2010, 2024)))
