"""Questions of a study answered when its ensemble has run, and asked again of what is stored."""

import csv
import json

import pytest

from sim.cli import main
from sim.results import load_netcdf
from sim.results.tables import table

STUDY = """\
label: Two recommendations
packages:
  combinations: [R1, R3]
baseline: none
twin: false
questions:
  packages: {years: [2034]}
  courses: {}
"""
SMALL = ["study=mine", "ensemble=posterior", "ensemble.size=8", "horizon.stop=2034", "solver.step=0.03125", "figure=none"]


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """Return the folder of a small ensemble whose study asks two questions."""
    home = tmp_path_factory.mktemp("asked")
    (home / "configs" / "study").mkdir(parents=True)
    (home / "configs" / "study" / "mine.yaml").write_text(STUDY)
    folder = home / "results"
    assert main(["run", "--config-dir", str(home / "configs"), *SMALL, f"output.folder={folder}"]) == 0
    return folder


def rows(path):
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_run_leaves_tables_and_sentences_beside_its_ensemble(asked):
    names = {path.name for path in asked.iterdir()}
    assert {"ensemble.zarr", "results.nc", "tables", "datapackage.json", "answers.en.md", "answers.zh.md"} <= names
    made = load_netcdf(asked / "results.nc")
    assert made.attrs["kind"] == "advice" and made.attrs["members"] == 8 and made.attrs["footing"] == "posterior"
    listed = rows(asked / "tables" / "packages.csv")
    assert {row["package"] for row in listed} == {"R1", "R3", "R1.R3"} and {row["year"] for row in listed} == {"2034.0"}
    assert all(float(row["q05"]) <= float(row["q50"]) <= float(row["q95"]) for row in listed)
    package = json.loads((asked / "datapackage.json").read_text(encoding="utf-8"))
    assert {"packages", "courses", "scenarios"} <= {resource["name"] for resource in package["resources"]}
    for language in ("en", "zh"):
        text = (asked / f"answers.{language}.md").read_text(encoding="utf-8")
        assert "- " in text and "{" not in text


def test_the_answers_are_paired_differences_of_what_is_stored(asked):
    import numpy as np

    from sim.results.store import open_store

    store = open_store(asked / "ensemble.zarr").sel(time=2034.0)
    gains = (store["co papers"].sel(scenario="R1.R3") - store["co papers"].sel(scenario="baseline")).values.astype(float)
    told = table(load_netcdf(asked / "results.nc"), "packages")
    at = np.flatnonzero((told["package"] == "R1.R3") & (told["outcome"] == "co papers"))[0]
    assert told["q50"][at] == pytest.approx(np.median(gains), rel=1e-6) and told["up"][at] == (gains > 0).mean()


def test_asking_again_needs_no_run(asked, tmp_path, capsys):
    arguments = ["ask", str(asked), "packages", "packages.outcomes=[co papers]", "packages.years=[2030,2034]"]
    assert main([*arguments, "--folder", str(tmp_path / "mine"), "--no-figures"]) == 0
    listed = rows(tmp_path / "mine" / "tables" / "packages.csv")
    assert {row["outcome"] for row in listed} == {"co papers"} and {row["year"] for row in listed} == {"2030.0", "2034.0"}
    assert "packages" in capsys.readouterr().out
    assert main(["ask", str(asked), "--folder", str(tmp_path / "same"), "--no-figures", "--language", "zh"]) == 0
    assert (tmp_path / "same" / "tables" / "courses.csv").read_bytes() == (asked / "tables" / "courses.csv").read_bytes()


def test_answers_are_drawn_later(asked, tmp_path):
    assert main(["draw", str(asked), "courses", "--folder", str(tmp_path)]) == 0
    assert (tmp_path / "courses" / "courses.zh.svg").is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["pakages"], "did you mean 'packages'"),
        (["packages", "packages.year=[2034]"], "did you mean 'years'"),
        (["packages", "packages.years=[2034.5]"], "not among the stored times"),
        (["packages", "packages.years=[a"], "command line"),
        (["packages", "packages.outcomes=[co paper]"], "did you mean 'co papers'"),
        (["packages.years"], "neither a question"),
        (["measures"], "no orders of measures"),
    ],
)
def test_what_cannot_be_asked_is_refused_and_nothing_is_lost(asked, arguments, words, capsys):
    before = {path: path.read_bytes() for path in asked.rglob("*") if path.is_file()}
    assert main(["ask", str(asked), *arguments, "--no-figures"]) == 2
    assert words in capsys.readouterr().err
    assert {path: path.read_bytes() for path in asked.rglob("*") if path.is_file()} == before


def test_a_folder_without_an_ensemble_is_refused(tmp_path, capsys):
    assert main(["ask", str(tmp_path), "packages"]) == 2
    assert "no store there" in capsys.readouterr().err


def test_questions_are_listed_with_their_settings(capsys):
    assert main(["ask", "--list"]) == 0
    told = capsys.readouterr().out
    assert "packages:" in told and "packages.years=null" in told
