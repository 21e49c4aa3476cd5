"""Every example runs as its reader would run it, tells something, and stays short."""

import re
import runpy
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.analysis.shapley import shapley

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
NEEDS = {
    "ema_discovery": "ema_workbench",
    "emcee_posterior": "emcee",
    "every_combination": "sim",
    "pymoo_pareto": "pymoo",
    "salib_indices": "SALib",
    "own_question": "sim",
    "scipy_search": "scipy",
}
"""Library each example is about."""

BY_PARTS = ("every_combination",)
"""Examples that a command asks for one part at a time."""

MOST_STATEMENTS = 30
"""Lines of an example that are neither blank, imports nor words."""


def test_each_is_about_a_library():
    assert [path.stem for path in EXAMPLES] == sorted(NEEDS)
    for path in EXAMPLES:
        assert re.search(rf"^(import|from) {NEEDS[path.stem]}\b", path.read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_the_page_names_each():
    page = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\]\((\w+)\.py\)", page)) == set(NEEDS)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_it_says_when_to_use_it_and_is_short(path):
    text = path.read_text(encoding="utf-8")
    assert text.startswith('"""When ')
    code = re.sub(r'"""(?s:.*?)"""', "", text)
    lines = [line for line in code.splitlines() if line.strip() and not re.match(r"\s*(#|import |from )", line)]
    assert len(lines) <= (10 if path.stem == "own_question" else MOST_STATEMENTS), len(lines)


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    (tmp_path / "models").symlink_to(ROOT / "models")
    monkeypatch.chdir(tmp_path)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("path", [path for path in EXAMPLES if path.stem not in BY_PARTS], ids=lambda path: path.stem)
def test_it_runs(path, checkout, capsys):
    runpy.run_path(str(path), run_name="__main__")
    told = capsys.readouterr().out
    assert re.search(r"\d", told) and not re.search(r"\b(nan|NaN|inf)\b", told), told


def test_parts_of_every_combination_add_up(checkout):
    example = runpy.run_path(str(ROOT / "examples" / "every_combination.py"))
    for part in ("0", "1"):
        example["main"]("run", part, "2", measures=3)
    game = np.concatenate([np.load(f"parts/{part}.npy") for part in (0, 1)])
    model = sim.read("models/innovation_flows/innovation_flows.mdl")
    adopted = {f"adopted[{name}]": (0, 1) for name in model.ranges["recommended measures"].elements[:3]}
    both = sim.evaluator(model, adopted, [example["OUTCOME"]], year=example["YEAR"], step=1 / 16)
    np.testing.assert_array_equal(game[[0, 5, 7]], both([[0, 0, 0], [1, 0, 1], [1, 1, 1]])[:, 0])
    assert sum(shapley(game)) == pytest.approx(game[7] - game[0])
