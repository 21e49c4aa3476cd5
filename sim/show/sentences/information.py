"""What is said of the value of knowing more."""

from typing import Any

from sim.show.charts.advice.naming import package
from sim.show.sentences.packages import clauses
from sim.show.voice import Voice, said

MANY = 3
"""Unknowns named in one sentence at most."""


@said("information")
def information(voice: Voice) -> list[str]:
    """Say how the choice depends on what the gain is worth, what all knowledge would add, and which unknowns count."""
    table = voice.frame("information")
    money = table[table["choice"] == "worth"].sort_values("worth", kind="stable")
    found = []
    if len(money):
        found.append(_choices(voice, money))
        found.append(_perfect(voice, money.loc[money["evpi"].idxmax()]))
    for row in table[table["choice"] == "success"].itertuples():
        numbers = {key: voice.number(100 * getattr(row, key)) for key in ("evpi", "low", "high")}
        found.append(voice.say("success", package=package(voice.look, row.best), share=voice.percent(row.expected), **numbers))
    found += _unknowns(voice, table)
    return [*found, voice.say("caution", gain=voice.quantity(str(table["gain"].iloc[0])))]


def _choices(voice: Voice, money: Any) -> str:
    """Return which package each worth of the gain falls on; neighbouring worths with the same package are told together."""
    parts = []
    for _, run in money.groupby((money["best"] != money["best"].shift()).cumsum(), sort=True):
        worths = [f"{1000 * each:,.4g}" for each in (run["worth"].iloc[0], run["worth"].iloc[-1])]
        span = worths[0] if worths[0] == worths[1] else f"{worths[0]}–{worths[1]}"
        parts.append(voice.say("part", worth=span, package=package(voice.look, str(run["best"].iloc[0]))))
    return voice.say("choices", parts=clauses(voice, parts), gain=voice.quantity(str(money["gain"].iloc[0])))


def _perfect(voice: Voice, row: Any) -> str:
    unit, factor = voice.spoken(str(row["cost"]))
    numbers = {key: voice.number(row[key] * factor) for key in ("evpi", "low", "high", "expected")}
    return voice.say(
        "perfect", worth=f"{1000 * row['worth']:,.4g}", unit=unit, best=voice.percent(row["best_share"]), **numbers
    )


def _unknowns(voice: Voice, table: Any) -> list[str]:
    inputs = voice.frame("information_inputs") if voice.has("information_inputs") else None
    counting = table[(table["above"] > 0) & (table["choice"] == "worth")]
    if inputs is None or counting.empty:
        return [voice.say("nothing", unknowns=f"{int(table['unknowns'].iloc[0])}")]
    row = counting.sort_values("above", kind="stable").iloc[-1]
    own = inputs[(inputs["choice"] == "worth") & (inputs["worth"] == row["worth"]) & inputs["exceeds"].astype(bool)]
    unit, factor = voice.spoken(str(row["cost"]))
    parts = [
        voice.say(
            "unknown",
            name=voice.look.words.unknown(each.uncertainty),
            unit=unit,
            **{key: voice.number(getattr(each, key) * factor) for key in ("value", "low", "high")},
        )
        for each in own.head(MANY).itertuples()
    ]
    silent = int((table["above"] == 0).sum())
    numbers = {"count": f"{len(own)}", "unknowns": f"{int(row['unknowns'])}", "silent": f"{silent}", "choices": f"{len(table)}"}
    return [voice.say("first", worth=f"{1000 * row['worth']:,.4g}", parts=clauses(voice, parts), **numbers)]
