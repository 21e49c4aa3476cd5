"""The folder of results: whole or not at all, and never at the cost of anything else."""

import json
import os

import pytest

from sim.cli.folder import check, staged
from sim.errors import ThroughflowError

MINE, OTHER = "a" * 64, "b" * 64


def fill(folder, identity):
    (folder / "provenance.json").write_text(json.dumps({"experiment": identity}), encoding="utf-8")
    (folder / "results.nc").write_text(identity, encoding="utf-8")


def put(folder, identity=MINE, replace=False):
    with staged(folder, identity=identity, replace=replace) as staging:
        fill(staging, identity)


def tree(root):
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*"))


def test_it_appears_with_its_parents(tmp_path):
    put(tmp_path / "a" / "b")
    assert tree(tmp_path) == ["a", "a/b", "a/b/provenance.json", "a/b/results.nc"]
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o755


def test_the_same_experiment_is_replaced_and_another_is_not(tmp_path):
    put(tmp_path / "a")
    (tmp_path / "a" / "warnings.txt").write_text("old", encoding="utf-8")
    put(tmp_path / "a")
    assert not (tmp_path / "a" / "warnings.txt").exists()
    with pytest.raises(ThroughflowError, match="output.replace=true"):
        put(tmp_path / "a", OTHER)
    assert (tmp_path / "a" / "results.nc").read_text(encoding="utf-8") == MINE
    put(tmp_path / "a", OTHER, replace=True)
    assert (tmp_path / "a" / "results.nc").read_text(encoding="utf-8") == OTHER
    assert tree(tmp_path) == ["a", "a/provenance.json", "a/results.nc"]


@pytest.mark.parametrize("error", [ThroughflowError, KeyboardInterrupt, OSError, RuntimeError])
def test_a_failure_leaves_everything_as_it_was(tmp_path, error):
    put(tmp_path / "a")
    before = tree(tmp_path)
    for folder in (tmp_path / "a", tmp_path / "new" / "deep" / "er"):
        with pytest.raises((ThroughflowError, error)), staged(folder, identity=MINE, replace=True) as staging:
            (staging / "results.nc").write_text("half", encoding="utf-8")
            raise error(()) if error is ThroughflowError else error
    assert tree(tmp_path) == before
    assert (tmp_path / "a" / "results.nc").read_text(encoding="utf-8") == MINE


@pytest.mark.parametrize("failing", [1, 2])
def test_a_rename_that_fails_leaves_the_earlier_results(tmp_path, monkeypatch, failing):
    put(tmp_path / "a")
    real, calls = os.replace, []

    def replace(source, target):
        calls.append(target)
        if len(calls) == failing:
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(ThroughflowError, match="No space left"):
        put(tmp_path / "a")
    assert tree(tmp_path) == ["a", "a/provenance.json", "a/results.nc"]


def test_other_peoples_files_are_safe(tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.docx").write_text("years of work", encoding="utf-8")
    for replace in (False, True):
        with pytest.raises(ThroughflowError, match="thesis.docx"):
            put(tmp_path / "home", replace=replace)
    assert tree(tmp_path) == ["home", "home/thesis.docx"]


def test_places_that_cannot_be_replaced(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "target").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "target")
    monkeypatch.chdir(tmp_path / "target")
    for folder in (tmp_path / "file", tmp_path / "link", tmp_path / "target", tmp_path, tmp_path / "file" / "below"):
        with pytest.raises(ThroughflowError):
            put(folder, replace=True)
    assert tree(tmp_path) == ["file", "link", "target"]


def test_results_without_an_identity_need_the_word_replace(tmp_path):
    (tmp_path / "a").mkdir()
    check(tmp_path / "a", identity=MINE, replace=False)
    (tmp_path / "a" / "results.nc").write_text("", encoding="utf-8")
    for content in (None, "[]", "{", "{}"):
        if content is not None:
            (tmp_path / "a" / "provenance.json").write_text(content, encoding="utf-8")
        with pytest.raises(ThroughflowError, match="another experiment"):
            check(tmp_path / "a", identity=MINE, replace=False)
    check(tmp_path / "a", identity=MINE, replace=True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_one_may_not_write_to(tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(ThroughflowError, match="cannot be written"):
        put(tmp_path / "locked" / "a")
