"""What is said of regret and thresholds, of trade-offs, and of when a package fails."""

from typing import Any

from sim.show.charts.advice.naming import condition, package
from sim.show.footing import PRIOR, footing
from sim.show.sentences.packages import change, clauses
from sim.show.voice import Voice, said

MANY = 3
"""Packages, and outcomes, named in one sentence at most."""


@said("robustness")
def robustness(voice: Voice) -> list[str]:
    """Say which package meets the thresholds most often, what limits the others, and whose worst case is least."""
    shares = voice.frame("robustness_satisfied").sort_values("share", ascending=False, kind="stable")
    told = [*voice.frame("robustness_thresholds").itertuples()]
    asked = clauses(voice, (_condition(voice, row) for row in told))
    first = shares.iloc[0]
    interval = {"low": voice.percent(first["low"]), "high": voice.percent(first["high"])}
    if first["share"] == 0:
        found = [voice.say("none", thresholds=asked, high=interval["high"], options=f"{len(shares)}")]
    else:
        share = {"package": package(voice.look, first["package"]), "share": voice.percent(first["share"])}
        found = [voice.say("most", thresholds=asked, options=f"{len(shares)}", **share, **interval)]
        equal = shares[(shares["low"] <= first["share"]) & (shares["high"] >= first["low"])].iloc[1:]
        if len(equal):
            named = voice.list(package(voice.look, each) for each in equal["package"][:MANY])
            key = "equal" if len(equal) > MANY else "equal_all"
            found.append(voice.say(key, count=f"{len(equal)}", packages=named))
    size = voice.frame("scenarios").assign(size=lambda rows: rows["measures"].str.split().map(len))
    largest = str(size.sort_values("size", kind="stable")["name"].iloc[-1])
    own = shares[shares["package"] == largest]
    if len(own) and own["share"].iloc[0] < first["share"]:
        hardest = min(told, key=lambda row: own[f"met_{row.number}"].iloc[0])
        numbers = {"share": voice.percent(own["share"].iloc[0]), "met": voice.percent(own[f"met_{hardest.number}"].iloc[0])}
        limit = _condition(voice, hardest)
        found.append(voice.say("largest", package=package(voice.look, largest), threshold=limit, **numbers))
    return [*found, *_regret(voice)]


def _regret(voice: Voice) -> list[str]:
    if not voice.has("robustness"):
        return []
    table = voice.frame("robustness")
    least = table[table["minimax"].astype(bool)].drop_duplicates("outcome")
    parts = [
        voice.say("part", outcome=voice.quantity(row.outcome), package=package(voice.look, row.package))
        for row in least.itertuples()
    ]
    different = least["package"].nunique() > 1
    return [voice.say("differ" if different else "agree", parts=clauses(voice, parts), year=f"{table['year'].iloc[0]:.10g}")]


@said("tradeoffs")
def tradeoffs(voice: Voice) -> list[str]:
    """Say how many packages are never, sometimes and always beaten, and what the gain costs between two that are not."""
    table, criteria = voice.frame("tradeoffs"), voice.frame("tradeoffs_criteria")
    names = list(dict.fromkeys(criteria["outcome"]))
    counts = {verdict: f"{int((table['verdict'] == verdict).sum())}" for verdict in ("never", "sometimes", "always")}
    listed = voice.list(voice.quantity(name) for name in names)
    found = [voice.say("counts", options=f"{len(table)}", criteria=listed, **counts)]
    gains = criteria[criteria["outcome"] == names[0]].set_index("package")
    free = table[(table["verdict"] == "never") & (table["measures"] > 0)]
    if len(free):
        best = gains.loc[free["package"], "q50"].idxmax()
        parts = [_part(voice, criteria, name, str(best)) for name in names]
        found.append(voice.say("best", package=package(voice.look, str(best)), parts=clauses(voice, parts)))
    return [*found, voice.say("caution", gain=voice.quantity(names[0]))]


def _part(voice: Voice, criteria: Any, name: str, chosen: str) -> str:
    row = criteria[(criteria["outcome"] == name) & (criteria["package"] == chosen)].iloc[0]
    return voice.say("part", outcome=voice.quantity(name), range=change(voice, row, name, relative=False))


@said("discovery")
def discovery(voice: Voice) -> list[str]:
    """Say, for each kind of failure, in what ranges of the unknowns it is frequent, or that nothing was found."""
    cases = voice.frame("discovery")
    found = [_case(voice, row) for row in cases.itertuples()]
    return [*found, voice.say("caution", members=f"{int(cases['members'].iloc[0]):,}")]


def _case(voice: Voice, row: Any) -> str:
    facts = {
        "failure": _condition(voice, row),
        "package": package(voice.look, row.package),
        "rate": voice.percent(row.rate),
        "unknowns": f"{row.unknowns}",
        "drawn": voice.say("prior" if footing(voice.dataset).base == PRIOR else "drawn", members=f"{int(row.members):,}"),
    }
    if not row.found:
        return voice.say("few" if row.reason == "few" else "nothing", failures=f"{row.failures}", **facts)
    limits = voice.frame("discovery_limits")
    own = limits[limits["case"] == row.case]
    sure = {"low": voice.percent(row.density_low), "high": voice.percent(row.density_high)}
    numbers = {"density": voice.percent(row.density), "coverage": voice.percent(row.coverage), **sure}
    both = voice.say("both") if voice.language == "zh" else f" {voice.say('both')} "
    return voice.say("found", ranges=both.join(_range(voice, each) for each in own.itertuples()), **numbers, **facts)


def _range(voice: Voice, row: Any) -> str:
    number = {"low": voice.number(row.low, 3), "high": voice.number(row.high, 3)}
    unit = "" if row.units in ("", "1", "dmnl") else voice.templates[f"units_{voice.language}"].get(row.units, row.units)
    shown = f" {unit}" if unit and voice.language == "en" else unit
    key = "within" if row.limited_below and row.limited_above else "above" if row.limited_below else "below"
    text = voice.say(key, name=voice.look.words.unknown(row.uncertainty), unit=shown, **number)
    return text if row.counts else voice.say("unsure", range=text)


def _condition(voice: Voice, row: Any) -> str:
    """Return a condition in words; where the templates have words for its sign, with those instead of the sign."""
    word = str(voice.templates.get(f"signs_{voice.language}", {}).get(row.sign, "{sign}"))
    key = f"{row.kind}_{voice.language}"
    wordings = {**voice.templates, key: str(voice.templates[key]).replace("{sign}", word)}
    return condition(voice.look, row, wordings, scale=voice.spoken(row.outcome))
