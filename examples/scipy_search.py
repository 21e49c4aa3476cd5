"""When nothing more may be installed: SciPy searches, fills the unit cube and computes Sobol' indices, batch by batch.

SciPy shapes a batch (d, n) and `evaluate` takes (n, d), so every call turns it.
"""

import numpy as np
from scipy.optimize import differential_evolution
from scipy.stats import qmc, sobol_indices, uniform

import sim

model = sim.read("models/innovation_flows/innovation_flows.mdl")
inputs = {"dilution": (0.2, 0.7), "incident tolerance": (3, 8), "intensity[R3_1]": (0, 1)}
scenario = {f"adopted[R3_{number}]": 1 for number in (1, 2, 3, 4)}
outcomes = ["gain of total ties", "gain of administrative load"]
evaluate = sim.evaluator(model, inputs, outcomes, scenario=scenario, baseline={}, year=2035, step=1 / 16)

worlds = evaluate.from_unit(qmc.Sobol(3, rng=1).random(64))
print("gain of ties, 5-95 % of 64 worlds:", np.nanquantile(evaluate(worlds)[:, 0], (0.05, 0.95)).round())

least = differential_evolution(
    lambda x: evaluate(x.T)[:, 0],
    evaluate.bounds,
    vectorized=True,
    updating="deferred",
    maxiter=3,
    popsize=5,
    rng=1,
    polish=False,
)
print("the world where it gains least:", dict(zip(evaluate.names, least.x.round(2).tolist(), strict=True)))

ranges = [uniform(low, high - low) for low, high in evaluate.bounds]
indices = sobol_indices(func=lambda x: evaluate(x.T).T, n=64, dists=ranges, rng=1)
for name, total in zip(evaluate.names, indices.total_order.T, strict=True):
    print(f"{name}: total index of ties {total[0]:.2f}, of load {total[1]:.2f} (64 worlds: rough; see bootstrap())")
