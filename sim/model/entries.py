"""Splitting the text of an ``.mdl`` file into entries, before the translator sees a word of it.

An entry is ``equation ~ units ~ documentation |``.  Splitting it here gives every entry its line number and its
group, lets comments in braces stand inside equations, and keeps text that must not reach the translator away from
it: the axis limits of a table are checked to be plain numbers, because the translator evaluates them.
"""

import re
from dataclasses import dataclass, replace

from sim.errors import Problem, ThroughflowError

SKETCH_MARK = "\\\\\\---///"
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_POINT = rf"\(\s*{_NUMBER}\s*,\s*{_NUMBER}\s*\)"
_LIMITS = re.compile(rf"\s*{_POINT}\s*-\s*{_POINT}\s*(?:,\s*{_POINT}\s*)*")
_LIMITS_START = re.compile(r"\([\s\\]*\[")
_SIGNED_POWER = re.compile(r"(?:^|[=(,:*/^<>+-])\s*-\s*(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*\^")
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')
MAX_DEPTH = 60


@dataclass(frozen=True)
class Entry:
    """One entry of the file.

    Attributes:
        equation: left and right side, comments and line breaks removed.
        units: unit text, limits in brackets included.
        documentation: the author's words, white space collapsed.
        line: line of the file on which the equation begins.
        group: title of the group marker above it (``********  .Title  ********~``), empty before the first.
    """

    equation: str
    units: str
    documentation: str
    line: int
    group: str = ""

    @property
    def name(self) -> str:
        """Left-hand name with its subscripts, for messages."""
        quoted = _QUOTED.match(self.equation)
        head = quoted[0] if quoted else ""
        rest = re.split(r"[=:(]", self.equation[len(head) :].replace("<->", "="), maxsplit=1)[0]
        return (head + rest).strip() or self.equation[:40]


def split_entries(text: str, source: str) -> tuple[Entry, ...]:
    """Return the entries of the equation part of a file; group markers become the ``group`` of what follows them.

    Comments in braces are dropped from equations and units and kept in documentation.

    Raises:
        ThroughflowError: a comment that does not end, which would hide the rest of ``source``.
    """
    entries: list[Entry] = []
    fields: list[list[str]] = [[]]
    line, start, comment, opened, quoted, before = 1, 0, 0, 0, False, ""
    for character in text:
        if character == "\n":
            line += 1
        in_equation = len(fields) == 1
        if character == '"' and before != "\\" and in_equation and not comment:
            quoted = not quoted
        before = character
        if not quoted and len(fields) <= 2 and character in "{}":
            opened = line if not comment else opened
            comment = max(comment + (1 if character == "{" else -1), 0)
            continue
        if comment:
            continue
        if quoted or character not in "~|":
            if not start and in_equation and not character.isspace():
                start = line
            fields[-1].append(character)
        elif character == "~":
            fields.append([])
        else:
            _close(entries, fields, start)
            fields, start = [[]], 0
    if comment:
        raise ThroughflowError(
            Problem(f"{source}:{opened}", "a comment that does not end", "it hides all that follows", "close its brace {")
        )
    if "".join(fields[0]).strip():
        _close(entries, fields, start)
    return _grouped(entries)


def _close(entries: list[Entry], fields: list[list[str]], line: int) -> None:
    texts = [" ".join("".join(field).replace("\\\n", " ").split()) for field in fields]
    texts += [""] * (3 - len(texts))
    if texts[0]:
        entries.append(Entry(texts[0], texts[1], texts[2], line))


def _grouped(entries: list[Entry]) -> tuple[Entry, ...]:
    group, kept = "", []
    for entry in entries:
        if entry.equation.startswith("*"):
            group = entry.equation.strip("* ").lstrip(".").strip()
        else:
            kept.append(replace(entry, group=group))
    return tuple(kept)


def unsafe_or_ambiguous(entry: Entry, where: str) -> Problem | None:
    """Return what keeps ``entry`` from being handed to the translator, or ``None``.

    Three things are looked for: table limits that are not plain numbers, a signed number raised to a power (which
    the translator cannot tell from the power of a negative number), and parentheses nested beyond sense.
    """
    equation = entry.equation
    for match in _LIMITS_START.finditer(equation):
        inside = equation[match.end() :].split("]", 1)[0]
        if not _LIMITS.fullmatch(inside):
            return Problem(
                where,
                f"table limits [{inside[:60]}]",
                "limits are two points of plain numbers",
                "write [(0,0)-(10,10)], or leave the limits out",
            )
    plain = _QUOTED.sub("quoted", equation)
    if _SIGNED_POWER.search(plain.split("=", 1)[-1]):
        return Problem(
            where,
            "a negative number before ^ without parentheses",
            "programs read -2^2 in two ways",
            "write 0 - 2^2 or (0 - 2)^2",
        )
    depth = deepest = 0
    for character in plain:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    if depth != 0:
        return Problem(where, "parentheses that do not match", "every ( needs its )", "close or remove one")
    if deepest > MAX_DEPTH:
        return Problem(
            where,
            f"parentheses nested {deepest} deep",
            f"the limit is {MAX_DEPTH}",
            "split the equation into several variables",
        )
    return None
