"""Kernels bound by hand, below the level of names and Datasets."""

import numpy as np

import sim
from sim.engine.codegen import compile_model
from sim.engine.kernel import Clockwork
from sim.engine.layout import constants_of, tables_of


def kernel_of(model, record=None):
    names = [name for name, variable in model.variables.items() if variable.kind != "table"]
    return compile_model(model, names if record is None else record)


def bound_of(model, *, half=0.0, constants=None, tables=None):
    """Return the kernel of ``model`` bound to ``constants`` (constant, member), the file's own by default."""
    clock = Clockwork(model.clock.step, half, model.clock.start, model.clock.stop)
    vector = constants_of(model)[:, np.newaxis] if constants is None else constants
    return kernel_of(model).bind(vector, tables_of(model) if tables is None else tables, clock)


def final(model, name, **run):
    """Return the last value of ``name``, and the error the run states for it."""
    values = sim.simulate(model, **run)[name]
    return float(values[-1]), float(values.attrs["integration_error"])
