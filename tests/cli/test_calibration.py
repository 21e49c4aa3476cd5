"""``throughflow run study=calibration`` from overrides to files; for the fit itself stands what it gave when it was shipped."""

import csv
import json
import math
import os
import signal
import time

import numpy as np
import pytest

from sim.cli import main
from sim.cli.calibration_text import summary, uncovered
from sim.experiment import calibrate as room
from sim.resources import model_file
from sim.results import load_netcdf
from sim.results.tables import pack, table

QUICK = ["study=calibration", "study.particles=64", "figure=none"]
TABLES = {
    "targets": {"target": ["co_papers"], "n_fit": [2]},
    "observations": {
        "target": ["co_papers"] * 3,
        "year": [2018.0, 2019.0, 2020.0],
        "value": [10.0, 13.0, 12.0],
        "role": ["fit", "hold-out", "context"],
    },
    "bands": {
        "target": ["co_papers"] * 4,
        "year": [2018.0, 2019.0, 2020.0, 2019.0],
        "footing": ["posterior"] * 3 + ["prior"],
        "q05": [9.0, 9.5, 20.0, 1.0],
        "q95": [11.0, 12.5, 30.0, 99.0],
    },
    "fit": {
        "target": ["co_papers"] * 3,
        "period": ["fit", "hold-out", "fit"],
        "footing": ["posterior", "posterior", "prior"],
        "n": [9, 4, 9],
        "mape": [2.345, 12.0, 50.0],
        "coverage": [1.0, 0.75, 1.0],
    },
    "method": {"name": ["ess", "largest_weight"], "value": [812.0, 0.012], "meaning": ["a", "b"]},
    "parameters": {"name": ["dilution"], "informed": [True], "mode": [np.nan]},
}


def shipped():
    """Return the calibration that is shipped: what a fit of full length gave."""
    return load_netcdf(model_file("innovation_flows").parent / "calibration" / "results.nc")


def made(folder, threads):
    (folder / "posterior.csv").write_text("dilution\n0.3\n0.4\n")
    (folder / "posterior.json").write_text("{}")
    return room.Outcome(shipped(), ("a note",), (folder / "posterior.csv", folder / "posterior.json"))


@pytest.fixture
def stand_in(monkeypatch):
    """Stand in for the fit; returns the questions it was asked."""
    asked = []

    def calibrate(calibration, *, folder, threads, progress=None):
        asked.append((calibration, threads))
        progress("prior", 64, 64)
        progress("temperature 1", 10, 64)
        return made(folder, threads)

    monkeypatch.setattr(room, "calibrate", calibrate)
    return asked


def test_what_is_written_and_told(tmp_path, capsys, stand_in):
    folder = tmp_path / "results" / "mine"
    assert main(["run", *QUICK, "--workers", "2", f"output.folder={folder}"]) == 0
    assert stand_in[0][0].particles == 64 and stand_in[0][1] == 2
    assert sorted(path.name for path in folder.iterdir()) == [
        *("config.yaml", "datapackage.json", "posterior.csv", "posterior.json", "provenance.json", "report.md", "results.nc"),
        "tables",
    ]
    told = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    assert (
        len(told["experiment"]) == 64
        and told["notes"] == ["a note"]
        and told["overrides"] == [*QUICK, f"output.folder={folder}"]
    )
    captured = capsys.readouterr()
    assert "prior 64 of 64" in captured.err and "temperature 1 10 of 64" in captured.err
    assert summary(shipped()) in captured.out and "POOR" not in captured.out and "note: a note" in captured.out
    assert "- a note" in (folder / "report.md").read_text(encoding="utf-8")


def test_the_tables_read_back(tmp_path, stand_in):
    folder, given = tmp_path / "mine", shipped()
    tables = {name: table(given, name) for name in dict.fromkeys(str(key).partition(".")[0] for key in given.data_vars)}
    assert main(["run", *QUICK, f"output.folder={folder}"]) == 0
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    found = {resource["name"]: resource for resource in package["resources"]}
    assert set(found) == {"posterior", *tables} and found["posterior"]["schema"]["fields"][0]["name"] == "dilution"
    assert all(resource["description"] for resource in found.values())
    types = {field["name"]: field["type"] for field in found["fit"]["schema"]["fields"]}
    assert types["target"] == "string" and types["n"] == "integer" and types["mape"] == "number"
    for name, columns in tables.items():
        with (folder / found[name]["path"]).open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        assert list(rows[0]) == list(columns) and len(rows) == len(next(iter(columns.values())))
        for column, values in columns.items():
            if values.dtype.kind == "f":
                again = np.array([float(row[column] or math.nan) for row in rows])
                np.testing.assert_array_equal(again, values)
    stored = load_netcdf(folder / "results.nc")
    assert stored.attrs["kind"] == "calibration"
    assert stored.attrs["config"] == (folder / "config.yaml").read_text(encoding="utf-8")


def test_another_calibration_replaces_results_only_on_demand(tmp_path, capsys, stand_in):
    folder = tmp_path / "mine"
    assert main(["run", *QUICK, f"output.folder={folder}"]) == 0
    assert main(["run", *QUICK, "study.seed=1", f"output.folder={folder}"]) == 2
    assert "output.replace=true" in capsys.readouterr().err and len(stand_in) == 1
    assert main(["run", *QUICK, "study.seed=1", f"output.folder={folder}", "output.replace=true"]) == 0
    assert main(["run", *QUICK, "study.seed=1", f"output.folder={folder}"]) == 0 and len(stand_in) == 3


def test_a_dry_run_tells_what_would_be_done(capsys, stand_in):
    assert main(["run", "--dry-run", *QUICK]) == 0
    out = capsys.readouterr().out
    assert not stand_in and "64 particles" in out and "at least" in out and "uncertain parameters" in out and "fitted" in out


def test_figures_that_fail_cost_no_results(tmp_path, capsys, stand_in, monkeypatch):
    from sim.errors import Problem, ThroughflowError
    from sim.show import gallery

    def draw(*arguments, **options):
        raise ThroughflowError(Problem("figure history", "no glyph", "for a test", "none"))

    monkeypatch.setattr(gallery, "draw", draw)
    folder = tmp_path / "mine"
    assert main(["run", *QUICK[:2], f"output.folder={folder}"]) == 2
    assert "throughflow draw" in capsys.readouterr().err and (folder / "results.nc").is_file()


def test_ctrl_c_leaves_nothing_even_if_a_library_swallows_it(tmp_path, capsys, monkeypatch):
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def calibrate(calibration, *, folder, threads, progress=None):
        (folder / "posterior.csv").write_text("dilution\n")
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        except KeyboardInterrupt:
            pass
        progress("prior", 1, 64)
        raise AssertionError("it went on")

    monkeypatch.setattr(room, "calibrate", calibrate)
    try:
        assert main(["run", *QUICK, f"output.folder={tmp_path / 'mine'}"]) == 130
    finally:
        signal.signal(signal.SIGINT, before)
    assert list(tmp_path.iterdir()) == [] and "Traceback" not in capsys.readouterr().err


def test_a_terminal_gets_a_bar(monkeypatch):
    import sys

    from sim.cli.progress import StageProgress

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with StageProgress() as progress:
        progress.tell("prior", 1, 64)
        progress.tell("mode", 1, 0)
        assert progress.bar is not None


def test_a_poor_posterior_is_called_so_and_what_is_not_known_is_a_dash():
    tables = {**TABLES, "method": {"name": ["ess", "largest_weight"], "value": [80.0, 0.3], "meaning": ["", ""]}}
    tables["fit"] = {**TABLES["fit"], "n": [9, 0, 9], "mape": [np.nan, np.nan, 1.0]}
    text = summary(pack(tables, {}))
    assert "POOR: fewer than 200, a weight above 5%" in text and "- (100 %, 9)" in text
    assert uncovered(pack(tables, {})) == ["co_papers 2019 (above, hold-out)"]
