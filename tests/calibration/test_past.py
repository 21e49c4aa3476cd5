"""The past as models tell it, on small models whose yearly means are known; what is told of it as tables."""

from dataclasses import replace

import numpy as np
import pytest

from sim.analysis.calibration.likelihood import Series
from sim.errors import ThroughflowError
from sim.experiment.fitting import subject_of
from sim.experiment.past import prepare_past, values_at
from sim.experiment.targets import COVERAGE, Prior, Target
from sim.experiment.told import Told, band_rows, fit_rows, missing, naive_rows, observation_rows, residual_rows
from sim.experiment.uncertainty import Uncertainty
from sim.model.vensim import read

BODY = """{UTF-8}
partner: US, EUR ~~|
growth = 0.1 ~ 1/year ~|
drain = 0.02 ~ 1/year ~|
also drain = 0.02 ~ 1/year ~|
effect of R1 on growth = 0.5 ~ dmnl ~|
intensity of R1 = 0 + STEP(1, 2023) ~ dmnl ~|
Stock = INTEG(Stock * growth * (1 + effect of R1 on growth * intensity of R1), 100) ~ paper ~|
Ties[partner] = INTEG(-Ties[partner] * (drain + also drain), 10) ~ tie ~|
all = Stock + SUM(Ties[partner!]) ~ paper ~|
root = SQRT(drain) ~ dmnl ~|
INITIAL TIME = 2010 ~ year ~|
FINAL TIME = 2041 ~ year ~|
TIME STEP = 0.0625 ~ year ~|
SAVEPER = 1 ~ year ~|
"""
YEARS = np.arange(2011.0, 2016.0)
STEP = 1.0 / 16

GROWTH = Uncertainty("growth", ("growth",), "lognormal", 0.05, 0.1, 0.2)
DRAINS = Uncertainty("drains", ("drain", "also drain"), "lognormal", 0.01, 0.02, 0.04)
FAILING = Uncertainty("drains", ("drain",), "normal", -0.01, 0.01, 0.03)
EFFECT = Uncertainty("effect", ("effect of R1 on growth",), "normal", 0.2, 0.5, 0.8)
WIDENING = Uncertainty(COVERAGE, (), "normal", 0.02, 0.06, 0.1)


def target(name="stock", terms=("Stock",), denominator=(), **settings):
    lag, covered, role = (settings.pop(key, usual) for key, usual in (("lag", 0), ("covered", False), ("role", "fitted")))
    base, years, divisor = (settings.pop(key, usual) for key, usual in (("base_year", 0.0), ("years", YEARS), ("divisor", 1.0)))
    values = settings.pop("values", 100.0 * np.exp(0.1 * (years - 2009.5)) / divisor)
    fitted = years < 2014 if role != "check" else np.zeros(years.size, dtype=bool)
    series = Series(name, years, values, fitted, 0.05, 2.0, **settings)
    marks = ("A",) * years.size, ("somebody",) * years.size
    return Target(
        name, (name, name), "papers", role, terms, denominator, divisor, lag, covered, base, series, *marks, ((2009.0, 90.0),)
    )


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("past") / "past.mdl"
    path.write_text(BODY, encoding="utf-8")
    return read(path)


@pytest.fixture(scope="module")
def past_of(model):
    def made(*targets, uncertain=(GROWTH, DRAINS, WIDENING), also=()):
        return prepare_past(model, uncertain, targets, step=STEP, threads=1, also=also)

    return made


PLACES = np.random.default_rng(1).standard_normal((3, 5))


def mean_of_year(rate, years, start=100.0):
    """Integral of start · exp(rate · time) over each calendar year."""
    begin = years[:, None] - 2010.0
    return start * (np.exp(rate * (begin + 1)) - np.exp(rate * begin)) / rate


def test_yearly_means_are_integrals_over_the_calendar_year(past_of):
    past = past_of(target())
    rates = values_at([GROWTH], PLACES[:1])[0]
    assert past.years.tolist() == list(range(2010, 2016))
    assert past.yearly(PLACES)["Stock"] == pytest.approx(mean_of_year(rates, past.years), rel=1e-6)


def test_elements_stand_alone_and_summed(past_of):
    yearly = past_of(target(terms=("Ties[US]", "Stock"), denominator=("Ties",))).yearly(PLACES)
    rates = -2.0 * values_at([DRAINS], PLACES[1:2])[0]
    assert yearly["Ties[US]"] == pytest.approx(mean_of_year(rates, np.arange(2010.0, 2016.0), 10.0), rel=1e-6)
    assert yearly["Ties"] == pytest.approx(2 * yearly["Ties[US]"]) and (yearly["Ties[US]"] == yearly["Ties[EUR]"]).all()


def test_one_uncertainty_sets_all_its_constants(past_of):
    draws = past_of(target()).draws(PLACES)
    assert draws.shape == (3, 5) and (draws[1] == draws[2]).all() and (draws[0] != draws[1]).all()
    assert past_of(target()).draws(np.zeros((3, 1)))[:, 0] == pytest.approx([0.1, 0.02, 0.02])


def test_values_have_the_points_of_their_priors():
    places = np.array([[-1.6448536269514722, 0.0, 1.6448536269514722]] * 2)
    assert values_at([GROWTH, EFFECT], places) == pytest.approx(np.array([GROWTH.points, EFFECT.points]), rel=1e-9)


def test_terms_denominator_lag_and_coverage(past_of):
    shown = target(terms=("Stock", "Ties[US]"), denominator=("Ties",), lag=1, covered=True)
    past = past_of(shown)
    rate, drain, growth = (values_at([each], PLACES[[row]])[0] for row, each in enumerate((GROWTH, DRAINS, WIDENING)))
    before = YEARS - 1
    stock, ties = mean_of_year(rate, before), mean_of_year(-2 * drain, before, 10.0)
    expected = np.log((stock + ties) / (2 * ties)) + growth * (before - 2014)[:, None]
    assert past.shown(shown, past.yearly(PLACES), PLACES) == pytest.approx(expected, rel=1e-6)


def test_a_failed_world_is_infinite_and_alone(past_of):
    past = past_of(target(), uncertain=(GROWTH, FAILING), also=("root",))
    places = np.array([[0.0, 0.5, 1.0], [0.0, -3.0, 1.0]])
    yearly = past.yearly(places)
    assert all((values[:, 1] == np.inf).all() and np.isfinite(values[:, [0, 2]]).all() for values in yearly.values())
    logs = past.log_likelihood(places)
    assert logs[1] == -np.inf and np.isfinite(logs[[0, 2]]).all()
    alone = past.yearly(places[:, [2]])
    assert all((alone[name][:, 0] == values[:, 2]).all() for name, values in yearly.items())


def test_a_number_without_a_logarithm_is_infinite(past_of):
    past = past_of(target())
    yearly = past.yearly(PLACES)
    yearly["Stock"][2, 3] = -1.0
    shown = past.shown(past.targets[0], yearly, PLACES)
    assert shown[1, 3] == np.inf and np.isfinite(np.delete(shown, 3, axis=1)).all()


def test_shared_parameters_change_every_world(past_of):
    past = past_of(target(terms=("all",)))
    assert (past.yearly(PLACES, {"drain": 0.5})["all"] == past.yearly(PLACES)["all"]).all(), "what varies stays as drawn"
    shared = past_of(target(terms=("all",)), uncertain=(GROWTH,))
    assert (shared.yearly(PLACES[:1], {"drain": 0.5})["all"] < shared.yearly(PLACES[:1])["all"]).all()


@pytest.mark.parametrize(
    ("bad", "what"),
    [
        (target(lag=2), "2011, 2 years later"),
        (target(years=np.array([2011.0, 2012.5])), "2012.5"),
        (target(years=np.array([2009.0, 2011.0])), "2009"),
        (target(terms=("Stok",)), "Stok"),
    ],
)
def test_years_and_names_the_model_has_not_are_refused(past_of, bad, what):
    with pytest.raises(ThroughflowError) as refused:
        past_of(bad)
    problem = refused.value.problems[0]
    assert what in problem.what + problem.where and problem.why and problem.cure


def test_coverage_without_its_parameter_is_refused(past_of):
    with pytest.raises(ThroughflowError, match=f"nothing is called {COVERAGE}"):
        past_of(target(covered=True), uncertain=(GROWTH,))


def priors(*uncertain):
    return tuple(Prior(each, "dmnl", "elicited", "A", "", True) for each in uncertain)


def test_what_does_not_act_in_the_past_is_left_out(model):
    subject = subject_of(model, priors(EFFECT, GROWTH, DRAINS, WIDENING), (target(),), threads=1, seed=0)
    assert subject.names == ("growth", COVERAGE) and subject.acting.tolist() == [False, True, False, True]
    wider = subject_of(model, priors(EFFECT, GROWTH, DRAINS, WIDENING), (target(terms=("all",)),), threads=1, seed=0)
    assert wider.names == ("growth", "drains", COVERAGE)
    later = replace(target(), series=replace(target().series, years=np.array([2011.0, 2012, 2013, 2014, 2024])))
    assert "effect" in subject_of(model, priors(EFFECT, GROWTH, WIDENING), (later,), threads=1, seed=0).names


@pytest.mark.parametrize("seed", range(6))
def test_a_base_that_fails_makes_nothing_act(model, seed):
    risky = replace(FAILING, low=-0.02, central=0.001, high=0.02)
    subject = subject_of(model, priors(EFFECT, risky, WIDENING), (target(terms=("Stock", "root")),), threads=1, seed=seed)
    assert subject.names == ("drains", COVERAGE)


STOCK = target("stock")
TIES = target("ties", terms=("Ties",), values=np.full(5, 19.0), scale="s", scale_points=(0.5, 1.0, 2.0))
SHARE = target("share", terms=("Stock",), denominator=("Ties",), role="derived", values=np.linspace(5.0, 9.0, 5), divisor=100.0)
CHECK = target(
    "check", terms=("Ties",), role="check", base_year=2013.0, values=np.array([8.0, 7.0, 6.0, 5.0, 4.0]), divisor=10.0
)


@pytest.fixture(scope="module")
def told(past_of):
    places = np.random.default_rng(2).standard_normal((3, 400))
    return Told("posterior", past_of(STOCK, TIES, SHARE, CHECK), places, 0)


def test_derived_bands_are_of_the_quotient(told):
    quotient = told.replicas.values["stock"] / told.replicas.values["ties"]
    assert told.band(SHARE) == pytest.approx(100 * np.quantile(quotient, (0.05, 0.25, 0.5, 0.75, 0.95), axis=1))
    assert (np.diff(told.band(SHARE), axis=0) > 0).all()


def test_checks_are_relative_to_their_base_year(told):
    at = np.searchsorted(told.past.years, YEARS)
    numbers = told.past.yearly(told.places)["Ties"][at]
    band = told.band(CHECK)
    assert band[:, 2] == pytest.approx(60.0)
    assert band == pytest.approx(np.quantile(60.0 * numbers / numbers[2], (0.05, 0.25, 0.5, 0.75, 0.95), axis=1))


def test_a_check_without_its_base_year_and_a_quotient_of_nothing_fitted_are_refused(told, past_of):
    with pytest.raises(ThroughflowError, match="no value in its base year 2010"):
        told.band(replace(CHECK, base_year=2010.0))
    with pytest.raises(ThroughflowError, match="no fitted target"):
        told.band(replace(SHARE, denominator=("all",)))
    with pytest.raises(ThroughflowError, match="no fitted target"):
        told.band(replace(SHARE, series=replace(SHARE.series, years=YEARS + 1)))


def test_bands_of_the_prior_ignore_the_data_and_those_of_the_posterior_do_not(told, past_of):
    other = replace(TIES, series=replace(TIES.series, values=2 * TIES.series.values))
    past = past_of(STOCK, other, SHARE, CHECK)
    bands = {
        footing: [replace(told, footing=footing, past=each).band(TIES) for each in (told.past, past)]
        for footing in ("prior", "posterior")
    }
    assert (bands["prior"][0] == bands["prior"][1]).all()
    assert bands["posterior"][1][2] / bands["posterior"][0][2] == pytest.approx(2.0, rel=0.15)


def test_bands_of_the_design_are_lines(told):
    design = Told("design", told.past, np.zeros((3, 1)), 0)
    rows = band_rows(design)
    assert {row["footing"] for row in rows} == {"design"} and len(rows) == 20
    assert all(row["q05"] == row["q50"] == row["q95"] for row in rows)


def test_observations_say_what_they_are_for(told):
    found = {(row["target"], row["year"]): row for row in observation_rows(told.past.targets)}
    assert [found["stock", year]["role"] for year in (2009, 2011, 2013, 2014, 2015)] == [
        "context", "fit", "fit", "hold-out", "hold-out"
    ]  # fmt: skip
    assert found["share", 2012]["role"] == "derived" and found["check", 2012]["role"] == "check"
    assert found["check", 2011]["value"] == pytest.approx(80.0) and found["check", 2009]["value"] == 90.0
    assert found["stock", 2011]["grade"] == "A" and found["stock", 2011]["source"] == "somebody"


def test_fit_naive_and_residual_rows(told):
    fit = {(row["target"], row["period"]): row for row in fit_rows(told)}
    assert set(fit) == {(name, period) for name in ("stock", "ties", "share") for period in ("fit", "hold-out")}
    assert fit["stock", "fit"]["n"] == 3 and fit["stock", "fit"]["coverage"] == 1.0
    assert np.isnan(fit["ties", "fit"]["r2"]) and np.isnan(missing(None)), "constant data have no R²"
    naive = [row for row in naive_rows(told) if row["target"] == "stock"]
    assert {row["forecast"] for row in naive} == {"model", "last value", "linear trend"} and {row["n"] for row in naive} == {2}
    away = {(row["target"], row["year"]): row for row in residual_rows(told)}
    band = told.band(STOCK)
    expected = np.log(STOCK.series.values[0] / band[2, 0])
    assert away["stock", 2011]["residual"] == pytest.approx(expected)
    spread = np.log(band[4, 0] / band[0, 0]) / 3.2897072539
    assert away["stock", 2011]["standardised"] == pytest.approx(expected / spread)


def test_worlds_that_fail_are_left_out_and_counted(past_of):
    past = past_of(STOCK, uncertain=(GROWTH, FAILING), also=("root",))
    places = np.array([[0.0, 0.5, 1.0], [0.0, -3.0, 1.0]])
    told = Told("posterior", past, places, 0)
    assert told.failed == 1 and np.isfinite(told.band(STOCK)).all()
    with pytest.raises(ThroughflowError, match="no world ended well"):
        Told("posterior", past, places[:, [1]], 0).band(STOCK)
