"""Ensembles: the same bits however the work is split, the store as described, every refusal with its cure."""

import json
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import sim
from sim.experiment.design import sample
from sim.experiment.ensemble import identify, run_ensemble
from sim.experiment.scenarios import Scenario
from sim.results import check_store, open_store, summarise
from sim.results.status import STATUS

from ..model.support import refused
from .small import DRAWN, FAILING, model_in, small, tree


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return model_in(tmp_path_factory.mktemp("ensemble"))


@pytest.fixture(scope="module")
def series(model, tmp_path_factory):
    store = tmp_path_factory.mktemp("series") / "store.zarr"
    return run_ensemble(small(model), store, config="a: 1")


def values(outcome):
    dataset = open_store(outcome.store)
    return {name: dataset[name].values for name in dataset.data_vars}


def assert_same(first, second):
    assert first.keys() == second.keys()
    for name in first:
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)


def test_store_as_described(series):
    dataset = open_store(series.store)
    assert dataset["存量"].dims == ("scenario", "资源 type", "time", "member") and dataset["存量"].dtype == np.float32
    assert dataset["存量"].attrs["units"] == "person" and dataset["存量"].attrs["kind"] == "stock"
    assert list(dataset["label_zh"].values) == ["情景0", "情景1"] and list(dataset["资源 type"].values) == ["人才", "数据"]
    assert list(dataset["time"].values) == list(range(11)) and dataset["time"].attrs["units"] == "month"
    assert dataset["draw"].dims == ("uncertainty", "member") and list(dataset["uncertainty"].values) == ["growth", "drain"]
    np.testing.assert_array_equal(dataset["draw"].values, sample(small("").design))
    assert dataset["status"].attrs["flag_meanings"].split() == [word.replace(" ", "_") for word in STATUS.values()] + [
        "not_run"
    ]
    told = dataset.attrs
    assert (told["title"], told["config"], told["time_step"], told["engine"]) == (
        "ensemble trial of small",
        "a: 1",
        0.5,
        "numpy",
    )
    assert json.loads(told["scenarios"])["s1"]["parameters"] == {"effect": 1.25}
    assert "flow in" in json.loads(told["structure"])["variables"] and told["experiment"] == series.experiment
    assert check_store(series.store) == ()


def test_plain_zarr_readers_read_it(series):
    """Our own chunk files are what the Zarr v3 specification says: Zarr-Python decodes them and checks their checksums."""
    import zarr

    array = zarr.open_group(series.store, mode="r")["total"]
    np.testing.assert_array_equal(array[:], open_store(series.store)["total"].values)
    names = [codec.to_dict()["name"] for codec in (*array.compressors,)]
    assert names == ["crc32c"] and array.chunks == (1, 11, 256)


def test_each_member_is_that_run_alone(series, model):
    dataset = open_store(series.store)
    for member, scenario in ((0, 0), (255, 1), (256, 0), (999, 1)):
        drawn = dict(zip(("growth rate", "drain"), dataset["draw"].values[:, member], strict=True))
        alone = sim.simulate(
            sim.read(model), method="rk4", step=0.5, parameters=drawn | {"effect": 1 + 0.25 * scenario}, record=["存量"]
        )
        kept = dataset["存量"].values[scenario, ..., member]
        np.testing.assert_allclose(kept.T, alone["存量"].sel(time=range(11)).values, rtol=3e-7)


def test_outcome_counts_and_progress(model, tmp_path):
    seen = []
    outcome = run_ensemble(small(model, size=600), tmp_path / "s.zarr", progress=lambda *told: seen.append(told))
    assert seen[0] == (0, 1200) and seen[-1] == (1200, 1200) and seen == sorted(seen)
    assert outcome.counts == {
        "done": 1200,
        "diverged": 0,
        "left its domain": 0,
        "done with a finer step": 0,
        "step too large": 0,
    }
    assert (outcome.runs, outcome.computed, outcome.step, outcome.engine) == (1200, 1200, 0.5, "numpy")
    again = run_ensemble(small(model, size=600), tmp_path / "s.zarr")
    assert again.computed == 0 and again.counts == outcome.counts and again.experiment == outcome.experiment


@pytest.mark.parametrize("keep", ["series", "summary"])
@pytest.mark.parametrize("change", [{"block": 512}, {"block": 1024}, {"threads": 1}, {"threads": 5}], ids=str)
def test_split_does_not_matter(model, tmp_path, keep, change):
    plain = run_ensemble(small(model, keep=keep, drawn=FAILING, record=("total", "log of drain")), tmp_path / "a.zarr")
    other = run_ensemble(
        small(model, keep=keep, drawn=FAILING, record=("total", "log of drain"), **change), tmp_path / "b.zarr"
    )
    assert_same(values(plain), values(other))
    assert plain.counts["left its domain"] > 0 and plain.experiment == other.experiment
    if "threads" in change:
        assert tree(plain.store) == tree(other.store)


def test_compiled_blocks_are_the_same_bits_and_agree_with_numpy(model, tmp_path):
    plain = run_ensemble(small(model, engine="compiled"), tmp_path / "a.zarr")
    other = run_ensemble(small(model, engine="compiled", block=512, threads=3), tmp_path / "b.zarr")
    assert plain.engine == "compiled"
    assert_same(values(plain), values(other))
    numpy = values(run_ensemble(small(model), tmp_path / "c.zarr"))
    for name, found in values(plain).items():
        np.testing.assert_allclose(found, numpy[name], rtol=2e-6)


def test_more_members_and_scenarios_change_nothing_else(model, series, tmp_path):
    larger = open_store(run_ensemble(small(model, size=1300, scenarios=3), tmp_path / "a.zarr").store)
    kept = open_store(series.store)
    part = larger.isel(scenario=slice(2), member=slice(1000))
    for name in ("存量", "total", "draw", "status"):
        np.testing.assert_array_equal(part[name].values, kept[name].values)


def test_summary_states_its_error_and_keeps_it(model, series, tmp_path):
    store = run_ensemble(small(model, keep="summary"), tmp_path / "a.zarr").store
    exact, kept = summarise(open_store(series.store)), summarise(open_store(store))
    for name in ("存量", "total"):
        error = open_store(store)[name].attrs["quantile_relative_error"]
        assert error <= 5e-4
        np.testing.assert_allclose(kept[name].values, exact[name].values, rtol=error, atol=1e-12)
        plain = {"statistic": ["mean", "standard deviation", "minimum", "maximum"]}
        np.testing.assert_array_equal(kept[name].sel(plain).values, exact[name].sel(plain).values)
    assert not (store / "pending").exists() and check_store(store) == ()


@pytest.mark.parametrize("keep", ["series", "summary"])
def test_block_of_the_store_is_kept(model, tmp_path, keep):
    run_ensemble(small(model, keep=keep), tmp_path / "a.zarr")
    before = tree(tmp_path / "a.zarr")
    again = run_ensemble(small(model, keep=keep, block=512), tmp_path / "a.zarr")
    assert tree(tmp_path / "a.zarr") == before
    assert "blocks of 256 members, as the store has them, not of 512" in again.reports


def test_numbers_too_large_to_keep_are_marked(model, tmp_path):
    """About 1e84 is finite in double precision and infinite in single: such a member must not pass as done."""
    listed = (Scenario("s0", "A", "甲", {}), Scenario("s1", "B", "乙", {"effect": 1e3}))
    asked = small(model, size=300)
    outcome = run_ensemble(replace(asked, study=replace(asked.study, scenarios=listed)), tmp_path / "a.zarr")
    assert outcome.counts["done"] == 300 and outcome.counts["diverged"] == 300


def test_everything_failed_is_still_told(model, tmp_path):
    """A block of NaN only is written like any other: it is known to be done, not taken for lost."""
    drawn = (DRAWN[0], replace(DRAWN[1], distribution="uniform", low=-0.3, central=None, high=-0.1))
    for keep in ("series", "summary"):
        store = tmp_path / f"{keep}.zarr"
        outcome = run_ensemble(small(model, keep=keep, drawn=drawn, record=("log of drain",)), store)
        assert outcome.counts["left its domain"] == 2000 and check_store(store) == ()
        summary = summarise(open_store(store), failed="drop")
        assert np.isnan(summary["log of drain"].values).all()
        assert summary["runs"].sel(ended="left its domain").values.tolist() == [1000, 1000]


def test_identity_is_the_question_not_the_work(model):
    read = sim.read(model)
    plain, data = identify(small(model), read)
    same = [{"block": 1024}, {"threads": 7}, {"executor": "dask", "address": "tcp://host:1"}, {"record": ("存量", "TOTAL")}]
    assert {identify(small(model, **change), read)[0] for change in same} == {plain}
    other = [
        {"size": 999}, {"seed": 1}, {"sampler": "monte_carlo"}, {"scenarios": 3}, {"keep": "summary"}, {"step": 0.25},
        {"record": ("total",)}, {"drawn": FAILING}, {"engine": "compiled"},
    ]  # fmt: skip
    assert len({identify(small(model, **change), read)[0] for change in other} | {plain}) == len(other) + 1
    assert json.loads(json.dumps(data)) == data


@pytest.mark.parametrize(
    ("change", "what", "cure"),
    [
        ({"block": 100}, "100", "multiple of 256"),
        ({"block": 0}, "0", "multiple of 256"),
        ({"block": 256, "executor": "dask"}, "256", "1024 or more"),
        ({"keep": "all"}, "'all'", "use series"),
        ({"executor": "ray"}, "'ray'", "use threads"),
        ({"engine": "fortran"}, "'fortran'", "use compiled"),
        ({"threads": 0}, "0", "1 or more"),
        ({"address": "tcp://host:1"}, "tcp://host:1", "executor=dask"),
        ({"record": ("totl",)}, "'totl'", "'total'"),
        ({"record": ()}, "nothing to keep", "name the outcomes"),
        ({"size": 0}, "0", "1"),
        ({"size": -1}, "-1", "1"),
        ({"size": 10**12}, "1000000000000", ""),
        (
            {"drawn": (replace(DRAWN[0], targets=("effect",)),)},
            "'growth' and set by scenario s0, s1",
            "leave the uncertainty out",
        ),
    ],
    ids=str,
)
def test_refusals(model, tmp_path, change, what, cure):
    problems = refused(lambda: run_ensemble(small(model, **change), tmp_path / "a.zarr"))
    assert any(what in problem.what and cure in problem.cure for problem in problems), problems
    assert list(tmp_path.iterdir()) == []


def test_wrong_values_of_the_last_scenario_are_told_at_once(model, tmp_path):
    asked = small(model)
    listed = (*asked.study.scenarios, Scenario("late", "L", "晚", {"efect": 1, "growth rate": float("nan")}))
    problems = refused(lambda: run_ensemble(replace(asked, study=replace(asked.study, scenarios=listed)), tmp_path / "a.zarr"))
    assert {"scenario late: efect", "scenario late: growth rate"} <= {problem.where for problem in problems}
    assert list(tmp_path.iterdir()) == []


def test_every_problem_at_once(model, tmp_path):
    asked = small(model, block=1, keep="all", record=("totl",), size=0)
    assert len(refused(lambda: run_ensemble(asked, tmp_path / "a.zarr"))) >= 4


def test_no_room_is_told_before_anything_is_made(model, tmp_path):
    asked = small(model, size=10_000_000, scenarios=5000)
    (problem,) = refused(lambda: run_ensemble(asked, tmp_path / "a.zarr"))
    assert "TB are needed" in problem.what and "keep=summary" in problem.cure
    assert list(tmp_path.iterdir()) == []


def test_names_the_store_needs_itself(tmp_path):
    path = tmp_path / "m.mdl"
    path.write_text(model_in(tmp_path).read_text(encoding="utf-8").replace("total =", "status ="), encoding="utf-8")
    (problem,) = refused(lambda: run_ensemble(small(path, record=("status",)), tmp_path / "a.zarr"))
    assert "variable 'status'" in problem.where and "rename it" in problem.cure


def test_dataset_is_lazy_and_labelled(series):
    dataset = open_store(series.store)
    assert not dataset["total"].variable._in_memory
    assert float(dataset["total"].sel(scenario="s1", time=10, member=3)) > 0
    assert isinstance(dataset.sel(scenario="s0")["存量"], xr.DataArray)


def test_step_is_chosen_stated_and_kept(model, tmp_path):
    """What is chosen, and its error, stand in the store."""
    outcome = run_ensemble(small(model, step=None, size=300), tmp_path / "a.zarr")
    dataset = open_store(outcome.store)
    assert outcome.step == dataset.attrs["time_step"] and 1 / outcome.step == round(1 / outcome.step)
    errors = json.loads(dataset.attrs["integration_errors"])
    assert set(errors) == {"存量", "total"} and 0 < max(errors.values()) <= 1e-3
    assert dataset["total"].attrs["integration_error"] == errors["total"]
    before = tree(outcome.store)
    next((outcome.store / "status" / "c" / "1").iterdir()).unlink()
    assert run_ensemble(small(model, step=None, size=300), outcome.store).step == outcome.step
    assert tree(outcome.store) == before


def test_asked_step_is_kept_and_its_error_stated(series):
    errors = json.loads(open_store(series.store).attrs["integration_errors"])
    assert series.step == 0.5 and 0 < errors["total"] < 1e-3
