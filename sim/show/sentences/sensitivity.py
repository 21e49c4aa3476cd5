"""What is said of sensitivity: which unknowns matter for which result, how sure that is, and what cannot be told."""

from typing import Any

import pandas as pd

from sim.show.charts.advice.morris import ONE_WAY, STRONG
from sim.show.charts.advice.sensed import GAIN, alias, called, of_output
from sim.show.voice import Voice, said

MOST_OUTPUTS = 3
"""Outputs that sentences tell of; the figures show more."""

LITTLE = 0.05
"""Total share of variance below which a group settles little."""


@said("screening")
def screening(voice: Voice) -> list[str]:
    """Return which unknowns move each output most, which do so either way, and what screening is not for."""
    table, outputs = voice.frame("screening"), _gains_first(voice.frame("screening_outputs"))
    found, both = [], dict[str, None]()
    for _, output in outputs.head(MOST_OUTPUTS).iterrows():
        rows = _of(table, output)
        strong = int((rows["mu_star"] >= STRONG * rows["mu_star"].max()).sum())
        names = voice.list(_moved(voice, row) for _, row in rows.head(3).iterrows())
        facts = {"what": _what(voice, output), "strong": f"{strong}", "factors": f"{len(rows)}", "names": names}
        found.append(_sentence(voice.say("first", **facts)))
        first = rows.head(10)
        both |= dict.fromkeys(_name(voice, row) for _, row in first[first["mu"].abs() < ONE_WAY * first["mu_star"]].iterrows())
    if both:
        found.append(voice.say("both", names=voice.list(both)))
    lost = int(outputs["left_out"].max())
    left = voice.say("left", count=f"{lost}") if lost else ""
    return [*found, voice.say("limit", points=f"{outputs['used'].min()}", left_out=_after(voice, left))]


@said("sensitivity")
def sensitivity(voice: Voice) -> list[str]:
    """Return which groups the spread of each output comes from, how much is due to company, and which settle little."""
    table, outputs = voice.frame("sensitivity"), _gains_first(voice.frame("sensitivity_outputs"))
    shown = outputs.head(MOST_OUTPUTS)
    found = [_sentence(_explained(voice, output, _of(table, output))) for _, output in shown.iterrows()]
    alone = shown["alone"]
    found.append(voice.say("company", least=f"{100 * alone.min():.0f}", most=f"{100 * alone.max():.0f}"))
    asked = pd.concat([_of(table, output) for _, output in shown.iterrows()])
    largest = asked.groupby(["uncertainty", "constant"], sort=False)["total_high"].max().reset_index()
    little = [_name(voice, row) for _, row in largest[largest["total_high"] < LITTLE].iterrows()]
    if 0 < len(little) <= 13:
        found.append(voice.say("little", bound=f"{100 * LITTLE:.0f}", names=voice.list(little)))
    lost = int(outputs["left_out"].max())
    points = int(outputs["used"].max()) + lost
    left = voice.say("left", count=f"{lost}", points=f"{points}") if lost else ""
    return [*found, voice.say("limit", left_out=_after(voice, left))]


@said("drivers")
def drivers(voice: Voice) -> list[str]:
    """Return for how many gains a driver can be told from chance, the clearest ones, and the limits of that."""
    outputs = voice.frame("drivers")
    facts = {"used": f"{outputs['used'].min()}", "asked": f"{len(outputs)}", "inputs": f"{outputs['inputs'].max()}"}
    if not voice.has("drivers_named"):
        return [voice.say("none", **facts), voice.say("limit")]
    table = voice.frame("drivers_named")
    floor = f"{100 * outputs['floor'].max():.0f}"
    found = [voice.say("counted", found=f"{(outputs['above'] > 0).sum()}", floor=floor, **facts)]
    best = table.sort_values("share", ascending=False, kind="stable")
    names = voice.list(_driver(voice, row) for _, row in best.head(3).iterrows())
    found.append(voice.say("strongest", names=names))
    times = (
        table.groupby(["uncertainty", "constant"]).size().sort_values(ascending=False, kind="stable").reset_index(name="times")
    )
    if times["times"].iloc[0] > 1:
        first = times.iloc[0]
        found.append(voice.say("common", name=_name(voice, first), times=f"{first['times']}", asked=facts["asked"]))
    return [*found, voice.say("limit")]


def _gains_first(outputs: pd.DataFrame) -> pd.DataFrame:
    """Return the outputs that vary, gains before levels, else as asked."""
    varying = outputs[~outputs["constant"].astype(bool)]
    return varying.sort_values("of", key=lambda column: column != GAIN, kind="stable")


def _of(table: pd.DataFrame, output: Any) -> pd.DataFrame:
    return of_output(table, output).sort_values("place", kind="stable")


def _name(voice: Voice, row: Any) -> str:
    return called(voice.look, str(row["uncertainty"]), str(row["constant"]))


def _what(voice: Voice, output: Any) -> str:
    package = voice.look.label(alias(str(output["scenario"])))
    facts = {"outcome": voice.quantity(output["outcome"]), "year": f"{output['year']:.10g}", "package": package}
    return voice.say(str(output["of"]), **facts)


def _moved(voice: Voice, row: Any) -> str:
    """Return an unknown with the mean size of its effect, and which way a rise goes where it goes one way."""
    relative = row["units"] == "%"
    factor = 1.0 if relative else voice.factor(row["outcome"])
    unit = voice.say("points") if relative else voice.unit(row["outcome"])
    unit = f" {unit}" if unit and voice.language == "en" else unit
    one_way = abs(row["mu"]) >= ONE_WAY * row["mu_star"]
    way = ("up" if row["mu"] > 0 else "down") if one_way else "both_ways"
    columns = {"size": "mu_star", "low": "low", "high": "high"}
    numbers = {key: voice.number(row[column] * factor) for key, column in columns.items()}
    return voice.say(way, name=_name(voice, row), unit=unit, **numbers)


def _explained(voice: Voice, output: Any, rows: pd.DataFrame) -> str:
    first, others = rows.iloc[0], rows.iloc[1:3]
    names = voice.list(
        voice.say("name", name=_name(voice, row), total=f"{100 * row['total']:.0f}") for _, row in others.iterrows()
    )
    tied = len(others) > 0 and bool(others.iloc[0]["total_high"] >= first["total_low"])
    rest = (voice.say("rest", names=names) if len(others) else "") + (voice.say("tied") if tied else "")
    columns = {"total": "total", "low": "total_low", "high": "total_high", "alone": "first"}
    numbers = {key: f"{100 * first[column]:.0f}" for key, column in columns.items()}
    return voice.say("first", what=_what(voice, output), name=_name(voice, first), rest=rest, **numbers)


def _driver(voice: Voice, row: Any) -> str:
    way = voice.say("larger" if row["rank"] > 0 else "smaller")
    numbers = {key: f"{100 * row[key]:.0f}" for key in ("share", "low", "high")}
    facts = {"outcome": voice.quantity(row["outcome"]), "package": voice.look.label(alias(str(row["scenario"])))}
    return voice.say("name", name=_name(voice, row), way=way, **facts, **numbers)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _after(voice: Voice, text: str) -> str:
    """Return a sentence that follows another one."""
    return f" {text}" if text and voice.language == "en" else text
