"""Ensembles as Parquet: a row for each scenario, member and time, a column for each variable and element; and back.

Parquet is read by pandas, R, Julia, DuckDB and Spark.  What members drew is a file of its own beside it,
``OUT.draws.parquet``, a row a member, as it is the same in every scenario.  Labels, units and provenance travel in the
metadata, so that nothing is lost.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from sim.errors import Problem, ThroughflowError
from sim.results.files import replacing
from sim.results.store import read_values

if TYPE_CHECKING:
    import pyarrow

METADATA = b"throughflow"
"""Key of the metadata under which labels and provenance stand, as JSON."""

VERSION = 1

MOST_ROWS = 1 << 20
"""Rows written together."""

LAST = ("member", "statistic")
"""Dimensions that may stand beside scenario and time."""


def _arrow() -> Any:
    """Return pyarrow with its Parquet part.

    Raises:
        ThroughflowError: it is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        cure = "pip install 'throughflow[exchange]', or export NetCDF: OUT.nc"
        raise ThroughflowError(Problem("Parquet", "pyarrow is not installed", str(error), cure)) from error
    return pyarrow


def draws_beside(path: Path) -> Path:
    """Return where the draws of the table at ``path`` stand."""
    return path.with_name(f"{path.stem}.draws{path.suffix}")


def write_parquet(dataset: xr.Dataset, path: Path) -> tuple[Path, ...]:
    """Write an ensemble, or statistics of one, to ``path``, and its draws beside it, each atomically.

    Columns are ``scenario``, ``member`` (or ``statistic``), ``time``, ``status`` and ``name[element]``, numbers as stored.

    Arguments:
        dataset: as :func:`sim.results.store.open_store` or :func:`sim.results.summary.summarise` gives it.
        path: file to write.

    Returns:
        The files written.

    Raises:
        ThroughflowError: pyarrow is not installed; a damaged chunk; no room.
    """
    arrow = _arrow()
    last = next((dim for dim in LAST if any(dim in values.dims and "time" in values.dims for values in dataset.values())), None)
    if last is None or "scenario" not in dataset.dims:
        why = "rows are scenarios, members and times"
        raise ThroughflowError(Problem(str(path), "no ensemble", why, "give a store, or statistics of one"))
    table = dataset.drop_vars("draw", errors="ignore").drop_dims("uncertainty", errors="ignore")
    metadata = {METADATA: json.dumps(_described(table, last), ensure_ascii=False).encode()}
    with replacing(path) as temporary:
        writer = None
        try:
            for columns in _pieces(table, last):
                piece = arrow.table({name: _encoded(arrow, values) for name, values in columns.items()})
                if writer is None:
                    schema = piece.schema.with_metadata(metadata)
                    writer = arrow.parquet.ParquetWriter(temporary, schema, **_coding(columns))
                writer.write_table(piece.cast(writer.schema))
        finally:
            if writer is not None:
                writer.close()
    if "draw" not in dataset:
        return (path,)
    _write_draws(arrow, dataset, draws_beside(path))
    return path, draws_beside(path)


def _write_draws(arrow: Any, dataset: xr.Dataset, path: Path) -> None:
    draws = dataset["draw"].transpose("uncertainty", "member")
    values = read_values(draws, "draw")
    columns = {"member": dataset["member"].values, **dict(zip(map(str, dataset["uncertainty"].values), values, strict=True))}
    names = _plain(dataset["uncertainty"].attrs)
    about = {"version": VERSION, "attrs": _plain(draws.attrs), "names": names, "dims": list(dataset["draw"].dims)}
    table = arrow.table(columns).replace_schema_metadata({METADATA: json.dumps(about, ensure_ascii=False).encode()})
    with replacing(path) as temporary:
        arrow.parquet.write_table(table, temporary, **_coding({name: np.asarray(table[name]) for name in table.column_names}))


def _coding(columns: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Return how columns are packed: the bytes of fractions apart by their place, labels and whole numbers by a dictionary."""
    fractions = [name for name, values in columns.items() if values.dtype.kind == "f" and name != "time"]
    labels = [name for name in columns if name not in fractions]
    return {"compression": "zstd", "use_dictionary": labels, "use_byte_stream_split": fractions}


def _encoded(arrow: Any, values: np.ndarray) -> Any:
    return arrow.array(values.tolist()).dictionary_encode() if values.dtype.kind == "U" else arrow.array(values)


def _described(table: xr.Dataset, last: str) -> dict[str, Any]:
    coords = {str(name): [list(found.dims), found.values.tolist(), _plain(found.attrs)] for name, found in table.coords.items()}
    variables = [[str(name), list(found.dims), _plain(found.attrs)] for name, found in table.data_vars.items()]
    return {"version": VERSION, "last": last, "attrs": _plain(table.attrs), "coords": coords, "variables": variables}


def _plain(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``attributes`` as JSON knows them; an array by its numbers and their type."""
    return {
        name: {"array": value.tolist(), "dtype": str(value.dtype)} if isinstance(value, np.ndarray) else _number(value)
        for name, value in attributes.items()
    }


def _number(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _restored(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: np.array(value["array"], dtype=value["dtype"]) if isinstance(value, dict) else value
        for name, value in attributes.items()
    }


def _pieces(table: xr.Dataset, last: str) -> Iterator[dict[str, np.ndarray]]:
    """Yield the columns of some rows: a scenario at a time, and of that no more members than fit into :data:`MOST_ROWS`."""
    times, labels = table["time"].values, table[last].values
    step = max(1, MOST_ROWS // max(1, times.size))
    for at, scenario in enumerate(table["scenario"].values.tolist()):
        for first in range(0, labels.size, step):
            part = table.isel({"scenario": at, last: slice(first, first + step)})
            some = labels[first : first + step]
            columns = {
                "scenario": np.full(some.size * times.size, scenario),
                last: np.repeat(some, times.size),
                "time": np.tile(times, some.size),
            }
            for name in part.data_vars:
                columns |= _columns(part, str(name), last)
            yield columns


def _columns(part: xr.Dataset, name: str, last: str) -> dict[str, np.ndarray]:
    """Return the columns of one variable; what does not change with time, or with the member, is repeated."""
    values, sizes = part[name], {last: part.sizes[last], "time": part.sizes["time"]}
    whole = values.expand_dims({dim: size for dim, size in sizes.items() if dim not in values.dims})
    whole = whole.transpose(..., last, "time")
    numbers = read_values(whole, name)
    found = {}
    for index in np.ndindex(numbers.shape[:-2]):
        element = ",".join(str(whole[dim].values[place]) for dim, place in zip(whole.dims[:-2], index, strict=True))
        found[f"{name}[{element}]" if element else name] = numbers[index].ravel()
    return found


def read_parquet(path: Path) -> xr.Dataset:
    """Return the ensemble in ``path`` and the draws beside it, as it was before it was written.

    Raises:
        ThroughflowError: pyarrow is not installed; no such file, or not one of ours.
    """
    arrow = _arrow()
    where = str(path)
    try:
        table = arrow.parquet.read_table(path)
        about = json.loads(table.schema.metadata[METADATA])
        drawn = arrow.parquet.read_table(draws_beside(path)) if draws_beside(path).is_file() else None
    except (OSError, ValueError, KeyError, TypeError, arrow.ArrowException) as error:
        told, cure = (str(error) or type(error).__name__).splitlines()[0], "give one that `throughflow results --export` wrote"
        raise ThroughflowError(Problem(where, "a table that cannot be read", told, cure)) from error
    if about.get("version") != VERSION:
        why = f"this version reads {VERSION}"
        raise ThroughflowError(Problem(where, f"layout {about.get('version')}", why, "export it again"))
    coords = {
        name: (tuple(dims), np.array(values, dtype=None if values else float), _restored(attrs))
        for name, (dims, values, attrs) in about["coords"].items()
    }
    made = xr.Dataset(coords=coords, attrs=_restored(about["attrs"]))
    for name, dims, attrs in about["variables"]:
        made[name] = _variable(table, (name, dims, about["last"]), made).assign_attrs(_restored(attrs))
    return made if drawn is None else _with_draws(made, drawn)


def _variable(table: "pyarrow.Table", wanted: tuple[str, list[str], str], made: xr.Dataset) -> xr.DataArray:
    """Return one variable from its columns, with the dimensions it had."""
    name, dims, last = wanted
    inner = [dim for dim in dims if dim not in ("scenario", "time", last)]
    shape = (made.sizes["scenario"], made.sizes[last], made.sizes["time"])
    stacked = []
    for index in np.ndindex(*(made.sizes[dim] for dim in inner)):
        element = ",".join(str(made[dim].values[place]) for dim, place in zip(inner, index, strict=True))
        column = table[f"{name}[{element}]" if element else name]
        stacked.append(column.to_numpy().reshape(shape))
    values = np.array(stacked).reshape(*(made.sizes[dim] for dim in inner), *shape)
    found = xr.DataArray(values, dims=(*inner, "scenario", last, "time"))
    return found.isel({dim: 0 for dim in (last, "time") if dim not in dims}).transpose(*dims)


def _with_draws(made: xr.Dataset, drawn: "pyarrow.Table") -> xr.Dataset:
    about = json.loads(drawn.schema.metadata[METADATA])
    names = [name for name in drawn.column_names if name != "member"]
    values = np.array([drawn[name].to_numpy() for name in names])
    draws = xr.DataArray(values, dims=("uncertainty", "member"), attrs=_restored(about["attrs"])).transpose(*about["dims"])
    return made.assign(draw=draws).assign_coords(uncertainty=("uncertainty", names, _restored(about["names"])))
