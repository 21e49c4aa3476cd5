"""Structured samplers: sets of members that differ in one factor, keyed and growing like every other sampler."""

import inspect
import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import ThroughflowError
from sim.experiment.design import design_notes, identity, sample, spread
from sim.experiment.samplers import Asked, sobol
from sim.experiment.structured import PLACES
from sim.experiment.uncertainty import STRUCTURED, Design, Uncertainty, set_length

NAMES = ("a", "b", "c", "d")
GROUPS = (("first", ("a", "c")), ("last", ("b", "d")))
SAMPLERS = tuple(STRUCTURED)

KNOWN = {
    "morris": [[0.946078320349471, 0.946078320349471], [0.4072131992680986, 0.4072131992680986]],
    "saltelli": [[0.946078320349471, 0.6512344138387146], [0.4072131992680986, 0.14156749812499092]],
}
"""Places of a base point and of the last member of its set, of the first two uncertainties."""


def design(sampler, sets=16, *, groups=GROUPS, **more):
    drawn = tuple(Uncertainty(name, (name,), "uniform", 0.0, None, 1.0) for name in NAMES)
    length = set_length(sampler, len(groups) or len(NAMES))
    return Design(drawn, sampler, sets * length, seed=7, groups=groups, **more)


def test_every_sampler_cites_its_source():
    assert set(PLACES) == set(STRUCTURED)
    for name, places in PLACES.items():
        assert "Source: " in inspect.getdoc(places), name


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("groups", [(), GROUPS])
class TestEverySampler:
    def test_more_base_points_change_none(self, sampler, groups):
        few, many = sample(design(sampler, groups=groups)), sample(design(sampler, 200, groups=groups))
        assert many[:, : few.shape[1]].tobytes() == few.tobytes()
        assert ((many > 0) & (many < 1)).all()

    @settings(max_examples=30, deadline=None)
    @given(cuts=st.lists(st.integers(0, 48), max_size=5))
    def test_pieces_are_the_whole(self, sampler, groups, cuts):
        asked = design(sampler, groups=groups)
        edges = [0, *sorted(cuts), asked.size]
        pieces = [sample(asked, first=low, count=high - low) for low, high in itertools.pairwise(edges)]
        assert np.concatenate(pieces, axis=1).tobytes() == sample(asked).tobytes()

    def test_seed_and_names_make_the_draw(self, sampler, groups):
        drawn = sample(design(sampler, groups=groups))
        assert np.mean(sample(replace(design(sampler, groups=groups), seed=8)) == drawn) < 0.01

    def test_members_that_stand_for_all_are_from_many_sets(self, sampler, groups):
        asked = design(sampler, 200, groups=groups)
        whole, length = sample(asked), set_length(sampler, len(asked.factors))
        some = spread(asked, 64)
        numbers = [int(np.flatnonzero((whole == column[:, None]).all(axis=0))[0]) for column in some.T]
        assert len({number // length for number in numbers}) == 64
        assert {number % length for number in numbers} == set(range(length))
        np.testing.assert_array_equal(spread(asked, 10**6), whole[:, : asked.size])

    def test_marginals_are_even(self, sampler, groups):
        drawn = sample(design(sampler, 256, groups=groups))
        for row in drawn:
            counts = np.histogram(row, 8, (0, 1))[0]
            assert counts.max() - counts.min() <= 0.05 * counts.mean()


def test_a_star_moves_one_factor_at_a_time_by_half():
    for groups, parts in (((), [[0], [1], [2], [3]]), (GROUPS, [[0, 2], [1, 3]])):
        sets = sample(design("morris", groups=groups)).T.reshape(16, -1, 4)
        moves = sets[:, 1:] - sets[:, :1]
        for number, inside in enumerate(parts):
            assert (np.abs(moves[:, number, inside]) == 0.5).all()
            assert (np.delete(moves[:, number], inside, axis=1) == 0).all()
    np.testing.assert_array_equal(sets[:, 0].T, sobol(Asked(NAMES, range(16), 7, 100)))


def test_saltelli_takes_one_factor_at_a_time_from_the_second_point():
    for groups, parts in (((), [[0], [1], [2], [3]]), (GROUPS, [[0, 2], [1, 3]])):
        sets = sample(design("saltelli", groups=groups)).T.reshape(16, -1, 4)
        first, mixed, second = sets[:, 0], sets[:, 1:-1], sets[:, -1]
        assert not (first == second).any()
        for number, inside in enumerate(parts):
            np.testing.assert_array_equal(mixed[:, number, inside], second[:, inside])
            np.testing.assert_array_equal(np.delete(mixed[:, number], inside, 1), np.delete(first, inside, 1))


def test_of_members_without_sets_the_first_stand_for_all():
    asked = Design(tuple(Uncertainty(name, (name,), "uniform", 0.0, None, 1.0) for name in NAMES), "sobol", 256, seed=7)
    np.testing.assert_array_equal(spread(asked, 64), sample(asked, count=64))


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_numbers_are_the_ones_of_scheme_one(sampler):
    """Known numbers: whoever changes them on purpose raises ``SCHEME``."""
    last = set_length(sampler, 4) - 1
    np.testing.assert_array_equal(sample(design(sampler, 2, groups=()))[:2, [0, last]], KNOWN[sampler])


def test_the_design_is_part_of_the_identity():
    grouped, alone = identity(design("morris")), identity(design("morris", groups=()))
    assert grouped["groups"] == [["first", ["a", "c"]], ["last", ["b", "d"]]] and alone["groups"] == []
    assert grouped["sampler"] == "morris" and "groups" not in identity(Design(design("morris").uncertainties, "sobol", 4))


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"correlations": (("a", "b", 0.5),)}, "independent factors"),
        ({"size": 7}, "give a multiple of"),
        ({"groups": (("x", ("a", "b")), ("x", ("c", "d")))}, "2 of this name"),
        ({"groups": (("x", ("a", "b", "e")), ("y", ("c", "d")))}, "no uncertainty that is drawn is called so"),
        ({"groups": (("x", ("a", "b")), ("y", ("b", "c", "d")))}, "b twice"),
        ({"groups": (("x", ("a",)), ("y", ("b",)))}, "c; d in none"),
        ({"groups": (("x", NAMES), ("y", ()))}, "nothing to move"),
    ],
)
def test_what_cannot_be_honoured_is_refused(sampler, change, told):
    with pytest.raises(ThroughflowError, match=told):
        sample(replace(design(sampler), **change))


def test_axes_and_groups_where_they_mean_nothing_are_refused():
    axis = Uncertainty("e", ("e",), "given", 1.0, None, 2.0, values=(1.0, 2.0))
    asked = design("morris", groups=())
    with pytest.raises(ThroughflowError, match="axis e\n what: given beside the sampler morris"):
        sample(replace(asked, uncertainties=(*asked.uncertainties, axis), size=2 * asked.size))
    with pytest.raises(ThroughflowError, match="moves all uncertainties at once"):
        sample(replace(asked, sampler="sobol", groups=GROUPS))


def test_base_points_out_of_balance_are_told():
    assert "12 base points" in design_notes(design("saltelli", 12))[0]
    assert design_notes(design("saltelli", 16)) == () == design_notes(design("morris", 12))
