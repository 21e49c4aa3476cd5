"""Numeric settings given as a range: ``interval(a,b)`` is sampled, ``choice(a,b,c)`` is an axis of given values.

A range stands in a config as text, so that files, overrides and Hydra's own multirun say it alike. It is taken out before
anything reads numbers; both of its ends are then read in its place: what is refused of a number is refused of a range.
"""

import copy
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.config import findings as read
from sim.config import vocabulary
from sim.config.findings import Findings
from sim.config.limits import Known
from sim.model.ir import label

INTERVAL, CHOICE = "interval", "choice"
MOST_VALUES = 1000
"""Values of one axis."""

RANGED_FIELDS = ("start", "ramp", "intensity", "scale_up_delay")
"""Settings of a measure that are numbers of the model."""

WHAT_MAY = "parameters.NAME, world.tension_US.scale, world.border_people, measures.R3_1.start|ramp|intensity|scale_up_delay"

_WRITTEN = re.compile(rf"^\s*({INTERVAL}|{CHOICE})\s*\((.*)\)\s*$", re.DOTALL)


@dataclass(frozen=True)
class Range:
    """Several values of one setting.

    Attributes:
        key: dotted key of the setting.
        low: smallest value, in the setting's unit.
        high: largest value.
        values: the values of an axis in their order; empty where everything between ``low`` and ``high`` is meant.
        constant: the model's constant that the setting sets, ``name`` or ``name[element]``; empty where there is none.
    """

    key: str
    low: float
    high: float
    values: tuple[float, ...] = ()
    constant: str = ""

    @property
    def name(self) -> str:
        """What the setting is called among the uncertainties: its key, that of a parameter without the group."""
        return self.key.removeprefix("parameters.")

    def __str__(self) -> str:
        """Return the range as it is written in a config."""
        return interval_text(self.low, self.high) if not self.values else choice_text(self.values)


def interval_text(low: float, high: float) -> str:
    """Return how a config says that a setting lies anywhere between ``low`` and ``high``."""
    return f"{INTERVAL}({low!r},{high!r})"


def choice_text(values: Iterable[float]) -> str:
    """Return how a config says that a setting takes each of ``values``."""
    return f"{CHOICE}({','.join(repr(value) for value in values)})"


def written(value: Any) -> bool:
    """Tell whether a value of a config is written as a range."""
    return isinstance(value, str) and _WRITTEN.match(value) is not None


def read_ranges(config: Any, prefix: str = "") -> tuple[tuple[str, Range], ...]:
    """Return the ranges that nested mappings hold, by dotted key; for programs that compose configs of their own.

    Raises:
        ThroughflowError: ranges that are none: ends that are no finite numbers or stand the wrong way round.
    """
    from sim.errors import raise_if

    findings = Findings(lambda key: key)
    found = tuple((key, parsed) for key, text in _texts(config, prefix) if (parsed := parse(findings, key, text)) is not None)
    raise_if(findings.problems)
    return found


def parse(findings: Findings, key: str, text: str) -> Range | None:
    """Return the range that ``text`` says of ``key``, or report why it says none."""
    matched = _WRITTEN.match(text)
    assert matched is not None
    form, inside = matched[1], matched[2]
    numbers = [_number(part) for part in inside.split(",")]
    if len(numbers) > MOST_VALUES:
        findings.refuse(key, f"{len(numbers)} values", why=f"an axis has {MOST_VALUES} at most", cure="give fewer")
    elif any(number is None or not math.isfinite(number) for number in numbers):
        findings.refuse(
            key,
            read.shown(text),
            why="its values must be finite numbers",
            cure=f"write {key}={interval_text(0.7, 1.3)}, with numbers of your own",
        )
    elif form == CHOICE:
        return _axis(findings, key, [number for number in numbers if number is not None])
    elif len(numbers) != 2:
        findings.refuse(key, read.shown(text), why="an interval has two ends", cure=f"write {key}=interval(LOW,HIGH)")
    else:
        return _interval(findings, key, low=float(numbers[0] or 0.0), high=float(numbers[1] or 0.0))
    return None


def _interval(findings: Findings, key: str, *, low: float, high: float) -> Range | None:
    if low < high:
        return Range(key, low, high)
    findings.refuse(
        key,
        interval_text(low, high),
        why="its first end must be the lower one" if low > high else "its ends are the same number",
        cure=f"write {key}={interval_text(high, low)}" if low > high else f"give the number: {key}={low!r}",
    )
    return None


def _axis(findings: Findings, key: str, values: Sequence[float]) -> Range | None:
    if len(set(values)) == len(values):
        return Range(key, min(values), max(values), tuple(values))
    repeated = next(value for value in values if list(values).count(value) > 1)
    findings.refuse(key, f"{repeated!r} twice", why="each value of an axis is run once", cure="leave one out")
    return None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _texts(node: Any, prefix: str = "") -> Iterable[tuple[str, str]]:
    """Yield dotted keys and texts of the ranges in nested mappings; what lists hold counts too."""
    items = node.items() if isinstance(node, Mapping) else enumerate(node) if isinstance(node, list) else ()
    for name, value in items:
        key = f"{prefix}.{name}" if prefix else str(name)
        if written(value):
            yield key, value
        else:
            yield from _texts(value, key)


def take_out(
    findings: Findings, config: Mapping[str, Any], shipped: Mapping[str, Any], *, table: Mapping[str, Known]
) -> tuple[Mapping[str, Any], tuple[Range, ...]]:
    """Return ``config`` with the low end in the place of every range, and the ranges; wrong ones are reported.

    Arguments:
        findings: where problems go.
        config: the composed config.
        shipped: what the shipped files say.
        table: the parameter table, for the names of constants.
    """
    texts = tuple(_texts(config))
    if not texts:
        return config, ()
    ranges: list[Range] = []
    plain = copy.deepcopy(dict(config))
    for key, text in texts:
        constant = constant_of(key, shipped, table)
        parsed = parse(findings, key, text)
        if constant is None:
            _refuse_key(findings, key, text, shipped)
        elif parsed is not None:
            ranges.append(Range(key, parsed.low, parsed.high, parsed.values, constant))
            _put(plain, key, parsed.low)
            continue
        _put(plain, key, _usual(key, shipped))
    return plain, tuple(ranges)


def constant_of(key: str, shipped: Mapping[str, Any], table: Mapping[str, Known]) -> str | None:
    """Return the constant that ``key`` sets, ``name`` or ``name[element]``; ``None`` where it sets no single one."""
    group, _, rest = key.partition(".")
    parts = tuple(rest.split("."))
    if group == "world" and len(parts) == 1:
        return vocabulary.BORDERS.get(rest)
    if group == "world" and len(parts) == 2 and parts[1] == "scale":
        return vocabulary.TENSION_SCALES.get(parts[0])
    if group == "measures" and len(parts) == 2 and parts[1] in RANGED_FIELDS and parts[0] in shipped["measures"]:
        return f"{vocabulary.MEASURE_FIELDS[parts[1]]}[{parts[0]}]"
    if group != "parameters" or isinstance(_usual(key, shipped), Mapping | None):
        return None
    name, *element = parts
    known = table.get(label(name, tuple(element))) or table.get(name)
    base = known.name.partition("[")[0] if known else name.replace("_", " ")
    return label(base, tuple(element))


def _refuse_key(findings: Findings, key: str, text: str, shipped: Mapping[str, Any]) -> None:
    elements = _usual(key, shipped)
    if isinstance(elements, Mapping) and key.startswith("parameters."):
        findings.refuse(
            key,
            read.shown(text),
            why=f"it has one value for each of {read.listed(elements)}",
            cure=f"give {key}.{next(iter(elements))}={text.strip()}",
        )
        return
    findings.refuse(
        key,
        read.shown(text),
        why="a range means an uncertain number of the model, and this setting is none",
        cure=f"give one value, or {key}=A,B with -m; ranges are for {WHAT_MAY}",
    )


def _usual(key: str, shipped: Mapping[str, Any]) -> Any:
    node: Any = shipped
    for part in key.split("."):
        if isinstance(node, list):
            node = node[int(part)] if int(part) < len(node) else None
        else:
            node = node.get(part) if isinstance(node, Mapping) else None
    return node


def high_ends(config: Mapping[str, Any], ranges: Sequence[Range]) -> dict[str, Any]:
    """Return a copy of ``config`` with the high end in the place of every range."""
    found = copy.deepcopy(dict(config))
    for one in ranges:
        _put(found, one.key, one.high)
    return found


def _put(config: Any, key: str, value: Any) -> None:
    """Set ``key`` in nested containers; a key that nothing is known for is taken away."""
    *path, last = key.split(".")
    for part in path:
        config = config[int(part)] if isinstance(config, list) else config[part]
    if isinstance(config, list):
        config[int(last)] = value
    elif value is None:
        config.pop(last)
    else:
        config[last] = value
