"""Courses of a calibration: bands of the model on several footings, points of the data, and the key that tells them apart."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.show.calibrated import HOLD_OUT, frame
from sim.show.panels import EDGE, POINT, Box, put, rule, size_of, value_axis
from sim.show.registry import Look, Plan
from sim.show.style import INK, LABEL, PAPER, SMALL
from sim.show.text import width

QUANTILES = ("q05", "q25", "q50", "q75", "q95")
"""Columns of a band."""

BLUE, WIDE_BAND, NARROW_BAND = "#0072B2", "#cfe3f1", "#93c1e0"
"""Median, 90 % band and 50 % band of the posterior."""

PRIOR, BEFORE, DESIGN, DATA, CONTEXT = "#B87A00", "#AA3377", "#767676", "#D55E00", "#767676"
"""Inks of the prior, of the posterior before the repairs, of the design set, of the data and of data that are only context."""

SHADE = "#f1f1f1"
"""Ground of the years that are held out."""

LAYERS: Mapping[str, float] = {"prior": 2.0, "before": 2.2, "design": 2.5, "posterior": 3.0}
"""Height of each footing's lines above the ground."""

BEYOND = 1.5
"""The prior may raise the top of a panel to this multiple of what all else needs; beyond that it is cut off."""

COLUMNS = ("panel", "label_en", "label_zh", "drawn", "quantity", "year", "value", "units", "grade", "source")


def courses(dataset: xr.Dataset, plan: Plan, names: Sequence[str]) -> pd.DataFrame:
    """Return bands and data of the targets ``names`` from the year ``first`` of the settings on, one drawn number a row.

    Values are in the unit shown; ``drawn`` is the footing of a band or the role of a point, ``quantity`` its quantile or
    ``value``.
    """
    targets = frame(dataset, "targets", ("target", "label_en", "label_zh", "unit")).set_index("target")
    bands = frame(dataset, "bands", ("target", "year", "footing", *QUANTILES))
    points = frame(dataset, "observations", ("target", "year", "value", "role", "grade", "source"))
    long = bands.melt(["target", "year", "footing"], QUANTILES, "quantity", "value").rename(columns={"footing": "drawn"})
    long = long[(long["drawn"] != "design") | (long["quantity"] == "q50")]
    points = points.rename(columns={"role": "drawn"}).assign(quantity="value")
    found = []
    for name in names:
        shown = unit(plan.settings, str(targets["unit"][name]))
        rows = pd.concat([part[part["target"] == name] for part in (long, points)], ignore_index=True)
        rows = rows[rows["year"] >= plan.settings["first"]].fillna({"grade": "", "source": ""})
        rows = rows.assign(value=rows["value"] * shown["factor"], units=shown["en"], panel=name)
        found.append(rows.assign(label_en=targets["label_en"][name], label_zh=targets["label_zh"][name]))
    made = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=COLUMNS)
    return made[list(COLUMNS)]


def unit(settings: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return how values in the unit ``name`` of the observations are shown: factor, English and Chinese name of the unit.

    A shown unit is found by its English name too.
    """
    listed = [row for row in settings["units"] if name in (row["unit"], row["en"])]
    return listed[0] if listed else {"unit": name, "factor": 1.0, "en": name, "zh": name}


def targets(dataset: xr.Dataset, roles: Iterable[str]) -> list[str]:
    """Return the targets of ``roles`` for which there are bands, in order."""
    listed = frame(dataset, "targets", ("target", "role"))
    known = set(frame(dataset, "bands", ("target",))["target"])
    return [name for name, role in listed.itertuples(index=False) if role in set(roles) and name in known]


def heading(look: Look, rows: pd.DataFrame) -> str:
    """Return the title of the panel that draws ``rows``: what it shows and, in brackets, in which unit."""
    language = look.words.language
    shown = str(unit(look.settings, str(rows["units"].iloc[0]))[language]).replace(" ", "\u00a0")
    label = str(rows[f"label_{language}"].iloc[0])
    return f"{label}（{shown}）" if language == "zh" else f"{label} ({shown})"


def draw(axes: Axes, rows: pd.DataFrame, footings: Sequence[str]) -> None:
    """Draw the bands of ``footings`` and the points in ``rows``; a hair of every drawn thing bears its name."""
    panel = rows["panel"].iloc[0]
    for footing in footings:
        part = rows[rows["drawn"] == footing].pivot(index="year", columns="quantity", values="value")
        if len(part):
            _band(axes, part, f"{panel}|{footing}")
    for role, part in rows[rows["quantity"] == "value"].groupby("drawn"):
        axes.plot(part["year"], part["value"], **mark(str(role)), gid=f"{panel}|{role}|value")


def _band(axes: Axes, part: pd.DataFrame, name: str) -> None:
    """Draw one band, through the years it is told of; years with gaps between them stand alone, nothing lies between them."""
    footing = name.rpartition("|")[2]
    alone = len(part) < 2 or bool((np.diff(part.index) > 1.0 + 1e-9).any())
    lines = {"posterior": ("q50",), "design": ("q50",), "prior": ("q05", "q95"), "before": ("q05", "q50", "q95")}[footing]
    if footing == "posterior":
        for low, high, color, layer in (("q05", "q95", WIDE_BAND, 1.1), ("q25", "q75", NARROW_BAND, 1.2)):
            if alone:
                axes.bar(part.index, part[high] - part[low], bottom=part[low], width=0.6, color=color, zorder=layer)
            else:
                axes.fill_between(part.index, part[low], part[high], color=color, linewidth=0, zorder=layer)
    for quantile in lines:
        style: dict[str, Any] = {**outline(footing)}
        if quantile == "q50":
            style["linewidth"] = 1.2
        if alone:
            style |= {"linestyle": "none", "marker": "_", "markersize": 5.5, "markeredgewidth": style["linewidth"]}
        axes.plot(part.index, part[quantile], **style, zorder=LAYERS[footing], gid=f"{name}|{quantile}")


def outline(footing: str) -> dict[str, Any]:
    """Return the line of ``footing``: the bound of its band if it has an outline."""
    color, dashes = {"prior": (PRIOR, (4.0, 1.5)), "before": (BEFORE, (1.2, 1.2))}.get(
        footing, (BLUE if footing == "posterior" else DESIGN, ())
    )
    return {"color": color, "linewidth": 0.8, "linestyle": (0, dashes) if dashes else "-"}


def mark(role: str) -> dict[str, Any]:
    """Return the mark of observations in ``role``: held out open, derived a diamond, context small and grey, others filled."""
    shape, size, color = {"context": ("s", 1.8, CONTEXT), "derived": ("D", 2.2, DATA)}.get(role, ("o", 3.0, DATA))
    return {
        "linestyle": "none",
        "marker": shape,
        "markersize": size,
        "markeredgewidth": 0.8,
        "color": color,
        "markerfacecolor": PAPER if role == HOLD_OUT else color,
        "zorder": 4,
    }


def limits(axes: Axes, rows: pd.DataFrame, *, shade: tuple[float, float] | None = None) -> None:
    """Give ``axes`` a value axis from zero that holds all but a far-reaching prior, and ``shade`` the years held out."""
    usual = rows[rows["drawn"] != "prior"]["value"]
    top = min(float(rows["value"].max()), BEYOND * float(usual.max()))
    value_axis(axes, [min(float(usual.min()), 0.0), top], zero=True, ticks=4)
    if shade is not None:
        axes.axvspan(shade[0] - 0.5, shade[1] + 0.5, color=SHADE, linewidth=0, zorder=0)


def held_out(rows: pd.DataFrame) -> tuple[float, float] | None:
    """Return the first and the last year held out among ``rows``, if there are any."""
    years = rows[rows["drawn"] == HOLD_OUT]["year"]
    return (float(years.min()), float(years.max())) if len(years) else None


def key_rows(look: Look, names: Sequence[str], *, page_width: float) -> list[tuple[str, float, int]]:
    """Return for each entry of the key its name, its place from the left (mm) and its row."""
    places, x, row = [], EDGE, 0
    for name in names:
        needed = _sampled(name) + 4.0 + width(_told(look, name), LABEL) * POINT
        if x > EDGE and x + needed > page_width - EDGE + 4.0:
            x, row = EDGE, row + 1
        places.append((name, x, row))
        x += needed
    return places


def key(page: Figure, look: Look, places: Sequence[tuple[str, float, int]], *, top: float) -> float:
    """Draw the key from ``top`` (mm) down and return where it ends."""
    for name, x, row in places:
        y = top - 2.0 - 4.2 * row
        _sample(page, name, (x, y))
        put(page, (x + _sampled(name), y), _told(look, name), va="middle", fontsize=LABEL, color=INK)
    return top - 4.2 * (places[-1][2] + 1)


def _sampled(name: str) -> float:
    """Return the room (mm) that the sample of an entry takes: a point less than a line."""
    return 7.2 if name in ("posterior", "prior", "before", "design", "shade") else 3.4


def _told(look: Look, name: str) -> str:
    return str(look.settings[f"key_{look.words.language}"][name])


def _sample(page: Figure, name: str, place: tuple[float, float]) -> None:
    x, y = place
    if name == "posterior":
        patch(page, Box(x, y - 1.3, 6.0, 2.6), WIDE_BAND)
        patch(page, Box(x, y - 0.65, 6.0, 1.3), NARROW_BAND)
        rule(page, [(x, y), (x + 6.0, y)], color=BLUE, linewidth=1.2)
    elif name in ("prior", "before"):
        for shift in (-1.1, 1.1):
            rule(page, [(x, y + shift), (x + 6.0, y + shift)], **outline(name))
        if name == "before":
            rule(page, [(x, y), (x + 6.0, y)], **{**outline(name), "linewidth": 1.2})
    elif name == "design":
        rule(page, [(x, y), (x + 6.0, y)], color=DESIGN, linewidth=1.2)
    elif name == "shade":
        patch(page, Box(x, y - 1.3, 6.0, 2.6), SHADE)
    else:
        rule(page, [(x + 1.4, y)], **mark(name))


def patch(page: Figure, box: Box, color: str, *, layer: float = 0.5) -> None:
    """Fill ``box`` (mm) on the sheet with ``color``."""
    wide, high = size_of(page)
    place = (box.left / wide, box.bottom / high)
    page.add_artist(
        Rectangle(
            place,
            box.width / wide,
            box.height / high,
            transform=page.transFigure,
            facecolor=color,
            edgecolor="none",
            linewidth=0,
            zorder=layer,
        )
    )


def remark(page: Figure, box: Box, text: str) -> None:
    """Write ``text`` small and soft just above the panel ``box``."""
    put(page, (box.left, box.top + 0.9), text, fontsize=SMALL, color="#555555", va="bottom")


def statistics(dataset: xr.Dataset, names: Sequence[str]) -> pd.DataFrame:
    """Return how the posterior fits ``names``: columns panel, drawn (period), mape (%), points, inside (the 90 % band)."""
    columns = ("target", "period", "footing", "n", "mape", "coverage")
    found = frame(dataset, "fit", columns, missing=("mape", "coverage"))
    kept = found[(found["footing"] == "posterior") & found["target"].isin(list(names)) & (found["n"] > 0)]
    kept = kept[np.isfinite(kept["mape"]) & np.isfinite(kept["coverage"])]
    return pd.DataFrame(
        {
            "panel": kept["target"],
            "drawn": kept["period"],
            "mape": kept["mape"],
            "points": kept["n"].astype(float),
            "inside": (kept["coverage"] * kept["n"]).round(),
        }
    )
