"""Packages, worlds and studies of one's own in YAML, and what such files may not hold."""

from pathlib import Path

import pytest

from sim.config.job import read_job
from sim.config.loader import make
from sim.errors import ThroughflowError


def write(root: Path, name: str, content: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return root


def refused(*overrides, folder):
    with pytest.raises(ThroughflowError) as caught:
        read_job(overrides, [folder])
    return caught.value.problems


def test_own_files_work_without_python(tmp_path):
    write(
        tmp_path,
        "package/mine.yaml",
        "label_en: Mine\nlabel_zh: 我的\nmeasures:\n  - R3_1\n  - {of: [R1_1, R1_3], start: 2029, intensity: 0.5}\n",
    )
    write(
        tmp_path,
        "world/geopolitics/storm.yaml",
        "# @package world\ndefaults: [baseline, _self_]\ntension_US: {points: [[2010, 0.1], [2030, 0.9]], scale: 1.1}\n",
    )
    write(tmp_path, "parameters/slow.yaml", "defaults: [design]\nrule_making_time: 3\n")
    write(
        tmp_path,
        "study/mine.yaml",
        "label: Mine\npackages: [mine, R1, {name: own, measures: [R7_1]}]\nbaseline: none\ntwin: false\nrecord: null\n",
    )
    job = read_job(["study=mine", "world/geopolitics=storm", "parameters=slow"], [tmp_path])
    found = {scenario.name: scenario for scenario in job.study.scenarios}
    assert list(found) == ["baseline", "mine", "R1", "own"] and job.study.twin is None
    assert found["mine"].label_zh == "我的" and found["own"].label_en == "own"
    assert found["mine"].parameters["start date[R1_3]"] == 2029.0
    assert found["mine"].parameters["intensity[R1_1]"] == 0.5
    assert found["baseline"].parameters["rule making time"] == 3.0
    assert found["baseline"].parameters["tension US table"][1] == (2030.0, 0.9)
    assert found["baseline"].parameters["tension scale[US]"] == 1.1
    assert job.output.folder.name.startswith("mine-")


def test_parameters_of_one_may_be_few(tmp_path):
    write(tmp_path, "parameters/few.yaml", "dilution: 0.3\nadoption_time: {rest: 3}\n")
    job = read_job(["parameters=few", "study=package", "package=R1"], [tmp_path])
    assert job.study.scenarios[0].parameters == {"dilution": 0.3, "adoption time[rest]": 3.0}


def test_problems_name_file_and_key(tmp_path):
    write(tmp_path, "study/mine.yaml", "lable: Mine\npackages: [bad]\ntwin: yes please\n")
    write(
        tmp_path,
        "package/bad.yaml",
        "label_en: Bad\nmeasures: [R3_9, {of: [R1_1], strat: 2030}, {of: [R2_1], start: 2072}, {of: [R2_2], start: .nan}]\n",
    )
    write(tmp_path, "parameters/off.yaml", "dilutoin: 0.3\ndilution: .inf\n")
    problems = refused("study=mine", "parameters=off", folder=tmp_path)
    told = {(Path(problem.where).name, problem.what.partition(":")[0].split(".")[-1]) for problem in problems}
    assert ("mine.yaml", "lable") in told and ("mine.yaml", "twin") in told
    assert ("off.yaml", "dilutoin") in told and ("off.yaml", "dilution") in told
    assert {name for name, _ in told} >= {"mine.yaml", "bad.yaml", "off.yaml"}
    text = " ".join(str(problem) for problem in problems)
    assert "did you mean 'label'" in text and "'R3_" in text and "'start'" in text and "2072" in text


def test_a_geopolitics_file_without_its_header_is_told_so(tmp_path):
    write(tmp_path, "world/geopolitics/flat.yaml", "tension_US: {points: [[2010, 0.1]], scale: 1}\n")
    problems = refused("world/geopolitics=flat", folder=tmp_path)
    assert any("# @package world" in problem.cure for problem in problems)


def test_references_to_other_values(tmp_path):
    write(
        tmp_path,
        "study/mine.yaml",
        "label: x\npackages: [{name: a, measures: [{of: [R1_1], start: '${horizon.save}'}]}]\ntwin: ${output.replace}\n",
    )
    problems = refused("study=mine", folder=tmp_path)
    assert "0.125" in " ".join(problem.what for problem in problems)


@pytest.mark.parametrize("bad", ["${nothing.there}", "${horizon}", "${study.label}"])
def test_references_that_lead_nowhere(bad, loader):
    with pytest.raises(ThroughflowError) as caught:
        read_job([f"study.label={bad}"], loader=loader)
    assert any(bad in problem.what for problem in caught.value.problems)


SECRET = "a-secret-of-the-environment"
HOSTILE = {
    "instantiate": "label: x\npackages: [R1]\nextra: {_target_: os.system, _args_: [id]}\n",
    "environment": "label: ${oc.env:THROUGHFLOW_SECRET}\npackages: [R1]\n",
    "decode": "label: ${oc.decode:'1'}\npackages: [R1]\n",
    "create": "label: ${oc.create:{}}\npackages: [R1]\n",
    "mixed": "label: 'x ${oc.env:THROUGHFLOW_SECRET}'\npackages: [R1]\n",
    "nested": "label: ${oc.env:${study.twin}}\npackages: [R1]\n",
    "defaults": "defaults: ['/package/${oc.env:THROUGHFLOW_SECRET}']\npackages: [R1]\n",
    "tag": "label: !!python/object/apply:os.system [id]\npackages: [R1]\n",
    "anchor": "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\npackages: [R1]\n",
    "hydra": "hydra: {searchpath: [/tmp]}\npackages: [R1]\n",
    "launcher": "defaults: [{override /hydra/launcher: basic}]\npackages: [R1]\n",
    "header": "# @package hydra.job\nenv_copy: [THROUGHFLOW_SECRET]\n",
    "outside": "defaults: [../../secret]\npackages: [R1]\n",
    "deep": "label: " + "[" * 500 + "]" * 500 + "\npackages: [R1]\n",
    "large": "label: x\n" + "# filling\n" * 40000,
    "broken": "label: [x\npackages: }\n",
    "list": "- R1\n- R2\n",
    "twice": "label: x\nlabel: y\npackages: [R1]\n",
}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    root = tmp_path_factory.mktemp("hostile")
    write(root, "secret.yaml", f"label: {SECRET}\n")
    for name, content in HOSTILE.items():
        write(root / "a" / "b", f"study/{name}.yaml", content)
    return make([root / "a" / "b"])


@pytest.mark.parametrize("name", HOSTILE)
def test_scenario_files_are_data(name, hostile, monkeypatch, capfd):
    monkeypatch.setenv("THROUGHFLOW_SECRET", SECRET)
    with pytest.raises(ThroughflowError) as caught:
        read_job([f"study={name}"], loader=hostile)
    told = str(caught.value)
    assert SECRET not in told and "uid=" not in told + capfd.readouterr().out
    assert name == "outside" or f"{name}.yaml" in told


def test_a_file_that_is_not_text_or_not_there(tmp_path):
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "mine.yaml").write_bytes(b"label: \xff\xfe\n")
    (problem, *_) = refused("study=mine", folder=tmp_path)
    assert "UTF-8" in problem.what
    (problem,) = refused("study=mine", folder=tmp_path / "nowhere")
    assert "no such folder" in problem.what


@pytest.mark.parametrize(
    "override",
    [
        "hydra.searchpath=[/tmp]",
        "+hydra.job.env_copy=[HOME]",
        "hydra/launcher=basic",
        "++hydra.run.dir=/",
        "study.label=${oc.env:HOME}",
        "study._target_=os.system",
        "+study.extra={_target_: os.system}",
        "study=${oc.env:HOME}",
        "study=../../etc/x",
        "package='../study/package'",
        "study.label=[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]",
        "study.label=" + "x" * 5000,
        "study.label=a\nb",
    ],
)
def test_overrides_are_data(override, loader):
    with pytest.raises(ThroughflowError) as caught:
        read_job([override], loader=loader)
    assert caught.value.problems


def test_a_shipped_file_is_not_shadowed(tmp_path):
    write(tmp_path, "package/R1.yaml", "label_en: Mine\nmeasures: [R7_1]\n")
    job = read_job(["study=package", "package=R1"], [tmp_path])
    assert "adopted[R1_1]" in job.study.scenarios[1].parameters
    assert any("R1.yaml" in warning and "never read" in warning for warning in job.warnings)
