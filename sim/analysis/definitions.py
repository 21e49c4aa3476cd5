"""What is computed for a model is told in data beside the model: ``indicators.toml`` and ``outcomes.csv``.

Code here knows forms (a level, a ratio, a chain), never the names of a model's variables.
"""

import csv
import json
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import xarray as xr

from sim.errors import Problem, ThroughflowError
from sim.resources import folder


def structure(dataset: xr.Dataset) -> Mapping[str, Any]:
    """Return the model's structure that travels with ``dataset``.

    Raises:
        ThroughflowError: the result carries none, or text that is not JSON.
    """
    try:
        return _parsed(dataset.attrs["structure"])
    except (KeyError, TypeError, ValueError) as error:
        raise ThroughflowError(
            Problem(
                "attribute 'structure' of the result",
                "missing or not JSON",
                "names, units and diagrams of the model are read from it",
                "store results with throughflow itself",
            )
        ) from error


@lru_cache(maxsize=4)
def _parsed(text: str) -> Mapping[str, Any]:
    return json.loads(text)


def model_folder(dataset: xr.Dataset) -> Path:
    """Return the folder of data that belongs to the model ``dataset`` was made with.

    Raises:
        ThroughflowError: no such folder is shipped.
    """
    name = Path(str(structure(dataset).get("name", ""))).stem
    found = folder("models") / name
    if not name or not found.is_dir():
        raise ThroughflowError(
            Problem(
                "model of the result",
                repr(name),
                "no indicators or figures are defined for this model",
                f"put outcomes.csv, indicators.toml, names.csv and figures.toml in {found}",
            )
        )
    return found


def read_toml(path: Path) -> Mapping[str, Any]:
    """Return the content of the TOML file at ``path``; a missing or broken file is told as a problem."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ThroughflowError(
            Problem(str(path), str(error), "definitions cannot be read", "mend or restore the file")
        ) from error


def read_rows(path: Path) -> tuple[Mapping[str, str], ...]:
    """Return the rows of the CSV file at ``path``; a missing file is told as a problem."""
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return tuple(csv.DictReader(stream))
    except OSError as error:
        raise ThroughflowError(Problem(str(path), str(error), "definitions cannot be read", "restore the file")) from error


def indicators(dataset: xr.Dataset) -> Mapping[str, Any]:
    """Return the indicator definitions of the model ``dataset`` was made with."""
    return read_toml(model_folder(dataset) / "indicators.toml")
