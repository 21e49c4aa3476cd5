"""Real series that figures may draw: ``series/observations.csv`` beside the model, described in ``datapackage.json``."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import Problem, ThroughflowError

NOT_DATA = "recalled_verify"
"""Mark of values written down from memory; they are never drawn as data."""


def wanted(panel: Mapping[str, Any]) -> list[str]:
    """Return the names of the series that ``panel`` asks for under ``series``: none, one or a list."""
    asked = panel.get("series", [])
    return [asked] if isinstance(asked, str) else list(asked)


def observations(folder: Path, name: str) -> pd.DataFrame:
    """Return the points of the series ``name``: columns year, value, grade, source.

    Raises:
        ThroughflowError: no such series, or a value that nobody has checked.
    """
    path = folder / "series" / "observations.csv"
    table = pd.read_csv(path)
    rows = table[table["series_id"] == name]
    if rows.empty:
        raise ThroughflowError(
            Problem(str(path), f"no series {name!r}", "a figure asks for it", f"use one of {sorted(set(table['series_id']))}")
        )
    if (rows["source_id"] == NOT_DATA).any():
        raise ThroughflowError(
            Problem(f"{path}: {name}", "values recalled from memory", "they may not be drawn as data", "leave the rows out")
        )
    return (
        rows[["year", "value", "quality", "source_id"]]
        .rename(columns={"quality": "grade", "source_id": "source"})
        .sort_values("year")
    )


def described(folder: Path) -> Mapping[str, Any]:
    """Return what ``datapackage.json`` says of the series: title, sources and licences by series."""
    return json.loads((folder / "series" / "datapackage.json").read_text(encoding="utf-8"))


def provenance(folder: Path, names: list[str]) -> list[Mapping[str, Any]]:
    """Return the description of the series ``names``, sources and licences included."""
    known = {entry["name"]: entry for entry in described(folder)["series"]}
    return [known[name] for name in names]
