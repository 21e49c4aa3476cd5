"""Tidy tables that charts draw from: one row per panel, scenario and year."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from sim.analysis.aggregation import aggregation
from sim.analysis.comparison import percent_from_baseline
from sim.analysis.values import between, pick, role
from sim.show.registry import Look, Plan
from sim.show.words import load


def choose(dataset: xr.Dataset, plan: Plan, key: str = "scenarios") -> list[str]:
    """Return the scenarios to draw: those the settings list under ``key`` that the result holds, then those of the user's own.

    ``baseline`` means whichever scenario plays it. If none but the baseline is there, all others are taken, the twin apart.
    """
    wanted = plan.settings[key]
    known = [str(name) for name in dataset["scenario"].values]
    baseline = role(dataset, "baseline")
    named = [baseline if name == "baseline" else name for name in wanted]
    found = [name for name in named if name in known]
    others = [name for name in known if name not in (baseline, str(dataset.attrs.get("twin") or ""))]
    if [name for name in found if name != baseline]:
        words = load(plan.folder, "en")
        return [*found, *(name for name in others if name not in found and not words.knows("scenario", name))]
    return [name for name in [*found, *others] if name != baseline or "baseline" in wanted]


def acting(dataset: xr.Dataset, plan: Plan) -> str:
    """Return why a figure of differences from the baseline would be empty; nothing if some scenario differs from it."""
    others = [name for name in choose(dataset, plan) if name != plan.question.baseline]
    if not others:
        return "the result holds nothing beside the baseline and its twin"
    if not any(map(plan.question.acts, others)):
        return f"no measure of {', '.join(others)} acts by {plan.question.stop:.10g}, where the run ends"
    return ""


def values_of(dataset: xr.Dataset, panel: Mapping[str, Any], parts: xr.Dataset | None = None) -> xr.DataArray:
    """Return what ``panel`` shows: the sum of the references it lists under ``of`` (its ``name`` if it lists none)."""
    references = panel.get("of", [panel["name"]])
    found = [pick(parts if parts is not None and reference in parts else dataset, reference) for reference in references]
    total = found[0]
    for other in found[1:]:
        total = total + other
    return total.assign_attrs(found[0].attrs)


def lines(dataset: xr.Dataset, plan: Plan, *, relative: bool, scenarios: Sequence[str]) -> pd.DataFrame:
    """Return the lines of the panels in ``plan``: columns panel, scenario, year, value, units.

    Args:
        dataset: a study's result.
        plan: its settings give ``panels``, ``start`` and ``stop``.
        relative: whether values are differences from the baseline in per cent of it (a panel's ``measure`` overrides it).
        scenarios: which to draw, in order.
    """
    words = load(plan.folder, "en")
    panels = plan.settings["panels"]
    parts = aggregation(dataset) if plan.settings.get("aggregation") else None
    rows = []
    for panel in panels:
        values = between(values_of(dataset, panel, parts), plan.settings["start"], plan.settings["stop"])
        name = panel["name"]
        if panel.get("measure", "percent" if relative else "level") == "percent":
            values = percent_from_baseline(values, role(dataset, "baseline"))
            rows += _rows(values, name, scenarios, "%")
        else:
            rows += _rows(values * words.factor("quantity", name), name, scenarios, words.unit("quantity", name))
    return pd.DataFrame(rows, columns=["panel", "scenario", "year", "value", "units"])


def _rows(values: xr.DataArray, panel: str, scenarios: Iterable[str], units: str) -> list[tuple[object, ...]]:
    years = values["time"].values
    return [
        (panel, name, float(year), float(value), units or "1")
        for name in scenarios
        for year, value in zip(years, np.asarray(values.sel(scenario=name)), strict=True)
    ]


def of_panel(table: pd.DataFrame, panel: str) -> pd.DataFrame:
    """Return the rows of ``panel``."""
    return table[table["panel"] == panel]


def quantity(look: Look, panel: Mapping[str, Any], *, unit: bool = True) -> str:
    """Return the title of ``panel``: what it shows and, in brackets, in which unit."""
    name = look.words("quantity", panel["name"], short=True)
    shown = look.words.unit("quantity", panel["name"]).replace(" ", "\u00a0") if unit else ""
    if not shown:
        return name
    return f"{name}（{shown}）" if look.words.language == "zh" else f"{name} ({shown})"
