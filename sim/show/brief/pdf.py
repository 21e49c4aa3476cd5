"""A brief as PDF, typeset by Typst: texts travel as data beside a fixed template, so none of them is ever read as markup."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sim.errors import Problem, ThroughflowError
from sim.show.brief.document import Block, Document, Picture, Pictures
from sim.show.fonts import FAMILY, FILE

TEMPLATE = Path(__file__).parent / "brief.typ"
"""How a page looks."""


def render(document: Document) -> bytes:
    """Return ``document`` as the bytes of a PDF; the same document gives the same bytes.

    Raises:
        ThroughflowError: the typesetter is not installed, or refuses.
    """
    return _typeset(document, format="pdf", timestamp=0)


def pages(document: Document, *, resolution: float = 110.0) -> list[bytes]:
    """Return every page of ``document`` as a PNG picture of ``resolution`` dots an inch."""
    made = _typeset(document, format="png", ppi=resolution)
    return made if isinstance(made, list) else [made]


def _typeset(document: Document, **options: Any) -> Any:
    try:
        import typst
    except ImportError as error:
        cure = "install it: pip install typst; the HTML needs nothing more"
        raise ThroughflowError(Problem("PDF", "no typesetter", "Typst is not installed", cure)) from error
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FILE.parent)])
    files = {"main.typ": TEMPLATE.read_bytes(), "brief.json": json.dumps(_plain(document), ensure_ascii=False).encode()}
    files |= {_file(picture): picture.svg for picture in document.pictures()}
    try:
        return typst.Compiler(files, font_paths=fonts).compile(**options)
    except typst.TypstError as error:
        cure = "report it with the answers it was made from"
        raise ThroughflowError(Problem("PDF", str(error), "the page could not be typeset", cure)) from error


def _file(picture: Picture) -> str:
    return f"{picture.name}.svg"


def _plain(document: Document) -> dict[str, Any]:
    """Return ``document`` as plain data, each block with its kind and drawings by the names of their files."""
    sections = [
        {"title": section.title, "blocks": [_block(block) for block in section.blocks]} for section in document.sections
    ]
    keys = ("language", "kicker", "title", "question", "footer")
    return {
        **{key: getattr(document, key) for key in keys},
        "font": FAMILY,
        "opening": list(document.opening),
        "sections": sections,
    }


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, Pictures):
        items = [{"file": _file(each), "width": each.width, "caption": each.caption} for each in block.items]
        return {"block": "pictures", "items": items}
    return {"block": type(block).__name__.lower(), **asdict(block)}
