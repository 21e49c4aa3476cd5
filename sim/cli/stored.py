"""What every folder of results holds beside its numbers: config, provenance, warnings, figures."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli.progress import Progress
from sim.config.job import Job
from sim.errors import Problem, ThroughflowError

if TYPE_CHECKING:
    import xarray as xr


def write_about(dataset: "xr.Dataset", job: Job, folder: Path, *, notes: Sequence[str] | None = None) -> None:
    """Write the composed config, the provenance and, if there are any, the warnings of ``job`` into ``folder``.

    Arguments:
        dataset: the result.
        job: what was asked.
        folder: where the files go.
        notes: what people should know of the result, if it may bring notes.
    """
    from sim import results

    (folder / "config.yaml").write_text(job.text, encoding="utf-8")
    told: dict[str, Any] = {
        **results.provenance(dataset),
        "experiment": job.identity,
        "overrides": list(job.overrides),
        "warnings": list(job.warnings),
        **({} if notes is None else {"notes": list(notes)}),
    }
    (folder / "provenance.json").write_text(
        json.dumps(told, ensure_ascii=False, indent=2, sort_keys=True, default=str) + "\n", encoding="utf-8"
    )
    if job.warnings:
        (folder / "warnings.txt").write_text("\n".join(job.warnings) + "\n", encoding="utf-8")


def draw_figures(dataset: "xr.Dataset", job: Job, folder: Path, *, failures: list[Problem]) -> tuple[Path, ...]:
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
