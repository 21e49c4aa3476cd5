"""How much there is: the baseline and the whole package in their own units, with real series as points where one fits."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.show import telling
from sim.show.charts import strokes
from sim.show.charts.tables import choose, lines, of_panel, quantity
from sim.show.panels import EDGE, Box, add_axes, cells, foot, head, notes_height, panel_title, put, rule, value_axis, year_axis
from sim.show.registry import Look, Plan, figure
from sim.show.series import observations, wanted
from sim.show.style import BASELINE, INK, LABEL, SMALL, SOFT, WIDE, sheet
from sim.show.text import width

OBSERVED = "observed"
"""What rows of real points carry instead of a scenario."""


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw one panel per quantity; a circle is a real value (hollow: grade C)."""
    names = [name for name in table["scenario"].unique() if name != OBSERVED]
    notes = look.notes()
    low = notes_height(look, notes, WIDE)
    places, more = _places(look, names)
    page = sheet(WIDE, 175.0 + more)
    top = head(page, look)
    foot(page, look, notes)
    _key(page, look, places, top)
    top -= more
    area = Box(EDGE + 8.0, low + 6.0, WIDE - 2 * EDGE - 9.0, top - low - 6.0 - 15.0)
    for panel, box in zip(look.settings["panels"], cells(area, rows=3, columns=4, gap=(11.0, 14.0)), strict=True):
        axes = add_axes(page, box)
        rows = of_panel(table, panel["name"])
        strokes.draw(axes, rows[rows["scenario"] != OBSERVED], look, baseline=names[0])
        _points(axes, rows[rows["scenario"] == OBSERVED], panel["name"])
        value_axis(axes, rows["value"], zero=True, ticks=4)
        year_axis(axes, look.settings["start"], look.settings["stop"], step=10)
        panel_title(page, Box(box.left - 7.0, box.bottom, box.width, box.height), quantity(look, panel), room=box.width + 7.5)
    return page


def _points(axes: Axes, rows: pd.DataFrame, panel: str) -> None:
    for grade, group in rows.groupby("grade"):
        hollow = grade == "C"
        axes.plot(
            group["year"],
            group["value"],
            linestyle="none",
            marker="o",
            markersize=2.4,
            markeredgewidth=0.7,
            zorder=4,
            color="#D55E00",
            markerfacecolor="white" if hollow else "#D55E00",
            gid=f"{panel}|{OBSERVED}|{grade}",
        )


Places = list[tuple[str, float, float]]
"""What stands in the key (a scenario, or the real series) and where: mm from the left, mm below the first row."""


def _places(look: Look, names: list[str]) -> tuple[Places, float]:
    """Return the places of the entries of the key and the height (mm) of the rows it takes beyond the first."""
    places: Places = []
    x, y = EDGE, 0.0
    labels = [look.scenario(name) for name in names]
    remark = width(look.told["calibrated"], SMALL) * 0.3528 + 3.0
    for name, label in zip([*names, OBSERVED], [*labels, look.words.text("observed")], strict=True):
        needed = 12.0 + width(label, LABEL) * 0.3528 if name != OBSERVED else 3.2 + width(label, LABEL) * 0.3528
        if x > EDGE and x + needed > WIDE - EDGE - remark:
            x, y = EDGE, y + 4.2
        places.append((name, x, y))
        x += needed
    return places, y


def _key(page: Figure, look: Look, places: Places, top: float) -> None:
    for position, (name, x, down) in enumerate(places[:-1]):
        y = top - 2.0 - down
        stroke = BASELINE if position == 0 else look.stroke(name)
        rule(page, [(x, y), (x + 6.0, y)], **stroke.line())
        put(page, (x + 7.0, y), look.scenario(name), va="middle")
    _, x, down = places[-1]
    y = top - 2.0 - down
    rule(page, [(x + 1.5, y)], color="#D55E00", linewidth=0, marker="o", markersize=2.6)
    put(page, (x + 3.2, y), look.words.text("observed"), va="middle", color=INK)
    put(page, (WIDE - EDGE, y), look.told["calibrated"], va="middle", ha="right", color=SOFT, fontsize=SMALL)


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return how far the baseline is from each real series, over the years both cover."""
    baseline = table["scenario"].iloc[0]
    told = []
    for name, rows in table.groupby("panel", sort=False):
        real = rows[(rows["scenario"] == OBSERVED) & (rows["grade"] != "C")].set_index("year")["value"]
        model = rows[rows["scenario"] == baseline].set_index("year")["value"]
        both = real.index.intersection(model.index)
        if len(both):
            ratio = model[both] / real[both]
            told.append(f"{look.words('quantity', str(name), short=True)} {ratio.min():.2f}–{ratio.max():.2f}")
    others = [name for name in look.shown if name != baseline]
    phrases = [look.words("phrase", name) if look.words.knows("phrase", name) else look.label(name) for name in others]
    language, told_others = look.words.language, telling.listing(look, phrases)
    joined = {
        key: look.settings[f"{key}_{language}"].format(others=told_others) if others else ""
        for key in ("and_others", "with_others")
    }
    return {
        **joined,
        "misfit": look.words.text("semicolon").join(told) or look.words.text("none fits"),
    }


def unfit(dataset: xr.Dataset, plan: Plan) -> str:
    """Return that no real point falls within the years shown, if so: the figure is about them."""
    years = [year for panel in plan.settings["panels"] for name in wanted(panel) for year in _real(plan, name)["year"]]
    return "" if years else f"no real series covers {plan.settings['start']:.10g}–{plan.settings['stop']:.10g}"


def _real(plan: Plan, name: str) -> pd.DataFrame:
    """Return the real points of the series ``name`` within the years shown."""
    real = observations(plan.folder, name)
    return real[(real["year"] >= plan.settings["start"]) & (real["year"] <= plan.settings["stop"])]


@figure("levels", render=render, facts=facts, width=WIDE, needs=("baseline",), unfit=unfit)
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return levels of the chosen scenarios and, as scenario ``observed``, the real points; grade and source for those."""
    scenarios = choose(dataset, plan)
    table = lines(dataset, plan, relative=False, scenarios=scenarios).assign(grade="", source="")
    found = [table]
    for panel in plan.settings["panels"]:
        for name in wanted(panel):
            real = _real(plan, name)
            points = {
                "panel": panel["name"],
                "scenario": OBSERVED,
                "year": real["year"].astype(float),
                "value": real["value"] * panel.get("series_factor", 1.0),
                "units": str(of_panel(table, panel["name"])["units"].iloc[0]),
                "grade": real["grade"],
                "source": real["source"],
            }
            found.append(pd.DataFrame(points))
    return pd.concat(found, ignore_index=True)
