"""The labelled Dataset of one run: its columns, its provenance, the versions it depends on."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import xarray as xr

CONVENTIONS = "CF-1.11"
PACKAGES = ("throughflow", "numpy", "scipy", "xarray", "pysd", "hydra-core", "matplotlib")


@dataclass(frozen=True)
class Column:
    """One recorded variable: values shaped (time, ranges…), or (ranges…) where it does not change in time."""

    name: str
    dims: tuple[str, ...]
    values: np.ndarray
    units: str
    long_name: str
    kind: str
    error: float


def assemble(
    times: np.ndarray, columns: Sequence[Column], ranges: Mapping[str, Sequence[str]], *, attributes: Mapping[str, Any]
) -> xr.Dataset:
    """Return the Dataset of one run.

    Arguments:
        times: stored times, shape (time,).
        columns: what was recorded.
        ranges: elements of every range that a column uses.
        attributes: provenance and structure; values that are not text or numbers are stored as JSON.
    """
    data = {}
    for column in columns:
        dims = column.dims if column.values.ndim == len(column.dims) else ("time", *column.dims)
        attrs = {
            "units": column.units,
            "long_name": column.long_name,
            "kind": column.kind,
            "integration_error": column.error,
        }
        data[column.name] = xr.DataArray(column.values, dims=dims, attrs=attrs)
    used = {dim for column in columns for dim in column.dims}
    coords = {name: list(elements) for name, elements in ranges.items() if name in used}
    dataset = xr.Dataset(data, coords={"time": times, **coords})
    dataset["time"].attrs = {"units": str(attributes.get("time_units", "")), "long_name": "time"}
    dataset.attrs = {
        name: value if isinstance(value, str | int | float) else json.dumps(value, ensure_ascii=False)
        for name, value in ({"Conventions": CONVENTIONS, "versions": versions()} | dict(attributes)).items()
    }
    return dataset


def provenance(dataset: xr.Dataset) -> dict[str, Any]:
    """Return what a reader needs to make ``dataset`` again: its attributes, versions included, without the structure."""
    kept = {name: value for name, value in dataset.attrs.items() if name != "structure"}
    return kept | {"versions": json.loads(dataset.attrs.get("versions", "{}"))}


def versions(more: Sequence[str] = ()) -> dict[str, str]:
    """Return the versions of this project and of the libraries a result depends on, ``more`` of them among these."""
    found = {}
    for name in (*PACKAGES, *more):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
