"""The page of all figures: every one that is there, by kind, in both languages; no page of others is lost."""

import re
import shutil
from pathlib import Path

import pytest

from sim.cli import main
from sim.errors import ThroughflowError
from sim.show import gallery, overview

FIGURES = Path(__file__).resolve().parents[2] / "figures"


@pytest.fixture
def copied(tmp_path):
    """Return a folder with what the page is made of, of all committed figures."""
    for found in FIGURES.glob("*/caption.*.md"):
        (tmp_path / found.parent.name).mkdir(exist_ok=True)
        shutil.copy(found, tmp_path / found.parent.name)
        (tmp_path / found.parent.name / "provenance.json").touch()
    return tmp_path


def test_the_committed_page_shows_every_committed_figure(copied, capsys):
    assert main(["draw", "--overview", str(copied)]) == 0
    names = {path.name for path in FIGURES.iterdir() if path.is_dir()}
    assert f"{len(names)} figures" in capsys.readouterr().out
    page = (copied / "README.md").read_text(encoding="utf-8")
    assert page == (FIGURES / "README.md").read_text(encoding="utf-8"), "make draw"
    assert {*re.findall(r"\]\((\w+)/\w+\.en\.png\)", page)} == names == {*gallery.names()}
    linked = re.findall(r"\]\(([^)]+)\)", page)
    assert all((FIGURES / target).is_file() for target in linked) and len(linked) >= 10 * len(names)
    assert not re.search(r"\[[^\]]*\[[^\]!]", page.replace("[![", "")), "no bracket inside a link"


def test_it_is_written_again(copied):
    first = overview.write(copied)
    assert overview.write(copied) == first


def test_a_page_of_others_is_kept(copied):
    (copied / "README.md").write_text("# Mine\n", encoding="utf-8")
    with pytest.raises(ThroughflowError, match="would be lost"):
        overview.write(copied)
    assert (copied / "README.md").read_text(encoding="utf-8") == "# Mine\n"


def test_without_figures_there_is_no_page(tmp_path):
    with pytest.raises(ThroughflowError, match="no figures there"):
        overview.write(tmp_path)
    assert list(tmp_path.iterdir()) == []
