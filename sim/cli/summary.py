"""The summary that ends a run: outcomes of the last year by scenario, difference from the baseline in per cent."""

import json
import math
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

NARROWEST = 72
_NAME, _LEVEL, _GAP = 24, 20, 2


def headline_text(table: "pd.DataFrame", *, width: int | None = None) -> str:
    """Return the outcomes of ``table`` in its last year as text.

    Arguments:
        table: as :func:`sim.analysis.outcomes.headline` gives it.
        width: characters of a line; the terminal's if ``None``.

    Returns:
        A line per outcome: the baseline's level with its unit, then each scenario's difference in %; outcomes that are
        differences themselves are given as they are and marked absolute. Scenarios that do not fit follow in a further block.
    """
    width = max(NARROWEST, width or shutil.get_terminal_size((120, 24)).columns)
    last = table[table["year"] == table["year"].max()]
    shown = shown_outcomes(last)
    baseline = next((str(row.scenario) for row in last.itertuples() if row.value == row.baseline), "baseline")
    names = [name for name in dict.fromkeys(last["scenario"]) if name != baseline] or [baseline]
    room = max(1, (width - _NAME - _LEVEL) // (max(7, *(len(name) for name in names)) + _GAP))
    blocks = [names[at : at + room] for at in range(0, len(names), room)]
    head = f"{last['year'].iloc[0]:g}: {baseline}, and difference from it in % by scenario"
    return "\n".join([head, *("\n".join(_block(last, shown, block)) + "\n" for block in blocks)]).rstrip()


def footing_text(footing: Mapping[str, str | int]) -> str:
    """Return on what results stand as one line, from their attributes ``footing``, ``worlds`` and ``footing_told``."""
    told = json.loads(str(footing["footing_told"]))
    base = {
        "design": "the design set, illustrative and not calibrated",
        "prior": "prior ranges, not calibrated",
        "own": "draws of one's own, not calibrated",
        "posterior": f"the posterior {str(told.get('posterior'))[:8]} of the calibration",
    }[told["base"]]
    base += f", central vector no. {told['vector']}" if "vector" in told else ""
    base += f", {footing['worlds']:,} worlds" if "drawn" in told else ""
    if told["base"] == "posterior":
        base += (
            f"; the data inform {told['informed']} of {told['parameters']} parameters, the others are as elicited or assumed"
        )
    changed = footing["footing"] == "own" and told["base"] != "own"
    return f"standing on {base}" + ("; with values of one's own" if changed else "")


def labelled(table: "pd.DataFrame", dataset: "xr.Dataset", folder: Path) -> "pd.DataFrame":
    """Return ``table`` with what people call each outcome and scenario, in English and Chinese, beside their names.

    Arguments:
        table: as :func:`sim.analysis.outcomes.headline` gives it.
        dataset: the study's result, for the labels of scenarios.
        folder: the model's folder, for the names of outcomes; one without a name keeps that of the model.
    """
    from sim.show.words import LANGUAGES, load

    found = table.copy()
    for language in LANGUAGES:
        words = load(folder, language)
        scenarios = dict(zip(dataset["scenario"].values, dataset[f"label_{language}"].values, strict=True))
        outcomes = {name: words("quantity", name) if words.knows("quantity", name) else name for name in set(table["outcome"])}
        found[f"outcome_{language}"] = table["outcome"].map(outcomes)
        found[f"scenario_{language}"] = table["scenario"].map(scenarios)
    return found


def shown_outcomes(last: "pd.DataFrame") -> list[str]:
    """Return the outcomes that heat maps show too; all, if the table is not the flagship's."""
    from sim.analysis import outcomes

    listed = [outcome.name for outcome in outcomes.load() if outcome.shown]
    there = list(dict.fromkeys(last["outcome"]))
    return [name for name in listed if name in there] or there


def _block(last: "pd.DataFrame", shown: Sequence[str], names: Sequence[str]) -> list[str]:
    columns = [max(len(name), 7) + _GAP for name in names]
    lines = [" " * (_NAME + _LEVEL) + "".join(f"{name:>{wide}}" for name, wide in zip(names, columns, strict=True))]
    for outcome in shown:
        rows = last[last["outcome"] == outcome].set_index("scenario")
        first = rows.iloc[0]
        relative = bool(rows["percent"].notna().any())
        cells = "".join(f"{_cell(rows, name, relative):>{wide}}" for name, wide in zip(names, columns, strict=True))
        level = f"{number_text(first['baseline'])} {first['units']}"
        name = outcome if relative else f"{outcome} (absolute)"
        lines.append(f"{name[: _NAME - 1]:<{_NAME}}{level[: _LEVEL - 1]:<{_LEVEL}}{cells}")
    return lines


def _cell(rows: "pd.DataFrame", name: str, relative: bool) -> str:
    if name not in rows.index:
        return "-"
    row = rows.loc[name]
    if not relative:
        return number_text(row["value"])
    return "-" if math.isnan(row["percent"]) else f"{row['percent']:+.1f}"


def number_text(value: float) -> str:
    """Return ``value`` for a narrow column: three digits, or whole thousands."""
    if math.isnan(value):
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
