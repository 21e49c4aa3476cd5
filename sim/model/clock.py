"""The clock of a model file: its four times, each a number or computed from numbers and the others."""

import math
import operator
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from sim.errors import Problem, ThroughflowError, raise_if
from sim.model.expressions import Apply, Expression, Number
from sim.model.ir import Clock, key
from sim.model.translate import Translator, UndefinedName

CLOCK_KEYS = ("initial_time", "final_time", "time_step", "saveper")
_ARITHMETIC: Mapping[str, Any] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "negative": operator.neg,
}


class Defined(Protocol):
    """What is needed of a parsed entry: the translator's component, and its place."""

    component: Any
    where: str


def read_clock(parts: Iterable[Defined], source: str) -> Clock:
    """Return the clock of the file; INITIAL TIME, FINAL TIME and TIME STEP must be there, SAVEPER defaults to the step.

    Raises:
        ThroughflowError: one is missing, stands twice, is not known before the run, or they are not in order.
    """
    found: dict[str, Defined] = {}
    problems: list[Problem] = []
    for part in parts:
        name = key(part.component.name)
        if name in CLOCK_KEYS and name in found:
            problems.append(Problem(part.where, "a second definition of it", f"{found[name].where} is the first", "remove one"))
        elif name in CLOCK_KEYS:
            found[name] = part
    problems += [
        Problem(source, f"no {name.upper().replace('_', ' ')}", "a run needs it", "define it")
        for name in CLOCK_KEYS[:3]
        if name not in found
    ]
    raise_if(problems)
    found.setdefault("saveper", found["time_step"])
    values = [_value(found, name, ()) for name in CLOCK_KEYS]
    clock = Clock(*values, found["time_step"].component.units or "")
    if not (clock.start < clock.stop and clock.step > 0 and clock.save > 0 and all(map(math.isfinite, values))):
        raise ThroughflowError(
            Problem(
                source,
                f"times {clock.start} to {clock.stop}, step {clock.step}, saved every {clock.save}",
                "the end must come after the start, and the step and SAVEPER must be positive",
                "correct the four clock variables",
            )
        )
    return clock


def _value(found: Mapping[str, Defined], name: str, path: tuple[str, ...]) -> float:
    part = found[name]
    refusal = ThroughflowError(
        Problem(
            part.where,
            "a clock that is not made of numbers and the other clock variables",
            "it must be known before the run",
            "write a number",
        )
    )

    def computed(node: Expression) -> float:
        if isinstance(node, Number):
            return node.value
        if isinstance(node, Apply) and node.function in _ARITHMETIC:
            return float(_ARITHMETIC[node.function](*map(computed, node.arguments)))
        if isinstance(node, Apply) and key(node.function) in found and key(node.function) not in (*path, name):
            return _value(found, key(node.function), (*path, name))
        raise refusal

    try:
        return computed(Translator(part.where, lambda _: None, frozenset()).expression(part.component.ast))
    except (UndefinedName, ZeroDivisionError, RecursionError) as error:
        raise refusal from error
