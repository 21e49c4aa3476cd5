"""``simulate`` and ``check`` on small models of one's own."""

import csv
import subprocess
import sys

import pytest

from sim.cli import main

MODEL = """{UTF-8}
level=
	INTEG(inflow - outflow, level at start)
	~	item
	~	A stock.
	|
level at start=
	10
	~	item
	~	Its start.
	|
inflow=
	inflow table(Time / one year)
	~	item/year
	~	In.
	|
inflow table(
	(0,2),(10,2))
	~	item/year
	~	What comes in.
	|
one year=
	1
	~	year
	~	Conversion.
	|
outflow=
	level / life time
	~	item/year
	~	Out.
	|
life time=
	4
	~	year
	~	Mean stay.
	|
INITIAL TIME=0~year~|
FINAL TIME=10~year~|
TIME STEP=0.25~year~|
SAVEPER=1~year~|
"""


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "small.mdl"
    path.write_text(MODEL, encoding="utf-8")
    return path


def test_a_table(model, tmp_path, capsys):
    out = tmp_path / "run.csv"
    assert main(["simulate", str(model), "life time=5", "inflow table=[[0, 1], [10, 1]]", "-o", str(out)]) == 0
    with out.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 11 and float(rows[-1]["level"]) == pytest.approx(5 + 5 * 2.718281828**-2, rel=1e-5)
    assert "11 times" in capsys.readouterr().out


def test_notes_of_a_run_are_told(model, tmp_path, capsys):
    assert main(["simulate", str(model), "--save", "3", "-o", str(tmp_path / "run.csv")]) == 0
    assert "last stored time is 9" in capsys.readouterr().err


def test_netcdf_and_options_anywhere(model, tmp_path):
    from sim.results import load_netcdf

    out = tmp_path / "run.nc"
    assert (
        main(
            [
                "simulate",
                "--method",
                "euler",
                str(model),
                "--save",
                "0.5",
                "life time=5",
                "-o",
                str(out),
                "--stop",
                "5",
                "--record",
                "level",
            ]
        )
        == 0
    )
    dataset = load_netcdf(out)
    assert dataset.sizes["time"] == 11 and list(dataset.data_vars) == ["level"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["lief time=3"], "'life time'"),
        (["life time=abc"], "neither a number"),
        (["life time"], "name=value"),
        (["life time=3", "life time=4"], "twice"),
        (["life time=NaN"], "finite"),
        (["--method", "eulr"], "'euler'"),
        (["--stop", "-1"], "after the start"),
        (["--step", "0.3", "--method", "rk4"], "whole number"),
        (["--stop", "soon"], "invalid float"),
        (["outflow=3"], "auxiliary"),
        (["--record", "levle"], "'level'"),
    ],
)
def test_bad_values(model, tmp_path, capsys, arguments, said):
    assert main(["simulate", str(model), *arguments, "-o", str(tmp_path / "run.csv")]) == 2
    captured = capsys.readouterr()
    assert said in captured.err and "Traceback" not in captured.err
    assert [path.name for path in tmp_path.iterdir()] == ["small.mdl"]


@pytest.mark.parametrize("output", ["run.xlsx", "nowhere/run.csv", "", "."])
def test_bad_outputs(model, tmp_path, capsys, output, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["simulate", str(model), "-o", output]) == 2
    assert "--output" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("level / life time", "level / lief time", "life time"),
        ("level / life time", "level / / life", "parse"),
        ("level / life time", "CUDGEL(level)", "CUDGEL"),
        ("level / life time", "outflow", "simultaneous"),
        ("life time=\n\t4\n\t~\tyear", "life time=\n\t4\n\t~\titem", "unit"),
    ],
)
@pytest.mark.parametrize("verb", ["check", "simulate"])
def test_bad_models(model, tmp_path, capsys, old, new, said, verb):
    model.write_text(MODEL.replace(old, new), encoding="utf-8")
    output = ["-o", str(tmp_path / "run.csv")] if verb == "simulate" else ["--no-run"]
    assert main([verb, str(model), *output]) == 2
    captured = capsys.readouterr()
    assert said.lower() in (captured.err + captured.out).lower() and "Traceback" not in captured.err
    assert not (tmp_path / "run.csv").exists()


def test_clashing_units_can_be_run_all_the_same(model, tmp_path):
    model.write_text(MODEL.replace("life time=\n\t4\n\t~\tyear", "life time=\n\t4\n\t~\titem"), encoding="utf-8")
    assert main(["simulate", str(model), "--ignore-units", "-o", str(tmp_path / "run.csv")]) == 0


def test_check_tells(model, capsys):
    assert main(["check", str(model), "--names"]) == 0
    out = capsys.readouterr().out
    for part in (
        "model small",
        "stock 1",
        "every equation agrees",
        "level: + inflow; - outflow",
        "2 variables in feedback loops",
        "life time  (year)",
        "0.25",
        "error is",
    ):
        assert part in out, part


def test_a_reader_that_goes_away_is_no_error(model):
    run = subprocess.run(
        f"{sys.executable} -m sim.cli check --no-run --names {model} | head -1",
        shell=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "Traceback" not in run.stderr and run.stdout.startswith("model small")
