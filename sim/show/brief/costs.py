"""Costs and risks of a package, as a table of differences."""

from sim.show.brief.case import Case
from sim.show.brief.document import Grid, Prose, Section


def section(case: Case) -> Section:
    """Return the section on costs and risks."""
    voice = case.voice()
    rows = []
    for name in case.settings["limits"]:
        effect = case.effects.get(name)
        if effect is None:
            continue
        told = case.numbers(effect)
        interval = case.text("interval", **told).partition(":" if case.language == "en" else "：")[2].strip()
        verdict = case.text(f"verdict_{effect.verdict}")
        label = voice.look.words("quantity", name)
        rows.append((label, effect.unit, told["middle"], interval, case.share(effect.up), verdict))
    columns = tuple(case.text("costs_columns").split("|"))
    grid = Grid(case.text("costs_caption"), columns, tuple(rows), numbers=(2, 3, 4))
    return Section(case.text("section_costs"), (Prose(case.text("costs_head")), grid))
