"""What is said of adaptive pathways: until when packages meet targets, and what waiting for a signpost is worth."""

import pandas as pd

from sim.show.voice import Voice, said

APART = 2.0
"""Standard errors by which two shares must differ to be told apart."""


@said("pathways")
def pathways(voice: Voice) -> list[str]:
    """Return sentences about targets that are missed first, turning at once, later, at a signpost, and never."""
    use_by, policies, gains = (voice.frame(name) for name in ("pathways_use_by", "pathways_policies", "pathways"))
    first, then = list(dict.fromkeys(use_by["scenario"]))[-2:]
    own = policies.set_index("policy")
    fixed = policies[policies["kind"] == "fixed"].sort_values("year")
    middle = fixed.iloc[len(fixed) // 2]
    shares = {key: voice.percent(own.loc[key, "met_always"]) for key in ("start", "never", "nothing")}
    year = f"{middle['year']:.10g}"
    late = voice.percent(middle["met_always"])
    told = [voice.say("waiting", then=voice.scenario(then), **shares, year=year, fixed=late)]
    told += _signpost(voice, policies[policies["kind"] == "trigger"])
    told.append(_missed(voice, use_by, first))
    outcome = str(gains["outcome"].iloc[0])
    row = gains[(gains["policy"] == middle["policy"]) & (gains["outcome"] == outcome)].iloc[0]
    numbers = [float(row[f"over_percent_{key}"]) for key in ("q05", "q50", "q95")]
    told.append(voice.say("worth", year=year, outcome=voice.quantity(outcome), range=voice.range(*numbers)))
    return [*told, voice.say("caution")]


def _signpost(voice: Voice, triggers: pd.DataFrame) -> list[str]:
    """Return in what share of worlds policies with a signpost keep every target, beside acting at once, and when one turns."""
    outcome = str(triggers["trigger"].iloc[0])
    least, most = float(triggers["met_always"].min()), float(triggers["met_always"].max())
    shares = {"low": voice.percent(least), "high": voice.percent(most)}
    told = [voice.say("signpost", trigger=voice.quantity(outcome), **shares, compared=_against(voice, triggers))]
    row = triggers.iloc[len(triggers) // 2]
    if pd.notna(row["turned_q50"]):
        level = voice.number(float(row["level"]) * voice.factor(outcome))
        told.append(voice.say("turns", level=level, share=voice.percent(row["turned"]), year=f"{row['turned_q50']:.0f}"))
    return told


def _against(voice: Voice, triggers: pd.DataFrame) -> str:
    """Return at how many levels waiting keeps targets more, or less, often than acting at once, beyond chance."""
    apart, bound = triggers["against_start"], APART * triggers["against_start_error"]
    less, more, count = int((apart < -bound).sum()), int((apart > bound).sum()), len(triggers)
    kind = {(count, 0): "less", (0, count): "more", (0, 0): "same"}.get((less, more), "mixed")
    return voice.say(kind, less=f"{less}", more=f"{more}", count=f"{count}")


def _missed(voice: Voice, use_by: pd.DataFrame, package: str) -> str:
    """Return which target ``package`` misses most by the last year, and how that was half-way."""
    rows = use_by[use_by["scenario"] == package]
    last = rows[rows["year"] == rows["year"].max()]
    most = last.loc[last["missed"].idxmax()]
    if float(most["missed"]) == 0.0:
        return voice.say("use_by_kept", package=voice.scenario(package))
    years = sorted(rows["year"].unique())
    half = rows[rows["year"] == years[len(years) // 2]]
    return voice.say(
        "use_by",
        package=voice.scenario(package),
        mid=f"{half['year'].iloc[0]:.10g}",
        worst=voice.percent(1.0 - half["missed"].max()),
        outcome=voice.quantity(str(most["outcome"])),
        missed=voice.percent(most["missed"]),
    )
