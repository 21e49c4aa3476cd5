"""Carrying out a calibration: its tables, posterior and figures in a folder that appears whole or not at all."""

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from sim.cli.calibration_report import report
from sim.cli.calibration_text import planned, summary
from sim.cli.folder import staged
from sim.cli.interrupt import Interrupts
from sim.cli.progress import StageProgress, tell_left_out
from sim.cli.stored import draw_figures, write_about
from sim.cli.table_package import write_tables
from sim.config.calibration import counts
from sim.config.job import Job
from sim.errors import Problem, ThroughflowError

if TYPE_CHECKING:
    from sim.experiment.calibrate import Outcome


def carry_out_calibration(job: Job, *, threads: int | None) -> None:
    """Fit, write the folder, draw its figures and print a summary.

    Arguments:
        job: what was asked for and found in order, with a calibration.
        threads: processor threads to use; ``None`` for one per processor.

    Raises:
        ThroughflowError: the folder is refused, the fit fails, or a figure cannot be drawn (results are kept then).
        KeyboardInterrupt: Ctrl-C; nothing is half-written.
    """
    for warning in job.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    failures: list[Problem] = []
    drawn: tuple[Path, ...] = ()
    with staged(job.output.folder, identity=job.identity, replace=job.output.replace) as staging, Interrupts() as keys:
        with keys.held():
            for room in ("sim.experiment.calibrate", "sim.results"):
                import_module(room)
        outcome = _fitted(job, staging, threads, keys)
        _store(outcome, job, staging)
        if job.figures.folder is None:
            drawn = draw_figures(outcome.dataset, job, staging / "figures", failures=failures)
        keys.check()
    if job.figures.folder is not None:
        drawn = draw_figures(outcome.dataset, job, job.figures.folder, failures=failures)
    _tell(outcome, job, figures=len(drawn))
    if failures:
        what, why = "results without all figures", "drawing stopped, see above"
        cure = f"the results are kept; `throughflow draw {job.output.folder}` draws again"
        raise ThroughflowError([*failures, Problem(str(job.output.folder), what, why, cure)])


def plan(job: Job) -> str:
    """Return what the calibration of ``job`` would do: targets, uncertain constants, runs."""
    assert job.calibration is not None
    return planned(job.calibration, counts())


def _fitted(job: Job, folder: Path, threads: int | None, keys: Interrupts) -> "Outcome":
    from sim.experiment.calibrate import calibrate

    assert job.calibration is not None
    with StageProgress() as progress:

        def tell(stage: str, done: int, total: int) -> None:
            keys.check()
            progress.tell(stage, done, total)

        outcome = calibrate(job.calibration, folder=folder, threads=threads, progress=tell)
    told = {"experiment": job.identity, "warnings": json.dumps(job.warnings, ensure_ascii=False), "config": job.text}
    outcome.dataset.attrs |= told
    return outcome


def _store(outcome: "Outcome", job: Job, folder: Path) -> None:
    from sim import results

    results.save_netcdf(outcome.dataset, folder / "results.nc")
    write_tables(outcome.dataset, folder, name="calibration")
    (folder / "report.md").write_text(report(outcome.dataset, outcome.notes), encoding="utf-8")
    write_about(outcome.dataset, job, folder, notes=outcome.notes)


def _tell(outcome: "Outcome", job: Job, *, figures: int) -> None:
    print(summary(outcome.dataset))
    for note in outcome.notes:
        print(f"note: {note}")
    print(f"results  {job.output.folder} ({', '.join(sorted(path.name for path in job.output.folder.iterdir()))})")
    if figures:
        print(f"figures  {job.figures.folder or job.output.folder / 'figures'} ({figures})")
        if job.figures.names is None:
            tell_left_out(outcome.dataset)
