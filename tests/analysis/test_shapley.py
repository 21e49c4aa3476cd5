"""Shapley values, interactions and their estimates against brute force, axioms and closed forms."""

import itertools
from math import factorial

import numpy as np
import pytest

from sim.analysis import shapley
from sim.errors import ThroughflowError


def random_game(count, *shape, seed=0):
    return np.random.default_rng(seed).normal(size=(1 << count, *shape))


def over_all_orders(game, count):
    """Return the mean gain of each player over all orders, one by one."""
    total = np.zeros((count, *game.shape[1:]))
    for order in itertools.permutations(range(count)):
        inside = 0
        for player in order:
            total[player] += game[inside | 1 << player] - game[inside]
            inside |= 1 << player
    return total / factorial(count)


def interaction(game, count, one, other):
    """Return the index of Grabisch and Roubens by its definition."""
    rest = [player for player in range(count) if player not in (one, other)]
    total, pair = 0.0, 1 << one | 1 << other
    for size in range(count - 1):
        weight = factorial(size) * factorial(count - size - 2) / factorial(count - 1)
        for chosen in itertools.combinations(rest, size):
            own = sum(1 << player for player in chosen)
            total = total + weight * (game[own | pair] - game[own | 1 << one] - game[own | 1 << other] + game[own])
    return total


@pytest.mark.parametrize("count", [1, 2, 5])
def test_against_every_order(count):
    game = random_game(count, 3, 2)
    np.testing.assert_allclose(shapley.shapley(game), over_all_orders(game, count), atol=1e-12)


def test_interactions_against_the_definition():
    game = random_game(5, 4)
    found = shapley.interactions(game)
    for one, other in itertools.combinations(range(5), 2):
        expected = interaction(game, 5, one, other)
        np.testing.assert_allclose(found[one, other], expected, atol=1e-12)
        np.testing.assert_array_equal(found[one, other], found[other, one])
    assert not found[np.arange(5), np.arange(5)].any()


def test_values_sum_to_the_whole_gain_far_from_zero():
    game = 1e6 + random_game(7, 50, seed=2)
    found = shapley.shapley(game).sum(axis=0)
    np.testing.assert_allclose(found, game[-1] - game[0], rtol=1e-9, atol=1e-9)


def test_blocks_change_nothing(monkeypatch):
    game = random_game(6, 3)
    values, pairs = shapley.shapley(game), shapley.interactions(game)
    monkeypatch.setattr(shapley, "BLOCK", 37)
    np.testing.assert_allclose(shapley.shapley(game), values, atol=1e-12)
    np.testing.assert_allclose(shapley.interactions(game), pairs, atol=1e-12)


def test_a_dummy_gets_what_it_adds_alone_and_interacts_with_nobody():
    inner = random_game(3)
    game = np.concatenate([inner, inner + 2.5])
    assert shapley.shapley(game)[3] == pytest.approx(2.5)
    assert shapley.banzhaf(game)[3] == pytest.approx(2.5)
    np.testing.assert_allclose(shapley.interactions(game)[3], 0.0, atol=1e-12)


def test_equals_get_the_same_and_games_add():
    game, other = random_game(4), random_game(4, seed=5)
    swapped = game[[number & ~3 | (number & 1) << 1 | (number >> 1) & 1 for number in range(16)]]
    values = shapley.shapley(game + swapped)
    assert values[0] == pytest.approx(values[1])
    np.testing.assert_allclose(shapley.shapley(game + other), shapley.shapley(game) + shapley.shapley(other), atol=1e-12)


def test_closed_forms():
    members = np.array([[number >> player & 1 for player in range(4)] for number in range(16)])
    size = members.sum(axis=1)
    unanimous = (size == 4).astype(float)
    np.testing.assert_allclose(shapley.shapley(unanimous), 0.25)
    np.testing.assert_allclose(shapley.interactions(unanimous)[0, 1], 1 / 3)
    weights = np.array([1.0, 2.0, 4.0, 8.0])
    square = (members @ weights) ** 2
    np.testing.assert_allclose(shapley.shapley(square), weights * weights.sum())
    np.testing.assert_allclose(shapley.interactions(square)[1, 2], 2 * 2 * 4)
    np.testing.assert_allclose(shapley.synergies(square)[1, 2], 2 * 2 * 4)
    np.testing.assert_allclose(shapley.alone(square), weights**2)
    np.testing.assert_allclose(shapley.last(square), 15.0**2 - (15.0 - weights) ** 2)
    majority = (size >= 3).astype(float)
    np.testing.assert_allclose(shapley.banzhaf(majority), 3 / 8)


def test_what_is_no_game_is_refused():
    with pytest.raises(ThroughflowError, match="6 coalitions"):
        shapley.shapley(np.zeros(6))
    with pytest.raises(ThroughflowError, match="2 players or more"):
        shapley.interactions(np.zeros(2))
    with pytest.raises(ThroughflowError, match="not finite"):
        shapley.shapley(np.array([0.0, np.nan]))


def chains_of(game, orders):
    inside = np.cumsum(1 << orders, axis=1)
    return game[np.concatenate([np.zeros((len(orders), 1), dtype=int), inside], axis=1)]


def test_all_orders_estimate_the_exact_values():
    game = random_game(4, 3)
    orders = np.array(list(itertools.permutations(range(4))))
    gains = shapley.joined(chains_of(game, orders), orders)
    mean, _, draws = shapley.estimate(gains, orders)
    np.testing.assert_allclose(mean, shapley.shapley(game), atol=1e-12)
    assert draws == len(orders)
    np.testing.assert_allclose(gains.sum(axis=1), np.broadcast_to(game[-1] - game[0], gains.sum(axis=1).shape), atol=1e-12)


def test_random_orders_come_as_near_as_their_error_says():
    game, random = random_game(6), np.random.default_rng(3)
    exact, near = shapley.shapley(game), []
    for _ in range(200):
        half = np.array([random.permutation(6) for _ in range(20)])
        orders = np.stack([half, half[:, ::-1]], axis=1).reshape(40, 6)
        mean, error, draws = shapley.estimate(shapley.joined(chains_of(game, orders), orders), orders)
        assert draws == 20
        near.append(np.abs(mean - exact) < 2.09 * error)
    assert 0.92 < np.mean(near) < 0.98, "95 % intervals of Student's t with 19 degrees of freedom"


def test_an_order_and_its_reverse_are_one_draw():
    orders = np.array([[0, 1, 2], [2, 1, 0], [1, 0, 2]])
    gains = np.arange(9.0).reshape(3, 3)
    mean, error, draws = shapley.estimate(gains, orders)
    assert draws == 2
    np.testing.assert_allclose(mean, (gains[:2].mean(axis=0) + gains[2]) / 2)
    np.testing.assert_allclose(error, np.abs(gains[:2].mean(axis=0) - gains[2]) / 2)
    with pytest.raises(ThroughflowError, match="two pairs of orders"):
        shapley.estimate(gains[:2], orders[:2])


def test_orders_that_are_not_whole_are_refused():
    with pytest.raises(ThroughflowError, match="names every player once"):
        shapley.joined(np.zeros((1, 4)), np.array([[0, 1, 1]]))
