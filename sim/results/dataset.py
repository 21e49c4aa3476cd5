"""What we keep: one labelled Dataset, the waist of the house, and the files it is kept in.

A Dataset has dims ``time`` and the subscript ranges (``scenario`` first for studies); variables bear their model names and
carry ``units``, ``long_name`` and ``kind``; its attributes carry the model's structure and provenance as data.
"""

import csv
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from sim.errors import Problem, ThroughflowError

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


def versions() -> dict[str, str]:
    """Return the versions of this project and of the libraries a result depends on."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside ``path``; put it in place of ``path`` only if the block ends well.

    Raises:
        ThroughflowError: the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise ThroughflowError(
            Problem(str(path), "it cannot be written", error.strerror or str(error), "give a folder you may write to")
        ) from error
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        raise ThroughflowError(
            Problem(
                str(path),
                "it cannot be written",
                error.strerror or str(error),
                "free some room, or give another folder",
            )
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def save_netcdf(dataset: xr.Dataset, path: Path) -> None:
    """Write ``dataset`` as compressed NetCDF with CF attributes, atomically.

    Names become letters, digits and underscores, as CF asks; the model name stays in ``model_name``.
    """
    plain = _plain_names(dataset)
    moved = {name: plain[name] for name in plain if name != plain[name]}
    renamed = dataset.rename(moved)
    originals = {written: name for name, written in moved.items()}
    for name, variable in renamed.variables.items():
        variable.attrs = {**variable.attrs, "model_name": originals.get(name, name)}
    encoding = {name: {"zlib": True, "complevel": 4} for name in renamed.data_vars if renamed[name].dtype.kind == "f"}
    with replacing(path) as temporary:
        renamed.to_netcdf(temporary, engine="netcdf4", encoding=encoding)


def load_netcdf(path: Path) -> xr.Dataset:
    """Return the Dataset stored at ``path`` with its model names.

    Raises:
        ThroughflowError: no such file, or not one of ours.
    """
    try:
        with xr.open_dataset(path, engine="netcdf4", decode_times=False) as stored:
            dataset = stored.load()
    except (OSError, ValueError, KeyError) as error:
        raise ThroughflowError(
            Problem(
                str(path),
                "results that cannot be read",
                str(error).splitlines()[0],
                "give the results.nc that `throughflow run` wrote",
            )
        ) from error
    names = {name: dataset[name].attrs.get("model_name", name) for name in dataset.variables}
    return dataset.rename({name: found for name, found in names.items() if name != found})


def _plain_names(dataset: xr.Dataset) -> dict[str, str]:
    plain: dict[str, str] = {}
    for name in [*dataset.variables, *dataset.dims]:
        candidate = "".join(letter if letter.isalnum() else "_" for letter in str(name))
        candidate = candidate if candidate[:1].isalpha() else f"v_{candidate}"
        while candidate in plain.values() and name not in plain:
            candidate += "_"
        plain.setdefault(name, candidate)
    return plain


def write_table(dataset: xr.Dataset, path: Path) -> None:
    """Write the run in ``dataset`` as CSV: ``time`` and one column ``name[element]`` for each element, atomically."""
    columns: dict[str, np.ndarray] = {}
    for name, values in dataset.data_vars.items():
        moving = values if "time" in values.dims else values.expand_dims(time=dataset["time"])
        ordered = moving.transpose("time", ...)
        for index in np.ndindex(ordered.shape[1:]):
            element = ",".join(str(ordered[dim].values[at]) for dim, at in zip(ordered.dims[1:], index, strict=True))
            columns[f"{name}[{element}]" if element else str(name)] = ordered.values[(slice(None), *index)]

    def fill(writer: Any) -> None:
        writer.writerow(["time", *columns])
        for row, time in enumerate(dataset["time"].values):
            writer.writerow([repr(float(time)), *(repr(float(column[row])) for column in columns.values())])

    write_csv(path, fill)


def write_csv(path: Path, fill: Callable[[Any], None]) -> None:
    """Write a UTF-8 CSV file atomically; ``fill`` gets the ``csv.writer``."""
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        fill(csv.writer(stream, lineterminator="\n"))
