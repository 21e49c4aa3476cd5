"""The figures in the repository are those that the repository draws: same tables, same captions."""

import csv
import math
import subprocess
import sys
from pathlib import Path

import pytest

from sim.show import gallery
from sim.show.registry import STUDY

ROOT = Path(__file__).resolve().parent.parent
COMMITTED = ROOT / "figures"


def cells(path):
    """Return the cells of a CSV file, numbers as numbers."""
    with path.open(encoding="utf-8", newline="") as stream:
        return [[number(cell) for cell in row] for row in csv.reader(stream)]


def number(cell):
    try:
        return float(cell)
    except ValueError:
        return cell


def alike(left, right):
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-4, abs_tol=1e-9)
    return left == right


@pytest.mark.slow
def test_a_fresh_run_draws_what_is_committed(tmp_path):
    command = ["run", "study=recommendations", f"output.folder={tmp_path / 'results'}", f"figure.folder={tmp_path / 'figures'}"]
    ended = subprocess.run([sys.executable, "-m", "sim.cli", *command], cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    names = sorted(set(gallery.names(kind=STUDY)))
    assert {path.name for path in COMMITTED.iterdir() if path.is_dir()} == {*gallery.names()}
    assert names == sorted(path.name for path in (tmp_path / "figures").iterdir())
    for name in names:
        mine, theirs = cells(COMMITTED / name / f"{name}.csv"), cells(tmp_path / "figures" / name / f"{name}.csv")
        assert len(mine) == len(theirs), name
        for left, right in zip(mine, theirs, strict=True):
            assert all(map(alike, left, right)), (name, left, right)
        for language in ("en", "zh"):
            caption = f"caption.{language}.md"
            assert (COMMITTED / name / caption).read_text(encoding="utf-8") == (
                tmp_path / "figures" / name / caption
            ).read_text(encoding="utf-8")
