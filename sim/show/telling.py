"""Sentences about the settings behind a figure, worded from the result: dates, measures, intensities, changed parameters."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sim.analysis.adoption import Adoption
from sim.analysis.question import Change, World
from sim.analysis.values import split
from sim.show.asked import Asked
from sim.show.footing import POSTERIOR, calibration, standing
from sim.show.registry import Look

MOST_CHANGES, MOST_CODES, MOST_DATES = 3, 7, 5
"""Most changed parameters, measures and dotted lines told one by one in a figure."""


def year(number: float) -> str:
    """Return a calendar year with no more digits than it has."""
    return f"{number:.10g}"


def code(measure: str) -> str:
    """Return how a measure is cited: ``R3.1`` for ``R3_1``."""
    return measure.replace("_", ".")


def common(look: Look) -> Mapping[str, str]:
    """Return what every figure and caption may quote: design, world, key, dates and adopted measures."""
    question = look.question
    starts = question.starts(look.shown)
    usual, exceptions = adopted(look, look.shown)
    design, listed = (_design(look, most) for most in (MOST_CHANGES, 12))
    world = _world(look)
    return {
        **standing(look.words, question.footing, design=design, listed=listed, world=world),
        "ground": _ground(look),
        "design": listed,
        "world": world,
        "key": look.words.text("key mark").join(look.gloss(name) for name in look.shown if look.gloss(name)),
        "codes": look.words.text("key mark").join(look.gloss(name) for name in look.shown if look.coded(name)),
        "from": year(starts[0]) if starts else "",
        "dotted": _dotted(look),
        "adopted": usual + exceptions,
        "exceptions": _noted(look, exceptions),
        "stop": year(question.stop),
    }


def _ground(look: Look) -> str:
    """Return what the figure's own settings say of how its model was set beside the data, by footing; nothing for most."""
    stands, language = look.question.footing, look.words.language
    usual = look.settings.get(f"ground_{language}", "")
    return look.settings.get(f"ground_{stands.base}_{language}", usual).format(**calibration(stands))


def _design(look: Look, most: int) -> str:
    stands = look.question.footing
    if stands.base == POSTERIOR:
        return _central(look, most)
    changed = look.question.changes
    if not changed:
        return look.words.text("design set")
    told = listing(look, [_change(look, change) for change in changed[:most]])
    if len(changed) > most:
        told = look.words.text("and more").format(told=told, count=len(changed) - most)
    return look.words.text("design changed" if len(changed) == 1 else "design much changed").format(
        count=len(changed), changes=told
    )


def _central(look: Look, most: int) -> str:
    """Return what the posterior's central vector is called, with the constants that were set otherwise than it has them."""
    stands, text = look.question.footing, look.words.text
    name = text("central vector").format(**calibration(stands))
    changed = _beside(look.question)
    told = listing(look, [_change(look, change) for change in changed[:most]])
    if not changed:
        return name
    if len(changed) > most:
        told = text("and more").format(told=told, count=len(changed) - most)
    return text("set changed").format(set=name, changes=told)


def _beside(question: Asked) -> tuple[Change, ...]:
    """Return the settings that differ from the posterior's central vector, each with the value it has there."""
    told = {label(change): change for change in question.changes}
    return tuple(
        replace(told[name], usual=there) if name in told else Change(*split(name), given, there)
        for name, (there, given) in question.footing.told.get("changed", {}).items()
        if (name in told or there is not None) and not _driver(name, question)
    )


def _driver(name: str, question: Asked) -> bool:
    """Tell whether a setting is one of the outside world, which is told apart from the parameters."""
    return split(name)[0] in {change.name for world in question.worlds for change in world.changes}


def label(change: Change) -> str:
    """Return a setting as the model names it, ``name`` or ``name[element]``."""
    return f"{change.name}[{','.join(change.elements)}]" if change.elements else change.name


def listing(look: Look, told: Sequence[str]) -> str:
    """Return ``told`` as a list in the language of ``look``."""
    return look.words.text("comma").join(told)


def _change(look: Look, change: Change) -> str:
    words = look.words
    name = words("variable", change.name) if words.knows("variable", change.name) else change.name
    if change.elements:
        name = " ".join((*(code(element) for element in change.elements), name))
    values = (_value(change.value), _value(change.usual))
    if "" in values:
        return words.text("changed").format(name=name)
    return words.text("change").format(name=name, value=values[0], usual=values[1])


def _value(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, int | float) else ""


def _world(look: Look) -> str:
    parts = [_part(look, world) for each in look.question.worlds if (world := _asked_for(look.question, each)).changes]
    return look.words.text("world").format(world=look.words.text("semicolon").join(parts)) if parts else ""


def _asked_for(question: Asked, world: World) -> World:
    """Return ``world`` without the drivers that are as the posterior's central vector has them."""
    if question.footing.base != POSTERIOR or not question.footing.single:
        return world
    there = question.footing.told.get("changed", {})
    return replace(world, changes=tuple(change for change in world.changes if label(change) in there))


def _part(look: Look, world: World) -> str:
    words = look.words
    drivers = listing(look, [_change(look, change) for change in world.changes])
    if not world.choice:
        return drivers
    name = words("world", world.choice) if words.knows("world", world.choice) else world.choice
    return words.text("altered").format(name=name, drivers=drivers) if world.altered else name


def dates(look: Look) -> tuple[float, ...]:
    """Return the years in which measures of the scenarios shown start and that lie in the window: where dotted lines stand."""
    starts = look.question.starts(look.shown)
    kept = starts if len(starts) <= MOST_DATES else starts[:1]
    return tuple(start for start in kept if look.settings["start"] <= start < look.settings["stop"])


def _dotted(look: Look) -> str:
    if "start" not in look.settings:
        return ""
    starts, drawn = look.question.starts(look.shown), dates(look)
    if not drawn:
        return ""
    if len(starts) > MOST_DATES:
        return look.words.text("first dotted line").format(date=year(drawn[0]))
    kind = "dotted line" if len(drawn) == 1 else "dotted lines"
    return look.words.text(kind).format(dates=listing(look, [year(date) for date in drawn]))


Way = tuple[float, float | None, float, float | None, float | None]
"""How a measure is adopted: start, ramp, level, mode and scale-up delay."""


def _way(adoption: Adoption) -> Way:
    return (adoption.start, adoption.ramp, adoption.level, adoption.mode, adoption.scale_up)


def adopted(look: Look, scenarios: Sequence[str]) -> tuple[str, str]:
    """Return how measures are adopted in most cases, and what differs from that: sentences, or nothing."""
    question, words = look.question, look.words
    packages = [name for name in scenarios if name in question.adoptions and name != question.baseline]
    orders = look.settings.get("orders", ()) if look.told.get("orders_regular") else ()
    told = [name for name in packages if name not in orders] or packages
    ways = {name: {measure: _way(each) for measure, each in question.adoptions[name].items()} for name in told}
    counted = Counter(way for each in ways.values() for way in each.values())
    own = question.adoptions.get(question.baseline, {})
    extra = [_itself(look, own)] if own and scenarios else []
    extra += [_parameters(look, name) for name in told if question.own.get(name)]
    idle = [look.label(name) for name in packages if not question.acts(name)]
    if idle:
        extra.append(words.text("idle").format(names=listing(look, idle), stop=year(question.stop)))
    if not counted:
        return "", "".join(extra)
    usual = counted.most_common(1)[0][0]
    fragments = _fragments(look, ways, usual)
    kind = "adopted apart" if told != packages else "adopted"
    sentence = words.text(kind).format(start=year(usual[0]), ramp=_ramp(look, usual[1]), level=_level(look, usual[2]))
    exceptions = [words.text("exceptions").format(told=words.text("semicolon").join(fragments))] if fragments else []
    return sentence, "".join([*exceptions, *extra])


def _noted(look: Look, exceptions: str) -> str:
    """Return what a figure itself says on adoption: only what differs from measures at full strength at one time."""
    question = look.question
    levels = {each.level for name in look.shown for each in question.adoptions.get(name, {}).values()}
    if not exceptions and levels <= {1.0}:
        return ""
    usual, _ = adopted(look, look.shown)
    return (usual + exceptions).strip()


def _fragments(look: Look, ways: Mapping[str, Mapping[str, Way]], usual: Way) -> list[str]:
    """Return the exceptions: of a measure wherever it is adopted, then of single scenarios."""
    everywhere: dict[Way, list[str]] = {}
    apart: dict[tuple[str, Way], list[str]] = {}
    for measure in dict.fromkeys(measure for each in ways.values() for measure in each):
        found = {name: each[measure] for name, each in ways.items() if measure in each}
        if len(set(found.values())) == 1:
            way = next(iter(found.values()))
            if way != usual:
                everywhere.setdefault(way, []).append(measure)
            continue
        for name, way in found.items():
            if way != usual:
                apart.setdefault((name, way), []).append(measure)
    told = [_differs(look, measures, way, usual) for way, measures in everywhere.items()]
    for (name, way), measures in apart.items():
        told.append(look.words.text("in scenario").format(name=look.label(name), told=_differs(look, measures, way, usual)))
    return told


def _differs(look: Look, measures: Sequence[str], way: Way, usual: Way) -> str:
    words = look.words
    parts = []
    if way[0] != usual[0]:
        parts.append(words.text("from year").format(year=year(way[0])))
    if way[1] != usual[1]:
        parts.append(words.text("with ramp").format(ramp=_ramp(look, way[1])))
    if way[2] != usual[2]:
        parts.append(words.text("at level").format(level=_level(look, way[2])))
    if way[3] != usual[3]:
        parts.append(words.text("in mode").format(mode=words("mode", f"{way[3]:g}") if way[3] is not None else "—"))
    if way[4] != usual[4]:
        parts.append(words.text("scaled up after").format(years=f"{way[4]:g}" if way[4] is not None else "—"))
    return words.text("measure differs").format(measures=codes(look, measures), told=listing(look, parts))


def codes(look: Look, measures: Sequence[str]) -> str:
    """Return ``measures`` as their codes, or only how many they are if they are many."""
    if len(measures) > MOST_CODES:
        return look.words.text("measures").format(count=len(measures))
    return listing(look, [code(measure) for measure in measures])


def _ramp(look: Look, ramp: float | None) -> str:
    if ramp is None:
        return look.words.text("ramp unknown")
    return look.words.text("one year") if ramp == 1 else look.words.text("years").format(years=f"{ramp:.6g}")


def _level(look: Look, level: float) -> str:
    return look.words.text("full") if level == 1 else look.words.text("part").format(percent=f"{100 * level:.4g}")


def _itself(look: Look, own: Mapping[str, Adoption]) -> str:
    starts = listing(look, [year(start) for start in sorted({each.start for each in own.values()})])
    return look.words.text("baseline adopts").format(measures=codes(look, list(own)), dates=starts)


def _parameters(look: Look, name: str) -> str:
    told = listing(look, [_change(look, change) for change in look.question.own[name]])
    return look.words.text("own parameters").format(name=look.label(name), changes=told)


def orders(look: Look) -> Mapping[str, str]:
    """Return how two scenarios order the same measures, for figures that compare two ``orders``; nothing for others.

    The wording of the settings holds where each order has two dates and one group of measures swaps them with the other.
    """
    wanted = look.settings.get("orders", ())
    if not wanted or any(name not in look.shown for name in wanted):
        return {"orders": "", "orders_caption": "", "at_once": "", "orders_regular": ""} if wanted else {}
    first, second = (_groups(look, name) for name in wanted)
    language = look.words.language
    at_once = ""
    once = look.settings.get("once", "")
    if once in look.shown and len(_groups(look, once)) == 1:
        at_once = look.settings[f"at_once_{language}"].format(
            name=look.label(once, short=True), date=year(next(iter(_groups(look, once))))
        )
    regular = len(first) == 2 and list(first) == list(second) and list(first.values()) == list(second.values())[::-1]
    if not regular:
        told = look.words.text("semicolon").join(_listed(look, name) for name in wanted)
        return {"orders": look.words.text("orders").format(orders=told), "orders_caption": "", "at_once": at_once}
    (early, begun), (late, left) = first.items()
    facts = {
        "count": f"{len(begun) + len(left)}",
        "measures": listing(look, [code(name) for name in begun]),
        "others": f"{len(left)}",
        "first": year(early),
        "second": year(late),
    }
    clear = look.settings.get("clarifying", "") in begun
    facts["clarifies"] = look.settings[f"clarifies_{language}"] if clear else ""
    return {
        "orders": look.settings[f"orders_{language}"].format(**facts),
        "orders_caption": look.settings.get(f"orders_caption_{language}", "").format(**facts),
        "at_once": at_once,
        "orders_regular": "1",
    }


def _groups(look: Look, name: str) -> Mapping[float, list[str]]:
    found: dict[float, list[str]] = {}
    for measure, each in sorted(look.question.adoptions.get(name, {}).items(), key=lambda item: item[1].start):
        found.setdefault(each.start, []).append(measure)
    return found


def _listed(look: Look, name: str) -> str:
    parts = [
        look.words.text("group of measures").format(measures=codes(look, measures), year=year(start))
        for start, measures in _groups(look, name).items()
    ]
    return look.words.text("in scenario").format(name=look.label(name), told=listing(look, parts))
