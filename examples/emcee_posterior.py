"""When data should weigh worlds: an affine-invariant sampler (emcee) asks for the likelihood of many walkers at once.

The shipped posterior (`throughflow run study=calibration`) uses sequential Monte Carlo; this is for a likelihood of your own.
"""

import emcee
import numpy as np

import sim

model = sim.read("models/innovation_flows/innovation_flows.mdl")
evaluate = sim.evaluator(model, {"dilution": (0.2, 0.7), "incident tolerance": (3, 8)}, ["total ties"], year=2020, step=1 / 16)


def log_probability(batch: np.ndarray) -> np.ndarray:
    """Return the log of prior (even within the bounds) times likelihood of each row; a failed run has none."""
    inside, found = evaluate.inside(batch), np.full(len(batch), -np.inf)
    misfit = (evaluate(batch[inside])[:, 0] / 190_000 - 1) / 0.02
    found[inside] = np.where(np.isfinite(misfit), -0.5 * misfit**2, -np.inf)
    return found


np.random.seed(1)  # emcee draws from NumPy's global state
sampler = emcee.EnsembleSampler(16, len(evaluate.names), log_probability, vectorize=True)
sampler.run_mcmc(evaluate.from_unit(np.random.default_rng(1).random((16, 2))), 24)
chain = sampler.get_chain(discard=8, flat=True)
for name, (low, middle, high) in zip(evaluate.names, np.quantile(chain, (0.05, 0.5, 0.95), axis=0).T, strict=True):
    print(f"{name}: {middle:.3g} ({low:.3g} to {high:.3g}); a chain this short shows the way, not the answer")
