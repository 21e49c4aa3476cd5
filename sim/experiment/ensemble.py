"""Running ensembles: every scenario of a study for every member of a design, as one job that can be stopped at any moment.

The unit of work is a block of members of one scenario.  All scenarios share one matrix of draws, so differences between them
are paired.  The store after an interruption and the same command again is, byte for byte, the store of an undisturbed run.
"""

import json
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from sim.errors import Problem, ThroughflowError, raise_if
from sim.experiment.accuracy import coarsest_step, estimated_errors
from sim.experiment.batch import Block, Plan, Prepared, prepare
from sim.experiment.design import design_notes, sample, spread, varied
from sim.experiment.ensemble_check import (
    Ensemble,
    ensemble_problems,
    horizon_of,
    identify,
    needed_bytes,
    ranges_of,
    record_of,
    recorded,
)
from sim.experiment.executors import in_threads, on_dask
from sim.experiment.processors import processors
from sim.experiment.scenarios import asked
from sim.experiment.tasks import Job, Task
from sim.model.ir import Model
from sim.model.structure import describe
from sim.model.vensim import read
from sim.results.dataset import CONVENTIONS, versions
from sim.results.layout import Layout
from sim.results.ledger import Keeper, Ledger
from sim.results.locking import locked
from sim.results.status import STATUS
from sim.results.writing import open_keeper, refuse_other, room_problem, stored_attributes, storing

__all__ = ["Ensemble", "Outcome", "identify", "run_ensemble"]

CHECKED_MEMBERS = 64
"""Members on which the integration error is estimated, in each of the scenarios on which it is."""

CHECKED_SCENARIOS = 16

Progress = Callable[[int, int], None]
"""Called with the runs that are done, and how many there are."""


@dataclass(frozen=True)
class Outcome:
    """What became of an ensemble.

    Attributes:
        store: where its results are.
        experiment: SHA-256 of the experiment.
        runs: runs there are, scenarios times members.
        computed: runs made by this call; the rest were in the store.
        counts: runs by how they ended.
        seconds: time this call took.
        step: integration step, in the model's time unit.
        engine: ``compiled`` or ``numpy``: what computed them.
        reports: what people should know: remarks, settings of the store that were kept, what was damaged and mended.
    """

    store: Path
    experiment: str
    runs: int
    computed: int
    counts: Mapping[str, int]
    seconds: float
    step: float
    engine: str
    reports: tuple[str, ...]


def run_ensemble(
    ensemble: Ensemble,
    store: Path,
    *,
    progress: Progress | None = None,
    config: str = "",
    footing: Mapping[str, str | int] | None = None,
) -> Outcome:
    """Run ``ensemble`` into ``store``, or what is still missing there.

    Arguments:
        ensemble: the question, and how to run it.
        store: folder of the Zarr store: made if it is not there, continued if it is of the same experiment.
        progress: told the runs done and all runs, first when it begins and then after every block.
        config: resolved configuration text, stored with the results.
        footing: attributes that say on what the results stand, stored with them.

    Raises:
        ThroughflowError: everything wrong with the question; a store of another experiment, version or process; no room.
        KeyboardInterrupt: Ctrl-C was pressed; its text says what is kept and how to go on.
    """
    began = time.monotonic()
    model = read(ensemble.study.model)
    raise_if(ensemble_problems(ensemble, model))
    with locked(store):
        run = _opened(ensemble, model, store, {"config": config, **(footing or {})})
        at_first = run.keeper.ledger.runs()
        _carry_out(run, progress)
        counts = run.keeper.ledger.counts()
    return Outcome(
        store=store,
        experiment=run.layout.attributes["experiment"],
        runs=run.total,
        computed=run.total - at_first,
        counts={word: counts[status] for status, word in STATUS.items()},
        seconds=time.monotonic() - began,
        step=run.job.plan.step,
        engine=run.prepared.engine,
        reports=run.reports,
    )


@dataclass(frozen=True)
class _Run:
    """Everything an ensemble needs once its store is open."""

    ensemble: Ensemble
    store: Path
    layout: Layout
    keeper: Keeper
    job: Job
    prepared: Prepared
    reports: tuple[str, ...]

    @property
    def total(self) -> int:
        return len(self.layout.scenarios) * self.layout.members

    def kept(self) -> str:
        return f"{self.keeper.ledger.runs()} of {self.total} runs are finished and kept"


def _opened(ensemble: Ensemble, model: Model, store: Path, told: Mapping[str, str | int]) -> _Run:
    """Return the run with its store, ``told`` among its attributes, made or continued; whoever calls holds the store's lock."""
    experiment, plain = identify(ensemble, model)
    stored = stored_attributes(store)
    reports: list[str] = []
    block = min(ensemble.block, ensemble.design.size)
    if stored is not None:
        refuse_other(store, stored, plain)
        if stored["block"] != block:
            reports.append(f"blocks of {stored['block']} members, as the store has them, not of {block}")
            block = stored["block"]
    prepared = prepare(_plan(ensemble, model))
    prepared, errors = _stepping(ensemble, prepared, stored)
    if stored is not None and stored["engine"] != prepared.engine:
        raise ThroughflowError(_other_engine(store, stored["engine"], prepared))
    notes = (*model.notes, *prepared.notes, *design_notes(ensemble.design))
    attributes = _attributes(ensemble, model, (prepared.plan.step, errors)) | {
        "experiment": experiment,
        "identity": json.dumps(plain, ensure_ascii=False),
        **told,
        "engine": prepared.engine,
        "notes": json.dumps(notes, ensure_ascii=False),
        "block": block,
    }
    layout = _layout(ensemble, model, prepared.times, attributes=attributes)
    todo = len(layout.scenarios) * layout.blocks - (0 if stored is None else Ledger(store, layout).marked())
    raise_if(filter(None, [room_problem(store, needed_bytes(layout, todo))]))
    with storing(store, lambda: "blocks that were finished are kept"):
        keeper, mended = open_keeper(store, layout)
    job = Job(prepared.plan, tuple(scenario.parameters for scenario in ensemble.study.scenarios), prepared.engine)
    return _Run(ensemble, store, layout, keeper, job, prepared, (*reports, *mended, *notes))


def _plan(ensemble: Ensemble, model: Model) -> Plan:
    """Return the plan with the step asked for, the saving interval where one is to be chosen."""
    start, stop, save = horizon_of(ensemble.study, model)
    step = ensemble.study.solver.step
    return Plan(
        model=model,
        varied=varied(ensemble.design)[0],
        record=record_of(ensemble.study, model),
        method=ensemble.study.solver.method,
        step=save if step is None else step,
        start=start,
        stop=stop,
        save=save,
        engine=ensemble.engine,
    )


def _stepping(ensemble: Ensemble, prepared: Prepared, stored: Mapping[str, Any] | None) -> tuple[Prepared, Mapping[str, float]]:
    """Return the plan at its step, and the estimated error of each recorded variable; a store's own hold for what is added.

    Both are estimated on some members (:func:`sim.experiment.design.spread`) of the first, the last, and evenly spaced
    scenarios between.
    """
    if stored is not None:
        return prepared.at_step(stored["time_step"]), json.loads(stored["integration_errors"])
    draws = spread(ensemble.design, CHECKED_MEMBERS)[varied(ensemble.design)[1]]
    scenarios = ensemble.study.scenarios
    places = np.linspace(0, len(scenarios) - 1, min(CHECKED_SCENARIOS, len(scenarios))).round().astype(int)
    worlds = [scenarios[place].parameters for place in dict.fromkeys(places.tolist())]
    if ensemble.study.solver.step is not None:
        return prepared, estimated_errors(prepared, draws, worlds)
    choice = coarsest_step(prepared, draws, worlds)
    return prepared.at_step(choice.step), choice.errors


def _other_engine(store: Path, engine: str, prepared: Prepared) -> Problem:
    what = f"its blocks were computed with the {engine} engine, this machine has the {prepared.engine} one"
    cure = f"install what the {engine} engine needs, or give another folder"
    return Problem(str(store), what, "; ".join(prepared.notes) or "their results differ in the last bits", cure)


def outline(ensemble: Ensemble, model: Model) -> xr.Dataset:
    """Return what the store of ``ensemble`` will hold, without a number: scenarios, stored times, what is recorded."""
    start, stop, save = horizon_of(ensemble.study, model)
    coords = {
        "scenario": [scenario.name for scenario in ensemble.study.scenarios],
        "time": start + save * np.arange(round((stop - start) / save) + 1),
    }
    unknown = dict.fromkeys(record_of(ensemble.study, model), ((), np.nan))
    return xr.Dataset(unknown, coords, _question(ensemble, model))


def _question(ensemble: Ensemble, model: Model) -> dict[str, Any]:
    """Return the attributes that tell what was asked of which model."""
    study = ensemble.study
    return {
        "title": f"ensemble {study.name} of {model.name}",
        "source": f"throughflow, model {model.name}",
        "model_name": model.name,
        "model_fingerprint": model.fingerprint,
        "method": study.solver.method,
        "time_units": model.clock.units,
        "study": study.name,
        "baseline": study.baseline,
        "twin": study.twin or "",
        "scenarios": asked(study.scenarios),
        "structure": json.dumps(describe(model), ensure_ascii=False),
        "sampler": ensemble.design.sampler,
        "keep": ensemble.keep,
    }


def _attributes(ensemble: Ensemble, model: Model, stepping: tuple[float, Mapping[str, float]]) -> dict[str, Any]:
    step, errors = stepping
    worst = max(errors, key=lambda name: errors[name])
    return _question(ensemble, model) | {
        "Conventions": CONVENTIONS,
        "versions": json.dumps(versions(("zarr", "llvmlite"))),
        "time_step": step,
        "integration_error": errors[worst] if np.isfinite(errors[worst]) else "inf",  # JSON has no infinity
        "integration_error_of": worst,
        "integration_error_from": f"{CHECKED_MEMBERS} members of {CHECKED_SCENARIOS} scenarios, or all if there are fewer",
        "integration_errors": json.dumps(errors, ensure_ascii=False),
    }


def _layout(ensemble: Ensemble, model: Model, times: np.ndarray, *, attributes: Mapping[str, Any]) -> Layout:
    outcomes = recorded(record_of(ensemble.study, model), model, json.loads(attributes["integration_errors"]))
    return Layout(
        scenarios=tuple((found.name, found.label_en, found.label_zh) for found in ensemble.study.scenarios),
        outcomes=outcomes,
        ranges=ranges_of(outcomes, model),
        times=times,
        uncertainties=tuple(found.name for found in ensemble.design.uncertainties),
        members=ensemble.design.size,
        block=attributes["block"],
        keep=ensemble.keep,
        statuses=STATUS,
        attributes=attributes,
    )


def _carry_out(run: _Run, progress: Progress | None) -> None:
    """Run what is missing, and keep each block as it is finished."""
    ledger = run.keeper.ledger
    tell = progress or (lambda done, total: None)
    finished = _finished(run)
    try:
        tell(ledger.runs(), run.total)
        for task, block in finished:
            with storing(run.store, run.kept):
                run.keeper.put(task.place, block.values, block.status)
            tell(ledger.runs(), run.total)
    except KeyboardInterrupt:
        told = f"{run.kept()} in {run.store}; give the same command to go on from there"
        raise KeyboardInterrupt(told) from None
    finally:
        finished.close()
    with storing(run.store, run.kept):
        for block in range(run.layout.blocks):
            _draws(run, block)
        run.keeper.finish()


def _finished(run: _Run) -> Generator[tuple[Task, Block]]:
    rows = varied(run.ensemble.design)[1]
    places = list(run.keeper.ledger.todo())
    tasks = (Task(place, _draws(run, place.block)[rows]) for place in places)
    workers = run.ensemble.threads or processors()
    if not places:
        return
    if run.ensemble.executor == "dask":
        yield from on_dask(run.job, tasks, address=run.ensemble.address, workers=workers)
    else:
        yield from in_threads(run.job, run.prepared, tasks, threads=workers)


def _draws(run: _Run, block: int) -> np.ndarray:
    """Return what the members of ``block`` draw, shape (uncertainty, member); it is drawn and kept if the store has it not."""
    ledger = run.keeper.ledger
    count = run.layout.count(block)
    if not run.layout.uncertainties:
        return np.empty((0, count))
    known = ledger.draws(block)
    if known is not None:
        return known
    draws = sample(run.ensemble.design, first=block * run.layout.block, count=count)
    with storing(run.store, run.kept):
        ledger.keep_draws(block, draws)
    return draws
