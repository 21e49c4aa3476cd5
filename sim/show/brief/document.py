"""What a brief consists of, whatever it is written as: sections of prose, points, numbers, tables and pictures.

All texts are plain; nothing in them is ever read as markup.
"""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Prose:
    """A paragraph.

    Attributes:
        text: what it says.
        kind: ``plain``, ``missing`` for what cannot be told, ``code`` for a command.
        label: what it is about, in two or three words; empty if it needs none.
    """

    text: str
    kind: str = "plain"
    label: str = ""


@dataclass(frozen=True)
class Points:
    """Sentences that stand one below the other, each with a label beside it if there are any."""

    items: tuple[str, ...]
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tile:
    """A number that stands out: what of, the number, its unit, its interval, and whether its sign is settled."""

    label: str
    number: str
    unit: str
    interval: str
    verdict: str
    settled: bool


@dataclass(frozen=True)
class Tiles:
    """Numbers side by side."""

    items: tuple[Tile, ...]


@dataclass(frozen=True)
class Grid:
    """A table.

    Attributes:
        caption: what it shows.
        columns: headings.
        rows: cells of text, as many a row as there are headings.
        numbers: which columns hold numbers, which stand at the right.
        twice: whether two rows may stand side by side, because there are many.
        whole: whether it stands on one page, however many rows it has.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()
    twice: bool = False
    whole: bool = False


@dataclass(frozen=True)
class Picture:
    """A drawing.

    Attributes:
        name: what files call it.
        svg: the drawing.
        width: print width, mm.
        caption: what it shows, with the uncertainty; it is what a reader is told who cannot see it.
    """

    name: str
    svg: bytes
    width: float
    caption: str


@dataclass(frozen=True)
class Pictures:
    """Drawings side by side; one alone may fill the page's width."""

    items: tuple[Picture, ...]


Block = Prose | Points | Tiles | Grid | Pictures


@dataclass(frozen=True)
class Section:
    """A part of the document with a heading."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """A brief.

    Attributes:
        language: ``en`` or ``zh``.
        kicker: what kind of document it is.
        title: the package.
        question: the question in one sentence.
        opening: what the package is, and on what footing the answers stand.
        sections: the parts in order.
        footer: what stands at the foot of every page.
    """

    language: str
    kicker: str
    title: str
    question: str
    opening: tuple[str, ...]
    sections: tuple[Section, ...]
    footer: str

    def pictures(self) -> Iterator[Picture]:
        """Yield every drawing in order."""
        for section in self.sections:
            for block in section.blocks:
                if isinstance(block, Pictures):
                    yield from block.items

    def texts(self) -> Iterator[str]:
        """Yield every text outside the drawings."""
        yield from (self.kicker, self.title, self.question, *self.opening, self.footer)
        for section in self.sections:
            yield section.title
            for block in section.blocks:
                yield from texts(block)


def texts(block: Block) -> Iterator[str]:
    """Yield every text of ``block`` outside drawings."""
    match block:
        case Prose():
            yield block.text
        case Points():
            yield from (*block.labels, *block.items)
        case Tiles():
            for tile in block.items:
                yield from (tile.label, tile.number, tile.unit, tile.interval, tile.verdict)
        case Grid():
            yield from (block.caption, *block.columns, *(cell for row in block.rows for cell in row))
        case Pictures():
            yield from (picture.caption for picture in block.items)
