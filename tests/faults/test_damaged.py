"""Damage is found by checksum, told, and mended by the same command; what is of another kind is refused."""

import json
import random
import shutil

import pytest

from sim.experiment.ensemble import run_ensemble
from sim.results import check_store, export, open_store, summarise

from ..experiment.small import DRAWN, model_in, small, tree
from ..model.support import refused
from .support import started, wait_for


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return model_in(tmp_path_factory.mktemp("damaged"))


@pytest.fixture(scope="module")
def made(model, tmp_path_factory):
    """Return stores that were not disturbed, by what they keep."""
    folder = tmp_path_factory.mktemp("made")
    return {keep: run_ensemble(small(model, keep=keep), folder / f"{keep}.zarr").store for keep in ("series", "summary")}


def flipped(path, seed=0):
    data = bytearray(path.read_bytes())
    place = random.Random(seed).randrange(8 * len(data))
    data[place // 8] ^= 1 << place % 8
    path.write_bytes(data)


def truncated(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path):
    path.write_bytes(b"")


def lost(path):
    path.unlink()


CHUNKS = {
    "series": ["total/c/1/0/2", "存量/c/0/0/0/3", "status/c/1/1", "draw/c/0/2", "label_zh/c/0", "member/c/0"],
    "summary": ["total/c/1/0/0", "存量/c/0/0/0/0", "status/c/1/1", "draw/c/0/2", "statistic/c/0"],
}


@pytest.mark.parametrize("damage", [flipped, truncated, emptied, lost])
@pytest.mark.parametrize(("keep", "chunk"), [(keep, chunk) for keep, chunks in CHUNKS.items() for chunk in chunks])
def test_damaged_chunk_is_told_and_mended(model, made, tmp_path, damage, keep, chunk):
    store = tmp_path / "a.zarr"
    shutil.copytree(made[keep], store)
    damage(store / chunk)
    damaged = check_store(store)
    if damage is lost and chunk.startswith("status"):
        assert damaged == ()  # then the block is not done: that is all a ledger can say
    else:
        assert damaged == (chunk,)
    outcome = run_ensemble(small(model, keep=keep), store)
    assert tree(store) == tree(made[keep])
    if damage is not lost:
        assert any("damaged" in report for report in outcome.reports), outcome.reports
    again = 1000 if keep == "summary" and "statistic" not in chunk and chunk[0] in "t存" else 256
    assert outcome.computed in (0, again, 232)


@pytest.mark.parametrize("seed", range(20))
def test_any_flipped_bit_is_found(made, tmp_path, seed):
    store = tmp_path / "a.zarr"
    shutil.copytree(made["series"], store)
    flipped(store / "total/c/0/0/1", seed)
    assert check_store(store) == ("total/c/0/0/1",)
    assert all("damaged chunk" in problem.what for problem in refused(lambda: summarise(open_store(store))))


def test_lost_chunk_is_not_read_as_gaps(made, tmp_path):
    store = tmp_path / "a.zarr"
    shutil.copytree(made["series"], store)
    (store / "total/c/0/0/1").unlink()
    (problem,) = refused(lambda: summarise(open_store(store)))
    assert "a chunk is lost" in problem.why
    refused(lambda: export(open_store(store), tmp_path / "a.csv"))
    assert not (tmp_path / "a.csv").exists()


@pytest.mark.parametrize("damage", [truncated, emptied, lost])
def test_damaged_description_of_an_array(model, made, tmp_path, damage):
    store = tmp_path / "a.zarr"
    shutil.copytree(made["series"], store)
    damage(store / "total/zarr.json")
    if damage is not lost:
        assert check_store(store) == ("total/zarr.json",)
    outcome = run_ensemble(small(model), store)
    assert "damaged, written again: total/zarr.json" in outcome.reports and outcome.computed == 0
    assert tree(store) == tree(made["series"])


@pytest.mark.parametrize("damage", [truncated, emptied])
def test_damaged_description_of_the_store(model, made, tmp_path, damage):
    store = tmp_path / "a.zarr"
    shutil.copytree(made["series"], store)
    damage(store / "zarr.json")
    before = tree(store)
    for action in (lambda: run_ensemble(small(model), store), lambda: open_store(store), lambda: check_store(store)):
        (problem,) = refused(action)
        assert "cannot be read" in problem.what and "from a copy" in problem.cure
    assert tree(store) == before


def changed(store, **attributes):
    told = json.loads((store / "zarr.json").read_text(encoding="utf-8"))
    told["attributes"] |= attributes
    (store / "zarr.json").write_text(json.dumps(told), encoding="utf-8")


@pytest.mark.parametrize("version", [0, 2, "x"])
def test_store_of_another_version(model, made, tmp_path, version):
    store = tmp_path / "a.zarr"
    shutil.copytree(made["series"], store)
    changed(store, throughflow_store=version, versions='{"throughflow": "9.9"}')
    before = tree(store)
    for action in (lambda: run_ensemble(small(model), store), lambda: open_store(store), lambda: check_store(store)):
        (problem,) = refused(action)
        assert problem.what == f"a store of layout {version!r}" and "throughflow 9.9" in problem.cure
    assert tree(store) == before


def test_store_computed_by_another_engine(model, made, tmp_path):
    store = tmp_path / "a.zarr"
    shutil.copytree(made["series"], store)
    changed(store, engine="compiled")
    (problem,) = refused(lambda: run_ensemble(small(model), store))
    assert "computed with the compiled engine, this machine has the numpy one" in problem.what


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"size": 1001}, "design.size: 1000 in the store, 1001 asked"),
        ({"seed": 5}, "design.seed: 0 in the store, 5 asked"),
        ({"scenarios": 1}, "scenarios.s1.parameters.effect: 1.25 in the store, nothing asked"),
        ({"record": ("total",)}, 'record: ["存量", "total"] in the store, ["total"] asked'),
        ({"step": 0.25}, "step: 0.5 in the store, 0.25 asked"),
        ({"keep": "summary"}, 'keep: "series" in the store, "summary" asked'),
        ({"drawn": DRAWN[::-1]}, "order of what is listed"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_another_experiment_is_refused_by_its_differences(model, made, change, told):
    before = tree(made["series"])
    (problem,) = refused(lambda: run_ensemble(small(model, **change), made["series"]))
    assert told in problem.what and "give another folder" in problem.cure
    assert tree(made["series"]) == before


def test_what_is_not_a_store_is_left_alone(model, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "thesis.txt").write_text("years of work")
    (tmp_path / "file").write_text("")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "zarr.json").write_text('{"zarr_format": 3, "node_type": "group", "attributes": {}}')
    before = tree(tmp_path)
    for name in ("folder", "file", "other"):
        refused(lambda name=name: run_ensemble(small(model), tmp_path / name))
    assert tree(tmp_path) == before


def test_empty_folder_becomes_the_store(model, made, tmp_path):
    (tmp_path / "empty").mkdir()
    run_ensemble(small(model), tmp_path / "empty")
    assert tree(tmp_path / "empty") == tree(made["series"])


def test_two_processes_on_one_store(model, made, tmp_path):
    store = tmp_path / "a.zarr"
    with started(model, store, hold=256) as process:
        wait_for(process, 256)
        (problem,) = refused(lambda: run_ensemble(small(model), store))
        assert f"process {process.pid} on " in problem.what and "is writing it" in problem.what
    run_ensemble(small(model), store)
    assert tree(store) == tree(made["series"])
    assert [path.name for path in tmp_path.iterdir()] == ["a.zarr"]
