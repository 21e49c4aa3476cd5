"""Tables in one labelled file: a table becomes a dimension, each of its columns a variable along it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from sim.errors import Problem, ThroughflowError, nearest


def pack(tables: Mapping[str, Mapping[str, Any]], attributes: Mapping[str, Any]) -> xr.Dataset:
    """Return ``tables`` as one dataset: table ``T`` is the dimension ``T``, its column ``c`` the variable ``T.c``.

    Arguments:
        tables: for each name of a table its columns, each of the table's length; text, numbers or truth values.
        attributes: attributes of the dataset.

    Raises:
        ThroughflowError: columns of different lengths.
    """
    variables = {}
    for name, columns in tables.items():
        arrays = {column: np.asarray(values) for column, values in columns.items()}
        if len({array.shape for array in arrays.values()}) > 1:
            what = ", ".join(f"{column} {array.shape}" for column, array in arrays.items())
            raise ThroughflowError(Problem(f"table {name}", what, "all columns have one length", "give each row a value"))
        variables |= {f"{name}.{column}": ((name,), _plain(array)) for column, array in arrays.items()}
    return xr.Dataset(variables, attrs=dict(attributes))


def table(dataset: xr.Dataset, name: str) -> dict[str, np.ndarray]:
    """Return the columns of table ``name``, in order.

    Raises:
        ThroughflowError: there is no such table.
    """
    own = [str(key) for key in dataset.data_vars if str(key).startswith(f"{name}.")]
    found = {key.partition(".")[2]: _text(dataset[key].values) for key in own}
    if not found:
        known = tuple(str(size) for size in dataset.sizes)
        cure = nearest(name, known) or f"there are {', '.join(known)}"
        raise ThroughflowError(Problem("table", repr(name), "this result has no such table", cure))
    return found


def _plain(array: np.ndarray) -> np.ndarray:
    return array.astype(object) if array.dtype.kind == "U" else array


def _text(array: np.ndarray) -> np.ndarray:
    return array.astype(str) if array.dtype.kind == "O" else array
