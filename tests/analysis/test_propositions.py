"""Propositions over worlds: failed worlds counted, numbers that are none refused or told, every world measured as if alone."""

from dataclasses import replace

import numpy as np
import pytest

from sim.analysis.propositions import failures, load, measured, table
from sim.analysis.propositions_courses import Courses, Measured, ratio
from sim.analysis.propositions_measures import PROPOSITIONS
from sim.errors import ThroughflowError
from sim.results.status import DIVERGED, DONE, REFINED

TIMES = np.arange(2010, 2040.1, 0.25)


def random_courses(worlds, seed=0):
    """Return positive courses of everything that propositions read."""
    random = np.random.default_rng(seed)
    values = {}
    for one in PROPOSITIONS:
        for scenario in one.scenarios:
            kept = values.setdefault(scenario, {})
            for name in one.names:
                if name not in kept:
                    kept[name] = random.uniform(0.05, 1, (TIMES.size, worlds)).astype(np.float32)
    return Courses(TIMES, values, {scenario: np.full(worlds, DONE) for scenario in values})


def one_world(courses, world):
    values = {key: {name: course[:, [world]] for name, course in found.items()} for key, found in courses.values.items()}
    return Courses(courses.times, values, {key: status[[world]] for key, status in courses.status.items()})


def failing(courses, scenario, worlds):
    """Return the courses with NaN where ``worlds`` failed in ``scenario``."""
    ended = courses.status[scenario].copy()
    ended[worlds] = DIVERGED
    values = {name: course.copy() for name, course in courses.values[scenario].items()}
    for course in values.values():
        course[40:, worlds] = np.nan
    return replace(courses, values=courses.values | {scenario: values}, status=courses.status | {scenario: ended})


def test_each_world_is_measured_as_if_alone():
    courses = random_courses(7)
    together = measured(courses)
    for world in range(7):
        for name, alone in measured(one_world(courses, world)).items():
            assert alone.holds[0] == together[name].holds[world], name
            assert alone.number == pytest.approx(together[name].number[[world]], nan_ok=True), name
            assert alone.text() == together[name].text(world), name


def test_every_proposition_can_hold_and_fail_in_random_worlds():
    found = measured(random_courses(4000))
    held = {name for name, one in found.items() if one.holds.any()}
    failed = {name for name, one in found.items() if not one.holds.all()}
    assert failed == {one.id for one in PROPOSITIONS}
    assert held >= {
        "P10",
        "P12",
        "P13b",
        "P16a",
        "P16b",
        "P17",
        "P18",
        "P19a",
        "P19b",
        "P20a",
        "P20b",
        "P21",
        "P23",
        "P24",
        "P28",
    }


def test_failed_worlds_are_left_out_where_they_matter_and_told():
    courses = random_courses(6)
    broken = failing(courses, "R2", [1, 4])
    whole, found = measured(courses), measured(broken)
    assert list(found["P21"].holds) == list(np.delete(whole["P21"].holds, [1, 4]))
    assert found["P14"].number == pytest.approx(np.delete(whole["P14"].number, [1, 4]), nan_ok=True)
    assert len(found["P22"].holds) == 6
    assert failures(broken) == ("2 of 6 worlds failed in scenario 'R2' and are missing from what compares it: 1, 4",)
    assert failures(courses) == ()


def test_worlds_done_with_a_finer_step_count():
    courses = random_courses(3)
    refined = replace(courses, status=courses.status | {"R2": np.full(3, REFINED)})
    assert len(measured(refined)["P21"].holds) == 3


def test_no_world_left_is_refused():
    with pytest.raises(ThroughflowError, match="proposition P14"):
        measured(failing(random_courses(2), "R3", [0, 1]))


def test_numbers_that_are_none_are_refused():
    courses = random_courses(2)
    courses.values["R2"]["administrative load"][3, 1] = np.nan
    with pytest.raises(ThroughflowError, match="administrative load in R2"):
        measured(courses)


def test_a_year_that_was_not_stored_is_refused():
    courses = random_courses(1)
    with pytest.raises(ThroughflowError, match="the year 2025.6"):
        courses.value("Practice[E2]", "base", 2025.6)


def test_a_ratio_to_no_gain_is_no_number():
    found = ratio(np.array([1.0, 1.0, 1.0]), np.array([2.0, 0.0, -1.0]))
    assert found[0] == 0.5 and np.isnan(found[1:]).all()


def test_table_tells_shares_quantiles_and_worlds_without_a_number():
    courses, design = random_courses(200), random_courses(1, seed=3)
    statements, found = load(), measured(courses)
    rows = table(courses, design, statements)
    assert rows["id"] == [one.id for one in PROPOSITIONS]
    at = rows["id"].index("P13c")
    number = found["P13c"].number
    assert rows["without_number"][at] == np.isnan(number).sum() > 0
    assert rows["q50"][at] == pytest.approx(np.nanmedian(number))
    assert rows["share"][at] == found["P13c"].holds.mean()
    assert rows["design"][at] == measured(design)["P13c"].text()
    assert rows["q05"][at] <= rows["q50"][at] <= rows["q95"][at]


def test_text_of_a_world():
    found = Measured(
        np.array([True, False]), np.zeros(2), (("{:+.1f} %", np.array([1.0, 2])), ("{:.0f} of {:.0f}", *np.eye(2)))
    )
    assert found.text() == "+1.0 %, 1 of 0"
    assert found.text(1) == "+2.0 %, 0 of 1"


def test_shipped_statements_are_whole():
    for one in load():
        assert all(getattr(one, name).strip() for name in vars(one)), one.id
        assert any("\u4e00" <= letter <= "\u9fff" for letter in one.statement_zh), one.id


@pytest.mark.parametrize(
    ("old", "new", "text"), [("P12,robust", "P12,sure", "class 'sure'"), ("P12,robust", "P99,robust", "differs in P12, P99")]
)
def test_damaged_statements_are_refused(tmp_path, old, new, text):
    from sim.resources import folder

    shipped = (folder("models") / "innovation_flows" / "propositions.csv").read_text(encoding="utf-8")
    (tmp_path / "propositions.csv").write_text(shipped.replace(old, new), encoding="utf-8")
    with pytest.raises(ThroughflowError, match=text):
        load(tmp_path)
