"""Simlin (pysimlin 0.8.5, a compiled engine of other authors) as oracle for the flagship over its whole horizon.

It reads the flagship with its subscripts, integrates with Euler at the file's step and gives every variable, so thirty
years with all seven recommendations cost a second of its time; PySD needs half an hour for the same (marked slow).
"""

import numpy as np
import pytest

import sim
from sim.engine.codegen import compile_model
from sim.engine.kernel import Clockwork
from sim.engine.layout import constants_of, tables_of
from sim.engine.methods import METHODS, march
from sim.model.ir import key

from .pysd_frames import AGREEMENT
from .support import all_seven, everything_at_once


def simlin_frame(path):
    import simlin

    return simlin.load(str(path)).run(analyze_loops=False).results


def ours_of(path):
    """Return stored times and every variable of the model at ``path``, by Euler at its own step, without a check run."""
    model = sim.read(path)
    record = [name for name, variable in model.variables.items() if variable.kind in ("stock", "auxiliary", "constant")]
    clock = model.clock
    bound = compile_model(model, record).bind(
        constants_of(model)[:, np.newaxis], tables_of(model), Clockwork(clock.step, clock.step / 2, clock.start, clock.stop)
    )
    steps = round((clock.stop - clock.start) / clock.step)
    times, states = march(bound, METHODS["euler"], (clock.start, clock.step, steps), every=round(clock.save / clock.step))
    return model, times, bound.observe(times, states[..., 0].T)


def labelled(model, times, observed):
    """Yield ``label, series`` of every element, labels as Simlin writes them (lower case, underscores)."""
    for name, values in observed.items():
        shape = model.shape(model.variables[name])
        whole = np.broadcast_to(values, (*shape, times.size) if np.ndim(values) else (*shape, times.size))
        for element in model.elements(model.variables[name]):
            at = tuple(model.ranges[d].elements.index(e) for d, e in zip(model.variables[name].dims, element, strict=True))
            yield key(name) + (f"[{','.join(map(key, element))}]" if element else ""), whole[at]


@pytest.mark.parametrize("variant", [all_seven, pytest.param(everything_at_once, marks=pytest.mark.slow)])
def test_thirty_years(variant, tmp_path):
    path = variant(tmp_path)
    frame = simlin_frame(path)
    model, times, observed = ours_of(path)
    np.testing.assert_allclose(frame.index.to_numpy(), times, rtol=1e-12)
    columns = {column.replace(", ", ","): column for column in frame.columns}
    worst, missing = (0.0, ""), []
    for label, series in labelled(model, times, observed):
        if label not in columns:
            missing.append(label)
            continue
        theirs = frame[columns[label]].to_numpy(dtype=float)
        size, gap = float(np.max(np.abs(theirs))), float(np.max(np.abs(series - theirs)))
        assert size > 0 or gap == 0, f"{label}: exactly zero in Simlin, up to {gap} in ours"
        worst = max(worst, (gap / size if size else 0.0, label))
    print("largest difference from Simlin over thirty years", worst)
    assert missing == []
    assert worst[0] <= AGREEMENT
