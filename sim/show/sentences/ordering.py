"""What is said of the binding input, of what the next recommendation adds, and of the order of adoption."""

import numpy as np
import pandas as pd

from sim.show.voice import Voice, said


@said("shifting")
def shifting(voice: Voice) -> list[str]:
    """Return sentences about which input binds, which recommendation shifts that most, and what comes next."""
    rows = voice.frame("shifting")
    rows = rows[rows["year"] == rows["year"].max()]
    year = f"{rows['year'].max():.10g}"
    base = rows[rows["scenario"] == voice.dataset.attrs["baseline"]]
    binding = base.loc[base["most"].idxmax()]
    own = rows[(rows["input"] == binding["input"]) & (rows["scenario"] != binding["scenario"])]
    whole = own.iloc[-1]
    facts = {"input": _input(voice, str(binding["input"]))}
    told = [voice.say("binds", **facts, year=year, share=voice.percent(binding["most"]), last=voice.percent(whole["most"]))]
    single = own.iloc[:-1] if len(own) > 1 else own
    best = single.loc[single["change_q50"].idxmin()]
    other = rows[(rows["scenario"] == best["scenario"]) & (rows["input"] != binding["input"])]
    other = other.loc[other["most"].idxmax()]
    change = voice.range(best["change_q05"], best["change_q50"], best["change_q95"], unit="")
    relief = {"scenario": voice.scenario(str(best["scenario"])), "other": _input(voice, str(other["input"]))}
    told.append(voice.say("relief", **relief, change=change, other_share=voice.percent(other["most"])))
    if voice.has("shifting_next"):
        told += _next(voice, voice.frame("shifting_next"))
    return [*told, voice.say("caution", **facts)]


def _input(voice: Voice, name: str) -> str:
    return voice.quantity(f"binding share of {name}")


def _next(voice: Voice, rows: pd.DataFrame) -> list[str]:
    """Return what adds most first and next, and whose gain grows most once others are adopted."""
    outcome = str(rows["outcome"].iloc[0])
    rows = rows[rows["outcome"] == outcome]
    steps = [rows[rows["step"] == step] for step in sorted(rows["step"].unique())[:2]]
    leaders = [step.loc[step["q50"].idxmax()] for step in steps]
    if len(leaders) < 2:
        return []
    facts = {"outcome": voice.quantity(outcome)}
    for key, row in zip(("first", "second"), leaders, strict=True):
        facts |= {key: voice.scenario(str(row["player"])), f"{key}_gain": _gain(voice, row)}
        facts |= {f"{key}_best": voice.percent(row["best"])}
    alone = rows[rows["step"] == rows["step"].min()].set_index("player")
    later = rows[rows["step"] == 2].set_index("player")
    told = [voice.say("next", **facts)]
    later = later[alone["q05"].loc[later.index] > 0]
    if len(later):
        grown = (later["q50"] / alone["q50"].loc[later.index]).idxmax()
        adopted = voice.list(voice.look.label(name, short=True) for name in str(later["adopted"].iloc[0]).split("."))
        player = {"player": voice.scenario(str(grown)), "adopted": adopted, "outcome": facts["outcome"]}
        told.append(voice.say("grows", **player, alone=_gain(voice, alone.loc[grown]), later=_gain(voice, later.loc[grown])))
    return told


def _gain(voice: Voice, row: "pd.Series[float]") -> str:
    outcome = str(row["outcome"])
    numbers = [float(row[key]) * voice.factor(outcome) for key in ("q05", "q50", "q95")]
    return voice.range(*numbers, unit=voice.unit(outcome))


@said("ordering")
def ordering(voice: Voice) -> list[str]:
    """Return sentences about what comes first and second, what order is worth, and how often the greedy order is best."""
    steps, places, value = (voice.frame(name) for name in ("ordering", "ordering_places", "ordering_value"))
    best = steps[steps["kind"] == "optimal"].merge(
        places.rename(columns={"place": "step"}), on=["outcome", "player", "step"], how="left"
    )
    best = best[best["outcome"] != "composite"]
    items = [
        voice.say(
            "item",
            player=voice.look.label(str(player), short=True),
            outcome=voice.list(voice.quantity(str(name)) for name in rows["outcome"]),
            share=_between(voice, rows["share"]),
        )
        for player, rows in best[best["step"] == 1].groupby("player", sort=False)
    ]
    told = [voice.say("first", firsts=voice.look.words.text("semicolon").join(items))]
    second = best[best["step"] == 2]
    player = second["player"].mode().iloc[0]
    own = second[second["player"] == player]
    early = places[(places["player"] == player) & places["place"].le(2) & places["outcome"].isin(own["outcome"])]
    early = early.groupby("outcome")["share"].sum()
    counts = {"count": f"{len(own)}", "outcomes": f"{len(second)}"}
    told.append(voice.say("second", player=voice.scenario(str(player)), **counts, share=_between(voice, early)))
    lead = value[value["mean_q50_percent"].notna()]
    if lead.empty:
        return [*told, voice.say("caution")]
    lead = lead.iloc[0]
    worth = {key: _percent(voice, lead, key) for key in ("mean", "worst", "own")}
    outcome = voice.quantity(str(lead["outcome"]))
    told.append(voice.say("worth", outcome=outcome, mean=worth["mean"], worst=worth["worst"]))
    told.append(voice.say("greedy", share=_between(voice, value["greedy_optimal"]), own=worth["own"], outcome=outcome))
    return [*told, voice.say("caution")]


def _between(voice: Voice, shares: "pd.Series[float]") -> str:
    """Return the least and the greatest of ``shares``; one of them where they read the same or all are nearly one."""
    low, high = voice.percent(float(shares.min())), voice.percent(float(shares.max()))
    if low.startswith(">"):
        return voice.say("least", low=voice.percent(np.floor(100 * float(shares.min())) / 100))
    return low if low == high else f"{low.removesuffix('%').strip()}–{high}"


def _percent(voice: Voice, row: "pd.Series[float]", key: str) -> str:
    return voice.range(*(float(row[f"{key}_{each}_percent"]) for each in ("q05", "q50", "q95")), signed=False)
