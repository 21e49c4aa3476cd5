"""What is said of packages: what all of them bring together, what each moves most, costs and risks, what stays open."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from sim.analysis.worlds import LITTLE, OPEN, UP
from sim.show.charts.advice.unions import ALIAS, PERCENT, SETTLED
from sim.show.voice import Voice, said

HEADLINE = ("co papers", "total joint projects", "Talent total", "Data shared abroad")
"""Outcomes told of the package of all, as far as they are there."""

RISKS = ("incidents", "administrative load")
"""Outcomes told as risk or burden of the package of all."""

RAISED = ("incidents", "Stringency")
"""Outcomes of which a settled rise is told of every single recommendation."""

COST = "extra cost"

MOST = 12
"""Packages that are told one by one where none is a single recommendation."""


@said("packages")
def packages(voice: Voice) -> list[str]:
    """Return sentences on the package of all, on each smallest one, on leaving one out, on cost and risk, on what is open."""
    table = voice.frame("packages")
    table = table[table["year"] == table["year"].max()]
    whole, single = _largest(voice, table), recommendations(voice)
    few = table["package"].nunique() <= MOST
    own = table[table["package"].isin(single)] if single else table[table["package"] != whole["package"].iloc[0]]
    named = own if single or few else own.iloc[:0]
    whole = whole.set_index("outcome")
    name, year = called(voice, whole["package"].iloc[0], whole["parts"].iloc[0]), f"{table['year'].iloc[0]:.10g}"
    told = [_changed(voice, whole, each) for each in HEADLINE if each in whole.index]
    found = [voice.say("whole", package=name, year=year, gains=clauses(voice, told))] if told else []
    moved = [each for each in (_most(voice, rows) for _, rows in named.groupby("package", sort=False)) if each]
    if moved:
        found.append(voice.say("each" if single else "each_package", moved=clauses(voice, moved)))
    found += _without(voice, whole)
    if COST in whole.index:
        found.append(voice.say("cost", package=name, cost=gain(voice, whole.loc[COST], COST, signed=False), year=year))
    risks = [_changed(voice, whole, each) for each in RISKS if each in whole.index]
    if risks:
        raised = [each for each in (_raised(voice, named, outcome) for outcome in RAISED) if each] if single else []
        alone = voice.say("alone", raised=clauses(voice, raised)) if raised else ""
        found.append(voice.say("risks", risks=clauses(voice, risks), alone=alone))
    shown = table[table["package"].isin({whole["package"].iloc[0], *named["package"]})]
    return [*found, _sure(voice, shown, "sure" if single else "sure_packages" if len(named) else "sure_whole", name=name)]


def recommendations(voice: Voice) -> tuple[str, ...]:
    """Return the packages that are one whole recommendation each: all its measures, nothing else, in no variant of timing."""
    measures = {name for kind, name in voice.look.words.rows if kind == "measure"}
    found = []
    for name, own in voice.frame("scenarios")[["name", "measures"]].itertuples(index=False):
        adopted = set(str(own).split())
        of_one = {each for each in measures if each.startswith(f"{name}_")}
        if adopted and adopted == of_one:
            found.append(str(name))
    return tuple(found)


def gain(voice: Voice, row: "pd.Series[float]", outcome: str, *, signed: bool = True) -> str:
    """Return a difference with its interval, in per cent of the baseline, or in the unit shown where that has no meaning."""
    if np.isfinite(row["percent_q50"]):
        return voice.range(row["percent_q05"], row["percent_q50"], row["percent_q95"], unit=PERCENT, signed=signed)
    unit, factor = voice.spoken(outcome)
    return voice.range(*(row[each] * factor for each in ("q05", "q50", "q95")), unit=unit, signed=signed)


def change(voice: Voice, row: "pd.Series[float]", outcome: str, *, relative: bool = True) -> str:
    """Return a difference as a clause says it after the outcome: a settled one by how much it rises or falls.

    Arguments:
        voice: with templates ``rise``, ``fall`` and ``moves``.
        row: quantiles in the model's unit (``q05`` …) and in per cent of the baseline (``percent_q05`` …); verdict if known.
        outcome: of what.
        relative: whether it is told in per cent where that has a meaning.
    """
    per_cent = relative and np.isfinite(row["percent_q50"])
    unit, factor = (PERCENT, 1.0) if per_cent else voice.spoken(outcome)
    low, middle, high = (factor * row[f"percent_{each}" if per_cent else each] for each in ("q05", "q50", "q95"))
    settled = row.get("verdict", UP) != OPEN
    key = "rise" if settled and low >= 0 and high > 0 else "fall" if settled and high <= 0 and low < 0 else "moves"
    size = (-high, -middle, -low) if key == "fall" else (low, middle, high)
    facts = {"gain": voice.range(low, middle, high, unit=unit), "size": voice.range(*size, unit=unit, signed=False)}
    return voice.say(key, **facts)


def clauses(voice: Voice, items: Iterable[str]) -> str:
    """Return ``items`` one after the other, as clauses are listed that have commas of their own."""
    return voice.look.words.text("semicolon").join(items)


def called(voice: Voice, package: str, parts: str) -> str:
    """Return what a package is called inside a sentence."""
    name = ALIAS.get(parts, package)
    words = voice.look.words
    return words("phrase", name) if words.knows("phrase", name) else voice.scenario(name)


def _largest(voice: Voice, table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the package of most parts, then of most measures; no variant in timing if there is another."""
    most = table[table["size"] == table["size"].max()]
    plain = most[~most["package"].str.contains(r"[@>]|^p\d+\.\d+$")]
    rows = plain if len(plain) else most
    adopted = dict(voice.frame("scenarios")[["name", "measures"]].itertuples(index=False))
    largest = max(dict.fromkeys(rows["package"]), key=lambda name: len(str(adopted[name]).split()))
    return rows[rows["package"] == largest]


def _changed(voice: Voice, whole: pd.DataFrame, outcome: str) -> str:
    return voice.say("changed", outcome=voice.quantity(outcome), gain=change(voice, whole.loc[outcome], outcome))


def _most(voice: Voice, rows: pd.DataFrame) -> str:
    """Return which outcome of those of which more is better a package moves most for sure; nothing if none."""
    known = rows[rows["verdict"].isin(SETTLED) & (rows["better"] == "more") & np.isfinite(rows["percent_q50"])]
    if known.empty:
        return ""
    row = known.loc[known["percent_q50"].abs().idxmax()]
    name = called(voice, row["package"], row["parts"])
    return voice.say("moved", package=name, outcome=voice.quantity(row["outcome"]), gain=change(voice, row, row["outcome"]))


def _raised(voice: Voice, rows: pd.DataFrame, outcome: str) -> str:
    """Return which packages raise ``outcome`` for sure, each by how much; nothing if none."""
    known = rows[(rows["outcome"] == outcome) & (rows["verdict"] == UP)]
    listed = [f"{voice.look.label(row['package'], short=True)} {gain(voice, row, outcome)}" for _, row in known.iterrows()]
    return voice.say("raised", outcome=voice.quantity(outcome), listed=voice.list(listed)) if listed else ""


def _sure(voice: Voice, shown: pd.DataFrame, key: str, *, name: str) -> str:
    """Return how many differences of the packages told have a settled sign."""
    counts = shown["verdict"].value_counts()
    numbers = {word: f"{int(counts.get(verdict, 0))}" for word, verdict in (("open", OPEN), ("little", LITTLE))}
    settled = f"{int(shown['verdict'].isin(SETTLED).sum())}"
    packages_told = f"{shown['package'].nunique()}"
    return voice.say(key, cells=f"{len(shown)}", settled=settled, count=packages_told, package=name, **numbers)


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
    facts = {"part": voice.scenario(parts[0]), "outcome": voice.quantity(HEADLINE[0]), "gain": change(voice, row, HEADLINE[0])}
    alone = voice.frame("packages")
    alone = alone[(alone["package"] == parts[0]) & (alone["outcome"] == HEADLINE[0]) & (alone["year"] == row["year"])]
    return [voice.say("without", alone=change(voice, alone.iloc[0], HEADLINE[0]), **facts)]
