"""Reading ``world``: geopolitical paths, the pandemic and the border switches, as values of the model's drivers."""

import math
from collections.abc import Collection, Mapping
from typing import Any

from sim.config import findings as read
from sim.config import vocabulary
from sim.config.findings import Findings
from sim.config.horizon import EARLIEST, LATEST
from sim.experiment.scenarios import Points, Value

MOST_POINTS = 1000


def read_world(
    findings: Findings, config: Any, shipped: Mapping[str, Any], *, ranged: Collection[str] = ()
) -> dict[str, Value]:
    """Return the drivers that differ from the ``shipped`` ones, by name in the model.

    Shares (tensions, pandemic openness, border switches) lie in 0..1 after scaling; years rise. A path that is scaled beyond
    1 is refused; for keys that are ``ranged``, given here with one end of a range, it is told that the model holds it at 1.
    """
    known = (*vocabulary.TENSIONS, "pandemic", *vocabulary.BORDERS)
    row = read.mapping(findings, "world", config, known=known)
    values: dict[str, Value] = {}
    for name, table in vocabulary.TENSIONS.items():
        if name in row:
            values |= _tension(findings, f"world.{name}", row[name], table=table, usual=shipped[name], ranged=ranged)
    if "pandemic" in row:
        values |= _pandemic(findings, row["pandemic"], usual=shipped["pandemic"])
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


def _tension(
    findings: Findings, key: str, value: Any, *, table: str, usual: Mapping[str, Any], ranged: Collection[str]
) -> dict[str, Value]:
    """Return the points of a path of tension and the constant that scales it, as far as they differ from ``usual``."""
    row = read.mapping(findings, key, value, known=("points", "scale"), needed=False)
    points = read_points(findings, f"{key}.points", row.get("points"))
    scale = read.number(findings, f"{key}.scale", row["scale"], low=0) if "scale" in row else 1.0
    if points is None or scale is None:
        return {}
    highest = max(level for _, level in points)
    if scale * highest > 1 and f"{key}.scale" in ranged:
        findings.warn(
            f"{key}.scale: beyond {1 / highest:.4g} its path passes 1, full containment, and the model holds it there"
        )
    elif scale * highest > 1:
        findings.refuse(
            f"{key}.scale",
            f"{scale:g} lifts the path to {scale * highest:g}",
            why="a share is at most 1; cutting it off silently would change its shape",
            cure=f"give at most {math.floor(1000 / highest) / 1000:g}, or write the points yourself",
        )
        return {}
    values: dict[str, Value] = {} if points == _plain(usual) else {table: points}
    if scale != usual.get("scale", 1.0):
        values[vocabulary.TENSION_SCALES[key.removeprefix("world.")]] = scale
    return values


def _pandemic(findings: Findings, value: Any, *, usual: Mapping[str, Any]) -> dict[str, Value]:
    row = read.mapping(findings, "world.pandemic", value, known=("points", "scale"), needed=False)
    points = read_points(findings, "world.pandemic.points", row.get("points"))
    scale = read.number(findings, "world.pandemic.scale", row.get("scale", 1.0), low=0, high=1, unit="share")
    if points is None or scale is None:
        return {}
    scaled = tuple((year, level * scale) for year, level in points)
    return {} if scaled == _plain(usual) else {vocabulary.PANDEMIC: scaled}


def _plain(driver: Mapping[str, Any]) -> Points:
    return tuple((float(year), float(level)) for year, level in driver["points"])


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
