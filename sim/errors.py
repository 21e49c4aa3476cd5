"""One shape of problem: where, what, why, cure.

Everything the project refuses is a :class:`Problem`; everything it raises on purpose is a
:class:`ThroughflowError` that carries *all* problems found, so that nobody mends a file one error at a time.
"""

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

EXIT_REFUSED = 2
EXIT_INTERRUPTED = 130


@dataclass(frozen=True)
class Problem:
    """Something that is wrong, told so that it can be mended.

    Attributes:
        where: file, variable or key concerned.
        what: what was found there.
        why: why that cannot be honoured.
        cure: what to write instead.
    """

    where: str
    what: str
    why: str
    cure: str

    def __str__(self) -> str:
        """Return the problem as four labelled lines."""
        return f"where: {self.where}\n what: {self.what}\n  why: {self.why}\n cure: {self.cure}"


class ThroughflowError(Exception):
    """Raised with every problem found; ``problems`` holds them."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__(report(self.problems))

    def __reduce__(self) -> tuple:
        """Travel between processes with the problems, not with their text."""
        return type(self), (self.problems,)


def report(problems: Iterable[Problem]) -> str:
    """Return one text that lists all ``problems``, numbered when there are several."""
    listed = tuple(problems)
    if len(listed) == 1:
        return str(listed[0])
    blocks = [f"problem {number} of {len(listed)}\n{problem}" for number, problem in enumerate(listed, 1)]
    return "\n\n".join(blocks)


def raise_if(problems: Iterable[Problem]) -> None:
    """Raise :class:`ThroughflowError` with ``problems`` unless there are none."""
    listed = tuple(problems)
    if listed:
        raise ThroughflowError(listed)


def gather(*steps: Callable[[], Any]) -> tuple[Any, ...]:
    """Return what each of ``steps`` returns; if any refuses, raise the problems of all of them together."""
    results, problems = [], []
    for step in steps:
        try:
            results.append(step())
        except ThroughflowError as error:
            problems += error.problems
    raise_if(problems)
    return tuple(results)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a phrase offering the known names closest to ``name``, or an empty string.

    Case, blanks, underscores and hyphens do not count in the comparison.
    """

    def plain(text: str) -> str:
        return text.casefold().replace("_", " ").replace("-", " ")

    by_plain = {plain(candidate): candidate for candidate in known}
    close = difflib.get_close_matches(plain(name), list(by_plain), n=3, cutoff=0.6)
    return "did you mean " + " or ".join(repr(by_plain[match]) for match in close) + "?" if close else ""
