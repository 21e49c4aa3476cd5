"""Reading Vensim ``.mdl`` files into the intermediate representation.

The equations are parsed by PySD's Vensim translator (``pysd.translators.vensim``), one entry at a time so that a
refusal names its line; PySD's builder, which would run text of the file, is never touched.  Every construct is
honoured, refused with its place, or noted in ``Model.notes``.
"""

import codecs
import hashlib
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sim.errors import Problem, ThroughflowError, gather, nearest, raise_if
from sim.model.assemble import Part, assemble
from sim.model.clock import read_clock
from sim.model.entries import SKETCH_MARK, Entry, split_entries, unsafe_or_ambiguous
from sim.model.expansion import expand
from sim.model.ir import Model, key
from sim.model.sketch import read_views
from sim.model.stored import remembered
from sim.model.structure import loop_problems
from sim.model.subscripts import Ranges

LARGEST_FILE = 16 * 1024 * 1024
"""Bytes; larger files are refused before they are parsed."""


def read(path: str | Path) -> Model:
    """Read the Vensim model at ``path``.

    Arguments:
        path: an ``.mdl`` file.

    Returns:
        The model: frozen, ordered as in the file, complete (every element defined once, no simultaneous equations).

    Raises:
        ThroughflowError: everything in the file that cannot be honoured, each with file and line.
    """
    path = Path(path)
    raw = _bytes_of(path)
    return remembered(path.stem, raw, lambda: _read(path, raw))


def _read(path: Path, raw: bytes) -> Model:
    """Return the model that the bytes of the file at ``path`` are."""
    text = _decoded(raw, path)
    equations, _, sketch = text.partition(SKETCH_MARK)
    ranges, parts, notes = _parse(split_entries(equations, path.name), path)
    variables, clock = gather(lambda: assemble(parts, ranges, path.name), lambda: read_clock(parts, path.name))
    if not variables:
        raise ThroughflowError(
            Problem(
                str(path),
                "no variables",
                "an empty model cannot be run",
                "check that this is a Vensim text model (.mdl)",
            )
        )
    variables, expanded = expand(variables, ranges.by_name, time_units=clock.units, source=path.name)
    model = Model(
        name=path.stem,
        ranges=ranges.by_name,
        variables=variables,
        clock=clock,
        views=read_views(sketch, {key(name): name for name in variables}),
        notes=(*notes, *expanded),
        fingerprint=hashlib.sha256(raw).hexdigest(),
    )
    raise_if(loop_problems(model))
    return model


def _bytes_of(path: Path) -> bytes:
    def refuse(what: str, why: str, cure: str) -> ThroughflowError:
        return ThroughflowError(Problem(str(path), what, why, cure))

    if path.suffix.lower() != ".mdl":
        raise refuse(f"ending {path.suffix or 'none'!r}", "only Vensim text models are read", "give an .mdl file")
    if not _is_file(path):
        near = nearest(path.name, [found.name for found in path.parent.glob("*.mdl")]) if path.parent.is_dir() else ""
        raise refuse("no such file", "there is nothing to read", near or "check the path")
    if path.stat().st_size > LARGEST_FILE:
        raise refuse(f"{path.stat().st_size} bytes", f"the limit is {LARGEST_FILE}", "split the model")
    try:
        return path.read_bytes()
    except OSError as error:
        raise refuse("it cannot be read", error.strerror or str(error), "check its permissions") from error


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _decoded(raw: bytes, path: Path) -> str:
    declared = raw[:32].decode("ascii", "ignore").strip()
    encoding = declared[1:].split("}")[0].lower() if declared.startswith("{") else "utf-8"
    encoding = {"utf-8": "utf-8-sig", "gb2312": "gb18030"}.get(encoding, encoding)
    try:
        codecs.lookup(encoding)
    except (LookupError, ValueError):  # the braces hold a comment
        encoding = "utf-8-sig"
    try:
        return raw.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
    except (ValueError, LookupError) as error:
        raise ThroughflowError(
            Problem(
                str(path),
                f"text that is not {encoding.removesuffix('-sig')}",
                str(error),
                "save the model as UTF-8 with {UTF-8} as its first line",
            )
        ) from error


def _parse(entries: Iterable[Entry], path: Path) -> tuple[Ranges, list[Part], list[str]]:
    from pysd.translators.vensim import vensim_element as translator

    definitions: list[tuple[str, tuple[str, ...], str]] = []
    parts: list[Part] = []
    notes: list[str] = []
    problems: list[Problem] = []
    for entry in entries:
        where = f"{path.name}:{entry.line} {entry.name}"
        found = _component(translator, entry, where)
        if isinstance(found, Problem):
            problems.append(found)
        elif isinstance(found, translator.SubscriptRange):
            refusal = _range_refusal(found, where)
            problems += [refusal] if refusal else []
            if refusal is None:
                names = (found.definition,) if isinstance(found.definition, str) else tuple(found.definition)
                definitions.append((found.name, names, where))
        elif isinstance(found, translator.Constraint | translator.TestInput):
            notes.append(f"{where}: reality checks are left out")
        elif isinstance(found, translator.Data):
            problems.append(
                Problem(
                    where,
                    "a data variable (:=, :INTERPOLATE: ...)",
                    "data files are not read yet",
                    "write the points as a table",
                )
            )
        else:
            parts.append(Part(found, entry, where))
    raise_if(problems)
    return Ranges(definitions), parts, notes


def _component(translator: Any, entry: Entry, where: str) -> Any:
    """Return the translator's component of ``entry``, parsed, or the problem that stops it."""
    if ":MACRO:" in entry.equation.upper() or ":END OF MACRO:" in entry.equation.upper():
        return Problem(where, "a macro (:MACRO:)", "macros are not honoured yet", "write its equations out where it is used")
    unsafe = unsafe_or_ambiguous(entry, where)
    if unsafe:
        return unsafe
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            component = translator.Element(entry.equation, entry.units, entry.documentation).parse()
            if hasattr(component, "parse"):
                component.parse()
    except RecursionError:
        return Problem(where, "an equation nested too deeply", "the parser gives up", "split it into variables")
    except Exception as error:
        if "TypeError" in str(error) and "argument" in str(error):
            return Problem(
                where,
                f"a function with too few or too many arguments: {entry.equation[:120]}",
                "its form in Vensim has another number of them",
                "write SMOOTH(input, time), SMOOTHI(input, time, initial), DELAY N(input, time, initial, order), "
                "TREND(input, time, initial), FORECAST(input, time, horizon), INITIAL(value), INTEG(flow, initial), "
                "PULSE TRAIN(start, duration, interval, end)",
            )
        return Problem(
            where,
            f"an equation that cannot be parsed: {entry.equation[:120]}",
            _reason(error),
            "check operators, commas, parentheses and function arguments near that place",
        )
    return component


def _reason(error: Exception) -> str:
    position = getattr(error, "pos", None)
    text = getattr(error, "text", "")
    if isinstance(position, int) and text:
        return f"the grammar stops at ...{text[max(position - 20, 0) : position + 20]}..."
    return f"{type(error).__name__}: {str(error).splitlines()[0][:160]}" if str(error) else type(error).__name__


def _range_refusal(found: Any, where: str) -> Problem | None:
    if isinstance(found.definition, dict):
        return Problem(where, "a range read from another file", "files beside the model are not read", "list the elements")
    if found.mapping and not isinstance(found.definition, str):  # PySD shares one list between all copies (<->)
        return Problem(
            where,
            "a subscript mapping (->)",
            "mappings are not honoured yet",
            "use subranges, or an incidence matrix and SUM",
        )
    return None
