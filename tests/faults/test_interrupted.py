"""Whatever ends an ensemble in the middle, the same command goes on, and ends with the bytes of an undisturbed run."""

import os
import signal

import pytest

from sim.experiment.ensemble import run_ensemble
from sim.results import check_store, chunks, folding, open_store

from ..experiment.small import FAILING, model_in, small, tree
from .support import started, wait_for

RUNS = {"size": 10_000, "scenarios": 2}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return model_in(tmp_path_factory.mktemp("interrupted"))


@pytest.mark.parametrize("keep", ["series", "summary"])
def test_killed_twice(model, tmp_path, keep):
    """``kill -9`` from outside, wherever the process happens to be."""
    store, whole = tmp_path / "killed.zarr", tmp_path / "whole.zarr"
    done = []
    for runs in (3000, 9000):
        with started(model, store, keep=keep, pause=0.02, **RUNS) as process:
            done.append(wait_for(process, runs))
            process.send_signal(signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL
        assert open_store(store).sizes["member"] == 10_000 and check_store(store) == ()  # half done, and sound
    seen = []
    outcome = run_ensemble(small(model, keep=keep, **RUNS), store, progress=lambda *told: seen.append(told))
    assert seen[0][0] >= done[-1] >= 9000 and outcome.computed == 20_000 - seen[0][0], "what was finished was not kept"
    run_ensemble(small(model, keep=keep, **RUNS), whole)
    assert tree(store) == tree(whole)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["killed.zarr", "whole.zarr"], "something was left lying about"


@pytest.mark.parametrize("keep", ["series", "summary"])
def test_stopped_before_any_write(model, tmp_path, monkeypatch, keep):
    """The process ends before its n-th write, for every n: nothing the order of writes could get wrong stays hidden."""
    asked = small(model, keep=keep, size=700, scenarios=2, drawn=FAILING, record=("log of drain",))
    monkeypatch.setattr(folding, "MOST_WAITING", 1)  # every block is folded on its own
    undisturbed = run_ensemble(asked, tmp_path / "whole.zarr")
    whole, write = tree(tmp_path / "whole.zarr"), chunks._write

    class Stopped(BaseException):
        pass

    for number in range(1000):
        store, left = tmp_path / f"{number}.zarr", [number]

        def failing(path, data, left=left):
            if not left[0]:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.with_name(path.name + chunks.PARTIAL).write_bytes(data[:-1])
                raise Stopped
            left[0] -= 1
            write(path, data)

        monkeypatch.setattr(chunks, "_write", failing)
        try:
            run_ensemble(asked, store)
            break
        except Stopped:
            pass
        finally:
            monkeypatch.setattr(chunks, "_write", write)
        assert run_ensemble(asked, store).counts == undisturbed.counts
        assert tree(store) == whole, number
    assert number >= 12


@pytest.fixture
def interruptible():
    """Ctrl-C raises KeyboardInterrupt, also where the tests were started in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_interrupt_says_how_to_go_on(model, tmp_path, interruptible):
    store = tmp_path / "a.zarr"

    def press(done, total):
        if done >= 512:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt, match=r"[1-9]\d* of 2000 runs are finished and kept in .*a.zarr; give the same"):
        run_ensemble(small(model), store, progress=press)
    kept = tree(store)
    outcome = run_ensemble(small(model), store)
    assert 0 < outcome.computed < 2000
    assert kept.items() <= tree(store).items(), "finished blocks were touched again"
    run_ensemble(small(model), tmp_path / "b.zarr")
    assert tree(store) == tree(tmp_path / "b.zarr")
