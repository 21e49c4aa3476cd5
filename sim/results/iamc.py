"""Statistics of an ensemble in the columns of the Integrated Assessment Modeling Consortium (IAMC), and such tables read.

``Model, Scenario, Region, Variable, Unit`` and a column for each year; a variable is named from the general to the special by
``|``, and a statistic over worlds stands at its end as in the database of the IPCC's sixth report: ``|5.0th Percentile``.
Source of the layout: Huppmann and others, pyam, Open Research Europe 1:74 (2021), doi 10.12688/openreseurope.13633.2.
"""

import csv
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from sim.errors import Problem, ThroughflowError, raise_if
from sim.results.files import write_csv
from sim.results.summary import QUANTILES, summarise

HEADER = ("Model", "Scenario", "Region", "Variable", "Unit")

PLAIN = {
    "mean": "Mean",
    "standard deviation": "Standard Deviation",
    "minimum": "Minimum",
    "maximum": "Maximum",
}
"""Names in these columns of the statistics that are no quantiles."""

_QUANTILE = re.compile(r"^(?P<level>[0-9.]+)th Percentile$")
_YEAR = re.compile(r"^\d{1,4}$")


def write_iamc(
    dataset: xr.Dataset,
    path: Path,
    *,
    region: str,
    groups: Mapping[str, str] | None = None,
    quantiles: Sequence[float] | None = None,
    failed: str = "refuse",
) -> tuple[float, ...]:
    """Write statistics of an ensemble in IAMC's columns, atomically.

    Arguments:
        dataset: as :func:`sim.results.store.open_store` gives it.
        path: CSV file to write.
        region: the region all values are of.
        groups: heading under which a variable stands, by its name; without one it stands alone.
        quantiles: levels from 0 to 1.
        failed: ``refuse``, or ``drop`` to take statistics of the other runs.

    Returns:
        Stored times that are no whole years, which this layout has no columns for.

    Raises:
        ThroughflowError: failed runs that were not to be dropped; no whole years; names that hold ``|``; a damaged chunk.
    """
    times = [float(time) for time in dataset["time"].values]
    whole = [time for time in times if abs(time - round(time)) < 1e-6]
    raise_if(_problems(dataset, region, groups or {}, whole=whole))
    summary = summarise(dataset.sel(time=whole), QUANTILES if quantiles is None else quantiles, failed=failed)

    def fill(writer: Any) -> None:
        writer.writerow([*HEADER, *(round(time) for time in whole)])
        for name, values in summary.data_vars.items():
            if name != "runs":
                writer.writerows(_rows(summary, values, region=region, heading=(groups or {}).get(str(name), "")))

    write_csv(path, fill)
    return tuple(time for time in times if time not in whole)


def _rows(summary: xr.Dataset, values: xr.DataArray, *, region: str, heading: str) -> list[list[str]]:
    model = f"throughflow {summary.attrs.get('model_name', '')}".strip()
    first = [heading[:1].upper() + heading[1:]] if heading else []
    stem = [*first, str(values.attrs.get("long_name") or values.name)]
    ordered = values.transpose("scenario", ..., "statistic", "time")
    rows = []
    for index in np.ndindex(ordered.shape[:-1]):
        labels = [str(ordered[dim].values[place]) for dim, place in zip(ordered.dims[:-1], index, strict=True)]
        scenario, *element, statistic = labels
        variable = "|".join([*stem, *element, iamc_statistic(statistic)])
        numbers = ["" if math.isnan(number) else repr(number) for number in ordered.values[index].tolist()]
        rows.append([model, scenario, region, variable, str(values.attrs.get("units", "")), *numbers])
    return rows


def iamc_statistic(statistic: str) -> str:
    """Return what IAMC's tables call a ``statistic`` of :func:`sim.results.summary.summarise`: ``5 %`` is a percentile."""
    return PLAIN[statistic] if statistic in PLAIN else f"{float(statistic.removesuffix('%'))}th Percentile"


def _problems(dataset: xr.Dataset, region: str, groups: Mapping[str, str], *, whole: Sequence[float]) -> list[Problem]:
    found = []
    if not region.strip():
        cure = "say what the numbers are of: --region China"
        found.append(Problem("region", "none", "every row of this layout has one", cure))
    if not whole:
        cure = "store whole years, or export OUT.parquet"
        found.append(Problem("time", "no stored time is a whole year", "a column is a year", cure))
    names = [str(values.attrs.get("long_name") or name) for name, values in dataset.data_vars.items()]
    elements = [str(label) for dim in dataset.dims if dim in dataset.coords for label in dataset[dim].values]
    wrong = [name for name in dict.fromkeys([*names, *elements, *groups.values()]) if "|" in name]
    return found + [Problem(name, "it holds '|'", "that parts the levels of a name", "rename it") for name in wrong]


def read_iamc(path: Path) -> pd.DataFrame:
    """Return a table in IAMC's columns as a long one.

    Arguments:
        path: CSV file, of throughflow or of others; case of the header does not count.

    Returns:
        Columns ``model``, ``scenario``, ``region``, ``variable``, ``statistic``, ``unit``, ``year``, ``value``: a row for each
        number.  The statistic is as throughflow calls it (``mean``, ``5 %``), empty where the name of a variable ends in none;
        an empty cell gives no row.

    Raises:
        ThroughflowError: no such file, columns that are missing, cells that are no numbers, rows that stand twice.
    """
    where = f"table {path.name}"
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            header, *lines = [row for row in csv.reader(stream, strict=True) if row] or [[]]
    except (OSError, ValueError, csv.Error) as error:
        told, cure = str(error).splitlines()[0], "give a CSV file in UTF-8"
        raise ThroughflowError(Problem(where, "it cannot be read", told, cure)) from error
    columns = {name.strip().casefold(): place for place, name in enumerate(header)}
    years = {place: int(name) for place, name in enumerate(header) if _YEAR.match(name.strip())}
    missing = [name for name in HEADER if name.casefold() not in columns]
    if missing or not years:
        what = f"no column {', '.join(missing)}" if missing else "no column is a year"
        raise ThroughflowError(Problem(where, what, "a table of IAMC has these", f"begin with {', '.join(HEADER)}, 2010"))
    rows, problems, seen = [], list[Problem](), set[tuple[str, ...]]()
    for number, line in enumerate(lines, 2):
        if len(line) != len(header):
            told = f"row {number}: {len(line)} cells"
            problems.append(Problem(where, told, f"the header has {len(header)}", "give each row as many"))
            continue
        head = tuple(line[columns[name.casefold()]].strip() for name in HEADER)
        if head[:4] in seen:
            problems.append(
                Problem(where, f"row {number} stands twice: {', '.join(head[:4])}", "it has one value a year", "drop one")
            )
        seen.add(head[:4])
        found, wrong = _numbers(line, years)
        if wrong:
            problems.append(Problem(where, f"row {number}: {', '.join(wrong[:4])}", "not finite numbers", "mend these cells"))
        model, scenario, region, variable, unit = head
        name, statistic = _parted(variable)
        rows += [(model, scenario, region, name, statistic, unit, year, value) for year, value in found]
    raise_if(problems)
    names = ["model", "scenario", "region", "variable", "statistic", "unit", "year", "value"]
    return pd.DataFrame(rows, columns=names)


def _numbers(line: Sequence[str], years: Mapping[int, int]) -> tuple[list[tuple[int, float]], list[str]]:
    """Return the numbers of a row by year, and the cells that are none."""
    found, wrong = [], []
    for place, year in years.items():
        text = line[place].strip()
        try:
            value = float(text) if text else None
        except ValueError:
            value = math.nan
        if value is not None and math.isfinite(value):
            found.append((year, value))
        elif value is not None:
            wrong.append(f"{year} {text[:20]!r}")
    return found, wrong


def _parted(variable: str) -> tuple[str, str]:
    """Return the name of a variable without its statistic, and that as throughflow calls it."""
    name, _, end = variable.rpartition("|")
    ours = {theirs: own for own, theirs in PLAIN.items()}
    if not name or (end not in ours and not _QUANTILE.match(end)):
        return variable, ""
    quantile = _QUANTILE.match(end)
    return name, f"{float(quantile['level']):g} %" if quantile else ours[end]
