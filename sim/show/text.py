"""Widths of text and line breaks, measured with the shipped font so that layouts can be planned before drawing."""

from functools import lru_cache

from matplotlib.ft2font import FT2Font, LoadFlags

from sim.show.fonts import FILE

LEADING = 1.32
"""Distance between lines of text, in sizes."""

_CLOSING = set("，。；：、）》”’！？％·-–/")
"""Characters that must not begin a line."""


@lru_cache(maxsize=8192)
def _advance(letter: str) -> float:
    font = FT2Font(str(FILE))
    font.set_size(100.0, 72)
    return font.load_char(ord(letter), flags=LoadFlags.NO_HINTING).linearHoriAdvance / 65536.0 / 100.0


def width(text: str, size: float) -> float:
    """Return the width of one line of ``text`` at ``size`` points, in points."""
    return size * sum(_advance(letter) for letter in text)


def balanced(text: str, *, room: float, size: float) -> tuple[str, ...]:
    """Return ``text`` wrapped into as few lines as ``room`` allows, as equal in length as they can be: for short labels."""
    best = wrap(text, room=room, size=size)
    for share in (0.9, 0.8, 0.7, 0.6, 0.5):
        trial = wrap(text, room=room * share, size=size)
        if len(trial) > len(best) or max(width(line, size) for line in trial) > room * share:
            break
        best = trial
    return best


def wrap(text: str, *, room: float, size: float) -> tuple[str, ...]:
    """Return ``text`` broken into lines no wider than ``room`` points, if its words allow that."""
    lines: list[str] = []
    current = ""
    for piece in _pieces(text):
        trial = current + piece
        if current.strip() and width(trial.rstrip(), size) > room:
            lines.append(current.rstrip())
            current = piece.lstrip()
        else:
            current = trial
    return tuple([*lines, current.rstrip()] if current.strip() else lines)


def _pieces(text: str) -> list[str]:
    """Return the parts between which ``text`` may break: words with the blank after them, single Chinese characters."""
    pieces: list[str] = []
    for letter in text:
        wide = ord(letter) > 0x2E7F
        join = bool(pieces) and (
            letter == " " or letter in _CLOSING or (not wide and pieces[-1][-1] not in " —" and ord(pieces[-1][-1]) < 0x2E80)
        )
        if join:
            pieces[-1] += letter
        else:
            pieces.append(letter)
    return pieces
