"""Values of a stored result, taken by reference: ``name``, ``name[element]``, ``name[element,element]``, ``name[*]`` (sum).

Nothing missing is passed over in silence: an unknown name, a wrong element and a NaN are each told as a problem.
"""

import re

import numpy as np
import xarray as xr

from sim.errors import Problem, ThroughflowError, nearest

RUN_DIMS = ("scenario", "time", "member")
"""Dimensions of a study's result that are not ranges of the model."""

_REFERENCE = re.compile(r"^\s*(?P<name>[^\[\]]+?)\s*(?:\[(?P<elements>[^\[\]]+)\])?\s*$")


def split(reference: str) -> tuple[str, tuple[str, ...]]:
    """Return the name and the elements of ``reference``.

    Raises:
        ThroughflowError: the text is not of the form ``name`` or ``name[element, …]``.
    """
    found = _REFERENCE.match(reference)
    if found is None:
        raise ThroughflowError(
            Problem(
                reference,
                "not a reference to a variable",
                "name or name[element] is expected",
                "write it as `Talent total` or `Ties[US]`",
            )
        )
    elements = found["elements"]
    return found["name"], tuple(part.strip() for part in elements.split(",")) if elements else ()


def pick(dataset: xr.Dataset, reference: str) -> xr.DataArray:
    """Return the values ``reference`` names, with no dimension left but scenario, time and member.

    Args:
        dataset: a stored result.
        reference: ``name``, ``name[element, …]``; ``*`` for an element sums over its range.

    Raises:
        ThroughflowError: unknown name or element, a dimension left open, or NaN among the values.
    """
    name, elements = split(reference)
    if name not in dataset:
        known = [str(known) for known in dataset.data_vars]
        raise ThroughflowError(
            Problem(
                reference,
                f"no variable {name!r} in the result",
                "it was not recorded or is spelled otherwise",
                nearest(name, known) or "record it, or mend the definition that asks for it",
            )
        )
    values = dataset[name]
    ranges = [str(dim) for dim in values.dims if dim not in RUN_DIMS]
    if len(ranges) != len(elements):
        raise ThroughflowError(
            Problem(
                reference,
                f"{name!r} has the ranges {ranges}, {len(elements)} elements given",
                "one element, or *, is needed for each range",
                f"write {name}[{', '.join('*' for _ in ranges)}]",
            )
        )
    for dim, element in zip(ranges, elements, strict=True):
        values = values.sum(dim, skipna=False, keep_attrs=True) if element == "*" else _one(values, dim, element)
    return _complete(values, reference)


def _one(values: xr.DataArray, dim: str, element: str) -> xr.DataArray:
    known = [str(name) for name in values[dim].values]
    if element not in known:
        raise ThroughflowError(
            Problem(
                f"{values.name}[{element}]",
                f"{element!r} is not an element of {dim}",
                "the range holds " + ", ".join(known),
                nearest(element, known) or f"use one of {known}",
            )
        )
    return values.sel({dim: element}, drop=True)


def _complete(values: xr.DataArray, reference: str) -> xr.DataArray:
    if not bool(np.isfinite(values).all()):
        raise ThroughflowError(
            Problem(
                reference,
                "values that are not finite numbers",
                "a figure or table would hide the failed run",
                "run the study again and look at the solver's report",
            )
        )
    return values


def at(values: xr.DataArray, year: float) -> xr.DataArray:
    """Return ``values`` at ``year``, which must be among the saved times to within a thousandth of a year.

    Raises:
        ThroughflowError: ``year`` was not saved.
    """
    times = values["time"].values
    nearest_time = int(np.abs(times - year).argmin())
    if abs(float(times[nearest_time]) - year) > 1e-3:
        raise ThroughflowError(
            Problem(
                "time",
                f"{year:g} is not among the saved times",
                f"the result runs from {times[0]:g} to {times[-1]:g} by {times[1] - times[0]:g}",
                "ask for a saved year or save more often",
            )
        )
    return values.isel(time=nearest_time, drop=True)


def between(values: xr.DataArray, start: float, stop: float) -> xr.DataArray:
    """Return ``values`` at the saved times from ``start`` to ``stop``, both included."""
    times = values["time"]
    return values.isel(time=np.flatnonzero((times >= start - 1e-9) & (times <= stop + 1e-9)))


def role(dataset: xr.Dataset, name: str) -> str:
    """Return the scenario that plays ``name`` (``baseline`` or ``twin``) in ``dataset``.

    Raises:
        ThroughflowError: the result names none, or one it does not hold.
    """
    scenario = str(dataset.attrs.get(name) or "")
    known = [str(each) for each in dataset["scenario"].values] if "scenario" in dataset.coords else []
    if scenario not in known:
        raise ThroughflowError(
            Problem(
                f"attribute {name!r} of the result",
                repr(scenario) if scenario else "none named",
                f"the result holds the scenarios {known}",
                f"run a study that has a {name}",
            )
        )
    return scenario
