"""Tempering, importance sampling and the method's own test, on problems whose posterior is known."""

import numpy as np
import pytest
from scipy.stats import binom, multivariate_normal

from sim.analysis.calibration.importance import refine
from sim.analysis.calibration.likelihood import History, Series
from sim.analysis.calibration.synthetic import made_history, recovered
from sim.analysis.calibration.tempering import temper
from sim.analysis.calibration.weights import effective_size, normalised, pareto_k
from sim.errors import ThroughflowError

PLACES, DATA, ERROR = 40, 9, 0.3


class Linear:
    """Data are linear in the places with normal errors: the posterior is normal and known."""

    def __init__(self, places=PLACES):
        rng = np.random.default_rng(0)
        self.matrix = rng.standard_normal((DATA, places)) / np.sqrt(places)
        self.data = self.matrix @ rng.standard_normal(places) + ERROR * rng.standard_normal(DATA)
        self.covariance = np.linalg.inv(np.eye(places) + self.matrix.T @ self.matrix / ERROR**2)
        self.mean = self.covariance @ self.matrix.T @ self.data / ERROR**2
        whole = self.matrix @ self.matrix.T + ERROR**2 * np.eye(DATA)
        self.within = np.linalg.qr(self.matrix.T)[0]
        self.log_evidence = multivariate_normal(np.zeros(DATA), whole).logpdf(self.data)

    def __call__(self, places):
        away = (self.data[:, None] - self.matrix @ places) / ERROR
        return -0.5 * (away**2).sum(axis=0) - DATA * np.log(ERROR * np.sqrt(2 * np.pi))

    def standard(self, places):
        """Places along the axes of the posterior, standard normal if they are draws of it; the data narrow the first ones."""
        variances, axes = np.linalg.eigh(self.covariance)
        return (axes.T @ (places - self.mean[:, None])) / np.sqrt(variances)[:, None]


@pytest.fixture(scope="module")
def linear():
    return Linear()


@pytest.fixture(scope="module")
def tempered(linear):
    return temper(linear, linear.within, particles=2000, moves=6, seed=1)


@pytest.fixture(scope="module")
def weighted(linear, tempered):
    return refine(linear, tempered.places, linear.within, draws=8000, rounds=4, seed=1)


def test_tempering_finds_mean_covariance_and_evidence(linear, tempered):
    own = linear.standard(tempered.places)
    assert own.mean(axis=1) == pytest.approx(0, abs=0.2)
    assert own.var(axis=1) == pytest.approx(1, abs=0.25)
    assert own[:DATA].var(axis=1).mean() == pytest.approx(1, abs=0.1)
    assert tempered.log_evidence == pytest.approx(linear.log_evidence, abs=0.5)
    assert tempered.log_likelihood == pytest.approx(linear(tempered.places), rel=1e-9)


def test_tempering_tells_what_it_did(linear, tempered):
    assert tempered.powers[0] == 0.0 and tempered.powers[-1] == 1.0 and (np.diff(tempered.powers) > 0).all()
    assert len(tempered.accepted) == len(tempered.powers) - 1 and all(0.05 < share < 0.95 for share in tempered.accepted)
    assert tempered.runs == 2000 * (1 + 6 * (len(tempered.accepted) - 1) + 18)
    assert 1.0 <= tempered.prior_effective < 200


def test_tempering_counts_its_runs_and_tells_every_power(linear):
    asked, told = [], []

    def counted(places):
        asked.append(places.shape[1])
        return linear(places)

    found = temper(counted, linear.within, particles=100, moves=2, seed=2, progress=told.append)
    assert sum(asked) == found.runs
    assert tuple(told) == found.powers[1:]


def test_fewer_particles_than_places_do_not_feign_knowledge():
    """Directions in which few particles happen not to differ are none in which the data say anything."""
    linear = Linear()
    found = temper(linear, linear.within, particles=30, moves=6, seed=3)
    assert linear.standard(found.places)[DATA:].var(axis=1).mean() > 0.6


def test_hundreds_of_places_need_no_more_particles():
    """Chance correlations of few particles in many places must not stand for knowledge."""
    linear = Linear(places=330)
    found = temper(linear, linear.within, particles=256, moves=6, seed=1)
    own = linear.standard(found.places)
    assert np.mean(own[:DATA].mean(axis=1) ** 2) < 0.05
    assert own[:DATA].var(axis=1).mean() == pytest.approx(1, abs=0.25)
    assert own[DATA:].var(axis=1).mean() == pytest.approx(1, abs=0.15)
    assert found.log_evidence == pytest.approx(linear.log_evidence, abs=1.0)


def test_importance_sampling_finds_mean_covariance_and_is_worth_its_draws(linear, weighted):
    weights = normalised(weighted.log_weights)
    own = linear.standard(weighted.places)
    assert own @ weights == pytest.approx(0, abs=0.08)
    assert (own**2) @ weights == pytest.approx(1, abs=0.12)
    assert effective_size(weighted.log_weights) > 0.4 * weighted.log_weights.size
    assert pareto_k(weighted.log_weights) < 0.5
    assert weighted.places.shape == (PLACES, 8000) and sum(weighted.rounds) == 8000 and len(weighted.rounds) == 4
    assert weighted.log_likelihood == pytest.approx(linear(weighted.places), rel=1e-9)


def test_mean_of_the_weights_is_the_evidence(linear, weighted):
    evidence = np.log(np.mean(np.exp(weighted.log_weights - weighted.log_weights.max()))) + weighted.log_weights.max()
    assert evidence == pytest.approx(linear.log_evidence, abs=0.05)


BENT = np.eye(6, 3)


def banana(places):
    """Second place near the square of the first; the first is all but free, the third has two modes."""
    bend = -0.5 * ((places[1] - 0.3 * (places[0] ** 2 - 1.0)) / 0.5) ** 2
    return bend + np.logaddexp(-0.5 * ((places[2] - 1.2) / 0.25) ** 2, np.log(0.5) - 0.5 * ((places[2] + 1.2) / 0.25) ** 2)


def integrated(function):
    """Posterior mean of a function of the three places, on a grid."""
    axes = [np.linspace(-4.5, 4.5, 91)] * 3
    grid = np.stack(np.meshgrid(*axes, indexing="ij")).reshape(3, -1)
    logs = banana(grid) - 0.5 * (grid**2).sum(axis=0)
    weights = np.exp(logs - logs.max())
    return float(function(grid) @ weights / weights.sum())


def test_weights_correct_a_bent_posterior_with_two_modes():
    found = temper(banana, BENT, particles=1000, moves=6, seed=4)
    one, other = (found.places[:, found.places[2] * side > 0][:, :200] for side in (1, -1))
    few = np.concatenate([one, other], axis=1)  # they lie wrong: one mode has too many of them
    weighted = refine(banana, few, BENT, draws=20_000, rounds=3, seed=4)
    weights = normalised(weighted.log_weights)
    upper = [lambda at: at[2] > 0]
    moments = [lambda at: at[1], lambda at: at[0] ** 2, lambda at: at[1] * at[0] ** 2, lambda at: at[2] ** 2]
    for check in upper + moments:
        assert check(weighted.places) @ weights == pytest.approx(integrated(check), abs=0.06)
    assert np.mean(few[2] > 0) < 0.55 < 0.62 < integrated(upper[0])


def test_half_of_the_prior_may_fail(linear):
    def half(places):
        return np.where(places[0] > 0, linear(places), -np.inf)

    found = temper(half, linear.within, particles=500, moves=4, seed=5)
    assert (found.places[0] > 0).all() and np.isfinite(found.log_likelihood).all()
    weighted = refine(half, found.places, linear.within, draws=2000, rounds=2, seed=5)
    failed = weighted.places[0] <= 0
    assert failed.any() and (weighted.log_weights[failed] == -np.inf).all()
    assert np.isfinite(weighted.log_weights[~failed]).all()


def test_a_prior_that_always_fails_is_refused():
    with pytest.raises(ThroughflowError) as refused:
        temper(lambda places: np.full(places.shape[1], -np.inf), np.eye(3), particles=50, moves=1, seed=0)
    problem = refused.value.problems[0]
    assert problem.where == "prior" and "none of 50" in problem.what and problem.why and "priors" in problem.cure


def test_a_posterior_out_of_reach_is_refused():
    def far(places):
        return -1e30 * (places[0] - 7.0) ** 2

    with pytest.raises(ThroughflowError, match="more particles"):
        temper(far, np.eye(2), particles=20, moves=1, seed=0)


def test_draws_that_all_fail_are_refused():
    with pytest.raises(ThroughflowError, match="every weight is zero"):
        refine(lambda places: np.full(places.shape[1], -np.inf), np.eye(3, 50), np.eye(3), draws=100, rounds=2, seed=0)


def test_one_seed_gives_the_same_bits_and_another_others(linear):
    def all_of_it(seed):
        found = temper(linear, linear.within, particles=200, moves=2, seed=seed)
        return found, refine(linear, found.places, linear.within, draws=400, rounds=3, seed=seed)

    (first, drawn), (same, again), (other, others) = (all_of_it(seed) for seed in (7, 7, 8))
    assert (first.places == same.places).all() and first.log_evidence == same.log_evidence
    assert (drawn.places == again.places).all() and (drawn.log_weights == again.log_weights).all()
    assert (first.places != other.places).any() and (drawn.places != others.places).any()


YEARS = np.arange(2010.0, 2010.0 + DATA)
ONE = Series("one", YEARS, np.exp(Linear().data), np.ones(DATA, dtype=bool), ERROR, 2.0, "s", (0.7, 1.0, 1.4))


MATRIX = Linear().matrix * 2.0


def predicted(places):
    return {"one": MATRIX[:, : places.shape[0]] @ places}


def test_made_history_is_told_by_its_truth():
    truth, made = made_history(History((ONE,)), predicted, places=12, seed=3)
    again, same = made_history(History((ONE,)), predicted, places=12, seed=3)
    assert (truth == again).all() and (made.series[0].values == same.series[0].values).all()
    kept = ("name", "error", "memory", "scale", "scale_points")
    assert all(getattr(made.series[0], name) == getattr(ONE, name) for name in kept)
    away = np.array(
        [
            np.log(own.series[0].values) - predicted(at[:, None])["one"][:, 0]
            for at, own in (made_history(History((ONE,)), predicted, places=12, seed=seed) for seed in range(400))
        ]
    )
    sizes = np.array([0.5, 0.7, 1.0, 1.4, 2.0]) ** 2 @ [0.1, 0.2, 0.4, 0.2, 0.1]
    scale = (np.log(1.4 / 0.7) / (2 * 1.6448536)) ** 2
    assert away.mean() == pytest.approx(0, abs=0.06)
    assert away.var(axis=0).mean() == pytest.approx(sizes * ERROR**2 + scale, rel=0.15)


def test_a_truth_is_a_world_that_ends_well():
    def some(places):
        return {"one": np.where(places[0] > 1.0, predicted(places)["one"], np.inf)}

    for seed in range(5):
        truth, made = made_history(History((ONE,)), some, places=4, seed=seed)
        assert truth[0] > 1.0 and np.isfinite(made.series[0].values).all()
    with pytest.raises(ThroughflowError, match="synthetic truth"):
        made_history(History((ONE,)), lambda places: {"one": np.full((DATA, places.shape[1]), np.inf)}, places=4, seed=0)


def test_intervals_of_nine_tenths_hold_nine_truths_of_ten():
    truths, places = 60, 12
    axis = MATRIX[0, :places] / np.linalg.norm(MATRIX[0, :places])
    within = np.linalg.qr(MATRIX[:, :places].T)[0]
    inside, narrow = [], []
    for seed in range(truths):
        truth, made = made_history(History((ONE,)), predicted, places=places, seed=seed)
        draws = recovered(made, predicted, within, particles=200, moves=3, seed=seed)
        low, high = np.quantile(axis @ draws, (0.05, 0.95))
        inside.append(low <= axis @ truth <= high)
        narrow.append(high - low)
    low, high = binom.interval(0.998, truths, 0.9)
    assert low <= sum(inside) <= high
    assert np.median(narrow) < 2.5, "data that say nothing of this combination would let any method pass"
