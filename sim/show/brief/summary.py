"""The answer in brief: the question, the numbers that stand out, and five to eight sentences."""

from collections.abc import Sequence

from sim.analysis.worlds import DOWN, LITTLE, OPEN, UP
from sim.show.brief import basis
from sim.show.brief.case import Case, Effect, by_verdict
from sim.show.brief.change import delay, interplay
from sim.show.brief.document import Prose, Section, Tile, Tiles

MANY = 8
"""Measures up to which a package names them; a larger one names its parts."""

OPENING, VERDICTS = 4, {UP: "settled", DOWN: "settled", OPEN: "unsettled", LITTLE: "little"}
"""Tiles in a row; the wording of a verdict in them."""


def opening(case: Case) -> tuple[str, ...]:
    """Return what the package is and on what footing the answers stand."""
    voice = case.voice()
    count = str(len(case.measures))
    if len(case.measures) > MANY:
        parts = case.joined(voice.look.words("scenario", part) for part in case.parts)
        what = case.text("consists_parts", count=count, parts=parts)
    else:
        what = case.text(
            "consists", count=count, measures=case.joined((voice.measure(each) for each in case.measures), "semicolon")
        )
    return (what, case.text("only"))


def section(case: Case) -> Section:
    """Return the section that answers the question."""
    found = [_own(case), _of(case, case.settings["collaboration"], "collaboration"), _cost(case), _risk(case), _sure(case)]
    found += [*interplay(case), delay(case), basis.cannot(case)]
    return Section(case.text("section_answer"), (_tiles(case), *case.points(each for each in found if each.text)))


def _own(case: Case) -> Prose:
    if set(case.parts) <= set(case.settings["cross_cutting"]):
        return _of(case, case.fields, "through", frame="through")
    return _of(case, case.fields, "own" if len(case.fields) == 1 else "fields")


def _of(case: Case, outcomes: Sequence[str], label: str, *, frame: str = "plain") -> Prose:
    """Return one sentence on several outcomes, grouped by verdict; empty if the answers tell of none of them."""
    found = by_verdict(case.effects[name] for name in outcomes if name in case.effects)
    clauses = [case.text(verdict, told=case.joined(_one(case, each) for each in effects)) for verdict, effects in found.items()]
    return case.told(label, case.text(frame, told=case.joined(clauses, "semicolon")) if clauses else "")


def _one(case: Case, effect: Effect) -> str:
    quantity = case.voice().quantity(effect.outcome)
    if effect.verdict in (UP, DOWN):
        return case.text(f"one_{effect.verdict}", quantity=quantity, range=case.range(effect))
    return case.text(f"one_{effect.verdict}", quantity=quantity, **case.numbers(effect))


def _clause(case: Case, outcome: str, key: str) -> str:
    """Return the clause on one outcome by its verdict, from the templates ``<key>_up`` and so on; empty if it is not told."""
    effect = case.effects.get(outcome)
    if effect is None:
        return ""
    quantity = case.voice().quantity(outcome)
    if effect.verdict in (UP, DOWN):
        return case.text(f"{key}_{effect.verdict}", quantity=quantity, range=case.range(effect))
    return case.text(f"{key}_{effect.verdict}", quantity=quantity, **case.numbers(effect))


def _cost(case: Case) -> Prose:
    money, load = case.settings["costs"]
    clauses = [_clause(case, money, "cost"), _clause(case, load, "load")]
    return case.told("cost", case.sentence(*clauses) if any(clauses) else "")


def _risk(case: Case) -> Prose:
    incidents, tightening = case.settings["risks"]
    clauses = [_clause(case, incidents, "risk"), _clause(case, tightening, "tight")]
    return case.told("risk", case.sentence(*clauses) if any(clauses) else "")


def _sure(case: Case) -> Prose:
    voice = case.voice()
    found = by_verdict(case.effects.values())
    settled = len(found.get(UP, ())) + len(found.get(DOWN, ()))
    rest = []
    for verdict, key in ((OPEN, "sure_open"), (LITTLE, "sure_small")):
        if verdict in found:
            rest.append(case.text(key, names=case.joined(voice.quantity(each.outcome) for each in found[verdict])))
    space = " " if case.language == "en" else ""
    key = {0: "sure_none", 1: "sure_one"}.get(settled, "sure")
    told = case.text(key, count=str(len(case.effects)), settled=str(settled), rest=space.join(rest)).strip()
    return case.told("sure", told)


def _tiles(case: Case) -> Tiles:
    """Return the numbers that stand out: the first own fields, joint papers, cost, incidents."""
    own = [name for name in case.fields if name not in case.settings["collaboration"]]
    last = [case.settings["collaboration"][0], case.settings["costs"][0], case.settings["risks"][0]]
    wanted = [*own[: OPENING - len(last)], *last]
    return Tiles(tuple(_tile(case, case.effects[name]) for name in wanted if name in case.effects))


def _tile(case: Case, effect: Effect) -> Tile:
    told = case.numbers(effect)
    return Tile(
        case.voice().look.words("quantity", effect.outcome, short=True),
        told["middle"],
        effect.unit,
        case.text("interval", low=told["low"], high=told["high"]),
        case.text(VERDICTS[effect.verdict]),
        effect.verdict in (UP, DOWN),
    )


def question(case: Case) -> str:
    """Return the question in one sentence."""
    return case.text("question")
