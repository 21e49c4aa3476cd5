"""Drawing a planned stock-and-flow diagram: rows of stocks, pipes with valves, and under each valve what acts on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from sim.show import listing, marks
from sim.show.layout import Lane, Row
from sim.show.marks import CLOUD, LINE
from sim.show.panels import EDGE, POINT, foot, head, notes_height, put, rule
from sim.show.registry import Look
from sim.show.style import INK, LABEL, SMALL, SOFT, TITLE, WIDE, sheet
from sim.show.text import LEADING, balanced

STOCK, LEAST, MOST, BARE = 23.0, 25.0, 46.0, 3.0
"""Widths, mm: a stock's box; the narrowest and widest zone with lanes; a zone without."""

PIPE, GAP, ROW_GAP, GHOST, OVER = 3.2, 2.8, 6.0, 15.5, 60.0
"""Height of a pipe with its valve, space between lanes and rows, width of a ghost, room for the text of an overpass, mm."""

LEVER = "#00629b"
"""Ink of the frictions that measures act on."""

MARKS: Mapping[str, str] = {"lever": "◆", "stock": "□", "flow": "→"}
"""Signs before the names of causes, by kind."""

Helpers = Sequence[tuple[str, Sequence[str]]]
"""Auxiliaries with their causes."""

Corner = tuple[float, float, float, float]


@dataclass(frozen=True)
class Names:
    """Display names for a diagram: the look, the kind of each cause, the range of each stock."""

    look: Look
    kinds: Mapping[str, str]
    ranges: Mapping[str, str]

    def of(self, name: str) -> str:
        """Return the display name of a variable; a friction after measures goes by its plain name."""
        words = self.look.words
        return words(
            "variable", name if words.knows("variable", name) else name.removeprefix(self.look.settings["lever_prefix"])
        )

    def cause(self, name: str) -> str:
        """Return the display name of a cause with the mark of its kind."""
        mark = MARKS.get(self.kinds.get(name, ""), "")
        return f"{mark} {self.of(name)}" if mark else self.of(name)

    def divided(self, stock: str) -> str:
        """Return how a stock is divided, e.g. "by partner"; empty if it is not."""
        return self.look.words("range", self.ranges[stock]) if stock in self.ranges else ""


@dataclass(frozen=True)
class Block:
    """A lane with its texts broken into lines for the width it has."""

    lane: Lane
    title: tuple[str, ...]
    causes: tuple[tuple[str, str], ...]
    ghost: tuple[str, ...]

    @property
    def height(self) -> float:
        """Return the height it takes, mm."""
        own = (len(self.title) + len(self.causes)) * LINE + PIPE + (1.2 if self.causes else 0.0)
        return max(own, len(self.ghost) * LINE + 1.6 if self.ghost else 0.0)


@dataclass(frozen=True)
class Placed:
    """A row with the widths of its zones, its lanes and its overpasses with their texts broken."""

    row: Row
    widths: tuple[float, ...]
    zones: tuple[tuple[Block, ...], ...]
    over: tuple[Block, ...]

    @property
    def width(self) -> float:
        """Return the width of the whole row, mm."""
        return sum(self.widths) + STOCK * len(self.row.stocks)

    @property
    def roof(self) -> float:
        """Return the height of the overpasses, mm."""
        return sum(block.height + GAP for block in self.over)


def draw(rows: Sequence[Row], names: Names, helpers: Helpers) -> Figure:
    """Return the diagram of ``rows``, and below it what acts on the auxiliaries, on a sheet as high as they need."""
    look = names.look
    listed = listing.columns([_entry(name, causes, names) for name, causes in helpers], mark=look.words.text("list mark"))
    notes = [look.words.text("diagram key"), look.say("note")]
    lines = [_plan(group, names) for group in _pack(rows)]
    heights = [_height(line, names) for line in lines]
    low = notes_height(look, notes, WIDE)
    page = sheet(
        WIDE,
        low + 4.0 + sum(heights) + ROW_GAP * (len(lines) - 1) + listing.height(listed) + 3.0 + TITLE * LEADING * POINT + EDGE,
    )
    y = head(page, look) - 3.0
    foot(page, look, notes)
    for line, tall in zip(lines, heights, strict=True):
        x = EDGE
        for placed in line:
            _row(page, names, placed, (x, y, tall))
            x += placed.width
        y -= tall + ROW_GAP
    listing.draw(page, look.words.text("auxiliaries"), listed, top=y)
    return page


def _entry(name: str, causes: Sequence[str], names: Names) -> listing.Entry:
    """Return one line of the list below the diagram: an auxiliary and what acts on it."""
    told = [(names.cause(cause), LEVER if names.kinds.get(cause) == "lever" else SOFT) for cause in causes]
    return listing.Entry(names.of(name), tuple(told))


def _pack(rows: Sequence[Row]) -> list[list[Row]]:
    """Put rows side by side where both fit the sheet."""
    packed: list[list[Row]] = []
    for row in rows:
        if packed and _least([*packed[-1], row]) <= WIDE - 2 * EDGE:
            packed[-1].append(row)
        else:
            packed.append([row])
    return packed


def _least(rows: Sequence[Row]) -> float:
    return sum(STOCK * len(row.stocks) + sum(_narrowest(zone) for zone in row.zones) for row in rows)


def _narrowest(zone: Sequence[Lane]) -> float:
    if not zone:
        return BARE
    return LEAST + (12.0 if any("ghost" in (lane.left, lane.right) for lane in zone) else 0.0)


def _plan(group: Sequence[Row], names: Names) -> list[Placed]:
    used = sum(bool(zone) for row in group for zone in row.zones)
    extra = min((WIDE - 2 * EDGE - _least(group)) / max(used, 1), MOST - LEAST)
    placed = []
    for row in group:
        widths = tuple(_narrowest(zone) + (extra if zone else 0.0) for zone in row.zones)
        zones = tuple(tuple(_block(lane, width, names) for lane in zone) for zone, width in zip(row.zones, widths, strict=True))
        over = tuple(_block(Lane(flow, "stock", "stock", True), OVER, names) for flow in row.over)
        placed.append(Placed(row, widths, zones, over))
    return placed


def _height(line: Sequence[Placed], names: Names) -> float:
    return max(
        max([_stack(zone) for zone in placed.zones] + [_stock_height(name, names) for name in placed.row.stocks]) + placed.roof
        for placed in line
    )


def _stack(blocks: Sequence[Block]) -> float:
    return sum(block.height for block in blocks) + GAP * (len(blocks) - 1) if blocks else 0.0


def _stock_lines(name: str, names: Names) -> tuple[str, ...]:
    return balanced(names.of(name), room=(STOCK - 2.5) / POINT, size=LABEL)


def _stock_height(name: str, names: Names) -> float:
    return len(_stock_lines(name, names)) * LABEL * LEADING * POINT + (LINE if names.divided(name) else 0.0) + 3.5


def _block(lane: Lane, width: float, names: Names) -> Block:
    aside = "ghost" in (lane.left, lane.right)
    room = (width - 3.0 - (GHOST if aside else 0.0)) / POINT
    title = balanced(" → ".join(names.of(name) for name in lane.flow.names), room=room, size=SMALL)
    causes = () if lane.repeated else lane.flow.causes
    lines = tuple(
        (line, LEVER if names.kinds.get(name) == "lever" else SOFT)
        for name in causes
        for line in balanced(names.cause(name), room=room, size=SMALL)
    )
    other = lane.flow.source if lane.repeated else lane.flow.target
    return Block(lane, title, lines, balanced(names.of(other), room=(GHOST - 1.5) / POINT, size=SMALL) if aside else ())


def _row(page: Figure, names: Names, placed: Placed, place: tuple[float, float, float]) -> None:
    x, top, tall = place
    body = top - placed.roof
    centres = {}
    for position, zone in enumerate(placed.zones):
        _zone(page, zone, (x, body, placed.widths[position], tall - placed.roof))
        x += placed.widths[position]
        if position < len(placed.row.stocks):
            name = placed.row.stocks[position]
            marks.stock(page, _stock_lines(name, names), (x, body, STOCK, tall - placed.roof), divided=names.divided(name))
            centres[name] = x + STOCK / 2
            x += STOCK
    y = top
    for number, block in enumerate(placed.over):
        shift = 4.0 * number
        _overpass(page, block, (centres[block.lane.flow.source] + shift, centres[block.lane.flow.target] + shift), (y, body))
        y -= block.height + GAP


def _zone(page: Figure, blocks: Sequence[Block], corner: Corner) -> None:
    x, top, width, tall = corner
    y = top - (tall - _stack(blocks)) / 2
    for block in blocks:
        _lane(page, block, (x, y, width, block.height))
        y -= block.height + GAP


def _lane(page: Figure, block: Block, corner: Corner) -> None:
    x, y, width, tall = corner
    lane = block.lane
    left = x + {"stock": 0.0, "cloud": CLOUD, "ghost": GHOST}[lane.left]
    right = x + width - {"stock": 0.0, "cloud": CLOUD, "ghost": GHOST}[lane.right]
    pipe = y - len(block.title) * LINE - PIPE / 2
    if block.ghost:
        high = len(block.ghost) * LINE + 1.2
        top = min(y, max(pipe + high / 2, y - tall + high))
        marks.ghost(page, block.ghost, (x + 0.4 if lane.left == "ghost" else right, top, GHOST - 0.4, high))
    for side, edge, sign in ((lane.left, x, 1), (lane.right, x + width, -1)):
        if side == "cloud":
            marks.cloud(page, (edge + sign * (CLOUD / 2 + 0.2), pipe))
    middle = (left + right) / 2 if block.ghost else x + width / 2
    marks.tube(page, [(left, pipe), (right, pipe)] if lane.forward else [(right, pipe), (left, pipe)])
    _words(page, block, middle, y)


def _words(page: Figure, block: Block, middle: float, top: float) -> None:
    """Write a lane's name above its pipe and its causes below, and put the valve between them."""
    pipe = top - len(block.title) * LINE - PIPE / 2
    put(page, (middle, top), "\n".join(block.title), ha="center", fontsize=SMALL, color=INK)
    marks.valve(page, (middle, pipe))
    low = pipe - PIPE / 2
    if block.causes:
        rule(page, [(middle, low - 1.0), (middle, low + 0.7)], color=SOFT, linewidth=0.6)
    for number, (line, color) in enumerate(block.causes):
        put(page, (middle, low - 1.2 - number * LINE), line, ha="center", fontsize=SMALL, color=color)


def _overpass(page: Figure, block: Block, ends: tuple[float, float], heights: tuple[float, float]) -> None:
    """Draw a pipe that runs above its row from one stock's top to another's."""
    (start, stop), (y, body) = ends, heights
    pipe = y - len(block.title) * LINE - PIPE / 2
    marks.tube(page, [(start, body), (start, pipe), (stop, pipe), (stop, body)])
    _words(page, block, (start + stop) / 2, y)
