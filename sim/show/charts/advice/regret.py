"""How bad a choice can turn out: regret of packages outcome by outcome, and the share of worlds that meet stated thresholds."""

from collections.abc import Mapping

import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.analysis.worlds import QUANTILES
from sim.show.calibrated import frame
from sim.show.charts.advice.naming import condition, package
from sim.show.panels import EDGE, POINT, Box, add_axes, cells, opened, put
from sim.show.registry import ADVICE, Look, Plan, figure
from sim.show.style import FAINT, INK, PAPER, SMALL, SOFT, WIDE
from sim.show.text import balanced, width
from sim.show.words import load

ROW, ABOVE, BELOW = 4.3, 11.5, 6.0
"""Height of a package's row, room for titles and for ticks, mm."""

RING = {"marker": "o", "markersize": 3.4, "markerfacecolor": PAPER, "zorder": 4, "clip_on": False}
"""Mark of a median."""

MARK = {"marker": "D", "markersize": 2.6, "linestyle": "none", "zorder": 5, "clip_on": False}
"""Mark of the largest regret in any world."""


def render(table: pd.DataFrame, look: Look) -> Figure:
    """Draw a row a package: regret by outcome as intervals, then the share of worlds in which all thresholds hold."""
    packages = list(dict.fromkeys(table["scenario"]))
    panels = list(dict.fromkeys(table["panel"]))
    low = opened(look, (WIDE, 200.0))[2]
    page, top, low = opened(look, (WIDE, low + 9.0 + ABOVE + BELOW + ROW * len(packages)))
    labels = max(width(package(look, name), SMALL) for name in packages) * POINT
    left = EDGE + labels + 1.5
    height = ROW * len(packages)
    area = Box(left, top - ABOVE - height - 2.0, WIDE - EDGE - left - 2.0, height)
    for panel, box in zip(panels, cells(area, rows=1, columns=len(panels), gap=(5.0, 0.0)), strict=True):
        rows = table[table["panel"] == panel].set_index("scenario")
        axes = add_axes(page, box)
        _panel(axes, look, rows, packages)
        name, unit = _title(look, panel, str(rows["units"].iloc[0]))
        lines = [*balanced(name, room=(box.width + 3.5) / POINT, size=SMALL), unit]
        put(page, (box.left, box.top + 1.0), "\n".join(lines), fontsize=SMALL, va="bottom")
    for place, name in enumerate(packages):
        y = area.top - (place + 0.5) * ROW
        put(page, (left - 1.5, y), package(look, name), fontsize=SMALL, va="middle", ha="right")
    return page


def _title(look: Look, panel: str, unit: str) -> tuple[str, str]:
    """Return what a panel shows, and in what."""
    language = look.words.language
    if panel == "satisfied":
        return str(look.settings[f"satisfied_{language}"]), str(look.settings[f"of_worlds_{language}"])
    return look.words("quantity", panel, short=True), str(
        look.settings[f"of_baseline_{language}"]
    ) if unit == "%" else look.words.unit("quantity", panel)


def _panel(axes: Axes, look: Look, rows: pd.DataFrame, packages: list[str]) -> None:
    share = bool((rows["panel"] == "satisfied").all())
    for place, name in enumerate(packages):
        row, y, color = rows.loc[name], -place - 0.5, _ink(look, name)
        gid = f"{row['panel']}|{name}"
        if share:
            axes.barh([y], [row["q50"]], height=0.5, color=FAINT, edgecolor=SOFT, linewidth=0.4, zorder=2)
            axes.plot([row["q05"], row["q95"]], [y, y], color=INK, linewidth=0.9, gid=f"{gid}|90", zorder=3)
            continue
        axes.plot([row["q05"], row["q95"]], [y, y], color=color, linewidth=0.9, gid=f"{gid}|90")
        axes.plot([row["q25"], row["q75"]], [y, y], color=color, linewidth=2.4, gid=f"{gid}|50")
        axes.plot(
            [row["q50"]],
            [y],
            marker="o",
            markersize=3.4,
            color=color,
            markerfacecolor=PAPER,
            zorder=4,
            clip_on=False,
            gid=f"{gid}|q50",
        )
        axes.plot(
            [row["largest"]], [y], **MARK, color=color, markerfacecolor=color if row["minimax"] else PAPER, gid=f"{gid}|max"
        )
    axes.set_ylim(-len(packages), 0.0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.axvline(0.0, color=SOFT, linewidth=0.6, zorder=0.5)
    axes.set_xlim(0.0, 102.0 if share else 1.05 * max(float(rows["largest"].max()), 1e-9))
    axes.set_xticks([0, 50, 100]) if share else axes.xaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.10g}".replace("-", "−"))
    axes.grid(axis="x", color=FAINT, linewidth=0.4, zorder=0)
    axes.set_axisbelow(True)


def _ink(look: Look, name: str) -> str:
    """Return the colour of a package: that of its recommendation, grey for doing nothing, black for those of several."""
    return SOFT if name == look.question.baseline else INK if "." in name else look.stroke(name).color


def facts(table: pd.DataFrame, look: Look) -> Mapping[str, str]:
    """Return the thresholds in words, which package meets them most often, and whose worst case is least."""
    satisfied = table[table["panel"] == "satisfied"].sort_values("q50", ascending=False, kind="stable")
    best = satisfied.iloc[0]
    mark = look.words.text("semicolon")
    regrets = table[(table["panel"] != "satisfied") & table["minimax"].astype(bool)]
    named = {
        name: look.words.text("comma").join(package(look, each) for each in part["scenario"])
        for name, part in regrets.groupby("panel", sort=False)
    }
    least = mark.join(
        look.settings[f"least_{look.words.language}"].format(
            outcome=look.words("quantity", name, short=True), packages=packages
        )
        for name, packages in named.items()
    )
    return {
        "year": f"{table['year'].iloc[0]:.10g}",
        "thresholds": mark.join(table["conditions"].iloc[0].split("\n")[0 if look.words.language == "en" else 1].split("|")),
        "best": package(look, str(best["scenario"])),
        "best_share": f"{best['q50']:.0f}",
        "best_low": f"{best['q05']:.0f}",
        "best_high": f"{best['q95']:.0f}",
        "options": f"{int(table['options'].iloc[0])}",
        "shown": f"{table['scenario'].nunique()}",
        "least": least,
    }


@figure(
    "regret",
    render=render,
    facts=facts,
    width=WIDE,
    needs=("robustness", "robustness_satisfied", "robustness_thresholds"),
    kind=ADVICE,
)
def prepare(dataset: xr.Dataset, plan: Plan) -> pd.DataFrame:
    """Return regret quantiles by package and outcome, and shares of worlds in per cent in which all thresholds hold.

    Shown are doing nothing, each recommendation by itself, the largest package, and those that meet the thresholds most often
    or whose largest regret is least. In rows of panel ``satisfied`` ``q05`` and ``q95`` are the Wilson interval.
    """
    regrets = frame(dataset, "robustness", _columns())
    satisfied = frame(dataset, "robustness_satisfied", ("package", "year", "share", "low", "high"))
    chosen = _chosen(dataset, regrets, satisfied, most=int(plan.settings["most"]))
    words = load(plan.folder, "en")
    made = []
    for outcome, part in regrets.groupby("outcome", sort=False):
        name = str(outcome)
        relative = bool(part["relative"].all())
        scale = 1.0 if relative else words.factor("quantity", name)
        units = "%" if relative else words.unit("quantity", name)
        rows = part.set_index("package").loc[chosen].reset_index()
        numbers = {key: rows[f"percent_{key}" if relative else key] * scale for key in (*QUANTILES, "largest")}
        made.append(
            pd.DataFrame(
                {
                    "panel": name,
                    "scenario": rows["package"],
                    "year": rows["year"],
                    **numbers,
                    "minimax": rows["minimax"],
                    "units": units,
                }
            )
        )
    rows = satisfied.set_index("package").loc[chosen].reset_index()
    share, low, high = (100 * rows[key] for key in ("share", "low", "high"))
    shares = {"q05": low, "q25": low, "q50": share, "q75": high, "q95": high, "largest": high, "minimax": False, "units": "%"}
    made.append(pd.DataFrame({"panel": "satisfied", "scenario": rows["package"], "year": rows["year"], **shares}))
    return pd.concat(made, ignore_index=True).assign(options=len(satisfied), conditions=_conditions(dataset, plan))


def _columns() -> tuple[str, ...]:
    numbers = (*QUANTILES, "largest")
    return ("package", "outcome", "year", *numbers, *(f"percent_{key}" for key in numbers), "relative", "minimax")


def _chosen(dataset: xr.Dataset, regrets: pd.DataFrame, satisfied: pd.DataFrame, *, most: int) -> list[str]:
    names = list(satisfied["package"])
    if len(names) <= most:
        return names
    sizes = {name: 0 if name == dataset.attrs["baseline"] else name.count(".") + 1 for name in names}
    best = list(satisfied.sort_values("share", ascending=False, kind="stable")["package"][:3])
    least = list(regrets[regrets["minimax"].astype(bool)]["package"])
    largest = max(names, key=lambda name: sizes[name])
    wanted = [name for name in names if sizes[name] <= 1] + best + [largest] + least
    return sorted(dict.fromkeys(wanted[:most] if len(wanted) > 2 * most else wanted), key=names.index)


def _conditions(dataset: xr.Dataset, plan: Plan) -> str:
    """Return the thresholds in words, English and then Chinese, a line each, conditions parted by bars."""
    told = frame(dataset, "robustness_thresholds", ("outcome", "sign", "limit", "kind"))
    looks = [Look(load(plan.folder, language), plan.settings, {}) for language in ("en", "zh")]
    return "\n".join("|".join(condition(look, row, plan.settings) for row in told.itertuples()) for look in looks)
