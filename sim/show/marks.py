"""The marks of a stock-and-flow diagram: box, pipe, valve, cloud, dashed box. Places and sizes in mm on the sheet."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, Polygon, Rectangle

from sim.show.panels import POINT, put, rule, size_of
from sim.show.style import INK, LABEL, PAPER, SMALL, SOFT
from sim.show.text import LEADING

WATER, BOX = "#8a8a8a", "#e8f0f7"
"""Ink of pipes and clouds, ground of stocks."""

LINE = SMALL * LEADING * POINT
"""Height of a line of small text, mm."""

CLOUD = 5.8
"""Width that a cloud takes at the end of a pipe."""


def tube(page: Figure, points: Sequence[tuple[float, float]]) -> None:
    """Draw a pipe along ``points`` with its arrowhead at the last."""
    (x0, y0), (x1, y1) = points[-2], points[-1]
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
    dx, dy = (x1 - x0) / length, (y1 - y0) / length
    neck = (x1 - 2.0 * dx, y1 - 2.0 * dy)
    for color, width, layer in ((WATER, 3.0, 1.0), (PAPER, 1.7, 1.1)):
        rule(page, [*points[:-1], neck], color=color, linewidth=width, solid_joinstyle="miter", zorder=layer)
    corners = [(x1, y1), (neck[0] - 1.1 * dy, neck[1] + 1.1 * dx), (neck[0] + 1.1 * dy, neck[1] - 1.1 * dx)]
    _polygon(page, corners, facecolor=WATER, linewidth=0, zorder=1.2)


def valve(page: Figure, place: tuple[float, float]) -> None:
    """Draw a valve on a horizontal pipe at ``place``."""
    x, y = place
    for side in (-1, 1):
        _polygon(
            page,
            [(x, y), (x + side * 1.6, y + 1.25), (x + side * 1.6, y - 1.25)],
            facecolor=PAPER,
            edgecolor=INK,
            linewidth=0.6,
            zorder=2,
        )


def cloud(page: Figure, place: tuple[float, float]) -> None:
    """Draw a cloud, the world outside the model's boundary, around ``place``."""
    width, height = size_of(page)
    puffs = ((-1.3, -0.2, 0.95), (0.0, 0.45, 1.15), (1.3, -0.1, 0.95), (0.2, -0.6, 0.9), (-0.6, -0.5, 0.8))
    for color, more, layer in ((WATER, 0.35, 1.3), (PAPER, 0.0, 1.4)):
        for dx, dy, radius in puffs:
            reach = 2 * radius + more
            page.add_artist(
                Ellipse(
                    ((place[0] + dx) / width, (place[1] + dy) / height),
                    reach / width,
                    reach / height,
                    transform=page.transFigure,
                    color=color,
                    linewidth=0,
                    zorder=layer,
                )
            )


def stock(page: Figure, name: Sequence[str], corner: tuple[float, float, float, float], *, divided: str) -> None:
    """Draw a stock's box (left, top, width, height) with its name in lines and, softer, by what it is divided."""
    x, top, wide, tall = corner
    _box(page, corner, facecolor=BOX, edgecolor=INK, linewidth=0.8, zorder=2)
    line = LABEL * LEADING * POINT
    y = top - tall / 2 + (len(name) * line + (LINE if divided else 0.0)) / 2
    for number, text in enumerate(name):
        put(page, (x + wide / 2, y - (number + 0.5) * line), text, ha="center", va="middle", zorder=3)
    if divided:
        put(
            page,
            (x + wide / 2, y - len(name) * line - 0.5 * LINE),
            divided,
            ha="center",
            va="middle",
            fontsize=SMALL,
            color=SOFT,
            zorder=3,
        )


def ghost(page: Figure, name: Sequence[str], corner: tuple[float, float, float, float]) -> None:
    """Draw the dashed box (left, top, width, height) of a stock that stands elsewhere, its name in lines."""
    x, top, wide, tall = corner
    _box(page, corner, facecolor=PAPER, edgecolor=SOFT, linewidth=0.6, linestyle=(0, (2, 1.5)), zorder=2)
    y = top - tall / 2 + len(name) * LINE / 2
    for number, text in enumerate(name):
        put(
            page,
            (x + wide / 2, y - (number + 0.5) * LINE),
            text,
            ha="center",
            va="middle",
            fontsize=SMALL,
            color=SOFT,
            zorder=3,
        )


def _box(page: Figure, corner: tuple[float, float, float, float], **style: object) -> None:
    width, height = size_of(page)
    x, top, wide, tall = corner
    page.add_artist(
        Rectangle((x / width, (top - tall) / height), wide / width, tall / height, transform=page.transFigure, **style)
    )


def _polygon(page: Figure, corners: Sequence[tuple[float, float]], **style: object) -> None:
    width, height = size_of(page)
    page.add_artist(Polygon([(x / width, y / height) for x, y in corners], transform=page.transFigure, **style))
