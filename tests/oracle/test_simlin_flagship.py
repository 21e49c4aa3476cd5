"""Simlin (another language, parser and virtual machine) runs the flat edition over the whole horizon, Euler at equal step."""

import warnings

import numpy as np

import sim
from sim.model.flat import flat_name
from sim.model.ir import key
from sim.resources import model_file


def test_every_variable_over_thirty_years(tmp_path):
    simlin = __import__("simlin")
    flagship = model_file("innovation_flows")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = simlin.load(str(flagship.with_name(f"{flagship.stem}_flat.mdl"))).run().results
    columns = {key(name): name for name in frame.columns}
    model = sim.read(flagship)
    ours = sim.simulate(model, method="euler")
    compared = 0
    for name, variable in model.variables.items():
        if variable.kind in ("table", "constant"):
            continue
        for element in model.elements(variable):
            theirs = frame[columns[key(flat_name(name, element))]].to_numpy()
            mine = ours[name].sel(dict(zip(variable.dims, element, strict=True))).values
            mine = np.broadcast_to(mine, theirs.shape)
            assert np.max(np.abs(mine - theirs)) <= 1e-9 * np.max(np.abs(theirs)), (name, element)
            compared += 1
    assert compared > 1000
