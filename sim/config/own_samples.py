"""A file of one's own draws, ``ensemble=file``: what its columns are about, and values that mean nothing."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sim.config.findings import Findings
from sim.config.limits import Known, physical
from sim.config.uncertainty import Uncertain, config_name, target_of
from sim.errors import ThroughflowError
from sim.model.ir import key

if TYPE_CHECKING:
    from sim.experiment.samples_file import Samples

SHOWN = 4
"""Lines told of each column."""


def read_own(findings: Findings, path: Path) -> "Samples | None":
    """Return the file of draws at ``path``, or report why it cannot be read; its cells are checked with the design."""
    from sim.experiment.samples_file import read_samples

    try:
        return read_samples(path)
    except ThroughflowError as error:
        for problem in error.problems:
            findings.refuse("ensemble.samples", problem.what, why=problem.why, cure=problem.cure)
        return None


def of_columns(
    findings: Findings, samples: "Samples | None", *, known: Mapping[str, Uncertain], table: Mapping[str, Known]
) -> list[Uncertain]:
    """Return an uncertainty for each column that names one, or a constant; other columns are left to the check of the design.

    Arguments:
        findings: where values go that are physically impossible, with their lines.
        samples: the file; ``None`` for one that cannot be read, which is told already.
        known: uncertainties that the parameter table gives a range, by name.
        table: the parameter table, for constants without a range.
    """
    rows = {plain(name): row for row in table.values() for name in (row.name, config_name(row.name))}
    found: dict[str, Uncertain] = {}
    for position, column in enumerate(samples.header if samples else ()):
        one = next((each for each in known.values() if plain(column) in map(plain, (each.name, *each.targets))), None)
        row = rows.get(plain(one.targets[0] if one else column))
        values = samples.values[:, position]
        if one is None and row is not None and values.size:
            name, low, high = config_name(row.name), float(values.min()), float(values.max())
            one = Uncertain(name, (target_of(row.name),), "uniform", low, None, high, row.unit, row.basis, "as the file says")
        if one is None or one.name in found:
            continue
        found[one.name] = one
        if row is not None:
            _refuse_impossible(findings, samples, position, row=row, table=table)
    return list(found.values())


def plain(name: str) -> str:
    """Return ``name``, ``name[element]`` or ``name.element`` as columns are compared."""
    base, bracket, element = name.partition("[")
    return (
        f"{key(base)}.{element.rstrip(']').strip()}"
        if bracket
        else ".".join((key(base.partition(".")[0]), *base.split(".")[1:]))
    )


def _refuse_impossible(
    findings: Findings, samples: "Samples", position: int, *, row: Known, table: Mapping[str, Known]
) -> None:
    limits, values = physical(row, table), samples.values[:, position]
    wrong = ((values < limits.low) | (values > limits.high) | (values <= limits.above)).nonzero()[0]
    if wrong.size:
        told = ", ".join(f"line {samples.lines[at]}: {values[at]:g}" for at in wrong[:SHOWN])
        findings.refuse(
            "ensemble.samples",
            f"{samples.name}, column {samples.header[position]!r}, {told}"
            + (f", ... ({wrong.size} in all)" if wrong.size > SHOWN else ""),
            why=limits.why,
            cure="leave such rows out, or draw them within the limits",
        )
