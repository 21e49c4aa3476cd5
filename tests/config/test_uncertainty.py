"""What is uncertain: the rule for a row of the parameter table, and what the group ``uncertainty`` may say otherwise."""

import pytest

from sim import resources
from sim.config import vocabulary
from sim.config.limits import Known, physical, read_table
from sim.config.uncertainty import by_rule, known_uncertainties
from sim.errors import ThroughflowError
from sim.experiment.distributions import DISTRIBUTIONS
from sim.model.ir import key
from sim.model.vensim import read

TABLE = read_table(resources.model_file(vocabulary.MODEL).parent / "parameters.csv")


@pytest.mark.parametrize(
    ("name", "unit", "points", "law"),
    [
        ("share of trips", "dmnl", (0.2, 0.4, 0.7), "logit-normal"),
        ("share of trips", "dmnl", (0.0, 0.4, 0.7), "triangular"),
        ("share of trips", "dmnl", (0.2, 0.4, 1.0), "triangular"),
        ("share of trips", "dmnl", (0.2, 0.2, 0.7), "uniform"),
        ("permit time", "year", (0.2, 0.4, 3.0), "lognormal"),
        ("handoff effect", "dmnl", (0.0, 0.25, 0.4), "triangular"),
        ("substitution exponent", "dmnl", (-4.0, -2.0, -0.5), "triangular"),
        ("cost exponent", "dmnl", (-1.0, 0.0, 1.0), "normal"),
        ("attractiveness elasticity", "dmnl", (0.5, 1.0, 1.5), "lognormal"),
    ],
)
def test_the_rule(name, unit, points, law):
    low, central, high = points
    found = by_rule(Known(name, unit, low, central, high, "A"), TABLE)
    assert (found.distribution, found.low, found.central, found.high, found.basis) == (law, *points, "A")
    assert found.rule and found.targets == (name,)


def test_every_row_with_a_range_is_an_uncertainty_that_can_be_drawn():
    ranged = [known for known in TABLE.values() if known.ranged]
    found = known_uncertainties(TABLE)
    assert len(found) == len(ranged) > 150
    model = read(resources.model_file(vocabulary.MODEL))
    for one in found.values():
        assert one.distribution in DISTRIBUTIONS
        for target in one.targets:
            assert model.find(target.partition("[")[0]).settable, target
        row = next(known for known in ranged if one.name == key(known.name) or known.name.startswith(one.targets[0]))
        limits = physical(row, TABLE)
        assert limits.low <= one.low and one.high <= limits.high


def test_values_that_repeat_another_move_with_it():
    found = known_uncertainties(TABLE)["base_coordination"]
    assert found.targets == ("base coordination", "Coordination at start")
    for constant, partners in vocabulary.MOVE_TOGETHER.items():
        for partner in partners:
            assert TABLE[key(constant)].central == TABLE[key(partner)].central
            assert not TABLE[key(partner)].ranged, "it would be drawn twice"


def test_the_config_may_say_otherwise(job):
    found = job(
        [
            "ensemble=monte_carlo",
            "package=R1",
            "uncertainty.dilution={distribution: triangular, low: 0.3, high: 0.6}",
            "uncertainty.adoption_time.rest.central=1.5",
        ]
    )
    drawn = {one.name: one for one in found.ensemble.design.uncertainties}
    assert (drawn["dilution"].distribution, drawn["dilution"].points) == ("triangular", (0.3, 0.4, 0.6))
    assert drawn["adoption_time.rest"].points == (1.0, 1.5, 4.0)
    assert {one.name: one.rule for one in found.sampling.uncertain}["dilution"] == "as the config says"


def test_a_file_of_ones_own_may_be_short(tmp_path):
    from sim.config.job import read_job

    (tmp_path / "uncertainty").mkdir()
    (tmp_path / "uncertainty" / "mine.yaml").write_text("dilution: {high: 0.5}\nworld: {tension_US: {scale: {low: 0.9}}}\n")
    found = read_job(["ensemble=sobol", "package=R1", "uncertainty=mine"], [tmp_path])
    drawn = {one.name: one for one in found.ensemble.design.uncertainties}
    assert drawn["dilution"].points == (0.2, 0.4, 0.5) and drawn["world.tension_US.scale"].points == (0.9, 1.0, 1.15)
    assert len(drawn) > 150


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("uncertainty.dilution.distribution=gaussian", ("one of", "normal")),
        ("uncertainty.dilution.low=nan", ("finite",)),
        ("uncertainty.dilution.high=1.2", ("not possible", "share")),
        ("uncertainty.dilution.low=0.5", ("rise", "0.2, 0.4, 0.7")),
        ("uncertainty.dilution.low=0.7", ("rise",)),
        ("uncertainty.permit_time.low=-1", ("not possible", "duration")),
        ("uncertainty.dilutoin.low=0.3", ("did you mean 'dilution'",)),
        ("uncertainty.dilution=5", ("named values",)),
        ("uncertainty={dilution: {lo: 0.1}}", ("'low'",)),
        ("uncertainty.adoption_time.rest=x", ("named values",)),
    ],
)
def test_refusals(job, override, words):
    with pytest.raises(ThroughflowError) as caught:
        job(["ensemble=sobol", "package=R1", override])
    for word in words:
        assert word in str(caught.value), str(caught.value)
