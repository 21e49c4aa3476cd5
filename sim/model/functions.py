"""The function table: one row for everything an expression may apply.

``name`` is the key used in :class:`~sim.model.expressions.Apply`; what the row computes is written once per
back end (``sim.engine.emission`` for NumPy) and a test holds the two tables together.

Sources: Vensim Reference Manual, chapter "Functions", by the function's own name; the tolerance of ZIDZ and XIDZ
(1e-6) and the half-step rule of STEP follow its notes there.
"""

from dataclasses import dataclass
from typing import Literal

UnitRule = Literal[
    "same",
    "product",
    "quotient",
    "power",
    "logical",
    "condition",
    "compare",
    "dimensionless",
    "root",
    "guarded quotient",
    "clock",
    "first",
    "free",
    "remainder",
]


@dataclass(frozen=True)
class Function:
    """One row: how a function is called and how units pass through it.

    Attributes:
        name: key, and Vensim's spelling in lower case for named functions.
        fewest: smallest number of arguments.
        most: largest number of arguments.
        units: rule by which :mod:`sim.model.unit_check` finds the unit of the result.
        meaning: one line for people.
    """

    name: str
    fewest: int
    most: int
    units: UnitRule
    meaning: str


def _rows(*rows: tuple[str, int, int, UnitRule, str]) -> dict[str, Function]:
    table: dict[str, Function] = {}
    for row in rows:
        if row[0] in table:
            raise ValueError(f"function {row[0]!r} stands twice in the table")
        table[row[0]] = Function(*row)
    return table


FUNCTIONS = _rows(
    ("+", 2, 2, "same", "sum"),
    ("-", 2, 2, "same", "difference"),
    ("*", 2, 2, "product", "product"),
    ("/", 2, 2, "quotient", "quotient"),
    ("^", 2, 2, "power", "power"),
    ("negative", 1, 1, "same", "sign reversed"),
    ("=", 2, 2, "compare", "1 where equal"),
    ("<>", 2, 2, "compare", "1 where different"),
    ("<", 2, 2, "compare", "1 where smaller"),
    ("<=", 2, 2, "compare", "1 where smaller or equal"),
    (">", 2, 2, "compare", "1 where greater"),
    (">=", 2, 2, "compare", "1 where greater or equal"),
    (":and:", 2, 2, "logical", "1 where both hold"),
    (":or:", 2, 2, "logical", "1 where one holds"),
    (":not:", 1, 1, "logical", "1 where it does not hold"),
    ("if then else", 3, 3, "condition", "second argument where the first holds, else the third"),
    ("max", 2, 2, "same", "larger of two"),
    ("min", 2, 2, "same", "smaller of two"),
    ("abs", 1, 1, "same", "size without sign"),
    ("exp", 1, 1, "dimensionless", "e to the power"),
    ("ln", 1, 1, "dimensionless", "natural logarithm"),
    ("log", 2, 2, "dimensionless", "logarithm of the first to the base of the second"),
    ("sqrt", 1, 1, "root", "square root"),
    ("sin", 1, 1, "dimensionless", "sine of radians"),
    ("cos", 1, 1, "dimensionless", "cosine of radians"),
    ("tan", 1, 1, "dimensionless", "tangent of radians"),
    ("arcsin", 1, 1, "dimensionless", "inverse sine"),
    ("arccos", 1, 1, "dimensionless", "inverse cosine"),
    ("arctan", 1, 1, "dimensionless", "inverse tangent"),
    ("integer", 1, 1, "same", "integer part, towards zero"),
    ("modulo", 2, 2, "remainder", "remainder with the sign of the first"),
    ("zidz", 2, 2, "quotient", "quotient, 0 where the denominator is smaller than 1e-6"),
    ("xidz", 3, 3, "guarded quotient", "quotient, third argument where the denominator is smaller than 1e-6"),
    ("step", 2, 2, "first", "first argument from the time of the second on"),
    ("pulse", 2, 2, "free", "1 from the first time for the duration of the second"),
    ("pulse train", 4, 4, "free", "pulses at start, of a duration, repeated, until an end"),
    ("ramp", 2, 3, "free", "slope from a start to a finish"),
    ("sum", 1, 1, "same", "sum over the reduced ranges"),
    ("prod", 1, 1, "free", "product over the reduced ranges"),
    ("vmax", 1, 1, "same", "largest over the reduced ranges"),
    ("vmin", 1, 1, "same", "smallest over the reduced ranges"),
    ("time", 0, 0, "clock", "current time"),
    ("time step", 0, 0, "clock", "the model's own time step"),
    ("initial time", 0, 0, "clock", "time at the start"),
    ("final time", 0, 0, "clock", "time at the end"),
)

REDUCTIONS = ("sum", "prod", "vmax", "vmin")
"""Functions that reduce the ranges marked with ``!`` inside their argument."""

CLOCK_NAMES = {"time": "time", "time_step": "time step", "initial_time": "initial time", "final_time": "final time"}
"""References to the clock, by comparison key."""
