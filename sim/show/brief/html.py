"""A brief as one HTML file: no scripts, nothing fetched from anywhere, drawings inside; every text is escaped."""

import base64
from collections.abc import Iterator
from html import escape
from pathlib import Path

from sim.show.brief.document import Block, Document, Grid, Picture, Pictures, Points, Prose, Section, Tile, Tiles

STYLE = Path(__file__).parent / "brief.css"
"""How the page looks, on a screen, on a telephone and in print."""

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""What a browser may load for the page: nothing but what is in it."""


def render(document: Document) -> str:
    """Return ``document`` as the text of an HTML file."""
    tag = "zh-Hans" if document.language == "zh" else "en"
    body = "\n".join(_body(document))
    style = STYLE.read_text(encoding="utf-8")
    return (
        f'<!DOCTYPE html>\n<html lang="{tag}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f"<title>{escape(document.kicker)}: {escape(document.title)}</title>\n<style>\n{style}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _body(document: Document) -> Iterator[str]:
    yield "<main>\n<header>"
    yield f'<p class="kicker">{escape(document.kicker)}</p>\n<h1>{escape(document.title)}</h1>'
    yield f'<p class="question">{escape(document.question)}</p>'
    first, *rest = document.opening
    yield f'<p>{escape(first)}</p>\n<p class="status">{escape(" ".join(rest))}</p>\n</header>'
    for number, section in enumerate(document.sections, 1):
        yield from _section(section, number)
    yield f"</main>\n<footer>{escape(document.footer)}</footer>"


def _section(section: Section, number: int) -> Iterator[str]:
    yield f'<section aria-labelledby="part-{number}">\n<h2 id="part-{number}">{escape(section.title)}</h2>\n<div>'
    for block in section.blocks:
        yield _block(block)
    yield "</div>\n</section>"


def _block(block: Block) -> str:
    match block:
        case Prose(text, "code"):
            return f"<pre><code>{escape(text)}</code></pre>"
        case Prose(text, kind):
            return f'<p class="{escape(kind)}">{escape(text)}</p>'
        case Points(items, labels) if labels:
            rows = (f"<dt>{escape(label)}</dt><dd>{escape(item)}</dd>" for label, item in zip(labels, items, strict=True))
            return '<dl class="told">\n' + "\n".join(rows) + "\n</dl>"
        case Points(items):
            return "<ul>\n" + "\n".join(f"<li>{escape(item)}</li>" for item in items) + "\n</ul>"
        case Tiles(items):
            return '<dl class="tiles">\n' + "\n".join(_tile(item) for item in items) + "\n</dl>"
        case Grid():
            return _grid(block)
        case Pictures(items):
            return f'<div class="pictures{" pair" if len(items) > 1 else ""}">\n' + "\n".join(map(_picture, items)) + "\n</div>"
    raise AssertionError(block)


def _tile(tile: Tile) -> str:
    kind = "settled" if tile.settled else "unsettled"
    number = f'<dd class="number">{escape(tile.number)} <span>{escape(tile.unit)}</span></dd>'
    more = f"<dd>{escape(tile.interval)}</dd>\n<dd>{escape(tile.verdict)}</dd>"
    return f'<div class="{kind}"><dt>{escape(tile.label)}</dt>\n{number}\n{more}</div>'


def _grid(grid: Grid) -> str:
    def cell(tag: str, place: int, text: str) -> str:
        kind = ' class="right"' if place in grid.numbers else ""
        scope = ' scope="col"' if tag == "th" else ""
        return f"<{tag}{kind}{scope}>{escape(text)}</{tag}>"

    head = "".join(cell("th", place, text) for place, text in enumerate(grid.columns))
    rows = "\n".join("<tr>" + "".join(cell("td", place, text) for place, text in enumerate(row)) + "</tr>" for row in grid.rows)
    caption = f"<caption>{escape(grid.caption)}</caption>"
    table = f"<table>\n{caption}\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"
    return f'<div class="scroll" tabindex="0">{table}</div>'


def _picture(picture: Picture) -> str:
    data = base64.b64encode(picture.svg).decode("ascii")
    image = (
        f'<img src="data:image/svg+xml;base64,{data}" alt="{escape(picture.caption)}" style="max-width:{picture.width:g}mm">'
    )
    return f"<figure>{image}<figcaption>{escape(picture.caption)}</figcaption></figure>"
