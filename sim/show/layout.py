"""Places of a stock-and-flow diagram, planned without drawing: chains of stocks in rows, flows in lanes between them.

A row holds a few stocks; the zones before, between and after them hold lanes, one flow each, stacked so that no two texts meet.
A flow between neighbours crosses the zone between them; a flow that passes over a stock of its row takes an overpass above the
row; a flow to a stock of another row, or of another view, ends in a dashed box with that stock's name; one that leaves the
model's boundary ends in a cloud.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

LONGEST = 3
"""Most stocks in one row."""


@dataclass(frozen=True)
class Flow:
    """A pipe: its names (two if one flow feeds the next), where it comes from and goes to (empty: a cloud) and its causes."""

    names: tuple[str, ...]
    source: str
    target: str
    causes: tuple[str, ...]


@dataclass(frozen=True)
class Lane:
    """A flow in a zone.

    Attributes:
        flow: what is drawn.
        left: what the pipe touches at the left: ``stock``, ``cloud`` or ``ghost``.
        right: the same at the right.
        forward: whether it runs from left to right.
        repeated: whether the flow is drawn with its causes elsewhere.
    """

    flow: Flow
    left: str
    right: str
    forward: bool
    repeated: bool = False


@dataclass(frozen=True)
class Row:
    """Stocks side by side, the lanes of the zones around them (one zone more than stocks) and the overpasses."""

    stocks: tuple[str, ...]
    zones: tuple[tuple[Lane, ...], ...]
    over: tuple[Flow, ...]


def rows(stocks: Sequence[str], flows: Sequence[Flow]) -> tuple[Row, ...]:
    """Return the rows in which ``stocks`` and ``flows`` are drawn; every stock is in one row, every flow in at least one."""
    return tuple(_row(chain, flows) for chain in chains(stocks, flows))


def chains(stocks: Sequence[str], flows: Sequence[Flow]) -> tuple[tuple[str, ...], ...]:
    """Return ``stocks`` in chains of at most :data:`LONGEST`, each taken where the most flows join neighbours."""
    left = list(stocks)
    found: list[tuple[str, ...]] = []
    while left:
        best = max(_paths(left, flows), key=lambda path: (_joined(path, flows), -len(path), -left.index(path[0])))
        found.append(best)
        left = [name for name in left if name not in best]
    return tuple(sorted(found, key=lambda chain: min(stocks.index(name) for name in chain)))


def _paths(stocks: Sequence[str], flows: Sequence[Flow]) -> Iterator[tuple[str, ...]]:
    def grow(path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield path
        if len(path) < LONGEST:
            ahead = dict.fromkeys(flow.target for flow in flows if flow.source == path[-1])
            for name in ahead:
                if name in stocks and name not in path:
                    yield from grow((*path, name))

    for name in stocks:
        yield from grow((name,))


def _joined(path: tuple[str, ...], flows: Sequence[Flow]) -> int:
    steps = set(pairwise(path))
    return sum((flow.source, flow.target) in steps or (flow.target, flow.source) in steps for flow in flows)


def _row(chain: tuple[str, ...], flows: Sequence[Flow]) -> Row:
    zones: list[list[Lane]] = [[] for _ in range(len(chain) + 1)]
    over = []
    place = {name: position for position, name in enumerate(chain)}
    for flow in flows:
        source, target = place.get(flow.source), place.get(flow.target)
        if source is None or target is None:
            continue
        if abs(source - target) == 1:
            forward = source < target
            zones[max(source, target)].append(Lane(flow, "stock", "stock", forward))
        else:
            over.append(flow)
    for flow in flows:
        source, target = place.get(flow.source), place.get(flow.target)
        if source is not None and target is None:
            _half(zones, flow, (source, True))
        elif target is not None and source is None:
            _half(zones, flow, (target, False))
    return Row(chain, tuple(tuple(zone) for zone in zones), tuple(over))


def _half(zones: list[list[Lane]], flow: Flow, end: tuple[int, bool]) -> None:
    """Put a flow with one end in this row beside its stock: out to the right, in from the left, unless that side is crowded."""
    position, outward = end
    other = flow.target if outward else flow.source
    beyond = "ghost" if other else "cloud"
    usual, spare = (position + 1, position) if outward else (position, position + 1)
    zone = usual if len(zones[usual]) <= len(zones[spare]) + 1 else spare
    stock_at_left = zone == position + 1
    left, right = ("stock", beyond) if stock_at_left else (beyond, "stock")
    zones[zone].append(Lane(flow, left, right, forward=outward == stock_at_left, repeated=not outward and bool(other)))
