"""Our exponential, logarithm and power: how exact they are, special values, and the same bits at every width."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .compiling import WIDTHS, computed, same_bits

LONG = np.finfo(np.longdouble).nmant >= 63
needs_long_double = pytest.mark.skipif(not LONG, reason="no 80-bit long double on this machine to compare with")

EXPONENTIAL_ULPS = 1.1
"""Largest error of exp in units of the last place; measured 1.05, NumPy's own 0.51."""

LOGARITHM_ULPS = 0.9
"""Largest error of log; measured 0.82."""

POWER_ULPS, POWER_ULPS_PER_EXPONENT = 1.2, 0.09
"""Largest error of pow, and what it grows by with |y log x|: measured 1.19 where that is small, 22 where it is 630.

The logarithm inside is right to 2^-56.5 of itself, which is 0.09 units of the last place (2^-53) for each unit of y log x.
"""

COUNT = 100_000
LARGEST, SMALLEST_NORMAL = float(np.finfo(float).max), float(np.finfo(float).tiny)
SPECIAL = np.array(
    [0.0, 1.0, 2.0, 3.0, 0.5, 0.25, 1 / 3, 8.5, 5e-324, 1e-310, SMALLEST_NORMAL, 1e308, LARGEST, np.inf]
    + [1 - 2**-53, 1 + 2**-52, 2.0**51 + 0.5, 2.0**52 + 1, 2.0**53, 2.0**53 + 2, 2.0**54, 710.0, 745.0, 746.0, 1024.0, 1075.0]
)
SPECIAL = np.concatenate([SPECIAL, -SPECIAL, [np.nan]])
"""Whole numbers, odd and even, up to where all are even; fractions; subnormal and extreme numbers, of both signs; NaN."""


def ulps(found, exact):
    """Return errors in units of the last place of ``exact``, which is in long double."""
    return np.abs(found.astype(np.longdouble) - exact) / np.spacing(np.abs(exact).astype(float)).astype(np.longdouble)


def long(function, *arguments):
    with np.errstate(all="ignore"):
        return function(*(values.astype(np.longdouble) for values in arguments))


@needs_long_double
@pytest.mark.parametrize(
    ("low", "high"), [(-1, 1), (-1e-3, 1e-3), (-1e-9, 1e-9), (-50, 50), (-708, 709.78), (-745, -700)], ids=str
)
def test_exponential_is_exact_enough(low, high):
    x = np.random.default_rng(1).uniform(low, high, COUNT)
    assert ulps(computed("exp", x), long(np.exp, x)).max() <= EXPONENTIAL_ULPS


@needs_long_double
@pytest.mark.parametrize(
    ("low", "high"), [(0.5, 2), (1 - 1e-3, 1 + 1e-3), (1 - 1e-8, 1 + 1e-8), (0, 1e6), (0, 2.3e-308)], ids=str
)
def test_logarithm_is_exact_enough(low, high):
    x = np.random.default_rng(2).uniform(low, high, COUNT)
    assert ulps(computed("log", x), long(np.log, x)).max() <= LOGARITHM_ULPS


@needs_long_double
def test_logarithm_over_all_sizes():
    x = 2.0 ** np.random.default_rng(3).uniform(-1074, 1024, COUNT)
    assert ulps(computed("log", x), long(np.log, x)).max() <= LOGARITHM_ULPS


@needs_long_double
@pytest.mark.parametrize(
    ("base", "exponent"),
    [((0.5, 2), (-5, 5)), ((0, 1000), (-3, 3)), ((0.99, 1.01), (-1e3, 1e3)), ((1 - 1e-8, 1 + 1e-8), (-1e10, 1e10))]
    + [((0, 1e300), (-1, 1)), ((0, 2e-308), (-0.9, 0.9)), ((0.7, 1.42), (-2e3, 2e3)), ((1e-9, 1e9), (-30, 30))],
    ids=str,
)
def test_power_is_exact_enough(base, exponent):
    random = np.random.default_rng(4)
    x, y = random.uniform(*base, COUNT), random.uniform(*exponent, COUNT)
    exact = long(np.power, x, y)
    normal = (exact > SMALLEST_NORMAL) & (exact < LARGEST)
    assert normal.mean() > 0.5
    allowed = POWER_ULPS + POWER_ULPS_PER_EXPONENT * np.abs(y * np.log(x))
    assert (ulps(computed("pow", x, y), exact) / allowed)[normal].max() <= 1


@needs_long_double
def test_power_below_normal_numbers():
    """There the last place stays where it is: the error falls with the result, down to that of one rounding more."""
    random = np.random.default_rng(5)
    x = random.uniform(0.1, 10, COUNT)
    y = -random.uniform(708.5, 744, COUNT) / np.log(x)
    exact = long(np.power, x, y)
    assert np.all(exact < SMALLEST_NORMAL)
    allowed = 0.51 + (POWER_ULPS + POWER_ULPS_PER_EXPONENT * 744) * (exact / SMALLEST_NORMAL)
    assert (np.abs(computed("pow", x, y).astype(np.longdouble) - exact) / 5e-324 / allowed).max() <= 1


@pytest.mark.parametrize(("name", "exact"), [("exp", np.exp), ("log", np.log)])
def test_special_values(name, exact):
    with np.errstate(all="ignore"):
        wanted = exact(SPECIAL)
    found = computed(name, SPECIAL)
    special = ~np.isfinite(wanted) | (wanted == 0) | (SPECIAL == 1 if name == "log" else SPECIAL == 0)
    assert special.sum() > 5
    assert same_bits(found[special], wanted[special])
    np.testing.assert_allclose(found, wanted, rtol=3e-16, atol=5e-324)


def test_special_powers():
    """Every pair of special numbers gives NumPy's power: zeros and infinities with their signs, NaN where it is."""
    x, y = (values.ravel() for values in np.meshgrid(SPECIAL, SPECIAL))
    with np.errstate(all="ignore"):
        wanted = np.power(x, y)
    found = computed("pow", x, y)
    special = ~np.isfinite(wanted) | (wanted == 0) | (y == 0) | (np.abs(x) == 1)
    assert special.sum() > 1000
    assert same_bits(found[special], wanted[special])
    assert np.array_equal(np.signbit(found[~special]), np.signbit(wanted[~special]))
    np.testing.assert_allclose(found, wanted, rtol=1e-14, atol=5e-324)


def test_exponential_ends_where_doubles_end():
    last = 709.782712893384
    found = computed("exp", np.array([last, np.nextafter(last, 800), -745.1332191019411, -745.1332191019412]))
    assert np.isfinite(found[0]) and found[1] == np.inf
    assert found[2] == 5e-324 and found[3] == 0


def samples(name):
    """Return arguments of all sorts: special ones among usual ones, and stretches of usual ones alone."""
    random = np.random.default_rng(6)
    usual = random.uniform(0.01, 30, 4096)
    mixed = np.where(random.random(4096) < 0.1, random.choice(SPECIAL, 4096), random.uniform(-800, 800, 4096))
    x = np.concatenate([usual, mixed, SPECIAL])
    if name != "pow":
        return (x,)
    return x, np.concatenate([random.uniform(-9, 9, 4096), random.permutation(mixed), SPECIAL[::-1]])


@pytest.mark.parametrize("name", ["exp", "log", "pow"])
def test_same_bits_at_every_width(name):
    given = samples(name)
    first, *others = [computed(name, *given, width=width) for width in WIDTHS]
    assert all(same_bits(first, other) for other in others)
    assert np.isnan(first).any() == (name != "exp" or bool(np.isnan(given[0]).any()))


@pytest.mark.parametrize("name", ["exp", "pow"])
def test_the_shorter_way_gives_the_same_bits(name):
    """A vector of usual numbers takes a shorter way; one special number in it sends all of it the general way."""
    given = [values[:4096] for values in samples(name)]
    alone = computed(name, *given, width=8)
    unusual = [np.full(values.size, 1e5) for values in given]
    for lane in (0, 7):
        spoiled = [values.copy() for values in given]
        for values, other in zip(spoiled, unusual, strict=True):
            values[lane::8] = other[lane::8]
        found = computed(name, *spoiled, width=8)
        kept = np.arange(4096) % 8 != lane
        assert same_bits(found[kept], alone[kept])
        assert np.all(found[~kept] == np.inf)


numbers = st.floats(allow_nan=False, allow_infinity=False, width=64)


@settings(max_examples=200, deadline=None)
@given(numbers, numbers, st.floats(0.01, 50))
def test_rising_functions_rise(one, other, exponent):
    """exp, log and a power rise: what is larger by more than rounding stays no smaller."""
    low, high = sorted((one, other))
    slack = 1 - 1e-14
    small, large = computed("exp", np.array([low, high]), width=1)
    assert small * slack <= large
    low, high = sorted((abs(one), abs(other)))
    small, large = computed("log", np.array([low, high]), width=1)
    assert small - abs(small) * 1e-15 <= large
    small, large = computed("pow", np.array([low, high]), np.full(2, exponent), width=1)
    assert small * slack <= large


@settings(max_examples=200, deadline=None)
@given(st.floats(1e-300, 1e300), st.floats(-300, 300))
def test_powers_and_logarithms_agree(base, exponent):
    """A power is the exponential of a product, to what rounding that product costs."""
    product = float(exponent) * float(np.log(base))
    found = float(computed("pow", np.array([base]), np.array([exponent]), width=1)[0])
    if abs(product) < 700:
        assert found == pytest.approx(float(np.exp(product)), rel=4e-16 * (2 + abs(product)))
    else:
        assert found == np.inf if product > 710 else True
