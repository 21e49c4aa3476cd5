"""Reading ``world``: geopolitical paths, the pandemic and the border switches, as values of the model's drivers."""

from collections.abc import Mapping
from typing import Any

from sim.config import findings as read
from sim.config import vocabulary
from sim.config.findings import Findings
from sim.config.horizon import EARLIEST, LATEST
from sim.experiment.scenarios import Points, Value

MOST_POINTS = 1000


def read_world(findings: Findings, config: Any, shipped: Mapping[str, Any]) -> dict[str, Value]:
    """Return the drivers that differ from the ``shipped`` ones, by name in the model.

    Shares (tensions, pandemic openness, border switches) lie in 0..1 after scaling; years rise.
    """
    known = (*vocabulary.TENSIONS, "pandemic", *vocabulary.BORDERS)
    row = read.mapping(findings, "world", config, known=known)
    values: dict[str, Value] = {}
    for name, table in vocabulary.TENSIONS.items():
        if name in row:
            values |= _driver(findings, f"world.{name}", row[name], table=table, usual=shipped[name])
    if "pandemic" in row:
        values |= _driver(findings, "world.pandemic", row["pandemic"], table=vocabulary.PANDEMIC, usual=shipped["pandemic"])
    for name, constant in vocabulary.BORDERS.items():
        if name in row:
            number = read.number(findings, f"world.{name}", row[name], low=0, high=1, unit="share")
            if number is not None and number != shipped[name]:
                values[constant] = number
    _hint(findings, row)
    return values


def _hint(findings: Findings, row: Mapping[str, Any]) -> None:
    """Say what a geopolitics file without its header looks like from here."""
    if not any(name in row for name in vocabulary.TENSIONS):
        findings.refuse(
            "world",
            "none of the tension paths is there",
            why="a file of world/geopolitics puts them under world",
            cure="begin the file with the line: # @package world",
        )


def _driver(findings: Findings, key: str, value: Any, *, table: str, usual: Mapping[str, Any]) -> dict[str, Value]:
    row = read.mapping(findings, key, value, known=("points", "scale"), needed=False)
    points = read_points(findings, f"{key}.points", row.get("points"))
    scale = read.number(findings, f"{key}.scale", row["scale"], low=0) if "scale" in row else 1.0
    if points is None or scale is None:
        return {}
    scaled = tuple((year, level * scale) for year, level in points) if scale != 1.0 else points
    highest = max(level for _, level in scaled)
    if highest > 1:
        findings.refuse(
            f"{key}.scale",
            f"{scale:g} lifts the path to {highest:g}",
            why="a share is at most 1; cutting it off silently would change its shape",
            cure=f"give at most {scale / highest:.4g}, or write the points yourself",
        )
        return {}
    plain = tuple((float(year), float(level)) for year, level in usual["points"])
    return {} if scaled == plain else {table: scaled}


def read_points(findings: Findings, key: str, value: Any) -> Points | None:
    """Return ``value`` as points (calendar year, share in 0..1), years rising, or report what is wrong."""
    if not isinstance(value, list) or not value:
        findings.refuse(
            key, read.shown(value), why="a list of points is wanted", cure="give points: [[2010, 0.1], [2030, 0.4]]"
        )
        return None
    if len(value) > MOST_POINTS:
        findings.refuse(key, f"{len(value)} points", why=f"there may be {MOST_POINTS}", cure="leave some out")
        return None
    before = len(findings.problems)
    points: list[tuple[float, float]] = []
    for position, point in enumerate(value):
        where = f"{key}[{position}]"
        if not isinstance(point, list) or len(point) != 2:
            findings.refuse(where, read.shown(point), why="a point is [year, value]", cure="give two numbers")
            continue
        year = read.number(findings, f"{where} year", point[0], low=EARLIEST, high=LATEST, unit="calendar year")
        level = read.number(findings, f"{where} value", point[1], low=0, high=1, unit="share")
        if year is None or level is None:
            continue
        if points and year <= points[-1][0]:
            findings.refuse(
                where,
                f"{year:g} does not come after {points[-1][0]:g}",
                why="years rise from point to point",
                cure="sort the points and drop repeated years",
            )
        points.append((year, level))
    return tuple(points) if len(findings.problems) == before else None
