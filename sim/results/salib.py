"""SALib's words: the problem of a store's design with its draws beside it, and samples of SALib's as worlds for an ensemble.

A problem says ``num_vars``, ``names``, ``bounds`` and, unless all are uniform, ``dists``: plain data in a JSON file.
"""

import csv
import json
import math
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from sim.errors import Problem, ThroughflowError, raise_if
from sim.results.files import replacing, write_csv
from sim.results.store import read_values, settings

DISTRIBUTIONS = ("unif", "triang", "norm", "lognorm")
"""Distributions that throughflow and SALib both know, as SALib calls them."""

GIVEN = "least and greatest of the draws beside this file: for methods that analyse given data, not for drawing others"
"""Note where bounds are no distributions."""

DRAWN = "distributions from which worlds were drawn"

_POINT_95 = 1.6448536269514722
"""95 % point of the standard normal distribution."""

_ALIKE = 1e-9
"""Relative difference up to which two halves of a distribution count as one."""

_MOST_BYTES = 1 << 30
"""Largest file of samples that is read."""


def in_salib(distribution: str, points: tuple[float, float, float]) -> tuple[str, tuple[float, ...]] | None:
    """Return SALib's name and numbers of a ``distribution`` of ``points`` (low, central, high), ``None`` if it has none.

    SALib's triangle is (low, high, place of the mode from 0 to 1), its normal distribution (mean, standard deviation), its
    lognormal one the same of the logarithm.
    """
    low, central, high = points
    if distribution == "uniform":
        return "unif", (low, high)
    if distribution == "triangular" and high > 0 and central < high:
        return "triang", (low, high, (central - low) / (high - low))
    if distribution == "normal" and math.isclose(central - low, high - central, rel_tol=_ALIKE):
        return "norm", (central, (high - central) / _POINT_95)
    if distribution == "lognormal" and math.isclose(central / low, high / central, rel_tol=_ALIKE):
        return "lognorm", (math.log(central), math.log(high / central) / _POINT_95)
    return None


def problem_of(dataset: xr.Dataset) -> dict[str, Any]:
    """Return SALib's problem of the worlds of a store, and under ``throughflow`` what its bounds are.

    They are the distributions drawn from, if SALib has a name for all of them and they are independent; the least and the
    greatest draw of each uncertainty otherwise, which serves methods for given data.

    Raises:
        ThroughflowError: nothing was drawn; a damaged chunk.
    """
    title = str(dataset.attrs.get("title", "ensemble"))
    if "draw" not in dataset:
        raise ThroughflowError(Problem(title, "no draws", "nothing was uncertain in it", "run it with uncertainties"))
    design = settings(dataset)["design"]
    names = [str(name) for name in dataset["uncertainty"].values]
    rows = {row["name"]: row for row in design.get("uncertainties", ())}
    found = [_known(rows.get(name, {})) for name in names]
    plain = {"num_vars": len(names), "names": names}
    if not design.get("correlations") and all(one is not None for one in found):
        dists, bounds = zip(*(one for one in found if one is not None), strict=True)
        return plain | {"bounds": list(map(list, bounds)), "dists": list(dists), "throughflow": {"bounds": DRAWN}}
    draws = _draws(dataset)
    made = np.stack([np.nanmin(draws, axis=0), np.nanmax(draws, axis=0)], axis=1).tolist()
    return plain | {"bounds": made, "throughflow": {"bounds": GIVEN}}


def _known(row: Mapping[str, Any]) -> tuple[str, tuple[float, ...]] | None:
    if "distribution" not in row:
        return None
    return in_salib(row["distribution"], (row["low"], row.get("central", math.nan), row["high"]))


def _draws(dataset: xr.Dataset) -> np.ndarray:
    """Return what members drew, shape (member, uncertainty)."""
    draws = read_values(dataset["draw"].transpose("member", "uncertainty"), str(dataset.attrs.get("title", "ensemble")))
    if not np.isfinite(draws).all():
        why, cure = "worlds that were not run yet have no draws", "give the command that made the store again"
        raise ThroughflowError(Problem("draws", "an unfinished ensemble", why, cure))
    return draws


def write_salib(dataset: xr.Dataset, path: Path) -> Path:
    """Write the problem of a store as JSON to ``path`` and its draws beside it as CSV, each atomically; return the latter.

    The draws are a header of names and a row a world: SALib's sample matrix, and what ``ensemble=file`` reads.

    Raises:
        ThroughflowError: nothing was drawn; worlds that were not run; a damaged chunk; no room.
    """
    problem, draws = problem_of(dataset), _draws(dataset)
    beside = path.with_suffix(".csv")
    _write_draws(beside, problem["names"], draws)
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(problem, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return beside


def _write_draws(path: Path, names: list[str], draws: np.ndarray) -> None:
    def fill(writer: Any) -> None:
        writer.writerow(names)
        writer.writerows([repr(number) for number in row] for row in draws.tolist())

    write_csv(path, fill)


def samples_of_salib(problem: Path | Mapping[str, Any], matrix: Path, path: Path) -> int:
    """Write SALib's samples as worlds that ``ensemble=file`` reads, atomically; return how many there are.

    Arguments:
        problem: SALib's problem, or the JSON file of it; its names are those of uncertainties or of constants.
        matrix: samples, a row a world and a column a name: ``.csv``, with a header of the names or without, ``.npy``, or
            ``.npz`` with one array.  Nothing in them is run: pickled objects are refused.
        path: CSV file to write.

    Raises:
        ThroughflowError: everything wrong with the problem and the samples.
    """
    names = _names(problem)
    values = _matrix(matrix, names)
    where = f"samples {matrix.name}"
    if values.ndim != 2 or values.shape[1] != len(names) or not len(values):
        why, cure = f"the problem has {len(names)} names", "give one row a world, one column a name"
        raise ThroughflowError(Problem(where, f"numbers shaped {values.shape}", why, cure))
    wrong = [name for name, column in zip(names, values.T, strict=True) if not np.isfinite(column).all()]
    if wrong:
        told = ", ".join(wrong[:4]) + (f" and {len(wrong) - 4} more" if len(wrong) > 4 else "")
        cure = "leave such rows out, or draw them again"
        raise ThroughflowError(Problem(where, f"NaN or infinite draws of {told}", "nothing can be computed from them", cure))
    _write_draws(path, names, values)
    return len(values)


def _names(problem: Path | Mapping[str, Any]) -> list[str]:
    where = f"problem {problem.name}" if isinstance(problem, Path) else "problem"
    if isinstance(problem, Path):
        try:
            problem = json.loads(problem.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            told, cure = str(error).splitlines()[0], "give the JSON file of a problem"
            raise ThroughflowError(Problem(where, "it cannot be read", told, cure)) from error
    names = problem.get("names") if isinstance(problem, Mapping) else None
    if not isinstance(names, list) or not names or not all(isinstance(name, str) and name.strip() for name in names):
        cure = "give what SALib calls a problem: num_vars, names, bounds"
        raise ThroughflowError(Problem(where, "no list of names", "the names say what is drawn", cure))
    count, found = problem.get("num_vars", len(names)), []
    if count != len(names):
        found.append(Problem(where, f"num_vars {count}, {len(names)} names", "each variable has a name", "mend the problem"))
    if len(set(names)) < len(names):
        found.append(Problem(where, "a name stands twice", "an uncertainty has one column", "mend the problem"))
    raise_if(found)
    return names


def _matrix(path: Path, names: list[str]) -> np.ndarray:
    """Return the numbers in ``path``, a header of ``names`` left out."""
    where, cure = f"samples {path.name}", "give a .csv, .npy or .npz file of plain numbers"
    try:
        if path.stat().st_size > _MOST_BYTES:
            why = f"at most {_MOST_BYTES >> 20} MiB are read"
            raise ThroughflowError(Problem(where, "too large", why, "give fewer rows"))
        if path.suffix.lower() == ".csv":
            return _table(path, names)
        if path.suffix.lower() in (".npy", ".npz"):
            loaded = np.load(path, allow_pickle=False)
            arrays = [loaded] if isinstance(loaded, np.ndarray) else [loaded[name] for name in loaded.files]
            if len(arrays) != 1:
                raise ThroughflowError(Problem(where, f"{len(arrays)} arrays", "one holds the samples", "keep that one alone"))
            return np.asarray(arrays[0], dtype=float)
    except (OSError, ValueError, zipfile.BadZipFile, csv.Error) as error:
        told = (str(error) or type(error).__name__).splitlines()[0]
        raise ThroughflowError(Problem(where, "it cannot be read", told, cure)) from error
    raise ThroughflowError(Problem(where, f"ending {path.suffix or 'none'!r}", "samples are numbers in a table", cure))


def _table(path: Path, names: list[str]) -> np.ndarray:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = [row for row in csv.reader(stream, strict=True) if row]
    if rows and [cell.strip() for cell in rows[0]] == names:
        rows = rows[1:]
    elif rows and sorted(cell.strip() for cell in rows[0]) == sorted(names):
        raise ValueError("its header has the names of the problem in another order")
    if len({len(row) for row in rows}) > 1:
        raise ValueError("rows of different lengths")
    return np.array([[float(cell) for cell in row] for row in rows]).reshape(len(rows), len(rows[0]) if rows else len(names))
