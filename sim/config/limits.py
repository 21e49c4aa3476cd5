"""What is known about the model's constants beside their values: unit, plausible range, physical limits.

The parameter table beside the model says unit, low, central and high; physical limits follow from these and the
constant's name by a few rules, so that a table row is all a new constant needs.
"""

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sim.model.ir import key

_EITHER_SIGN = frozenset(("correction",))
_FREE_WORDS = frozenset(("exponent", "elasticity", "slope"))
_NOT_SHARES = _FREE_WORDS | {
    "effect",
    "gain",
    "boost",
    "multiplier",
    "steepness",
    "growth",
    "push",
    "attractiveness",
    "gate",
    "factor",
    "mix",
    "scale",
}


@dataclass(frozen=True)
class Known:
    """A row of the parameter table.

    Attributes:
        name: name in the model, ``name`` or ``name[element]``.
        unit: unit of the values.
        low: lowest plausible value, or ``None``.
        central: value of the design set.
        high: highest plausible value, or ``None``.
        basis: letters that say on what the values rest: L law, E evidence, C calibrated, A assumption.
    """

    name: str
    unit: str
    low: float | None
    central: float
    high: float | None
    basis: str = ""

    @property
    def ranged(self) -> bool:
        """Whether the table says between which values the constant may lie."""
        return self.low is not None and self.high is not None and self.low < self.high


@dataclass(frozen=True)
class Limits:
    """Values that mean something: ``low`` to ``high``, or more than ``above``; ``why`` says by which rule."""

    low: float = -math.inf
    high: float = math.inf
    above: float = -math.inf
    why: str = ""


def read_table(path: Path) -> Mapping[str, Known]:
    """Return the parameter table at ``path`` by config key, ``name`` or ``name[element]``."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [
            Known(
                row["name"],
                row["unit"],
                _number(row["low"]),
                float(row["central"]),
                _number(row["high"]),
                row.get("basis") or "",
            )
            for row in csv.DictReader(stream)
        ]
    return {_config_key(row.name): row for row in rows}


def _config_key(name: str) -> str:
    base, bracket, element = name.partition("[")
    return key(base) + bracket + element


def _number(text: str) -> float | None:
    return float(text) if text.strip() else None


def outside(number: float, limits: Limits) -> bool:
    """Tell whether ``number`` is beyond ``limits``."""
    return not (limits.low <= number <= limits.high and number > limits.above)


def physical(known: Known, table: Mapping[str, Known]) -> Limits:
    """Return the physical limits of a constant.

    Durations are positive and other quantities not negative; a pure number whose plausible values all lie in 0..1
    is a share, unless its name says exponent, effect and the like; an effect on a friction of the table works as a
    share of it; exponents, slopes and corrections are free.
    """
    words = set(key(known.name.partition("[")[0]).split("_"))
    if words & _EITHER_SIGN:
        return Limits()
    if known.unit == "year":
        if known.central > 1000:
            return Limits(low=1900, high=2200, why="it is a calendar year")
        return Limits(above=0, why="it is a duration") if known.central > 0 else Limits(low=0, why="it is a duration")
    if known.unit != "dmnl":
        return Limits(low=0, why=f"a quantity in {known.unit} is not negative")
    if words & _FREE_WORDS or known.central < 0:
        return Limits()
    if {"effect", "of", "on"} <= words:
        friction = key(known.name).partition("_on_")[2]
        return (
            Limits(low=0, high=1, why="it is the part of a friction that full practice takes away")
            if friction in table
            else Limits(low=0, why="an effect is not negative")
        )
    highest = max(value for value in (known.low, known.central, known.high) if value is not None)
    if highest <= 1 and not words & _NOT_SHARES:
        return Limits(low=0, high=1, why="it is a share")
    return Limits(low=0, why="it is not negative")
