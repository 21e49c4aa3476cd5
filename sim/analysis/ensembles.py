"""Outcomes over the members of an ensemble: how far scenarios part from the baseline in the same worlds, member by member."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from sim.analysis.aggregation import PARTS
from sim.analysis.definitions import indicators, model_folder
from sim.analysis.outcomes import Outcome, load, value
from sim.analysis.values import role, split
from sim.errors import Problem, ThroughflowError
from sim.results.status import ended_well

LEVELS = (0.05, 0.5, 0.95)
"""Quantiles that are told: the median, and the ends of the middle nine tenths of the members."""

ENDS = ("5 %", "median", "95 %")


def paired(dataset: xr.Dataset, *, axes: Sequence[str] = ()) -> pd.DataFrame:
    """Return the outcomes of an ensemble in its last year, each member of a scenario beside the same member of the baseline.

    Arguments:
        dataset: a store's Dataset with series, dims (scenario, ranges..., time, member), lazily read; ``status`` says which
            runs ended well.
        axes: uncertainties that are axes of given values; every point of them has rows of its own.

    Returns:
        A row by outcome, scenario and point: outcome, group, scenario, year, units; the axes' values; members (those that
        ended well in every scenario, others being left out); and ``5 %``, ``median``, ``95 %`` of the value, of the paired
        difference (``difference ...``) and of that in % of the baseline (``percent ...``), the last two of levels only.
        Its attributes: ``left_out``, why an outcome is not there, and ``failed``, members left out.

    Raises:
        ThroughflowError: no members that ended well in every scenario, no baseline.
    """
    ended = ended_well(np.asarray(dataset["status"].transpose("scenario", "member").values))
    good = ended.all(axis=0)
    if not good.any():
        raise ThroughflowError(
            Problem(
                str(dataset.attrs.get("title", "ensemble")),
                "no member ended well in every scenario",
                "there is nothing to compare",
                "narrow the uncertainties, or look at the status of each run",
            )
        )
    last = dataset.isel(time=[-1], member=np.flatnonzero(good))
    rows: list[dict[str, Any]] = []
    left_out: dict[str, str] = {}
    composed = {name for part in PARTS for name in indicators(dataset).get(part, {})}
    points = list(_points(last, axes))
    for outcome in load(model_folder(dataset)):
        absent = [name for name in _variables(outcome) if name not in dataset]
        if absent:
            alone = set(absent) <= composed
            left_out[outcome.name] = "put together with the frictionless twin, for single runs" if alone else "not recorded"
            continue
        found = value(last[_variables(outcome)].load().astype(float), outcome).isel(time=0)
        for point, members in points:
            rows += _rows(outcome, found.isel(member=members), role(dataset, "baseline"), point=point)
    table = pd.DataFrame(rows)
    table.insert(4, "year", float(dataset["time"].values[-1])) if rows else None
    table.attrs |= {"left_out": left_out, "failed": int((~good).sum())}
    return table


def _variables(outcome: Outcome) -> list[str]:
    references = (outcome.numerator, outcome.denominator)
    return list(dict.fromkeys(split(reference)[0] for reference in references if reference))


def _points(dataset: xr.Dataset, axes: Sequence[str]) -> Iterator[tuple[Mapping[str, float], np.ndarray]]:
    """Yield every point of the axes with the members that stand there; all members where there are no axes."""
    values = [np.asarray(dataset["draw"].sel(uncertainty=axis).values) for axis in axes]
    for point in itertools.product(*(np.unique(column) for column in values)):
        there = np.ones(dataset.sizes["member"], dtype=bool)
        for column, at in zip(values, point, strict=True):
            there &= column == at
        if there.any():
            yield dict(zip(axes, map(float, point), strict=True)), np.flatnonzero(there)


def _rows(outcome: Outcome, values: xr.DataArray, baseline: str, *, point: Mapping[str, float]) -> list[dict[str, Any]]:
    numbers = np.asarray(values.transpose("scenario", "member").values)
    base = numbers[[str(name) for name in values["scenario"].values].index(baseline)]
    relative = outcome.form == "level" and bool((base != 0).all())
    rows = []
    for name, own in zip(values["scenario"].values, numbers, strict=True):
        row: dict[str, Any] = {
            "outcome": outcome.name,
            "group": outcome.group,
            "scenario": str(name),
            "units": values.attrs["units"],
            **point,
            "members": own.size,
            **_quantiles("", own),
        }
        row |= _quantiles("difference ", own - base) if outcome.form == "level" else {}
        row |= _quantiles("percent ", 100 * (own / base - 1)) if relative else {}
        rows.append(row)
    return rows


def _quantiles(prefix: str, values: np.ndarray) -> dict[str, float]:
    """Return the quantiles of one number a member; NaN if it is undefined somewhere, as a cost per gain without gain is."""
    found = np.quantile(values, LEVELS) if np.isfinite(values).all() else np.full(len(LEVELS), np.nan)
    return {f"{prefix}{end}": float(number) for end, number in zip(ENDS, found, strict=True)}
