"""Results as files: NetCDF with CF names, tables for people, each put in place whole or not at all."""

import csv
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from sim.errors import Problem, ThroughflowError


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
    """Write ``dataset`` as compressed NetCDF with CF attributes, atomically; text as characters, which compress.

    Names become letters, digits and underscores, as CF asks; the model name stays in ``model_name``.
    """
    plain = plain_names([*dataset.variables, *dataset.dims])
    moved = {name: plain[name] for name in plain if name != plain[name]}
    renamed = dataset.rename(moved)
    originals = {written: name for name, written in moved.items()}
    for name, variable in renamed.variables.items():
        variable.attrs = {**variable.attrs, "model_name": originals.get(name, name)}
    shrunk: dict[str, Any] = {"zlib": True, "complevel": 4}
    kinds = {name: variable.dtype.kind for name, variable in renamed.data_vars.items()}
    encoding = {
        name: shrunk if kind in "fiub" else {"dtype": "S1", **shrunk} for name, kind in kinds.items() if kind in "fiubOU"
    }
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


def plain_names(names: Iterable[Any]) -> dict[str, str]:
    """Return for each of ``names`` one of letters, digits and underscores that begins with a letter, all different."""
    plain: dict[str, str] = {}
    for name in names:
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
