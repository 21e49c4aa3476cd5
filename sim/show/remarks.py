"""Remarks in notes and captions that hold under conditions only, as ``figures.toml`` tells them.

``unless`` names drivers that must be as in the model file, ``within`` years that must be shown; ``reference``, ``scenario`` and
``below`` a value at the end. Where a condition fails, ``else_en`` and ``else_zh`` are said, or nothing.
"""

from collections.abc import Mapping
from typing import Any

import xarray as xr

from sim.analysis.values import pick
from sim.show.registry import Look


def told(dataset: xr.Dataset, look: Look) -> Mapping[str, str]:
    """Return the remarks of the figure by key, each as it is to be said of ``dataset``."""
    language = look.words.language
    return {
        remark["key"]: remark[language] if _holds(dataset, look, remark) else remark.get(f"else_{language}", "")
        for remark in look.settings.get("remarks", ())
    }


def _holds(dataset: xr.Dataset, look: Look, remark: Mapping[str, Any]) -> bool:
    changed = {change.name for world in look.question.worlds for change in world.changes}
    if changed & set(remark.get("unless", ())):
        return False
    first, last = remark.get("within", (look.settings["start"], look.settings["stop"]))
    if first < look.settings["start"] or last > look.settings["stop"]:
        return False
    if "reference" not in remark:
        return True
    scenario = getattr(look.question, remark["scenario"])
    known = scenario and remark["reference"] in dataset
    return bool(known) and float(pick(dataset, remark["reference"]).sel(scenario=scenario)[-1]) < remark["below"]
