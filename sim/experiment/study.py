"""Running a study: every scenario alike, in order, in one process or several; one Dataset at the end."""

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from multiprocessing import get_context

import xarray as xr

from sim.errors import Problem, ThroughflowError, raise_if
from sim.experiment.scenarios import Scenario, Study, asked
from sim.experiment.simulate import simulate
from sim.model.ir import Model
from sim.model.vensim import read

Progress = Callable[[str, int, int], None]
"""Called with the scenario that ended, how many have ended, and how many there are."""


def run_study(study: Study, *, progress: Progress | None = None, workers: int = 1, config: str = "") -> xr.Dataset:
    """Run every scenario of ``study``.

    Arguments:
        study: the question.
        progress: told after every scenario.
        workers: processes to use; the result does not depend on it.
        config: resolved configuration text, stored with the result.

    Returns:
        A Dataset with ``scenario`` as first dim, in the study's order, ``label_en`` and ``label_zh`` along it; its attribute
        ``scenarios`` is the question as JSON: labels and parameters that differ from the file's, by scenario.

    Raises:
        ThroughflowError: the model or a scenario is refused, or a run fails; the scenario is named.
    """
    raise_if(_problems(study))
    model = read(study.model)
    if study.record is None:
        computed = [name for name, variable in model.variables.items() if variable.kind in ("stock", "auxiliary")]
        study = replace(study, record=tuple(computed))
    done: dict[str, xr.Dataset] = {}
    for name, dataset in _runs(model, study, workers):
        done[name] = dataset
        if progress:
            progress(name, len(done), len(study.scenarios))
    return _joined([done[scenario.name] for scenario in study.scenarios], study, config)


def _problems(study: Study) -> list[Problem]:
    names = [scenario.name for scenario in study.scenarios]
    where = f"study {study.name}"
    found = []
    if not names:
        found.append(Problem(where, "no scenarios", "there is nothing to run", "list at least one package"))
    repeated = {name for name in names if names.count(name) > 1}
    if repeated:
        found.append(
            Problem(
                where,
                f"several scenarios called {', '.join(sorted(repeated))}",
                "results are found by name",
                "give each its own name",
            )
        )
    for role, name in (("baseline", study.baseline), ("twin", study.twin)):
        if names and name is not None and name not in names:
            found.append(Problem(where, f"{role} {name!r}", "no scenario is called so", "use one of " + ", ".join(names)))
    return found


def _runs(model: Model, study: Study, workers: int) -> Iterator[tuple[str, xr.Dataset]]:
    if workers <= 1:
        for scenario in study.scenarios:
            yield scenario.name, _run(model, study, scenario)
        return
    count = min(workers, len(study.scenarios))
    with ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_leave_interrupts_to_parent) as pool:
        pending = {pool.submit(_run, model, study, scenario): scenario.name for scenario in study.scenarios}
        try:
            for finished in as_completed(pending):
                yield pending[finished], finished.result()
        except BrokenProcessPool as error:
            raise ThroughflowError(
                Problem(f"study {study.name}", "a worker process died", str(error), "free some memory, or use workers=1")
            ) from error
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _leave_interrupts_to_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _run(model: Model, study: Study, scenario: Scenario) -> xr.Dataset:
    try:
        return simulate(
            model,
            method=study.solver.method,
            parameters=scenario.parameters,
            start=study.start,
            stop=study.stop,
            step=study.solver.step,
            save=study.save,
            record=study.record,
        )
    except ThroughflowError as error:
        raise ThroughflowError(
            [
                Problem(f"scenario {scenario.name}: {problem.where}", problem.what, problem.why, problem.cure)
                for problem in error.problems
            ]
        ) from None


def _joined(runs: list[xr.Dataset], study: Study, config: str) -> xr.Dataset:
    scenarios = study.scenarios
    whole = xr.concat(runs, dim="scenario", combine_attrs="drop_conflicts", join="exact", data_vars="all")
    names = [scenario.name for scenario in scenarios]
    whole = whole.assign_coords(
        scenario=("scenario", names),
        label_en=("scenario", [scenario.label_en for scenario in scenarios]),
        label_zh=("scenario", [scenario.label_zh for scenario in scenarios]),
    )
    for name in whole.data_vars:
        whole[name].attrs["integration_error"] = max(run[name].attrs["integration_error"] for run in runs)
    worst = max(runs, key=lambda run: run.attrs["integration_error"])
    whole.attrs |= {
        "title": f"study {study.name} of {runs[0].attrs['model_name']}",
        "study": study.name,
        "baseline": study.baseline,
        "twin": study.twin or "",
        "config": config,
        "scenarios": asked(scenarios),
        "integration_error": worst.attrs["integration_error"],
        "integration_error_of": worst.attrs["integration_error_of"],
    }
    return whole
