"""The one call that makes a brief of stored answers, and the one that writes it."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import count
from pathlib import Path

from sim.errors import Problem, raise_if
from sim.results.files import replacing
from sim.show import fonts
from sim.show.brief import basis, change, costs, figures, html, pdf, sources, summary
from sim.show.brief.answers import Answers, find
from sim.show.brief.case import Case
from sim.show.brief.document import Block, Document, Grid, Pictures, Section


def compose(answers: Answers, package: str, language: str) -> Document:
    """Return the brief on ``package`` in ``language``.

    Arguments:
        answers: stored answers.
        package: a scenario of the table ``packages``, its parts with + between, or the name of their union.
        language: ``en`` or ``zh``.

    Raises:
        ThroughflowError: no such package in the answers; characters that the shipped font lacks.
    """
    case = Case(answers, find(answers, package), language)
    _check([case.label])
    parts = (summary.section, figures.section, costs.section, basis.section, change.section, sources.section, basis.annex)
    made = Document(
        language,
        case.text("kicker"),
        case.text("title"),
        summary.question(case),
        summary.opening(case),
        _numbered(case, [made for part in parts if (made := part(case)) is not None]),
        case.text("footer"),
    )
    _check(made.texts())
    return made


def write(document: Document, folder: Path, name: str) -> tuple[Path, ...]:
    """Write ``document`` as ``folder/brief-<name>.<language>.html`` and ``.pdf`` and return both paths.

    Raises:
        ThroughflowError: the folder cannot be written.
    """
    files = {"html": html.render(document).encode(), "pdf": pdf.render(document)}
    written = []
    for suffix, content in files.items():
        path = folder / f"brief-{name}.{document.language}.{suffix}"
        with replacing(path) as temporary:
            temporary.write_bytes(content)
        written.append(path)
    return tuple(written)


def _numbered(case: Case, sections: Iterable[Section]) -> tuple[Section, ...]:
    """Return ``sections`` with figures and tables numbered in their captions."""
    figures_, tables = count(1), count(1)

    def numbered(block: Block) -> Block:
        if isinstance(block, Grid):
            return replace(block, caption=case.text("table", number=str(next(tables)), caption=block.caption))
        if not isinstance(block, Pictures):
            return block
        told = [(each, case.text("figure", number=str(next(figures_)), caption=each.caption)) for each in block.items]
        return Pictures(tuple(replace(each, caption=caption) for each, caption in told))

    return tuple(replace(section, blocks=tuple(map(numbered, section.blocks))) for section in sections)


def _check(texts: Iterable[str]) -> None:
    """Refuse ``texts`` with characters that the shipped font lacks."""
    lacking = {text: fonts.missing(text) for text in texts}
    raise_if(
        Problem(f"text {text[:60]!r} of the brief", f"no glyph for {letters!r}", "it would be an empty box", "use others")
        for text, letters in lacking.items()
        if letters
    )
