"""What is said of start years and intensities, and of orders of the same measures."""

import pandas as pd

from sim.analysis.worlds import DOWN, UP
from sim.show.voice import Voice, said


@said("timing")
def timing(voice: Voice) -> list[str]:
    """Return sentences about the cost of delay, in the last year and summed, and about steps of intensity."""
    told: list[str] = []
    if voice.has("timing_delay"):
        lost = voice.frame("timing_delay")
        lost = lost[(lost["intensity"] == lost["intensity"].max()) & (lost["reading"] == "end")]
        told += _delay(voice, lost)
    if voice.has("timing_forgone"):
        told += _total(voice, voice.frame("timing_forgone"))
    if voice.has("timing_curvature"):
        told.append(_intensity(voice, voice.frame("timing_intensity"), voice.frame("timing_curvature")))
    year = f"{voice.frame('timing')['year'].max():.10g}"
    return [*told, voice.say("caution", year=year)]


def _delay(voice: Voice, lost: pd.DataFrame) -> list[str]:
    outcome = str(lost["outcome"].iloc[0])
    own = lost[lost["outcome"] == outcome].sort_values("start")
    first, worst = own.iloc[0], own.loc[own["q50"].abs().idxmax()]
    year = f"{first['year']:.10g}"
    facts = {
        "year": year,
        "start": f"{first['start']:.10g}",
        "later": f"{first['later']:.10g}",
        "worst_start": f"{worst['start']:.10g}",
    }
    told = [
        voice.say("delay", **facts, outcome=voice.quantity(outcome), change=_change(voice, first), worst=_change(voice, worst))
    ]
    settled = lost.groupby("outcome", sort=False)["verdict"].agg(lambda each: each.isin([UP, DOWN]).all())
    names = [voice.quantity(str(name)) for name, sure in settled.items() if sure]
    return told + ([voice.say("all", year=year, settled=voice.list(names))] if names else [])


def _total(voice: Voice, rows: pd.DataFrame) -> list[str]:
    """Return what share of the summed gain the latest start forgoes, where such a share is told."""
    own = rows[(rows["reading"] == "total") & (rows["intensity"] == rows["intensity"].max())]
    own = own[own["outcome"] == own["outcome"].iloc[0]] if len(own) else own
    if own.empty:
        return []
    last = own.loc[own["start"].idxmax()]
    share = voice.range(*(100.0 * float(last[key]) for key in ("q05", "q50", "q95")), signed=False)
    years = {"year": f"{last['year']:.10g}", "start": f"{last['earliest']:.10g}", "last": f"{last['start']:.10g}"}
    return [voice.say("total", **years, outcome=voice.quantity(str(last["outcome"])), share=share)]


def _intensity(voice: Voice, rows: pd.DataFrame, bent: pd.DataFrame) -> str:
    """Return whether intensity brings more, or less, the higher it already is; that it is open if worlds disagree."""
    outcome = str(rows["outcome"].iloc[0])
    own = rows[(rows["outcome"] == outcome) & (rows["reading"] == "end") & (rows["start"] == rows["start"].min())]
    own = own.sort_values("intensity")
    first, last = own.iloc[0], own.iloc[-1]
    curved = bent[(bent["outcome"] == outcome) & (bent["reading"] == "end") & (bent["start"] == first["start"])]
    key = {UP: "intensity_grows", DOWN: "intensity_falls"}.get(str(curved["verdict"].iloc[0]), "intensity_open")
    steps = {
        "from_": f"{first['intensity']:g}",
        "to": f"{first['higher']:g}",
        "last_from": f"{last['intensity']:g}",
        "last_to": f"{last['higher']:g}",
        "start": f"{first['start']:.10g}",
    }
    return voice.say(key, **steps, outcome=voice.quantity(outcome), first=_change(voice, first), last=_change(voice, last))


def _change(voice: Voice, row: "pd.Series[float]") -> str:
    """Return a difference with its interval: in per cent of the baseline, or in its own unit where that has no meaning."""
    outcome = str(row["outcome"])
    if pd.notna(row["percent_q50"]):
        return voice.range(*(float(row[f"percent_{key}"]) for key in ("q05", "q50", "q95")))
    numbers = [float(row[key]) * voice.factor(outcome) for key in ("q05", "q50", "q95")]
    return voice.range(*numbers, unit=voice.unit(outcome))


@said("sequence")
def sequence(voice: Voice) -> list[str]:
    """Return, for each pair that was asked for, what is settled and what is not; and the caution on pilots."""
    rows = voice.frame("sequence_pairs")
    rows = rows[rows["year"] == rows["year"].max()]
    year, semicolon = f"{rows['year'].max():.10g}", voice.look.words.text("semicolon")
    told = []
    for (first, second), part in list(rows.groupby(["first", "second"], sort=False))[:2]:
        names = {"year": year, "first": voice.scenario(str(first)), "second": voice.scenario(str(second))}
        settled = part[part["verdict"].isin([UP, DOWN])]
        items = [
            voice.say("item", outcome=voice.quantity(str(row["outcome"])), range=_change(voice, row))
            for _, row in settled.iterrows()
        ]
        told.append(voice.say("settled", **names, items=semicolon.join(items)) if items else voice.say("same", **names))
        unsettled = [voice.quantity(str(name)) for name in part[~part["verdict"].isin([UP, DOWN])]["outcome"]]
        if unsettled and items:
            told.append(voice.say("open", **names, items=voice.list(unsettled)))
    if voice.has("sequence_parts"):
        told += _ratio(voice, voice.frame("sequence_parts"))
    return [*told, voice.say("caution")]


def _ratio(voice: Voice, rows: pd.DataFrame) -> list[str]:
    """Return what pilots first changes where their effort is best repeated elsewhere."""
    best = rows[(rows["part"] == "high") & (rows["first"] == "pilots_first") & (rows["outcome"] == "co papers")]
    if best.empty:
        return []
    row = best.iloc[0]
    names = {key: voice.scenario(str(row[key])) for key in ("first", "second")}
    numbers = {"low": f"{row['low']:.2f}", "high": f"{row['high']:.2f}", "count": f"{row['members']:.0f}"}
    return [voice.say("ratio", **names, **numbers, range=_change(voice, row), outcome=voice.quantity(str(row["outcome"])))]
