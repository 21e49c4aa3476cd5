"""How every figure looks: sizes, inks and the fixed colour of each scenario. The only place where such numbers live.

Widths are those of print columns. Hues are Okabe and Ito's (orange, sky blue and yellow darkened until a line reaches 3:1 on
white); two hues of Paul Tol's muted set serve the two sequences. Colour is never the only cue: each scenario has its own dash
pattern and a label at the line's end.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from sim.show.fonts import register

NARROW, WIDE = 90.0, 180.0
"""Print widths, mm."""

MAX_HEIGHT = 230.0
"""Greatest height of a figure, mm."""

TITLE, LABEL, SMALL = 9.0, 7.0, 6.0
"""Sizes of text, points; nothing is smaller than ``SMALL``."""

INK, SOFT, FAINT, PAPER, BLACK = "#1a1a1a", "#555555", "#d4d4d4", "#ffffff", "#000000"
"""Text, secondary text, hairlines, ground; black where a coloured ground needs all the contrast there is."""

MM = 1.0 / 25.4
"""One millimetre in inches."""

DPI = 300


@dataclass(frozen=True)
class Stroke:
    """How a scenario's line is drawn: colour, dash pattern (on, off in points; empty for solid) and width in points."""

    color: str
    dashes: tuple[float, ...] = ()
    width: float = 1.2

    def line(self) -> dict[str, Any]:
        """Return the keyword arguments of a matplotlib line."""
        return {"color": self.color, "linewidth": self.width, "linestyle": (0, self.dashes) if self.dashes else "-"}


BASELINE = Stroke("#767676", (), 1.4)

STROKES: tuple[tuple[str, Stroke], ...] = (
    ("R1", Stroke("#0072B2")),
    ("R2", Stroke("#B87A00", (5, 1.5))),
    ("R3", Stroke("#009E73", (2.5, 1.2))),
    ("R4", Stroke("#C2669A", (6, 1.5, 1.2, 1.5))),
    ("R5", Stroke("#D55E00", (1.2, 1.2))),
    ("R6", Stroke("#2D8FC9", (8, 2))),
    ("R7", Stroke("#8F8300", (4, 1.2, 1.2, 1.2, 1.2, 1.2))),
    ("R2_R7", Stroke("#555555", (3, 1.5), 1.6)),
    ("all", Stroke("#000000", (), 1.9)),
    ("governance_first", Stroke("#332288", (), 1.5)),
    ("opening_first", Stroke("#AA3377", (4, 1.5), 1.5)),
    ("twin", Stroke("#767676", (1, 2))),
)
"""The fixed line of each scenario; others take the spare ones in order."""

SPARE: tuple[Stroke, ...] = (
    Stroke("#0072B2", (5, 1.5)),
    Stroke("#B87A00"),
    Stroke("#009E73", (1.2, 1.2)),
    Stroke("#332288", (2.5, 1.2)),
    Stroke("#D55E00"),
    Stroke("#AA3377", (8, 2)),
    Stroke("#555555", (1.2, 1.2)),
    Stroke("#8F8300", (6, 1.5, 1.2, 1.5)),
)
"""Lines of scenarios that have none of their own, taken in turn."""

INPUTS: tuple[str, ...] = ("#0072B2", "#009E73", "#E69F00", "#CC79A7")
"""Areas of the four inputs, in order: mobility, data, materials, funds."""


def fixed(scenario: str) -> bool:
    """Tell whether ``scenario`` has a fixed line."""
    return scenario in dict(STROKES)


def stroke(scenario: str, position: int = 0) -> Stroke:
    """Return the line of ``scenario``; one without a fixed line takes the spare line ``position``."""
    return dict(STROKES).get(scenario, SPARE[position % len(SPARE)])


def _settings() -> dict[str, Any]:
    return {
        "font.family": [register()],
        "font.size": LABEL,
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.unicode_minus": True,
        "axes.edgecolor": "#8a8a8a",
        "axes.linewidth": 0.6,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlesize": LABEL,
        "axes.labelsize": LABEL,
        "xtick.labelsize": SMALL,
        "ytick.labelsize": SMALL,
        "xtick.color": "#8a8a8a",
        "ytick.color": "#8a8a8a",
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "xtick.major.size": 2.5,
        "ytick.major.size": 2.5,
        "xtick.major.pad": 2.0,
        "ytick.major.pad": 2.0,
        "lines.solid_capstyle": "butt",
        "lines.scale_dashes": False,
        "figure.facecolor": PAPER,
        "savefig.facecolor": PAPER,
        "figure.dpi": 100,
        "savefig.dpi": DPI,
        "hatch.linewidth": 0.5,
        "text.hinting": "no_hinting",
        "svg.fonttype": "path",
        "svg.hashsalt": "throughflow",
        "pdf.fonttype": 42,
        "pdf.compression": 6,
        "path.simplify": True,
    }


@contextmanager
def applied() -> Iterator[None]:
    """Draw with the house style, whatever the user's own matplotlib settings are; they are left as they were."""
    defaults = {key: value for key, value in matplotlib.rcParamsDefault.items() if not key.startswith("backend")}
    with matplotlib.rc_context({**defaults, **_settings()}):
        yield


def sheet(width: float, height: float) -> Figure:
    """Return an empty figure of ``width`` × ``height`` mm."""
    return Figure(figsize=(width * MM, height * MM), facecolor=PAPER)


def luminance(color: Any) -> float:
    """Return the relative luminance of ``color`` as WCAG 2 defines it, 0 to 1."""
    parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(color)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: Any, other: Any) -> float:
    """Return the contrast ratio of two colours as WCAG 2 defines it, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def ink_on(color: Any) -> str:
    """Return the ink, black or white, that reads best on ``color``; one of them always reaches 4.5 : 1."""
    return BLACK if contrast(BLACK, color) >= contrast(PAPER, color) else PAPER
