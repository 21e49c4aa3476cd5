"""A small calibration of the flagship from end to end: every table, no number that is none, and a posterior that can be run."""

import hashlib
import json

import numpy as np
import pytest

from sim import resources
from sim.config import vocabulary
from sim.experiment.calibrate import REPAIRS, Calibration, calibrate
from sim.experiment.design_check import model_problems, own_problems
from sim.experiment.samples_file import read_samples
from sim.experiment.targets import COVERAGE, read_priors
from sim.experiment.uncertainty import Design
from sim.model.vensim import read
from sim.results import load_netcdf, save_netcdf
from sim.results.tables import table

PATH = resources.model_file(vocabulary.MODEL)
QUESTION = Calibration((2010, 2018), (2019, 2022), 128, 1, 256, 16, 1, 1, 64, 1, 0, False)
QUANTILES = ("q05", "q25", "q50", "q75", "q95")

COLUMNS = {
    "targets": "target label_en label_zh unit role scale_name scale_q05 scale_q50 scale_q95 error lag n_fit n_hold",
    "observations": "target year value role grade source",
    "bands": "target year footing q05 q25 q50 q75 q95",
    "fit": "target period footing n r2 mape theil_u theil_bias theil_variation theil_covariation coverage",
    "naive": "target forecast n mape rmse_log rank",
    "residuals": "target year period residual standardised",
    "parameters": "name unit origin basis prior_q05 prior_q50 prior_q95 posterior_q05 posterior_q50 posterior_q95 "
    "contraction shift mode mode_place at_bound informed",
    "profile": "name place value drop",
    "synthetic": "truth name truth_value q05 q95 inside width informed",
    "method": "name value meaning",
    "shocks": "quantity year world q05 q50 q95",
    "propositions": "id class statement_en statement_zh design design_holds share worlds q05 q50 q95 key_unit",
}
MAY_BE_MISSING = {"fit": ("r2", "theil_bias", "theil_variation", "theil_covariation", "coverage"), "naive": ("rmse_log",)}
"""Statistics that one point, or a line, has not; shown as empty cells."""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder, stages = tmp_path_factory.mktemp("calibrated"), []
    outcome = calibrate(QUESTION, folder=folder, threads=2, progress=lambda *stage: stages.append(stage))
    save_netcdf(outcome.dataset, folder / "results.nc")
    return outcome, load_netcdf(folder / "results.nc"), stages


@pytest.fixture(scope="module")
def tables(told):
    return {name: table(told[1], name) for name in COLUMNS}


def test_every_table_has_its_columns(told, tables):
    assert set(map(str, told[1].sizes)) == set(COLUMNS)
    for name, columns in COLUMNS.items():
        assert set(columns.split()) <= set(tables[name]), name
    assert told[1].attrs["kind"] == "calibration" and told[1].attrs["fingerprint"] == read(PATH).fingerprint


def test_no_number_is_none_where_none_may_be(tables):
    for name, columns in tables.items():
        for column, values in columns.items():
            if values.dtype.kind == "f" and column not in MAY_BE_MISSING.get(name, ()) and name != "propositions":
                assert np.isfinite(values).all(), f"{name}.{column}"
    fit = tables["fit"]
    several = (fit["n"] > 1) & (fit["footing"] == "posterior")
    assert np.isfinite(fit["r2"][several]).all() and np.isfinite(fit["coverage"][several]).all()


def test_bands_lie_in_order_and_name_their_footing(tables):
    bands = tables["bands"]
    rising = np.diff(np.stack([bands[name] for name in QUANTILES]), axis=0)
    assert (rising >= 0).all() and (bands["q05"] > 0).all()
    assert (rising[:, bands["footing"] == "design"] == 0).all()
    assert set(bands["footing"]) == {"design", "prior", "posterior"}
    for footing in ("design", "prior", "posterior"):
        assert set(bands["target"][bands["footing"] == footing]) == set(tables["targets"]["target"])


def test_the_posterior_tells_the_fitted_years_better_than_the_prior(tables):
    def spread(footing):
        bands = tables["bands"]
        own = (bands["footing"] == footing) & (bands["target"] == "co_papers") & (bands["year"] <= 2018)
        return np.mean(np.log(bands["q95"][own] / bands["q05"][own]))

    assert spread("posterior") < 0.5 * spread("prior")


def test_parameters_are_those_of_the_priors(tables):
    priors, found = read_priors(PATH.parent), tables["parameters"]
    assert found["name"].tolist() == [each.uncertainty.name for each in priors]
    normal = np.array([each.uncertainty.distribution.endswith("normal") for each in priors])
    medians = [each.uncertainty.central for each, has in zip(priors, normal, strict=True) if has]
    assert found["prior_q50"][normal] == pytest.approx(medians, rel=1e-9)
    still = ~found["acts"]
    assert found["acts"].sum() > 250 and still.sum() > 50
    assert (found["posterior_q50"][still] == found["prior_q50"][still]).all() and not found["informed"][still].any()
    assert (found["at_bound"] == (np.abs(found["mode_place"]) > 1.6448536269514722)).all()


def test_measures_do_not_act_in_the_past(tables):
    found = tables["parameters"]
    of_new = [name.startswith("effect of R") for name in found["name"]]
    assert sum(of_new) > 20 and not found["acts"][of_new].any()
    assert all(found["acts"][found["name"] == name] for name in REPAIRS)


def test_shocks_left_out_change_no_year_before_them(tables):
    shocks = tables["shocks"]
    as_it_was, without = (
        {
            (quantity, year): value
            for quantity, year, world, value in zip(*(shocks[key] for key in ("quantity", "year", "world", "q50")), strict=True)
            if world == name
        }
        for name in ("as it was", "no pandemic")
    )
    assert all(without[key] == value for key, value in as_it_was.items() if key[1] < 2020)
    assert any(without[key] != value for key, value in as_it_was.items() if key[1] >= 2020)


def test_progress_rises_to_the_end_of_every_stage(told):
    done = {}
    for name, number, total in told[2]:
        assert done.get(name, 0) <= number <= total
        done[name] = number
    assert {"tempering", "weighting", "mode", "synthetic truths", "propositions"} <= set(done)
    assert done["tempering"] == 1000 and done["weighting"] == QUESTION.importance


def test_the_posterior_is_a_file_of_draws_for_ensembles(told):
    outcome, _, _ = told
    path, about = outcome.files
    samples = read_samples(path)
    assert samples.problems == () and samples.values.shape[0] == QUESTION.vectors and np.isfinite(samples.values).all()
    setting = tuple(each.uncertainty for each in read_priors(PATH.parent) if each.uncertainty.name != COVERAGE)
    assert list(samples.header) == [each.name for each in setting]
    design = Design(setting, "file", QUESTION.vectors, samples=path)
    assert own_problems(design) == [] and model_problems(design, read(PATH)) == []
    said = json.loads(about.read_text(encoding="utf-8"))
    assert said["posterior"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert said["model"] == read(PATH).fingerprint and said["vectors"] == QUESTION.vectors
