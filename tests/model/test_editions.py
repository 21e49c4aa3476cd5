"""What is derived from a model file: its sketch section and its flat edition, both renewable and equal to their source."""

import shutil
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.model.flat import flat_name, flatten
from sim.model.write import model_text, renew
from sim.resources import model_file

CONFORMANCE = sorted((Path(__file__).resolve().parent.parent / "conformance").glob("*/model.mdl"))
FLAGSHIP = model_file("innovation_flows")


def test_shipped_sketch_and_flat_edition_are_what_the_model_gives(tmp_path):
    copy = tmp_path / FLAGSHIP.name
    shutil.copy(FLAGSHIP, copy)
    for written in renew(copy):
        assert written.read_text(encoding="utf-8") == FLAGSHIP.with_name(written.name).read_text(encoding="utf-8")


def test_flat_edition_reads_back_equal():
    flat = flatten(sim.read(FLAGSHIP))
    again = sim.read(FLAGSHIP.with_name(f"{FLAGSHIP.stem}_flat.mdl"))
    assert again.ranges == {}
    assert dict(again.variables) == dict(flat.variables)
    assert [view.name for view in again.views] == [view.name for view in flat.views]


def test_flat_edition_runs_the_same():
    model = sim.read(FLAGSHIP)
    flat = sim.read(FLAGSHIP.with_name(f"{FLAGSHIP.stem}_flat.mdl"))
    run = {"method": "euler", "stop": 2011.0, "step": 1 / 64}
    whole, single = sim.simulate(model, **run), sim.simulate(flat, **run)
    for name, variable in model.variables.items():
        if variable.kind == "table":
            continue
        for element in model.elements(variable):
            expected = whole[name].sel(dict(zip(variable.dims, element, strict=True))).values
            found = single[flat_name(name, element)].values
            assert np.allclose(found, expected, rtol=1e-13, atol=0), (name, element)


@pytest.mark.parametrize("path", CONFORMANCE, ids=lambda path: path.parent.name)
def test_written_models_read_back_equal(path, tmp_path):
    model = sim.read(path)
    copy = tmp_path / "model.mdl"
    copy.write_text(model_text(model), encoding="utf-8")
    again = sim.read(copy)
    assert dict(again.variables) == dict(model.variables)
    assert (dict(again.ranges), again.clock) == (dict(model.ranges), model.clock)


def test_every_variable_stands_on_a_view():
    model = sim.read(FLAGSHIP)
    drawn = {name for view in model.views for name, _, _ in view.positions}
    assert drawn == set(model.variables)
