"""Effective aggregation: what a scenario holds, relative to the frictionless twin of the same world.

Each part is a ratio of like to like; parts are joined by geometric means, then multiplied by the fit of the inputs.
Which variables, is told by ``indicators.toml`` ([ratios_to_twin], [geometric_means], [products], evaluated in that order).
"""

from collections.abc import Mapping
from typing import Any

import xarray as xr

from sim.analysis.definitions import indicators
from sim.analysis.values import pick, role
from sim.errors import Problem, ThroughflowError

PARTS = ("ratios_to_twin", "geometric_means", "products")
"""Tables of ``indicators.toml`` that define what is composed here."""


def aggregation(dataset: xr.Dataset, definitions: Mapping[str, Any] | None = None) -> xr.Dataset:
    """Return the ratios to the twin and what is composed of them; every variable dimensionless, dims scenario and time.

    Args:
        dataset: a study's result that holds a twin.
        definitions: tables ``ratios_to_twin``, ``geometric_means``, ``products``; by default those of the model.

    Raises:
        ThroughflowError: no twin, a missing variable, NaN, or a twin that is zero.
    """
    wanted = indicators(dataset) if definitions is None else definitions
    twin = role(dataset, "twin")
    found: dict[str, xr.DataArray] = {}
    for name, reference in wanted.get("ratios_to_twin", {}).items():
        found[name] = _ratio(pick(dataset, reference), twin)
    for name, parts in wanted.get("geometric_means", {}).items():
        found[name] = _product(found, parts, name) ** (1.0 / len(parts))
    for name, parts in wanted.get("products", {}).items():
        found[name] = _product(found, parts, name)
    return xr.Dataset({name: values.rename(name).assign_attrs({"units": "dmnl"}) for name, values in found.items()})


def _ratio(values: xr.DataArray, twin: str) -> xr.DataArray:
    ideal = values.sel(scenario=twin, drop=True)
    if bool((ideal <= 0).any()):
        raise ThroughflowError(
            Problem(
                f"{values.name} of {twin}",
                "zero or less in the twin",
                "a ratio to it says nothing",
                "leave the time out or choose another variable in indicators.toml",
            )
        )
    return values / ideal


def _product(found: Mapping[str, xr.DataArray], parts: list[str], name: str) -> xr.DataArray:
    unknown = [part for part in parts if part not in found]
    if unknown:
        raise ThroughflowError(
            Problem(
                f"{name} in indicators.toml",
                f"unknown parts {unknown}",
                "a part must be defined before it is used",
                f"use {sorted(found)}",
            )
        )
    result = found[parts[0]]
    for part in parts[1:]:
        result = result * found[part]
    return result
