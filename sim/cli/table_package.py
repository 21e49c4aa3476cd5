"""The tables of a result as CSV files with a description, ``datapackage.json``, that other programs can read."""

import csv
import json
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.results.tables import table

if TYPE_CHECKING:
    import xarray as xr

TABLES = MappingProxyType(
    {
        "targets": "what is compared with data: unit, role, posterior of the scale, error, observations",
        "observations": "the data, in the unit of their series",
        "bands": "quantiles of what the model says of each observation, in the unit of the data, by footing",
        "fit": "goodness of fit by target, period and footing; mape in per cent, coverage as a share",
        "naive": "the model beside the last value and the linear trend on the years held out",
        "residuals": "logarithm of the data less that of the median",
        "parameters": "prior and posterior of every uncertain constant; places are those of a standard normal prior",
        "profile": "loss of the logarithm of the posterior against the mode when one constant is held at a place",
        "synthetic": "the method's own test: intervals for known truths",
        "method": "how the posterior was found, and how sound it is",
        "shocks": "the quantities of the shocks in four worlds",
        "propositions": "in what share of the worlds each proposition of the model holds",
        "posterior": "the posterior: one column an uncertain constant, in its unit; one row a world, all of equal weight",
    }
)
"""What the tables hold."""

_TYPES = {"f": "number", "i": "integer", "u": "integer", "b": "boolean"}


def write_tables(dataset: "xr.Dataset", folder: Path, *, name: str) -> None:
    """Write every table of ``dataset`` to ``folder/tables`` and ``folder/datapackage.json``, which describes posterior.csv too.

    Numbers are written so that reading gives them back exactly; what is not known is an empty cell.

    Arguments:
        dataset: a result made of tables.
        folder: the folder of the result.
        name: what the package of tables is called.
    """
    (folder / "tables").mkdir()
    resources = [_posterior(folder)] if (folder / "posterior.csv").is_file() else []
    for each in dict.fromkeys(str(found).partition(".")[0] for found in dataset.data_vars):
        columns = table(dataset, each)
        path = folder / "tables" / f"{each}.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows([_text(cell) for cell in row] for row in zip(*columns.values(), strict=True))
        fields = [{"name": column, "type": _TYPES.get(values.dtype.kind, "string")} for column, values in columns.items()]
        resources.append(_resource(each, f"tables/{each}.csv", fields))
    package = {"name": name, "profile": "tabular-data-package", "resources": resources}
    (folder / "datapackage.json").write_text(json.dumps(package, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _posterior(folder: Path) -> dict[str, Any]:
    with (folder / "posterior.csv").open(encoding="utf-8", newline="") as stream:
        names = next(csv.reader(stream))
    return _resource("posterior", "posterior.csv", [{"name": name, "type": "number"} for name in names])


def _resource(name: str, path: str, fields: list[dict[str, str]]) -> dict[str, Any]:
    about = {"description": TABLES[name]} if name in TABLES else {}
    return {
        "name": name,
        "path": path,
        **about,
        "profile": "tabular-data-resource",
        "encoding": "utf-8",
        "schema": {"fields": fields, "missingValues": [""]},
    }


def _text(cell: Any) -> str:
    if isinstance(cell, float | np.floating):
        return "" if np.isnan(cell) else repr(float(cell))
    if isinstance(cell, bool | np.bool_):
        return "true" if cell else "false"
    return str(cell)
