"""The waist: what is kept of a run, and the files it is kept in."""

import csv
import json
import os

import numpy as np
import pytest
import xarray as xr

import sim
from sim.results import dataset, load_netcdf, provenance, replacing, save_netcdf, write_table

from ..model.support import model_of, refused

BODY = """
资源 type: 人才, 数据 ~~|
grade: low, high ~~|
初值[资源 type] = 1, 2 ~ person ~|
growth rate = 0.1 ~ 1/month ~|
"rate (per month), twice" = 2 * growth rate ~ 1/month ~|
a b = 1 ~ dmnl ~|
"a-b" = 2 ~ dmnl ~|
"2 much" = 3 ~ dmnl ~|
存量[资源 type] = INTEG(flow in[资源 type], 初值[资源 type]) ~ person ~ 存量。|
flow in[资源 type] = 存量[资源 type] * growth rate * (a b + "a-b") + 0 * "rate (per month), twice" * "2 much" ~ person/month ~|
grid[资源 type, grade] = 存量[资源 type] * 2 ~ person ~|
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return sim.simulate(model_of(tmp_path_factory.mktemp("results"), BODY), method="euler", save=2.5)


def test_structure_travels_as_data(run):
    structure = json.loads(run.attrs["structure"])
    assert structure["variables"]["存量"]["inflows"] == ["flow in"]
    assert run["存量"].attrs["kind"] == "stock"


def test_round_trip(run, tmp_path):
    path = tmp_path / "deep" / "results.nc"
    save_netcdf(run, path)
    again = load_netcdf(path)
    assert set(again.data_vars) == set(run.data_vars)
    assert again.sizes == run.sizes
    for name in run.data_vars:
        np.testing.assert_array_equal(again[name].values, run[name].values)
        assert again[name].dims == run[name].dims
        assert again[name].attrs["units"] == run[name].attrs["units"]
    assert list(again["资源 type"].values) == ["人才", "数据"]
    assert {name: again.attrs[name] for name in run.attrs} == dict(run.attrs)


def test_saving_leaves_the_dataset_alone(run, tmp_path):
    before = run.copy(deep=True)
    save_netcdf(run, tmp_path / "results.nc")
    xr.testing.assert_identical(run, before)
    assert "model_name" not in run["存量"].attrs


def test_file_follows_cf(run, tmp_path):
    """CF-1.11, section 2.3: names begin with a letter and hold letters, digits and underscores; Conventions is stated."""
    path = tmp_path / "results.nc"
    save_netcdf(run, path)
    with xr.open_dataset(path, decode_times=False) as stored:
        assert stored.attrs["Conventions"] == "CF-1.11"
        assert "numpy" in json.loads(stored.attrs["versions"])
        for name in [*stored.variables, *stored.dims]:
            assert all(letter.isalnum() or letter == "_" for letter in name), name
            assert name[0].isalpha(), name
        assert len(stored.data_vars) == len(run.data_vars)
        assert {stored[name].attrs["model_name"] for name in stored.data_vars} == set(run.data_vars)
        assert all("units" in stored[name].attrs and "long_name" in stored[name].attrs for name in stored.data_vars)


def test_provenance(run):
    told = provenance(run)
    assert told["model_fingerprint"] == run.attrs["model_fingerprint"]
    assert "structure" not in told
    assert told["versions"]["numpy"] == np.__version__


def test_failure_half_way_leaves_the_old_file(run, tmp_path, monkeypatch):
    path = tmp_path / "results.nc"
    save_netcdf(run, path)
    before = path.read_bytes()

    def broken(self, target, **_):
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(xr.Dataset, "to_netcdf", broken)
    (problem,) = refused(lambda: save_netcdf(run, path))
    assert "No space left" in problem.why
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["results.nc"]


def test_a_reader_of_the_old_file_is_not_disturbed(tmp_path):
    """The new file takes the old one's place at once; whoever has the old one open still reads it whole."""
    path = tmp_path / "table.csv"
    path.write_text("old")
    with path.open() as reader:
        with replacing(path) as temporary:
            temporary.write_text("new and longer")
        assert reader.read() == "old"
    assert path.read_text() == "new and longer"


def test_interruption_leaves_the_old_file(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), replacing(path) as temporary:
        temporary.write_text("new")
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert [found.name for found in tmp_path.iterdir()] == ["table.csv"]


def test_folder_that_cannot_be_written(run, tmp_path):
    """A folder below a file cannot be made; one without permission is tried only where permissions bind (not as root)."""
    (tmp_path / "file").write_text("")
    (problem,) = refused(lambda: save_netcdf(run, tmp_path / "file" / "results.nc"))
    assert "cannot be written" in problem.what
    if os.geteuid():
        (tmp_path / "locked").mkdir(mode=0o500)
        refused(lambda: save_netcdf(run, tmp_path / "locked" / "results.nc"))


def test_place_taken_by_a_folder(run, tmp_path):
    (tmp_path / "results.nc").mkdir()
    refused(lambda: save_netcdf(run, tmp_path / "results.nc"))
    assert [found.name for found in tmp_path.iterdir()] == ["results.nc"]


@pytest.mark.parametrize("content", [None, b"", b"not netcdf", b"CDF\x01half"])
def test_files_that_cannot_be_loaded(content, tmp_path):
    path = tmp_path / "results.nc"
    if content is not None:
        path.write_bytes(content)
    (problem,) = refused(lambda: load_netcdf(path))
    assert str(path) == problem.where


def test_table_for_people(run, tmp_path):
    path = tmp_path / "run.csv"
    write_table(run, path)
    with path.open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    assert header[0] == "time"
    assert {"存量[人才]", "存量[数据]", "grid[人才,low]", "grid[数据,high]", "growth rate", "rate (per month), twice"} <= set(
        header
    )
    assert (
        len(header)
        == len(set(header))
        == 1 + sum(int(np.prod([run.sizes[d] for d in v.dims if d != "time"])) for v in run.values())
    )
    assert [float(row[0]) for row in rows] == [0, 2.5, 5, 7.5, 10]
    column = [float(row[header.index("存量[数据]")]) for row in rows]
    np.testing.assert_array_equal(column, run["存量"].sel({"资源 type": "数据"}).values)
    assert [float(row[header.index("growth rate")]) for row in rows] == [0.1] * 5


def test_attributes_are_text_or_numbers(run):
    assert all(isinstance(value, str | int | float) for value in run.attrs.values())


def test_versions_name_what_is_missing(monkeypatch):
    monkeypatch.setattr(dataset, "PACKAGES", ("numpy", "no-such-distribution"))
    assert dataset.versions()["no-such-distribution"] == "not installed"
