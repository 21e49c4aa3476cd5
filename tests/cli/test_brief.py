"""``throughflow brief``: its words, its refusals, its files."""

from pathlib import Path

import pytest

from sim.cli import main
from sim.cli.brief import read
from sim.errors import ThroughflowError


def test_words_are_read():
    asked = read(["package=R3", "from=a", "language=zh", "from=b", "output=c"])
    assert (asked.package, asked.languages, asked.output) == ("R3", ("zh",), Path("c"))
    assert asked.folders == (Path("a"), Path("b"))
    assert read(["package=all"]).languages == ("en", "zh")


def test_everything_wrong_is_told_at_once():
    with pytest.raises(ThroughflowError) as refused:
        read(["packag=R3", "language=fr", "package=R1", "package=R2", "output="])
    told = [problem.what for problem in refused.value.problems]
    assert told == ["'packag=R3'", "'output='", "package= given 2 times", "language=fr"]
    assert "package" in refused.value.problems[0].cure


def test_no_package_is_refused(capsys):
    assert main(["brief", "language=en"]) == 2
    assert "no package" in capsys.readouterr().err


def test_a_folder_without_answers_is_refused(tmp_path, capsys):
    assert main(["brief", "package=R3", f"from={tmp_path}", f"output={tmp_path}"]) == 2
    assert "no answers there" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_help_names_every_setting(capsys):
    assert main(["brief", "--help"]) == 0
    told = capsys.readouterr().out
    assert all(f"{key}=" in told for key in ("package", "language", "from", "output"))
