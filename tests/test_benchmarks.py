"""The benchmarks run, and what they compare is the same computation."""

import json
import os
import resource
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import sim
from benchmarks import cases, engines, generate, peak, report, scalar_c, session
from sim.engine import nodes
from sim.model.expressions import Apply, TableCall, walk

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def generic(tmp_path_factory):
    return cases.generic(tmp_path_factory.mktemp("generic"))


def functions_of(model):
    sides = [
        equation.value
        for variable in model.variables.values()
        if variable.kind == "auxiliary"
        for equation in variable.equations
    ]
    return [part for side in sides for part in walk(side)]


def test_generator_is_deterministic(tmp_path):
    texts = [generate.write_model(tmp_path / f"{number}.mdl").read_bytes() for number in range(2)]
    assert texts[0] == texts[1]
    assert len(generate.model_text(2).splitlines()) > 1.9 * len(generate.model_text(1).splitlines())


def test_generated_model_is_what_it_says(generic):
    model = generic.model
    kinds = Counter(variable.kind for variable in model.variables.values())
    assert kinds == {"stock": 30, "auxiliary": 45 + 36, "constant": 24, "table": 9}
    parts = functions_of(model)
    used = Counter(part.function for part in parts if isinstance(part, Apply))
    assert (used["exp"], used["^"], used["sqrt"]) == (6, 12, 3)
    assert sum(isinstance(part, TableCall) for part in parts) == 9
    assert round((model.clock.stop - model.clock.start) / model.clock.step) == 400


def test_generated_model_is_tame(generic):
    """Levels stay within a factor of ten of where they begin, and every effect counts in some outcome."""
    run = sim.simulate(
        generic.model, method="rk4", record=[name for name in generic.model.variables if name.startswith("Level")]
    )
    for name, values in run.data_vars.items():
        assert float((values / values[0]).min()) > 0.1 and float((values / values[0]).max()) < 10, name
    assert len(cases.needed_only(generic.model, generic.record).variables) == len(generic.model.variables)


@pytest.mark.parametrize("case", ["generic", "flagship"])
def test_scalar_c_agrees_with_the_compiled_kernel(case, generic, tmp_path):
    if not scalar_c.compilers():
        pytest.skip("NO C COMPILER: scalar C was not compared with the compiled kernel")
    chosen = generic if case == "generic" else cases.flagship()
    program = scalar_c.build(chosen, tmp_path, compiler=scalar_c.compilers()[0], flags=("-O0",))  # compiles in a second
    ours = chosen.prepared(dtype="float64").run(chosen.draws(3), {})
    theirs = program.run(chosen.draws(3))
    assert ours.status.max() == 0
    size = np.abs(ours.values).max(axis=(1, 2), keepdims=True)
    assert float((np.abs(ours.values - theirs) / size).max()) < 1e-9
    assert not np.array_equal(theirs[:, :, 0], theirs[:, :, 1]), "members do not differ"


def test_scalar_c_knows_every_operation():
    assert set(nodes._OPERATIONS) | {"min", "max"} <= set(scalar_c._FORMS)


@pytest.mark.parametrize("maker", [engines.compiled_rk4, engines.simlin_reset, engines.numpy_text, engines.lsoda])
def test_engines_agree_with_ours(maker, generic, tmp_path):
    engine = maker(generic, engines.Setting(tmp_path, trusted=False))
    exact = generic.outcomes(engine.against, 2)
    found = engine.run(generic.draws(2))
    assert found.shape == exact.shape
    assert float((np.abs(found - exact).max(axis=(1, 2)) / np.abs(exact).max(axis=(1, 2))).max()) <= engine.allowed


def test_engine_that_disagrees_is_told(generic, tmp_path):
    row = session.Row("generic mid-size", "other", runs_per_second=1.0, deviation=0.5, agrees=False)
    ours = session.Row("generic mid-size", report.OURS, runs_per_second=2.0, agrees=True)
    text = report.plain(report.tables(report.Results({}, 1, [ours, row]))[-1])
    assert "5.0e-01 DISAGREES" in text


def test_engine_that_breaks_is_told(generic, tmp_path, monkeypatch):
    def broken(case, setting):
        raise OSError("no such thing")

    monkeypatch.setattr(session, "makers", lambda **_: {"compiled, Euler": engines.compiled_euler, "other": broken})
    plan = session.Plan(1, 0.01, slow=False, setting=engines.Setting(tmp_path, trusted=False))
    ours, other = session.rows([generic], plan, lambda _: None)
    assert ours.agrees and ours.runs_per_second > 0
    assert other.problem == "OSError: no such thing"


def test_others_files_are_not_run_by_pysd_unless_trusted(tmp_path):
    case = cases.other(generate.write_model(tmp_path / "given.mdl"))
    assert len(case.varied) == cases.VARIED and len(case.record) == cases.KEPT
    with pytest.raises(engines.Skipped, match="--trusted"):
        engines.pysd(case, engines.Setting(tmp_path, trusted=False))


def test_peak_is_that_of_a_processor():
    assert 1 < peak.peak(0.05) < 1000


def test_readme_is_renewed_between_its_marks(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n", encoding="utf-8")
    report.renew(report.Results({"processor": "some"}, 3), readme)
    text = readme.read_text(encoding="utf-8")
    assert text.startswith("before\n") and text.endswith("\nafter\n") and "old" not in text and "processor some" in text


def test_committed_results_are_those_of_the_readme():
    text = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    stored = [json.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "benchmarks" / "results").glob("*.json")]
    assert any(f"processor {found['environment']['processor']}" in text for found in stored)


@pytest.mark.slow
def test_quick_benchmark_takes_less_than_a_minute(tmp_path):
    """A minute of the processor: other tests run at the same time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick"],
        cwd=ROOT,
        env={**os.environ, "THROUGHFLOW_CACHE": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert ended.returncode == 0, ended.stderr
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 60
    for part in ("compiled, Euler", "simlin, reset", "NumPy, tuned", "How cost grows", "A new process", "of the peak"):
        assert part in ended.stdout, part
    assert "DISAGREES" not in ended.stdout
