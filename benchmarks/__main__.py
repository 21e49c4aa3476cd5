"""``python -m benchmarks [MODEL.mdl ...]``: every engine on every model in one session."""

import argparse
import sys
import time
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import cases, costs, growth, peak, report, session
from benchmarks.cases import Case
from benchmarks.engines import Setting
from sim.errors import EXIT_REFUSED, ThroughflowError

ROUNDS, SECONDS = 9, 0.4
"""Turns of each engine, and how long a turn takes."""

QUICK_ROUNDS, QUICK_SECONDS, QUICK_MEMBERS = 2, 0.05, 256


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and write what was measured; return the exit code."""
    asked = _parser().parse_args(arguments)
    warnings.simplefilter("ignore")  # PySD and NumPy remark on what is measured here
    began = time.perf_counter()

    def tell(what: str) -> None:
        print(f"{time.perf_counter() - began:7.0f} s  {what}", file=sys.stderr, flush=True)

    with TemporaryDirectory() as folder:
        scratch = Path(folder)
        try:
            chosen = _cases(asked, scratch)
        except ThroughflowError as error:
            print(error, file=sys.stderr)
            return EXIT_REFUSED
        results = _measured(chosen, asked, Setting(scratch, asked.trusted), tell)
    for table in report.tables(results):
        print(report.plain(table), end="\n\n")
    print("; ".join(f"{name} {value}" for name, value in results.environment.items()))
    if not asked.quick:
        tell(f"written to benchmarks/results/{report.save(results).name}")
    if asked.write:
        report.renew(results)
    wrong = [
        row
        for row in results.rows
        if row.engine.startswith(("compiled", "NumPy", "scalar C")) and not (row.agrees or row.problem)
    ]
    for row in wrong:
        print(f"{row.case}: {row.engine} differs from ours by {row.deviation:.1e}", file=sys.stderr)
    return 1 if wrong else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure every engine on every model.")
    parser.add_argument("models", nargs="*", type=Path, help="further Vensim models")
    parser.add_argument(
        "--quick", action="store_true", help="the generated model alone, fast engines, few turns, nothing written"
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"turns of each engine ({ROUNDS})")
    parser.add_argument(
        "--trusted", action="store_true", help="let PySD, which runs a model's text as a program, run further models"
    )
    parser.add_argument("--write", action="store_true", help="renew the tables in benchmarks/README.md")
    return parser


def _cases(asked: argparse.Namespace, scratch: Path) -> list[Case]:
    own = [cases.generic(scratch)] if asked.quick else [cases.flagship(), cases.generic(scratch)]
    return own + [cases.other(path) for path in asked.models]


def _measured(chosen: list[Case], asked: argparse.Namespace, setting: Setting, tell: session.Teller) -> report.Results:
    rounds = QUICK_ROUNDS if asked.quick else asked.rounds
    seconds = QUICK_SECONDS if asked.quick else SECONDS
    before, best = report.load(), peak.peak()
    plan = session.Plan(rounds, seconds, not asked.quick, setting)
    rows = session.rows(chosen, plan, tell)
    tell("where the time goes")
    speeds = {row.case: row.runs_per_second for row in rows if row.engine == report.OURS and not row.problem}
    shares = [
        costs.shares(case, case.prepared(), runs_per_second=speeds[case.title], peak=best)
        for case in chosen
        if case.title in speeds
    ]
    tell("how cost grows")
    most = QUICK_MEMBERS if asked.quick else cases.MOST_MEMBERS
    points = growth.points(setting.scratch, rounds=min(rounds, 5), most=most)
    tell("cold and cached starts")
    starts = [start for case in chosen for start in growth.starts(case, rounds=1 if asked.quick else 3)]
    found = {**report.environment(), "load before": before, "load after": report.load()}
    return report.Results(
        found,
        rounds,
        rows=rows,
        points=points,
        starts=starts,
        peak=best,
        single=peak.peak(widths=(1,)),
        shares=shares,
        models={case.title: str(case) for case in chosen},
    )


if __name__ == "__main__":
    sys.exit(main())
