"""The cache: used when it is whole and ours, rebuilt when in doubt, never trusted, never needed."""

import json
import os
import shutil
from pathlib import Path

import pytest

import sim
from sim import cache
from sim.cache import cached
from sim.model import stored
from sim.resources import model_file

ROOT = Path(__file__).resolve().parent.parent
MODELS = [model_file("innovation_flows"), *sorted((ROOT / "tests" / "conformance").glob("*/*.mdl"))]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("THROUGHFLOW_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "kind"


class Maker:
    """Counts how often its content is made."""

    def __init__(self, content=b"content"):
        self.content, self.made = content, 0

    def __call__(self):
        self.made += 1
        return self.content


def entry(folder):
    (path,) = folder.iterdir()
    return path


def test_made_once(folder):
    make = Maker()
    assert [cached("kind", "key", make) for _ in range(3)] == [b"content"] * 3
    assert make.made == 1
    assert cached("kind", "another key", make) == b"content"
    assert make.made == 2
    assert folder.stat().st_mode & 0o777 == 0o700


def flipped(path):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def of_another_key(path):
    other = Maker(b"other")
    cached("kind", "another", other)
    (twin,) = [found for found in path.parent.iterdir() if found != path]
    twin.replace(path)


SPOILED = {
    "flipped bit": flipped,
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:-3]),
    "emptied": lambda path: path.write_bytes(b""),
    "of an older version": lambda path: path.write_bytes(path.read_bytes().replace(b"cache 1", b"cache 0")),
    "of another key": of_another_key,
    "others may write it": lambda path: path.chmod(0o666),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED.keys())
def test_a_spoiled_entry_is_made_again(folder, spoil):
    cached("kind", "key", Maker())
    spoil(entry(folder))
    again = Maker(b"made again")
    assert cached("kind", "key", again) == b"made again"
    assert cached("kind", "key", Maker(b"never")) == b"made again", "and mended"


def test_an_entry_of_somebody_else_is_not_used(folder, monkeypatch):
    cached("kind", "key", Maker())
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert cached("kind", "key", Maker(b"own")) == b"own"


def test_a_folder_that_others_may_write_is_not_used(folder):
    cached("kind", "key", Maker())
    folder.chmod(0o777)
    assert cached("kind", "key", Maker(b"own")) == b"own"
    assert entry(folder).read_bytes().endswith(b"content"), "nor written"


def test_a_link_in_place_of_an_entry_is_judged_by_what_it_points_at(folder, tmp_path):
    cached("kind", "key", Maker())
    path = entry(folder)
    elsewhere = tmp_path / "elsewhere"
    shutil.copy(path, elsewhere)
    elsewhere.chmod(0o666)
    path.unlink()
    path.symlink_to(elsewhere)
    assert cached("kind", "key", Maker(b"own")) == b"own"


@pytest.mark.parametrize("where", ["off", "/proc/nowhere"])
def test_no_cache_is_no_trouble(monkeypatch, where):
    monkeypatch.setenv("THROUGHFLOW_CACHE", where)
    make = Maker()
    assert cached("kind", "key", make) == cached("kind", "key", make) == b"content"
    assert make.made == 2


def test_what_cannot_be_made_is_not_kept(folder):
    def fail():
        raise ValueError("no")

    with pytest.raises(ValueError):
        cached("kind", "key", fail)
    assert not list(folder.iterdir())


def test_the_oldest_go_first(folder, monkeypatch):
    monkeypatch.setattr(cache, "MOST_ENTRIES", 3)
    for number in range(6):
        cached("kind", str(number), Maker())
        newest = max(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        os.utime(newest, (number, number))
    assert len(list(folder.iterdir())) == 3
    assert cached("kind", "5", late := Maker()) == b"content" and late.made == 0


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem if path.stem != "model" else path.parent.name)
def test_a_model_comes_back_as_it_was_read(path, folder):
    first, second = sim.read(path), sim.read(path)
    assert first == second
    lines = {name: variable.line for name, variable in first.variables.items()}
    assert lines == {name: variable.line for name, variable in second.variables.items()}
    assert len(list((folder.parent / "models").iterdir())) == 1


def test_a_model_that_comes_back_broken_is_read_again(folder, monkeypatch):
    path = MODELS[1]
    whole = sim.read(path)
    monkeypatch.setattr(stored, "cached", lambda kind, key, make: json.dumps({"name": "x"}).encode())
    assert sim.read(path) == whole


def test_a_changed_file_is_read_anew(folder, tmp_path):
    path = tmp_path / "m.mdl"
    path.write_text("{UTF-8}\nk = 1 ~~|\nINITIAL TIME = 0 ~~|\nFINAL TIME = 1 ~~|\nTIME STEP = 1 ~~|\nSAVEPER = 1 ~~|\n")
    before = sim.read(path)
    path.write_text(path.read_text().replace("k = 1", "k = 2"))
    assert sim.read(path) != before


def test_object_code_is_compiled_once(folder, monkeypatch):
    from sim.engine import native

    text = "define void @nothing(ptr %p) {\n  ret void\n}\n"
    native.built(text)
    monkeypatch.setattr(native, "compile_text", lambda text: pytest.fail("compiled again"))
    native.built(text)
