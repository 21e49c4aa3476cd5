"""The real series a model is held against, and the priors of its constants: tables beside the model, read as data.

``calibration/targets.csv`` says which series is compared with which variables and how; the values stand in
``series/observations.csv``. ``calibration/priors.csv`` says what is uncertain, ``calibration/held.csv`` what is not varied.
"""

import csv
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from sim.analysis.calibration.likelihood import Series
from sim.errors import Problem, ThroughflowError, raise_if
from sim.experiment.distributions import distribution_problems
from sim.experiment.uncertainty import Uncertainty

ROLES = ("fitted", "derived", "check")
"""What a target is for: fitted and held out, computed from fitted ones, or drawn only."""

CENTRE_OF_COVERAGE = 2014.0
"""Year in which the growth of a database's coverage leaves the scale as it is."""

COVERAGE = "coverage growth"
"""Name of the observation parameter: growth of a database's coverage, per year."""

NOT_DATA = "recalled_verify"
"""Mark of values written down from memory; they are never compared with a model."""


@dataclass(frozen=True)
class Target:
    """One comparison of a model with a real series.

    Attributes:
        name: what it is called in tables.
        labels: English and Chinese.
        unit: of the series.
        role: one of ``ROLES``.
        terms: variables whose sum is compared, each ``name`` (summed over elements) or ``name[element]``.
        denominator: variables whose sum divides it; empty for none.
        divisor: what the series is divided by, 100 for per cent.
        lag: years by which the series shows the model later.
        covered: whether the database's coverage grows under it.
        base_year: of a check: data and model are compared relative to this year.
        series: years, values, error, scale; of a check all years are marked as not fitted.
        grades: quality grade of each year's value.
        sources: source of each year's value.
        context: years before the model starts, with values: drawn only.
    """

    name: str
    labels: tuple[str, str]
    unit: str
    role: str
    terms: tuple[str, ...]
    denominator: tuple[str, ...]
    divisor: float
    lag: int
    covered: bool
    base_year: float
    series: Series
    grades: tuple[str, ...]
    sources: tuple[str, ...]
    context: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Prior:
    """An uncertain number with where its range comes from.

    Attributes:
        uncertainty: the number, its targets and its distribution; no targets for a parameter of the observation.
        unit: of the number.
        origin: ``elicited``, ``assumed``, ``evidence`` or ``refitted``.
        basis: letters of the parameter table.
        note: what to know of it.
        reaches: whether it moves anything fitted.
    """

    uncertainty: Uncertainty
    unit: str
    origin: str
    basis: str
    note: str
    reaches: bool


Rows = Sequence[Mapping[str, str]]
T = TypeVar("T")


def read_priors(folder: Path) -> tuple[Prior, ...]:
    """Return the priors of the model in ``folder``, as :func:`priors_of` reads them."""
    return priors_of(folder / "calibration" / "priors.csv")


def priors_of(path: Path) -> tuple[Prior, ...]:
    """Return the priors in the table at ``path``.

    Raises:
        ThroughflowError: the table is missing, or a number of it is none.
    """
    return tuple(_told(path, row, _prior) for row in _rows(path))


def read_targets(folder: Path, *, fit: tuple[float, float], hold_out: tuple[float, float], start: float) -> tuple[Target, ...]:
    """Return the targets of the model in ``folder``, those compared at least once.

    Arguments:
        folder: of the model.
        fit: first and last calendar year that may be fitted; a target's own years may be fewer.
        hold_out: first and last calendar year that may be held out.
        start: first year of the model; earlier data are context.

    Raises:
        ThroughflowError: tables are missing or wrong; a value that nobody has checked.
    """
    path, data = folder / "calibration" / "targets.csv", folder / "series" / "observations.csv"
    observed = [row for row in _rows(data) if row["source_id"] != NOT_DATA]
    made = [
        _told(path, row, lambda row: _target(row, observed, fit=fit, hold_out=hold_out, start=start)) for row in _rows(path)
    ]
    found = tuple(target for target in made if target.series.years.size)
    if not any(target.role == "fitted" and target.series.fitted.any() for target in found):
        why = f"nothing is left to fit in {fit[0]:g} to {fit[1]:g}"
        raise ThroughflowError(Problem(str(path), f"{len(found)} targets", why, "fit years that have data"))
    raise_if(
        Problem(f"{path}: {target.name}", f"another range of {target.series.scale}", "it is one number", "give one range")
        for target, other in itertools.combinations(found, 2)
        if target.series.scale and target.series.scale == other.series.scale
        if target.series.scale_points != other.series.scale_points
    )
    return found


def _rows(path: Path) -> Rows:
    if not path.is_file():
        cure = "calibrate a model that has tables of targets and priors beside it"
        raise ThroughflowError(Problem(str(path), "no such file", "a calibration reads it", cure))
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _told(path: Path, row: Mapping[str, str], made: Callable[[Mapping[str, str]], T]) -> T:
    try:
        return made(row)
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as reason:
        where = f"{path}: {next(iter(row.values()))}"
        raise ThroughflowError(Problem(where, str(reason), "the row cannot be read", "mend the row")) from reason


def _prior(row: Mapping[str, str]) -> Prior:
    central = float(row["central"]) if row["central"] else None
    points = (float(row["low"]), central, float(row["high"]))
    targets = tuple(each.strip() for each in row["targets"].split(";") if each.strip())
    uncertainty = Uncertainty(row["name"], targets, row["distribution"], *points)
    raise_if(distribution_problems(f"prior of {row['name']}", row["distribution"], points))
    return Prior(uncertainty, row["unit"], row["origin"], row["basis"], row["note"], row["reaches_data"] == "yes")


def _target(
    row: Mapping[str, str], observed: Rows, *, fit: tuple[float, float], hold_out: tuple[float, float], start: float
) -> Target:
    role, divisor = row["role"], float(row["divisor"])
    if role not in ROLES:
        raise ValueError(f"role {role!r}, there is {', '.join(ROLES)}")
    wanted = [each.strip() for each in row["geographies"].split(";")]
    found = [each for each in observed if each["series_id"] == row["series_id"] and each["geography"] in wanted]
    points = _summed(found, len(wanted))
    fitted, held = _window(row, "fit", fit), _window(row, "hold", hold_out)
    if role == "check":
        fitted, held = (math.inf, -math.inf), _window(row, "hold", (start, hold_out[1]))
    years = [year for year in points if any(low <= year <= high for low, high in (fitted, held))]
    drawn = [year for year in points if year < start]
    series = Series(
        row["target"],
        np.array(years, dtype=float),
        np.array([points[year][0] / divisor for year in years]),
        np.array([fitted[0] <= year <= fitted[1] for year in years], dtype=bool),
        *_error(row),
        *_scale(row),
    )
    return Target(
        row["target"],
        (row["label_en"], row["label_zh"]),
        row["unit"],
        role,
        _sum(row["terms"]),
        _sum(row["denominator"]),
        divisor,
        int(row["lag"] or 0),
        row["coverage"] == "yes",
        float(row["base_year"] or 0),
        _checked(series),
        tuple(points[year][1] for year in years),
        tuple(points[year][2] for year in years),
        tuple((year, points[year][0]) for year in drawn),
    )


def _summed(found: Rows, places: int) -> dict[float, tuple[float, str, str]]:
    """Return value, worst grade and sources by year, for years in which every place has a value."""
    by_year: dict[float, list[Mapping[str, str]]] = {}
    for row in found:
        by_year.setdefault(float(row["year"]), []).append(row)
    return {
        year: (
            sum(float(row["value"]) for row in rows),
            max(row["quality"] for row in rows),
            "; ".join(sorted({row["source_id"] for row in rows})),
        )
        for year, rows in sorted(by_year.items())
        if len({row["geography"] for row in rows}) == len(rows) == places
    }


def _window(row: Mapping[str, str], kind: str, allowed: tuple[float, float]) -> tuple[float, float]:
    first, last = row[f"{kind}_first"], row[f"{kind}_last"]
    if not first:
        return math.inf, -math.inf
    return max(float(first), allowed[0]), min(float(last), allowed[1])


def _error(row: Mapping[str, str]) -> tuple[float, float]:
    """Return error and memory; checks, which are never fitted, need none."""
    error, memory = float(row["error"] or 0), float(row["memory"] or 1)
    if row["role"] != "check" and not (0.0 < error < math.inf and 0.0 < memory < math.inf):
        raise ValueError(f"error {error:g}, memory {memory:g}, both must be above 0")
    return error, memory


def _scale(row: Mapping[str, str]) -> tuple[str, tuple[float, float, float]]:
    if not row["scale"]:
        return "", (1.0, 1.0, 1.0)
    points = (float(row["scale_low"]), float(row["scale_central"]), float(row["scale_high"]))
    if not 0.0 < points[0] <= points[1] <= points[2] < math.inf:
        raise ValueError(f"scale {', '.join(map(str, points))}, points above 0 that do not fall are needed")
    return "" if points[0] == points[2] else row["scale"], points


def _sum(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(" + ") if each.strip())


def _checked(series: Series) -> Series:
    raise_if(
        [
            Problem(f"{series.name} in {year:g}", f"{value:g}", "series are compared in logarithms", "leave the value out")
            for year, value in zip(series.years, series.values, strict=True)
            if not (math.isfinite(value) and value > 0)
        ]
    )
    return series
