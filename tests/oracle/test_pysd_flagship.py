"""PySD 3.14.3 as oracle for the flagship: Euler at equal step on every variable, and single evaluations at many states."""

import warnings

import numpy as np
import pytest

import sim
from sim.engine.codegen import compile_model
from sim.engine.kernel import Clockwork
from sim.engine.layout import constants_of, slots_of, tables_of

from .pysd_frames import AGREEMENT, differences, names_of, read_pysd, run_pysd
from .support import all_seven, everything_at_once

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow]
STATES = 12


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Return our model and PySD's of the flagship with its events inside two years."""
    path = everything_at_once(tmp_path_factory.mktemp("pysd"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return sim.read(path), read_pysd(path)


def compared_all(model, compared) -> bool:
    return set(compared) == {name for name, variable in model.variables.items() if variable.kind != "table"}


def test_two_years_of_euler(pair):
    """Each of some 2 000 scalars agrees at the model's own step, 1/128 year, while every event happens."""
    ours, theirs = pair
    names = names_of(theirs)
    frame = theirs.run(return_columns=list(names.values()), progress=False, final_time=2012, saveper=0.125)
    dataset = sim.simulate(ours, method="euler", stop=2012)
    worst, compared = differences(dataset, frame, names)
    print("largest difference from PySD", worst)
    assert worst[0] <= AGREEMENT
    assert compared_all(ours, compared)
    moved = [name for name in ("pandemic gate", "tension") if float(dataset[name].std("time").max()) > 0.01]
    assert moved == ["pandemic gate", "tension"], "the events were not inside the two years"


def test_single_evaluations_at_many_states(pair):
    """At random times and states every variable that follows from them agrees; no integration is involved."""
    ours, theirs = pair
    names = names_of(theirs)
    record = [name for name, variable in ours.variables.items() if variable.kind in ("stock", "auxiliary")]
    step, start, stop = ours.clock.step, ours.clock.start, ours.clock.stop
    bound = compile_model(ours, record).bind(
        constants_of(ours)[:, np.newaxis], tables_of(ours), Clockwork(step, step / 2, start, stop)
    )
    base, slots, random = bound.initial(), slots_of(ours, "stock"), np.random.default_rng(20)
    worst = 0.0
    for _ in range(STATES):
        time = start + step * int(random.integers(0, round(2 / step)))
        state = base * random.uniform(0.3, 3.0, base.shape)
        given = {slot.name: state[slot.start : slot.stop, 0].reshape(slot.shape) for slot in slots}
        theirs.set_initial_condition(
            (time, {names[_key(name)]: _frame(theirs, names[_key(name)], v) for name, v in given.items()})
        )
        found = bound.observe(time, state)
        for name in record:
            value = np.asarray(theirs[names[_key(name)]], dtype=float)
            mine = (
                np.broadcast_to(found[name], (*np.shape(found[name])[:-1], 1))[..., 0] if np.ndim(found[name]) else found[name]
            )
            size = float(np.max(np.abs(value)))
            gap = float(np.max(np.abs(np.broadcast_to(mine, value.shape) - value)))
            assert gap <= AGREEMENT * size, f"{name} at {time}: {gap} of {size}"
            worst = max(worst, gap / size if size else 0.0)
    print("largest difference from PySD at single states", worst)


def _key(name: str) -> str:
    from sim.model.ir import key

    return key(name)


def _frame(theirs, name: str, values: np.ndarray):
    """Return ``values`` labelled as PySD labels the stock ``name``, or a number."""
    import xarray as xr

    coords = theirs.get_coords(name)
    return xr.DataArray(values, coords[0], coords[1]) if coords else float(values)


def test_thirty_years_with_all_seven(tmp_path):
    """The whole horizon at the model's own step, all seven recommendations adopted (about 25 minutes)."""
    path = all_seven(tmp_path)
    ours = sim.read(path)
    frame, names = run_pysd(path)
    worst, compared = differences(sim.simulate(ours, method="euler"), frame, names)
    print("largest difference from PySD over thirty years", worst)
    assert worst[0] <= AGREEMENT
    assert compared_all(ours, compared)
