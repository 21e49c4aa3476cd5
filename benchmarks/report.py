"""What was measured, as tables for people and as plain data for machines."""

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import llvmlite.binding as llvm

from benchmarks.costs import Share
from benchmarks.growth import Point, Start
from benchmarks.session import Row

HERE = Path(__file__).resolve().parent
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
OURS = "compiled, Euler"

LIBRARIES = ("numpy", "scipy", "llvmlite", "pysd", "pysimlin")


@dataclass(frozen=True)
class Target:
    """A ratio that is aimed at: runs of ours for each run of ``rival``, on models whose title begins with ``case``."""

    case: str
    rival: str
    ratio: float


TARGETS = (
    Target("generic mid-size", "simlin", 25.0),
    Target("generic mid-size", "scalar C, gcc -O3", 4.5),
    Target("wrld3-03", "simlin", 70.0),
    Target("flagship", "NumPy", 10.0),
)


@dataclass(frozen=True)
class Table:
    """A table: ``title``, what ``head`` calls its columns, and its ``rows``."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Results:
    """All that one session measured.

    Attributes:
        environment: date, processor, versions, and how busy the machine was before and after.
        rounds: turns of each engine.
        rows: engines by case.
        points: how cost grows.
        starts: cold and cached starts.
        peak: 10^9 floating-point operations a core can do in a second.
        single: the same, of single numbers instead of vectors.
        shares: where the time goes, by case.
        models: what each case is.
    """

    environment: Mapping[str, str]
    rounds: int
    rows: Sequence[Row] = ()
    points: Sequence[Point] = ()
    starts: Sequence[Start] = ()
    peak: float = 0.0
    single: float = 0.0
    shares: Sequence[Share] = ()
    models: Mapping[str, str] = field(default_factory=dict)


def environment() -> dict[str, str]:
    """Return date, kind of processor and versions."""
    found = {"date": date.today().isoformat(), "processor": processor(), "python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "none"
    return found


def processor() -> str:
    """Return the kind of processor, as the compiler names it, and how many there are."""
    return f"{llvm.get_host_cpu_name()}, {os.cpu_count()} processors"


def load() -> str:
    """Return how many processes wanted a processor in the last minute, on average."""
    return f"{os.getloadavg()[0]:.1f}"


def tables(results: Results) -> list[Table]:
    """Return every table of a session."""
    found = [_targets(results.rows)] if results.rows else []
    for case in dict.fromkeys(row.case for row in results.rows):
        title = f"{case}: {results.models.get(case, '')}"
        found.append(_engines(title, [row for row in results.rows if row.case == case]))
    if results.shares:
        found.append(_shares(results.shares, results))
    if results.points:
        found.append(_points(results.points))
    if results.starts:
        found.append(_starts(results.starts))
    return found


def _engines(title: str, rows: Sequence[Row]) -> Table:
    ours = next((row.runs_per_second for row in rows if row.engine == OURS), 0.0)
    head = ("engine", "runs/s a core", "on the clock", "ms a run", "ours is faster by", "differs by", "rounds", "note")
    return Table(title, head, tuple(_engine(row, ours) for row in rows))


def _engine(row: Row, ours: float) -> tuple[str, ...]:
    if row.problem:
        return (row.engine, "", "", "", "", "", "", f"not run: {row.problem}")
    differs = f"{row.deviation:.1e}" + ("" if row.agrees else " DISAGREES")
    return (
        row.engine,
        _number(row.runs_per_second),
        _number(row.runs_per_second_wall),
        _number(1e3 / row.runs_per_second),
        _number(ours / row.runs_per_second) if ours else "",
        differs,
        str(row.rounds),
        row.note,
    )


def _targets(rows: Iterable[Row]) -> Table:
    listed, found = list(rows), []
    for target in TARGETS:
        speeds = {row.engine: row.runs_per_second for row in listed if row.case == target.case and not row.problem}
        rivals = [speed for name, speed in speeds.items() if name.startswith(target.rival) and "fast-math" not in name]
        if OURS not in speeds or not rivals:
            continue
        ratio = speeds[OURS] / max(rivals)
        verdict = "reached" if ratio >= target.ratio else "missed"
        found.append((target.case, target.rival, f"{target.ratio:g}", f"{ratio:.1f}", verdict))
    head = ("model", "against", "aimed at", "measured", "")
    return Table("Ratios: runs of ours for each run of theirs, Euler at equal step, one core", head, tuple(found))


def _shares(shares: Sequence[Share], results: Results) -> Table:
    kinds = list(shares[0].parts)
    head = ("model", "operations a step", "10^9 a second", "of the peak", *kinds)
    rows = tuple(
        (
            share.case,
            f"{share.flops_per_step:.0f}",
            f"{share.gigaflops:.1f}",
            f"{share.of_peak:.0%}",
            *(f"{share.parts[kind]:.0%}" for kind in kinds),
        )
        for share in shares
    )
    peak = f"{results.peak:.1f} * 10^9 operations a second, {results.single:.1f} of them with single numbers"
    return Table(f"Where the compiled kernel's time goes; the core's peak is {peak}", head, rows)


def _points(points: Sequence[Point]) -> Table:
    head = ("what grows", "times", "states", "steps", "members", "microseconds a run", "ns a run, step and state")
    rows = tuple(
        (
            point.what,
            str(point.at),
            str(point.states),
            str(point.steps),
            str(point.members),
            _number(point.microseconds),
            _number(1e3 * point.microseconds / point.states / point.steps),
        )
        for point in points
    )
    return Table("How cost grows: the generated model, Euler, one call of so many members", head, rows)


def _starts(starts: Sequence[Start]) -> Table:
    head = ("model", "cache", "imports s", "read s", "prepare s", "compile and 16 runs s", "whole s", "one warm run ms")
    rows = tuple(
        (
            start.case,
            start.cache,
            *(_number(value) for value in (start.imports, start.read, start.prepare, start.first, start.whole)),
            _number(start.warm_run_ms),
        )
        for start in starts
    )
    return Table("A new process, seconds on the clock", head, rows)


def _number(value: float) -> str:
    """Return ``value`` with three digits, thousands apart."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def plain(table: Table) -> str:
    """Return ``table`` for a terminal."""
    widths = [max(map(len, column)) for column in zip(table.head, *table.rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (table.head, *table.rows)
    ]
    return "\n".join([table.title, *(f"  {line}" for line in lines)])


def markdown(table: Table) -> str:
    """Return ``table`` for a README."""
    rows = (table.head, tuple("---" for _ in table.head), *table.rows)
    return "\n".join([f"**{table.title}**", "", *("| " + " | ".join(row) + " |" for row in rows)])


def save(results: Results, folder: Path = HERE / "results") -> Path:
    """Write ``results`` as JSON into ``folder``, named after the kind of processor, and return the file."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{results.environment['processor'].replace(', ', '-').replace(' ', '-')}.json"
    path.write_text(json.dumps(asdict(results), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def renew(results: Results, readme: Path = HERE / "README.md") -> None:
    """Put the tables of ``results`` into the README between its marks."""
    text = readme.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    told = "; ".join(f"{name} {value}" for name, value in results.environment.items())
    parts = [f"Measured: {told}; {results.rounds} rounds, a third of them for slow engines.", *map(markdown, tables(results))]
    readme.write_text(f"{head}{BEGIN}\n\n" + "\n\n".join(parts) + f"\n\n{END}{tail}", encoding="utf-8")
