"""When policies trade one aim for another: NSGA-II (pymoo) looks for the set where no aim gains without another losing.

A whole generation is one batch.  Here the decisions are intensities of measures, in the model's own world; what is best in one
world need not be in another, so check a set found like this in an ensemble before recommending any of it.
"""

import numpy as np
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.core.problem import Problem
from pymoo.optimize import minimize

import sim

model = sim.read("models/innovation_flows/innovation_flows.mdl")
measures = ("R2_1", "R3_1", "R3_2")
scenario = {f"adopted[{name}]": 1 for name in measures}
outcomes = ["gain of total ties", "gain of administrative load"]
inputs = {f"intensity[{name}]": (0, 1) for name in measures}
evaluate = sim.evaluator(model, inputs, outcomes, scenario=scenario, baseline={}, step=1 / 16, failed="refuse")


class Policy(Problem):
    """More ties, less load; pymoo minimises, so the first changes its sign."""

    def __init__(self) -> None:
        super().__init__(n_var=len(inputs), n_obj=2, xl=evaluate.bounds[:, 0], xu=evaluate.bounds[:, 1])

    def _evaluate(self, x: np.ndarray, out: dict, *args: object, **kwargs: object) -> None:
        out["F"] = evaluate(x) * [-1, 1]


found = minimize(Policy(), NSGA2(pop_size=16), ("n_gen", 5), seed=1)
for policy, (ties, load) in zip(found.X, found.F * [-1, 1], strict=True):
    print(dict(zip(measures, policy.round(2).tolist(), strict=True)), f"ties {ties:+.0f}, administrative load {load:+.3f}")
