"""Answers beside an ensemble: the tables, the sentences in both languages, the figures, and a short word at the end."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli.progress import Progress, tell_left_out
from sim.cli.table_package import write_tables
from sim.errors import Problem, ThroughflowError

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr

ANSWERS = "results.nc"
"""Name of the file that holds the answers, in the folder of the ensemble they are about."""

Questions = Mapping[str, Mapping[str, Any]]


def answered(
    dataset: "xr.Dataset", questions: Questions, folder: Path, *, refused: "Callable[[ThroughflowError], None] | None" = None
) -> "xr.Dataset":
    """Answer ``questions`` of the ensemble ``dataset``, write the answers into ``folder`` and return them.

    ``refused`` is told of questions that cannot be answered, the others being answered; without it all are refused.

    Leaves ``results.nc``, ``tables/`` with ``datapackage.json``, and ``answers.en.md`` and ``answers.zh.md``; each takes the
    place of an earlier one, and only when all are written.

    Raises:
        ThroughflowError: what a question cannot be asked of; a folder that cannot be written.
    """
    from sim import results
    from sim.analysis.advice.questions import answer

    with Progress(len(questions), "question") as progress:
        made = answer(dataset, questions, progress=progress.tell, refused=refused)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".answers.", dir=folder) as staging:
            results.save_netcdf(made, Path(staging, ANSWERS))
            write_tables(made, Path(staging), name="answers")
            _write_sentences(made, Path(staging))
            shutil.rmtree(folder / "tables", ignore_errors=True)
            for path in sorted(Path(staging).iterdir()):
                os.replace(path, folder / path.name)
    except OSError as error:
        what, cure = error.strerror or str(error), "make room, or give a folder you may write to"
        raise ThroughflowError(Problem(str(folder), what, "the answers cannot be written there", cure)) from error
    return made


def draw(made: "xr.Dataset", folder: Path, names: tuple[str, ...] | None) -> int:
    """Draw figures of answers into ``folder`` and return how many; what cannot be drawn is told.

    Arguments:
        made: answers.
        folder: where the figures go.
        names: which; every one that the answers suffice for, if ``None``.
    """
    from sim.show import gallery

    if names == () or (names is None and not gallery.drawable(made)):
        return 0
    with Progress(0, "figure") as progress:
        drawn = gallery.draw(made, folder, names, progress=progress.tell)
    if names is None:
        tell_left_out(made)
    return len(drawn)


def told(made: "xr.Dataset", language: str = "en") -> str:
    """Return what the answers say, question by question, as text for a terminal."""
    from sim.show.voice import sentences

    return "\n".join(
        f"{name}\n" + "\n".join(f"  - {sentence}" for sentence in said) for name, said in sentences(made, language).items()
    )


def _write_sentences(made: "xr.Dataset", folder: Path) -> None:
    from sim.show import advised
    from sim.show.kinds import definitions, home_of
    from sim.show.voice import sentences
    from sim.show.words import LANGUAGES, load

    home = home_of(made)
    common = definitions(home, "advice")["common"]
    for language in LANGUAGES:
        facts = advised.told(made, common, load(home, language))
        parts = [f"# {common[f'answers_{language}'].format(title=made.attrs['study'])}", "", facts["illustrative"], ""]
        for name, said in sentences(made, language).items():
            parts += [f"## {common[f'question_{name}_{language}']}", "", *(f"- {sentence}" for sentence in said), ""]
        (folder / f"answers.{language}.md").write_text("\n".join(parts), encoding="utf-8")
