"""``throughflow run`` with an ensemble: the folder, the summary, going on after an interruption, and what is refused."""

import csv
import json
import os
import signal
import subprocess
import sys

import pytest

from sim.cli import main
from sim.errors import ThroughflowError

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SMALL = [
    "package=R1",
    "ensemble=monte_carlo",
    "ensemble.uncertainties=[dilution,permit_time]",
    "ensemble.size=6",
    "ensemble.record=[co papers,Ties,Fiscal cost cumulative,trips per year]",
    "horizon.stop=2012",
    "solver.step=0.0625",
    "measures.R1_1.start=2010.5",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ensemble") / "results" / "mine"
    assert main(["run", *SMALL, f"output.folder={folder}", "--workers", "2"]) == 0
    return folder


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_is_written(folder):
    from sim.results.store import open_store

    names = sorted(path.name for path in folder.iterdir())
    assert names == ["config.yaml", "ensemble.zarr", "provenance.json", "summary.csv", "warnings.txt"]
    told = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    dataset = open_store(folder / "ensemble.zarr")
    assert told["experiment"] == dataset.attrs["experiment"] and len(told["experiment"]) == 64
    assert told["runs"] == 12 and told["ended"]["done"] == 12 and told["overrides"][0] == "package=R1"
    assert dataset.sizes["member"] == 6 and list(dataset["scenario"].values) == ["baseline", "R1"]
    assert list(dataset["uncertainty"].values) == ["dilution", "permit_time"]
    assert dataset["time"].values.tolist() == [2010.0, 2011.0, 2012.0]
    assert "permit_time: lognormal" in (folder / "config.yaml").read_text(encoding="utf-8")


def test_the_summary_is_of_paired_differences(folder):
    import numpy as np

    from sim.results.store import open_store

    dataset = open_store(folder / "ensemble.zarr")
    last = dataset["co papers"].isel(time=-1).values.astype(float)
    with (folder / "summary.csv").open(encoding="utf-8") as stream:
        rows = {(row["outcome"], row["scenario"]): row for row in csv.DictReader(stream)}
    row = rows["co papers", "R1"]
    assert row["outcome_zh"] == "国际合著论文" and row["members"] == "6" and float(row["year"]) == 2012.0
    for end, level in (("5 %", 0.05), ("median", 0.5), ("95 %", 0.95)):
        assert float(row[f"percent {end}"]) == pytest.approx(np.quantile(100 * (last[1] / last[0] - 1), level), abs=1e-9)
        assert float(row[f"difference {end}"]) == pytest.approx(np.quantile(last[1] - last[0], level))
    assert {name for name, _ in rows} == {"co papers", "trips per year", "extra cost", "cost per extra joint paper"}
    assert float(rows["extra cost", "baseline"]["median"]) == 0.0


def test_the_same_command_finds_everything_done(folder, capsys):
    before = contents(folder)
    assert main(["run", *SMALL, f"output.folder={folder}"]) == 0
    out = capsys.readouterr().out
    assert "12 runs (0 made now" in out and "every run ended well" in out and "co papers" in out
    assert "not in the summary: Talent total, " in out and "AGG, EFF (put together with the frictionless twin" in out
    after = contents(folder)
    assert {path: after[path] for path in after if path.parts[0] != "provenance.json"} == {
        path: before[path] for path in before if path.parts[0] != "provenance.json"
    }


def test_another_experiment_is_refused_and_replaced_only_on_demand(folder, capsys, tmp_path):
    import shutil

    other = tmp_path / "other"
    shutil.copytree(folder, other)
    before = contents(other)
    assert main(["run", *SMALL, "ensemble.seed=1", f"output.folder={other}"]) == 2
    assert "output.replace=true" in capsys.readouterr().err and contents(other) == before
    assert main(["run", *SMALL, "ensemble.seed=1", "ensemble.size=2", f"output.folder={other}", "output.replace=true"]) == 0
    assert json.loads((other / "provenance.json").read_text())["runs"] == 4
    single = ["package=R1", "study.twin=false", "horizon.stop=2010.25", "figure=none"]
    assert main(["run", *single, f"output.folder={other}"]) == 2, "a single run does not take the folder of an ensemble"


def test_failed_worlds_are_counted_and_told(folder, capsys, tmp_path, monkeypatch):
    """A step too long for the delays, even its quarter, makes some worlds fail: they are said, and left out of both sides."""
    steps = ["solver.step=0.25", "parameters.permit_time=interval(0.001,0.1)", "ensemble.size=16"]
    code = main(
        [
            "run",
            *[item for item in SMALL if "step" not in item and "size" not in item],
            *steps,
            f"output.folder={tmp_path / 'x'}",
        ]
    )
    told = capsys.readouterr().out
    assert code == 0 and "FAILED: " in told and "of 16 worlds" not in told and " worlds" in told, told


def test_no_world_that_ended_well_is_no_summary(capsys, tmp_path):
    steps = ["solver.step=0.5", "parameters.permit_time=interval(0.01,0.011)"]
    code = main(["run", *[item for item in SMALL if "step" not in item], *steps, f"output.folder={tmp_path / 'x'}"])
    told = capsys.readouterr().out
    assert code == 0 and "no summary" in told and "no member ended well" in told
    assert not (tmp_path / "x" / "summary.csv").exists()


def test_statistics_instead_of_series(capsys, tmp_path):
    assert main(["run", *SMALL, "ensemble.keep=summary", f"output.folder={tmp_path / 'x'}"]) == 0
    assert "no paired differences" in capsys.readouterr().out and not (tmp_path / "x" / "summary.csv").exists()


def test_axes_have_tables_of_their_own(capsys, tmp_path):
    axes = ["-m", "hydra/sweeper=ensemble", "measures.R1_1.start=2010.5,2011", "ensemble.size=2"]
    asked = [item for item in SMALL if "size" not in item and "R1_1" not in item and "package" not in item]
    assert main(["run", *asked, *axes, "package=R1,R3", f"output.folder={tmp_path / 'x'}"]) == 0
    told = capsys.readouterr().out
    assert "job 2 of 2" in told and told.count("2012, measures.R1_1.start=2010.5:") == 2 == told.count("R1_1.start=2011:")
    (first, second) = sorted((tmp_path / "x").iterdir())
    with (first / "summary.csv").open(encoding="utf-8") as stream:
        assert {row["measures.R1_1.start"] for row in csv.DictReader(stream)} == {"2010.5", "2011.0"}


def test_a_dry_run_tells_everything_and_writes_nothing(capsys, tmp_path):
    assert (
        main(["run", "study=packages", "ensemble=sobol", "ensemble.size=10000", "--dry-run", f"output.folder={tmp_path / 'x'}"])
        == 0
    )
    told = capsys.readouterr().out
    assert "128 scenarios x 10,000 worlds = 1,280,000 runs" in told
    assert "dilution" in told and "logit-normal(0.2, 0.4, 0.7) dmnl (basis A)" in told
    assert "5.6 GB on disk" in told and "MB of them in memory" in told and "at most 0.1 %" in told
    assert "base coordination and Coordination at start" in told
    assert not (tmp_path / "x").exists()


def test_intervals_are_refused_with_the_cure_by_a_plain_run_and_a_plain_sweep(capsys):
    for more in ([], ["-m"]):
        assert main(["run", *more, "package=R1", "world.tension_US.scale=interval(0.7,1.3)"]) == 2
        assert "hydra/sweeper=ensemble" in capsys.readouterr().err
    assert main(["run", "package=R1", "hydra/sweeper=ensemble"]) == 2
    assert "add -m" in capsys.readouterr().err


def test_ctrl_c_keeps_what_is_finished_and_the_same_command_goes_on(tmp_path, capsys):
    many = [item for item in SMALL if "size" not in item] + ["ensemble.size=4096", "ensemble.block=256", "horizon.stop=2016"]
    asked = ["run", *many, f"output.folder={tmp_path / 'x'}", "--workers", "1"]
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
            "from sim.cli import main; sys.argv = ['throughflow', *sys.argv[1:]]; sys.exit(main())",
            *asked,
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while "runs 0 of 8192" not in (line := process.stderr.readline()):
        assert line
    store = tmp_path / "x" / "ensemble.zarr" / "status" / "c"
    while process.poll() is None and sum(path.is_file() for path in store.rglob("*")) < 2:
        pass  # the first block is in the ledger before the second is written
    os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130 and "Traceback" not in told, told
    assert "finished and kept" in told and "same command" in told
    assert main(asked) == 0
    out = capsys.readouterr().out
    assert "8,192 runs (" in out and "(8,192 made now" not in out and "every run ended well" in out
    from sim.results.store import check_store

    assert check_store(tmp_path / "x" / "ensemble.zarr") == ()


def test_progress_says_rate_and_time_left(capsys, monkeypatch):
    from sim.cli import progress

    clock = iter((0.0, 0.0, 2.0, 20.0, 40.0))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    with progress.RunProgress() as told:
        for done in (100, 150, 1000, 1100):
            told.tell(done, 1100)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "runs 100 of 1100 (0 s)",
        "runs 1000 of 1100 (20 s, 45 runs/s, about 2 s left)",
        "runs 1100 of 1100 (40 s)",
    ]


def test_a_terminal_gets_a_bar(monkeypatch):
    from sim.cli.progress import RunProgress

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with RunProgress() as told:
        told.tell(10, 20)
        assert told.bar is not None and told.bar.tasks[0].total == 20


def test_a_refusal_of_the_run_itself_keeps_the_folder(tmp_path, monkeypatch, capsys):
    from sim.errors import Problem

    def run(*arguments, **options):
        raise ThroughflowError(Problem("store", "no room left", "for a test", "free some"))

    monkeypatch.setattr("sim.experiment.ensemble.run_ensemble", run)
    assert main(["run", *SMALL, f"output.folder={tmp_path / 'x'}"]) == 2
    assert "no room left" in capsys.readouterr().err
    assert sorted(path.name for path in (tmp_path / "x").iterdir()) == ["config.yaml", "provenance.json", "warnings.txt"]
