"""``hydra/sweeper=ensemble`` in a Hydra program of one's own, found by Hydra as any plugin is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = """
import json
import hydra
from omegaconf import OmegaConf
from sim.config.ranges import read_ranges

@hydra.main(version_base="1.3", config_path="conf", config_name="config")
def program(config):
    plain = OmegaConf.to_container(config)
    print(json.dumps([plain["where"], plain["mode"], {key: str(found) for key, found in read_ranges(plain)}]))

program()
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    folder = tmp_path_factory.mktemp("program")
    (folder / "conf" / "where").mkdir(parents=True)
    for name in ("here", "there"):
        (folder / "conf" / "where" / f"{name}.yaml").write_text(f"name: {name}\n")
    (folder / "conf" / "config.yaml").write_text("defaults: [{where: here}, _self_]\nrate: 1.0\nyear: 2026\nmode: fast\n")
    (folder / "program.py").write_text(PROGRAM)

    def run(*arguments):
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "program.py", *arguments]
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)

    return run


def test_groups_and_texts_are_jobs_and_numbers_are_axes(program):
    ended = program(
        "-m", "hydra/sweeper=ensemble", "where=here,there", "mode=fast,slow", "rate=interval(0,1)", "year=range(2026,2031,2)"
    )
    assert ended.returncode == 0, ended.stderr
    jobs = [line for line in ended.stdout.splitlines() if line.startswith("[{")]
    inside = '{"rate": "interval(0.0,1.0)", "year": "choice(2026.0,2028.0,2030.0)"}'
    assert jobs == [f'[{{"name": "{where}"}}, "{mode}", {inside}]' for where in ("here", "there") for mode in ("fast", "slow")]


def test_a_sweep_without_values_is_refused(program):
    ended = program("-m", "hydra/sweeper=ensemble", "rate=range(1,0)")
    assert ended.returncode != 0 and "a sweep without values" in ended.stderr + ended.stdout


def test_hydras_own_sweeper_still_makes_a_job_of_each_number(program):
    ended = program("-m", "rate=1,2,3")
    assert ended.returncode == 0 and len([line for line in ended.stdout.splitlines() if line.startswith("[{")]) == 3
