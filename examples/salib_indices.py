"""When a method of sensitivity analysis is wanted that throughflow has not: SALib samples, `evaluate` runs, SALib analyses.

`evaluate.problem` is SALib's problem in the model's units.  Where SALib has no name for a distribution, as for shares, it is
refused, and `evaluate.unit_problem` with `evaluate.from_unit` gives the same indices.
"""

import numpy as np
from SALib import ProblemSpec

import sim

model = sim.read("models/innovation_flows/innovation_flows.mdl")
inputs = {"dilution": (0.2, 0.7), "incident tolerance": (3, 8), "settling time": (2, 4)}
evaluate = sim.evaluator(model, inputs, ["total ties"], step=1 / 16)


def run(batch: np.ndarray) -> np.ndarray:
    """Return the outcome of each row; a failed run stops the analysis, as indices need every row of their design."""
    found = evaluate(batch)[:, 0]
    assert np.isfinite(found).all(), "some runs failed: narrow the inputs"
    return found


specification = ProblemSpec({**evaluate.problem, "outputs": ["total ties"]})
specification.sample_sobol(16, calc_second_order=False, seed=1).evaluate(run).analyze_sobol(calc_second_order=False, seed=1)
print(specification.to_df()[0].round(2))

places = ProblemSpec({**evaluate.unit_problem, "outputs": ["total ties"]})
places.sample_morris(8, seed=1).evaluate(lambda cube: run(evaluate.from_unit(cube))).analyze_morris(seed=1)
print(places.to_df()[["mu_star", "mu_star_conf", "sigma"]].round(0))
