"""A page with every figure of a folder, in both languages: picture, title, and links to files, numbers and caption."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sim.errors import Problem, ThroughflowError
from sim.results.files import replacing
from sim.show import gallery
from sim.show.registry import ADVICE, CALIBRATION, STUDY
from sim.show.words import LANGUAGES

NAME = "README.md"
"""The file: what sites that show repositories open with a folder."""

MARK = "<!-- Written by `throughflow draw --overview`; what is changed here is lost. -->"
"""First line of a page that may be replaced."""

HEAD = """# Figures · 图集

Each folder holds one figure in English and Chinese (PDF, SVG, PNG), the numbers drawn (CSV), captions, and where it comes from.
每个文件夹包含一幅图的中英文版本（PDF、SVG、PNG）、所绘数据（CSV）、图注及来源记录。
"""

PARTS: Mapping[str, str] = {
    STUDY: "Single runs · 单次模拟",
    ADVICE: "Answers from many worlds · 多世界集合的解答",
    CALIBRATION: "Calibration · 校准",
}
"""Headings by kind of result."""

_TITLE = re.compile(r"^\*\*(?P<title>.+)\*\*$")


def write(folder: Path) -> tuple[Path, int]:
    """Write ``folder/README.md`` and return its path and the number of figures it shows.

    Raises:
        ThroughflowError: no figures in ``folder``, or a page of that name that was not written here.
    """
    path = folder / NAME
    if path.exists() and not path.read_text(encoding="utf-8", errors="replace").startswith(MARK):
        why, cure = f"{NAME} there was not written here and would be lost", "move it away, or name another folder"
        raise ThroughflowError(Problem(str(path), "another page", why, cure))
    known = {kind: gallery.names(kind=kind) for kind in PARTS}
    found = {kind: [name for name in names if (folder / name / "provenance.json").is_file()] for kind, names in known.items()}
    if not any(found.values()):
        cure = "draw some first: throughflow draw RESULTS --folder FOLDER"
        raise ThroughflowError(Problem(str(folder), "no figures there", "a page would be empty", cure))
    with replacing(path) as temporary:
        temporary.write_text("\n".join(_lines(folder, found)), encoding="utf-8")
    return path, sum(map(len, found.values()))


def _lines(folder: Path, found: Mapping[str, Sequence[str]]) -> Iterator[str]:
    yield from (MARK, "", HEAD)
    for kind, names in found.items():
        if names:
            yield f"## {PARTS[kind]}\n"
        for name in names:
            yield from _figure(folder, name)


def _figure(folder: Path, name: str) -> Iterator[str]:
    english, chinese = (_title(folder / name / f"caption.{language}.md") for language in ("en", "zh"))
    yield f"### {english}\n"
    yield f"{chinese}\n"
    yield f"[![{english}]({name}/{name}.en.png)]({name}/{name}.en.svg)\n"
    links = [
        *(
            f"[{suffix.upper()} {code}]({name}/{name}.{code}.{suffix})"
            for code in LANGUAGES
            for suffix in ("pdf", "svg", "png")
        ),
        *(f"[{said}]({name}/caption.{code}.md)" for code, said in (("en", "caption"), ("zh", "图注"))),
        f"[CSV]({name}/{name}.csv)",
    ]
    yield " · ".join(links) + "\n"


def _title(path: Path) -> str:
    """Return the title of a figure, the first line of its caption."""
    found = _TITLE.match(path.read_text(encoding="utf-8").partition("\n")[0])
    if found is None:
        raise ThroughflowError(Problem(str(path), "no title", "its first line is the figure's title, in bold", "draw it again"))
    return found["title"]
