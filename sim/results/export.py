"""Ensembles handed over: every member as NetCDF or Parquet, statistics as tables, the design in SALib's words."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from sim.errors import Problem, ThroughflowError
from sim.results.files import save_netcdf, write_csv
from sim.results.iamc import write_iamc
from sim.results.parquet import draws_beside, write_parquet
from sim.results.salib import write_salib
from sim.results.summary import QUANTILES, summarise

IAMC = ".iamc.csv"
"""Ending of a table in IAMC's columns."""

ENDINGS = (".nc", ".csv", IAMC, ".parquet", ".json")
HEADER = ("scenario", "variable", "element", "unit", "time", "statistic", "value", "runs done", "runs failed", "runs not made")


def ending_of(path: Path) -> str:
    """Return the one of :data:`ENDINGS` that ``path`` has, or an empty text."""
    return next((end for end in sorted(ENDINGS, key=len, reverse=True) if path.name.lower().endswith(end)), "")


def export(
    dataset: xr.Dataset,
    path: Path,
    *,
    quantiles: Sequence[float] | None = None,
    failed: str = "refuse",
    region: str = "",
    groups: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Write an ensemble to ``path``, atomically.

    ``.nc`` and ``.parquet`` without ``quantiles`` hold all that the store has, the status of every run included, so that
    nothing is left out; with them, and ``.csv``, they hold statistics, each with the numbers of runs that ended well, failed,
    or were not made.  ``.iamc.csv`` holds statistics in IAMC's columns, ``.json`` SALib's problem, the draws as CSV beside it.

    Arguments:
        dataset: as :func:`sim.results.store.open_store` gives it.
        path: a file that ends in one of :data:`ENDINGS`.
        quantiles: levels from 0 to 1.
        failed: ``refuse``, or ``drop`` to take statistics of the other runs.
        region: what the numbers are of, for ``.iamc.csv`` alone.
        groups: heading of a variable by its name, for ``.iamc.csv`` alone.

    Returns:
        Remarks: other files that were written, times that were left out.

    Raises:
        ThroughflowError: another ending; failed runs that were not to be dropped; a damaged chunk; no room.
    """
    ending = ending_of(path)
    if not ending:
        why = "ensembles are handed over as NetCDF, as tables, or to other programs"
        cure = "give " + ", ".join(f"OUT{each}" for each in ENDINGS)
        raise ThroughflowError(Problem(str(path), f"ending {path.suffix or 'none'!r}", why, cure))
    if ending == ".json":
        return (f"{write_salib(dataset, path)}: what the worlds drew",)
    if ending == IAMC:
        left = write_iamc(dataset, path, region=region, groups=groups, quantiles=quantiles, failed=failed)
        return (f"{len(left)} stored times that are no whole years are left out",) if left else ()
    _write(dataset, path, ending, levels=quantiles, failed=failed)
    return (f"{draws_beside(path)}: what the worlds drew",) if ending == ".parquet" and _whole(dataset, quantiles) else ()


def _whole(dataset: xr.Dataset, levels: Sequence[float] | None) -> bool:
    """Return whether every member is asked for, and there."""
    return levels is None and not any("statistic" in values.dims for values in dataset.values())


def _write(dataset: xr.Dataset, path: Path, ending: str, *, levels: Sequence[float] | None, failed: str) -> None:
    """Write every member, or statistics where ``levels`` are given or nothing else can be had."""
    if ending == ".nc" and levels is None:
        save_netcdf(dataset, path)
        return
    if ending == ".parquet" and _whole(dataset, levels):
        write_parquet(dataset, path)
        return
    summary = summarise(dataset, QUANTILES if levels is None else levels, failed=failed)
    if ending == ".nc":
        save_netcdf(summary, path)
    elif ending == ".parquet":
        write_parquet(summary, path)
    else:
        write_csv(path, lambda writer: _fill(writer, summary))


def _fill(writer: Any, summary: xr.Dataset) -> None:
    writer.writerow(HEADER)
    for row in long_rows(summary):
        writer.writerow(row)


def long_rows(summary: xr.Dataset) -> Iterator[tuple]:
    """Yield ``summary``, as :func:`sim.results.summary.summarise` gives it, row by row, in the columns of :data:`HEADER`."""
    ended = [str(word) for word in summary["ended"].values]
    times, statistics = summary["time"].values.tolist(), summary["statistic"].values.tolist()
    for at, scenario in enumerate(summary["scenario"].values.tolist()):
        counts = dict(zip(ended, summary["runs"].values[at].tolist(), strict=True))
        done, missing = counts.pop("done"), counts.pop("not run")
        for name, values in summary.data_vars.items():
            if name == "runs":
                continue
            whole = values.isel(scenario=at).transpose(..., "time", "statistic")
            for index in np.ndindex(whole.shape[:-2]):
                element = ",".join(str(summary[dim].values[part]) for dim, part in zip(whole.dims[:-2], index, strict=True))
                head = (scenario, name, element, values.attrs.get("units", ""))
                for time, row in zip(times, whole.values[index].tolist(), strict=True):
                    for statistic, value in zip(statistics, row, strict=True):
                        yield (*head, repr(time), statistic, repr(value), done, sum(counts.values()), missing)
