"""A made-up posterior in a copy of the shipped configs and models: numbers for tests, never for results."""

import csv
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np

from sim import resources
from sim.config import vocabulary

VECTORS = 16
NAMES = (
    *("dilution", "permit time", "tension scale[US]", "base coordination", "correction of propensity growth"),
    *("effect of R1_1 on coordination", "adoption time[rest]", "scale up delay[measure]", "propensity scale"),
)
INFORMED = ("dilution", "propensity scale")


def installed(folder: Path) -> Path:
    """Copy configs and models to ``folder`` as an installation of its own, and return the folder of the calibration there."""
    for name in ("configs", "models"):
        shutil.copytree(resources.folder(name), folder / name, ignore=shutil.ignore_patterns("posterior.csv", "posterior.json"))
    (folder / "configs" / "parameters" / "posterior.yaml").unlink(missing_ok=True)
    return folder / "models" / vocabulary.MODEL / "calibration"


def write(folder: Path, names=NAMES, values=None) -> np.ndarray:
    """Write a posterior of ``values`` (vector, constant) into the calibration's ``folder``: evenly spread around the priors."""
    with (folder / "priors.csv").open(encoding="utf-8", newline="") as stream:
        priors = {row["name"]: row for row in csv.DictReader(stream)}
    if values is None:
        order = np.random.default_rng(0)
        spread = np.array([order.permutation(np.linspace(0.2, 0.8, VECTORS)) for _ in names]).T
        low, high = (np.array([float(priors[name][end]) for name in names]) for end in ("low", "high"))
        values = low + spread * (high - low)
    path = folder / "posterior.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([repr(float(cell)) for cell in row] for row in values)
    about = {
        "posterior": hashlib.sha256(path.read_bytes()).hexdigest(),
        "model": hashlib.sha256((folder.parent / f"{vocabulary.MODEL}.mdl").read_bytes()).hexdigest(),
        "vectors": len(values),
        "fit": [2010, 2018],
        "hold_out": [2019, 2022],
        "parameters": len(names),
        "informed": len(INFORMED),
        "informed_names": list(INFORMED),
    }
    (folder / "posterior.json").write_text(json.dumps(about), encoding="utf-8")
    return values
