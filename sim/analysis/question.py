"""What a stored result was asked: the values each scenario was given, where they differ from the model file's.

A result carries its question as the attribute ``scenarios`` (labels and parameters by scenario) and the file's own values in
its structure. Which settings belong to measures or to the outside world is told by ``indicators.toml`` ([settings]).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import xarray as xr

from sim.analysis.definitions import indicators, structure
from sim.analysis.values import split

_CHOICE = re.compile(r"^# ([\w/]+)=(\S+)$")
_TABLE = re.compile(r"\(([^(),]+),([^(),]+)\)")


@dataclass(frozen=True)
class Change:
    """A setting that differs from the model file.

    Attributes:
        name: the variable's name in the model.
        elements: the element it concerns, one per range; empty for all.
        value: what the scenario was given.
        usual: what the file says; ``None`` if that is not at hand.
    """

    name: str
    elements: tuple[str, ...]
    value: Any
    usual: Any


@dataclass(frozen=True)
class World:
    """Drivers of the outside world that differ from the file's.

    Attributes:
        choice: the config's own name for them, such as ``decoupling``; empty if they have none.
        changes: which drivers differ.
        altered: whether the choice, if there is one, was changed further.
    """

    choice: str
    changes: tuple[Change, ...]
    altered: bool


def asked(dataset: xr.Dataset) -> Mapping[str, Mapping[str, Any]]:
    """Return the parameters that each scenario was given, by scenario; nothing for a result that does not say."""
    return _parsed(str(dataset.attrs.get("scenarios") or "{}"))


@lru_cache(maxsize=4)
def _parsed(text: str) -> Mapping[str, Mapping[str, Any]]:
    return {name: entry["parameters"] for name, entry in json.loads(text).items()}


def file_value(dataset: xr.Dataset, reference: str) -> Any:
    """Return what the model file gives ``reference``: a number, the points of a table, ``None`` where it is computed."""
    name, elements = split(reference)
    described = structure(dataset)
    variable = described["variables"].get(name, {})
    equation = "".join(variable.get("equations", ())[:1])
    if variable.get("kind") == "table":
        return [[float(x), float(y)] for x, y in _TABLE.findall(equation)]
    if variable.get("kind") != "constant" or len(variable["equations"]) != 1:
        return None
    numbers = equation.partition("=")[2].split(",")
    dims = variable["dims"]
    try:
        position = described["ranges"][dims[0]].index(elements[0]) if len(dims) == len(elements) == 1 else 0
        return float(numbers[position if len(numbers) > 1 else 0])
    except (IndexError, KeyError, ValueError):
        return None


def value_in(dataset: xr.Dataset, scenario: str, reference: str) -> Any:
    """Return the value of the constant or table ``reference`` in ``scenario``; ``None`` if the result does not say."""
    told = asked(dataset)
    if scenario not in told:
        return None
    return told[scenario].get(reference, file_value(dataset, reference))


def changes(dataset: xr.Dataset, scenario: str) -> tuple[Change, ...]:
    """Return what ``scenario`` changes in the model file, the outside world and the switch of the twin apart."""
    settings = indicators(dataset)["settings"]
    apart = {*settings["twin"], *(driver for world in settings["world"] for driver in world["drivers"])}
    return tuple(change for change in _all(dataset, scenario) if change.name not in apart)


def _all(dataset: xr.Dataset, scenario: str) -> tuple[Change, ...]:
    return tuple(
        Change(*split(reference), value, file_value(dataset, reference))
        for reference, value in asked(dataset).get(scenario, {}).items()
    )


def of_measures(dataset: xr.Dataset) -> frozenset[str]:
    """Return the names of the constants that say when and how measures act."""
    return frozenset(split(pattern)[0] for pattern in indicators(dataset)["settings"]["measure"].values())


def worlds(dataset: xr.Dataset, scenario: str) -> tuple[World, ...]:
    """Return the parts of the outside world of ``scenario`` that differ from the file's."""
    config = str(dataset.attrs.get("config", ""))
    heading = config.partition("\n")[0]
    choices = dict(found.groups() for line in config.splitlines() if (found := _CHOICE.match(line)))
    found_worlds = []
    for world in indicators(dataset)["settings"]["world"]:
        differing = tuple(change for change in _all(dataset, scenario) if change.name in world["drivers"])
        if differing:
            choice = choices.get(world["choice"], "")
            named = "" if choice == world["usual"] else choice
            found_worlds.append(World(named, differing, " world." in heading))
    return tuple(found_worlds)
