"""An installed wheel works from any folder: models, configs and fonts travel inside it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.slow
def test_wheel_runs_a_study_from_an_empty_folder(tmp_path):
    def run(*arguments, folder=ROOT):
        ended = subprocess.run(arguments, cwd=folder, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    run(sys.executable, "-m", "build", "--wheel", "--outdir", str(tmp_path / "dist"))
    (wheel,) = (tmp_path / "dist").glob("throughflow-*.whl")
    run(sys.executable, "-m", "venv", str(tmp_path / "environment"))
    programs = tmp_path / "environment" / "bin"
    run(str(programs / "pip"), "install", "--quiet", "--constraint", str(ROOT / "constraints.txt"), str(wheel))
    empty = tmp_path / "empty"
    empty.mkdir()
    command = str(programs / "throughflow")
    assert run(command, "--version", folder=empty).startswith("throughflow ")
    run(
        command,
        "run",
        "study=package",
        "package=R1",
        "horizon.stop=2028",
        "output.folder=out",
        "figure.names=[accumulation]",
        folder=empty,
    )
    assert (empty / "out" / "results.nc").is_file()
    assert list((empty / "out" / "figures").rglob("*.zh.pdf"))
    run(command, "run", "study=package", "package=R1", "ensemble=sobol", "ensemble.size=8", "output.folder=many", folder=empty)
    assert "8" in run(command, "results", "many", folder=empty)
    told = run(
        str(programs / "python"),
        "-c",
        "from hydra_plugins.throughflow import ensemble_sweeper as m; print(m.__name__)",
        folder=empty,
    )
    assert "ensemble_sweeper" in told
    top = {
        path.name
        for path in (programs.parent / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages").iterdir()
    }
    assert not top & {"models", "configs", "figures", "tests", "benchmarks"}
