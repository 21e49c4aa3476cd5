"""What cannot be had together: the gain of every package against its cost, its load and its risk."""

from collections.abc import Mapping, Sequence

import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.show.calibrated import frame
from sim.show.charts.advice.naming import package
from sim.show.panels import EDGE, POINT, Box, add_axes, cells, opened, panel_title, put
from sim.show.registry import ADVICE, Look, Plan, figure
from sim.show.style import FAINT, INK, PAPER, SMALL, SOFT, WIDE
from sim.show.text import LEADING, width
from sim.show.words import load

HEIGHT, ABOVE, BELOW = 58.0, 10.0, 10.0
"""Height of the panels, room for titles and for ticks with the axis' name, mm."""

MARKS: Mapping[str, tuple[str, float, str]] = {
    "never": ("o", 4.2, "full"),
    "sometimes": ("o", 3.2, "none"),
    "always": ("x", 2.4, "none"),
}
"""Mark, size and filling by how often a package is beaten."""


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw a panel a criterion, gain to the right, the criterion upward, a mark a package, and name those never beaten."""
    panels = list(dict.fromkeys(table["panel"]))
    low = opened(look, (WIDE, 200.0))[2]
    page, top, low = opened(look, (WIDE, low + 9.0 + ABOVE + BELOW + HEIGHT))
    area = Box(EDGE + 8.0, top - ABOVE - HEIGHT - 1.0, WIDE - 2 * EDGE - 9.0, HEIGHT)
    shown = _named(look, str(table["gain"].iloc[0]))
    for panel, box in zip(panels, cells(area, rows=1, columns=len(panels), gap=(12.0, 0.0)), strict=True):
        rows = table[table["panel"] == panel]
        axes = add_axes(page, box)
        _marks(axes, rows)
        panel_title(page, box, _named(look, panel), room=box.width + 8)
        put(page, (box.left + box.width / 2, box.bottom - 5.0), shown, fontsize=SMALL, ha="center")
        _labels(page, axes, box, [(package(look, row.scenario), row.x, row.y) for row in _first(rows)])
    return page


def _named(look: Look, outcome: str) -> str:
    """Return an outcome with its unit."""
    name, unit = look.words("quantity", outcome, short=True), look.words.unit("quantity", outcome)
    return str(look.settings[f"axis_{look.words.language}"]).format(name=name, unit=unit) if unit else name


def _marks(axes: Axes, rows: pd.DataFrame) -> None:
    for verdict, (mark, size, filled) in reversed(MARKS.items()):
        part = rows[rows["verdict"] == verdict]
        ground = INK if filled == "full" else PAPER
        style = {"marker": mark, "markersize": size, "markeredgewidth": 0.7, "markerfacecolor": ground, "linestyle": "none"}
        ink = "#8a8a8a" if verdict == "always" else INK
        axes.plot(part["x"], part["y"], **style, color=ink, gid=f"{rows['panel'].iloc[0]}|{verdict}", zorder=3)
    axes.axhline(0.0, color=SOFT, linewidth=0.6, zorder=0.5)
    axes.axvline(0.0, color=SOFT, linewidth=0.6, zorder=0.5)
    axes.margins(0.09, 0.08)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
        axis.set_major_formatter(lambda value, _: f"{value:,.10g}".replace("-", "−"))
    axes.grid(color=FAINT, linewidth=0.4, zorder=0)
    axes.set_axisbelow(True)


def _first(rows: pd.DataFrame) -> list:
    """Return the packages to be named: the largest first, then those never beaten, then single ones."""
    rank = rows["verdict"].map({"never": 0, "sometimes": 1, "always": 2}) + 1.5 * (rows["measures"] < rows["measures"].max())
    listed = rows[
        (rows["verdict"] == "never")
        | (rows["measures"] == rows["measures"].max())
        | ~rows["scenario"].str.contains(".", regex=False)
    ]
    return [*listed.loc[rank[listed.index].sort_values(kind="stable").index].itertuples()]


def _labels(page: Figure, axes: Axes, box: Box, points: Sequence[tuple[str, float, float]]) -> None:
    """Write names beside their points where they cover neither a mark nor another name; those without room stay unnamed."""
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()

    def place(x: float, y: float) -> tuple[float, float]:
        return box.left + (x - left) / (right - left) * box.width, box.bottom + (y - low) / (high - low) * box.height

    dots = [place(x, y) for line in axes.lines if line.get_marker() not in ("None", None, "") for x, y in line.get_xydata()]
    taken: list[Box] = []
    tall = SMALL * LEADING * POINT * 0.8
    for text, x, y in points:
        at, wide = place(x, y), width(text, SMALL) * POINT
        for across, up in (
            (1.1, 0.0),
            (-1.1 - wide, 0.0),
            (-wide / 2, 2.0),
            (-wide / 2, -2.0),
            (0.6, 1.7),
            (0.6, -1.7),
            (-wide - 0.6, 1.7),
        ):
            trial = Box(at[0] + across, at[1] + up - tall / 2, wide, tall)
            inside = (
                trial.left > box.left and trial.right < box.right + 1.0 and trial.bottom > box.bottom and trial.top < box.top
            )
            free = not any(_meets(trial, other) for other in taken)
            if (
                inside
                and free
                and not any(
                    trial.left - 0.5 < dx < trial.right + 0.5 and trial.bottom - 0.4 < dy < trial.top + 0.4 for dx, dy in dots
                )
            ):
                put(page, (trial.left, trial.bottom + tall / 2), text, fontsize=SMALL, va="middle")
                taken.append(trial)
                break


def _meets(one: Box, other: Box) -> bool:
    return one.left < other.right + 0.6 and other.left < one.right + 0.6 and one.bottom < other.top and other.bottom < one.top


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return how many packages there are, how many are never, sometimes and always beaten, and by what they are judged."""
    own = table[table["panel"] == table["panel"].iloc[0]]
    mark = look.words.text("comma")
    names = [str(own["gain"].iloc[0]), *dict.fromkeys(table["panel"])]
    return {
        "year": f"{own['year'].iloc[0]:.10g}",
        "options": f"{len(own)}",
        **{verdict: f"{int((own['verdict'] == verdict).sum())}" for verdict in MARKS},
        "criteria": mark.join(look.words("quantity", name, short=True) for name in names),
        "count": f"{len(names)}",
    }


def small(dataset: xr.Dataset, plan: Plan) -> str:
    """Return that there is nothing to set against each other, if so."""
    count = len(set(frame(dataset, "tradeoffs_criteria", ("outcome",))["outcome"]))
    return "more than five criteria do not fit one page" if count > 5 else ""


@figure(
    "tradeoffs", render=render, facts=facts, width=WIDE, needs=("tradeoffs", "tradeoffs_criteria"), unfit=small, kind=ADVICE
)
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return, for each package and criterion but the first, the medians of the gain (``x``) and of the criterion (``y``).

    ``y_q05`` and ``y_q95`` are the 5–95 % interval of the criterion, ``undominated`` the share of worlds in which no
    other package is at least as good in all criteria and better in one.
    """
    packages = frame(dataset, "tradeoffs", ("package", "measures", "undominated", "verdict", "year"))
    criteria = frame(dataset, "tradeoffs_criteria", ("package", "outcome", "q05", "q50", "q95"))
    names = list(dict.fromkeys(criteria["outcome"]))
    words = load(plan.folder, "en")
    of = {name: part.set_index("package") for name, part in criteria.groupby("outcome")}
    gain = of[names[0]]["q50"].loc[packages["package"]].to_numpy() * words.factor("quantity", names[0])
    made = []
    for name in names[1:]:
        numbers = of[name].loc[packages["package"]]
        factor = words.factor("quantity", name)
        shown = {"y": numbers["q50"].to_numpy(), "y_q05": numbers["q05"].to_numpy(), "y_q95": numbers["q95"].to_numpy()}
        units = {
            "units": words.unit("quantity", name) or "1",
            "gain_units": words.unit("quantity", names[0]) or "1",
        }
        scaled = {key: values * factor for key, values in shown.items()}
        told = packages.drop(columns="package").assign(panel=name, gain=names[0], scenario=packages["package"])
        made.append(told.assign(x=gain, **scaled, **units))
    return pd.concat(made, ignore_index=True)
