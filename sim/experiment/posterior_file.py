"""The posterior as files: a table of vectors, one row a world, and what it is."""

import csv
import hashlib
import json
from pathlib import Path

import numpy as np

from sim.analysis.calibration.weights import effective_size, largest
from sim.experiment.fitting import Subject
from sim.experiment.past import values_at
from sim.experiment.posterior_tables import Found
from sim.experiment.targets import COVERAGE
from sim.results import versions

DIGITS = 7
"""Significant digits of a value: far finer than any interval, and a third of the room of all of them."""


def every_constant(subject: Subject, chosen: np.ndarray, *, seed: int) -> dict[str, np.ndarray]:
    """Return values of everything uncertain that sets constants of the model, by name, shape (vector,).

    Arguments:
        subject: what was calibrated.
        chosen: equally weighted places of what acts, shape (place, vector).
        seed: of the prior draws of what does not act.
    """
    places = np.random.default_rng([seed, 8]).standard_normal((len(subject.priors), chosen.shape[1]))
    places[subject.acting] = chosen
    values = values_at([each.uncertainty for each in subject.priors], places)
    return {
        each.uncertainty.name: np.array([float(f"{value:.{DIGITS}g}") for value in row])
        for each, row in zip(subject.priors, values, strict=True)
        if each.uncertainty.name != COVERAGE
    }


def write_posterior(
    found: Found,
    constants: dict[str, np.ndarray],
    *,
    folder: Path,
    fit: tuple[float, float],
    hold_out: tuple[float, float],
    seed: int,
) -> tuple[Path, Path]:
    """Write ``posterior.csv`` and ``posterior.json`` into ``folder`` and return their paths.

    Arguments:
        found: what the calibration found.
        constants: the vectors, as :func:`every_constant` returns them.
        folder: where the files go; it exists.
        fit: first and last calendar year fitted.
        hold_out: first and last calendar year held out.
        seed: of everything drawn.
    """
    table, about = folder / "posterior.csv", folder / "posterior.json"
    with table.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(constants)
        writer.writerows([f"{value:.{DIGITS}g}" for value in row] for row in np.array(list(constants.values())).T)
    logs = found.posterior.weighted.log_weights
    informed = zip(found.subject.names, found.informed.informed, strict=True)
    names = [name for name, says in informed if says and name in constants]
    said = {
        "posterior": hashlib.sha256(table.read_bytes()).hexdigest(),
        "model": found.subject.model.fingerprint,
        "vectors": found.posterior.chosen.shape[1],
        "fit": [int(year) for year in fit],
        "hold_out": [int(year) for year in hold_out],
        "ess": round(effective_size(logs), 1),
        "largest_weight": round(largest(logs), 5),
        "parameters": len(constants),
        "informed": len(names),
        "informed_names": names,
        "seed": seed,
        "created_by": "throughflow run study=calibration",
        "versions": versions(),
    }
    about.write_text(json.dumps(said, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return table, about
