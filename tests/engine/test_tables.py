"""Tables in the compiled kernel: NumPy's interpolation whatever their form, and never more than their points say."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.engine.tables import MOST_BENDS, shapes_of
from sim.experiment.batch import prepare

from ..model.support import model_of
from .compiling import plan_of, same_bits

CLOSE = 1e-12
"""Largest difference from NumPy's interpolation, as a share of the table's largest value."""

READING = """
x0 = 1 ~~|
x = INTEG(0, x0) ~~|
t((0,0),(1,1)) ~~|
read = t(x) ~~|
undefined = t(x + LN(-1 - x * x)) ~~|
"""
"""A table read at what the state says, in every stage of every step."""

SIZES = (1, 2, 3, MOST_BENDS, MOST_BENDS + 1, 40)


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """Return a function that reads a table at many places in compiled code; the code is shared by tables of one form."""
    model = model_of(tmp_path_factory.mktemp("tables"), READING)
    plan = plan_of(model, "euler", varied=("x0",), record=("read", "undefined"), save=model.clock.stop, step=model.clock.stop)
    prepared = prepare(plan)
    assert prepared.engine == "compiled"

    def read(xs, ys, at):
        found = prepared.run(np.asarray(at, dtype=float)[np.newaxis], {"t": np.column_stack([xs, ys])}).values
        assert np.isnan(found[1]).all(), "a table read at what is no number is no number"
        assert same_bits(found[0, 0], found[0, 1])
        return found[0, 0]

    return read


def places(xs, random):
    """Return arguments in, between, beside and far from the points of a table."""
    near = [np.nextafter(xs, -np.inf), xs, np.nextafter(xs, np.inf)]
    span = xs[-1] - xs[0] + 1
    return np.concatenate([*near, random.uniform(xs[0] - span, xs[-1] + span, 200), [-1e300, -1e9, 1e9, 1e300]])


def assert_reads(read, xs, ys, random):
    at = places(xs, random)
    found = read(xs, ys, at)
    assert np.abs(found - np.interp(at, xs, ys)).max() <= CLOSE * np.abs(ys).max()
    assert found.min() >= ys.min() and found.max() <= ys.max()


@pytest.mark.parametrize("size", SIZES)
def test_as_numpy_interpolates(reader, size):
    random = np.random.default_rng(size)
    for _ in range(10):
        xs = np.unique(random.uniform(-5, 5, size).round(6))
        assert_reads(reader, xs, random.uniform(-2, 2, size), random)


@pytest.mark.parametrize("size", SIZES)
def test_years_far_from_zero(reader, size):
    """The x of a table are often years: large numbers close to each other."""
    random = np.random.default_rng(size)
    xs = 2010 + np.sort(random.choice(120, size, replace=False)) / 4
    assert_reads(reader, xs, random.uniform(0.5, 1.5, size), random)


@pytest.mark.parametrize(
    ("xs", "ys"),
    [
        ([0, 1e-9, 1], [0, 1, 2]),
        ([2020, 2020 + 1e-9, 2021], [1, 0, 1]),
        ([2020, 2020.001, 2021], [1, 0, 1]),
        ([0, 1, 2], [1e12, 1, 1e-3]),
        ([-1e15, 0, 1], [0, 0.5, 1]),
        ([0, 5e-324, 1], [0, 1, 2]),
        ([0, 1, 1 + 2**-52, 2], [0, 1, 5, 6]),
        ([0, 1, 2], [-4e307, 4e307, 0]),
    ],
    ids=str,
)
def test_steep_and_uneven(reader, xs, ys):
    """Almost jumps, and values of very different sizes: still within rounding of the largest, still between the extremes."""
    assert_reads(reader, np.array(xs, dtype=float), np.array(ys, dtype=float), np.random.default_rng(0))


def test_form_by_size_and_condition():
    gentle = (np.linspace(0, 1, MOST_BENDS), np.linspace(1, 2, MOST_BENDS))
    long = (np.linspace(0, 1, MOST_BENDS + 1), np.linspace(1, 2, MOST_BENDS + 1))
    steep = (np.array([2020, 2020 + 1e-9, 2021]), np.array([1.0, 0, 1]))
    assert [shape.bends for shape in shapes_of([gentle, long, steep])] == [True, False, False]


def test_ends_are_reached(reader):
    """Before its first and after its last point a table keeps their values; an extreme of it is met to the bit."""
    xs, ys = np.array([0.1, 0.2, 0.7]), np.array([0.0, 0.3, 1.7])
    assert reader(xs, ys, [-5, 0.1]).tolist() == [0.0, 0.0]
    assert reader(xs, ys, [0.7, 5]).tolist() == [1.7, 1.7]


points = st.lists(
    st.tuples(st.integers(-50, 50), st.integers(-1000, 1000)), min_size=5, max_size=5, unique_by=lambda point: point[0]
).map(sorted)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(points, st.sampled_from([1.0, 0.1, 1 / 3, 1e-6, 1e6]))
def test_any_small_table(reader, drawn, unit):
    xs, ys = np.array(drawn, dtype=float).T
    assert_reads(reader, xs * unit, ys * unit, np.random.default_rng(0))


JUMPING = """
t({points}) ~~|
s = INTEG(1, 0) ~~|
whole by time = INTEGER(t(Time)) ~~|
reached by time = IF THEN ELSE(t(Time) >= 3, 1, 0) ~~|
whole by state = INTEGER(t(s)) ~~|
reached by state = IF THEN ELSE(t(s) >= 3, 1, 0) ~~|
rest by state = MODULO(t(s) * 2, 6) ~~|
"""


@pytest.mark.parametrize("seed", range(4))
def test_points_are_met_where_something_jumps(tmp_path, seed):
    """A table that passes through 3 at a point is 3 there: what is decided by it must not come a step late."""
    ys = np.random.default_rng(seed).integers(0, 7, 11)
    model = model_of(tmp_path, JUMPING.format(points=",".join(f"({x},{y})" for x, y in enumerate(ys))))
    prepared = prepare(plan_of(model, "euler", step=1.0, save=1.0))
    assert prepared.engine == "compiled"
    values = prepared.run(np.zeros((0, 1)), {}).values[:, :, 0]
    found = {row.name: series.tolist() for row, series in zip(prepared.rows, values, strict=True)}
    for by in ("time", "state"):
        assert found[f"whole by {by}"] == ys.tolist()
        assert found[f"reached by {by}"] == (ys >= 3).tolist()
    assert found["rest by state"] == (2 * ys % 6).tolist()


def test_another_length_by_parameter(tmp_path):
    """A scenario may give a table more points, or fewer: each form has its own code, and both stay right."""
    model = model_of(tmp_path, "t((0,0),(10,5)) ~~|\nv = t(Time) ~~|\ns = INTEG(t(s / 4), 1) ~~|")
    compiled, plain = (prepare(plan_of(model, engine=engine)) for engine in ("compiled", "numpy"))
    none = np.zeros((0, 3))
    xs = np.linspace(0, 10, 30)
    for table in (None, [[0, 2]], [[0, 1], [3, 2], [9, 4]], np.column_stack([xs, np.cos(xs)]), None, [[1, 1], [2, 3]]):
        given = {} if table is None else {"t": table}
        found, wanted = (prepared.run(none, given).values for prepared in (compiled, plain))
        np.testing.assert_allclose(found, wanted, rtol=1e-13, atol=1e-13)
        series = np.interp(compiled.times, *np.array([[0, 0], [10, 5]] if table is None else table, dtype=float).T)
        np.testing.assert_allclose(found[0, :, 0], series, rtol=1e-13, atol=1e-13)
