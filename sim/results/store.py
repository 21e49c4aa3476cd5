"""Stores of ensembles as people meet them: opened lazily, listed, checked.  Nothing here writes."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from sim.errors import Problem, ThroughflowError
from sim.results.chunks import is_sound
from sim.results.layout import LAYOUT_KEY, NOT_RUN
from sim.results.writing import stored_attributes

STUDY = "results.nc"
"""Name of the file in which ``throughflow run`` keeps a study without an ensemble."""

MOST_FOUND = 10_000
"""Folders looked into before a listing gives up."""


def open_store(path: Path | str) -> xr.Dataset:
    """Return the Dataset stored at ``path``, its numbers read when they are used.

    Series have dims (scenario, ranges..., time, member), statistics (scenario, ranges..., time, statistic); ``status`` says
    how each run ended, ``draw`` what each member drew.  Members that were not run yet are NaN.

    Raises:
        ThroughflowError: no store there, one of another version, or one whose descriptions are damaged.
    """
    path = Path(path)
    if stored_attributes(path) is None:
        cure = "`throughflow results FOLDER` lists the stores below a folder"
        raise ThroughflowError(Problem(str(path), "no store there", "a folder with zarr.json in it is wanted", cure))
    try:
        stored = xr.open_zarr(path, consolidated=False, chunks=None, decode_times=False)
        names = {name: stored[name].attrs.get("model_name", name) for name in stored.variables}
        dataset = stored.rename({name: found for name, found in names.items() if name != found})
        order = [*settings(stored).get("record", ()), "status", "draw"]
        texts = {name: _plain_text(found) for name, found in dataset.variables.items() if found.dtype.kind not in "fiub"}
    except (OSError, ValueError, KeyError, TypeError) as error:
        cure = "`throughflow results STORE --check` tells what is damaged; the command that made it mends it"
        told = (str(error) or type(error).__name__).splitlines()[0]
        raise ThroughflowError(Problem(str(path), "a store that cannot be read", told, cure)) from error
    return dataset.assign_coords(texts)[[name for name in order if name in dataset]]


def settings(dataset: xr.Dataset) -> dict[str, Any]:
    """Return the experiment of an ensemble as plain data, as its store has it."""
    return json.loads(dataset.attrs["identity"])


def _plain_text(values: xr.Variable) -> xr.Variable:
    """Return ``values`` as NumPy's fixed-width text, which every writer of files knows."""
    return xr.Variable(values.dims, np.array(values.values.tolist(), dtype=str), values.attrs)


def read_values(values: xr.DataArray, where: str) -> np.ndarray:
    """Return the numbers of ``values``, part of a store, loaded.

    Raises:
        ThroughflowError: a chunk is damaged.
    """
    try:
        return values.values
    except (OSError, ValueError, RuntimeError) as error:
        cure = "`throughflow results STORE --check` tells which; give the command that made the store again: it mends it"
        raise ThroughflowError(Problem(where, "a damaged chunk", str(error).splitlines()[0], cure)) from error


@dataclass(frozen=True)
class Overview:
    """What a listing tells of one store or study.

    Attributes:
        path: where it is.
        kind: ``ensemble`` or ``study``; of results that consist of tables the kind they bear, ``advice`` or ``calibration``.
        title: its title.
        experiment: SHA-256 of the experiment, empty for a study.
        runs: runs there are; 0 for tables, which were made from runs.
        done: runs that were made, those that failed among them.
        failed: runs that diverged or left their domain.
        size: bytes on the disk.
        problem: why nothing could be read of it, or ``None``.
    """

    path: Path
    kind: str
    title: str
    experiment: str
    runs: int
    done: int
    failed: int
    size: int
    problem: str | None = None


def list_stores(folder: Path) -> tuple[Overview, ...]:
    """Return what there is in ``folder`` and below: stores of ensembles, and studies, by path."""
    return tuple(_overview(path) for path in sorted(_found(folder)))


def _found(folder: Path) -> Iterator[Path]:
    for seen, (place, folders, files) in enumerate(os.walk(folder)):
        if STUDY in files:
            yield Path(place, STUDY)
        if "zarr.json" in files:
            folders.clear()
            if _is_ours(Path(place)):
                yield Path(place)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if seen >= MOST_FOUND:
            cure = "give the folder the results are in"
            raise ThroughflowError(Problem(str(folder), f"more than {MOST_FOUND} folders", "this is too wide a search", cure))


def _is_ours(path: Path) -> bool:
    """Return whether the Zarr group at ``path`` is of this project, whatever its version, or too damaged to tell."""
    try:
        return LAYOUT_KEY in json.loads((path / "zarr.json").read_text(encoding="utf-8")).get("attributes", {})
    except (OSError, ValueError, AttributeError):
        return True


def _overview(path: Path) -> Overview:
    try:
        if path.name == STUDY:
            with xr.open_dataset(path, engine="netcdf4", decode_times=False) as stored:
                runs = 0 if stored.attrs.get("kind") else stored.sizes.get("scenario", 1)
                kind = str(stored.attrs.get("kind") or "study")
                return Overview(path, kind, str(stored.attrs.get("title", "")), "", runs, runs, 0, path.stat().st_size)
        dataset = open_store(path)
        counts = counted(read_values(dataset["status"], str(path)))
        runs = sum(counts.values())
        done = runs - counts.get(NOT_RUN, 0)
        told = dataset.attrs
        size = sum(found.stat().st_size for found in path.rglob("*") if found.is_file())
        return Overview(path, "ensemble", told["title"], told["experiment"], runs, done, done - counts.get(0, 0), size)
    except (ThroughflowError, OSError, ValueError) as error:
        told = error.problems[0].what if isinstance(error, ThroughflowError) else str(error).splitlines()[0]
        return Overview(path, "study" if path.name == STUDY else "ensemble", "", "", 0, 0, 0, 0, told)


def counted(status: np.ndarray) -> dict[int, int]:
    """Return how many members there are of each status."""
    found, numbers = np.unique(status, return_counts=True)
    return dict(zip(found.tolist(), numbers.tolist(), strict=True))


def check_store(path: Path) -> tuple[str, ...]:
    """Return what is damaged or lost at ``path``, by its place in the store; nothing if every chunk is sound.

    A chunk is told from its checksum.  What belongs to blocks that were not run yet is not missed.

    Raises:
        ThroughflowError: no store there, or one of another version.
    """
    if stored_attributes(path) is None:
        open_store(path)
    damaged = []
    for description in sorted(path.glob("*/zarr.json")):
        folder = description.parent
        try:
            told = json.loads(description.read_text(encoding="utf-8"))
            if told["node_type"] == "array":
                damaged += [str(chunk.relative_to(path)) for chunk in _wanted(path, folder, told) if not is_sound(chunk)]
            else:
                waiting = (chunk for chunk in folder.rglob("*") if chunk.is_file() and chunk != description)
                damaged += [str(chunk.relative_to(path)) for chunk in sorted(waiting) if not is_sound(chunk)]
        except (ValueError, KeyError, TypeError, OSError):
            damaged.append(str(description.relative_to(path)))
    return tuple(damaged)


def _wanted(store: Path, folder: Path, told: Mapping[str, Any]) -> Iterator[Path]:
    """Yield the chunks that the array in ``folder`` must have, given which blocks the ledger calls done."""
    grid = [
        -(-size // chunk) for size, chunk in zip(told["shape"], told["chunk_grid"]["configuration"]["chunk_shape"], strict=True)
    ]
    dims = told["dimension_names"]
    for index in np.ndindex(*grid):
        place = dict(zip(dims, index, strict=True))
        chunk = folder / "c" / "/".join(map(str, index))
        if folder.name == "status":
            wanted = chunk.exists()
        elif "scenario" in place and "member" in place:
            wanted = (store / "status" / "c" / str(place["scenario"]) / str(place["member"])).exists()
        elif "statistic" in place and "scenario" in place:
            wanted = chunk.exists() or not (store / "pending").exists()
        elif folder.name == "draw":
            wanted = any((store / "status" / "c").glob(f"*/{place['member']}"))
        else:
            wanted = True
        if wanted:
            yield chunk
