"""The priors of the calibration, ``priors.csv`` beside the model, as uncertainties of a config."""

import csv
from collections.abc import Mapping
from pathlib import Path

from sim.config.uncertainty import Uncertain, config_name


def read_priors(path: Path) -> Mapping[str, Uncertain]:
    """Return what priors.csv at ``path`` says is uncertain, by the name it has there; what sets no constant is left out."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["targets"].strip()]
    return {
        row["name"]: Uncertain(
            config_name(row["name"]),
            targets_of(row),
            row["distribution"],
            float(row["low"]),
            float(row["central"]),
            float(row["high"]),
            row["unit"],
            row["basis"],
            "prior of the calibration",
        )
        for row in rows
    }


def targets_of(row: Mapping[str, str]) -> tuple[str, ...]:
    """Return the constants that a row of priors.csv sets."""
    return tuple(target.strip() for target in row["targets"].split(";"))
