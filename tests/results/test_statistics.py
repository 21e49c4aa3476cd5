"""Sketches and moments: the same whatever the split and the order, and as close as they say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sim.results.moments import GROUP, Moments
from sim.results.sketch import RELATIVE_ERROR, Sketch

LEVELS = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)


def sketch_of(values, kept=None, split=()):
    kept = np.ones(values.shape[1], bool) if kept is None else kept
    found = Sketch.empty()
    for part, keep in zip(np.split(values, split, axis=1), np.split(kept, split), strict=True):
        found = found.with_values(part, keep)
    return found


@settings(max_examples=200, deadline=None)
@given(arrays(np.float32, st.tuples(st.integers(1, 3), st.integers(1, 40)), elements=FLOATS))
def test_quantiles_are_as_close_as_stated(values):
    """Every order statistic within 2^-11 of itself, whatever its sign and size; below 1.2e-38 it counts as zero."""
    levels = np.linspace(0, 1, values.shape[1])
    found = sketch_of(values).quantiles(values.shape[0], levels)
    exact = np.sort(values.astype(float), axis=1)
    rounding = 1e-14 * np.abs(exact).max()  # of the places between two values
    np.testing.assert_allclose(found, exact, rtol=RELATIVE_ERROR * 1.000001, atol=1.2e-38 + rounding)


@settings(max_examples=100, deadline=None)
@given(arrays(np.float32, (2, 30), elements=FLOATS), st.permutations(range(30)), st.integers(0, 30), st.integers(0, 30))
def test_sketch_knows_neither_order_nor_split(values, order, first, second):
    whole, other = sketch_of(values), sketch_of(values[:, order], split=sorted((first, second)))
    np.testing.assert_array_equal(whole.codes, other.codes)
    np.testing.assert_array_equal(whole.counts, other.counts)


def test_quantiles_between_values_are_interpolated_as_by_numpy():
    values = np.array([[1.0, 2.0, 4.0, 8.0], [5.0, 5.0, 5.0, 5.0]], np.float32)
    levels = (0.1, 0.5, 0.9)
    np.testing.assert_allclose(sketch_of(values).quantiles(2, levels), np.quantile(values, levels, axis=1).T, rtol=5e-4)


def test_left_out_members_do_not_count():
    values = np.array([[1.0, np.nan, 3.0, np.inf], [np.nan, np.nan, -1.0, 2.0]], np.float32)
    kept = np.array([True, False, True, False])
    found = sketch_of(values[:1], kept)
    assert found.counts.sum() == 2
    np.testing.assert_allclose(found.quantiles(1, (0, 1)), [[1, 3]], rtol=5e-4)
    nobody = sketch_of(values, np.zeros(4, bool))
    assert np.isnan(nobody.quantiles(2, LEVELS)).all()


def test_cells_without_values_between_others():
    """Codes of neighbouring cells do not run into each other."""
    rng = np.random.default_rng(1)
    values = (rng.normal(size=(50, 333)) * 10.0 ** rng.integers(-30, 30, size=(50, 1))).astype(np.float32)
    exact = np.quantile(values.astype(float), LEVELS, axis=1).T
    found = sketch_of(values, split=(100, 101)).quantiles(50, LEVELS)
    scale = np.abs(values).max(axis=1, keepdims=True)
    assert np.all(np.abs(found - exact) <= 1.000001 * RELATIVE_ERROR * np.maximum(np.abs(exact), 1e-2 * scale))


def moments_of(values, kept, split=()):
    found = Moments.empty(values.shape[0])
    for part, keep in zip(np.split(values, split, axis=1), np.split(kept, split), strict=True):
        found = found.with_values(part, keep)
    return found


@pytest.mark.parametrize("members", [1, 2, 255, 256, 257, 2000])
def test_moments_do_not_depend_on_the_split(members):
    rng = np.random.default_rng(members)
    values = np.exp(3 * rng.normal(size=(7, members))).astype(np.float32)
    kept = rng.random(members) < 0.9
    kept[0] = True
    whole = moments_of(values, kept)
    for blocks in (1, 2, 3):
        other = moments_of(values, kept, range(blocks * GROUP, members, blocks * GROUP))
        assert other.count == whole.count == kept.sum()
        for name in ("mean", "squares", "minimum", "maximum"):
            np.testing.assert_array_equal(getattr(whole, name), getattr(other, name))
    exact = values[:, kept].astype(float)
    np.testing.assert_allclose(whole.mean, exact.mean(axis=1), rtol=1e-13)
    np.testing.assert_array_equal(whole.minimum, exact.min(axis=1))
    np.testing.assert_array_equal(whole.maximum, exact.max(axis=1))
    if kept.sum() > 1:
        np.testing.assert_allclose(whole.deviation(), exact.std(axis=1, ddof=1), rtol=1e-12)
    else:
        assert np.isnan(whole.deviation()).all()


def test_variance_survives_a_large_mean():
    """Sums of squares would lose all digits here (Chan, Golub and LeVeque, 1979)."""
    values = (1e6 + np.arange(1024) % 2).astype(np.float32)[None]
    found = moments_of(values, np.ones(1024, bool), (256, 512))
    np.testing.assert_allclose(found.deviation(), values.astype(float).std(ddof=1), rtol=1e-12)


def test_failed_members_do_not_enter_moments():
    values = np.array([[1.0, np.nan, 3.0, np.inf]], np.float32)
    found = moments_of(values, np.array([True, False, True, False]))
    assert (found.count, found.mean[0], found.minimum[0], found.maximum[0]) == (2, 2.0, 1.0, 3.0)
    nobody = moments_of(values, np.zeros(4, bool))
    assert nobody.count == 0 and nobody.minimum[0] == np.inf
