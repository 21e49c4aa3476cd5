"""Layout rules every figure keeps, measured on the rendered page rather than trusted.

Text inside the sheet, no two texts over each other, nothing under 6 pt, exact print width, and every letter at 4.5 : 1 against
what actually lies beneath it.
"""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from sim.show import style
from sim.show.bundle import texts

LEAST_CONTRAST = 4.5
CLEAR_SHARE = 0.9
"""Share of the ground under a text that must reach the contrast; the rest allows for a hairline that passes."""

RESOLUTION = 150


def audit(figure: Figure) -> tuple[str, ...]:
    """Return what is wrong with the layout of ``figure``, one sentence each; nothing, if it keeps all rules."""
    with style.applied():
        figure.set_dpi(RESOLUTION)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        hidden = _beyond(figure)
        shown = [text for text in texts(figure) if id(text) not in hidden]
        extents = [text.get_window_extent(canvas.get_renderer()) for text in shown]
        found = [*_sheet(figure), *_sizes(shown), *_inside(figure, shown, extents), *_apart(shown, extents)]
        return (*found, *_contrast(figure, canvas, list(zip(shown, extents, strict=True))))


def _beyond(figure: Figure) -> frozenset[int]:
    """Return the labels of ticks beyond the limits of their axis, which are never drawn."""
    found = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in axis.get_major_ticks():
                if not low - 1e-9 <= tick.get_loc() <= high + 1e-9:
                    found |= {id(tick.label1), id(tick.label2)}
    return frozenset(found)


def _sheet(figure: Figure) -> list[str]:
    width, height = (inches * 25.4 for inches in figure.get_size_inches())
    found = []
    if min(abs(width - style.NARROW), abs(width - style.WIDE)) > 1e-6:
        found.append(f"the sheet is {width:.2f} mm wide, not {style.NARROW:g} or {style.WIDE:g}")
    if height > style.MAX_HEIGHT:
        found.append(f"the sheet is {height:.1f} mm high, more than {style.MAX_HEIGHT:g}")
    return found


def _sizes(shown: list[Text]) -> list[str]:
    return [f"{_name(text)} is {text.get_fontsize():g} pt" for text in shown if text.get_fontsize() < style.SMALL - 1e-9]


def _inside(figure: Figure, shown: list[Text], extents: list[Bbox]) -> list[str]:
    page = figure.bbox
    return [
        f"{_name(text)} leaves the sheet"
        for text, box in zip(shown, extents, strict=True)
        if box.x0 < page.x0 - 0.5 or box.y0 < page.y0 - 0.5 or box.x1 > page.x1 + 0.5 or box.y1 > page.y1 + 0.5
    ]


def _apart(shown: list[Text], extents: list[Bbox]) -> list[str]:
    if not shown:
        return []
    box = np.array([[extent.x0, extent.y0, extent.x1, extent.y1] for extent in extents])
    slack = np.array([text.get_fontsize() for text in shown]) * 0.18 * RESOLUTION / 72  # extents include empty ascenders
    across = np.minimum.outer(box[:, 2], box[:, 2]) - np.maximum.outer(box[:, 0], box[:, 0])
    down = np.minimum.outer(box[:, 3], box[:, 3]) - np.maximum.outer(box[:, 1], box[:, 1])
    met = np.triu((across > 0.5) & (down > np.minimum.outer(slack, slack)), 1)
    return [f"{_name(shown[one])} overlaps {_name(shown[other])}" for one, other in np.argwhere(met)]


def _contrast(figure: Figure, canvas: FigureCanvasAgg, shown: list[tuple[Text, Bbox]]) -> list[str]:
    inks = [text.get_color() for text, _ in shown]
    for text, _ in shown:
        text.set_visible(False)
    canvas.draw()
    ground = np.asarray(canvas.buffer_rgba())[..., :3].astype(float) / 255.0
    for text, _ in shown:
        text.set_visible(True)
    found = []
    for (text, box), ink in zip(shown, inks, strict=True):
        share = _clear(ground, box, ink)
        if share < CLEAR_SHARE:
            found.append(f"{_name(text)} reads clearly on only {share:.0%} of its ground")
    return found


def _clear(ground: np.ndarray, box: Bbox, ink: object) -> float:
    height = ground.shape[0]
    rows = slice(max(int(height - box.y1), 0), max(int(np.ceil(height - box.y0)), 1))
    columns = slice(max(int(box.x0), 0), max(int(np.ceil(box.x1)), 1))
    part = ground[rows, columns].reshape(-1, 3)
    if not len(part):
        return 1.0
    linear = np.where(part <= 0.03928, part / 12.92, ((part + 0.055) / 1.055) ** 2.4) @ np.array([0.2126, 0.7152, 0.0722])
    own = style.luminance(ink)
    ratio = (np.maximum(linear, own) + 0.05) / (np.minimum(linear, own) + 0.05)
    return float((ratio >= LEAST_CONTRAST).mean())


def _name(text: Text) -> str:
    return repr(text.get_text().replace("\n", " / ")[:60])
