"""Questions of sensitivity, asked of stores whose values are known functions of what was drawn."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sim.analysis.advice.questions import answer, setting_problems
from sim.errors import ThroughflowError
from sim.experiment.design import identity, sample
from sim.experiment.uncertainty import Design, Uncertainty, set_length
from sim.results.status import TOO_COARSE
from sim.results.tables import table

from .invented import YEARS, adopting, store

NAMES = ("dilution", "permit_time", "tie_lifetime")
GROUPS = (("chain", ("dilution",)), ("others", ("permit_time", "tie_lifetime")))


def designed(sampler, sets, groups=()):
    drawn = tuple(Uncertainty(name, (name.replace("_", " "),), "uniform", 0.0, None, 1.0) for name in NAMES)
    return Design(drawn, sampler, sets * set_length(sampler, len(groups) or len(NAMES)), seed=3, groups=groups)


def invented(design, failed=()):
    """Return a store: co papers 100 + 10 a in the baseline; R1 adds b of a hundredth of it, and nothing to trips."""
    a, b, _ = drawn = sample(design)
    level = 100 + 10 * a
    values = {
        "co papers": np.stack([level, level * (1 + b / 100)])[:, None],
        "trips per year": np.stack([5 + a, (5 + a) * (1 + 1e-9 * b)])[:, None],
        "Talent total": np.full((2, 1, design.size), 7.0),
    }
    made = store({"baseline": {}, "R1": adopting("R1_1", start=2027)}, values, drawn=dict(zip(NAMES, drawn, strict=True)))
    made.attrs |= {"identity": json.dumps({"design": identity(design)}), "sampler": design.sampler}
    for member in failed:
        made["status"][1, member] = TOO_COARSE
        made["co papers"][1, :, member] = 1e6
    return made


def asked(dataset, name, **settings):
    made = answer(dataset, {name: {"outcomes": ["co papers", "trips per year", "Talent total"], **settings}})
    names = {str(key).partition(".")[0] for key in made.data_vars} - {"scenarios"}
    return {each: pd.DataFrame(table(made, each)) for each in names}


def rows(found, name, scenario="R1", outcome="co papers"):
    part = found[name]
    return part[(part["scenario"] == scenario) & (part["outcome"] == outcome)].set_index("uncertainty")


class TestScreening:
    def test_effects_are_those_of_half_a_distribution_with_their_sign(self):
        found = asked(invented(designed("morris", 8)), "screening")
        level, gain = rows(found, "screening", "baseline"), rows(found, "screening")
        np.testing.assert_allclose(level.loc[list(NAMES), "mu"], [5, 0, 0], atol=1e-9)
        np.testing.assert_allclose(gain.loc[list(NAMES), "mu_star"], [0, 0.5, 0], atol=1e-9)
        assert gain.index[0] == "permit_time" and gain["place"].tolist() == [1, 2, 3] and set(gain["units"]) == {"%"}
        assert gain.loc["permit_time", "constant"] == "permit time" and gain["year"].eq(YEARS[-1]).all()

    def test_outputs_that_do_not_vary_are_told_and_have_no_rows(self):
        found = asked(invented(designed("morris", 8)), "screening")
        outputs = found["screening_outputs"].set_index(["outcome", "scenario"])
        still = {key for key, value in outputs["constant"].items() if value}
        assert still == {("trips per year", "R1"), ("Talent total", "R1"), ("Talent total", "baseline")}
        assert not (set(zip(found["screening"]["outcome"], found["screening"]["scenario"], strict=True)) & still)

    def test_a_failed_run_takes_its_trajectory_with_it(self):
        whole, less = (invented(designed("morris", 8), failed) for failed in ((), (6,)))
        found = asked(less, "screening")
        assert set(found["screening_outputs"]["used"]) == {7} and set(found["screening_outputs"]["left_out"]) == {1}
        sizes = [rows(each, "screening")["mu_star"] for each in (found, asked(whole, "screening"))]
        np.testing.assert_allclose(*sizes, atol=1e-9)

    def test_groups_have_a_size_and_no_sign(self):
        found = rows(asked(invented(designed("morris", 8, GROUPS)), "screening"), "screening")
        assert found.index.tolist() == ["others", "chain"] and found["constant"].tolist() == ["", "dilution"]
        assert np.isnan(found.loc["others", "mu"]) and found.loc["others", "mu_star"] == pytest.approx(0.5)


class TestSensitivity:
    @pytest.mark.parametrize(("groups", "expected"), [((), [0, 1, 0]), (GROUPS, [0, 1])])
    def test_the_gain_is_due_to_what_makes_it(self, groups, expected):
        found = asked(invented(designed("saltelli", 64, groups)), "sensitivity")
        order = [name for name, _ in groups] or list(NAMES)
        level, gain = rows(found, "sensitivity", "baseline"), rows(found, "sensitivity")
        np.testing.assert_allclose(gain.loc[order, "total"], expected, atol=0.05)
        np.testing.assert_allclose(gain.loc[order, "first"], expected, atol=0.05)
        np.testing.assert_allclose(level.loc[order, "total"], [1, *[0] * (len(order) - 1)], atol=0.05)

    def test_absolute_gains_depend_on_the_level_too(self):
        found = asked(invented(designed("saltelli", 256)), "sensitivity", relative=False)
        gain = rows(found, "sensitivity")
        assert set(gain["units"]) == {"1"} and 0 < gain.loc["dilution", "total"] < 0.02
        outputs = found["sensitivity_outputs"].set_index(["outcome", "scenario"])
        assert outputs.loc[("co papers", "R1"), "alone"] == pytest.approx(1, abs=0.05)
        assert outputs.loc[("Talent total", "R1"), "constant"] and np.isnan(outputs.loc[("Talent total", "R1"), "alone"])

    def test_failed_runs_are_left_out_although_they_left_numbers_behind(self):
        whole, less = (asked(invented(designed("saltelli", 64), failed), "sensitivity") for failed in ((), (0, 7, 8)))
        assert set(less["sensitivity_outputs"]["left_out"]) == {2}
        np.testing.assert_allclose(rows(less, "sensitivity")["total"], rows(whole, "sensitivity")["total"], atol=0.05)

    def test_what_cannot_be_answered_is_refused(self):
        right = invented(designed("saltelli", 32))
        for question, told in (("screening", "ensemble=morris"), ("sensitivity", "ensemble=saltelli")):
            with pytest.raises(ThroughflowError, match=told):
                asked(invented(replace(designed("saltelli", 32), sampler="sobol")), question)
        with pytest.raises(ThroughflowError, match="nothing that is asked varies"):
            answer(right, {"sensitivity": {"outcomes": ["Talent total"]}})
        with pytest.raises(ThroughflowError, match="package 'R9'"):
            asked(right, "sensitivity", packages=["R9"])
        with pytest.raises(ThroughflowError, match="base points"):
            asked(invented(designed("saltelli", 32), range(0, 100, 5)), "sensitivity")
        assert setting_problems({"sensitivity": {"package": ["R1"]}})[0].where == "study.questions.sensitivity.package"


class TestDrivers:
    def test_the_driver_of_the_gain_is_named_with_its_sign(self):
        dataset = invented(replace(designed("saltelli", 1), sampler="sobol", size=256))
        found = asked(dataset, "drivers")
        named = rows(found, "drivers_named")
        assert named.index.tolist() == ["permit_time"] and named["rank"].iloc[0] > 0.95
        assert 0.9 < named["low"].iloc[0] <= named["share"].iloc[0] <= named["high"].iloc[0] < 1.05
        summary = found["drivers"].set_index("outcome")
        assert summary.loc["co papers", "above"] == 1 and 0 < summary.loc["co papers", "floor"] < 0.1
        assert summary.loc["Talent total", "constant"] and summary.loc["Talent total", "above"] == 0
        assert set(found["drivers"]["of"]) == {"gain"}

    def test_where_nothing_stands_out_nothing_is_named(self):
        dataset = invented(replace(designed("saltelli", 1), sampler="sobol", size=256))
        dataset["co papers"][1] = dataset["co papers"][0] + np.random.default_rng(5).random(256)
        assert set(asked(dataset, "drivers", outcomes=["co papers"])) == {"drivers"}
