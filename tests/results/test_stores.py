"""Stores as people meet them: summaries that do not hide failed runs, listings, exports."""

import csv
import shutil

import numpy as np
import pytest
import xarray as xr

from sim.experiment.ensemble import run_ensemble
from sim.results import export, list_stores, load_netcdf, open_store, summarise
from sim.results.layout import LEVELS
from sim.results.locking import locked

from ..experiment.small import FAILING, model_in, small, tree
from ..model.support import refused

RECORD = ("存量", "log of drain")


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    """Return a sound store and one of each sort with failed runs."""
    folder = tmp_path_factory.mktemp("stores")
    model = model_in(folder)
    asked = {
        "sound": small(model, record=RECORD),
        "series": small(model, record=RECORD, drawn=FAILING),
        "summary": small(model, record=RECORD, drawn=FAILING, keep="summary"),
    }
    return {name: run_ensemble(ensemble, folder / f"{name}.zarr").store for name, ensemble in asked.items()}


def test_summary_is_numpys(stores):
    dataset = open_store(stores["sound"])
    summary = summarise(dataset, (0.1, 0.5))
    values = dataset["存量"].values.astype(float)
    found = summary["存量"].transpose("statistic", ...).values
    expected = [
        values.mean(-1),
        values.std(-1, ddof=1),
        values.min(-1),
        values.max(-1),
        *np.quantile(values, (0.1, 0.5), axis=-1),
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
    assert list(summary["statistic"].values) == ["mean", "standard deviation", "minimum", "maximum", "10 %", "50 %"]
    assert summary["存量"].attrs["units"] == "person" and summary["runs"].sel(ended="done").values.tolist() == [1000, 1000]


@pytest.mark.parametrize("keep", ["series", "summary"])
def test_failed_runs_are_not_left_out_silently(stores, keep):
    dataset = open_store(stores[keep])
    problems = refused(lambda: summarise(dataset))
    failed = int((dataset["status"].sel(scenario="s0") == 2).sum())
    assert len(problems) == 2 and f"{failed} left its domain of 1000 runs" in problems[0].what and "s0" in problems[0].where
    assert "failed=drop" in problems[0].cure
    summary = summarise(dataset, failed="drop")
    assert summary["runs"].sel(scenario="s0").values.tolist() == [1000 - failed, 0, failed, 0, 0, 0]
    assert np.isfinite(summary["存量"].values).all() and np.isfinite(summary["log of drain"].values).all()


def test_members_not_run_yet_are_not_left_out_silently(stores, tmp_path):
    store = tmp_path / "part.zarr"
    shutil.copytree(stores["sound"], store)
    (store / "status" / "c" / "1" / "2").unlink()
    (problem,) = refused(lambda: summarise(open_store(store)))
    assert "256 not run of 1000 runs" in problem.what and "scenario s1" in problem.where
    summary = summarise(open_store(store), failed="drop")
    assert summary["runs"].sel(scenario="s1", ended="not run") == 256
    (overview,) = list_stores(tmp_path)
    assert (overview.done, overview.runs, overview.failed) == (1744, 2000, 0)


def test_dropping_agrees_between_series_and_summary(stores):
    exact, kept = (summarise(open_store(stores[keep]), failed="drop") for keep in ("series", "summary"))
    xr.testing.assert_equal(exact["runs"], kept["runs"])
    for name in RECORD:
        scale = np.abs(exact[name].sel(statistic=["minimum", "maximum"])).max("statistic")
        assert float((np.abs(exact[name] - kept[name]) / scale).max()) < 5e-4


def test_parts_can_be_summarised(stores):
    dataset = open_store(stores["sound"])
    whole = summarise(dataset)
    last = summarise(dataset.isel(time=[-1]))
    np.testing.assert_array_equal(last["存量"].values, whole["存量"].isel(time=[-1]).values)
    one = summarise(dataset.sel(scenario="s1"))
    np.testing.assert_array_equal(one["存量"].values, whole["存量"].sel(scenario="s1").values)
    assert one["runs"].dims == ("ended",)


@pytest.mark.parametrize(
    ("levels", "cure"), [((0.33,), "keep=series"), ((1.5,), "from 0 to 1"), ((float("nan"),), "from 0 to 1")]
)
def test_levels_that_cannot_be_had(stores, levels, cure):
    (problem,) = refused(lambda: summarise(open_store(stores["summary"]), levels, failed="drop"))
    assert cure in problem.cure
    assert summarise(open_store(stores["summary"]), LEVELS, failed="drop").sizes["statistic"] == 4 + len(LEVELS)


def test_summary_of_no_ensemble():
    (problem,) = refused(lambda: summarise(xr.Dataset({"x": ("time", [1.0])})))
    assert problem.what == "no ensemble"
    (problem, *_) = refused(lambda: summarise(xr.Dataset(), failed="ignore"))
    assert "'ignore'" in problem.what


def test_export_of_every_member(stores, tmp_path):
    export(open_store(stores["series"]), tmp_path / "all.nc")
    again, stored = load_netcdf(tmp_path / "all.nc"), open_store(stores["series"])
    for name in ("存量", "log of drain", "status", "draw"):
        np.testing.assert_array_equal(again[name].values, stored[name].values)
    assert again["存量"].dims == stored["存量"].dims and again.attrs["experiment"] == stored.attrs["experiment"]
    with xr.open_dataset(tmp_path / "all.nc") as plain:
        assert plain.attrs["Conventions"] == "CF-1.11" and "log_of_drain" in plain


def test_export_of_statistics(stores, tmp_path):
    dataset = open_store(stores["series"])
    for name in ("a.csv", "a.nc"):
        refused(lambda name=name: export(dataset, tmp_path / name, quantiles=(0.5,)))
    assert list(tmp_path.iterdir()) == []
    export(dataset, tmp_path / "a.csv", quantiles=(0.5,), failed="drop")
    export(dataset, tmp_path / "a.nc", quantiles=(0.5,), failed="drop")
    summary = summarise(dataset, (0.5,), failed="drop")
    np.testing.assert_array_equal(load_netcdf(tmp_path / "a.nc")["存量"].values, summary["存量"].values)
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 2 * 11 * 5 * (2 + 1)
    (row,) = [
        row
        for row in rows
        if (row["scenario"], row["variable"], row["element"], row["time"], row["statistic"])
        == ("s1", "存量", "数据", "10.0", "50 %")
    ]
    at = {"scenario": "s1", "资源 type": "数据", "time": 10, "statistic": "50 %"}
    assert float(row["value"]) == float(summary["存量"].sel(at)) and row["unit"] == "person"
    failed = int(summary["runs"].sel(scenario="s1", ended="left its domain"))
    assert (int(row["runs done"]), int(row["runs failed"]), int(row["runs not made"])) == (1000 - failed, failed, 0)


def test_what_is_not_there(stores, tmp_path):
    (problem,) = refused(lambda: export(open_store(stores["sound"]), tmp_path / "a.xlsx"))
    assert "OUT.csv" in problem.cure
    (problem,) = refused(lambda: open_store(tmp_path / "nothing"))
    assert problem.what == "no store there"


def test_listing(stores, tmp_path):
    folder = stores["sound"].parent
    found = {overview.path.name: overview for overview in list_stores(folder)}
    assert list(found) == ["series.zarr", "sound.zarr", "summary.zarr"]
    assert found["sound.zarr"].failed == 0 and found["series.zarr"].failed > 0
    assert found["sound.zarr"].size == sum(path.stat().st_size for path in stores["sound"].rglob("*") if path.is_file())
    assert list_stores(tmp_path) == ()


def test_listing_tells_what_cannot_be_read(tmp_path):
    for name, text in (("a", "{"), ("b", '{"attributes": {"throughflow_store": 99}}'), ("c", '{"attributes": {}}')):
        (tmp_path / name).mkdir()
        (tmp_path / name / "zarr.json").write_text(text)
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "results.nc").write_text("nothing")
    problems = {overview.path.name: overview.problem for overview in list_stores(tmp_path)}
    assert set(problems) == {"a", "b", "results.nc"} and all(problems.values())
    assert "layout 99" in problems["b"]


def test_reading_does_not_touch(stores):
    before = tree(stores["sound"])
    summarise(open_store(stores["sound"]))
    list_stores(stores["sound"].parent)
    assert tree(stores["sound"]) == before


def test_lock_is_given_back(tmp_path):
    store = tmp_path / "a.zarr"
    with pytest.raises(RuntimeError), locked(store):
        (problem,) = refused(lambda: locked(store).__enter__())
        assert "is writing it" in problem.what
        raise RuntimeError
    with locked(store):
        pass
    assert list(tmp_path.iterdir()) == []
