"""What is uncertain, by name: distributions from the parameter table by rule, from ``uncertainty`` where it says otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.config import findings as read
from sim.config import vocabulary
from sim.config.findings import Findings
from sim.config.limits import Known, Limits, outside, physical
from sim.config.ranges import Range
from sim.experiment.uncertainty import GIVEN
from sim.model.ir import key

DISTRIBUTIONS = ("uniform", "triangular", "normal", "lognormal", "logit-normal")
FIELDS = ("distribution", "low", "central", "high")

_BY_LAW = {
    "logit-normal": "a share: low and high are its 5 and 95 % points, central its median",
    "lognormal": "a positive quantity: low and high are its 5 and 95 % points, central its median",
    "normal": "it may have either sign: low and high are its 5 and 95 % points, central its median",
}


@dataclass(frozen=True)
class Uncertain:
    """A constant, or several that move together, whose value is drawn.

    Attributes:
        name: what it is called in a config, ``dilution`` or ``adoption_time.rest``.
        targets: constants that all take the drawn value, ``name`` or ``name[element]``.
        distribution: one of :data:`DISTRIBUTIONS`.
        low: lower bound or 5 % point, in ``unit``.
        central: mode or median; unused by a uniform distribution.
        high: upper bound or 95 % point.
        unit: unit of the values.
        basis: letters of the parameter table, or who asked for it.
        rule: why it is distributed so.
        values: the values of an axis, each of which every world takes; empty for what is drawn.
    """

    name: str
    targets: tuple[str, ...]
    distribution: str
    low: float
    central: float | None
    high: float
    unit: str = ""
    basis: str = ""
    rule: str = ""
    values: tuple[float, ...] = ()

    def __str__(self) -> str:
        """Return how it is distributed, as one phrase."""
        if self.values:
            return f"each of {', '.join(f'{value:g}' for value in self.values)}"
        middle = "" if self.central is None or self.distribution == "uniform" else f", {self.central:g}"
        return f"{self.distribution}({self.low:g}{middle}, {self.high:g})"


def by_rule(known: Known, table: Mapping[str, Known]) -> Uncertain:
    """Return how a constant of the parameter table that has low and high is distributed.

    A share is logit-normal, a quantity that is positive over its range lognormal, one that may have either sign normal; low and
    high are 5 and 95 % points, central the median. Where low, central and high do not allow that, they are bounds:
    triangular with its mode at central, uniform where central is a bound itself.
    """
    assert known.low is not None and known.high is not None
    law, rule = _law(known, physical(known, table))
    targets = (target_of(known.name), *vocabulary.MOVE_TOGETHER.get(known.name, ()))
    return Uncertain(config_name(known.name), targets, law, known.low, known.central, known.high, known.unit, known.basis, rule)


def _law(known: Known, limits: Limits) -> tuple[str, str]:
    low, central, high = known.low, known.central, known.high
    if not low < central < high:
        return "uniform", "its central value is a bound of the range: every value between the bounds alike"
    share = limits.low == 0 and limits.high == 1
    if share and low > 0 and high < 1:
        return "logit-normal", _BY_LAW["logit-normal"]
    if not share and low > 0:
        return "lognormal", _BY_LAW["lognormal"]
    if low < 0 < high and limits.low < 0:
        return "normal", _BY_LAW["normal"]
    return "triangular", "low, central and high allow no smooth law: low and high are bounds, central the mode"


def config_name(name: str) -> str:
    """Return what the constant ``name`` or ``name[element]`` of the model is called among the uncertainties."""
    if name in vocabulary.DRAWN_AS:
        return vocabulary.DRAWN_AS[name]
    base, _, element = name.partition("[")
    parts = [part.strip() for part in element.rstrip("]").split(",") if part and not _is_range(part.rstrip("]"))]
    return ".".join((key(base), *parts))


def target_of(name: str) -> str:
    """Return the constant of a row; a row of a whole array names its range in brackets, which the model does without."""
    base, _, element = name.partition("[")
    return base if element and all(_is_range(part.strip()) for part in element.rstrip("]").split(",")) else name


def _is_range(part: str) -> bool:
    return part in vocabulary.RANGES


def known_uncertainties(table: Mapping[str, Known]) -> dict[str, Uncertain]:
    """Return every uncertainty that the parameter table gives a range, by name, in the table's order."""
    found = (by_rule(known, table) for known in table.values() if known.ranged)
    return {one.name: one for one in found}


def of_range(one: Range, known: Mapping[str, Uncertain]) -> Uncertain:
    """Return the uncertainty a range means: every value alike, or an axis; what moves with its constant moves with it."""
    partners = next((item for item in known.values() if one.constant in item.targets), None)
    return Uncertain(
        partners.name if partners else one.name,
        partners.targets if partners else (one.constant,),
        GIVEN if one.values else "uniform",
        one.low,
        None,
        one.high,
        partners.unit if partners else "",
        "asked",
        str(one),
        one.values,
    )


def of_prior(rows: Mapping[str, Any], table: Mapping[str, Known], prefix: str = "") -> dict[str, Uncertain]:
    """Return the uncertainties that the shipped ``uncertainty/prior.yaml`` gives, by name: the priors of the calibration."""
    known = {config_name(row.name): row for row in table.values()}
    found: dict[str, Uncertain] = {}
    for name, row in rows.items():
        path = f"{prefix}{name}"
        if "distribution" not in row:
            found |= of_prior(row, table, f"{path}.")
            continue
        constant = known[path]
        targets = (target_of(constant.name), *vocabulary.MOVE_TOGETHER.get(constant.name, ()))
        points = (float(row["low"]), float(row["central"]), float(row["high"]))
        told = f"prior of the calibration; {_BY_LAW.get(row['distribution'], 'low and high are bounds, central the mode')}"
        found[path] = Uncertain(path, targets, row["distribution"], *points, constant.unit, constant.basis, told)
    return found


def read_uncertainties(
    findings: Findings,
    config: Any,
    shipped: Mapping[str, Any],
    *,
    table: Mapping[str, Known],
    prior: bool = False,
) -> dict[str, Uncertain]:
    """Return every uncertainty by name, as the table's rule gives it or as ``uncertainty`` of the config says otherwise.

    Arguments:
        findings: where problems go: distributions there are none of, numbers beyond physical limits or out of order.
        config: the group ``uncertainty``; rows that are left out keep the rule's.
        shipped: what its shipped file says.
        table: the parameter table.
        prior: whether that file holds the priors of the calibration, which are taken instead of the table's rule.
    """
    rows = read.mapping(findings, "uncertainty", {} if config is None else config, known=tuple(shipped), needed=False)
    found = of_prior(shipped, table) if prior else known_uncertainties(table)
    limits = {config_name(known.name): physical(known, table) for known in table.values()}
    for path, row in _rows(findings, rows, shipped):
        usual = found[path]
        found[path] = _read(findings, usual, row, limits=limits[path])
    return found


def _rows(
    findings: Findings, rows: Mapping[str, Any], shipped: Mapping[str, Any], prefix: str = ""
) -> Sequence[tuple[str, Mapping[str, Any]]]:
    """Return the rows of the group, however deep the elements of arrays nest them, by name of the uncertainty."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    for name, value in rows.items():
        path, usual = f"{prefix}{name}", shipped[name]
        inside = FIELDS if "distribution" in usual else tuple(usual)
        row = read.mapping(findings, f"uncertainty.{path}", value, known=inside, needed=False)
        found += [(path, row)] if inside is FIELDS else _rows(findings, row, usual, f"{path}.")
    return found


def _read(findings: Findings, usual: Uncertain, row: Mapping[str, Any], *, limits: Limits) -> Uncertain:
    where = f"uncertainty.{usual.name}"
    law = read.choice(findings, f"{where}.distribution", row.get("distribution", usual.distribution), options=DISTRIBUTIONS)
    numbers = {}
    for name in ("low", "central", "high"):
        value = row.get(name, getattr(usual, name))
        numbers[name] = read.number(findings, f"{where}.{name}", value, unit=usual.unit)
        if numbers[name] is not None and numbers[name] != getattr(usual, name) and outside(numbers[name], limits):
            findings.refuse(
                f"{where}.{name}",
                f"{numbers[name]:g} is not possible",
                why=limits.why,
                cure=f"the table of parameters says {usual.low:g} to {usual.high:g}",
            )
            numbers[name] = None
    low, central, high = (numbers[name] for name in ("low", "central", "high"))
    if law is None or low is None or central is None or high is None:
        return usual
    if not (low < high and low <= central <= high):
        findings.refuse(
            where,
            f"low {low:g}, central {central:g}, high {high:g}",
            why="low, central and high rise",
            cure=f"the table of parameters says {usual.low:g}, {usual.central:g}, {usual.high:g}",
        )
        return usual
    same = (law, low, central, high) == (usual.distribution, usual.low, usual.central, usual.high)
    rule = usual.rule if same else "as the config says"
    return Uncertain(usual.name, usual.targets, law, low, central, high, usual.unit, usual.basis, rule)
