"""What figures of a calibration share: its tables as frames, and the sentences that say on what footing they stand."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from sim.errors import Problem, ThroughflowError, nearest
from sim.resources import folder
from sim.results.tables import table

FIT, HOLD_OUT = "fit", "hold-out"
"""Roles of observations that are fitted, and that are kept to judge the fit by."""


def home(dataset: xr.Dataset) -> Path:
    """Return the folder of data of the model that was calibrated.

    Raises:
        ThroughflowError: no such folder is shipped.
    """
    name = Path(str(dataset.attrs.get("model") or "")).stem
    found = folder("models") / name
    if not name or not found.is_dir():
        what, cure = f"model {name!r}", "calibrate a shipped model"
        raise ThroughflowError(Problem("model of the result", what, "no figures are defined for this model", cure))
    return found


def frame(dataset: xr.Dataset, name: str, columns: Sequence[str], *, missing: Sequence[str] = ()) -> pd.DataFrame:
    """Return ``columns`` of table ``name`` of a calibration, a row each; those of ``missing`` may lack values.

    Raises:
        ThroughflowError: no such table or column, or numbers that are not finite.
    """
    found = table(dataset, name)
    lacking = [column for column in columns if column not in found]
    problems = [
        Problem(f"table {name}", f"no column {column!r}", "a figure is drawn from it", nearest(column, found) or "store it")
        for column in lacking
    ]
    made = pd.DataFrame({column: found[column] for column in columns if column in found})
    for column in made.select_dtypes("number"):
        if column not in missing and not np.isfinite(made[column]).all():
            where = int((~np.isfinite(made[column])).idxmax())
            told = f"row {where}: {made[column][where]}"
            problems.append(Problem(f"table {name}, column {column}", told, "not a finite number", "mend the study"))
    if problems:
        raise ThroughflowError(problems)
    return made


def size(dataset: xr.Dataset, name: str) -> int:
    """Return how many rows table ``name`` of ``dataset`` has; none if it is not there."""
    return next((int(values.size) for key, values in dataset.data_vars.items() if str(key).startswith(f"{name}.")), 0)


def told(dataset: xr.Dataset, usual: Mapping[str, Any], language: str) -> Mapping[str, str]:
    """Return what every figure of a calibration may quote: years, counts and the footing that stands below it.

    Args:
        dataset: the result of a calibration.
        usual: the section ``common`` of the figures' definitions.
        language: ``en`` or ``zh``.
    """
    method = dict(frame(dataset, "method", ("name", "value"), missing=("value",)).itertuples(index=False, name=None))
    points = frame(dataset, "observations", ("year", "role"))
    parameters = frame(dataset, "parameters", ("origin", "informed", "at_bound"))
    informed, assumed = int(parameters["informed"].sum()), int((parameters["origin"] == "assumed").sum())
    facts = {
        "fit_years": _span(points[points["role"] == FIT]["year"], usual[f"span_{language}"]),
        "hold_years": _span(points[points["role"] == HOLD_OUT]["year"], usual[f"span_{language}"]),
        "worlds": f"{_stated(method, 'vectors'):.0f}",
        "effective": f"{_stated(method, 'ess'):,.0f}",
        "parameters": f"{len(parameters)}",
        "informed": f"{informed}",
        "uninformed": f"{len(parameters) - informed}",
        "assumed": f"{assumed}",
        "at_bound": f"{int(parameters['at_bound'].sum())}",
        "exceptions": "",
        "codes": "",
    }
    return {**facts, "illustrative": usual[f"footing_{language}"].format_map(facts)}


def _stated(method: Mapping[str, float], name: str) -> float:
    """Return the number ``name`` of the method, which figures state."""
    if not np.isfinite(method.get(name, np.nan)):
        raise ThroughflowError(Problem("table method", f"no {name!r}", "figures state it", "let the calibration store it"))
    return method[name]


def _span(years: "pd.Series[float]", wording: str) -> str:
    """Return the first and the last of ``years`` in ``wording``."""
    return wording.format(first=f"{years.min():.10g}", last=f"{years.max():.10g}") if len(years) else "–"
