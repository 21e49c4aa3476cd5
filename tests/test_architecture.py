"""The house keeps its shape: caps, one import direction, documented and typed definitions, few public names."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import sim

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(path for room in ("sim", "hydra_plugins", "benchmarks") for path in (ROOT / room).rglob("*.py"))
MOST_LINES, LONGEST_FUNCTION, MOST_POSITIONAL, MOST_NAMES = 400, 50, 3, 12


def functions(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_caps(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST_LINES
    tree = ast.parse(text)
    for function in functions(tree):
        where = f"{path.name}:{function.lineno} {function.name}"
        assert function.end_lineno - function.lineno < LONGEST_FUNCTION, where
        positional = [a for a in function.args.posonlyargs + function.args.args if a.arg not in ("self", "cls")]
        required = len(positional)
        assert required <= MOST_POSITIONAL or function.name.startswith("_"), where


def test_module_level_holds_no_mutable_state():
    for path in FILES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.List | ast.Set):
                names = [target.id for target in getattr(node, "targets", [getattr(node, "target", None)])]
                assert names == ["__all__"], f"{path.name}:{node.lineno} {names}"


def test_import_contract():
    run = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as m; m()", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("check", [("check",), ("format", "--check")], ids=" ".join)
def test_style_types_docstrings_and_layout(check):
    folders = ("sim", "tests", "hydra_plugins", "benchmarks", "examples")
    run = subprocess.run([sys.executable, "-m", "ruff", *check, *folders], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def test_few_public_names():
    assert len(sim.__all__) <= MOST_NAMES
    assert all(hasattr(sim, name) for name in sim.__all__)


def test_picture_names_every_room():
    rooms = {
        path.name.removesuffix(".py")
        for path in (ROOT / "sim").iterdir()
        if not path.name.startswith("_") and (path.is_dir() or path.suffix == ".py")
    }
    assert all(f"sim.{room}" in sim.__doc__ for room in rooms), rooms


def test_no_flagship_names_left_of_the_waist():
    names = [name for name in sim.read(ROOT / "models/innovation_flows/innovation_flows.mdl").variables if " " in name]
    for path in FILES:
        if {"model", "engine"} & set(path.parts):
            text = path.read_text(encoding="utf-8")
            found = [name for name in names if f'"{name}"' in text or f"'{name}'" in text]
            assert found == [], f"{path}: {found}"
