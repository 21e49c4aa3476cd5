"""Carrying out a checked job: run, store, draw, sum up; the folder of results appears whole or not at all."""

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from sim.cli.folder import check, check_writable, staged
from sim.cli.interrupt import Interrupts
from sim.cli.progress import Progress, tell_left_out
from sim.cli.stored import draw_figures, write_about
from sim.cli.summary import footing_text, headline_text, labelled
from sim.config.job import Job
from sim.errors import Problem, ThroughflowError, gather

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


def check_folders(job: Job) -> None:
    """Refuse before the run what would be refused after it: folders that hold something else or cannot be written.

    Raises:
        ThroughflowError: all that is wrong with the folders of results and of figures.
    """
    figures = job.figures.folder if job.figures.names != () else None
    gather(
        lambda: check(job.output.folder, identity=job.identity, replace=job.output.replace),
        lambda: figures and check_writable(figures, "figure.folder"),
    )


def carry_out(job: Job, *, workers: int) -> None:
    """Run the study of ``job``, write its folder, draw its figures and print a summary.

    Arguments:
        job: what was asked for and found in order.
        workers: processes to use.

    Raises:
        ThroughflowError: the folder is refused, a run fails, or a figure cannot be drawn (results are kept then).
    """
    for warning in job.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    failures: list[Problem] = []
    drawn: tuple[Path, ...] = ()
    with staged(job.output.folder, identity=job.identity, replace=job.output.replace) as staging, Interrupts() as keys:
        with keys.held():
            for room in ("sim.experiment.study", "sim.results", "sim.analysis.outcomes"):
                import_module(room)
        dataset = _run(job, workers, keys)
        table = _headline(dataset, job)
        _store(dataset, job, table=table, folder=staging)
        if job.figures.folder is None:
            drawn = draw_figures(dataset, job, staging / "figures", failures=failures)
        keys.check()
    if job.figures.folder is not None:
        drawn = draw_figures(dataset, job, job.figures.folder, failures=failures)
    _tell(dataset, job, table=table, figures=len(drawn))
    if failures:
        raise ThroughflowError(
            [
                *failures,
                Problem(
                    str(job.output.folder),
                    "results without all figures",
                    "drawing stopped, see above",
                    f"the results are kept; `throughflow draw {job.output.folder}` draws again",
                ),
            ]
        )


def _run(job: Job, workers: int, keys: Interrupts) -> "xr.Dataset":
    from sim.experiment.study import run_study

    with Progress(len(job.study.scenarios), "scenario") as progress:

        def tell(name: str, done: int, total: int) -> None:
            keys.check()
            progress.tell(name, done, total)

        dataset = run_study(job.study, progress=tell, workers=workers, config=job.text)
    dataset.attrs |= {"experiment": job.identity, "warnings": json.dumps(job.warnings, ensure_ascii=False), **job.footing}
    return dataset


def _headline(dataset: "xr.Dataset", job: Job) -> "pd.DataFrame | str":
    """Return the table of outcomes, or why there is none, for example because not every variable is recorded."""
    from sim.analysis.outcomes import headline

    try:
        table = headline(dataset)
        return "none of the model's outcomes is recorded" if table.empty else table
    except ThroughflowError as error:
        if job.study.record is None:
            raise
        return "; ".join(f"{problem.where}: {problem.what}" for problem in error.problems)


def _store(dataset: "xr.Dataset", job: Job, *, table: "pd.DataFrame | str", folder: Path) -> None:
    from sim import results

    results.save_netcdf(dataset, folder / "results.nc")
    if not isinstance(table, str):
        people = labelled(table, dataset, job.study.model.parent)
        people.to_csv(folder / "summary.csv", index=False, lineterminator="\n")
    write_about(dataset, job, folder)


def _tell(dataset: "xr.Dataset", job: Job, *, table: "pd.DataFrame | str", figures: int) -> None:
    print(f"no summary: {table}" if isinstance(table, str) else headline_text(table))
    left_out = {} if isinstance(table, str) else table.attrs.get("left_out", {})
    for reason in dict.fromkeys(left_out.values()):
        print(f"not in the summary: {', '.join(name for name in left_out if left_out[name] == reason)} ({reason})")
    error = float(dataset.attrs.get("integration_error", float("nan")))
    print(footing_text(job.footing))
    print(f"integration error {error:.1e}, relative, worst variable {dataset.attrs.get('integration_error_of', '?')}")
    print(f"results  {job.output.folder} ({', '.join(sorted(path.name for path in job.output.folder.iterdir()))})")
    if figures:
        print(f"figures  {job.figures.folder or job.output.folder / 'figures'} ({figures})")
        if job.figures.names is None:
            tell_left_out(dataset)
