"""Statistics over the members of an ensemble, which never leave failed runs out without being told to."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from sim.errors import Problem, ThroughflowError, raise_if
from sim.results.layout import PLAIN_STATISTICS, percent
from sim.results.moments import Moments
from sim.results.status import WELL, ended_well
from sim.results.store import counted, read_values

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
FAILED = ("refuse", "drop")


def summarise(dataset: xr.Dataset, quantiles: Sequence[float] = QUANTILES, *, failed: str = "refuse") -> xr.Dataset:
    """Return statistics over the members of an ensemble.

    Arguments:
        dataset: as :func:`sim.results.store.open_store` gives it, or part of it along its dims, ``member`` whole.
        quantiles: levels from 0 to 1; of a store that keeps statistics only, those it has.
        failed: ``refuse``, or ``drop`` to leave out runs that failed or were not made yet.

    Returns:
        The outcomes with dims (scenario, ranges..., time, statistic), float64, all statistics in the outcome's unit: mean,
        sample standard deviation, minimum, maximum, quantiles (``5 %``, ...; interpolated as by NumPy's default);
        and ``runs`` with dims (scenario, ended): how many there were of each sort.  NaN where no run ended well.

    Raises:
        ThroughflowError: runs failed or are missing and ``failed`` is ``refuse``; a wrong level; a damaged chunk.
    """
    where = str(dataset.attrs.get("title", "ensemble"))
    raise_if(_level_problems(dataset, quantiles, failed))
    status = np.atleast_2d(read_values(dataset["status"], where))
    meanings = _meanings(dataset)
    runs = np.array([[counted(row).get(value, 0) for value in meanings] for row in status])
    if failed == "refuse":
        raise_if(failed_problems(dataset, where))
    kept = ended_well(status)
    labels = [*PLAIN_STATISTICS, *map(percent, quantiles)]
    outcomes = {name: found for name, found in dataset.data_vars.items() if {"time"} <= set(found.dims)}
    found = {
        name: values.sel(statistic=labels) if "statistic" in values.dims else _statistics(values, kept, quantiles)
        for name, values in outcomes.items()
    }
    made = xr.Dataset(found, attrs=dataset.attrs).assign_coords(statistic=labels)
    about = {"long_name": "runs by how they ended", "units": "1"}
    counts = runs if "scenario" in dataset["status"].dims else runs[0]
    dims = ("scenario", "ended") if "scenario" in dataset["status"].dims else ("ended",)
    return made.assign(runs=(dims, counts, about)).assign_coords(ended=list(meanings.values()))


def failed_problems(dataset: xr.Dataset, where: str) -> list[Problem]:
    """Return one problem for each scenario with runs that failed or were not made, ``where`` naming the results."""
    meanings = _meanings(dataset)
    status = dataset["status"] if "scenario" in dataset["status"].dims else dataset["status"].expand_dims("scenario")
    names = dataset["scenario"].values.reshape(-1).tolist() if "scenario" in dataset.coords else [""]
    problems = []
    for name, row in zip(names, read_values(status, where), strict=True):
        counts = {meanings.get(value, str(value)): number for value, number in counted(row).items() if value not in WELL}
        if counts:
            what = ", ".join(f"{number} {word}" for word, number in counts.items()) + f" of {row.size} runs"
            why = "statistics of the rest would look as if these had never been asked for"
            cure = "finish the ensemble; or, for runs that failed, narrow what fails, or drop them knowingly (failed=drop)"
            problems.append(Problem(f"{where}, scenario {name}", what, why, cure))
    return problems


def _meanings(dataset: xr.Dataset) -> Mapping[int, str]:
    about = dataset["status"].attrs
    words = [word.replace("_", " ") for word in about["flag_meanings"].split()]
    return dict(zip(np.asarray(about["flag_values"]).tolist(), words, strict=True))


def _statistics(values: xr.DataArray, kept: np.ndarray, quantiles: Sequence[float]) -> xr.DataArray:
    """Return the statistics of one outcome, read scenario by scenario and element by element."""
    ordered = values if "scenario" in values.dims else values.expand_dims("scenario")
    ordered = ordered.transpose("scenario", ..., "time", "member")
    shape = ordered.shape[:-1]
    result = np.full((*shape, len(PLAIN_STATISTICS) + len(quantiles)), np.nan)
    for index in np.ndindex(shape[:-1]):
        members = kept[index[0]]
        if members.any():
            series = read_values(ordered[index], str(values.name))
            result[index] = _of_series(series, members, quantiles, name=str(values.name))
    made = xr.DataArray(result, dims=(*ordered.dims[:-1], "statistic"), attrs=values.attrs, name=values.name)
    made = made.assign_coords({dim: ordered[dim] for dim in ordered.dims[:-1] if dim in ordered.coords})
    return made if "scenario" in values.dims else made.isel(scenario=0)


def _of_series(series: np.ndarray, kept: np.ndarray, quantiles: Sequence[float], *, name: str) -> np.ndarray:
    """Return statistics of ``series``, shape (time, member), over the members that are ``kept``, as (time, statistic).

    Moments are summed as where series are not kept, so both ways of keeping give the same bits.
    """
    ordered = series[:, kept]
    if not np.isfinite(ordered).all():
        why = "runs that ended well have finite numbers only: a chunk is lost"
        cure = "`throughflow results STORE --check` tells which; give the command that made the store again: it mends it"
        raise ThroughflowError(Problem(f"outcome {name}", "missing numbers", why, cure))
    moments = Moments.empty(series.shape[0]).with_values(series, kept)
    ordered.sort(axis=1)
    places = np.asarray(quantiles, float) * (ordered.shape[1] - 1)
    low = np.floor(places).astype(int)
    below, above = (ordered[:, at].astype(float) for at in (low, np.minimum(low + 1, ordered.shape[1] - 1)))
    plain = np.stack([moments.mean, moments.deviation(), moments.minimum, moments.maximum], axis=1)
    return np.concatenate([plain, below + (places - low) * (above - below)], axis=1)


def _level_problems(dataset: xr.Dataset, quantiles: Sequence[float], failed: str) -> list[Problem]:
    found = []
    if failed not in FAILED:
        found.append(Problem("failed", repr(failed), "failed runs are refused or dropped", f"use {' or '.join(FAILED)}"))
    if "status" not in dataset:
        why = "statistics are over members"
        found.append(Problem(str(dataset.attrs.get("title", "results")), "no ensemble", why, "give the store of an ensemble"))
    wrong = [level for level in quantiles if not 0 <= level <= 1]
    found += [Problem("quantiles", f"{level}", "a level is a share", "give numbers from 0 to 1") for level in wrong]
    if "statistic" in dataset.dims and not wrong:
        kept = [str(label) for label in dataset["statistic"].values]
        known = ", ".join(f"{float(label[:-2]) / 100:g}" for label in kept if label.endswith(" %"))
        why = "this store keeps statistics instead of series"
        found += [
            Problem("quantiles", f"{level:g}", why, f"use some of {known}, or run again with keep=series")
            for level in quantiles
            if percent(level) not in kept
        ]
    return found
