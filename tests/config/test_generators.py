"""Families of packages that a study names by a rule, and the questions it asks of them."""

import pytest

from sim.config.job import read_job
from sim.errors import ThroughflowError

MEASURES = "[R1_1, R2_1, R3_1, R4_1]"


def scenarios(found):
    """Return the scenarios of a job by name."""
    return {scenario.name: scenario for scenario in found.study.scenarios}


def adopted(scenario):
    """Return the measures that a scenario adopts."""
    return {name for name, value in scenario.parameters.items() if name.startswith("adopted[") and value}


def test_permutations_are_chains_in_pairs_of_reverses(job):
    found = scenarios(job(["study=packages", f"study.packages.permutations={{of: {MEASURES}, count: 4, seed: 7}}"]))
    assert {f"p{order}.{size}" for order in range(4) for size in (1, 2, 3)} <= set(found)
    orders = []
    for order in range(4):
        sets = [adopted(found[f"p{order}.{size}"]) for size in (1, 2, 3)]
        assert [len(each) for each in sets] == [1, 2, 3] and sets[0] < sets[1] < sets[2]
        orders.append(sets)
    everything = {f"adopted[{name}]" for name in ("R1_1", "R2_1", "R3_1", "R4_1")}
    for order in (0, 2):
        for size in range(3):
            assert orders[order][size] == everything - orders[order + 1][2 - size]
    again = scenarios(job(["study=packages", f"study.packages.permutations={{of: {MEASURES}, count: 6, seed: 7}}"]))
    assert all(found[name].parameters == again[name].parameters for name in found), "more orders leave earlier ones as they are"
    other = scenarios(job(["study=packages", f"study.packages.permutations={{of: {MEASURES}, count: 4, seed: 8}}"]))
    assert any(found[name].parameters != other[name].parameters for name in found if name.startswith("p"))


def test_a_grid_is_every_start_at_every_intensity(tmp_path):
    (tmp_path / "study").mkdir()
    text = "packages:\n  grid: {package: R3, start: [2027, 2030], intensity: [0.5, 1.0]}\nbaseline: none\ntwin: false\n"
    (tmp_path / "study" / "mine.yaml").write_text(text)
    found = scenarios(read_job(["study=mine"], [tmp_path]))
    assert list(found) == ["baseline", "R3@2027x0.5", "R3@2027x1", "R3@2030x0.5", "R3@2030x1"]
    assert found["R3@2030x0.5"].parameters["start date[R3_1]"] == 2030.0
    assert found["R3@2030x0.5"].parameters["intensity[R3_1]"] == 0.5
    assert found["R3@2030x0.5"].label_en == "R3 Research data, 2030, 50 %"


def test_a_switch_keeps_the_first_package_and_adds_the_rest(tmp_path):
    (tmp_path / "study").mkdir()
    first, second = "{from: governance_only, to: all, years: [2029, 2031]}", "{from: opening_only, to: all, years: [2029]}"
    (tmp_path / "study" / "mine.yaml").write_text(f"packages:\n  switches: [{first}, {second}]\nbaseline: none\ntwin: false\n")
    found = scenarios(read_job(["study=mine"], [tmp_path]))
    names = ["governance_only", "all", "governance_only>all@2029", "governance_only>all@2031", "opening_only"]
    assert list(found) == ["baseline", *names, "opening_only>all@2029"]
    switched = found["governance_only>all@2029"].parameters
    assert switched["start date[R5_1]"] == 2029.0 and "start date[R3_1]" not in switched
    assert adopted(found["governance_only>all@2029"]) == adopted(found["all"])


@pytest.mark.parametrize(
    ("packages", "words"),
    [
        ("{permutations: {of: [R1_1, R9_9], count: 4}}", ("R9_9", "no measure")),
        ("{permutations: {of: [R1_1], count: 4}}", ("at least two",)),
        ("{permutations: {of: [R1_1, R2_1], count: 3}}", ("pairs", "even")),
        ("{grid: {package: R3, start: [2050]}}", ("outside the horizon",)),
        ("{grid: {package: R3, start: [2030, 2028]}}", ("rising",)),
        ("{grid: {package: R33, start: [2030]}}", ("no package called",)),
        ("{grid: {package: R3, start: [2030], intensity: [1.5]}}", ("out of range",)),
        ("{switches: {from: all, to: R3, years: [2030]}}", ("adopts", "not given up")),
        ("{combinations: [R1, R1]}", ("listed twice",)),
        ("{grid: {package: R3, start: [2030], intensity: [0.0, 1.0]}}", ("without strength",)),
        ("{permutations: [{of: [R1_1, R1_2], count: 2}, {of: [R3_1, R3_2], count: 2}]}", ("two packages called 'p0.1'",)),
        ("{listed: [{name: p0.1, measures: [R7_1]}], permutations: {of: [R1_1, R1_2], count: 2}}", ("'p0.1'",)),
        ("{combinations: []}", ("1 to 10",)),
        ("{permutation: {of: [R1_1, R2_1]}}", ("no such key",)),
    ],
)
def test_wrong_rules_are_refused_by_name(tmp_path, packages, words):
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "mine.yaml").write_text(f"packages: {packages}\nbaseline: none\ntwin: false\n")
    with pytest.raises(ThroughflowError) as refused:
        read_job(["study=mine"], [tmp_path])
    assert all(word in str(refused.value) for word in words), str(refused.value)


def test_what_a_rule_varies_is_set_nowhere_else(tmp_path):
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "mine.yaml").write_text("packages: {grid: {package: R3, start: [2028]}}\nbaseline: none\n")
    with pytest.raises(ThroughflowError, match=r"measures\.R3_1\.start"):
        read_job(["study=mine", "measures.R3_1.start=2030"], [tmp_path])


def test_questions_are_read_and_their_settings_checked(job):
    many = ["study=package", "package=R1", "ensemble=sobol", "ensemble.size=4", "ensemble.uncertainties=[dilution]"]
    found = job([*many, "study.questions.packages.years=[2035]"])
    assert found.questions["packages"] == {"years": [2035]}
    assert found.identity == job(many).identity, "questions are asked after the runs"
    for override, words in {
        "study.questions.package.years=[2035]": "did you mean 'packages'",
        "study.questions.packages.yers=[2035]": "did you mean 'years'",
        "study.questions.packages.years=soon": "of another kind",
        "study.questions.packages.years=[]": "an empty list",
    }.items():
        with pytest.raises(ThroughflowError, match=words):
            job([*many, override])
    for override, words in {"ensemble.keep=summary": "ensemble.keep", "ensemble=morris": "share their base points"}.items():
        with pytest.raises(ThroughflowError, match=words):
            job([*many, "study.questions.packages.years=[2035]", override])


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("study.questions.timing={}", "study.questions.timing"),
        ("study.questions.packages.outcomes=[co_papers]", "did you mean 'co papers'"),
        ("study.questions.packages.years=[2050]", "2050 not among the stored times"),
        ("study.questions.courses.packages=[R9]", "no such scenario"),
    ],
)
def test_what_the_scenarios_cannot_answer_is_refused_before_a_run(job, override, words):
    with pytest.raises(ThroughflowError, match=words):
        job(["study=package", "package=R1", "ensemble=sobol", "ensemble.size=4", "ensemble.uncertainties=[dilution]", override])


def test_questions_of_single_runs_are_told_to_be_unasked(job):
    assert not job(["study=timing"]).questions
    warned = job(["study=package", "package=R1", "study.questions.packages.years=[2035]"]).warnings
    assert any("ensemble=posterior" in text for text in warned)
