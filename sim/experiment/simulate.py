"""One run of one model: from names and numbers to a labelled Dataset that states its own integration error."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from sim.engine.adaptive import SOLVERS, IntegrationFailed, integrate
from sim.engine.codegen import compile_model
from sim.engine.kernel import Bound, Clockwork, Kernel
from sim.engine.layout import Tables
from sim.engine.methods import METHODS, march
from sim.errors import Problem, ThroughflowError, gather
from sim.experiment.horizon import Horizon, checked
from sim.experiment.parameters import bind_parameters
from sim.model.ir import Model
from sim.model.structure import describe
from sim.results import Column, assemble

TOLERANCE = 1e-6
"""Relative error allowed per adaptive step; the run is checked against one at ten times this."""

LOOSER = 10.0


def simulate(
    model: Model,
    *,
    method: str = "adaptive",
    parameters: Mapping[str, Any] | None = None,
    start: float | None = None,
    stop: float | None = None,
    step: float | None = None,
    save: float | None = None,
    record: Sequence[str] | None = None,
) -> xr.Dataset:
    """Run ``model`` once.

    Arguments:
        model: a model as read.
        method: ``adaptive`` (Dormand-Prince 5(4)), ``stiff`` (BDF), or fixed-step ``rk4`` or ``euler``.
        parameters: values by ``name`` or ``name[element]`` for constants, points for tables, in the model's units; what is
            given to an element goes before what is given to its whole variable.
        start: first time; the file's own if ``None``.
        stop: last time; the file's own if ``None``.
        step: time step of a fixed-step method; the file's own if ``None``.
        save: interval between stored values; the file's own if ``None``.
        record: names to keep; every variable if ``None``.

    Returns:
        A Dataset with dims ``time`` and the model's ranges, variables under their model names with ``units``; its
        ``integration_error`` is the largest over the variables of: largest change in time when the step is halved (for
        adaptive methods, when the tolerance is loosened tenfold), divided by the variable's largest size.

    Raises:
        ThroughflowError: everything wrong with the arguments, or a run that leaves the domain of its equations.
    """
    (names, horizon), values = gather(
        lambda: checked(model, method, record=record, clock=(start, stop, step, save)),
        lambda: bind_parameters(model, parameters or {}),
    )
    columns = _columns(model, names, (values, horizon, method))
    attributes = _attributes(model, method, horizon) | _errors(columns)
    attributes["parameters"] = {name: np.asarray(value, dtype=float).tolist() for name, value in (parameters or {}).items()}
    ranges = {name: found.elements for name, found in model.ranges.items()}
    return assemble(horizon.times, columns, ranges, attributes=attributes)


def _columns(model: Model, names: Sequence[str], run: tuple[tuple[np.ndarray, Tables], Horizon, str]) -> list[Column]:
    """Integrate, and return what was recorded under ``names``."""
    values, horizon, method = run
    kernel = compile_model(model, names)
    half = 0.0 if horizon.step is None else horizon.step / 2
    clock = Clockwork(horizon.step or model.clock.step, half, float(horizon.times[0]), horizon.stop)
    with np.errstate(all="ignore"):
        bound = kernel.bind(*values, clock)
        observed, check, weight = _solved(model, kernel, values, (bound, clock, horizon, method))
    _refuse_gaps(model, observed, horizon.times)
    return [_column(model, name, (observed[name], check[name], weight)) for name in names]


def _errors(columns: Sequence[Column]) -> dict[str, Any]:
    worst = max(columns, key=lambda column: column.error, default=None)
    return {
        "integration_error": worst.error if worst else 0.0,
        "integration_error_of": worst.name if worst else "",
    }


def _attributes(model: Model, method: str, horizon: Horizon) -> dict[str, Any]:
    return {
        "title": f"run of {model.name}",
        "source": f"throughflow, model {model.name}",
        "model_name": model.name,
        "model_fingerprint": model.fingerprint,
        "method": method,
        "time_units": model.clock.units,
        "time_step": horizon.step if horizon.step is not None else "adaptive",
        "tolerance": TOLERANCE if method in SOLVERS else "none",
        "notes": [*model.notes, *horizon.notes],
        "structure": describe(model),
    }


def _solved(
    model: Model, kernel: Kernel, values: tuple[np.ndarray, Tables], run: tuple[Bound, Clockwork, Horizon, str]
) -> tuple[Mapping, Mapping, float]:
    """Return what was observed, what the check run observed, and how much of their difference is the error."""
    bound, clock, horizon, method = run
    if horizon.step is None:
        try:
            fine, loose = (
                integrate(bound, horizon.times, solver=method, tolerance=tolerance, shortest=clock.step)
                for tolerance in (TOLERANCE, TOLERANCE * LOOSER)
            )
        except IntegrationFailed as error:
            raise ThroughflowError(
                Problem(
                    f"model {model.name}",
                    f"the run stops at time {error.time}",
                    error.reason,
                    "check the parameters, or try method=stiff",
                )
            ) from error
        return bound.observe(horizon.times, fine.states.T), bound.observe(horizon.times, loose.states.T), 1.0
    tableau = METHODS[method]
    coarse = _marched(bound, method, horizon, horizon.step)
    finer = kernel.bind(*values, Clockwork(clock.step, clock.half / 2, clock.start, clock.stop))
    halved = _marched(finer, method, horizon, horizon.step / 2)
    factor = 2.0**tableau.order
    return bound.observe(horizon.times, coarse), finer.observe(horizon.times, halved), factor / (factor - 1)


def _marched(bound: Bound, method: str, horizon: Horizon, step: float) -> np.ndarray:
    """Return states of one member, shape (state, time)."""
    span = float(horizon.times[-1] - horizon.times[0])
    every = round(span / step / (horizon.times.size - 1))
    _, states = march(bound, METHODS[method], (float(horizon.times[0]), step, round(span / step)), every=every)
    return states[..., 0].T


def _refuse_gaps(model: Model, observed: Mapping[str, Any], times: np.ndarray) -> None:
    gaps: list[tuple[float, str]] = []
    for name, values in observed.items():
        bad = ~np.isfinite(np.broadcast_to(values, (*np.shape(values)[:-1], times.size)))
        if np.any(bad):
            gaps.append((float(times[np.argwhere(bad)[:, -1].min()]), name))
    if gaps:
        when = min(gap[0] for gap in gaps)
        names = [name for time, name in gaps if time == when]
        raise ThroughflowError(
            Problem(
                f"model {model.name}",
                f"no finite value at time {when} of " + ", ".join(names[:5]),
                "an equation leaves its domain (a division by zero, a logarithm or root of a negative number, an overflow)",
                "check these equations, the parameters, and with a fixed step its length",
            )
        )


def _column(model: Model, name: str, values: tuple[Any, Any, float]) -> Column:
    variable = model.variables[name]
    raw, check, weight = values
    shape = model.shape(variable)
    fixed = variable.kind == "constant" or (np.ndim(raw) == len(shape) + 1 and np.shape(raw)[-1] == 1)

    def shaped(array: Any) -> np.ndarray:
        array = np.asarray(array, dtype=float)
        if fixed or array.ndim == 0:
            return np.broadcast_to(array[..., 0] if array.ndim else array, shape).copy()
        return np.moveaxis(np.broadcast_to(array, (*shape, array.shape[-1])), -1, 0).copy()

    kept, other = shaped(raw), shaped(check)
    size = float(np.max(np.abs(kept), initial=0.0))
    change = float(np.max(np.abs(kept - other), initial=0.0))
    return Column(
        name, variable.dims, kept, variable.units, variable.name, variable.kind, weight * change / size if size else 0.0
    )
