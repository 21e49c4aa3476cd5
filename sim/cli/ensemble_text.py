"""What people read of an ensemble: the plan before it runs, how it ended, and the table of outcomes."""

import math
import shutil
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sim.cli.summary import number_text, shown_outcomes
from sim.config.job import Job
from sim.experiment.processors import processors
from sim.results.status import REFINED, STATUS, WELL

if TYPE_CHECKING:
    import pandas as pd

    from sim.config.ensemble import Sampling
    from sim.config.uncertainty import Uncertain
    from sim.experiment.ensemble import Outcome
    from sim.model.ir import Model

MOST_SCENARIOS = 12
"""Scenarios of the table; the file holds them all."""

MOST_POINTS = 6
"""Points of the axes of which tables are shown."""

MOST_NAMES = 8
"""Outcomes named that could not be told."""

NARROWEST = 72
_NAME, _LEVEL, _CELL = 24, 26, 22


def planned(job: Job, model: "Model") -> str:
    """Return what the ensemble of ``job`` would do, as text: runs, what is drawn, step, room on disk and in memory."""
    assert job.ensemble is not None and job.sampling is not None
    design, study = job.ensemble.design, job.study
    scenarios = len(study.scenarios)
    rows = sum(math.prod(model.shape(model.find(name))) for name in study.record or ())
    times = round((study.stop - study.start) / study.save) + 1
    block = min(job.ensemble.block, design.size)
    variables = f"{_count(len(study.record or ()), 'variable')} ({_count(rows, 'number')})"
    bytes_of_block = 4 * rows * times * block
    kept = 4 * rows * times * design.size * scenarios if job.ensemble.keep == "series" else 8 * rows * times * scenarios * 15
    lines = [
        f"  {_count(scenarios, 'scenario')} x {_count(design.size, 'world')} = {_count(scenarios * design.size, 'run')}",
        f"  {_worlds(job.sampling)}; alike in every scenario",
        f"  {variables} at {times} times, every {study.save:g} years",
        f"  {study.solver.method}, {_step(job)}",
        f"  about {_bytes(kept + 8 * len(design.uncertainties) * design.size)} on disk; "
        f"blocks of {block} worlds, about {_bytes(bytes_of_block * (processors() + 1))} of them in memory at a time",
        *_drawn(job.sampling.uncertain),
    ]
    return "\n".join(lines)


def _worlds(sampling: "Sampling") -> str:
    posterior = sampling.posterior
    if posterior is None:
        return f"worlds drawn by {sampling.design.sampler}, seed {sampling.design.seed}"
    count = sampling.design.size // sampling.design.points
    return (
        f"worlds are the first {count} of {posterior.vectors} vectors of the posterior {str(posterior.about['posterior'])[:8]}"
    )


def _drawn(uncertain: "Sequence[Uncertain]") -> list[str]:
    """Return lines that say what is drawn: the rules first, then every uncertainty with its points and basis."""
    rules = Counter((one.distribution, one.rule) for one in uncertain if one.basis != "asked")
    lines = [f"  {len(uncertain)} uncertain:", *(f"    {count} {law}: {rule}" for (law, rule), count in rules.most_common())]
    width = max(len(one.name) for one in uncertain)
    for one in uncertain:
        also = f"; sets {' and '.join(one.targets)}" if one.targets[1:] else ""
        basis = "as asked" if one.basis == "asked" else f"basis {one.basis}"
        lines.append(f"    {one.name:<{width}}  {one} {one.unit} ({basis}{also})".replace("  (", " ("))
    return lines


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _step(job: Job) -> str:
    step = job.study.solver.step
    if step is not None:
        return f"step {step:g} years"
    return "the largest step whose estimated error is at most 0.1 %, found when the run begins"


def _bytes(count: float) -> str:
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:,.1f} GB"


def ending(outcome: "Outcome", job: Job, error: float) -> str:
    """Return how many runs there are, how they ended, and what people should know of them; ``error`` is that of integration."""
    rate = f", {outcome.computed / outcome.seconds:,.0f} runs/s" if outcome.computed and outcome.seconds > 0 else ""
    well = {STATUS[code] for code in WELL}
    failed = {word: count for word, count in outcome.counts.items() if count and word not in well}
    finer = outcome.counts.get(STATUS[REFINED], 0)
    lines = [
        f"{outcome.runs:,} runs ({outcome.computed:,} made now in {outcome.seconds:.0f} s{rate}), "
        f"{job.study.solver.method} with step {outcome.step:g} (integration error {error:.1e}), {outcome.engine}",
        "every run ended well" + (f", {finer:,} with a finer step" if finer else "")
        if not failed
        else "FAILED: "
        + ", ".join(f"{count:,} {word}" for word, count in failed.items())
        + "; statistics leave these worlds out",
    ]
    return "\n".join([*lines, *(f"note: {report}" for report in outcome.reports)])


def table_text(table: "pd.DataFrame", *, width: int | None = None) -> str:
    """Return the table of :func:`sim.analysis.ensembles.paired` as text.

    A line per outcome: the baseline's median with its range, then for each scenario the median of the paired difference and,
    in brackets, its 5 and 95 % points; in % of the baseline where that is defined. One block for each point of the axes.
    """
    width = max(NARROWEST, width or shutil.get_terminal_size((120, 24)).columns)
    fixed = {"outcome", "group", "scenario", "units", "year", "members"}
    axes = [str(name) for name in table.columns if name not in fixed and "%" not in str(name) and "median" not in str(name)]
    blocks = [("", table)]
    if axes:
        grouped = table.groupby(axes, sort=False)
        blocks = [(", ".join(f"{name}={value:g}" for name, value in _named(axes, point)), part) for point, part in grouped]
    told = [line for title, part in blocks[:MOST_POINTS] for line in _block_text(part, title, width)]
    names = _scenarios(table)
    left = [f"{len(names) - MOST_SCENARIOS} further scenarios"] if len(names) > MOST_SCENARIOS else []
    left += [f"{len(blocks) - MOST_POINTS} further points"] if len(blocks) > MOST_POINTS else []
    told += [f"{' and '.join(left)} stand in summary.csv"] if left else []
    left_out = table.attrs.get("left_out", {})
    for reason in dict.fromkeys(left_out.values()):
        names = [name for name, told_of in left_out.items() if told_of == reason]
        more = f", ... ({len(names)} in all)" if len(names) > MOST_NAMES else ""
        told.append(f"not in the summary: {', '.join(names[:MOST_NAMES])}{more} ({reason})")
    return "\n".join(told)


def _named(axes: Sequence[str], point: Any) -> list[tuple[str, float]]:
    return list(zip(axes, point if isinstance(point, tuple) else (point,), strict=True))


def _scenarios(table: "pd.DataFrame") -> list[str]:
    names = list(dict.fromkeys(table["scenario"]))
    return names[1:] or names


def _block_text(table: "pd.DataFrame", title: str, width: int) -> list[str]:
    baseline, shown = table["scenario"].iloc[0], shown_outcomes(table)
    names = _scenarios(table)[:MOST_SCENARIOS]
    room = max(1, (width - _NAME - _LEVEL) // _CELL)
    head = (
        f"{table['year'].iloc[0]:g}{', ' + title if title else ''}: {baseline}, and paired difference from it in %: "
        f"median [5 %, 95 %] of {table['members'].iloc[0]:,} worlds"
    )
    lines = [head]
    for at in range(0, len(names), room):
        chosen = names[at : at + room]
        lines.append(" " * (_NAME + _LEVEL) + "".join(f"{name:>{_CELL}}" for name in chosen))
        for outcome in shown:
            rows = table[table["outcome"] == outcome].set_index("scenario")
            lines.append(_line(outcome, rows, baseline, chosen))
    return lines


def _line(outcome: str, rows: "pd.DataFrame", baseline: str, names: Sequence[str]) -> str:
    relative = "percent median" in rows and not math.isnan(rows.loc[baseline, "percent median"])
    prefix = "percent " if relative else "difference " if "difference median" in rows else ""
    if prefix == "difference " and math.isnan(rows.loc[baseline, "difference median"]):
        prefix = ""
    level = f"{number_text(rows.loc[baseline, 'median'])} {rows['units'].iloc[0]}"
    label = outcome if relative else f"{outcome} (absolute)"
    cells = "".join(f"{_cell(rows, name, prefix, relative):>{_CELL}}" for name in names)
    return f"{label[: _NAME - 1]:<{_NAME}}{level[: _LEVEL - 1]:<{_LEVEL}}{cells}"


def _cell(rows: "pd.DataFrame", name: str, prefix: str, relative: bool) -> str:
    if name not in rows.index or math.isnan(rows.loc[name, f"{prefix}median"]):
        return "-"
    low, middle, high = (rows.loc[name, f"{prefix}{end}"] for end in ("5 %", "median", "95 %"))
    if relative:
        return f"{middle:+.1f} [{low:+.1f}, {high:+.1f}]"
    return f"{number_text(middle)} [{number_text(low)}, {number_text(high)}]"
