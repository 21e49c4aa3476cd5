"""Stores of ensembles with invented values: the model's structure, scenarios and values as a test gives them."""

import json
from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import xarray as xr

from sim.model.structure import describe
from sim.model.vensim import read
from sim.resources import model_file
from sim.results.status import DONE

YEARS = np.arange(2024.0, 2041.0)
"""Stored years."""


@lru_cache(maxsize=1)
def structure() -> str:
    """Return the shipped model's structure as JSON."""
    return json.dumps(describe(read(model_file("innovation_flows"))), ensure_ascii=False)


def adopting(*measures: str, **settings: float) -> dict[str, float]:
    """Return the parameters of a scenario that adopts ``measures``, each with ``settings`` (start, intensity, mode)."""
    names = {"start": "start date", "intensity": "intensity", "mode": "mode", "scale_up": "scale up delay"}
    given = {f"adopted[{measure}]": 1.0 for measure in measures}
    return given | {f"{names[key]}[{measure}]": value for key, value in settings.items() for measure in measures}


def store(
    scenarios: Mapping[str, Mapping[str, float]],
    values: Mapping[str, np.ndarray],
    *,
    years: np.ndarray = YEARS,
    drawn: Mapping[str, np.ndarray] | None = None,
) -> xr.Dataset:
    """Return a store whose first scenario is the baseline.

    Arguments:
        scenarios: parameters by the name of a scenario.
        values: values by variable, each of a shape that broadcasts to (scenario, time, member).
        years: stored times.
        drawn: what was drawn, by uncertainty, each of shape (member,).
    """
    names = list(scenarios)
    members = max(np.asarray(each).shape[-1] for each in values.values())
    shape = (len(names), len(years), members)
    drawn = {"dilution": np.linspace(0.0, 1.0, members)} if drawn is None else drawn
    data = {
        name: (("scenario", "time", "member"), np.broadcast_to(np.asarray(each, dtype=float), shape).copy(), {"units": "1"})
        for name, each in values.items()
    }
    data["status"] = (("scenario", "member"), np.full((len(names), members), DONE, dtype=np.uint8))
    data["draw"] = (("uncertainty", "member"), np.array(list(drawn.values())))
    told = {name: {"label_en": name, "label_zh": name, "parameters": dict(each)} for name, each in scenarios.items()}
    attributes = {
        "title": "invented",
        "baseline": names[0],
        "twin": "",
        "structure": structure(),
        "scenarios": json.dumps(told),
        "model_name": "innovation_flows",
        "model_fingerprint": json.loads(structure())["fingerprint"],
        "integration_error": 1e-6,
        "config": "",
        "footing": "prior",
        "worlds": members,
    }
    coords = {"scenario": names, "time": np.asarray(years, dtype=float), "member": np.arange(members)}
    coords |= {f"label_{language}": ("scenario", names) for language in ("en", "zh")}
    return xr.Dataset(data, coords=coords | {"uncertainty": list(drawn)}, attrs=attributes)
