"""Shares of a gain, pairs, courses, waterfalls and single measures on games whose values are known."""

import itertools

import numpy as np
import pandas as pd
import pytest

from sim.analysis import shapley
from sim.analysis.advice.attribution import REINFORCE, SUBSTITUTE, attribution
from sim.analysis.advice.measures import measures
from sim.analysis.worlds import DOWN, OPEN, UP, Worlds
from sim.errors import ThroughflowError

from .invented import YEARS, adopting, store

PLAYERS = {"A": ("R1_1", "R1_2"), "B": ("R3_1",), "C": ("R5_1",)}
MEMBERS = 24
START = 2027.0


def unions(names=tuple(PLAYERS)):
    found = {"baseline": {}}
    for size in range(1, len(names) + 1):
        for chosen in itertools.combinations(names, size):
            found[".".join(chosen)] = adopting(*itertools.chain(*(PLAYERS[name] for name in chosen)), start=START)
    return found


def worth(scenario):
    """Return what a union is worth in the last year: A 10, B -4, A with C 6 more, growing over the worlds."""
    inside = set(scenario.split("."))
    value = 10.0 * ("A" in inside) - 4.0 * ("B" in inside) + 6.0 * ({"A", "C"} <= inside)
    return value * np.linspace(1.0, 2.0, MEMBERS)


def made(scenarios=None):
    scenarios = unions() if scenarios is None else scenarios
    grown = np.clip((YEARS - START) / (YEARS[-1] - START), 0.0, None)[:, None]
    values = np.array([100.0 + grown * worth(name) for name in scenarios])
    return store(scenarios, {"co papers": values, "incidents": values})


@pytest.fixture(scope="module")
def tables():
    return attribution(Worlds(made()), outcomes=["co papers", "incidents"])


def of(table: pd.DataFrame, outcome="co papers", **chosen):
    for column, value in {"outcome": outcome, **chosen}.items():
        table = table[table[column] == value]
    return table


def test_shares_alone_and_last(tables):
    found = of(tables["attribution"]).set_index("player")
    spread = np.quantile(np.linspace(1.0, 2.0, MEMBERS), [0.05, 0.5, 0.95])
    for player, share, alone, last in (("A", 13.0, 10.0, 16.0), ("B", -4.0, -4.0, -4.0), ("C", 3.0, 0.0, 6.0)):
        row = found.loc[player]
        low, middle, high = np.sort(share * spread)
        assert [row["q05"], row["q50"], row["q95"]] == pytest.approx([low, middle, high])
        assert (row["alone_q50"], row["last_q50"]) == pytest.approx((alone * 1.5, last * 1.5))
        assert row["mean"] == pytest.approx(1.5 * share)
    assert dict(found["verdict"]) == {"A": UP, "B": DOWN, "C": UP}
    assert found["efficiency"].max() < 1e-9
    assert found["mean"].sum() == pytest.approx(of(tables["attribution_total"])["mean"].iloc[0], rel=1e-9)


def test_pairs_and_what_is_better(tables):
    found = of(tables["attribution_pairs"]).set_index(["first", "second"])
    assert found.loc[("A", "C"), "q50"] == pytest.approx(9.0) and found.loc[("A", "C"), "synergy_q50"] == pytest.approx(9.0)
    assert found.loc[("A", "C"), "verdict"] == REINFORCE and found.loc[("A", "B"), "q95"] == pytest.approx(0.0, abs=1e-9)
    bad = of(tables["attribution_pairs"], "incidents", first="A", second="C")
    assert bad["verdict"].iloc[0] == SUBSTITUTE, "together they raise what should fall"


def test_courses_add_up_in_every_year_from_the_first_measure_on(tables):
    found = of(tables["attribution_years"])
    assert found["year"].min() == START and found["year"].max() == YEARS[-1]
    sums = found.groupby("year")["mean"].sum()
    np.testing.assert_allclose(sums, found.groupby("year")["total"].first(), rtol=1e-9, atol=1e-12)
    assert sums.iloc[0] == 0 and sums.iloc[-1] == pytest.approx(18.0)


def test_waterfall_ends_where_all_stand(tables):
    found = of(tables["attribution_waterfall"])
    assert list(found["step"]) == ["baseline", "A", "B", "C", "full"]
    assert found["to"].iloc[-2] == pytest.approx(found["to"].iloc[-1], rel=1e-9)
    np.testing.assert_allclose(found["from"].iloc[1:-1], found["to"].iloc[:-2])
    assert (found["from"].iloc[0], found["from"].iloc[-1]) == (0.0, 0.0)


def test_chosen_players_leave_others_aside():
    found = attribution(Worlds(made()), outcomes=["co papers"], players=["A", "B"])["attribution"].set_index("player")
    assert list(found.index) == ["A", "B"] and found.loc["A", "q50"] == pytest.approx(15.0)


def test_missing_unions_and_other_dates_are_refused():
    scenarios = unions()
    late = {**scenarios, "A.B": adopting(*PLAYERS["A"], *PLAYERS["B"], start=2030.0)}
    with pytest.raises(ThroughflowError, match="start date"):
        attribution(Worlds(made(late)), outcomes=["co papers"])
    few = {name: own for name, own in scenarios.items() if name != "A.C"}
    with pytest.raises(ThroughflowError, match=r"no A\+C"):
        attribution(Worlds(made(few)), outcomes=["co papers"])


LISTED = ("R1_1", "R1_2", "R3_1", "R5_1")


def bits(names):
    return sum(1 << LISTED.index(name) for name in names)


def permuted(orders, game):
    """Return a store of prefixes of ``orders``, worth what ``game`` (16, member) says."""
    scenarios, level = {"baseline": {}}, [game[0]]
    for number, order in enumerate(orders):
        for size in range(1, 4):
            names = [LISTED[place] for place in order[:size]]
            scenarios[f"p{number}.{size}"] = adopting(*names, start=START)
            level.append(game[bits(names)])
    scenarios["all"] = adopting(*LISTED, start=START)
    values = 100.0 + np.array([*level, game[15]])[:, None, :]
    return store(scenarios, {"co papers": values})


def test_measures_over_all_orders_are_exact():
    game = np.random.default_rng(1).normal(size=(16, 5)) + np.arange(16.0)[:, None]
    dataset = permuted(list(itertools.permutations(range(4))), game - game[0])
    found = measures(Worlds(dataset), outcomes=["co papers"])["measures"].set_index("measure")
    np.testing.assert_allclose(found.loc[list(LISTED), "mean"], shapley.shapley(game).mean(axis=1))
    np.testing.assert_allclose(found.loc[list(LISTED), "q50"], np.median(shapley.shapley(game), axis=1))
    assert found["mean"].sum() == pytest.approx((game[15] - game[0]).mean())
    assert (found["orders"] == 24).all()


def test_an_uncertain_estimate_has_an_open_sign():
    game = np.zeros((16, 4))
    game[[number for number in range(16) if number & 3 == 3]] = 8.0
    pairs = [[0, 1, 2, 3], [3, 2, 1, 0], [0, 2, 1, 3], [3, 1, 2, 0]]
    sure = measures(Worlds(permuted(pairs, game)), outcomes=["co papers"])["measures"].set_index("measure")
    assert sure.loc["R1_1", "mean"] == 4.0 and sure.loc["R1_1", "error"] == 0.0 and (sure["draws"] == 2).all()
    single = measures(Worlds(permuted([[0, 1, 2, 3], [2, 0, 3, 1], [1, 0, 3, 2]], game)), outcomes=["co papers"])
    row = single["measures"].set_index("measure").loc["R1_2"]
    assert row["up"] == 1.0 and row["error"] > 0 and row["verdict"] == OPEN


def test_broken_orders_are_refused():
    game = np.zeros((16, 3))
    dataset = permuted([[0, 1, 2, 3], [3, 2, 1, 0]], game)
    with pytest.raises(ThroughflowError, match=r"p0\.3 does not add one measure to p0\.1"):
        measures(Worlds(dataset.drop_sel(scenario="p0.2")))
    with pytest.raises(ThroughflowError, match="no orders of measures"):
        measures(Worlds(made()))
    with pytest.raises(ThroughflowError, match="two pairs of orders"):
        measures(Worlds(dataset), outcomes=["co papers"])
