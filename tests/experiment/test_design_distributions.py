"""Distributions: the three points are met, and SciPy's own distributions say the same where they can."""

import ast
import inspect
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.experiment import copula, distributions, samplers
from sim.experiment.distributions import DISTRIBUTIONS, LEAST_PLACE, distribution_problems, reach

PLACES = np.array([LEAST_PLACE, 1e-9, 0.01, 0.05, 0.3, 0.5, 0.500001, 0.8, 0.95, 0.999, 1 - LEAST_PLACE])
POINT_95 = stats.norm.ppf(0.95)


def logit(share):
    return math.log(share / (1 - share))


def scipy_logit_normal(places):
    return 1 / (1 + np.exp(-stats.norm.ppf(places, logit(0.4), 0.7 / POINT_95)))


ORACLES = {
    "uniform": ((-2.0, None, 3.0), lambda places: stats.uniform.ppf(places, -2, 5)),
    "triangular": ((-1.0, 0.5, 4.0), lambda places: stats.triang.ppf(places, 0.3, -1, 5)),
    "normal": ((1.0, 3.0, 5.0), lambda places: stats.norm.ppf(places, 3, 2 / POINT_95)),
    "lognormal": ((2.0, 6.0, 18.0), lambda places: stats.lognorm.ppf(places, math.log(3) / POINT_95, scale=6)),
    "logit-normal": ((1 / (1 + 1.5 * math.exp(0.7)), 0.4, 1 / (1 + 1.5 * math.exp(-0.7))), scipy_logit_normal),
}
"""Points symmetric in the transformed value, and SciPy's quantiles of the same distribution."""


def quantile(name, points, places):
    low, central, high = points
    return DISTRIBUTIONS[name].quantile(np.asarray(places, float), (low, math.nan if central is None else central, high))


def test_every_distribution_has_an_oracle_and_cites_its_source():
    assert set(ORACLES) == set(DISTRIBUTIONS)
    for name, distribution in DISTRIBUTIONS.items():
        assert "Source: " in inspect.getdoc(distribution.quantile), name


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_agrees_with_scipy(name):
    points, oracle = ORACLES[name]
    np.testing.assert_allclose(quantile(name, points, PLACES), oracle(PLACES), rtol=1e-12, atol=1e-15)


def ordered(least, most, *, apart):
    """Three rising numbers, the outer ones clearly apart from the middle."""
    numbers = st.floats(least, most, allow_nan=False)
    return st.tuples(numbers, numbers, numbers).map(sorted).filter(lambda p: p[1] - p[0] > apart and p[2] - p[1] > apart)


SPANS = {
    "uniform": (-1e6, 1e6),
    "triangular": (-1e6, 1e6),
    "normal": (-1e6, 1e6),
    "lognormal": (1e-3, 1e6),
    "logit-normal": (0.01, 0.99),
}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_quantiles_rise_meet_the_points_and_keep_to_the_support(name, data):
    least, most = SPANS[name]
    points = tuple(data.draw(ordered(least, most, apart=1e-3)))
    places = np.unique(np.clip(data.draw(st.lists(st.floats(0, 1), min_size=2, max_size=30)), LEAST_PLACE, 1 - LEAST_PLACE))
    assert distribution_problems("x", name, points) == []
    values = quantile(name, points, places)
    assert np.all(np.isfinite(values))
    assert np.all(np.diff(values) >= 0)
    low, central, high = points
    lowest, highest = reach(name, points)
    assert np.all((values >= lowest) & (values <= highest))
    if name in ("uniform", "triangular"):
        assert low <= lowest and highest <= high
    else:
        np.testing.assert_allclose(quantile(name, points, [0.05, 0.5, 0.95]), points, rtol=1e-9, atol=1e-9)
    if name == "lognormal":
        assert lowest > 0
    if name == "logit-normal":
        assert lowest > 0 and highest <= 1


@pytest.mark.parametrize("name", ["normal", "lognormal", "logit-normal"])
def test_a_skewed_one_is_continuous_at_its_median(name):
    points = (0.1, 0.2, 0.9)
    beside = quantile(name, points, [0.5 - 1e-12, 0.5, 0.5 + 1e-12])
    np.testing.assert_allclose(beside, 0.2, rtol=1e-10)


def test_the_mode_of_a_triangular_one_may_be_a_bound():
    for mode in (0.0, 1.0):
        assert distribution_problems("x", "triangular", (0.0, mode, 1.0)) == []
        values = quantile("triangular", (0.0, mode, 1.0), [LEAST_PLACE, 0.25, 1 - LEAST_PLACE])
        np.testing.assert_allclose(values[1], 0.5 if mode else 1 - math.sqrt(0.75))
        assert np.all((values >= 0) & (values <= 1))


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_a_value_does_not_depend_on_its_neighbours(name):
    places = np.random.default_rng(1).random(1001)
    points = (0.1, 0.3, 0.6)
    together = quantile(name, points, places)
    alone = [quantile(name, points, [place])[0] for place in places]
    assert together.tobytes() == np.array(alone).tobytes()
    assert quantile(name, points, places[::3]).tobytes() == together[::3].tobytes()


HOST_CHOSEN = {
    "exp",
    "exp2",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "power",
    "sin",
    "cos",
    "tan",
    "tanh",
    "sum",
    "dot",
    "matmul",
}
"""Functions of NumPy whose last bit follows the host's instructions or the length of the array."""


@pytest.mark.parametrize("module", [copula, distributions, samplers], ids=lambda module: module.__name__)
def test_no_bit_is_left_to_numpys_choice_of_instructions(module):
    """NumPy has versions of these functions by instruction set, of which one host runs one: so the text is read instead."""
    tree = ast.parse(inspect.getsource(module))
    called = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "np"}
    assert called, "nothing was read"
    assert not called & HOST_CHOSEN
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.MatMult)]
    powers = [node for node in ast.walk(tree) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)]
    assert all(isinstance(node.left, ast.Constant) for node in powers), "powers of literal numbers only"


@pytest.mark.parametrize(
    ("name", "points", "why"),
    [
        ("gaussian", (0.0, 1.0, 2.0), "called so"),
        ("norml", (0.0, 1.0, 2.0), "called so"),
        ("uniform", (1.0, None, 1.0), "nothing is uncertain"),
        ("uniform", (2.0, None, 1.0), "must not fall"),
        ("uniform", (math.nan, None, 1.0), "not a finite number"),
        ("uniform", (-1e308, None, 1e308), "largest number"),
        ("uniform", (0.0, None, 10**400), "not a finite number"),
        ("uniform", ("0", None, 1.0), "not a finite number"),
        ("uniform", (False, None, True), "not a finite number"),
        ("triangular", (0.0, None, 1.0), "needs its mode"),
        ("triangular", (0.0, 2.0, 1.0), "must not fall"),
        ("triangular", (1.0, 1.0, 1.0), "nothing is uncertain"),
        ("triangular", (0.0, math.inf, 1.0), "not a finite number"),
        ("normal", (0.0, None, 1.0), "needs its median"),
        ("normal", (0.0, 0.0, 1.0), "must rise"),
        ("normal", (-1e308, 0.0, 1e308), "largest number"),
        ("lognormal", (0.0, 1.0, 2.0), "more than 0"),
        ("lognormal", (-1.0, 1.0, 2.0), "more than 0"),
        ("lognormal", (1e-200, 1.0, 1e200), "largest number"),
        ("logit-normal", (0.0, 0.5, 0.9), "more than 0 and less than 1"),
        ("logit-normal", (0.1, 0.5, 1.0), "more than 0 and less than 1"),
    ],
)
def test_points_that_mean_nothing_are_refused(name, points, why):
    (problem,) = distribution_problems("uncertainty x", name, points)
    assert problem.where == "uncertainty x" and why in problem.why and problem.what and problem.cure
    if name == "norml":
        assert "'normal'" in problem.cure
