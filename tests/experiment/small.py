"""A small ensemble to run in tests, in this process or, as a script, in one that may be killed.

Usage: ``python small.py MODEL STORE JSON``; the JSON holds settings of :func:`small` and ``hold`` (sleep once so many runs are
done), ``pause`` (sleep after each block) or ``limit`` (from then on no file may be longer than so many bytes); every step of
progress is a line.
"""

import hashlib
import json
import resource
import sys
import time
from pathlib import Path

from sim.experiment.design import Design, Uncertainty
from sim.experiment.ensemble import Ensemble, run_ensemble
from sim.experiment.scenarios import Scenario, Solver, Study

BODY = """{UTF-8}
资源 type: 人才, 数据 ~~|
growth rate = 0.1 ~ 1/month ~|
drain = 0.05 ~ 1/month ~|
effect = 1 ~ dmnl ~|
存量[资源 type] = INTEG(flow in[资源 type] - drain * 存量[资源 type], 3) ~ person ~ 存量。|
flow in[资源 type] = 存量[资源 type] * growth rate * effect ~ person/month ~|
total = SUM(存量[资源 type!]) ~ person ~|
log of drain = LN(drain) ~ dmnl ~|
INITIAL TIME = 0 ~ month ~|
FINAL TIME = 10 ~ month ~|
TIME STEP = 0.5 ~ month ~|
SAVEPER = 1 ~ month ~|
"""

DRAWN = (
    Uncertainty("growth", ("growth rate",), "uniform", 0.05, None, 0.2),
    Uncertainty("drain", ("drain",), "lognormal", 0.02, 0.05, 0.1),
)

FAILING = (DRAWN[0], Uncertainty("drain", ("drain",), "uniform", -0.02, None, 0.1))
"""A sixth of the members leaves the domain of the logarithm."""


def model_in(folder: Path) -> Path:
    """Write the model into ``folder`` and return its path."""
    path = folder / "small.mdl"
    path.write_text(BODY, encoding="utf-8")
    return path


def small(model: Path, *, size=1000, scenarios=2, sampler="sobol", seed=0, drawn=DRAWN, **settings) -> Ensemble:
    """Return an ensemble of the model at ``model``; what is left over are settings of study and ensemble."""
    record = tuple(settings.pop("record", ("存量", "total")))
    listed = tuple(
        Scenario(f"s{number}", f"Case {number}", f"情景{number}", {"effect": 1 + 0.25 * number}) for number in range(scenarios)
    )
    study = Study("trial", model, listed, "s0", save=1.0, solver=Solver("rk4", settings.pop("step", 0.5)), record=record)
    return Ensemble(study, Design(drawn, sampler, size, seed), **({"block": 256, "engine": "numpy", "threads": 2} | settings))


def tree(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file in ``folder`` and below, by its place there."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def main(model: str, store: str, text: str) -> None:
    """Run as a script, telling progress."""
    settings = json.loads(text)
    hold, limit, pause = settings.pop("hold", None), settings.pop("limit", None), settings.pop("pause", 0)

    def tell(done: int, total: int) -> None:
        print(done, total, flush=True)
        time.sleep(pause)
        if limit is not None and done >= limit[0]:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit[1], limit[1]))
        if hold is not None and done >= hold:
            time.sleep(60)

    try:
        run_ensemble(small(Path(model), **settings), Path(store), progress=tell)
    except Exception as error:  # the report is what the test is about
        print(error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main(*sys.argv[1:])
