"""A file of one's own draws: numbers and names, read as data, everything wrong with it told at once."""

import csv
import hashlib
import math
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import BinaryIO

import numpy as np

from sim.errors import Problem, ThroughflowError
from sim.experiment.uncertainty import MOST_MEMBERS, MOST_UNCERTAINTIES
from sim.model.ir import key

MOST_BYTES = 1 << 30
"""Longest file of draws that is read."""

MOST_CELLS = 50_000_000
"""Most draws that are read, 400 MB in memory."""

MOST_LINE = 1 << 22
"""Longest line that is read, in bytes."""

SHOWN = 4
"""Places told of each kind of fault; the others are counted."""


@dataclass(frozen=True)
class Samples:
    """Draws as they stand in a file.

    Attributes:
        name: name of the file.
        header: names of the columns.
        values: float64 of shape (row, column), not to be written to; NaN where a cell is no finite number.
        lines: line of the file on which each row ends, shape (row,).
        problems: everything wrong with names and cells.
        fingerprint: SHA-256 of the file's bytes.
    """

    name: str
    header: tuple[str, ...]
    values: np.ndarray
    lines: np.ndarray
    problems: tuple[Problem, ...]
    fingerprint: str

    @cached_property
    def columns(self) -> Mapping[str, int]:
        """Columns by name as names are compared; the first of several."""
        return {plain(name): column for column, name in reversed(list(enumerate(self.header)))}


def plain(name: str) -> str:
    """Return ``name`` or ``name[element]`` as names are compared: case and the sort of blank do not count."""
    base, bracket, element = name.partition("[")
    return key(base) + bracket + ",".join(key(part) for part in element.rstrip("] ").split(","))


def read_samples(path: Path) -> Samples:
    """Return the draws in the file at ``path``, read again only if its size or its time has changed.

    The file is comma-separated UTF-8 text (a byte order mark is allowed): a header, then one row a member. Blank lines are
    skipped. Nothing in it is run.

    Raises:
        ThroughflowError: there is no such file, it is too large, or it is not a table of text.
    """
    try:
        if not path.is_file():
            found = "no ordinary file" if path.exists() else f"there is no file {path}"
            raise _unusable(path, found, "draws are read from a file", "give the path of a CSV file with one row a member")
        state = path.stat()
        if state.st_size > MOST_BYTES:
            raise _too_large(path)
        return _read(str(path.resolve()), state.st_mtime_ns, state.st_size)
    except OSError as error:
        raise _unusable(path, "it cannot be read", str(error.strerror or error), "make the file readable") from error


@lru_cache(maxsize=1)
def _read(path: str, _changed: int, _size: int) -> Samples:
    """Return the draws at ``path``; a changed file has another time or size and is read anew."""
    digest = hashlib.sha256()
    with Path(path).open("rb") as stream:
        rows = csv.reader(_lines(Path(path), stream, digest), strict=True)
        try:
            header = tuple(name.strip() for name in next(rows, []))
            cells = _Cells(header)
            for row in rows:
                if row:
                    cells.add(row, rows.line_num)
                if len(cells.values) > MOST_CELLS or len(cells.lines) > MOST_MEMBERS:
                    raise _too_large(Path(path))
        except csv.Error as error:
            why = f"line {rows.line_num}: {error}"
            raise _unusable(Path(path), "not a table of text", why, "save it as comma-separated text") from error
    values = np.frombuffer(cells.values, dtype=float).reshape(len(cells.lines), len(header))
    values.flags.writeable = False
    problems = (*_header_problems(path, header), *cells.problems(path))
    return Samples(Path(path).name, header, values, np.array(cells.lines, dtype=np.int64), problems, digest.hexdigest())


def _lines(path: Path, stream: BinaryIO, digest: "hashlib._Hash") -> Iterator[str]:
    """Yield the lines of ``stream`` as text, adding their bytes to ``digest``."""
    total = number = 0
    while line := stream.readline(MOST_LINE + 1):
        number, total = number + 1, total + len(line)
        digest.update(line)
        if len(line) > MOST_LINE or total > MOST_BYTES:
            raise _too_large(path)
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            why = f"line {number} is not UTF-8 text"
            raise _unusable(path, "not a table of text", why, "save it as comma-separated text in UTF-8") from error


@dataclass
class _Cells:
    """Rows while they are read, and what is wrong with them."""

    header: tuple[str, ...]
    values: array = field(default_factory=lambda: array("d"))
    lines: array = field(default_factory=lambda: array("q"))
    faults: dict[str, list[str]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, row: list[str], line: int) -> None:
        """Append ``row``, which ends on ``line``; a fault becomes NaN."""
        self.lines.append(line)
        if len(row) != len(self.header):
            self._fault("length", f"line {line}: {len(row)}")
            self.values.extend([math.nan] * len(self.header))
            return
        for name, text in zip(self.header, row, strict=True):
            number = _number(text)
            if number is None or not math.isfinite(number):
                self._fault("text" if number is None else "finite", f"line {line}, {name!r}: {text[:30]!r}")
                number = math.nan
            self.values.append(number)

    def _fault(self, kind: str, told: str) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + 1
        places = self.faults.setdefault(kind, [])
        if len(places) < SHOWN:
            places.append(told)

    def problems(self, path: str) -> list[Problem]:
        """Return one problem for each kind of fault."""
        told = {
            "length": (
                "rows of another length",
                f"the header has {len(self.header)} names",
                "give each row one number a column",
            ),
            "text": ("cells that are no numbers", "draws are numbers", "write plain numbers, like 0.25 or 1e-3"),
            "finite": ("NaN or infinite draws", "nothing can be computed from them", "leave such rows out, or draw them again"),
        }
        return [
            Problem(f"samples {Path(path).name}", f"{what}: {first_few(self.faults[kind], self.counts[kind])}", why, cure)
            for kind, (what, why, cure) in told.items()
            if kind in self.counts
        ]


def _number(text: str) -> float | None:
    """Return the number that ``text`` says, ``None`` where it says none."""
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None


def _header_problems(path: str, header: tuple[str, ...]) -> list[Problem]:
    where = f"samples {Path(path).name}"
    if not header:
        return [Problem(where, "no header", "the first line names the columns", "begin with the names of the uncertainties")]
    if len(header) > MOST_UNCERTAINTIES:
        why = f"more than {MOST_UNCERTAINTIES} are taken for a mistake"
        return [Problem(where, f"{len(header)} columns", why, "give one column an uncertainty, one row a member")]
    problems = []
    if len(header) == 1 and any(mark in header[0] for mark in ";\t"):
        cure = "save it as comma-separated text with decimal points"
        problems.append(Problem(where, f"the single column {header[0][:60]!r}", "columns are separated by commas", cure))
    empty = [str(place) for place, name in enumerate(header, 1) if not name]
    if empty:
        cure = "name them, or remove the column (an index, say)"
        problems.append(Problem(where, f"columns without a name: {first_few(empty)}", "the name says what is drawn", cure))
    twice = [name for name, count in Counter(header).items() if name and count > 1]
    if twice:
        why = "an uncertainty has one column"
        problems.append(Problem(where, f"columns named twice: {first_few(twice)}", why, "keep one of each"))
    return problems


def first_few(places: list[str], count: int | None = None) -> str:
    """Return the first few of ``places``, and how many of ``count`` there are beside."""
    more = (len(places) if count is None else count) - SHOWN
    return "; ".join(places[:SHOWN]) + (f"; and {more} more" if more > 0 else "")


def _unusable(path: Path, what: str, why: str, cure: str) -> ThroughflowError:
    return ThroughflowError(Problem(f"samples {path.name or path}", what, why, cure))


def _too_large(path: Path) -> ThroughflowError:
    why = f"at most {MOST_BYTES >> 20} MiB, {MOST_CELLS} numbers, {MOST_MEMBERS} rows and {MOST_LINE >> 20} MiB a line are read"
    return _unusable(path, "too large", why, "give fewer rows or columns, or shorter numbers")
