"""Ensembles handed over: NetCDF with every member, or statistics as NetCDF or as a long table."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from sim.errors import Problem, ThroughflowError
from sim.results.files import save_netcdf, write_csv
from sim.results.summary import QUANTILES, summarise

ENDINGS = (".nc", ".csv")
HEADER = ("scenario", "variable", "element", "unit", "time", "statistic", "value", "runs done", "runs failed", "runs not made")


def export(dataset: xr.Dataset, path: Path, *, quantiles: Sequence[float] | None = None, failed: str = "refuse") -> None:
    """Write an ensemble to ``path``, atomically.

    ``.nc`` without ``quantiles`` holds all that the store has, the status of every run included, so that nothing is left out;
    ``.nc`` with them and ``.csv`` hold statistics, each with the numbers of runs that ended well, failed, or were not made.

    Arguments:
        dataset: as :func:`sim.results.store.open_store` gives it.
        path: a file that ends in ``.nc`` or ``.csv``.
        quantiles: levels from 0 to 1.
        failed: ``refuse``, or ``drop`` to take statistics of the other runs.

    Raises:
        ThroughflowError: another ending; failed runs that were not to be dropped; a damaged chunk; no room.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        why = "ensembles are handed over as NetCDF or as a table"
        raise ThroughflowError(Problem(str(path), f"ending {ending or 'none'!r}", why, "give OUT.nc or OUT.csv"))
    if ending == ".nc" and quantiles is None:
        save_netcdf(dataset, path)
        return
    summary = summarise(dataset, QUANTILES if quantiles is None else quantiles, failed=failed)
    if ending == ".nc":
        save_netcdf(summary, path)
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
