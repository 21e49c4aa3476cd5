"""What is said of shares: whose the gain is, what a recommendation is worth alone and last, pairs, and single measures."""

import numpy as np
import pandas as pd

from sim.analysis.advice.attribution import REINFORCE, SUBSTITUTE
from sim.analysis.worlds import OPEN, SMALL
from sim.show.charts.advice.unions import PERCENT, SETTLED
from sim.show.sentences.packages import change, clauses, gain
from sim.show.voice import Voice, said

FIRST = ("co papers", "total joint projects", "Talent total")
"""Outcomes told, as far as they are there; else the first of the table."""

MOST = 3
"""Pairs, and measures by outcome, that are named."""

LEAST = 0.05
"""Share of the mean gain from which on a recommendation is told by itself."""


@said("attribution")
def attribution(voice: Voice) -> list[str]:
    """Return sentences on shares, on what the others change, on pairs, and on what shares do not tell."""
    table = _last(voice.frame("attribution"))
    total = _last(voice.frame("attribution_total")).set_index("outcome")
    found = []
    for name in _told(table):
        rows, whole = table[table["outcome"] == name], total.loc[name]
        large = (rows["mean"] / whole["mean"]).abs() >= LEAST
        settled = rows[rows["verdict"].isin(SETTLED) & large].sort_values("mean", key=np.abs, ascending=False)
        if settled.empty or whole["verdict"] not in SETTLED:
            found.append(voice.say("unsettled", outcome=voice.quantity(name)))
            continue
        shares = [_share(voice, row, float(whole["mean"]), name=name) for _, row in settled.iterrows()]
        others = rows[~rows["player"].isin(settled["player"])]
        small = [_small(voice, row, name) for _, row in others.iterrows()]
        rest = voice.say("rest", shares=clauses(voice, small), least=voice.percent(LEAST)) if small else ""
        facts = {"outcome": voice.quantity(name), "gain": change(voice, whole, name), "shares": clauses(voice, shares)}
        found.append(voice.say("shares", **facts, rest=rest))
    found += _others(voice, table)
    if voice.has("attribution_pairs"):
        found += _pairs(voice, _last(voice.frame("attribution_pairs")))
    return [*found, voice.say("limits")]


@said("measures")
def measures(voice: Voice) -> list[str]:
    """Return sentences on the largest single measures by outcome, and on how well they are known."""
    table = _last(voice.frame("measures"))
    found = []
    for name in _told(table):
        rows = table[(table["outcome"] == name) & (table["verdict"].isin(SETTLED))]
        if rows.empty:
            found.append(voice.say("unsettled", outcome=voice.quantity(name)))
            continue
        largest = rows.loc[rows["percent_mean"].abs().sort_values(ascending=False, kind="stable").index[:MOST]]
        listed = [
            voice.say("one", measure=voice.measure(row["measure"]), gain=_estimate(voice, row)) for _, row in largest.iterrows()
        ]
        found.append(voice.say("largest", outcome=voice.quantity(name), listed=clauses(voice, listed)))
    row = table.iloc[0]
    shown = table[table["outcome"].isin(_told(table))]
    open_ = int((shown["verdict"] == OPEN).sum())
    counts = {"orders": f"{row['orders']}", "draws": f"{row['draws']}", "open": f"{open_}", "cells": f"{len(shown)}"}
    return [*found, voice.say("sure", **counts)]


def _share(voice: Voice, row: "pd.Series[float]", whole: float, *, name: str) -> str:
    share = f"{voice.number(100 * row['mean'] / whole)}{'%' if voice.language == 'zh' else ' %'}"
    return voice.say("share", player=row["player"], share=share, gain=gain(voice, row, name))


def _small(voice: Voice, row: "pd.Series[float]", name: str) -> str:
    """Return a share that is not told by itself: its median with the interval, shortly."""
    per_cent = np.isfinite(row["percent_q50"])
    unit, factor = (PERCENT, 1.0) if per_cent else voice.spoken(name)
    numbers = {each: voice.signed(factor * row[f"percent_{each}" if per_cent else each]) for each in ("q05", "q50", "q95")}
    return voice.say("small", player=row["player"], unit=unit, **numbers)


def _last(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["year"] == table["year"].max()]


def _told(table: pd.DataFrame) -> list[str]:
    known = list(dict.fromkeys(table["outcome"]))
    return [name for name in FIRST if name in known] or known[:1]


def _estimate(voice: Voice, row: "pd.Series[float]") -> str:
    spread = voice.range(row["percent_q05"], row["percent_mean"], row["percent_q95"], unit=PERCENT)
    return voice.say("estimate", spread=spread, error=voice.number(row["percent_error"], 1))


def _others(voice: Voice, table: pd.DataFrame) -> list[str]:
    """Return for the first outcome whose worth changes most with what else is adopted."""
    name = _told(table)[0]
    rows = table[(table["outcome"] == name) & table["alone_verdict"].isin(SETTLED) & table["last_verdict"].isin(SETTLED)]
    if rows.empty:
        return []
    row = rows.loc[(rows["last_q50"] - rows["alone_q50"]).abs().idxmax()]
    unit, factor = voice.spoken(name)
    worth = {
        word: voice.range(*(row[f"{word}_{each}"] * factor for each in ("q05", "q50", "q95")), unit=unit)
        for word in ("alone", "last")
    }
    return [voice.say("others", outcome=voice.quantity(name), player=row["player"], **worth)]


def _pairs(voice: Voice, table: pd.DataFrame) -> list[str]:
    """Return the pairs that reinforce each other most, small ones left out, and how many are settled."""
    listed = table[table["outcome"].isin(_told(table))]
    strong = listed[listed["verdict"] == REINFORCE].sort_values("percent_q50", key=np.abs, ascending=False)
    counts = {"count": f"{len(listed)}", "reinforce": f"{len(strong)}"}
    counts |= {
        "substitute": f"{int((listed['verdict'] == SUBSTITUTE).sum())}",
        "open": f"{int((listed['verdict'] == OPEN).sum())}",
    }
    large = strong[strong["percent_q50"].abs() >= SMALL]
    if large.empty:
        return [voice.say("no_pairs" if strong.empty else "small_pairs", **counts)]
    named = [
        voice.say(
            "pair",
            one=row["first"],
            other=row["second"],
            outcome=voice.quantity(row["outcome"]),
            gain=gain(voice, row, row["outcome"]),
        )
        for _, row in large.head(MOST).iterrows()
    ]
    return [voice.say("pairs", named=clauses(voice, named), **counts)]
