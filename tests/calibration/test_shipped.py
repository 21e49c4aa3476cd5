"""The calibration that is shipped: of this model, sound, and what the committed figures and tables show."""

import csv
import hashlib
import json
import math
from pathlib import Path

import numpy as np
import pytest

from sim import resources, results
from sim.cli.calibration_report import report
from sim.results.tables import table
from sim.show import gallery
from sim.show.audit import audit
from sim.show.registry import CALIBRATION

HOME = resources.model_file("innovation_flows").parent / "calibration"
FIGURES = Path(__file__).resolve().parents[2] / "figures"


@pytest.fixture(scope="module")
def shipped():
    return results.load_netcdf(HOME / "results.nc")


@pytest.fixture(scope="module")
def about():
    return json.loads((HOME / "posterior.json").read_text(encoding="utf-8"))


def test_it_is_of_this_model_and_of_one_calibration(shipped, about):
    """An edit of the model asks for a new calibration (`make calibration ship`)."""
    model = hashlib.sha256(resources.model_file("innovation_flows").read_bytes()).hexdigest()
    assert about["model"] == shipped.attrs["fingerprint"] == model
    assert about["posterior"] == hashlib.sha256((HOME / "posterior.csv").read_bytes()).hexdigest()


def test_it_is_as_sound_as_asked(shipped, about):
    assert about["ess"] >= 200
    assert about["largest_weight"] <= 0.05
    assert about["vectors"] == len((HOME / "posterior.csv").read_text(encoding="utf-8").splitlines()) - 1 >= 200
    synthetic = table(shipped, "synthetic")
    assert len(set(synthetic["truth"].tolist())) >= 20
    inside, informed = synthetic["inside"].astype(bool), synthetic["informed"].astype(bool)
    assert 0.80 <= inside.mean() <= 0.98
    assert 0.80 <= inside[informed].mean() <= 0.98


def test_its_report_is_written_from_its_tables(shipped):
    told = (HOME / "report.md").read_text(encoding="utf-8")
    notes = [line[2:] for line in told.partition("\n## How well")[0].splitlines() if line.startswith("- ")]
    assert told == report(shipped, notes)


@pytest.mark.parametrize("name", gallery.names(kind=CALIBRATION))
def test_committed_figures_show_it(shipped, name):
    home = gallery.home_of(shipped)
    spec, member = next((spec, member) for one, spec, member in gallery.listed(home) if one == name)
    drawn = gallery.bundle(shipped, name, spec, member=member)
    with (FIGURES / name / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        head, *rows = csv.reader(stream)
    assert head == list(drawn.table.columns)
    assert len(rows) == len(drawn.table)
    for column in drawn.table.select_dtypes("number"):
        committed = np.array([float(row[head.index(column)] or math.nan) for row in rows])
        np.testing.assert_allclose(committed, drawn.table[column].to_numpy(float), rtol=1e-5, equal_nan=True)
    assert [fault for drawing in drawn.drawings.values() for fault in audit(drawing)] == []
    for language, text in drawn.captions.items():
        assert (FIGURES / name / f"caption.{language}.md").read_text(encoding="utf-8").strip() == text.strip()
