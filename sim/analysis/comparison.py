"""Scenarios against the baseline: absolute and relative differences of the same quantity at the same time."""

import xarray as xr

from sim.analysis.values import pick, role
from sim.errors import Problem, ThroughflowError


def difference(dataset: xr.Dataset, reference: str) -> xr.DataArray:
    """Return scenario minus baseline of the variable ``reference`` names, in its own unit, dims scenario and time."""
    values = pick(dataset, reference)
    return from_baseline(values, role(dataset, "baseline"))


def percent(dataset: xr.Dataset, reference: str) -> xr.DataArray:
    """Return the difference from the baseline in per cent of the baseline, dims scenario and time."""
    return percent_from_baseline(pick(dataset, reference), role(dataset, "baseline"))


def from_baseline(values: xr.DataArray, baseline: str) -> xr.DataArray:
    """Return ``values`` minus those of the scenario ``baseline``."""
    return (values - values.sel(scenario=baseline, drop=True)).assign_attrs(values.attrs)


def percent_from_baseline(values: xr.DataArray, baseline: str) -> xr.DataArray:
    """Return 100 · (``values`` ÷ baseline − 1).

    Raises:
        ThroughflowError: the baseline is zero somewhere, so that a ratio says nothing.
    """
    base = values.sel(scenario=baseline, drop=True)
    if bool((base == 0).any()):
        raise ThroughflowError(
            Problem(
                str(values.name),
                "the baseline is zero",
                "a difference in per cent has no meaning there",
                "use the absolute difference (form `difference` in outcomes.csv)",
            )
        )
    return (100.0 * (values / base - 1.0)).assign_attrs({**values.attrs, "units": "%"})
