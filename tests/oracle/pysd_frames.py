"""PySD as oracle: running a copy of a model, and comparing its columns with ours.

PySD writes Python and JSON beside the model it reads, so it is only ever given a copy in a temporary folder.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from sim.model.ir import key

AGREEMENT = 1e-9
"""Largest difference allowed, as a share of a column's largest size over time."""


def read_pysd(path: Path):
    from pysd import read_vensim

    return read_vensim(str(path))


def names_of(model, leave_out: Iterable[str] = ()) -> dict[str, str]:
    """Return PySD's names of variables by our comparison key, without the clock, tables and ``leave_out``."""
    skipped = {key(name) for name in leave_out} | {"time", "initial_time", "final_time", "time_step", "saveper"}
    listed = zip(model.doc["Real Name"], model.doc["Type"], strict=True)
    return {key(name): name for name, kind in listed if kind != "Lookup" and key(name) not in skipped}


def run_pysd(path: Path, *, leave_out: Iterable[str] = (), **run) -> tuple[pd.DataFrame, Mapping[str, str]]:
    """Return PySD's columns for the model at ``path``, and its names by our comparison key."""
    model = read_pysd(path)
    wanted = names_of(model, leave_out)
    return model.run(return_columns=list(wanted.values()), progress=False, **run), wanted


def differences(dataset: xr.Dataset, frame: pd.DataFrame, names: Mapping[str, str]) -> tuple[tuple[float, str], list[str]]:
    """Return the largest difference as a share of PySD's largest size, with its column, and the names compared.

    Every element of every variable of ``names`` is compared; what PySD holds at exactly zero must be exactly zero in ours.
    """
    columns: dict[str, list[str]] = {}
    for column in frame.columns:
        columns.setdefault(key(column) if key(column) in names else key(column.rpartition("[")[0]), []).append(column)
    assert len(frame) == dataset.sizes["time"]
    worst, compared = (0.0, ""), []
    for name, values in dataset.data_vars.items():
        found = columns.get(key(str(name)), [])
        dims = [dim for dim in values.dims if dim != "time"]
        assert not found or len(found) == int(np.prod([values.sizes[dim] for dim in dims])), f"{name}: {found}"
        for column in found:
            elements = [part.strip() for part in column.rpartition("[")[2].rstrip("]").split(",")] if dims else []
            ours = values.sel(dict(zip(dims, elements, strict=True)))
            share = _share(column, np.broadcast_to(ours.values, len(frame)), frame[column].to_numpy(dtype=float))
            worst = max(worst, (share, column))
        compared += [str(name)] if found else []
    return worst, compared


def _share(column: str, ours: np.ndarray, theirs: np.ndarray) -> float:
    size, gap = float(np.max(np.abs(theirs))), float(np.max(np.abs(ours - theirs)))
    assert size > 0 or gap == 0, f"{column}: exactly zero in PySD, up to {gap} in ours"
    share = gap / size if size else 0.0
    assert share <= AGREEMENT, f"{column}: differs by {share} of its largest size"
    return share
