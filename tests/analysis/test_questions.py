"""What stands against a question comes to light before anything runs: told of a store's outline as of the store itself."""

import numpy as np
import pytest

from sim.analysis.advice.questions import answer, questions, scenario_problems, setting_problems
from sim.errors import ThroughflowError

from .invented import adopting, store

MEMBERS = 24
WAYS = {"R1": adopting("R1_1", start=2027.0), "R2": adopting("R2_1", start=2028.0), "R3": adopting("R3_1", start=2027.0)}


@pytest.fixture(scope="module")
def found():
    """Return a store of three packages without their unions."""
    luck = np.linspace(0.5, 1.5, MEMBERS)
    grown = np.array([0.0, 1.0, 2.0, 3.0])[:, None, None] * luck
    names = ("co papers", "Stringency", "extra fiscal cost", "cumulative extra cost")
    return store({"baseline": {}, **WAYS}, dict.fromkeys(names, 1.0 + grown))


def outlined(dataset):
    """Return ``dataset`` without its numbers."""
    bare = dataset.drop_vars([name for name in dataset.data_vars if dataset[name].dims != ("scenario", "time", "member")])
    return bare.map(lambda values: values.isel(scenario=0, time=0, member=0, drop=True) * np.nan).assign_coords(
        scenario=dataset["scenario"], time=dataset["time"]
    )


REFUSED = {
    "attribution": {},
    "ordering": {"players": ["R9"]},
    "shifting": {"scenarios": ["R9"]},
    "measures": {},
    "timing": {},
    "sequence": {},
    "pathways": {},
    "packages": {"pairs": [["R1", "R9"]]},
    "courses": {"packages": ["R9"]},
    "robustness": {"packages": ["R9"]},
    "tradeoffs": {"packages": ["R9"], "criteria": ["co papers", "Stringency"]},
    "information": {"packages": ["R9"]},
    "discovery": {"package": "R9"},
    "drivers": {"packages": ["R9"]},
}


def test_every_question_is_among_them_but_those_of_sets():
    assert {*REFUSED} == {*questions()} - {"screening", "sensitivity"}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_answer_refuses_the_outline_refuses(found, name):
    asked = {name: REFUSED[name]}
    told = scenario_problems(outlined(found), asked, "questions")
    assert told and all(problem.where.startswith(f"questions.{name}: ") for problem in told)
    if name != "shifting":  # its inputs are not in this store
        with pytest.raises(ThroughflowError) as refused:
            answer(found, asked)
        whats = [problem.what for problem in refused.value.problems]
        assert any(problem.what in whats for problem in told), (told, whats)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"packages": {"outcomes": ["co_papers"]}}, "did you mean 'co papers'"),
        ({"courses": {"outcomes": ["Talent total"]}}, "made of what the store recorded"),
        ({"packages": {"years": [2050]}}, "2050 not among the stored times"),
        ({"robustness": {"year": 2050}}, "2050 not among the stored times"),
        ({"robustness": {"thresholds": [["nonsense", ">=", 1, "gain"]]}}, "no outcome 'nonsense'"),
        ({"robustness": {"thresholds": [["co papers", "over", 1, "gain"]]}}, "thresholds"),
        ({"discovery": {"cases": [["co papers", "<"]]}}, "cases"),
    ],
)
def test_outcomes_and_years(found, asked, words):
    told = scenario_problems(outlined(found), asked, "questions")
    assert any(words in str(problem) for problem in told)


def test_what_can_be_answered_is_not_refused(found):
    asked = {"packages": {"years": [2035], "outcomes": ["peak of co papers"], "pairs": [["R1", "R2"]]}, "courses": {}}
    assert scenario_problems(outlined(found), asked, "questions") == []
    assert "packages.q50" in answer(found, asked)


JUNK = (
    *([], [[]], ["R1"], [["R1"]], [["R1", "R2"]], {}, {"a": 1}, "x", 3, -1.5, True, [1e9]),
    *([["co papers", ">=", "x", "gain"]], [["co papers", ">=", 1]], [[1, 2, 3, 4]], [[None, "below", 1, "level"]]),
    *([["co papers", "above", 1, "nonsense"]], ["co papers", "over"]),
)


@pytest.mark.parametrize("name", questions())
def test_settings_of_any_form_are_told_of_and_never_break(found, name):
    tried = [{name: {key: value}} for key in questions()[name].settings for value in JUNK]
    told = [setting_problems(asked) or scenario_problems(outlined(found), asked, "questions") for asked in tried]
    assert sum(map(bool, told)) > len(tried) / 2
