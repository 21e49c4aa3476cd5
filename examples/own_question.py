"""When you compare packages yourself: an ensemble from settings, run once, stored, and asked as often as you like."""

from pathlib import Path

import sim
from sim.config.job import read_job
from sim.experiment.ensemble import run_ensemble
from sim.results.tables import table

asked = ["study=recommendations", "study.packages=[R1,R3]", "ensemble=posterior", "ensemble.size=16", "horizon.stop=2035"]
store = run_ensemble(read_job(asked).ensemble, Path("results/own_question.zarr")).store
answers = sim.answer(sim.open_results(store), {"packages": {}})
found = table(answers, "packages")
for package, outcome, low, high, verdict in zip(
    *(found[name] for name in ("package", "outcome", "q05", "q95", "verdict")), strict=True
):
    print(f"{package} on {outcome}: {low:+.3g} to {high:+.3g} in nine tenths of the worlds ({verdict})")
