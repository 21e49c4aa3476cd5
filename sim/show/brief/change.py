"""What the answer depends on: the other recommendations, the date, thresholds, and the unknowns that drive the spread."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from sim.analysis.worlds import DOWN, LITTLE, SMALL, UP
from sim.show.brief.case import Case
from sim.show.brief.document import Prose, Section
from sim.show.footing import PRIOR, footing

NAMED = 3
"""Unknowns named in a sentence."""

REINFORCE, SUBSTITUTE = "reinforce", "substitute"
"""Verdicts on pairs of recommendations, as the table of pairs has them."""

PLACES = 2
"""Outcomes whose drivers are told: the leading one, and joint papers."""


def section(case: Case) -> Section:
    """Return the section on what would change the answer."""
    found = [*drivers(case), *_thresholds(case), *_discovery(case), *_information(case), *_beaten(case), *_order(case)]
    return Section(case.text("section_change"), case.points(found))


def interplay(case: Case) -> Iterator[Prose]:
    """Yield how much of the gain needs the other recommendations."""
    shares = case.answers.frame("attribution")
    if shares is None:
        yield case.missing("attribution")
        return
    outcome = _shared(case, shares)
    own = shares[(shares["year"] == shares["year"].max()) & (shares["outcome"] == outcome) & shares["player"].isin(case.parts)]
    if own.empty:
        told = list(dict.fromkeys(case.words("quantity", name) for name in shares["outcome"]))
        yield case.lacking("attribution", told, f"attribution.outcomes=[{case.leading}]")
        return
    pairs = _pairs(case, outcome)
    if pairs is None:
        yield case.missing("attribution_pairs")
    elif len(case.parts) == 1:
        yield case.told("others", _alone(case, outcome), _partners(case, pairs))
    else:
        yield case.told("others", _shares(case, own), _counts(case, pairs))


def _shared(case: Case, shares: pd.DataFrame) -> str:
    """Return the outcome whose gain is attributed here: the leading one, or the next that the answers attribute."""
    told = set(shares["outcome"])
    return next((name for name in (case.leading, *case.fields, *case.settings["collaboration"]) if name in told), "")


def ways(case: Case, player: str, outcome: str) -> Mapping[str, Sequence[float]]:
    """Return what ``player`` adds to ``outcome`` alone, on average over all orders of adoption, and last.

    Each as 5 %, 50 % and 95 % quantile in per cent of the baseline of the same world; a way that is not told is left out.
    """
    tables = {
        "alone": (case.answers.frame("packages"), {"package": player}),
        "average": (case.answers.frame("attribution"), {"player": player}),
        "last": (case.answers.frame("packages_pairs"), _last(case, player)),
    }
    found = {}
    for way, (table, keys) in tables.items():
        if table is None or not keys:
            continue
        mask = (table["outcome"] == outcome) & (table["year"] == table["year"].max())
        for column, value in keys.items():
            mask &= table[column] == value
        rows = table[mask]
        if len(rows) and np.isfinite(rows["percent_q50"].iloc[0]):
            found[way] = [float(rows[f"percent_{key}"].iloc[0]) for key in ("q05", "q50", "q95")]
    return found


def _last(case: Case, player: str) -> dict[str, str]:
    """Return which packages differ by ``player`` alone, all others being adopted; nothing if one of them is not there."""
    by_parts = {frozenset(made.split("+")): package for package, made in case.made.items()}
    first, second = (by_parts.get(frozenset(case.players) - gone, "") for gone in (frozenset(), frozenset((player,))))
    return {"first": first, "second": second} if first and second else {}


def _alone(case: Case, outcome: str) -> str:
    voice, found = case.voice("attribution"), ways(case, case.package, outcome)
    if not {"alone", "last"} <= set(found):
        return ""
    alone, last = found["alone"], found["last"]
    key = "more" if last[0] > alone[2] else "less" if last[2] < alone[0] else "overlap"
    told = {"alone": voice.range(*alone), "last": voice.range(*last), "relation": case.text(f"relation_{key}")}
    return case.text("others", quantity=voice.quantity(outcome), **told)


def _pairs(case: Case, outcome: str) -> pd.DataFrame | None:
    found = case.answers.frame("attribution_pairs")
    if found is None:
        return None
    found = found[(found["year"] == found["year"].max()) & (found["outcome"] == outcome)]
    if len(case.parts) == 1:
        return found[(found["first"] == case.package) | (found["second"] == case.package)]
    return found[found["first"].isin(case.parts) & found["second"].isin(case.parts)]


def _partners(case: Case, pairs: pd.DataFrame) -> str:
    """Return which recommendations reinforce this one or stand in for it, and by how much; what is small is left out."""
    clauses = []
    for verdict, key in ((REINFORCE, "pairs_reinforce"), (SUBSTITUTE, "pairs_substitute")):
        rows = _largest(case, pairs[pairs["verdict"] == verdict])
        sizes = {second if first == case.package else first: size for first, second, size in rows}
        if len(sizes) == 1:
            name, size = next(iter(sizes.items()))
            clauses.append(case.text(f"{key}_one", name=name, size=size))
        elif sizes:
            named_ = case.joined(case.text("sized", name=name, size=size) for name, size in sizes.items())
            clauses.append(case.text(key, names=named_))
    return case.text("pairs", told=case.joined(clauses, "semicolon") if clauses else case.text("pairs_none"))


def _largest(case: Case, pairs: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Return both names and the size of each pair, the largest first, without those below :data:`SMALL` per cent."""
    found = [(case.effect(row), str(row["first"]), str(row["second"])) for _, row in pairs.iterrows()]
    kept = [each for each in found if each[0].unit != "%" or abs(each[0].middle) >= SMALL]
    ordered = sorted(kept, key=lambda each: -abs(each[0].middle))
    return [(first, second, case.text("size", **case.numbers(effect))) for effect, first, second in ordered]


def _shares(case: Case, own: pd.DataFrame) -> str:
    voice = case.voice("attribution")
    ordered = own.sort_values("player")
    told = []
    for _, row in ordered.iterrows():
        low, middle, high = (voice.signed(float(row[f"percent_{key}"])) for key in ("q05", "q50", "q95"))
        told.append(case.text("driver", name=f"{row['player']} ", share=middle, low=low, high=high))
    return case.text("shares", quantity=voice.quantity(str(own["outcome"].iloc[0])), told=case.joined(told, "semicolon"))


def _counts(case: Case, pairs: pd.DataFrame) -> str:
    quantity = case.voice().quantity(str(pairs["outcome"].iloc[0]))
    if len(pairs) == 1:
        verdict = str(pairs["verdict"].iloc[0])
        key = verdict if verdict in (REINFORCE, SUBSTITUTE, LITTLE) else "open"
        size = case.text("size", **case.numbers(case.effect(pairs.iloc[0])))
        return case.text(f"pair_{key}", quantity=quantity, names=case.joined(case.parts), size=size)
    clauses, rest = [], len(pairs)
    for verdict in (REINFORCE, SUBSTITUTE):
        rows = pairs[pairs["verdict"] == verdict]
        rest -= len(rows)
        most = [case.text("most", names=case.joined(each[:2]), size=each[2]) for each in _largest(case, rows)[:1]]
        if len(rows):
            clauses.append(case.text(f"count_{verdict}", number=f"{len(rows)}", most="".join(most)))
    if rest:
        clauses.append(case.text("count_other", number=f"{rest}"))
    return case.text("pair_counts", quantity=quantity, pairs=f"{len(pairs)}", told=case.joined(clauses, "semicolon"))


def delay(case: Case) -> Prose:
    """Return what a year of delay costs, if that was asked of this package."""
    found = case.answers.frame("timing_delay")
    source = case.answers.source("timing_delay")
    if found is None or source is None:
        return case.missing("timing_delay")
    grid = case.answers.frame("timing")
    scenario = str(grid["scenario"].iloc[0]) if grid is not None else ""
    measures = dict(zip(source.scenarios["name"], source.scenarios["measures"], strict=True)).get(scenario, "")
    if tuple(sorted(str(measures).split())) != case.measures:
        words = case.words
        whole = len(str(measures).split()) == len(_all(case)) and words.knows("phrase", "all")
        label = words("phrase", "all") if whole else scenario
        return Prose(case.text("delay_other", label=label), "missing")
    outcome = next(iter(name for name in (case.leading, *case.settings["collaboration"]) if name in set(found["outcome"])), "")
    rows = found[(found["outcome"] == outcome) & (found["reading"] == "end")]
    rows = rows[rows["intensity"] == rows["intensity"].max()]
    if rows.empty:
        return case.lacking("timing_delay", sorted(set(found["outcome"])), f"timing.outcomes=[{case.leading}]")
    first = float(case.main.dataset.attrs["first_year"])
    row = rows.iloc[int(np.abs(rows["start"].to_numpy() - first).argmin())]
    effect = case.effect(row)
    facts = {"quantity": case.voice().quantity(outcome), "start": f"{row['start']:.10g}", "later": f"{row['later']:.10g}"}
    if effect.verdict in (UP, DOWN):
        return case.told("delay", case.text(f"delay_{effect.verdict}", range=case.range(effect), **facts))
    return case.told("delay", case.text(f"delay_{effect.verdict}", **{**case.numbers(effect), **facts}))


def _all(case: Case) -> set[str]:
    return {each for text in case.main.scenarios["measures"] for each in str(text).split()}


def named(case: Case) -> dict[str, pd.DataFrame]:
    """Return the unknowns told to drive the gain of this package, the first the most, by outcome; none where chance may be all.

    Outcomes: those the package addresses and joint papers, as far as the answers tell of them, :data:`PLACES` at most.
    """
    outputs, rows = case.answers.frame("drivers"), case.answers.frame("drivers_named")
    own = case.same("drivers")
    if outputs is None or not own:
        return {}
    asked = outputs[(outputs["scenario"] == own) & (outputs["of"] == "gain")]
    wanted = dict.fromkeys((case.leading, *case.fields, *case.settings["collaboration"]))
    found = {}
    for name in [each for each in wanted if each in set(asked["outcome"])][:PLACES]:
        if rows is None:
            found[name] = pd.DataFrame()
            continue
        here = rows[(rows["scenario"] == own) & (rows["of"] == "gain") & (rows["outcome"] == name)]
        found[name] = here[here["low"] > 0].sort_values("place")
    return found


def drivers(case: Case) -> Iterator[Prose]:
    """Yield which unknowns go most with the spread of the gain."""
    outputs = case.answers.frame("drivers")
    if outputs is None:
        yield case.missing("drivers")
        return
    found = named(case)
    if not found:
        ask = f"drivers.packages=[{case.package}]"
        yield case.lacking("drivers", list(dict.fromkeys(map(str, outputs["scenario"]))), ask)
    voice = case.voice("drivers")
    for outcome, rows in found.items():
        quantity = voice.quantity(outcome)
        if rows.empty:
            used = f"{int(outputs['used'].max()):,}"
            yield case.told("drivers", case.text("drivers_none", quantity=quantity, used=used))
            continue
        told = [_driver(case, row) for _, row in rows.head(NAMED).iterrows()]
        yield case.told("drivers", case.text("drivers", quantity=quantity, told=case.joined(told, "semicolon")))


def _driver(case: Case, row: pd.Series) -> str:
    space = " " if case.language == "en" else ""
    share, low, high = (case.share(float(row[key])) for key in ("share", "low", "high"))
    return case.text("driver", name=case.unknown(str(row["constant"])) + space, share=share, low=low, high=high)


def _thresholds(case: Case) -> Iterator[Prose]:
    met, asked = case.answers.frame("robustness_satisfied"), case.answers.frame("robustness_thresholds")
    if met is None or asked is None:
        yield case.missing("robustness_satisfied")
        return
    own = met[met["package"] == case.same("robustness_satisfied")]
    if own.empty:
        yield case.lacking("robustness_satisfied", list(met["package"]), f"robustness.packages=[{case.package}]")
        return
    row = own.iloc[0]
    conditions = case.joined((condition(case, each) for _, each in asked.iterrows()), "semicolon")
    share, low, high = (case.share(float(row[key])) for key in ("share", "low", "high"))
    yield case.told("thresholds", case.text("thresholds", conditions=conditions, share=share, low=low, high=high))


def condition(case: Case, row: pd.Series) -> str:
    """Return a threshold in words."""
    voice, kind, name = case.voice(), str(row["kind"]), str(row["outcome"])
    sign = {">=": "≥", "<=": "≤"}.get(str(row["sign"]), str(row["sign"]))
    factor, unit = (1.0, "") if kind == "percent" else case.scale(name)
    limit = float(row["limit"]) * factor
    number = f"{limit:+,.10g}" if kind != "value" else f"{limit:,.10g}"
    unit = f" {unit}" if unit else ""
    told = number.replace("-", "−")
    return case.text(f"condition_{kind}", quantity=voice.quantity(name), sign=f"{sign} ", limit=told, unit=unit)


def _discovery(case: Case) -> Iterator[Prose]:
    found, source = case.answers.frame("discovery"), case.answers.source("discovery")
    if found is None or source is None:
        yield case.missing("discovery")
        return
    rows = found[found["package"] == case.same("discovery")]
    if rows.empty:
        ask = f"discovery.package={case.package}"
        yield case.lacking("discovery", [case.with_label(str(each)) for each in dict.fromkeys(found["package"])], ask)
        return
    limits = case.answers.frame("discovery_limits")
    among = "among_prior" if footing(source.dataset).base == PRIOR else "among"
    for _, row in rows.iterrows():
        worlds = case.text(among, rate=case.share(float(row["rate"])), number=f"{int(row['members']):,}")
        facts = {"condition": condition(case, row), "among": worlds}
        if not bool(row["found"]) or limits is None:
            yield case.told("discovery", case.text("not_found", **facts))
            continue
        own = limits[limits["case"] == row["case"]]
        keys = {"density": "density", "low": "density_low", "high": "density_high", "coverage": "coverage"}
        shares = {key: case.share(float(row[column])) for key, column in keys.items()}
        told = case.joined(_limit(case, each) for _, each in own.iterrows())
        yield case.told("discovery", case.text("found", limits=told, **facts, **shares))


def _limit(case: Case, row: pd.Series) -> str:
    """Return the range of an unknown in words, and whether that this one counts is not confirmed by itself."""
    voice, unit = case.voice("discovery"), case.unit(str(row["units"]))
    below, above = bool(row["limited_below"]), bool(row["limited_above"])
    key = "between" if below and above else "above" if below else "below"
    low, high = (voice.number(float(row[name])) for name in ("low", "high"))
    facts = {"low": low, "high": high, "unit": f" {unit}" if unit else ""}
    told = case.text(f"limit_{key}", name=case.unknown(str(row["uncertainty"])), **facts)
    return told if row["counts"] else case.text("unconfirmed", told=told)


def _information(case: Case) -> Iterator[Prose]:
    found, inputs = case.answers.frame("information"), case.answers.frame("information_inputs")
    if found is None:
        yield case.missing("information")
        return
    rows = found[found["choice"] == "success"]
    if rows.empty:
        return
    row, voice = rows.iloc[0], case.voice("information")
    told = case.text("information_nothing")
    if inputs is not None:
        worth = inputs[(inputs["choice"] == "success") & inputs["exceeds"]]
        names = [case.unknown(str(name)) for name in worth["uncertainty"][:NAMED]]
        told = case.text("information_inputs", names=case.joined(names)) if names else told
    low, evpi, high = (voice.number(100 * float(row[key])) for key in ("low", "evpi", "high"))
    best, options = case.with_label(str(row["best"])), f"{int(row['options']):,}"
    yield case.told(
        "information", case.text("information", best=best, options=options, low=low, evpi=evpi, high=high, inputs=told)
    )


def _beaten(case: Case) -> Iterator[Prose]:
    found = case.answers.frame("tradeoffs")
    if found is None:
        yield case.missing("tradeoffs")
        return
    rows = found[found["package"] == case.same("tradeoffs")]
    if rows.empty:
        yield case.lacking("tradeoffs", list(found["package"]), f"tradeoffs.packages=[{case.package}]")
        return
    voice, row = case.voice("tradeoffs"), rows.iloc[0]
    share, low, high = (case.share(float(row[key])) for key in ("undominated", "low", "high"))
    criteria = case.answers.frame("tradeoffs_criteria")
    if criteria is None:
        yield case.missing("tradeoffs")
        return
    listed, words = [*dict.fromkeys(criteria["outcome"])], case.settings[f"numbers_{case.language}"]
    number = str(words[len(listed)]) if len(listed) < len(words) else f"{len(listed)}"
    facts = {"criteria": case.joined(voice.quantity(str(name)) for name in listed), "options": f"{len(found):,}"}
    facts |= {"number": number}
    yield case.told("beaten", case.text("beaten", share=share, low=low, high=high, **facts))


def _order(case: Case) -> Iterator[Prose]:
    """Yield what the order of adoption changes; asked of a package of several recommendations only."""
    if len(case.parts) == 1:
        return
    found = case.answers.frame("sequence_pairs")
    source = case.answers.source("sequence_pairs")
    if found is None or source is None:
        yield case.missing("sequence_pairs")
        return
    own = source.scenarios
    alike = own["measures"].map(lambda text: tuple(sorted(str(text).split()))) == case.measures
    found = found[found["first"].isin(set(own[alike]["name"])) & (found["outcome"] == case.settings["collaboration"][0])]
    found = found[found["year"] == found["year"].max()]
    if found.empty:
        yield case.lacking("sequence_pairs", list(own["name"])[1:], "sequence")
        return
    look = case.look(source)
    clauses = []
    for _, row in found.head(NAMED).iterrows():
        effect = case.effect(row)
        names = {key: look.scenario(str(row[key])) for key in ("first", "second")}
        facts = {**case.numbers(effect), **names, "quantity": case.voice().quantity(effect.outcome)}
        settled = effect.verdict in (UP, DOWN)
        facts |= {"range": case.range(effect)} if settled else {}
        clauses.append(case.text(f"sequence_{effect.verdict}", **facts))
    yield case.told("order", case.text("order", told=case.joined(clauses, "semicolon")))
