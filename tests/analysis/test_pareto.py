"""Pareto dominance and intervals of shares, on cases that can be counted by hand."""

import numpy as np
import pytest

from sim.analysis.pareto import dominated, wilson
from sim.errors import ThroughflowError


def test_only_what_is_beaten_in_one_criterion_and_nowhere_better_is_dominated():
    losses = np.array([[0.0, 1.0, 2.0, 1.0, 1.0], [2.0, 1.0, 0.0, 1.5, 1.0]])
    assert dominated(losses).tolist() == [False, False, False, True, False], "equals do not dominate each other"


def test_each_world_is_judged_by_itself_and_as_by_the_definition():
    losses = np.random.default_rng(0).integers(0, 4, (3, 9, 40)).astype(float)
    found = dominated(losses)
    for world in range(40):
        own = losses[:, :, world]
        slow = [any((own[:, b] <= own[:, a]).all() and (own[:, b] < own[:, a]).any() for b in range(9)) for a in range(9)]
        assert found[:, world].tolist() == slow
    np.testing.assert_array_equal(dominated(np.exp(losses)), found)
    assert found.any() and not found.all(axis=0).any(), "some option is never beaten"


def test_missing_numbers_are_refused():
    with pytest.raises(ThroughflowError, match="not finite"):
        dominated(np.array([[0.0, np.nan], [1.0, 0.0]]))


def test_wilson_as_published_and_never_certain():
    low, high = wilson(np.array([0, 128, 256]), 256)
    z2 = 1.6448536269514722**2
    assert low[0] == 0 and high[0] == pytest.approx(z2 / (256 + z2)) and low[2] == pytest.approx(256 / (256 + z2))
    assert low[1] == pytest.approx(1 - high[1]) and 0.44 < low[1] < 0.46 and high[2] == 1


def test_wilson_covers_a_known_share():
    random = np.random.default_rng(1)
    low, high = wilson(random.binomial(60, 0.2, 4000), 60)
    assert 0.87 < ((low <= 0.2) & (high >= 0.2)).mean() < 0.93
