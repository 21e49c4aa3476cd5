"""Designs: draws that never change, correlations that are met, constants and limits that are checked before anything runs."""

import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from sim.experiment.copula import copula_of, correlated
from sim.experiment.design import (
    DISTRIBUTIONS,
    SAMPLER_NAMES,
    Design,
    Uncertainty,
    design_notes,
    design_problems,
    identity,
    sample,
    varied,
)
from sim.experiment.distributions import LEAST_PLACE
from sim.experiment.samplers import SAMPLERS

from ..model.support import model_of, refused

BODY = """
item: a, b ~~|
rate[item] = 0.1, 0.2 ~ 1/month [0,1] ~|
start = 5 ~ person [0] ~|
loss = 0.1 ~ 1/month ~|
fixed == 2 ~ dmnl ~|
curve((0,1),(10,1)) ~ dmnl ~|
stock[item] = INTEG(gain[item], start) ~ person ~|
gain[item] = stock[item] * (rate[item] - loss) * fixed * curve(Time / month) ~ person/month ~|
month = 1 ~ month ~|
"""

POINTS = {
    "uniform": (2.0, None, 4.0),
    "triangular": (2.0, 2.5, 4.0),
    "normal": (2.0, 2.5, 4.0),
    "lognormal": (2.0, 2.5, 4.0),
    "logit-normal": (0.2, 0.3, 0.8),
}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return model_of(tmp_path_factory.mktemp("design"), BODY)


def uncertainty(name, distribution="uniform", *, targets=None, points=None):
    return Uncertainty(name, targets or (name,), distribution, *(points or POINTS[distribution]))


FIVE = tuple(uncertainty(f"u {name}", name) for name in DISTRIBUTIONS)
RELATED = (("u uniform", "u normal", 0.6), ("u lognormal", "u uniform", -0.5), ("u logit-normal", "u lognormal", 0.4))


def design(sampler="sobol", size=512, **other):
    return Design(other.pop("uncertainties", FIVE), sampler, size, **other)


def told(problems):
    assert all(problem.where and problem.what and problem.why and problem.cure for problem in problems)
    return "\n".join(str(problem) for problem in problems)


# draws


@pytest.mark.parametrize("correlations", [(), RELATED], ids=["independent", "correlated"])
@pytest.mark.parametrize("sampler", SAMPLERS)
class TestDraws:
    def test_more_members_and_more_uncertainties_change_none(self, sampler, correlations):
        first = sample(design(sampler, correlations=correlations))
        assert first.shape == (5, 512) and first.dtype == np.float64 and first.flags.c_contiguous
        grown = design(
            sampler,
            2000,
            uncertainties=(*FIVE, uncertainty("new", "normal"), uncertainty("newer")),
            correlations=(*correlations, ("u triangular", "new", 0.7)),
        )
        assert sample(grown)[:5, :512].tobytes() == first.tobytes()

    def test_pieces_are_the_whole(self, sampler, correlations):
        whole = sample(design(sampler, correlations=correlations))
        edges = [0, 1, 4, 100, 229, 512]
        pieces = [
            sample(design(sampler, correlations=correlations), first=low, count=high - low)
            for low, high in zip(edges, edges[1:], strict=False)
        ]
        assert np.concatenate(pieces, axis=1).tobytes() == whole.tobytes()
        assert sample(design(sampler, correlations=correlations), first=500).tobytes() == whole[:, 500:].tobytes()
        assert sample(design(sampler, correlations=correlations), first=512).shape == (5, 0)

    def test_distributions_are_met(self, sampler, correlations):
        drawn = sample(design(sampler, 20_000, correlations=correlations))
        for row, one in zip(drawn, FIVE, strict=True):
            places = np.linspace(0.01, 0.99, 99)
            wanted = DISTRIBUTIONS[one.distribution].quantile(places, one.points)
            found = np.quantile(row, places)
            np.testing.assert_allclose(found, wanted, atol=0.03 * (wanted[-1] - wanted[0]))
        for row, one in list(zip(drawn, FIVE, strict=True))[2:]:
            np.testing.assert_allclose(np.quantile(row, [0.05, 0.5, 0.95]), one.points, rtol=0.03)

    def test_rank_correlations_are_met(self, sampler, correlations):
        drawn = sample(design(sampler, 20_000, correlations=correlations))
        wanted = np.eye(5)
        names = [one.name for one in FIVE]
        for first, second, rank in correlations:
            wanted[names.index(first), names.index(second)] = wanted[names.index(second), names.index(first)] = rank
        np.testing.assert_allclose(stats.spearmanr(drawn.T).statistic, wanted, atol=0.03)


def test_an_uncertainty_without_correlation_keeps_its_bits():
    alone, related = sample(design()), sample(design(correlations=RELATED))
    names = [one.name for one in FIVE]
    for row in (names.index("u uniform"), names.index("u triangular")):
        assert alone[row].tobytes() == related[row].tobytes(), "neither is drawn after one it is correlated with"
    assert alone[names.index("u normal")].tobytes() != related[names.index("u normal")].tobytes()


def test_the_factor_is_that_of_the_correlations():
    names = ("a", "b", "c", "d")
    pairs = (("a", "b", 0.5), ("b", "d", -0.3), ("a", "d", 0.2))
    copula = copula_of(names, pairs)
    assert copula.rows == (0, 1, 3)
    wanted = np.eye(3)
    for row, column, rank in ((0, 1, 0.5), (1, 2, -0.3), (0, 2, 0.2)):
        wanted[row, column] = wanted[column, row] = 2 * math.sin(math.pi * rank / 6)
    np.testing.assert_allclose(copula.factor, np.linalg.cholesky(wanted), atol=1e-14)


def test_even_an_almost_perfect_correlation_stays_inside_the_support():
    two = (uncertainty("a"), uncertainty("b", "normal"))
    drawn = sample(Design(two, "monte_carlo", 50_000, correlations=(("a", "b", 0.999999),)))
    assert np.all(np.isfinite(drawn))
    assert stats.spearmanr(drawn[0], drawn[1]).statistic > 0.9999
    for end in (LEAST_PLACE, 1 - LEAST_PLACE):
        ends = correlated(np.full((3, 1), end), copula_of(("a", "b", "c"), (("a", "c", 0.6), ("b", "c", 0.6))))
        assert np.array_equal(ends, np.full((3, 1), end)), "places further out than any sampler gives would be infinite draws"


@pytest.mark.parametrize(("first", "count"), [(-1, 2), (0, 513), (512, 1), (3, -1), (600, None)])
def test_members_it_does_not_have_are_refused(first, count):
    (problem,) = refused(lambda: sample(design(), first=first, count=count))
    assert problem.where == "members" and "0 to 511" in problem.why


def test_a_wrong_design_draws_nothing():
    problems = refused(lambda: sample(design("sobl", 0)))
    assert [problem.where for problem in problems] == ["sampler", "size"]


# what varies


def test_targets_share_the_draw_of_their_uncertainty():
    pair = (uncertainty("rates", targets=("rate[a]", "rate[b]")), uncertainty("loss"))
    names, rows = varied(design(uncertainties=pair))
    assert names == ("rate[a]", "rate[b]", "loss")
    assert rows.tolist() == [0, 0, 1]
    assert sample(design(uncertainties=pair))[rows].shape == (3, 512)


def test_a_sound_design_has_no_problems(model):
    pair = (uncertainty("rates", "logit-normal", targets=("rate",)), uncertainty("the start", targets=("START",)))
    assert design_problems(design(uncertainties=pair), model) == []


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        (("lossy",), "did you mean 'loss'"),
        (("gain",), "only constants"),
        (("fixed",), "the file fixes it"),
        (("curve",), "cannot stand for points"),
        (("rate[c]",), "no element [c]"),
        (("loss", "Loss"), "is the same parameter"),
        (("rate[a]", "rate"), "is the same parameter"),
        (("start",), "is the same parameter"),
        ((), "no constants"),
    ],
)
def test_wrong_targets_are_told(model, targets, expected):
    one = Uncertainty("odd", targets, "uniform", 0.1, None, 0.2)
    problems = design_problems(design(uncertainties=(one, uncertainty("start"))), model)
    assert expected in told(problems)
    assert all(problem.where.startswith(("uncertainty odd", "uncertainty start")) for problem in problems)


@pytest.mark.parametrize(
    ("distribution", "points", "target", "reached"),
    [
        ("uniform", (-0.1, None, 0.5), "rate[a]", "-0.1 to 0.5"),
        ("triangular", (0.1, 0.2, 1.1), "rate", "0.1 to 1.1"),
        ("normal", (1.0, 2.0, 3.0), "start", "-2.9"),
        ("lognormal", (0.3, 0.5, 0.7), "rate", "to 2.68"),
    ],
)
def test_draws_that_could_pass_the_models_limits_are_refused(model, distribution, points, target, reached):
    one = uncertainty("u", distribution, targets=(target,), points=points)
    (problem,) = design_problems(design(uncertainties=(one,)), model)
    assert problem.where == f"uncertainty u: {target}"
    assert reached in problem.what and "limits are 0 to" in problem.why


def test_everything_wrong_is_told_at_once(model):
    odd = (
        uncertainty("a", "uniform", points=(1.0, None, 0.0)),
        uncertainty("loss", "normall", points=(1.0, 2.0, 3.0)),
        uncertainty("loss", targets=("month",)),
    )
    wrong = Design(odd, "latin hypercub", -1, seed=-5, correlations=(("a", "loss", 2.0),), samples=Path("x.csv"))
    problems = design_problems(wrong, model)
    assert {problem.where for problem in problems} >= {
        "sampler",
        "size",
        "seed",
        "samples",
        "uncertainty a",
        "uncertainty loss",
        "uncertainty a: a",
        "correlation a with loss",
    }
    assert "'latin_hypercube'" in told(problems) and "'normal'" in told(problems)


# correlations


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("u unifrm", "u normal", 0.5)], "did you mean 'u uniform'"),
        ([("u normal", "u normal", 0.5)], "with itself"),
        ([("u uniform", "u normal", 0.5), ("u normal", "u uniform", 0.5)], "a second value"),
        ([("u uniform", "u normal", 1.0)], "strictly between"),
        ([("u uniform", "u normal", -1.5)], "strictly between"),
        ([("u uniform", "u normal", math.nan)], "strictly between"),
        ([("u uniform", "u normal", "0.5")], "strictly between"),
    ],
)
def test_wrong_correlations_are_told(pairs, expected):
    problems = refused(lambda: sample(design(correlations=tuple(pairs))))
    assert expected in told(problems)
    assert problems[0].where.startswith("correlation u ")


def test_correlations_that_contradict_each_other_are_named_with_a_cure_that_works():
    pairs = (("u uniform", "u triangular", 0.9), ("u triangular", "u normal", 0.9), ("u normal", "u uniform", -0.9))
    (problem,) = refused(lambda: sample(design(correlations=(*pairs, ("u lognormal", "u logit-normal", 0.1)))))
    assert all(f"{first} with {second}: {rank}" in problem.what for first, second, rank in pairs)
    assert "lognormal" not in problem.what and "not positive definite" in problem.why
    factor = float(problem.cure.partition("by ")[2].partition(" ")[0])
    weaker = tuple((first, second, factor * rank) for first, second, rank in pairs)
    assert sample(design(correlations=weaker)).shape == (5, 512)
    assert 0.3 < factor < 0.6


# remarks and identity


@pytest.mark.parametrize(
    ("sampler", "size", "remark"),
    [
        ("sobol", 1000, "512 or 1024 are in balance"),
        ("sobol", 1024, ""),
        ("sobol", 1, ""),
        ("latin_hypercube", 1000, ""),
        ("latin_hypercube", 1030, "30 of its 100 members"),
        ("latin_hypercube", 30, "; 100 members are whole layers"),
        ("monte_carlo", 1030, ""),
    ],
)
def test_sizes_out_of_balance_are_remarked(sampler, size, remark):
    notes = design_notes(design(sampler, size))
    assert len(notes) == bool(remark)
    assert remark in "".join(notes)


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ({}, False),
        ({"layer": 50}, False),
        ({"correlations": (("u normal", "u uniform", 0.5),)}, False),
        ({"correlations": (("u normal", "u uniform", 0.4),)}, True),
        ({"correlations": ()}, True),
        ({"seed": 1}, True),
        ({"size": 513}, True),
        ({"sampler": "monte_carlo"}, True),
        ({"uncertainties": FIVE[::-1]}, True),
        ({"uncertainties": (dataclasses.replace(FIVE[0], central=1.0), *FIVE[1:])}, False),
        ({"uncertainties": (dataclasses.replace(FIVE[0], low=2), *FIVE[1:])}, False),
        ({"uncertainties": (dataclasses.replace(FIVE[0], high=5.0), *FIVE[1:])}, True),
        ({"uncertainties": (dataclasses.replace(FIVE[0], targets=("x",)), *FIVE[1:])}, True),
    ],
)
def test_identity_differs_exactly_where_draws_do(change, differs):
    base = design(correlations=(("u uniform", "u normal", 0.5),))
    other = dataclasses.replace(base, **change)
    assert (json.dumps(identity(base)) != json.dumps(identity(other))) == differs
    if not differs:
        assert sample(base).tobytes() == sample(other).tobytes()
    layered = [identity(design("latin_hypercube", layer=layer)) for layer in (50, 100)]
    assert layered[0] != layered[1]


def test_samplers_are_the_ones_promised():
    assert SAMPLER_NAMES == ("sobol", "latin_hypercube", "monte_carlo", "morris", "saltelli", "file")
