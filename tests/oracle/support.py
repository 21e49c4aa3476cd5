"""The flagship with its events moved into two years, so that a short run meets all of them."""

import re
from pathlib import Path

from sim.resources import model_file

from ..model.support import flagship

FLAGSHIP = model_file("innovation_flows")
START, SHRINK = 2010.0, 15.0
"""First year of the model, and by how much the years of its tables are drawn together (2041 becomes 2012.067).

Years keep three decimals: PySD's builder writes the points of a table with eight digits only."""

_TABLE = re.compile(r"^([^\n~|=]* table)\(\s*((?:\(20[^)]*\)[,\s\\]*)+)\)", re.MULTILINE)
_YEAR = re.compile(r"\((20\d\d(?:\.\d+)?),")


def replaced(text: str, pattern: str, new: str) -> str:
    changed, count = re.subn(pattern, lambda match: match[1] + new, text, flags=re.MULTILINE)
    assert count == 1, f"{pattern} stands {count} times in the flagship"
    return changed


def shrunk_tables(text: str) -> str:
    """Return ``text`` with the years of every table drawn towards the start."""
    found = []

    def shrink(match: re.Match) -> str:
        points, count = _YEAR.subn(lambda year: f"({round(START + (float(year[1]) - START) / SHRINK, 3)!r},", match[2])
        found.append((match[1], count))
        return f"{match[1]}({points})"

    changed = _TABLE.sub(shrink, text)
    names = {name for name, _ in found}
    assert {"pandemic gate table", "tension US table", "tension EUR table", "tension OTH table"} <= names
    assert len(found) >= 12 and min(count for _, count in found) >= 3
    return changed


def measures(model) -> tuple[str, ...]:
    return model.ranges["measure"].elements


def everything_at_once(folder: Path) -> Path:
    """Write a copy in which all seven recommendations start in 2010.5, measures on the books in 2010 to 2011.6."""
    names = measures(flagship())
    books = [name for name in names if name.startswith("E")]
    dates = dict.fromkeys(names, 2010.5) | {name: round(2010.1 + 0.17 * rank, 2) for rank, name in enumerate(books)}
    text = shrunk_tables(FLAGSHIP.read_text(encoding="utf-8"))
    numbers = r"(?:[-\d.]+[,\s\\]*)+(?=~)"
    for variable, values in (
        ("adopted", [1.0] * len(names)),
        ("start date", list(dates.values())),
        ("intensity", [1.0] * len(names)),
        ("ramp length", [0.5] * len(names)),
    ):
        text = replaced(text, rf"^({variable}\[measure\]=\s*){numbers}", ", ".join(map(repr, values)) + "\n\t")
    path = folder / "two_years.mdl"
    path.write_text(text, encoding="utf-8")
    return path


def all_seven(folder: Path) -> Path:
    """Write a copy in which all seven recommendations are adopted at the file's own dates."""
    names = measures(flagship())
    text = FLAGSHIP.read_text(encoding="utf-8")
    text = replaced(text, r"^(adopted\[measure\]=\s*)(?:[-\d.]+[,\s\\]*)+(?=~)", ", ".join(["1"] * len(names)) + "\n\t")
    path = folder / "all_seven.mdl"
    path.write_text(text, encoding="utf-8")
    return path
