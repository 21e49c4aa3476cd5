"""A figure's folder: both languages as SVG, PDF and PNG, the drawn numbers, captions and provenance, written all or nothing."""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from sim.errors import Problem, ThroughflowError
from sim.show import fonts, style

FORMATS: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("svg", {"metadata": {"Date": None, "Creator": "throughflow"}}),
    ("pdf", {"metadata": {"CreationDate": None, "Creator": "throughflow", "Producer": None}}),
    ("png", {"metadata": {"Software": None}, "dpi": style.DPI}),
)
"""Formats and the metadata that keeps them free of dates and versions."""


@dataclass(frozen=True)
class Bundle:
    """All that is written for one figure.

    Attributes:
        name: the folder's name.
        table: what is drawn.
        drawings: the figure by language.
        captions: the caption by language.
        provenance: where the numbers come from.
    """

    name: str
    table: pd.DataFrame
    drawings: Mapping[str, Figure]
    captions: Mapping[str, str]
    provenance: Mapping[str, Any]


def texts(figure: Figure) -> tuple[Text, ...]:
    """Return the texts of ``figure`` that can be seen."""
    return tuple(text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip())


def write(bundle: Bundle, folder: Path) -> Path:
    """Write ``bundle`` as ``folder/<name>/``, replacing an earlier one in a single step, and return that path.

    Raises:
        ThroughflowError: a character has no glyph, or the folder cannot be written; nothing is changed then.
    """
    fonts.check(text.get_text() for figure in bundle.drawings.values() for text in texts(figure))
    target = folder / bundle.name
    partial: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{bundle.name}.", dir=folder))
        partial.chmod(0o755)
        _fill(bundle, partial)
        _replace(partial, target)
    except OSError as error:
        raise ThroughflowError(
            Problem(
                str(target),
                str(error),
                "the figure cannot be written there",
                "name a folder that can be written (figure.folder, --folder)",
            )
        ) from error
    finally:
        if partial is not None and partial.exists():
            shutil.rmtree(partial, ignore_errors=True)
    return target


def _fill(bundle: Bundle, folder: Path) -> None:
    with style.applied():
        for language, figure in bundle.drawings.items():
            FigureCanvasAgg(figure)
            for suffix, options in FORMATS:
                path = folder / f"{bundle.name}.{language}.{suffix}"
                figure.savefig(path, format=suffix, **options)
                if suffix == "png":
                    _lighten(path)
    for language, caption in bundle.captions.items():
        (folder / f"caption.{language}.md").write_text(caption.strip() + "\n", encoding="utf-8")
    bundle.table.to_csv(folder / f"{bundle.name}.csv", index=False, lineterminator="\n")
    listed = json.dumps(bundle.provenance, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False)
    (folder / "provenance.json").write_text(listed + "\n", encoding="utf-8")


def _lighten(path: Path) -> None:
    """Store the picture at ``path`` with a palette: a third of the size, no difference to the eye on flat colours."""
    with Image.open(path) as picture:
        flat = picture.convert("RGB").quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    flat.save(path, optimize=True, dpi=(style.DPI, style.DPI))


def _replace(partial: Path, target: Path) -> None:
    """Put ``partial`` in the place of ``target``; should that fail, ``target`` is what it was."""
    if not target.exists():
        os.replace(partial, target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}.old.", dir=target.parent)) / "bundle"
    os.replace(target, old)
    try:
        os.replace(partial, target)
    except OSError:
        os.replace(old, target)
        raise
    finally:
        shutil.rmtree(old.parent, ignore_errors=True)
