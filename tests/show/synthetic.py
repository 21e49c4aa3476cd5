"""A made-up result with the schema of the study `recommendations`: a fixture for tests, never for committed figures.

The structure is that of the shipped model; the values are smooth inventions that differ by scenario.
"""

import json
import re
from functools import lru_cache

import numpy as np
import xarray as xr

from sim.model.structure import describe
from sim.model.vensim import read
from sim.resources import model_file
from sim.show.words import load

SCENARIOS = ("baseline", "R1", "R2", "R3", "R4", "R5", "R6", "R7", "R2_R7", "all", "governance_first", "opening_first", "twin")
GAINS = dict(zip(SCENARIOS, (0.0, 0.2, 0.03, 0.1, -0.02, 0.01, 0.004, 0.05, 0.3, 0.8, 0.6, 0.55, 2.0), strict=True))


@lru_cache(maxsize=1)
def structure() -> str:
    """Return the shipped model's structure as JSON, with a view per group of the file if it has no sketch yet."""
    found = describe(read(model_file("innovation_flows")))
    if not found["views"]:
        found["views"] = _groups(found["variables"])
    return json.dumps(found, ensure_ascii=False)


def _groups(variables: dict) -> dict:
    parts = re.split(r"\*{20,}\n\t\.(.*)\n\*{20,}~\n", model_file("innovation_flows").read_text(encoding="utf-8"))
    views = {}
    for title, body in zip(parts[1::2], parts[2::2], strict=True):
        views[title] = [
            [name, 0, 0] for name in variables if re.search(r"(?m)^" + re.escape(name) + r"\s*(\[[^\]]*\])?\s*(=|\()", body)
        ]
    return views


GOVERNANCE = ("R1_1", "R1_3", "R3_1", "R3_2", "R3_4", "R4_1", "R6_1")


def adoption(scenario: str, measures: list[str]) -> dict[str, tuple[float, float]]:
    """Return start and level of the measures that a shipped scenario adopts."""
    recommended = [name for name in measures if name.startswith("R")]
    late = {"governance_first": lambda name: name not in GOVERNANCE, "opening_first": lambda name: name in GOVERNANCE}
    if scenario in ("baseline", "twin"):
        return {}
    if scenario in ("R2_R7", "all") or scenario in late:
        kept = [name for name in recommended if scenario != "R2_R7" or not name.startswith("R1")]
        return {name: (2030.0 if scenario in late and late[scenario](name) else 2027.0, 1.0) for name in kept}
    return {name: (2027.0, 1.0) for name in recommended if name.startswith(f"{scenario}_")}


def asking(made: xr.Dataset, adopted: dict, parameters: dict | None = None) -> xr.Dataset:
    """Return ``made`` as if its scenarios adopted ``adopted``, by scenario and measure, and all had ``parameters``."""
    law = xr.zeros_like(made["law"])
    asked = {}
    for place, name in enumerate(made["scenario"].values):
        given = dict(parameters or {}) | ({"frictions present": 0.0} if name == "twin" else {})
        for measure, (start, level) in adopted.get(str(name), {}).items():
            number = list(made["measure"].values).index(measure)
            law.values[place, :, number] = level * np.clip(made["time"].values - start, 0.0, 1.0)
            given |= {f"adopted[{measure}]": 1.0, f"start date[{measure}]": start, f"intensity[{measure}]": level}
        labels = {f"label_{each}": str(made[f"label_{each}"].values[place]) for each in ("en", "zh")}
        asked[str(name)] = {**labels, "parameters": given}
    made = made.assign(law=law.assign_attrs(made["law"].attrs))
    return made.assign_attrs(made.attrs, scenarios=json.dumps(asked, ensure_ascii=False))


def named(made: xr.Dataset, labels: dict[str, tuple[str, str, str]]) -> xr.Dataset:
    """Return the scenarios ``labels`` of ``made``, each under the name and the two labels given for it."""
    part = made.sel(scenario=list(labels))
    names, english, chinese = (list(column) for column in zip(*labels.values(), strict=True))
    return part.assign_coords(scenario=names, label_en=("scenario", english), label_zh=("scenario", chinese))


def result() -> xr.Dataset:
    """Return the made-up result: every stock, flow and auxiliary of the model, saved every quarter of a year."""
    names = {language: load(model_file("innovation_flows").parent, language) for language in ("en", "zh")}
    model = json.loads(structure())
    time = np.arange(2010.0, 2040.01, 0.25)
    coords = {
        "scenario": list(SCENARIOS),
        "time": time,
        "label_en": ("scenario", [names["en"]("scenario", name) for name in SCENARIOS]),
        "label_zh": ("scenario", [names["zh"]("scenario", name) for name in SCENARIOS]),
    }
    coords |= {
        name: elements for name, elements in model["ranges"].items() if name in ("partner", "channel", "measure", "region")
    }
    data = {}
    for number, (name, variable) in enumerate(model["variables"].items()):
        if variable["kind"] in ("stock", "flow", "auxiliary"):
            data[name] = _invented(name, variable, (number, coords))
    attrs = {
        "baseline": "baseline",
        "twin": "twin",
        "structure": structure(),
        "config": "study: recommendations\n",
        "integration_error": 2.5e-5,
        "model_fingerprint": model["fingerprint"],
    }
    made = xr.Dataset(data, coords=coords, attrs=attrs)
    return asking(made, {name: adoption(name, list(coords["measure"])) for name in SCENARIOS})


def _invented(name: str, variable: dict, context: tuple[int, dict]) -> xr.DataArray:
    number, coords = context
    time = coords["time"]
    gains = np.array([GAINS[scenario] for scenario in SCENARIOS])[:, None]
    ramp = np.clip((time - 2027.0) / 10.0, 0.0, 1.0)[None, :]
    share = variable["units"] in ("dmnl", "")
    base = (0.2 + 0.1 * np.sin(number)) if share else 10.0 ** (2 + number % 4)
    grown = base * (1.0 + 0.02 * (time[None, :] - 2010.0)) * (1.0 + gains * ramp * (0.5 + 0.5 * np.cos(number)))
    if share:
        grown = np.clip(grown, 0.0, 0.95)
    dims = [dim for dim in variable["dims"] if dim in coords]
    shape = tuple(len(coords[dim]) for dim in dims)
    spread = 1.0 + 0.1 * np.arange(int(np.prod(shape)) or 1).reshape(shape or ()) / max(int(np.prod(shape)), 1)
    values = grown.reshape(*grown.shape, *([1] * len(dims))) * spread
    return xr.DataArray(
        values,
        dims=("scenario", "time", *dims),
        attrs={"units": variable["units"], "long_name": name, "kind": variable["kind"]},
    )
