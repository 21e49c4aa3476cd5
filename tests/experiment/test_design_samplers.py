"""Samplers: a member never changes, and each sampler keeps the balance it promises."""

import inspect
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.stats import qmc

from sim.experiment.samplers import SAMPLERS, Asked

NAMES = tuple(f"uncertainty {number}" for number in range(6))

KNOWN = {
    "sobol": [[0.8387727760295817, 0.1308274219338309], [0.4786356009956291, 0.8984545118315551]],
    "latin_hypercube": [[0.42066876354278065, 0.09800147222005762], [0.1872279641625937, 0.3672767961362842]],
    "monte_carlo": [[0.013405223575529202, 0.9124875306549968], [0.6181612050390631, 0.8900311590234321]],
}
"""Places of members 1 000 and 1 001 of two uncertainties, a and b, with seed 7 and layers of 100."""


def places(sampler, members=range(512), *, names=NAMES, seed=7, layer=100):
    return SAMPLERS[sampler](Asked(names, members, seed, layer))


def test_every_sampler_cites_its_source_and_has_its_promise_tested():
    assert set(PROMISES) == set(SAMPLERS)
    for name, sampler in SAMPLERS.items():
        assert "Source: " in inspect.getdoc(sampler), name


@pytest.mark.parametrize("sampler", SAMPLERS)
class TestEverySampler:
    def test_places_lie_inside_and_repeat(self, sampler):
        drawn = places(sampler)
        assert drawn.shape == (6, 512) and drawn.dtype == np.float64
        assert np.all((drawn > 0) & (drawn < 1))
        assert drawn.tobytes() == places(sampler).tobytes()

    def test_more_members_change_none(self, sampler):
        assert places(sampler, range(2000))[:, :512].tobytes() == places(sampler).tobytes()

    def test_more_uncertainties_at_the_end_change_none(self, sampler):
        more = places(sampler, names=(*NAMES, "another", "and another"))
        assert more[:6].tobytes() == places(sampler).tobytes()

    @settings(max_examples=40, deadline=None)
    @given(cuts=st.lists(st.integers(0, 512), max_size=6), layer=st.sampled_from([2, 7, 64, 100]))
    def test_pieces_are_the_whole(self, sampler, cuts, layer):
        edges = [0, *sorted(cuts), 512]
        pieces = [places(sampler, range(low, high), layer=layer) for low, high in itertools.pairwise(edges)]
        assert np.concatenate(pieces, axis=1).tobytes() == places(sampler, layer=layer).tobytes()

    @pytest.mark.parametrize("member", [9_999_999, 1 << 20, (1 << 20) - 1])
    def test_a_far_member_alone_is_that_of_its_block(self, sampler, member):
        block = places(sampler, range(member - 70, member + 1))
        assert places(sampler, range(member, member + 1)).tobytes() == block[:, -1:].tobytes()

    def test_seed_and_name_make_the_draw(self, sampler):
        drawn = places(sampler)
        assert np.mean(drawn == places(sampler, seed=8)) < 0.01
        renamed = places(sampler, names=("renamed", *NAMES[1:]))
        assert np.mean(renamed[0] == drawn[0]) < 0.01
        assert renamed[1:].tobytes() == drawn[1:].tobytes()

    def test_marginals_are_uniform_and_unrelated(self, sampler):
        drawn = places(sampler, range(4096))
        for row in drawn:
            assert stats.kstest(row, "uniform").statistic < 0.03
        related = np.corrcoef(drawn) - np.eye(6)
        assert np.max(np.abs(related)) < 0.06

    def test_numbers_are_the_ones_of_scheme_one(self, sampler):
        """Known numbers: whoever changes them on purpose raises ``SCHEME``."""
        np.testing.assert_array_equal(places(sampler, range(1000, 1002), names=("a", "b")), KNOWN[sampler])


def promise_of_monte_carlo():
    """Independent places: as many pairs of neighbours rise as chance lets."""
    drawn = places("monte_carlo", range(20_000))
    assert abs(np.mean(np.diff(drawn) > 0) - 0.5) < 0.01
    counts = np.histogram(drawn, 64, (0, 1))[0]
    assert stats.chisquare(counts).pvalue > 1e-4
    assert places("monte_carlo", names=NAMES[::-1])[::-1].tobytes() == places("monte_carlo").tobytes()


def promise_of_latin_hypercube():
    """One member in each stratum, in every layer, in another order each."""
    for layer in (2, 10, 100):
        drawn = places("latin_hypercube", range(5 * layer), layer=layer).reshape(6, 5, layer)
        strata = np.floor(drawn * layer).astype(int)
        np.testing.assert_array_equal(np.sort(strata, axis=2), np.broadcast_to(np.arange(layer), strata.shape))
    assert len({tuple(order) for order in strata.reshape(-1, layer)}) == 30
    shuffled = places("latin_hypercube", names=NAMES[::-1])[::-1]
    assert shuffled.tobytes() == places("latin_hypercube").tobytes()


def promise_of_sobol():
    """A digital net: every aligned power of two is balanced in each uncertainty, and the whole more even than chance."""
    for size, start in ((256, 0), (256, 768), (4, 1020)):
        strata = np.floor(places("sobol", range(start, start + size)) * size).astype(int)
        np.testing.assert_array_equal(np.sort(strata, axis=1), np.broadcast_to(np.arange(size), strata.shape))
    boxes = np.floor(places("sobol", range(256), names=NAMES[:2]) * 16).astype(int)
    assert len(set(map(tuple, boxes.T))) == 256, "the first two dimensions are a (0, 8, 2)-net: one member in each of 16 x 16"
    ours = qmc.discrepancy(places("sobol", range(1024)).T)
    chance = min(qmc.discrepancy(places("monte_carlo", range(1024), seed=seed).T) for seed in range(5))
    theirs = max(qmc.discrepancy(qmc.Sobol(6, rng=seed).random(1024)) for seed in range(5))
    assert ours < chance / 10
    assert ours < 1.5 * theirs


PROMISES = {
    "sobol": promise_of_sobol,
    "latin_hypercube": promise_of_latin_hypercube,
    "monte_carlo": promise_of_monte_carlo,
}


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_promise(sampler):
    PROMISES[sampler]()


def test_sobol_points_are_scipys_but_for_the_scrambling():
    """Undoing the scrambling is not possible from outside, but differences of members are: they are linear in the sequence."""
    plain = qmc.Sobol(6, scramble=False).random(64)
    same = np.all(np.floor(plain[:, np.newaxis] * 2) == np.floor(plain[np.newaxis] * 2), axis=2)
    drawn = places("sobol", range(64)).T
    assert np.array_equal(np.all(np.floor(drawn[:, np.newaxis] * 2) == np.floor(drawn[np.newaxis] * 2), axis=2), same)


def test_sobol_integrates_better_than_chance():
    """The mean of a smooth function of six places over 1 024 members, by seeds: its spread is far below chance's."""

    def spread(sampler):
        means = [np.mean(np.prod(1 + 0.5 * (places(sampler, range(1024), seed=seed) - 0.5), axis=0)) for seed in range(20)]
        return np.sqrt(np.mean((np.array(means) - 1.0) ** 2))

    assert spread("sobol") < spread("monte_carlo") / 30
    assert spread("latin_hypercube") < spread("monte_carlo") / 3
