"""What is said of packages: what all of them bring together, what each moves most, costs and risks, what stays open."""

import numpy as np
import pandas as pd

from sim.analysis.worlds import LITTLE, OPEN
from sim.show.charts.advice.unions import ALIAS, PERCENT, SETTLED
from sim.show.voice import Voice, said

HEADLINE = ("co papers", "total joint projects", "Talent total", "Data shared abroad")
"""Outcomes told of the package of all, as far as they are there."""

RISKS = ("incidents", "administrative load")
"""Outcomes told as risk or burden of the package of all."""

COST = "extra cost"


@said("packages")
def packages(voice: Voice) -> list[str]:
    """Return sentences on the package of all, on each smallest one, on leaving one out, on cost and risk, on what is open."""
    table = voice.frame("packages")
    table = table[table["year"] == table["year"].max()]
    whole = table[table["size"] == table["size"].max()]
    whole = whole[whole["package"] == whole["package"].iloc[0]].set_index("outcome")
    name, year = called(voice, whole["package"].iloc[0], whole["parts"].iloc[0]), f"{table['year'].iloc[0]:.10g}"
    told = [_changed(voice, "changed", whole, each) for each in HEADLINE if each in whole.index]
    found = [voice.say("whole", package=name, year=year, gains=voice.list(told))] if told else []
    moved = [
        each for each in (_most(voice, own) for _, own in table[table["size"] == 1].groupby("package", sort=False)) if each
    ]
    if moved:
        found.append(voice.say("each", moved=voice.look.words.text("semicolon").join(moved)))
    found += _without(voice, whole)
    if COST in whole.index:
        found.append(voice.say("cost", package=name, cost=gain(voice, whole.loc[COST], COST, signed=False), year=year))
    risks = [_changed(voice, "risk", whole, each) for each in RISKS if each in whole.index]
    found += [voice.say("risks", risks=voice.list(risks))] if risks else []
    shown = table[table["size"].isin((1, table["size"].max()))]
    counts = shown["verdict"].value_counts()
    numbers = {key: f"{int(counts.get(verdict, 0))}" for key, verdict in (("open", OPEN), ("little", LITTLE))}
    settled = f"{int(shown['verdict'].isin(SETTLED).sum())}"
    return [*found, voice.say("sure", cells=f"{len(shown)}", settled=settled, **numbers)]


def gain(voice: Voice, row: "pd.Series[float]", outcome: str, *, signed: bool = True) -> str:
    """Return a difference with its interval, in per cent of the baseline, or in the unit shown where that has no meaning."""
    if np.isfinite(row["percent_q50"]):
        return voice.range(row["percent_q05"], row["percent_q50"], row["percent_q95"], unit=PERCENT, signed=signed)
    factor = voice.factor(outcome)
    return voice.range(*(row[each] * factor for each in ("q05", "q50", "q95")), unit=voice.unit(outcome), signed=signed)


def called(voice: Voice, package: str, parts: str) -> str:
    """Return what a package is called inside a sentence."""
    name = ALIAS.get(parts, package)
    words = voice.look.words
    return words("phrase", name) if words.knows("phrase", name) else voice.scenario(name)


def _changed(voice: Voice, key: str, whole: pd.DataFrame, outcome: str) -> str:
    return voice.say(key, outcome=voice.quantity(outcome), gain=gain(voice, whole.loc[outcome], outcome))


def _most(voice: Voice, rows: pd.DataFrame) -> str:
    """Return which outcome of those of which more is better a package moves most for sure; nothing if none."""
    known = rows[rows["verdict"].isin(SETTLED) & (rows["better"] == "more") & np.isfinite(rows["percent_q50"])]
    if known.empty:
        return ""
    row = known.loc[known["percent_q50"].abs().idxmax()]
    name = called(voice, row["package"], row["parts"])
    return voice.say("moved", package=name, outcome=voice.quantity(row["outcome"]), gain=gain(voice, row, row["outcome"]))


def _without(voice: Voice, whole: pd.DataFrame) -> list[str]:
    """Return what the first of the parts adds to all others, where that was asked."""
    if not voice.has("packages_pairs") or HEADLINE[0] not in whole.index:
        return []
    parts = str(whole["parts"].iloc[0]).split("+")
    pairs = voice.frame("packages_pairs")
    names = dict(voice.frame("packages")[["package", "parts"]].itertuples(index=False))
    rest = pairs["second"].map(lambda name: names.get(name, "").split("+") == parts[1:])
    rows = pairs[rest & (pairs["outcome"] == HEADLINE[0]) & (pairs["year"] == pairs["year"].max())]
    rows = rows[rows["first"] == whole["package"].iloc[0]]
    if rows.empty:
        return []
    row = rows.iloc[0]
    facts = {"part": voice.scenario(parts[0]), "outcome": voice.quantity(HEADLINE[0]), "gain": gain(voice, row, HEADLINE[0])}
    alone = voice.frame("packages")
    alone = alone[(alone["package"] == parts[0]) & (alone["outcome"] == HEADLINE[0]) & (alone["year"] == row["year"])]
    return [voice.say("without", alone=gain(voice, alone.iloc[0], HEADLINE[0]), **facts)]
