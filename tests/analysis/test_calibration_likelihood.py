"""Likelihood of the fitted years and replicas of all years, against closed forms and brute force."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import multivariate_normal, norm

from sim.analysis.calibration import likelihood, predictive
from sim.analysis.calibration.likelihood import CHANCES, MULTIPLES, Block, History, Series
from sim.analysis.calibration.predictive import replicate

YEARS = np.array([2010.0, 2011.0, 2013.0, 2016.0, 2019.0, 2020.0])
FITTED = YEARS <= 2016
POINTS = (0.4, 0.8, 1.6)
SPREAD = np.log(POINTS[2] / POINTS[0]) / (2 * norm.ppf(0.95))


def series(name, *, scale="", points=(1.0, 1.0, 1.0), error=0.1, seed=0, fitted=FITTED):
    values = np.exp(np.random.default_rng(seed).normal(3.0, 0.2, YEARS.size))
    return Series(name, YEARS, values, fitted, error, 2.0, scale, points)


def courses(block, worlds=3):
    rows = sum(one.years.size for one in block.series)
    return np.random.default_rng(9).normal(3.0, 0.3, (rows, worlds))


PAIR = Block((series("in", scale="s", points=POINTS, seed=1), series("out", scale="s", points=POINTS, error=0.2, seed=2)))
ALONE = Block((series("one", seed=3),))


def kernel(one, size):
    """Covariance of deviations, written anew."""
    return [[(size * one.error) ** 2 * np.exp(-abs(a - b) / one.memory) for b in one.years] for a in one.years]


def covariance(block, sizes):
    """Covariance of log data about log model, scale included, of all rows."""
    parts = [np.array(kernel(one, size)) for one, size in zip(block.series, sizes, strict=True)]
    edges = np.cumsum([0, *(len(part) for part in parts)])
    whole = np.zeros((edges[-1], edges[-1]))
    for part, first, last in zip(parts, edges[:-1], edges[1:], strict=True):
        whole[first:last, first:last] = part
    return whole


def log_data(block):
    return np.concatenate([np.log(one.values) for one in block.series])


@pytest.mark.parametrize(("block", "median", "spread"), [(PAIR, POINTS[1], SPREAD), (ALONE, 1.0, 0.0)], ids=["pair", "alone"])
def test_log_likelihood_is_a_mixture_of_normal_densities_with_the_scale_in_their_covariance(block, median, spread):
    told = courses(block)
    rows = np.ix_(block.fitted, block.fitted)
    chances = dict(zip(MULTIPLES, CHANCES, strict=True))
    expected = []
    for world in told.T:
        terms = []
        for sizes in np.array(np.meshgrid(*[MULTIPLES] * len(block.series))).reshape(len(block.series), -1).T:
            normal = multivariate_normal((world + np.log(median))[block.fitted], (covariance(block, sizes) + spread**2)[rows])
            terms.append(normal.logpdf(log_data(block)[block.fitted]) + sum(np.log(chances[size]) for size in sizes))
        expected.append(logsumexp(terms))
    assert block.log_likelihood(told) == pytest.approx(expected, rel=1e-10)


def test_log_likelihood_is_the_integral_over_scale_and_sizes():
    told = courses(PAIR, 2)
    shifts, step = np.linspace(-8 * SPREAD, 8 * SPREAD, 20001, retstep=True)
    totals = []
    for world in told.T:
        away = log_data(PAIR) - np.log(POINTS[1]) - world
        total = 0.0
        for first, chance in zip(MULTIPLES, CHANCES, strict=True):
            for second, other in zip(MULTIPLES, CHANCES, strict=True):
                whole = covariance(PAIR, (first, second))[np.ix_(PAIR.fitted, PAIR.fitted)]
                density = multivariate_normal(np.zeros(len(whole)), whole).pdf(away[PAIR.fitted] - shifts[:, None])
                total += chance * other * float(np.sum(density * norm.pdf(shifts, 0, SPREAD)) * step)
        totals.append(np.log(total))
    assert PAIR.log_likelihood(told) == pytest.approx(totals, rel=1e-9)


HISTORY = History((*PAIR.series, *ALONE.series))


def told_of(history, worlds=4, seed=5):
    rng = np.random.default_rng(seed)
    return {one.name: np.log(one.values)[:, None] + rng.normal(0, 0.1, (one.years.size, worlds)) for one in history.series}


def test_series_that_share_a_scale_form_one_block():
    assert [[one.name for one in block.series] for block in HISTORY.blocks] == [["in", "out"], ["one"]]
    told = told_of(HISTORY)
    apart = sum(block.log_likelihood(np.concatenate([told[one.name] for one in block.series])) for block in HISTORY.blocks)
    assert HISTORY.log_likelihood(told) == pytest.approx(apart, rel=1e-12)


@pytest.mark.parametrize("fault", [np.inf, -np.inf, np.nan])
def test_failed_world_is_impossible_and_leaves_the_others_alone(fault):
    told = told_of(HISTORY)
    before = HISTORY.log_likelihood(told)
    told["one"][-1, 2] = fault
    after = HISTORY.log_likelihood(told)
    assert after[2] == -np.inf
    assert (np.delete(after, 2) == np.delete(before, 2)).all() and np.isfinite(before).all()


def test_years_held_out_have_no_influence():
    told = told_of(HISTORY)
    others = History(tuple(replace(one, values=np.where(one.fitted, one.values, 1e3)) for one in HISTORY.series))
    moved = {name: np.where(FITTED[:, None], values, values + 0.7) for name, values in told.items()}
    assert (others.log_likelihood(told) == HISTORY.log_likelihood(told)).all()
    assert (HISTORY.log_likelihood(moved) == HISTORY.log_likelihood(told)).all()
    one = History(tuple(replace(one, values=np.where(one.fitted, 1.01 * one.values, one.values)) for one in HISTORY.series))
    assert (one.log_likelihood(told) != HISTORY.log_likelihood(told)).all()


def test_series_with_no_year_left_to_fit_says_nothing():
    silent = series("late", scale="t", points=POINTS, fitted=np.zeros(YEARS.size, dtype=bool))
    told = told_of(History((*HISTORY.series, silent)))
    longer = History((*HISTORY.series, silent))
    assert longer.log_likelihood(told) == pytest.approx(HISTORY.log_likelihood(told), abs=1e-12)
    scales = replicate(longer, {name: np.tile(one[:, :1], 20000) for name, one in told.items()}, seed=1).scales["t"]
    assert np.quantile(scales, (0.05, 0.5, 0.95)) == pytest.approx(POINTS, rel=0.05)


@pytest.fixture
def one_size(monkeypatch):
    """Sizes of errors known to be those stated."""
    monkeypatch.setattr(likelihood, "MULTIPLES", (1.0,))
    monkeypatch.setattr(likelihood, "CHANCES", (1.0,))


WORLDS = 200_000


def test_scale_and_years_held_out_are_those_of_conditional_normal_distributions(one_size):
    block = Block(PAIR.series)
    world = courses(block, 1)
    history = History(block.series)
    edge = block.series[0].years.size
    told = {"in": np.tile(world[:edge], WORLDS), "out": np.tile(world[edge:], WORLDS)}
    drawn = replicate(history, told, seed=3)
    inside = covariance(block, (1.0, 1.0))
    rows, held = block.fitted, ~block.fitted
    whole = np.zeros((len(inside) + 1,) * 2)
    whole[1:, 1:], whole[0, :], whole[:, 0] = inside + SPREAD**2, SPREAD**2, SPREAD**2
    given = np.concatenate([[False], rows])
    gain = whole[np.ix_(~given, given)] @ np.linalg.inv(whole[np.ix_(given, given)])
    mean = gain @ (log_data(block) - np.log(POINTS[1]) - world[:, 0])[rows]
    spread = np.sqrt(np.diag(whole[np.ix_(~given, ~given)] - gain @ whole[np.ix_(given, ~given)]))
    log_scale = np.log(drawn.scales["s"] / POINTS[1])
    values = np.concatenate([drawn.values["in"], drawn.values["out"]])
    found = np.stack([log_scale, *(np.log(values / POINTS[1]) - world)[held]])
    assert np.abs(found.mean(axis=1) - mean) == pytest.approx(0, abs=5 * spread.max() / WORLDS**0.5)
    assert found.std(axis=1) == pytest.approx(spread, rel=0.01)
    expected = np.corrcoef(found)
    closed = (whole[np.ix_(~given, ~given)] - gain @ whole[np.ix_(given, ~given)]) / np.outer(spread, spread)
    assert expected == pytest.approx(closed, abs=0.02)


def test_fitted_years_get_fresh_deviations_of_the_stated_size(one_size):
    drawn = replicate(History(ALONE.series), {"one": np.tile(courses(ALONE, 1), WORLDS)}, seed=4)
    away = np.log(drawn.values["one"] / drawn.centres["one"])[FITTED]
    assert away.mean(axis=1) == pytest.approx(0, abs=5 * 0.1 / WORLDS**0.5)
    assert np.cov(away) == pytest.approx(np.array(kernel(ALONE.series[0], 1.0))[np.ix_(FITTED, FITTED)], abs=2e-4)


def test_size_of_the_error_is_drawn_given_the_data():
    """Data that miss by much more than the stated error make large sizes likely; the fresh deviations show it."""
    bad = replace(ALONE.series[0], values=np.exp(3.0 + 0.5 * (-1.0) ** np.arange(YEARS.size)))
    told = {"one": np.full((YEARS.size, 20000), 3.0)}
    drawn = replicate(History((bad,)), told, seed=5).values["one"]
    assert np.log(drawn[0]).std() == pytest.approx(MULTIPLES[-1] * bad.error, rel=0.02)


def test_replicas_of_the_prior_ignore_the_data():
    told = {name: np.tile(values, 5000) for name, values in told_of(HISTORY).items()}
    other = History(tuple(replace(one, values=7.0 * one.values) for one in HISTORY.series))
    first, second = (replicate(each, told, seed=6, informed=False) for each in (HISTORY, other))
    for name in told:
        assert (first.values[name] == second.values[name]).all()
    assert np.quantile(first.scales["s"], (0.05, 0.5, 0.95)) == pytest.approx(POINTS, rel=0.03)
    assert (replicate(HISTORY, told, seed=6).values["in"] != replicate(other, told, seed=6).values["in"]).any()


def test_replicas_follow_their_seed():
    told = told_of(HISTORY)
    first, same, other = (replicate(HISTORY, told, seed=seed).values["in"] for seed in (1, 1, 2))
    assert (first == same).all() and (first != other).all()


def test_replica_is_centre_times_deviation_and_scales_stand_in_the_centres():
    told = told_of(HISTORY)
    drawn = replicate(HISTORY, told, seed=8)
    assert drawn.centres["in"] == pytest.approx(np.exp(told["in"]) * drawn.scales["s"], rel=1e-12)
    assert drawn.centres["one"] == pytest.approx(np.exp(told["one"]), rel=1e-12)
    assert set(drawn.scales) == {"s"}
    assert predictive.Replicas(drawn.values, drawn.centres, drawn.scales) == drawn
