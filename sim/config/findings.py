"""Collecting every problem and warning of one pass over a config, and the readers of single values."""

import math
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from sim.errors import Problem, nearest

LONGEST_SHOWN = 80
_QUANTITY = re.compile(r"^\s*([-+]?[\d_]*\.?\d+(?:[eE][-+]?\d+)?)\s*([A-Za-z%/()*^ ]+)\s*$")
_YEAR_WORDS = frozenset(("yr", "yrs", "year", "years", "a"))


class Findings:
    """Problems and warnings found so far; ``place`` tells for a key which file or override set it."""

    def __init__(self, place: Callable[[str], str]) -> None:
        self.place = place
        self.problems: list[Problem] = []
        self.warnings: list[str] = []

    def refuse(self, key: str, what: str, *, why: str, cure: str) -> None:
        """Add a problem about ``key``."""
        self.problems.append(Problem(self.place(key), f"{key}: {what}" if key else what, why, cure))

    def warn(self, text: str) -> None:
        """Add a warning, once."""
        if text not in self.warnings:
            self.warnings.append(text)


def shown(value: Any) -> str:
    """Return ``value`` as a short text for a report."""
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 3] + "..."


def mapping(
    findings: Findings, key: str, value: Any, *, known: Collection[str] | None = None, needed: bool = True
) -> Mapping[str, Any]:
    """Return ``value`` as a mapping of the ``known`` keys; unknown keys are reported with near names.

    Anything else than a mapping is reported and read as an empty one; with ``needed``, so is every missing key.
    """
    if not isinstance(value, Mapping):
        findings.refuse(
            key,
            f"{shown(value)} where named values are wanted",
            why="it is read as a mapping",
            cure=f"give {key}.NAME=value" + (f", NAME being {listed(known)}" if known else ""),
        )
        return {}
    if known is None:
        return value
    for name in value:
        if name not in known:
            findings.refuse(
                f"{key}.{name}" if key else str(name),
                "no such key",
                why="nothing would use it",
                cure=nearest(str(name), known) or f"keys here: {listed(known)}",
            )
    for name in known if needed else ():
        if name not in value:
            findings.refuse(
                f"{key}.{name}" if key else name,
                "is missing",
                why="the run needs it",
                cure=f"give {key}.{name}" if key else f"give {name}",
            )
    return {name: found for name, found in value.items() if name in known}


def listed(names: Collection[str] | None, most: int = 12) -> str:
    """Return up to ``most`` of ``names`` as one phrase."""
    names = sorted(str(name) for name in names or ())
    return ", ".join(names[:most]) + (f", ... ({len(names)} in all)" if len(names) > most else "")


def number(
    findings: Findings,
    key: str,
    value: Any,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    above: float = -math.inf,
    unit: str = "",
) -> float | None:
    """Return ``value`` as a finite number within ``low``..``high`` and greater than ``above``, or report it.

    Arguments:
        findings: where problems go.
        key: dotted name of the value.
        value: what the config holds.
        low: smallest value allowed, in ``unit``.
        high: largest value allowed.
        above: the value must be greater than this.
        unit: what the number is counted in, for the report.
    """
    wanted = f"a number{f' ({unit})' if unit else ''}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        _refuse_type(findings, key, value, wanted=wanted, unit=unit)
        return None
    try:
        result = float(value)
    except OverflowError:
        result = math.inf
    if not math.isfinite(result):
        findings.refuse(key, shown(value), why="it is not a finite number", cure=f"give {wanted}")
        return None
    if not (low <= result <= high and result > above):
        findings.refuse(
            key,
            f"{shown(value)} is out of range",
            why=f"it must be {_span(low, high, above)}",
            cure=f"give {wanted} in that range",
        )
        return None
    return result


def whole(findings: Findings, key: str, value: Any, *, low: int, high: int, why_high: str = "") -> int | None:
    """Return ``value`` as a whole number from ``low`` to ``high``, or report it; ``why_high`` says what bounds it above.

    1e4 and 10000.0 are whole numbers too.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        findings.refuse(
            key, shown(value), why="a whole number is wanted", cure=f"give {key}=N, a whole number from {low} to {high}"
        )
        return None
    if not low <= value <= high:
        bound = why_high if value > high and why_high else f"it must be at least {low} and at most {high}"
        findings.refuse(key, f"{shown(value)} is out of range", why=bound, cure=f"give a whole number from {low} to {high}")
        return None
    return value


def _span(low: float, high: float, above: float) -> str:
    least = f"more than {above:g}" if above >= low else f"at least {low:g}"
    if math.isinf(max(low, above)):
        return f"at most {high:g}"
    return least if math.isinf(high) else f"{least} and at most {high:g}"


def _refuse_type(findings: Findings, key: str, value: Any, *, wanted: str, unit: str) -> None:
    if value == "???":
        findings.refuse(key, "is not given (???)", why="its file leaves it to you", cure=f"give {key}={wanted}")
        return
    if not isinstance(value, str):
        findings.refuse(key, shown(value), why=f"{wanted} is wanted", cure=f"give {wanted}")
        return
    found = _QUANTITY.match(value)
    if found and unit:
        given = found[2].strip()
        same = given == unit or (unit in _YEAR_WORDS and given in _YEAR_WORDS)
        why = (
            f"numbers are given bare; the unit is always {unit}"
            if same
            else (f"its unit {given!r} clashes: {key.rsplit('.', 1)[-1]} is given in {unit}")
        )
        findings.refuse(key, shown(value), why=why, cure=f"give {found[1]}" if same else f"give {wanted}, without unit")
        return
    findings.refuse(
        key,
        f"the text {shown(value)}",
        why=f"{wanted} is wanted",
        cure="write it without quotes" if _is_number(value) else f"give {wanted}, such as 0.125",
    )


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def flag(findings: Findings, key: str, value: Any) -> bool:
    """Return ``value`` as true or false, or report it."""
    if isinstance(value, bool):
        return value
    findings.refuse(key, shown(value), why="it is either true or false", cure=f"give {key}=true or {key}=false")
    return False


def choice(findings: Findings, key: str, value: Any, *, options: Collection[str]) -> str | None:
    """Return ``value`` when it is one of ``options``, or report it with near names."""
    if isinstance(value, str) and value in options:
        return value
    findings.refuse(
        key,
        shown(value),
        why=f"it must be one of {listed(options)}",
        cure=nearest(str(value)[:LONGEST_SHOWN], options) or f"give {next(iter(options))}, for example",
    )
    return None


def text(findings: Findings, key: str, value: Any, *, longest: int = 200) -> str | None:
    """Return ``value`` as one line of text of at most ``longest`` characters, or report it."""
    if isinstance(value, str) and value.strip() and len(value) <= longest and value.isprintable():
        return value.strip()
    findings.refuse(
        key,
        shown(value),
        why=f"a line of text is wanted, {longest} characters at most",
        cure="put it in quotes" if not isinstance(value, str) else "give a short line of text",
    )
    return None


def names(findings: Findings, key: str, value: Any) -> tuple[str, ...] | None:
    """Return ``value`` as a tuple of texts, or report it."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    findings.refuse(key, shown(value), why="a list of names is wanted", cure=f"give {key}=[NAME,NAME]")
    return None
