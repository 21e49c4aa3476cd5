"""Which measures each scenario adopts, when and how strongly, read off the legal force they have in the result itself."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from sim.analysis.definitions import indicators
from sim.analysis.question import file_value, value_in
from sim.analysis.values import role, split
from sim.errors import Problem, ThroughflowError


@dataclass(frozen=True)
class Adoption:
    """How a measure acts in a scenario.

    Attributes:
        start: calendar year in which its legal force begins to rise; the first stored year if it was in force by then.
        ramp: years until it is complete; ``None`` if the result does not say.
        level: legal force it reaches, 0 to 1.
        mode: number of its mode, where that is not the file's own; ``None`` otherwise.
        scale_up: years until a pilot is extended, where that is not the file's own; ``None`` otherwise.
    """

    start: float
    ramp: float | None
    level: float
    mode: float | None = None
    scale_up: float | None = None


def adoptions(dataset: xr.Dataset) -> Mapping[str, Mapping[str, Adoption]]:
    """Return, by scenario and measure, what is adopted there and acts within the horizon.

    The baseline adopts what is in force there and not in the model file; the others what differs in force from the baseline.
    The twin is left out.

    Raises:
        ThroughflowError: the legal force of measures was not recorded.
    """
    name, _ = split(indicators(dataset)["implementation"]["law"])
    if name not in dataset:
        raise ThroughflowError(
            Problem(
                name,
                "not recorded",
                "figures tell from it which measures act, and when",
                f"add {name!r} to study.record, or record everything",
            )
        )
    baseline, twin = role(dataset, "baseline"), str(dataset.attrs.get("twin") or "")
    patterns = indicators(dataset)["settings"]["measure"]
    found = {}
    for scenario in map(str, dataset["scenario"].values):
        if scenario != twin:
            found[scenario] = _adopted(dataset, scenario, _forces(dataset, name, scenario), patterns=patterns)
    usual = _forces(dataset, name, baseline)
    for scenario in set(found) - {baseline}:
        own = _forces(dataset, name, scenario)
        found[scenario] = {each: how for each, how in found[scenario].items() if not np.array_equal(own[each], usual[each])}
    in_file = {each for each in usual if file_value(dataset, patterns["adopted"].format(measure=each)) != 0.0}
    return {**found, baseline: {each: how for each, how in found[baseline].items() if each not in in_file}}


def _forces(dataset: xr.Dataset, name: str, scenario: str) -> Mapping[str, np.ndarray]:
    """Return the legal force of each measure of ``scenario`` through time."""
    law = dataset[name].sel(scenario=scenario).transpose("time", ...)
    return {str(measure): law.values[:, at] for at, measure in enumerate(law[law.dims[1]].values)}


def _adopted(
    dataset: xr.Dataset, scenario: str, forces: Mapping[str, np.ndarray], *, patterns: Mapping[str, str]
) -> Mapping[str, Adoption]:
    found = {}
    for measure, force in forces.items():
        if force.max() > 0:
            names = {key: pattern.format(measure=measure) for key, pattern in patterns.items()}
            found[measure] = _adoption(dataset, scenario, names, force=force)
    return found


def _adoption(dataset: xr.Dataset, scenario: str, names: Mapping[str, str], *, force: np.ndarray) -> Adoption:
    told = {key: value_in(dataset, scenario, reference) for key, reference in names.items()}
    times = dataset["time"].values
    start = _start(times, force, told["start"])
    level = float(force.max())
    if told["intensity"] is not None and level < told["intensity"] and times[-1] < start + (told["ramp"] or 0.0) - 1e-9:
        level = float(told["intensity"])

    def unusual(key: str) -> float | None:
        return told[key] if told[key] is not None and told[key] != file_value(dataset, names[key]) else None

    return Adoption(start, told["ramp"], level, unusual("mode"), unusual("scale_up"))


def _start(times: np.ndarray, force: np.ndarray, told: float | None) -> float:
    """Return when ``force`` begins to rise: the year that was asked for if the values bear it out, else read off them."""
    first = int(np.argmax(force > 0))
    before = float(times[first - 1]) if first else -np.inf
    if told is not None and before - 1e-9 <= told < float(times[first]):
        return float(told)
    if first == 0:
        return float(times[0])
    if first + 1 < len(times) and force[first + 1] > force[first]:
        slope = (force[first + 1] - force[first]) / (times[first + 1] - times[first])
        return round(max(before, float(times[first] - force[first] / slope)), 6)
    return before
