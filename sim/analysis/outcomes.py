"""Outcomes people ask for: levels, ratios and costs per gain, by scenario and year, beside the baseline.

``outcomes.csv`` beside the model says which: ``name,form,numerator,denominator,better,shown``.
Forms: ``level`` (numerator ÷ denominator, if there is one), ``difference`` (numerator minus the baseline's),
``incremental`` (difference of the numerator ÷ difference of the denominator: a cost per gain).
A numerator may be a variable of the result or a name of :func:`sim.analysis.aggregation.aggregation`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import xarray as xr

from sim.analysis.aggregation import PARTS, aggregation
from sim.analysis.comparison import from_baseline, percent_from_baseline
from sim.analysis.definitions import indicators, model_folder, read_rows
from sim.analysis.values import at, pick, role, split
from sim.errors import Problem, ThroughflowError
from sim.resources import folder

FORMS = ("level", "difference", "incremental")


@dataclass(frozen=True)
class Outcome:
    """One quantity planners compare.

    Attributes:
        name: short id, key of its display name.
        form: ``level``, ``difference`` or ``incremental``.
        numerator: reference to a variable of the result, or the name of a part of the aggregation.
        denominator: a second reference, or empty.
        better: ``more``, ``less`` or ``neither``; what a planner would call better, all else equal.
        group: heading under which it is listed.
        shown: whether heat maps show it.
    """

    name: str
    form: str
    numerator: str
    denominator: str
    better: str
    group: str
    shown: bool


def load(model: str | Path = "innovation_flows") -> tuple[Outcome, ...]:
    """Return the outcomes of ``model`` (its name, or its folder), in the order in which they are shown.

    Raises:
        ThroughflowError: the file is missing or a row has an unknown form.
    """
    path = (model if isinstance(model, Path) else folder("models") / model) / "outcomes.csv"
    found = tuple(
        Outcome(
            row["name"], row["form"], row["numerator"], row["denominator"], row["better"], row["group"], row["shown"] == "1"
        )
        for row in read_rows(path)
    )
    wrong = [outcome.name for outcome in found if outcome.form not in FORMS]
    if wrong:
        raise ThroughflowError(
            Problem(str(path), f"unknown form of {', '.join(wrong)}", f"forms are {', '.join(FORMS)}", "mend the row")
        )
    return found


def value(dataset: xr.Dataset, outcome: Outcome, parts: xr.Dataset | None = None) -> xr.DataArray:
    """Return ``outcome`` for every scenario and time; an incremental one is NaN where its denominator gains nothing.

    ``parts`` is the result's aggregation, where it is at hand; it is computed otherwise.

    Raises:
        ThroughflowError: a missing variable, NaN, or no baseline where one is needed.
    """
    top = _source(dataset, outcome.numerator, parts)
    units = str(top.attrs.get("units", ""))
    if outcome.form == "level":
        below = _source(dataset, outcome.denominator, parts) if outcome.denominator else None
        result = top if below is None else top / below
    else:
        baseline = role(dataset, "baseline")
        result = from_baseline(top, baseline)
        if outcome.form == "incremental":
            gain = from_baseline(_source(dataset, outcome.denominator, parts), baseline)
            result = (result / gain.where(gain > 0)).rename(outcome.name)
    return result.rename(outcome.name).assign_attrs({"units": units})


def _source(dataset: xr.Dataset, reference: str, parts: xr.Dataset | None) -> xr.DataArray:
    if reference in dataset or "[" in reference:
        return pick(dataset, reference)
    if parts is None:
        parts = aggregation(dataset) if dataset.attrs.get("twin") else xr.Dataset()
    return pick(parts if reference in parts else dataset, reference)


def default_years(dataset: xr.Dataset) -> tuple[float, ...]:
    """Return 2035 and 2040 as far as ``dataset`` holds them, else its last time."""
    times = dataset["time"].values
    return tuple(year for year in (2035.0, 2040.0) if abs(times - year).min() < 1e-3) or (float(times[-1]),)


def headline(dataset: xr.Dataset, years: Sequence[float] | None = None) -> pd.DataFrame:
    """Return the outcomes by scenario in ``years`` beside the baseline.

    Columns: outcome, group, scenario, year, value, units, baseline (value of the baseline), difference (absolute),
    percent (difference in % of the baseline; empty for differences, costs per gain and where the baseline is zero).

    Its attribute ``left_out`` says, by outcome, why it is not there: without a twin there is nothing to relate aggregates to,
    and a result of chosen variables may lack some.

    Raises:
        ThroughflowError: no outcomes for the model, missing variables of a result with a twin, NaN, a year that was not saved.
    """
    baseline = role(dataset, "baseline")
    chosen = default_years(dataset) if years is None else tuple(years)
    parts = aggregation(dataset) if dataset.attrs.get("twin") else xr.Dataset()
    rows, left_out = [], {}
    for outcome in load(model_folder(dataset)):
        reason = "" if parts else _lacking(dataset, outcome)
        if reason:
            left_out[outcome.name] = reason
            continue
        values = value(dataset, outcome, parts)
        for year in chosen:
            rows += _rows(outcome, at(values, year), baseline, year)
    table = pd.DataFrame(rows)
    table.attrs["left_out"] = left_out
    return table


def _lacking(dataset: xr.Dataset, outcome: Outcome) -> str:
    """Return why ``outcome`` cannot be had of a result without a twin; empty if it can."""
    composed = {name for part in PARTS for name in indicators(dataset).get(part, {})}
    wanted = [reference for reference in (outcome.numerator, outcome.denominator) if reference]
    absent = [reference for reference in wanted if split(reference)[0] not in dataset]
    if not absent:
        return ""
    if set(absent) <= composed:
        return "the study has no frictionless twin"
    return f"not recorded: {', '.join(name for name in absent if name not in composed)}"


def _rows(outcome: Outcome, values: xr.DataArray, baseline: str, year: float) -> list[dict[str, object]]:
    base = float(values.sel(scenario=baseline))
    relative = outcome.form == "level" and base != 0.0
    shares = percent_from_baseline(values, baseline) if relative else None
    return [
        {
            "outcome": outcome.name,
            "group": outcome.group,
            "scenario": str(name),
            "year": year,
            "value": float(values.sel(scenario=name)),
            "units": values.attrs["units"],
            "baseline": base,
            "difference": float(values.sel(scenario=name)) - base,
            "percent": float(shares.sel(scenario=name)) if shares is not None else float("nan"),
        }
        for name in values["scenario"].values
    ]
