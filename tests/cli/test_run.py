"""``throughflow run`` from overrides to files: one short real run, and what happens when things go wrong."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import pytest
import yaml

from sim.cli import main
from sim.errors import Problem, ThroughflowError

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHORT = ["study=package", "package=R1", "study.twin=false", "horizon.stop=2010.25", "figure=none"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "results" / "mine"
    assert main(["run", *SHORT, "--workers", "1", f"output.folder={folder}"]) == 0
    return folder


@pytest.fixture
def never(monkeypatch):
    def run(*arguments, **options):
        raise AssertionError("it ran")

    monkeypatch.setattr("sim.experiment.study.run_study", run)


@pytest.fixture(scope="module")
def small(folder):
    """Return a stored result with one variable, quick to write."""
    from sim.results import load_netcdf

    return load_netcdf(folder / "results.nc")[["Ties"]]


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_is_written(folder):
    from sim.results import load_netcdf

    assert sorted(path.name for path in folder.iterdir()) == [
        "config.yaml",
        "provenance.json",
        "results.nc",
        "summary.csv",
        "warnings.txt",
    ]
    assert [path.name for path in folder.parent.iterdir()] == ["mine"]
    told = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    assert len(told["experiment"]) == 64 and told["overrides"][:2] == SHORT[:2] and told["versions"]["numpy"]
    dataset = load_netcdf(folder / "results.nc")
    assert list(dataset["scenario"].values) == ["baseline", "R1"]
    assert dataset.attrs["experiment"] == told["experiment"]
    assert dataset.attrs["config"] == (folder / "config.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(dataset.attrs["config"])["horizon"]["stop"] == 2010.25
    assert "never act" in (folder / "warnings.txt").read_text(encoding="utf-8")
    with (folder / "summary.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["scenario"]: row["scenario_zh"] for row in rows}.keys() == {"baseline", "R1"}
    labels = {row["outcome"]: (row["outcome_en"], row["outcome_zh"]) for row in rows}
    assert labels["co papers"] == ("Internationally co-authored papers", "国际合著论文")


def test_another_experiment_is_refused_before_it_runs(folder, capsys, never):
    before = contents(folder)
    assert main(["run", *SHORT, "parameters.dilution=0.3", f"output.folder={folder}"]) == 2
    assert "output.replace=true" in capsys.readouterr().err and contents(folder) == before


@pytest.mark.parametrize(
    ("error", "code"),
    [(ThroughflowError(Problem("scenario R1", "it fails", "for a test", "none")), 2), (KeyboardInterrupt(), 130)],
)
def test_failures_leave_earlier_results(folder, capsys, monkeypatch, error, code):
    def run(*arguments, **options):
        raise error

    monkeypatch.setattr("sim.experiment.study.run_study", run)
    before = contents(folder.parent)
    assert main(["run", *SHORT, f"output.folder={folder}"]) == code
    assert contents(folder.parent) == before and "Traceback" not in capsys.readouterr().err


def test_the_same_experiment_is_made_again_and_figures_that_fail_cost_no_results(folder, capsys, monkeypatch):
    from sim.results import load_netcdf
    from sim.show import gallery

    def draw(*arguments, **options):
        raise ThroughflowError(Problem("figure levels", "no glyph", "for a test", "none"))

    stored = load_netcdf(folder / "results.nc")
    monkeypatch.setattr("sim.experiment.study.run_study", lambda study, **options: stored)
    monkeypatch.setattr(gallery, "draw", draw)
    assert main(["run", *SHORT, "figure=all", f"output.folder={folder}"]) == 2
    captured = capsys.readouterr()
    assert "throughflow draw" in captured.err and "trips per year" in captured.out
    assert (folder / "results.nc").is_file() and not (folder / "figures").exists()


def test_figures_go_where_they_are_asked_for(small, tmp_path, capsys, monkeypatch):
    from sim.show import gallery

    asked = []

    def draw(dataset, target, names=None, progress=None):
        (target / "levels").mkdir(parents=True)
        progress("levels", 1, 1)
        asked.append((target, names))
        return (target / "levels",)

    monkeypatch.setattr("sim.experiment.study.run_study", lambda study, **options: small)
    monkeypatch.setattr(gallery, "draw", draw)
    monkeypatch.setattr(gallery, "names", lambda: ("levels",))
    here, there = tmp_path / "here", tmp_path / "there"
    assert main(["run", *SHORT, "figure=all", "study.record=[Ties]", f"output.folder={here}"]) == 0
    assert (here / "figures" / "levels").is_dir() and asked[0][1] is None
    assert main(["run", *SHORT, "figure=all", "study.record=[Ties]", f"output.folder={here}", f"figure.folder={there}"]) == 0
    assert (there / "levels").is_dir() and not (here / "figures").exists()
    assert main(["draw", str(here), "--folder", str(tmp_path / "again")]) == 0
    assert (tmp_path / "again" / "levels").is_dir()
    assert f"figures  {there} (1)" in capsys.readouterr().out


def test_variables_that_are_not_recorded_cost_the_summary_only(small, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("sim.experiment.study.run_study", lambda study, **options: small)
    assert main(["run", *SHORT, "study.record=[Ties]", f"output.folder={tmp_path / 'few'}"]) == 0
    assert "no summary" in capsys.readouterr().out and not (tmp_path / "few" / "summary.csv").exists()


@pytest.fixture
def listening():
    """SIGINT as an interactive shell leaves it; one that starts this in the background would have it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("listening")
def test_ctrl_c(tmp_path):
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "sim.cli",
            "run",
            *SHORT,
            "horizon.stop=2011",
            "--workers",
            "1",
            f"output.folder={tmp_path / 'a' / 'b'}",
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while "scenario 1 of 2" not in (line := process.stderr.readline()):
        assert line
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    os.killpg(process.pid, signal.SIGINT)
    while "interrupted" not in (line := process.stderr.readline()):
        assert "Traceback" not in line and process.poll() is None
    os.killpg(process.pid, signal.SIGINT)  # people press again
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "Traceback" not in err, err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("listening")
def test_ctrl_c_that_a_library_swallows_is_not_lost(folder, monkeypatch, capsys, tmp_path):
    def run(study, *, progress, **options):
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        except KeyboardInterrupt:
            pass
        progress("baseline", 1, 2)
        raise AssertionError("it went on")

    monkeypatch.setattr("sim.experiment.study.run_study", run)
    assert main(["run", *SHORT, f"output.folder={tmp_path / 'a'}"]) == 130
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_terminal_gets_a_bar_and_a_file_gets_lines(capsys, monkeypatch):
    from sim.cli.progress import Progress

    with Progress(2, "scenario") as progress:
        progress.tell("R1", 1, 2)
        progress.tell("R2", 2, 2)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("scenario 1 of 2: R1") and "left" in lines[0] and "left" not in lines[1]
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with Progress(2, "scenario") as progress:
        progress.tell("R1", 1, 2)
        assert progress.bar is not None


def test_the_summary_fits_its_width():
    import pandas as pd

    from sim.cli.summary import headline_text

    rows = [
        {
            "outcome": outcome,
            "group": "g",
            "scenario": name,
            "year": 2040.0,
            "value": 100.0 + at,
            "units": "tie",
            "baseline": 100.0,
            "difference": float(at),
            "percent": float(at) if outcome != "extra cost" else float("nan"),
        }
        for outcome in ("total ties", "extra cost")
        for at, name in enumerate(("baseline", *(f"R{n}" for n in range(20))))
    ]
    text = headline_text(pd.DataFrame(rows), width=100)
    assert max(len(line) for line in text.splitlines()) <= 100, text
    assert "+20.0" in text and "extra cost (absolute)" in text and text.startswith("2040: baseline")
