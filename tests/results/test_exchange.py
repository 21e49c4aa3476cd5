"""Ensembles for other programs, and back: Parquet, IAMC's columns, SALib's problem and samples."""

import builtins
import csv
import json
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from sim.cli import main
from sim.experiment.design import sample
from sim.experiment.ensemble import run_ensemble
from sim.experiment.samples_file import read_samples
from sim.experiment.uncertainty import Uncertainty
from sim.results import export, open_store, parquet, summarise
from sim.results.iamc import HEADER, iamc_statistic, read_iamc, write_iamc
from sim.results.parquet import draws_beside, read_parquet, write_parquet
from sim.results.salib import problem_of, samples_of_salib, write_salib

from ..experiment.small import DRAWN, FAILING, model_in, small
from ..model.support import refused

RECORD = ("存量", "log of drain")
EVEN = (DRAWN[0], Uncertainty("drain", ("drain",), "lognormal", 0.025, 0.05, 0.1))
"""Distributions that SALib has names for; those of `small` are not even about their median."""


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exchange")
    model = model_in(folder)
    asked = {
        "sound": small(model, record=RECORD, size=300, drawn=EVEN),
        "failing": small(model, record=RECORD, size=300, drawn=FAILING),
        "summary": small(model, record=RECORD, size=300, drawn=FAILING, keep="summary"),
        "skewed": small(model, record=RECORD, size=300),
    }
    return {name: run_ensemble(one, folder / f"{name}.zarr").store for name, one in asked.items()}


@pytest.mark.parametrize("name", ["sound", "failing"])
@pytest.mark.parametrize("most", [1 << 20, 700])
def test_parquet_there_and_back(stores, tmp_path, monkeypatch, name, most):
    monkeypatch.setattr(parquet, "MOST_ROWS", most)
    dataset, path = open_store(stores[name]), tmp_path / "all.parquet"
    assert write_parquet(dataset, path) == (path, draws_beside(path))
    back = read_parquet(path)
    for values in (*dataset.data_vars, *dataset.coords):
        assert back[values].dtype == dataset[values].dtype and back[values].dims == dataset[values].dims
    xr.testing.assert_identical(back, dataset.load())


def test_parquet_is_a_table_for_anyone(stores, tmp_path):
    import pandas as pd

    path = tmp_path / "all.parquet"
    dataset = open_store(stores["failing"])
    export(dataset, path)
    table, draws = pd.read_parquet(path), pd.read_parquet(draws_beside(path))
    assert list(table) == ["scenario", "member", "time", "存量[人才]", "存量[数据]", "log of drain", "status"]
    assert len(table) == 2 * 300 * 11 and list(draws) == ["member", "growth", "drain"]
    one = table[(table["scenario"] == "s1") & (table["member"] == 17) & (table["time"] == 4)]
    wanted = dataset["存量"].sel({"scenario": "s1", "member": 17, "time": 4, "资源 type": "数据"})
    np.testing.assert_array_equal(one["存量[数据]"], [wanted])
    failed = table["status"] == 2
    assert failed.any() and table.loc[failed, "log of drain"].isna().any()
    np.testing.assert_array_equal(draws["drain"], dataset["draw"].sel(uncertainty="drain"))


@pytest.mark.parametrize("name", ["failing", "summary"])
def test_statistics_as_parquet(stores, tmp_path, name):
    dataset, path = open_store(stores[name]), tmp_path / "some.parquet"
    export(dataset, path, quantiles=(0.05, 0.5), failed="drop")
    back, wanted = read_parquet(path), summarise(dataset, (0.05, 0.5), failed="drop")
    xr.testing.assert_identical(back.drop_vars("label_en"), wanted.load().drop_vars("label_en"))
    assert back["runs"].sel(scenario="s0", ended="left its domain") > 0
    assert refused(lambda: export(dataset, tmp_path / "no.parquet", quantiles=(0.5,)))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["some.parquet"]


def test_what_is_no_parquet_of_ours(stores, tmp_path, monkeypatch):
    (tmp_path / "a.parquet").write_bytes(b"PAR1 nothing")
    (tmp_path / "b.parquet").write_bytes(b"")
    import pandas as pd

    pd.DataFrame({"a": [1.0]}).to_parquet(tmp_path / "c.parquet")
    for name in "abcd":
        (problem,) = refused(lambda name=name: read_parquet(tmp_path / f"{name}.parquet"))
        assert "cannot be read" in problem.what
    ours = builtins.__import__

    def without(name, *arguments, **settings):
        if name.startswith("pyarrow"):
            raise ImportError("No module named 'pyarrow'")
        return ours(name, *arguments, **settings)

    monkeypatch.setattr(builtins, "__import__", without)
    (problem,) = refused(lambda: write_parquet(open_store(stores["sound"]), tmp_path / "e.parquet"))
    assert "throughflow[exchange]" in problem.cure and not (tmp_path / "e.parquet").exists()


def test_iamc_there_and_back(stores, tmp_path):
    dataset, path = open_store(stores["sound"]), tmp_path / "table.iamc.csv"
    levels = (0.025, 0.5, 0.95)
    assert write_iamc(dataset, path, region="China", groups={"存量": "people"}, quantiles=levels) == ()
    header = path.read_text(encoding="utf-8").splitlines()[0]
    assert header.split(",") == [*HEADER, *map(str, range(11))]
    table, wanted = read_iamc(path), summarise(dataset, levels)
    assert set(table["region"]) == {"China"} and set(table["model"]) == {"throughflow small"}
    assert set(table["variable"]) == {"People|存量|人才", "People|存量|数据", "log of drain"}
    assert set(table["statistic"]) == set(wanted["statistic"].values)
    assert set(table.loc[table["variable"] != "log of drain", "unit"]) == {"person"}
    assert len(table) == 2 * 3 * 7 * 11
    for row in table.itertuples():
        name, *element = row.variable.removeprefix("People|").split("|")
        found = wanted[name].sel(scenario=row.scenario, statistic=row.statistic, time=row.year)
        assert row.value == float(found.sel({"资源 type": element[0]}) if element else found)


def test_names_of_statistics():
    assert [iamc_statistic(name) for name in ("mean", "5 %", "97.5 %")] == ["Mean", "5.0th Percentile", "97.5th Percentile"]


def test_iamc_tells_of_times_and_failures(stores, tmp_path):
    dataset = open_store(stores["sound"])
    halved = dataset.assign_coords(time=dataset["time"] / 2)
    told = export(halved, tmp_path / "half.iamc.csv", region="China")
    assert told == ("5 stored times that are no whole years are left out",)
    assert set(read_iamc(tmp_path / "half.iamc.csv")["year"]) == set(range(6))
    problems = refused(
        lambda: write_iamc(dataset.assign_coords(time=dataset["time"] / 2 + 0.25), tmp_path / "n.csv", region="")
    )
    assert {problem.where for problem in problems} == {"region", "time"}
    assert (
        "left its domain" in refused(lambda: export(open_store(stores["failing"]), tmp_path / "f.iamc.csv", region="x"))[0].what
    )
    (problem,) = refused(lambda: write_iamc(dataset, tmp_path / "n.csv", region="x", groups={"存量": "a|b"}))
    assert problem.where == "a|b" and not (tmp_path / "n.csv").exists()


def test_a_table_of_others(tmp_path):
    path = tmp_path / "others.csv"
    path.write_text("MODEL,scenario,region,variable,unit,2020,2030,meta\nm,s,World,Primary Energy|Coal,EJ/yr,1,,x\n")
    table = read_iamc(path)
    assert table.values.tolist() == [["m", "s", "World", "Primary Energy|Coal", "", "EJ/yr", 2020, 1.0]]
    path.write_text("model,scenario,region,variable,unit,2020\nm,s,r,v,u,1\nm,s,r,v,u,2\nm,s,r,w,u,nan\nm,s,r\n")
    assert len(refused(lambda: read_iamc(path))) == 3
    for text, said in (
        ("a,b\n", "no column Model"),
        ("model,scenario,region,variable,unit\n", "no column is a year"),
        ("", "Model"),
    ):
        path.write_text(text)
        assert said in refused(lambda: read_iamc(path))[0].what
    assert "cannot be read" in refused(lambda: read_iamc(tmp_path / "none.csv"))[0].what


def test_salib_problem_of_a_design(stores, tmp_path):
    from SALib.util import scale_samples

    dataset = open_store(stores["sound"])
    problem = problem_of(dataset)
    assert problem["names"] == ["growth", "drain"] and problem["dists"] == ["unif", "lognorm"]
    places = np.array([[0.05, 0.05], [0.5, 0.5], [0.95, 0.95]])
    np.testing.assert_allclose(scale_samples(places.copy(), dict(problem))[:, 1], [0.025, 0.05, 0.1], rtol=1e-12)
    assert write_salib(dataset, tmp_path / "p.json") == tmp_path / "p.csv"
    assert json.loads((tmp_path / "p.json").read_text()) == problem
    samples = read_samples(tmp_path / "p.csv")
    np.testing.assert_array_equal(samples.values.T, sample(small(tmp_path, size=300, drawn=EVEN).design))


def test_bounds_that_are_no_distributions_say_so(stores):
    dataset = open_store(stores["skewed"])
    problem = problem_of(dataset)
    draws = dataset["draw"].transpose("uncertainty", "member").values
    assert "dists" not in problem and "not for drawing" in problem["throughflow"]["bounds"]
    np.testing.assert_array_equal(problem["bounds"], np.stack([draws.min(axis=1), draws.max(axis=1)], axis=1))


def test_salib_takes_what_is_written(stores, tmp_path):
    from SALib.analyze import delta

    dataset = open_store(stores["sound"])
    write_salib(dataset, tmp_path / "p.json")
    worlds = np.loadtxt(tmp_path / "p.csv", delimiter=",", skiprows=1)
    outcome = dataset["log of drain"].sel(scenario="s0").isel(time=-1).values
    found = delta.analyze(json.loads((tmp_path / "p.json").read_text()), worlds, outcome, num_resamples=2, seed=1)
    assert found["S1"][1] > 0.8 > 0.2 > found["S1"][0]


@pytest.mark.parametrize("form", ["csv", "headed.csv", "npy", "npz"])
def test_samples_of_salib_are_worlds(tmp_path, form):
    from SALib.sample import sobol

    problem = {"num_vars": 2, "names": ["growth", "drain"], "bounds": [[0.05, 0.2], [0.01, 0.1]]}
    values, matrix, out = sobol.sample(problem, 8, seed=1), tmp_path / f"x.{form}", tmp_path / "worlds.csv"
    if form == "npy":
        np.save(matrix, values)
    elif form == "npz":
        np.savez(matrix, X=values)
    else:
        np.savetxt(matrix, values, fmt="%.17g", delimiter=",", header="growth,drain" if "headed" in form else "", comments="")
    assert samples_of_salib(problem, matrix, out) == len(values)
    samples = read_samples(out)
    assert samples.header == ("growth", "drain") and not samples.problems
    np.testing.assert_array_equal(samples.values, values)
    ensemble = small(model_in(tmp_path), size=len(values), sampler="file", record=("total",))
    store = run_ensemble(replace(ensemble, design=replace(ensemble.design, samples=out)), tmp_path / "s.zarr").store
    np.testing.assert_array_equal(open_store(store)["draw"].transpose("member", "uncertainty").values, values)


def test_samples_that_are_none(tmp_path):
    good = {"num_vars": 2, "names": ["a", "b"]}
    out, matrix = tmp_path / "out.csv", tmp_path / "x.csv"

    def told(text, problem=None, path=matrix):
        if text is not None:
            path.write_text(text)
        return " ".join(each.what + each.why for each in refused(lambda: samples_of_salib(problem or good, path, out)))

    assert "numbers shaped (1, 3)" in told("1,2,3\n") and "numbers shaped (0," in told("a,b\n")
    assert "NaN or infinite draws of b" in told("1,nan\n") and "different lengths" in told("1,2\n1\n")
    assert "another order" in told("b,a\n1,2\n") and "could not convert" in told("x,y\n1,2\n")
    assert "num_vars 3, 2 names" in told("1,2\n", {"num_vars": 3, "names": ["a", "b"]})
    assert "a name stands twice" in told("1,2\n", {"names": ["a", "a"]}) and "no list of names" in told(
        "1,2\n", {"names": "ab"}
    )
    np.savez(tmp_path / "two.npz", a=np.ones((1, 2)), b=np.ones(2))
    np.save(tmp_path / "o.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    assert "2 arrays" in told(None, path=tmp_path / "two.npz") and "allow_pickle" in told(None, path=tmp_path / "o.npy")
    assert "ending '.txt'" in told("1,2\n", path=tmp_path / "x.txt")
    assert "cannot be read" in told("not a zip", path=tmp_path / "x.npz")
    assert not out.exists()
    (tmp_path / "p.json").write_text("{")
    assert "cannot be read" in refused(lambda: samples_of_salib(tmp_path / "p.json", matrix, out))[0].what


def verb(capsys, *arguments):
    code = main(["results", *map(str, arguments)])
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return code, captured.out, captured.err


def test_by_command(stores, tmp_path, capsys):
    code, out, _ = verb(capsys, stores["sound"], "--export", tmp_path / "a.parquet")
    assert code == 0 and "a.parquet: " in out and "a.draws.parquet: what the worlds drew" in out
    code, _, _ = verb(capsys, stores["sound"], "--export", tmp_path / "t.iamc.csv", "--region", "China", "--quantiles", "0.5")
    assert code == 0 and set(read_iamc(tmp_path / "t.iamc.csv")["statistic"]) >= {"mean", "50 %"}
    code, out, _ = verb(capsys, stores["sound"], "--export", tmp_path / "p.json")
    assert code == 0 and "p.csv: what the worlds drew" in out
    worlds = tmp_path / "w.csv"
    code, out, _ = verb(capsys, tmp_path / "p.json", "--samples", tmp_path / "p.csv", "--export", worlds)
    assert code == 0 and "300 worlds" in out and worlds.read_bytes() == (tmp_path / "p.csv").read_bytes()
    with worlds.open(encoding="utf-8") as stream:
        assert next(csv.reader(stream)) == ["growth", "drain"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{}", "--export", "t.iamc.csv"], ["no region", "--region China"]),
        (["{}", "--export", "t.csv", "--region", "China"], ["IAMC's columns alone"]),
        (["{}", "--export", "p.json", "--quantiles", "0.5"], ["a problem of SALib holds no results"]),
        (["{}", "--samples", "x.csv"], ["is no problem of SALib", "no --export OUT.csv"]),
        (["p.json", "--samples", "x.csv", "--export", "w.csv"], ["problem p.json"]),
    ],
)
def test_refusals_by_command(stores, tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    code, out, err = verb(capsys, *(argument.format(stores["sound"]) for argument in arguments))
    assert code == 2 and all(text in err for text in said) and out == "" and list(tmp_path.iterdir()) == []
