"""Shapley values and interactions of a game given by what every coalition is worth; arrays only.

A game of n players is an array of shape (2^n, ...): row S is worth what the players do together whose bits are set in S, player
i having bit 2^i.  Further axes (worlds, years) are games of their own.  Everything is a weighted sum over all rows, taken block
by block, so that beside the game itself only a block and the answer are held: 26 players in one column are 512 MB of numbers.
"""

from collections.abc import Iterator
from math import comb

import numpy as np

from sim.errors import Problem, ThroughflowError

BLOCK = 1 << 18
"""Numbers of the game that are weighted at once."""


def shapley(game: np.ndarray) -> np.ndarray:
    """Return each player's Shapley value, shape (n, ...): its mean gain over all orders in which the players may join.

    The values sum to what all players are worth beyond none.  Shapley, L. S. (1953), doi:10.1515/9781400881970-018.

    Arguments:
        game: worth of each coalition, shape (2^n, ...).

    Raises:
        ThroughflowError: rows that are not all coalitions, or numbers that are not finite.
    """
    count = players(game)
    joining = np.array([1.0 / (count * comb(count - 1, size)) for size in range(count)])
    return _values(game, joining)


def banzhaf(game: np.ndarray) -> np.ndarray:
    """Return each player's Banzhaf value, shape (n, ...): its mean gain over all coalitions of the others.

    Banzhaf values need not sum to the total.  Banzhaf, J. F. (1965), Rutgers Law Review 19, 317–343.

    Arguments:
        game: worth of each coalition, shape (2^n, ...).

    Raises:
        ThroughflowError: as for :func:`shapley`.
    """
    count = players(game)
    return _values(game, np.full(count, 0.5 ** (count - 1)))


def interactions(game: np.ndarray) -> np.ndarray:
    """Return the Shapley interaction index of each pair, shape (n, n, ...), symmetric, its diagonal zero.

    Of two players it is what they are worth together beyond the sum of both, averaged over the coalitions they may meet:
    positive where they reinforce each other, negative where one stands in for the other.
    Grabisch, M. and Roubens, M. (1999), doi:10.1007/s001820050125.

    Arguments:
        game: worth of each coalition, shape (2^n, ...), two players at least.

    Raises:
        ThroughflowError: as for :func:`shapley`; a game of one player.
    """
    count = players(game, least=2)
    meeting = np.array([1.0 / ((count - 1) * comb(count - 2, size)) for size in range(count - 1)])
    one, other = np.triu_indices(count, 1)
    width = _width(game)
    both, single, none = np.zeros((one.size, width)), np.zeros((count, width)), np.zeros(width)
    for member, size, worth in _blocks(game):
        with_none, with_one, with_both = (_weighted(meeting, size - drop)[:, None] * worth for drop in (0, 1, 2))
        both += (member[:, one] * member[:, other]).T @ (with_both + 2 * with_one + with_none)
        single += member.T @ (with_one + with_none)
        none += with_none.sum(axis=0)
    index = np.zeros((count, count, width))
    index[one, other] = index[other, one] = both - single[one] - single[other] + none
    return index.reshape(count, count, *game.shape[1:])


def synergies(game: np.ndarray) -> np.ndarray:
    """Return what each pair alone is worth beyond the sum of both alone, shape (n, n, ...), symmetric, its diagonal zero.

    Arguments:
        game: worth of each coalition, shape (2^n, ...).

    Raises:
        ThroughflowError: as for :func:`shapley`.
    """
    count = players(game)
    bit = 1 << np.arange(count)
    alone = game[bit] - game[0]
    pairs = game[bit[:, None] | bit[None, :]] - game[0] - alone[:, None] - alone[None, :]
    pairs[np.arange(count), np.arange(count)] = 0.0
    return pairs


def alone(game: np.ndarray) -> np.ndarray:
    """Return what each player is worth by itself beyond none, shape (n, ...); ``game`` as for :func:`shapley`."""
    return game[1 << np.arange(players(game))] - game[0]


def last(game: np.ndarray) -> np.ndarray:
    """Return what each player adds to all others, shape (n, ...); ``game`` as for :func:`shapley`."""
    count = players(game)
    return game[-1] - game[(2**count - 1) ^ (1 << np.arange(count))]


def joined(chains: np.ndarray, orders: np.ndarray) -> np.ndarray:
    """Return what each player adds when it joins, in each of some orders, shape (orders, n, ...).

    Arguments:
        chains: worth of the first 0 … n players of each order, shape (orders, n + 1, ...).
        orders: player that joins at each step, shape (orders, n).

    Raises:
        ThroughflowError: an order that is not one of all players, or shapes that do not match.
    """
    count = orders.shape[1]
    if chains.shape[:2] != (len(orders), count + 1) or (np.sort(orders, axis=1) != np.arange(count)).any():
        what = f"orders {orders.shape}, worth {chains.shape}"
        why = "each order names every player once and is worth something before and after each step"
        raise ThroughflowError(Problem("orders of players", what, why, "give whole orders"))
    gains = np.empty_like(np.diff(chains, axis=1))
    gains[np.arange(len(orders))[:, None], orders] = np.diff(chains, axis=1)
    return gains


def estimate(gains: np.ndarray, orders: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Return the Shapley values estimated from some random orders, their standard errors, and from how many draws.

    An order and its reverse, where one follows the other, are one draw: they are not independent of each other.
    Castro, J., Gómez, D. and Tejada, J. (2009), doi:10.1016/j.cor.2008.04.004.

    Arguments:
        gains: what each player adds in each order, shape (orders, n, ...), of :func:`joined`.
        orders: player that joins at each step, shape (orders, n).

    Returns:
        estimates and standard errors, shape (n, ...), and the number of independent draws.

    Raises:
        ThroughflowError: fewer than two draws, from which no error can be told.
    """
    first = _paired(orders)
    draws = np.stack([gains[at] if at + 1 in (*first, len(orders)) else gains[at : at + 2].mean(axis=0) for at in first])
    if len(draws) < 2:
        what = f"{len(orders)} orders of players"
        why = "an order and its reverse are one draw, and the error is told from the spread of draws"
        raise ThroughflowError(Problem("orders of players", what, why, "run two pairs of orders or more"))
    return draws.mean(axis=0), draws.std(axis=0, ddof=1) / np.sqrt(len(draws)), len(draws)


def players(game: np.ndarray, *, least: int = 1) -> int:
    """Return of how many players ``game`` is.

    Raises:
        ThroughflowError: the number of rows is no power of two, or too small; numbers that are not finite.
    """
    count = max(len(game), 1).bit_length() - 1
    if len(game) != 1 << count or count < least:
        what, why = f"{len(game)} coalitions", f"{least} players or more have 2, 4, 8, … coalitions, the empty one included"
        raise ThroughflowError(Problem("game", what, why, "give what every coalition is worth"))
    if not all(np.isfinite(game[at : at + BLOCK]).all() for at in range(0, len(game), BLOCK)):
        why = "every value is a sum over all coalitions"
        raise ThroughflowError(Problem("game", "numbers that are not finite", why, "leave out worlds that failed"))
    return count


def _values(game: np.ndarray, joining: np.ndarray) -> np.ndarray:
    """Return the sums of gains weighted by ``joining``, the weight of a coalition by the number of players it has."""
    count, width = joining.size, _width(game)
    inside, outside = np.zeros((count, width)), np.zeros(width)
    for member, size, worth in _blocks(game):
        before, after = (_weighted(joining, size - drop)[:, None] * worth for drop in (0, 1))
        inside += member.T @ (after + before)
        outside += before.sum(axis=0)
    return (inside - outside).reshape(count, *game.shape[1:])


def _weighted(weights: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Return ``weights`` at ``place``, zero where there is no such place."""
    within = (place >= 0) & (place < weights.size)
    return np.where(within, weights[np.clip(place, 0, weights.size - 1)], 0.0)


def _blocks(game: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield blocks of rows: who belongs to each coalition (rows, n), how many (rows,), its worth beyond none (rows, ...)."""
    count, width = len(game).bit_length() - 1, _width(game)
    flat = game.reshape(len(game), width)
    rows = max(BLOCK // max(width, count**2), 1)
    for start in range(0, len(game), rows):
        number = np.arange(start, min(start + rows, len(game)))
        member = (number[:, None] >> np.arange(count)) & 1
        yield member.astype(float), member.sum(axis=1), flat[start : start + rows].astype(float) - flat[0].astype(float)


def _width(game: np.ndarray) -> int:
    return int(np.prod(game.shape[1:], dtype=int))


def _paired(orders: np.ndarray) -> list[int]:
    """Return where draws begin: an order followed by its reverse is one draw."""
    first, at = [], 0
    while at < len(orders):
        first.append(at)
        at += 2 if at + 1 < len(orders) and (orders[at + 1] == orders[at][::-1]).all() else 1
    return first
