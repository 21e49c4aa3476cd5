"""How each function of the table is written in a NumPy kernel.

The rows stand against those of :mod:`sim.model.functions`; a test holds the two together.  ``{0}``, ``{1}`` … are the
arguments, already written and already in parentheses where they need it.
"""

from collections.abc import Mapping

ATOM = 9

BINARY: Mapping[str, tuple[str, int]] = {
    "+": ("{0} + {1}", 4),
    "-": ("{0} - {1}", 4),
    "*": ("{0} * {1}", 5),
    "/": ("{0} / {1}", 5),
    "^": ("{0} ** {1}", 7),
}
"""Infix rows with the strength by which they bind."""

CALLS: Mapping[str, str] = {
    "negative": "(-{0})",
    "=": "equal({0}, {1})",
    "<>": "not_equal({0}, {1})",
    "<": "({0} < {1})",
    "<=": "({0} <= {1})",
    ">": "({0} > {1})",
    ">=": "({0} >= {1})",
    ":and:": "(({0} != 0) & ({1} != 0))",
    ":or:": "(({0} != 0) | ({1} != 0))",
    ":not:": "({0} == 0)",
    "if then else": "select({0}, {1}, {2})",
    "max": "larger({0}, {1})",
    "min": "smaller({0}, {1})",
    "abs": "absolute({0})",
    "exp": "exp({0})",
    "ln": "log({0})",
    "log": "(log({0}) / log({1}))",
    "sqrt": "sqrt({0})",
    "sin": "sin({0})",
    "cos": "cos({0})",
    "tan": "tan({0})",
    "arcsin": "arcsin({0})",
    "arccos": "arccos({0})",
    "arctan": "arctan({0})",
    "integer": "truncated({0})",
    "modulo": "fmod({0}, {1})",
    "zidz": "guarded({0}, {1}, 0.0)",
    "xidz": "guarded({0}, {1}, {2})",
    "step": "stepped({time}, half_step, ({0}, {1}))",
    "pulse": "pulsed({time}, half_step, ({0}, {1}, time_step))",
    "pulse train": "pulse_train({time}, half_step, ({0}, {1}, {2}, {3}, time_step))",
    "ramp": "ramped({time}, ({0}, {1}, {2}))",
    "time": "{time}",
    "time step": "time_step",
    "initial time": "initial_time",
    "final time": "final_time",
}
"""Rows written as calls; a missing last argument of RAMP is infinity, ``{time}`` a clock of the step."""

RUNNING_ON = "(fmod({0}, {1}) + ({2} - {0}))"
"""MODULO in time: the remainder once for all stages, and how far its first argument (``{2}`` now) is from that moment."""

REDUCERS: Mapping[str, str] = {"sum": "total", "prod": "product", "vmax": "largest", "vmin": "smallest"}
"""Rows that reduce leading axes."""
