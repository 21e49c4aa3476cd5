"""``throughflow run``: a study from Hydra's overrides to stored results, figures and a short summary."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sim.cli.options import Parser
from sim.errors import Problem, ThroughflowError, gather, raise_if
from sim.experiment.processors import processors

if TYPE_CHECKING:
    from sim.config.job import Job

DESCRIPTION = """\
Run a study of the flagship model: scenarios, results, figures, summary.

Overrides choose in a group (study=package package=R3 world/geopolitics=thaw) or set a key (horizon.stop=2045
measures.R3_1.start=2028 parameters.rule_making_time=3 output.folder=results/mine). Everything is checked before
anything runs, and all that is wrong is told at once."""

EXAMPLES = """\
examples:
  throughflow run
  throughflow run study=package package=R3 measures.R3_1.start=2028
  throughflow run -m package=R1,R2,R3 figure=none
  throughflow run study=packages ensemble=sobol ensemble.size=10000
  throughflow run -m package=none,R1,all world.tension_US.scale='interval(0.7,1.3)' hydra/sweeper=ensemble
  throughflow run --cfg job measures.R3_1.start=2028 --package measures.R3_1
  throughflow run --config-dir my_configs study=mine
  throughflow run study=calibration
  throughflow run study=package package=R3 ensemble=posterior"""


def parser() -> Parser:
    """Return the options of the verb."""
    made = Parser("run", description=DESCRIPTION)
    made.add_argument("overrides", nargs="*", metavar="group=name|key=value", help="what to choose or set")
    made.add_argument(
        "--config-dir",
        "-cd",
        action="append",
        default=[],
        type=Path,
        metavar="DIR",
        help="a folder of your own configs, searched after the shipped ones; may be repeated",
    )
    made.add_argument(
        "--multirun",
        "-m",
        action="store_true",
        help="run every combination of swept values (key=1,2,3  key=range(0,10,2)  group=glob(*))",
    )
    made.add_argument("--cfg", "-c", choices=("job",), help="print the composed config and stop")
    made.add_argument("--package", "-p", metavar="KEY", help="with --cfg: only this part of it")
    made.add_argument("--resolve", action="store_true", help="accepted for Hydra's sake: references are always resolved")
    made.add_argument("--info", "-i", choices=("defaults", "searchpath"), help="tell what configs are used and stop")
    made.add_argument("--dry-run", action="store_true", help="check everything, list the scenarios and stop")
    made.add_argument(
        "--workers",
        type=int,
        default=0,
        metavar="N",
        help="processes, for an ensemble threads, to use; results do not depend on it (default: one per processor)",
    )
    return made


def main(arguments: Sequence[str]) -> int:
    """Run the verb with ``arguments`` and return the exit code.

    Raises:
        ThroughflowError: everything that is wrong with the overrides, or the run's own refusal.
    """
    made = parser()
    if any(argument in ("-h", "--help") for argument in arguments):
        made.epilog = _groups(arguments) + "\n" + EXAMPLES
        print(made.format_help(), end="")
        return 0
    options = made.read(arguments)
    if options.workers < 0:
        raise ThroughflowError(
            Problem(
                "command line",
                f"--workers {options.workers}",
                "a run needs at least one process",
                "give --workers 1, or leave it out",
            )
        )
    if options.info:
        return _inform(options)
    if options.cfg:
        return _show(options)
    if options.package or options.resolve:
        raise ThroughflowError(
            Problem(
                "command line",
                "--package or --resolve without --cfg",
                "they say what of the config is printed",
                "add --cfg job",
            )
        )
    jobs = _jobs(options)
    from sim.cli.study import check_folders

    gather(*(partial(check_folders, job) for job in jobs))
    if options.dry_run:
        return _list(jobs)
    for number, job in enumerate(jobs, 1):
        if len(jobs) > 1:
            print(f"job {number} of {len(jobs)}: {' '.join(job.overrides)}")
        _carry_out(job, options.workers)
    return 0


def _carry_out(job: "Job", workers: int) -> None:
    if job.calibration is not None:
        from sim.cli.calibration import carry_out_calibration

        carry_out_calibration(job, threads=workers or None)
    elif job.ensemble is not None:
        from sim.cli.ensemble import carry_out_ensemble

        carry_out_ensemble(job, threads=workers or None)
    else:
        from sim.cli.study import carry_out

        carry_out(job, workers=workers or min(processors(), len(job.study.scenarios)))


def _groups(arguments: Sequence[str]) -> str:
    from sim.config.information import group_options

    folders = [Path(folder) for flag, folder in zip(arguments, arguments[1:], strict=False) if flag in ("--config-dir", "-cd")]
    rows = [f"  {group:20} {', '.join(names)}" for group, names in group_options(folders).items()]
    return "\n".join(
        [
            "groups (group=name):",
            *rows,
            "",
            "keys (key=value):",
            "  horizon.start horizon.stop horizon.save     calendar years; years between stored values",
            "  measures.R3_1.active|start|ramp|intensity|mode|scale_up_delay",
            "  parameters.NAME, world.tension_US.scale, world.border_people, solver.step",
            "  output.folder output.replace figure.names figure.folder",
            "  ensemble.size ensemble.seed ensemble.uncertainties ensemble.except ensemble.keep ensemble.save",
            "  uncertainty.NAME.distribution|low|central|high",
            "  study.questions.NAME.SETTING study.packages.combinations|permutations|grid|switches (throughflow ask --list)",
            "  study.particles study.moves study.importance study.vectors study.truths study.seed (study=calibration)",
            "",
            "ensembles: ensemble=sobol runs every scenario in ensemble.size worlds; an interval, such as",
            "  parameters.dilution='interval(0.2,0.7)', is drawn in each; with -m hydra/sweeper=ensemble numbers given as",
            "  1,2,3 or range(1,4) are axes within one job, and only groups and texts make further jobs",
            "",
            "  `throughflow run --cfg job` shows them all\n",
        ]
    )


def _inform(options: argparse.Namespace) -> int:
    from sim.config import information

    told = (
        information.search_path(options.config_dir)
        if options.info == "searchpath"
        else information.defaults_list(options.overrides, options.config_dir)
    )
    print(told, end="")
    return 0


def _show(options: argparse.Namespace) -> int:
    """Print the composed config, Hydra's ``--cfg job``; only what composing refuses is refused here."""
    from sim.config.composition import compose
    from sim.config.job import config_text
    from sim.errors import nearest

    composition = compose(options.overrides, options.config_dir)
    raise_if(composition.problems)
    shown = composition.config
    for part in (options.package or "").split(".") if options.package not in (None, "_global_") else ():
        if not isinstance(shown, dict) or part not in shown:
            names = list(shown) if isinstance(shown, dict) else []
            raise ThroughflowError(
                Problem(
                    "command line",
                    f"--package {options.package}",
                    f"the config has no {part!r} there",
                    nearest(part, names) or "`--cfg job` alone prints all of it",
                )
            )
        shown = shown[part]
    print(config_text(shown) if isinstance(shown, dict) else f"{shown}\n", end="")
    return 0


def _jobs(options: argparse.Namespace) -> "list[Job]":
    from sim.config.job import read_job
    from sim.config.sweep import SWEEPER, expand, take_sweeper

    asked, sweeper = take_sweeper(options.overrides)
    if not options.multirun:
        raise_if(
            Problem("command line", f"{SWEEPER}={sweeper}", "it says how -m sweeps", "add -m, or leave it out")
            for _ in range(len(options.overrides) - len(asked))
        )
        return [read_job(asked, options.config_dir)]
    from sim.config.loader import make

    loader = make(options.config_dir)
    jobs: list[Job] = []
    problems: dict[Problem, None] = {}
    for overrides in expand(asked, options.config_dir, sweeper=sweeper):
        try:
            job = read_job(overrides, options.config_dir, loader=loader)
        except ThroughflowError as error:
            problems |= dict.fromkeys(error.problems)
            continue
        jobs.append(_apart(job, overrides))
    raise_if(problems)
    folders = [job.output.folder for job in jobs]
    raise_if(
        Problem(
            f"command line: {' '.join(job.overrides)}",
            "the same experiment as another job",
            "both would be written to one folder",
            "sweep what changes the experiment",
        )
        for job in jobs
        if folders.count(job.output.folder) > 1
    )
    return jobs


def _apart(job: "Job", overrides: Sequence[str]) -> "Job":
    """Return ``job`` with folders of its own inside those that all jobs of a multirun were given."""
    own = f"{job.study.name.replace('/', '-')}-{job.identity[:8]}"
    if any(override.startswith("output.folder=") for override in overrides):
        job = replace(job, output=replace(job.output, folder=job.output.folder / own))
    if job.figures.folder is not None:
        job = replace(job, figures=replace(job.figures, folder=job.figures.folder / own))
    return job


def _list(jobs: "Sequence[Job]") -> int:
    from sim.cli.summary import footing_text

    for job in jobs:
        for warning in job.warnings:
            print(f"warning: {warning}", file=sys.stderr)
        print(
            f"study {job.study.name}, {job.study.start:g} to {job.study.stop:g}, {job.study.solver.method}, "
            f"experiment {job.identity[:8]}, into {job.output.folder}"
        )
        if job.calibration is not None:
            from sim.cli.calibration import plan as plan_of_calibration

            print(plan_of_calibration(job))
        if job.ensemble is not None:
            from sim.cli.ensemble import plan

            print(plan(job))
        if job.footing:
            print(f"  {footing_text(job.footing)}")
        for scenario in job.study.scenarios:
            print(f"  {scenario.name:20} {scenario.label_en:32} {len(scenario.parameters)} values changed")
    return 0
