"""Carrying out an ensemble: a folder with a store that every interruption leaves ready to go on, and a summary at the end."""

import json
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli.ensemble_text import ending, planned, table_text
from sim.cli.folder import STORE, identity_of, staged
from sim.cli.interrupt import Interrupts
from sim.cli.progress import RunProgress
from sim.cli.summary import footing_text, labelled
from sim.config.job import Job
from sim.errors import Problem, ThroughflowError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from sim.experiment.ensemble import Outcome


def carry_out_ensemble(job: Job, *, threads: int | None) -> None:
    """Run what is missing of the ensemble of ``job`` in its folder, and print a summary.

    Arguments:
        job: what was asked for and found in order, with an ensemble.
        threads: processor threads to use; ``None`` for one per processor.

    Raises:
        ThroughflowError: the folder is refused, or the run itself; what was finished is kept.
        KeyboardInterrupt: Ctrl-C; what was finished is kept, and said.
    """
    assert job.ensemble is not None
    for warning in job.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    with Interrupts() as keys:
        with keys.held():
            for room in ("sim.experiment.ensemble", "sim.results.store", "sim.analysis.ensembles"):
                import_module(room)
        _ready(job)
        outcome = _run(job, threads, keys)
    dataset = import_module("sim.results.store").open_store(outcome.store)
    table = _table(job, dataset)
    _describe(job, outcome, dataset, table)
    print(ending(outcome, job, float(dataset.attrs["integration_error"])))
    print(table if isinstance(table, str) else table_text(table))
    figures = _ask(job, dataset)
    print(footing_text(job.footing))
    print(f"results  {job.output.folder} ({', '.join(sorted(path.name for path in job.output.folder.iterdir()))})")
    if figures:
        print(f"figures  {job.figures.folder or job.output.folder / 'figures'} ({figures})")


def _ask(job: Job, dataset: "xr.Dataset") -> int:
    """Answer the questions of the study, say the answers, draw them, and return the number of figures."""
    if not job.questions:
        return 0
    from sim.cli.answers import answered, draw, told

    problems: list[Problem] = []
    try:
        made = answered(dataset, job.questions, job.output.folder, refused=lambda error: problems.extend(error.problems))
    except ThroughflowError as error:
        raise ThroughflowError([*error.problems, _kept(job)]) from error
    print(told(made))
    drawn = draw(made, job.figures.folder or job.output.folder / "figures", job.figures.names)
    if problems:
        raise ThroughflowError([*problems, _kept(job)])
    return drawn


def _kept(job: Job) -> Problem:
    cure = f"the worlds are kept: `throughflow ask {job.output.folder} question` asks again without a run"
    return Problem(str(job.output.folder), "questions without an answer", "see above", cure)


def plan(job: Job) -> str:
    """Return what the ensemble of ``job`` would do: runs, uncertainties and their basis, step, room, memory."""
    from sim.config.ensemble_study import model_at

    return planned(job, model_at(job.study.model))


def _ready(job: Job) -> None:
    """Make the folder, or go on with that of the same experiment; another experiment's goes only if that was asked for."""
    from sim.results.locking import locked

    folder = job.output.folder
    if identity_of(folder) == job.identity and (folder / STORE).exists():
        return
    if (folder / STORE).exists():
        with locked(folder / STORE):  # nobody is writing what is about to be replaced
            _stage(job)
    else:
        _stage(job)


def _stage(job: Job) -> None:
    with staged(job.output.folder, identity=job.identity, replace=job.output.replace) as staging:
        (staging / "config.yaml").write_text(job.text, encoding="utf-8")
        _write_json(staging / "provenance.json", _asked(job))
        if job.warnings:
            (staging / "warnings.txt").write_text("\n".join(job.warnings) + "\n", encoding="utf-8")


def _asked(job: Job) -> dict[str, Any]:
    return {"experiment": job.identity, "overrides": list(job.overrides), "warnings": list(job.warnings)}


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _run(job: Job, threads: int | None, keys: Interrupts) -> "Outcome":
    from sim.experiment.ensemble import run_ensemble

    assert job.ensemble is not None
    with RunProgress() as progress:

        def tell(done: int, total: int) -> None:
            keys.check()
            progress.tell(done, total)

        ensemble = replace(job.ensemble, threads=threads)
        return run_ensemble(ensemble, job.output.folder / STORE, progress=tell, config=job.text, footing=job.footing)


def _table(job: Job, dataset: "xr.Dataset") -> "pd.DataFrame | str":
    """Return the outcomes of the last year beside the baseline, or why there is no such table."""
    from sim.analysis.ensembles import paired

    assert job.ensemble is not None and job.sampling is not None
    if job.ensemble.keep == "summary":
        return (
            f"no paired differences: ensemble.keep=summary; `throughflow results {job.output.folder / STORE}` shows quantiles"
        )
    axes = [one.name for one in job.sampling.uncertain if one.values]
    try:
        table = paired(dataset, axes=axes)
    except ThroughflowError as error:
        return "no summary: " + "; ".join(f"{problem.where}: {problem.what}" for problem in error.problems)
    return "no summary: none of the model's outcomes is recorded" if table.empty else table


def _describe(job: Job, outcome: "Outcome", dataset: "xr.Dataset", table: "pd.DataFrame | str") -> None:
    """Write the summary and the provenance of finished runs beside the store."""
    from sim import results

    told = {"runs": outcome.runs, "ended": dict(outcome.counts), "notes": list(outcome.reports)}
    _write_json(job.output.folder / "provenance.json", {**results.provenance(dataset), **told, **_asked(job)})
    if not isinstance(table, str):
        people = labelled(table, dataset, job.study.model.parent)
        people.to_csv(job.output.folder / "summary.csv", index=False, lineterminator="\n")
