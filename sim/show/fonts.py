"""The one font of all figures, and the refusal of any character it does not hold."""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

from sim.errors import Problem, ThroughflowError

FAMILY = "Throughflow Sans SC"
"""Name by which the shipped subset of Noto Sans SC is asked for."""

FILE = Path(__file__).parent / "fonts" / "NotoSansSC-subset.otf"


@lru_cache(maxsize=1)
def register() -> str:
    """Make the shipped font known to matplotlib and return its family name."""
    if not FILE.is_file():
        raise ThroughflowError(
            Problem(str(FILE), "font missing", "figures would fall back to a font without Chinese", "reinstall throughflow")
        )
    font_manager.fontManager.addfont(str(FILE))
    return FAMILY


@lru_cache(maxsize=1)
def characters() -> frozenset[str]:
    """Return every character the shipped font can draw."""
    return frozenset(map(chr, FT2Font(str(FILE)).get_charmap()))


def missing(text: str) -> str:
    """Return the characters of ``text`` that the font cannot draw, each once, in order."""
    return "".join(dict.fromkeys(letter for letter in text if letter != "\n" and letter not in characters()))


def check(texts: Iterable[str]) -> None:
    """Refuse texts with characters the font lacks, or with ``$``, which would start mathematical typesetting.

    Raises:
        ThroughflowError: one problem per text.
    """
    problems = []
    for text in dict.fromkeys(texts):
        lacking = missing(text)
        if lacking:
            codes = ", ".join(f"{letter!r} (U+{ord(letter):04X})" for letter in lacking)
            problems.append(
                Problem(
                    f"text {text!r} of a figure",
                    f"no glyph for {codes}",
                    "it would be drawn as an empty box",
                    "use another character, or add it to the subset (sim/show/fonts/README.md)",
                )
            )
        if "$" in text:
            problems.append(
                Problem(
                    f"text {text!r} of a figure",
                    "holds a dollar sign",
                    "mathematical typesetting loses Chinese characters",
                    "write powers and Greek letters as plain characters",
                )
            )
    if problems:
        raise ThroughflowError(problems)
