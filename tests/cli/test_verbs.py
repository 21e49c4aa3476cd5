"""The command line: help, exit codes, reports instead of tracebacks, completion."""

import os
import subprocess
import sys

import pytest
import yaml

from sim.cli import VERBS, main
from sim.cli.completion import choices

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def throughflow(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "sim.cli", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=120,
    )


def test_help_and_version(capsys):
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(verb in out for verb in VERBS)
    assert main(["--version"]) == 0 and "throughflow" in capsys.readouterr().out
    assert main([]) == 2


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb, capsys):
    try:
        assert main([verb, "--help"]) == 0
    except SystemExit as exit_:
        assert exit_.code == 0
    assert f"usage: throughflow {verb}" in capsys.readouterr().out


def test_run_help_lists_groups_and_own_ones(capsys, tmp_path):
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "mine.yaml").write_text("measures: []\n", encoding="utf-8")
    assert main(["run", "--help", "--config-dir", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "governance_first" in out and "mine" in out and "world/geopolitics" in out


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from sim.cli import main; main(['--help']); main(['run', '--help']); "
        "print(sorted({'numpy', 'hydra', 'xarray', 'matplotlib', 'pysd', 'scipy'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"


def test_refusing_imports_neither_numbers_nor_drawing():
    code = (
        "import sys; from sim.cli import main; main(['run', 'horizon.stop=nan']); "
        "print(sorted({'numpy', 'xarray', 'matplotlib', 'pysd', 'scipy'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["rnu"], "'run'"),
        (["run", "--multirn"], "'--multirun'"),
        (["run", "horizon.stop=nan"], "not a finite number"),
        (["run", "--cfg", "hydra"], "invalid choice"),
        (["run", "--package", "x"], "--cfg job"),
        (["run", "--cfg", "job", "mesures.R1_1.start=2"], "'measures'"),
        (["run", "figure.names=[levls]"], "'levels'"),
        (["run", "--workers", "many"], "invalid int"),
        (["run", "--workers", "-2"], "at least one process"),
        (["run", "figure.names=[levls]", "horizon.stop=nan"], "problem 2 of 2"),
        (["run", "--config-dir", "/nowhere"], "no such folder"),
        (["run", "--dry-run", f"figure.folder={__file__}/x", f"output.folder={ROOT}/sim"], "problem 2 of 2"),
        (["run", "-m", "horizon.stop=2030,2031", f"output.folder={__file__}/x"], "problem 2 of 2"),
        (["run", "-m", "horizon.stop=2030,nan", "output.folder=x"], "not a finite number"),
        (["run", "-m", "figure=none,all"], "same experiment"),
        (["completion", "fish"], "invalid choice"),
        (["-sc", "install=fish"], "bash"),
        (["check", "nothing.mdl"], "no such file"),
        (["draw", "nothing"], "no results"),
        (["run", "--cfg", "job", "-p", "measures.R9"], "no 'R9'"),
    ],
)
def test_refusals(arguments, said, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert said in captured.err and "cure" in captured.err and "Traceback" not in captured.err
    assert captured.out == "" and list(tmp_path.iterdir()) == []


def test_exit_code_and_stream_of_a_refusal():
    run = throughflow("run", "studdy=x", "horizon.stop=nan")
    assert run.returncode == 2 and run.stdout == ""
    assert "problem 2 of 2" in run.stderr and "Traceback" not in run.stderr


def test_cfg_job_prints_yaml(capsys):
    assert main(["run", "--cfg", "job", "measures.R3_1.start=2028", "study=package"]) == 0
    config = yaml.safe_load(capsys.readouterr().out)
    assert config["measures"]["R3_1"]["start"] == 2028 and config["study"]["packages"] == ["selected"]
    assert "hydra" not in config
    assert main(["run", "--cfg", "job", "--package", "horizon.stop"]) == 0
    assert capsys.readouterr().out == "2040.0\n"


def test_info(capsys):
    assert main(["run", "--info", "defaults", "world/geopolitics=thaw"]) == 0
    out = capsys.readouterr().out
    assert "thaw" in out and "design.yaml" in out
    assert main(["run", "--info", "searchpath"]) == 0 and "configs" in capsys.readouterr().out


def test_dry_run_lists_scenarios_of_every_job(capsys):
    assert (
        main(["run", "--dry-run", "-m", "study=package", "package=R1,R2", "measures.R7_1.start=2030", "output.folder=there"])
        == 0
    )
    captured = capsys.readouterr()
    assert captured.out.count("study package") == 2 and captured.out.count("into there/package-") == 2
    assert captured.err.count("measures.R7_1.start is not used") == 2


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("throughflow ", set(VERBS)),
        ("throughflow ru", {"run"}),
        ("throughflow completion ", {"bash"}),
        ("throughflow run study=", {"study=recommendations", "study=package"}),
        ("throughflow run package=R2", {"package=R2", "package=R2_R7"}),
        ("throughflow run study=package horizon.s", {"horizon.start=", "horizon.stop=", "horizon.save="}),
        ("throughflow run measures.R3_1.scale", {"measures.R3_1.scale_up_delay="}),
        ("throughflow run --mul", {"--multirun"}),
        ("throughflow run world/", {"world/geopolitics=", "world/pandemic="}),
        ("throughflow simulate --met", {"--method"}),
    ],
)
def test_completion(line, expected):
    assert expected <= set(choices(line))
    assert all(choice.startswith(line.split(" ")[-1]) for choice in choices(line))


@pytest.mark.parametrize(
    "line",
    [
        "",
        "throughflow x",
        "throughflow run ((=",
        "throughflow run hydra.",
        "throughflow run --config-dir /nowhere package=",
        "throughflow simulate mod",
    ],
)
def test_completion_never_fails(line):
    assert not any("hydra" in choice for choice in choices(line))


def test_completion_in_bash():
    run = subprocess.run(
        [
            "bash",
            "-c",
            "throughflow() { " + f"{sys.executable} -m sim.cli" + ' "$@"; }\n'
            'eval "$(throughflow completion bash)"\n'
            "COMP_WORDS=(throughflow run study=rec) COMP_CWORD=2 COMP_LINE='throughflow run study=rec'\n"
            'COMP_POINT=${#COMP_LINE}; _throughflow_complete; echo "${COMPREPLY[@]}"',
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.stdout.strip() == "study=recommendations", run.stderr
