"""When worlds are to be explored with the EMA Workbench: its sampler draws, `evaluate` runs, its scenario discovery explains.

The Workbench calls a model once per experiment. That works, `Model("name", function=one)`, but each experiment then costs a
whole call and the Workbench's own work; so run the design as one batch and hand the analysis what it wants: a table of
experiments and an array of outcomes. Both times are told.
"""

import time

import numpy as np
import pandas as pd
from ema_workbench import Model, RealParameter, ScalarOutcome, SequentialEvaluator
from ema_workbench.analysis import prim
from ema_workbench.em_framework import sample_uncertainties

import sim

model = sim.read("models/innovation_flows/innovation_flows.mdl")
inputs = {"dilution": (0.2, 0.7), "incident tolerance": (3, 8)}
evaluate = sim.evaluator(model, inputs, ["total ties"], year=2030, step=1 / 16)
names = {name.replace(" ", "_"): name for name in evaluate.names}  # the Workbench passes names as keywords of a function


def one(**world: float) -> dict[str, float]:
    """Return the outcome of one experiment."""
    return {"ties": float(evaluate([[world[name] for name in names]])[0, 0])}


workbench = Model("throughflow", function=one)
workbench.uncertainties = [RealParameter(name, *inputs[names[name]]) for name in names]
workbench.outcomes = [ScalarOutcome("ties")]
began = time.perf_counter()
with SequentialEvaluator(workbench) as runs:
    runs.perform_experiments(scenarios=20)
each = (time.perf_counter() - began) / 20

np.random.seed(1)  # the Workbench draws from NumPy's global state
experiments = pd.DataFrame(map(dict, sample_uncertainties(workbench, 400)))[list(names)]
began = time.perf_counter()
ties = evaluate(experiments.to_numpy())[:, 0]
print(f"by experiment {1e3 * each:.1f} ms each, as one batch {2.5 * (time.perf_counter() - began):.1f} ms each")

kept = np.isfinite(ties)  # a failed run has no outcome
few = (ties < np.quantile(ties[kept], 0.25))[kept]
box = prim.Prim(experiments[kept].reset_index(drop=True), few, threshold=0.8).find_box()
print("few ties where:", box.box_lims[-1].round(2).to_dict("list"), f"coverage {box.coverage:.2f}, density {box.density:.2f}")
