"""Reading ``parameters``: the model's constants, checked against the parameter table, changes only."""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sim.config import findings as read
from sim.config.findings import Findings
from sim.config.limits import Known, outside, physical
from sim.model.ir import label


def read_parameters(
    findings: Findings,
    config: Any,
    shipped: Mapping[str, Any],
    *,
    table: Mapping[str, Known],
    fitted: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, float]:
    """Return the constants that differ from the ``shipped`` ones, by name in the model, in the model's units.

    A value beyond the plausible range of ``table`` is run with a warning; one beyond physical limits is refused.
    A file that gives only some constants leaves the others at the shipped values. A value that is as ``fitted`` has it comes
    from the calibration, which has limits of its own, and is not judged here.
    """
    rows = read.mapping(findings, "parameters", {} if config is None else config, known=tuple(shipped), needed=False)
    values: dict[str, float] = {}
    for name, value in rows.items():
        values |= _read(findings, name, value, usual=shipped[name], table=table, fitted=fitted.get(name))
    return values


def _read(
    findings: Findings,
    name: str,
    value: Any,
    *,
    usual: Any,
    table: Mapping[str, Known],
    fitted: Any = None,
    element: tuple[str, ...] = (),
) -> dict[str, float]:
    key = ".".join(("parameters", name, *element))
    if isinstance(usual, Mapping):
        rows = read.mapping(findings, key, value, known=tuple(usual), needed=False)
        found: dict[str, float] = {}
        for part, inner in rows.items():
            same = fitted.get(part) if isinstance(fitted, Mapping) else None
            found |= _read(findings, name, inner, usual=usual[part], table=table, fitted=same, element=(*element, part))
        return found
    known = table.get(label(name, element)) or table.get(name)
    number = read.number(findings, key, value, unit=known.unit if known else "")
    if number is None or number == usual:
        return {}
    if number == fitted:
        return {label(known.name.partition("[")[0] if known else name.replace("_", " "), element): number}
    return _checked(findings, key, number, name=name, element=element, known=known, table=table)


def _checked(
    findings: Findings,
    key: str,
    number: float,
    *,
    name: str,
    element: tuple[str, ...],
    known: Known | None,
    table: Mapping[str, Known],
) -> dict[str, float]:
    """Return ``number`` under its model name unless it is beyond physical limits."""
    if known is None:
        return {label(name.replace("_", " "), element): number}
    limits = physical(known, table)
    if outside(number, limits):
        bounds = (
            f"more than {limits.above:g}"
            if limits.above > limits.low
            else (f"from {limits.low:g}" + (f" to {limits.high:g}" if limits.high < math.inf else " up"))
        )
        findings.refuse(
            key,
            f"{number:g} is not possible",
            why=limits.why,
            cure=f"give a value {bounds}" + (f", plausibly {_span(known)}" if _span(known) else ""),
        )
        return {}
    if (known.low is not None and number < known.low) or (known.high is not None and number > known.high):
        findings.warn(f"{key}={number:g} lies outside its plausible range, {_span(known)} ({known.unit})")
    base = known.name.partition("[")[0]
    return {label(base, element): number}


def _span(known: Known) -> str:
    if known.low is None and known.high is None:
        return ""
    low = "?" if known.low is None else f"{known.low:g}"
    high = "?" if known.high is None else f"{known.high:g}"
    return f"{low} to {high}"
