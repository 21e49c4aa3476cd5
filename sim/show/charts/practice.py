"""Policy exists, practice is blocked: one measure along the chain from law to practice, without and with coordination."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from sim.analysis.definitions import indicators
from sim.analysis.implementation import LINKS, chain
from sim.analysis.values import at, between, pick
from sim.show import telling
from sim.show.panels import EDGE, Box, End, add_axes, end_labels, opened, panel_title, put, year_axis
from sim.show.registry import Look, Plan, figure
from sim.show.style import INK, SMALL, SOFT, WIDE, Stroke, ink_on

STROKES: tuple[tuple[str, Stroke], ...] = (
    ("law", Stroke("#767676", (), 1.4)),
    ("rules", Stroke("#0072B2", (5, 1.5))),
    ("adoption", Stroke("#2D8FC9", (2.5, 1.2))),
    ("awareness", Stroke("#B87A00", (6, 1.5, 1.2, 1.5))),
    ("willingness", Stroke("#009E73", (1.2, 1.2))),
    ("practice", Stroke("#D55E00", (), 1.9)),
)
YTICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
LEFT = "left after the link"
ITSELF = "the link itself"


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw the links of the chain through time, without and with R1, and what is left after each in the last year."""
    scenarios = list(dict.fromkeys(table["scenario"]))
    note = look.words.text("practice of").format(measure=look.words("measure", look.settings["measure"]))
    page, top, low = opened(look, (WIDE, 122.0), note=note)
    width = 35.0
    bottom, height = low + 6.0, top - low - 6.0 - 9.0
    through = table[table["panel"] == ITSELF]
    for position, name in enumerate(scenarios):
        box = Box(EDGE + 8.0 + position * (width + 31.0), bottom, width, height)
        axes = add_axes(page, box)
        rows = through[through["scenario"] == name]
        ends = []
        for link, stroke in STROKES:
            line = rows[rows["link"] == link]
            axes.plot(line["year"], line["value"], **stroke.line(), gid=f"{ITSELF}|{name}|{link}")
            value = float(line["value"].iloc[-1])
            ends.append(End(f"{look.words('link', link, short=True)} {value:.2f}", value, stroke))
        axes.set_ylim(0.0, 1.03)
        axes.set_yticks(YTICKS)
        year_axis(axes, look.settings["start"], look.settings["stop"], step=5)
        panel_title(page, box, look.settings[f"panel_{look.words.language}"][position], room=width + 20.0)
        end_labels(axes, box, ends)
    left = EDGE + 8.0 + 2 * (width + 31.0) - 3.0
    _left_after(page, table[table["panel"] == LEFT], look, Box(left, bottom, WIDE - EDGE - left, height))
    return page


def _left_after(page: Figure, rows: pd.DataFrame, look: Look, box: Box) -> None:
    """Draw what is left of the measure after each link: pairs of bars, without and with R1."""
    year = telling.year(rows["year"].iloc[0])
    put(page, (box.left, box.top + 1.4), look.words.text("what is left").format(year=year), va="bottom")
    axes = add_axes(page, Box(box.left, box.bottom, box.width, box.height))
    scenarios = list(dict.fromkeys(rows["scenario"]))
    colors = ("#9a9a9a", "#0072B2")
    for x, told, color in zip((0.02, 0.5), look.settings[f"bars_{look.words.language}"], colors, strict=True):
        axes.plot([x, x + 0.08], [0.98, 0.98], color=color, linewidth=5.0)
        axes.text(x + 0.11, 0.98, told, va="center_baseline", fontsize=SMALL)
    for place, link in enumerate(LINKS):
        for position, name in enumerate(scenarios):
            value = float(rows[(rows["scenario"] == name) & (rows["link"] == link)]["value"].iloc[0])
            y = -place - 0.02 + (0.19 if position == 0 else -0.19)
            axes.barh(y, value, height=0.34, color=colors[position], gid=f"{LEFT}|{name}|{link}")
            inside = value > 0.3
            axes.text(
                value - 0.03 if inside else value + 0.03,
                y,
                f"{value:.2f}",
                ha="right" if inside else "left",
                va="center_baseline",
                fontsize=SMALL,
                color=ink_on(colors[position]) if inside else INK,
            )
        axes.text(0.02, -place + 0.44, look.words("link", link), ha="left", va="baseline", fontsize=SMALL, color=INK)
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(-len(LINKS) + 0.4, 1.2)
    axes.set_yticks([])
    axes.set_xticks([0.0, 0.5, 1.0])
    axes.spines[["left"]].set_color(SOFT)


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return what is practised in the last year, without and with R1."""
    last = table[(table["panel"] == LEFT) & (table["link"] == "practice")]
    return {
        "year": telling.year(last["year"].iloc[0]),
        "without": f"{last['value'].iloc[0]:.2f}",
        "with_R1": f"{last['value'].iloc[1]:.2f}",
        "measure": look.words("measure", look.settings["measure"]),
    }


def unfit(dataset: xr.Dataset, plan: Plan) -> str:
    """Return that the measure is not in both packages, or that they differ by more than one recommendation, if so."""
    first, second = (plan.question.adoptions[name] for name in plan.settings["scenarios"])
    both, measure = " and ".join(plan.settings["scenarios"]), plan.settings["measure"]
    if measure not in first or measure not in second:
        return f"{measure} does not act in {both} by {plan.question.stop:.10g}"
    more = [name for name in second if name not in first]
    alike = all(first[name] == second.get(name) for name in first)
    if not alike or not more or not all(name.startswith(plan.settings["only"]) for name in more):
        return f"{both} differ by other measures than {plan.settings['only'].rstrip('_')}"
    return ""


@figure("practice_gap", render=render, facts=facts, width=WIDE, needs=("R2_R7", "all"), unfit=unfit)
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return each link of the chain through time, and in the last year what is left after each (their running product)."""
    measure, settings = plan.settings["measure"], plan.settings
    names = indicators(dataset)["implementation"]
    rows = []
    for scenario in settings["scenarios"]:
        for link in LINKS:
            values = between(pick(dataset, names[link].format(measure=measure)), settings["start"], settings["stop"]).sel(
                scenario=scenario
            )
            rows += [
                (ITSELF, scenario, measure, link, float(year), float(value), "1")
                for year, value in zip(values["time"].values, values.values, strict=True)
            ]
        year = plan.question.stop
        left = chain(dataset, measure)
        rows += [
            (LEFT, scenario, measure, link, year, float(at(left[link], year).sel(scenario=scenario)), "1") for link in LINKS
        ]
    return pd.DataFrame(rows, columns=["panel", "scenario", "measure", "link", "year", "value", "units"])
