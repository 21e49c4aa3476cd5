"""Kinds of results that consist of tables: where their texts stand, and what all their figures may quote."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xarray as xr

from sim.analysis.definitions import model_folder, read_toml
from sim.show import advised, calibrated
from sim.show.asked import NOTHING_ASKED, Asked
from sim.show.registry import ADVICE, CALIBRATION, STUDY
from sim.show.words import Words

TABLED = (CALIBRATION, ADVICE)
"""Kinds whose results are tables; a study's result is series."""

COMMANDS: Mapping[str, str] = {
    STUDY: "study=recommendations",
    CALIBRATION: "study=calibration",
    ADVICE: "a study that asks questions, such as study=packages ensemble=posterior",
}
"""What to run for each kind."""


def kind_of(dataset: xr.Dataset) -> str:
    """Return the kind of result that ``dataset`` is."""
    kind = str(dataset.attrs.get("kind", ""))
    return kind if kind in TABLED else STUDY


def home_of(dataset: xr.Dataset) -> Path:
    """Return the folder of data of the model that ``dataset`` was made with."""
    return model_folder(dataset) if kind_of(dataset) == STUDY else calibrated.home(dataset)


def definitions(folder: Path, kind: str) -> Mapping[str, Any]:
    """Return what figures of results of ``kind`` show and say; a model need not define any but for studies.

    Those of answers stand in several files, one for each area of questions.
    """
    if kind == ADVICE:
        parts = [read_toml(path) for path in sorted((folder / "figures_advice").glob("*.toml"))]
        said = {name: section for part in parts for name, section in part.get("say", {}).items()}
        return {key: value for part in parts for key, value in part.items()} | {"say": said}
    path = folder / ("figures.toml" if kind == STUDY else f"figures_{kind}.toml")
    return read_toml(path) if kind == STUDY or path.is_file() else {}


def told(dataset: xr.Dataset, settings: Mapping[str, Any], words: Words) -> Mapping[str, str]:
    """Return what every figure of a result made of tables may quote."""
    if kind_of(dataset) == ADVICE:
        return advised.told(dataset, settings, words)
    return calibrated.told(dataset, settings, words.language)


def labels(dataset: xr.Dataset, language: str) -> Mapping[str, str]:
    """Return what the scenarios of a result made of tables are called; a calibration has none."""
    return advised.labels(dataset, language) if kind_of(dataset) == ADVICE else {}


def question(dataset: xr.Dataset) -> Asked:
    """Return what names of scenarios need to know of a result made of tables: its years and its baseline."""
    if kind_of(dataset) != ADVICE:
        return NOTHING_ASKED
    return Asked(float(dataset.attrs["start"]), float(dataset.attrs["stop"]), str(dataset.attrs["baseline"]))
