"""The path of tension and its scale: a constant of the model multiplies the path, and 1 is full containment."""

import numpy as np
import pytest

import sim
from sim import resources
from sim.config import vocabulary

YEARS = {"start": 2018.0, "stop": 2019.0, "step": 1 / 64, "save": 0.25, "method": "euler", "record": ("tension", "Ties")}


@pytest.fixture(scope="module")
def model():
    return sim.read(resources.model_file(vocabulary.MODEL))


def points(model, factor):
    table = model.find("tension US table").equations[0].value
    return [[x, factor * y] for x, y in zip(table.xs, table.ys, strict=True)]


def test_a_scale_of_one_keeps_every_bit(model):
    usual = sim.simulate(model, **YEARS)
    same = sim.simulate(model, parameters={"tension scale": 1.0, "tension US table": points(model, 1.0)}, **YEARS)
    assert usual["Ties"].equals(same["Ties"]) and usual["tension"].equals(same["tension"])
    assert float(usual["tension"].sel(partner="US").max()) > 0.25


def test_a_scale_does_what_scaled_points_do(model):
    scaled = sim.simulate(model, parameters={"tension scale[US]": 0.5}, **YEARS)
    drawn = sim.simulate(model, parameters={"tension US table": points(model, 0.5)}, **YEARS)
    assert np.allclose(scaled["Ties"], drawn["Ties"], rtol=1e-12)
    assert np.allclose(scaled["tension"], drawn["tension"], rtol=1e-15)


def test_a_path_scaled_beyond_full_containment_stays_there(model):
    high = sim.simulate(model, parameters={"tension scale[US]": 3.0}, **YEARS)["tension"].sel(partner="US")
    assert float(high.max()) == 1.0 and float(high[0]) == pytest.approx(3 * 0.3)


@pytest.mark.parametrize("partner", ["US", "EUR", "OTH"])
def test_the_setting_is_the_models_constant(job, partner):
    found = job(["package=R1", f"world.tension_{partner}.scale=0.8"])
    assert found.study.scenarios[0].parameters == {f"tension scale[{partner}]": 0.8}
    assert job(["package=R1", f"world.tension_{partner}.scale=1.0"]).study.scenarios[0].parameters == {}
