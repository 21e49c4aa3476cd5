"""Carrying out a checked job: run, store, draw, sum up; the folder of results appears whole or not at all."""

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli.folder import staged
from sim.cli.interrupt import Interrupts
from sim.cli.progress import Progress
from sim.cli.summary import headline_text
from sim.config.job import Job
from sim.errors import Problem, ThroughflowError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


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
    refused_figures = _figure_problems(job)
    if refused_figures:
        raise ThroughflowError(refused_figures)
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
            drawn = _draw(dataset, job, staging / "figures", failures=failures)
        keys.check()
    if job.figures.folder is not None:
        drawn = _draw(dataset, job, job.figures.folder, failures=failures)
    _tell(dataset, job, table=table, figures=len(drawn))
    if failures:
        raise ThroughflowError([*failures, Problem(
            str(job.output.folder), "results without all figures", "drawing stopped, see above",
            f"the results are kept; `throughflow draw {job.output.folder}` draws again")])


def _figure_problems(job: Job) -> list[Problem]:
    """Return figures asked for by a name that the gallery does not know."""
    if not job.figures.names:
        return []
    from sim.errors import nearest
    from sim.show import gallery

    known = gallery.names()
    return [Problem("figure.names", f"no figure called {name!r}", f"there are {', '.join(known)}",
                    nearest(name, known) or "figure=all draws every figure")
            for name in job.figures.names if name not in known]


def _run(job: Job, workers: int, keys: Interrupts) -> "xr.Dataset":
    from sim.experiment.study import run_study

    with Progress(len(job.study.scenarios), "scenario") as progress:

        def tell(name: str, done: int, total: int) -> None:
            keys.check()
            progress.tell(name, done, total)

        dataset = run_study(job.study, progress=tell, workers=workers, config=job.text)
    dataset.attrs |= {"experiment": job.identity, "warnings": json.dumps(job.warnings, ensure_ascii=False)}
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
        table.to_csv(folder / "summary.csv", index=False, lineterminator="\n")
    (folder / "config.yaml").write_text(job.text, encoding="utf-8")
    told: dict[str, Any] = {"experiment": job.identity, "overrides": list(job.overrides),
                            "warnings": list(job.warnings), **results.provenance(dataset)}
    (folder / "provenance.json").write_text(json.dumps(told, ensure_ascii=False, indent=2, sort_keys=True) + "\n",
                                            encoding="utf-8")
    if job.warnings:
        (folder / "warnings.txt").write_text("\n".join(job.warnings) + "\n", encoding="utf-8")


def _draw(dataset: "xr.Dataset", job: Job, folder: Path, *, failures: list[Problem]) -> tuple[Path, ...]:
    """Return the figures drawn into ``folder``; why drawing stopped goes to ``failures``, as the run itself went well."""
    if job.figures.names == ():
        return ()
    from sim.show import gallery

    try:
        with Progress(0, "figure") as progress:
            return gallery.draw(dataset, folder, job.figures.names, progress=progress.tell)
    except ThroughflowError as error:
        failures += error.problems
        return ()


def _tell(dataset: "xr.Dataset", job: Job, *, table: "pd.DataFrame | str", figures: int) -> None:
    print(f"no summary: {table}" if isinstance(table, str) else headline_text(table))
    error = float(dataset.attrs.get("integration_error", float("nan")))
    print(f"integration error {error:.1e}, relative, worst variable {dataset.attrs.get('integration_error_of', '?')}")
    print(f"results  {job.output.folder} ({', '.join(sorted(path.name for path in job.output.folder.iterdir()))})")
    if figures:
        print(f"figures  {job.figures.folder or job.output.folder / 'figures'} ({figures})")
