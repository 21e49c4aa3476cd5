"""Conservation: what a resource's stocks gain together is what crosses its boundary, at every stored time."""

import numpy as np
import pytest

from .balances import BALANCES
from .support import kernel


def total(values, times):
    """Return the sum over a variable's elements, shape (time,)."""
    values = np.asarray(values, dtype=float)
    values = np.broadcast_to(values, (*values.shape[:-1], times)) if values.ndim else np.full(times, values)
    return values.reshape(-1, times).sum(axis=0)


@pytest.mark.parametrize("member", ["base", "all seven", "opening first", "twin", "closed"])
@pytest.mark.parametrize("resource", BALANCES)
def test_stocks_change_by_what_crosses_the_boundary(runs, resource, member):
    stocks, inflows, outflows = BALANCES[resource]
    seen, count = runs.courses(member), len(runs.times)
    rates = runs.bound(member).rates_of_many(runs.times, runs.state(member))
    slots = [slot for slot in kernel().stocks if slot.name in stocks]
    change = sum(rates[slot.start : slot.stop].sum(axis=0) for slot in slots)
    gained, lost = (sum((total(seen[name], count) for name in names), np.zeros(count)) for names in (inflows, outflows))
    throughput = sum(np.abs(total(seen[name], count)) for name in (*inflows, *outflows)) + sum(
        total(seen[name], count) for name in stocks
    )
    assert len(slots) == len(stocks)
    assert np.all(np.abs(change - gained + lost) <= 1e-9 * throughput)


def test_change_over_thirty_years_is_the_integral_of_the_flows(runs):
    """The marched states themselves conserve people: the yearly stock changes are the integral of the boundary flow."""
    stocks = BALANCES["people"][0]
    people = sum(runs.course(name, "base") for name in stocks)
    flow = runs.course("training", "base") - runs.course("retirement", "base") - runs.course("loss abroad", "base")
    h = runs.stored
    simpson = h / 3 * (flow[0] + flow[-1] + 4 * flow[1:-1:2].sum() + 2 * flow[2:-1:2].sum())
    assert people[-1] - people[0] == pytest.approx(simpson, rel=1e-5)
