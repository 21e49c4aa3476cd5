"""Many runs of one model as one call: values per member in, a labelled Dataset out."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from sim.errors import Problem, raise_if
from sim.experiment.accuracy import estimated_errors
from sim.experiment.batch import Block, Plan, Prepared, prepare
from sim.experiment.processors import processors
from sim.model.ir import Model, key
from sim.model.structure import describe
from sim.results import Column, assemble
from sim.results.status import STATUS

CHECKED = 16
"""Members on which the integration error is estimated."""


def sweep(
    model: Model,
    draws: Mapping[str, Any],
    *,
    method: str = "rk4",
    step: float | None = None,
    save: float | None = None,
    record: Sequence[str] = (),
    threads: int | None = None,
    dtype: str = "float32",
) -> xr.Dataset:
    """Run ``model`` once for every member, in compiled code where the compiler takes the model.

    Arguments:
        model: a model as read.
        draws: by ``name`` or ``name[element]`` of a constant, one value per member, shape (member,), in the model's units;
            a single value, and the points of a table, are shared by all members.
        method: ``rk4`` or ``euler``.
        step: fixed step; the file's own if ``None``.
        save: interval between stored values; the file's own if ``None``.
        record: names of the variables to keep; nothing else is kept.
        threads: processor threads; one per processor if ``None``.  They do not change a bit.
        dtype: ``float32`` or ``float64``, of what is kept; the computation is in double precision.

    Returns:
        A Dataset with dims ``time`` and ``member`` and the model's ranges; ``status`` (member) tells how each run ended, the
        attributes tell the engine, the step and the ``integration_error`` estimated on the first members.

    Raises:
        ThroughflowError: everything wrong with names, values and times.
    """
    varied, shared, members = _sorted_draws(model, draws)
    clock = model.clock
    plan = Plan(
        model,
        tuple(varied),
        tuple(record),
        method,
        step=clock.step if step is None else step,
        start=clock.start,
        stop=clock.stop,
        save=clock.save if save is None else save,
        dtype=dtype,
    )
    prepared = prepare(plan)
    values = np.array([np.asarray(column, dtype=float) for column in varied.values()]).reshape(len(varied), members)
    block = prepared.run(values, shared, threads=threads or processors(), refine=True)
    errors = estimated_errors(prepared, values[:, :CHECKED], [shared])
    return labelled(prepared, block, errors)


def _sorted_draws(model: Model, draws: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any], int]:
    """Return what varies, what all members share, and the number of members."""
    problems: list[Problem] = []
    varied, shared, lengths = {}, {}, dict[str, int]()
    for name, value in draws.items():
        table = key(name) in model.by_key and model.variables[model.by_key[key(name)]].kind == "table"
        try:
            shape = np.shape(value)
        except ValueError:
            problems.append(Problem(f"draws of {name}", "rows of unlike length", "one value per member", "give a flat list"))
            continue
        if table or not shape:
            shared[name] = value
        elif len(shape) == 1:
            varied[name], lengths[name] = value, shape[0]
        else:
            cure = "name each element: 'name[element]'"
            problems.append(Problem(f"draws of {name}", f"numbers shaped {shape}", "a draw is one value per member", cure))
    if len(set(lengths.values())) > 1 or 0 in lengths.values():
        told = ", ".join(f"{name}: {length}" for name, length in lengths.items())
        problems.append(Problem("draws", told, "every member has one value of each", "give them all the same length"))
    raise_if([*problems, *_not_numbers(varied)])
    return varied, shared, next(iter(lengths.values()), 1)


def _not_numbers(varied: Mapping[str, Any]) -> list[Problem]:
    found = []
    for name, values in varied.items():
        try:
            np.asarray(values, dtype=float)
        except (TypeError, ValueError):
            found.append(
                Problem(f"draws of {name}", "something that is no number", "members differ by numbers", "give numbers")
            )
    return found


def labelled(prepared: Prepared, block: Block, errors: Mapping[str, float]) -> xr.Dataset:
    """Return a block with its labels.

    Arguments:
        prepared: what was run.
        block: what it gave.
        errors: estimated integration error of each recorded variable, relative to its largest size.
    """
    plan, model = prepared.plan, prepared.plan.model
    columns, row = [], 0
    for name in dict.fromkeys(found.name for found in prepared.rows):
        variable = model.variables[name]
        shape = model.shape(variable)
        size = int(np.prod(shape, dtype=int))
        values = block.values[row : row + size].reshape((*shape, *block.values.shape[1:]))
        dims = (*variable.dims, "time", "member")
        columns.append(Column(name, dims, values, variable.units, variable.name, variable.kind, errors[name]))
        row += size
    worst = max(errors, key=lambda name: errors[name])
    attributes = {
        "title": f"{block.status.size} runs of {model.name}",
        "source": f"throughflow, model {model.name}",
        "model_name": model.name,
        "model_fingerprint": model.fingerprint,
        "method": plan.method,
        "engine": prepared.engine,
        "time_units": model.clock.units,
        "time_step": plan.step,
        "notes": [*model.notes, *prepared.notes],
        "structure": describe(model),
        "integration_error": errors[worst],
        "integration_error_of": worst,
    }
    ranges = {name: found.elements for name, found in model.ranges.items()} | {"member": range(block.status.size)}
    dataset = assemble(prepared.times, columns, ranges, attributes=attributes)
    dataset["status"] = ("member", block.status, status_attributes())
    return dataset


def status_attributes() -> dict[str, Any]:
    """Return the attributes of a variable of status codes, as CF's flags."""
    return {
        "long_name": "how the run ended",
        "flag_values": np.array(list(STATUS), dtype=np.uint8),
        "flag_meanings": " ".join(meaning.replace(" ", "_") for meaning in STATUS.values()),
    }
