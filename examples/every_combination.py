"""When you have a cluster: every combination of the 26 measures, 2^26 runs, and their exact Shapley values.

    python examples/every_combination.py run 0 1024     # task 0 of 1024: one part of the combinations, into parts/0.npy
    python examples/every_combination.py add 1024       # when all parts are there: the Shapley values

A task needs one processor and nothing of the others, so an array job of any scheduler does (`--array=0-1023` of Slurm). The
world is the design set; others go into `scenario`. One core (AMD Zen 1) made 880 runs a second in batches of 4096: 21 hours for
all, 5 minutes on 256 cores, per world; a step of 1/32 year, which worlds of the priors need, doubles that.
"""

import sys
from pathlib import Path

import numpy as np

import sim
from sim.analysis.shapley import shapley

OUTCOME, YEAR, PARTS = "co papers", 2040, Path("parts")


def main(verb: str, *numbers: str, measures: int = 26) -> None:
    """Run one part of the combinations, or add up all of them; ``measures`` takes the first few only, as tests do."""
    model = sim.read("models/innovation_flows/innovation_flows.mdl")
    names = model.ranges["recommended measures"].elements[:measures]
    if verb == "run":
        part, parts = map(int, numbers)
        inputs = {f"adopted[{name}]": (0, 1) for name in names}
        evaluate = sim.evaluator(model, inputs, [OUTCOME], scenario={}, year=YEAR, step=1 / 16, failed="refuse")
        rows = np.array_split(np.arange(2 ** len(names)), parts)[part]
        PARTS.mkdir(exist_ok=True)
        np.save(PARTS / f"{part}.npy", evaluate(rows[:, None] >> np.arange(len(names)) & 1)[:, 0])
    else:
        game = np.concatenate([np.load(PARTS / f"{part}.npy") for part in range(int(numbers[0]))])
        for name, value in zip(names, shapley(game), strict=True):
            print(f"{name} {value:+,.0f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
