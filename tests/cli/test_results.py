"""``throughflow results``: listed, shown, checked, handed over."""

import shutil

import pytest

from sim.cli import main
from sim.experiment.ensemble import run_ensemble

from ..experiment.small import FAILING, model_in, small


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    model = model_in(tmp_path_factory.mktemp("model"))
    run_ensemble(small(model), folder / "sound" / "ensemble.zarr")
    run_ensemble(small(model, drawn=FAILING, record=("log of drain",)), folder / "failing" / "ensemble.zarr")
    return folder


def told(capsys, *arguments):
    code = main(["results", *map(str, arguments)])
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return code, captured.out, captured.err


def test_list(folder, capsys):
    code, out, _ = told(capsys, folder)
    assert code == 0 and "sound/ensemble.zarr\n  ensemble trial of small" in out
    assert "done, 2000 of 2000 runs, " in out and "failed, " in out.split("sound")[0]


def test_list_nothing(tmp_path, capsys):
    assert told(capsys, tmp_path) == (0, f"nothing is stored below {tmp_path}\n", "")


def test_show(folder, capsys):
    code, out, _ = told(capsys, folder / "sound")
    assert code == 0 and "scenarios: 2: s0, s1; baseline s0" in out and "outcomes: 存量, total" in out
    assert "rk4, step 0.5, estimated error " in out and "1000 by sobol, seed 0, of 2 uncertainties" in out
    assert "2000 of 2000 ended well" in out and "s1: 存量[数据] (person)" in out and "95 %" in out
    assert all(len(line) < 125 for line in out.splitlines() if str(folder) not in line)


def test_show_failed_runs(folder, capsys):
    code, out, _ = told(capsys, folder / "failing")
    assert code == 0 and "scenario s0: " in out and "left its domain of 1000 runs" in out and "no statistics" in out
    code, out, _ = told(capsys, folder / "failing", "--failed", "drop", "--quantiles", "0.5")
    assert code == 0 and "s1: log of drain (dmnl)" in out and "50 %" in out and "left its domain" in out


def test_check(folder, tmp_path, capsys):
    code, out, _ = told(capsys, folder / "sound", "--check")
    assert code == 0 and "every chunk is sound" in out
    shutil.copytree(folder / "sound", tmp_path / "sound")
    chunk = tmp_path / "sound" / "ensemble.zarr" / "total" / "c" / "0" / "0" / "1"
    chunk.write_bytes(chunk.read_bytes()[:-1])
    code, out, _ = told(capsys, tmp_path / "sound", "--check")
    assert code == 2 and "1 damaged or lost" in out and "total/c/0/0/1" in out


def test_export(folder, tmp_path, capsys):
    for name in ("all.nc", "table.csv"):
        code, out, _ = told(capsys, folder / "sound", "--export", tmp_path / name)
        assert code == 0 and name in out and (tmp_path / name).stat().st_size > 1000
    code, _, err = told(capsys, folder / "failing", "--export", tmp_path / "failed.csv")
    assert code == 2 and "failed=drop" in err and not (tmp_path / "failed.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "nothing there"),
        (["{}", "--check"], "a folder, not a store"),
        (["{}", "--export", "a.csv"], "a folder, not a store"),
        (["{}/sound", "--export", "a.xlsx"], "OUT.nc or OUT.csv"),
        (["{}/sound", "--export", "no/where/a.csv"], "make no/where first"),
        (["{}/sound", "--quantiles", "half"], "numbers from 0 to 1"),
        (["{}/sound", "--quantiles", "0.5,2"], "numbers from 0 to 1"),
        (["{}/sound", "--failed", "ignore"], "invalid choice"),
        (["{}/sond"], "'sound'"),
        (["--exprot", "a.csv"], "'--export'"),
    ],
)
def test_refusals(folder, tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    code, out, err = told(capsys, *(argument.format(folder) for argument in arguments))
    assert code == 2 and said in err and "cure" in err and out == ""
    assert list(tmp_path.iterdir()) == []
