"""The README runs: every block of it, as a reader would type it."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL)
COMMANDS = [line for language, text in BLOCKS if language == "sh" for line in text.splitlines() if line.strip()]
PROGRAMS = [text for language, text in BLOCKS if language == "python"]
BY_OTHERS = ("python3.11 -m venv", ".venv/bin/")
"""Lines that set up an environment: `tests/test_wheel.py` does what they do."""

MAKERS = {match[1]: line for line in COMMANDS if (match := re.search(r"output\.folder=(\w+)", line))}
"""Commands that make a folder which later ones and programs read."""

SLURM = {"sbatch": "#!/bin/sh\necho Submitted batch job 7\n", "scancel": "#!/bin/sh\n"}
"""Stand-ins for Slurm, which cannot be had here: jobs are taken and never begin."""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A folder that looks like the repository to a reader, where commands may write."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("models", "configs", "Makefile"):
        (folder / name).symlink_to(ROOT / name)
    commands = SLURM | {"throughflow": f'#!/bin/sh\nexec {sys.executable} -m sim.cli "$@"\n'}
    (folder / "bin").mkdir()
    for name, text in commands.items():
        (folder / "bin" / name).write_text(text)
        (folder / "bin" / name).chmod(0o755)
    return folder


def run(arguments, folder):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(arguments, cwd=folder, env=environment, capture_output=True, text=True)


def typed(line, folder):
    """Run a command of the README, after those that make what it reads if they have not run here."""
    prepared(line, folder)
    return run([sys.executable, "-m", "sim.cli", *shlex.split(line)[1:]], folder)


def prepared(text, folder):
    for name, line in MAKERS.items():
        if line != text and re.search(rf"\b{name}\b", text) and not (folder / name).exists():
            assert typed(line, folder).returncode == 0


def test_every_block_is_known():
    assert {language for language, _ in BLOCKS} == {"sh", "python"}
    known = ("make ", "throughflow ", *BY_OTHERS)
    assert all(line.startswith(known) for line in COMMANDS), COMMANDS


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.startswith("make ")])
def test_make_targets_exist(line, checkout):
    for name in ("pyproject.toml", "constraints.txt"):
        if not (checkout / name).exists():
            (checkout / name).symlink_to(ROOT / name)
    ended = run([*shlex.split(line), "--dry-run"], checkout)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.startswith("throughflow ")])
def test_commands_run(line, checkout):
    ended = typed(line, checkout)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout


@pytest.mark.parametrize("program", PROGRAMS, ids=range(len(PROGRAMS)))
def test_programs_run(program, checkout):
    prepared(program, checkout)
    ended = run([sys.executable, "-c", program], checkout)
    assert ended.returncode == 0, ended.stderr


def test_files_it_points_to_exist():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    linked = [target for target in re.findall(r"\]\(([^)#]+)\)", text) if not target.startswith("http")]
    assert all((ROOT / target).exists() for target in linked), linked
