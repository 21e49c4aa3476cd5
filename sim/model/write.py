"""Writing the intermediate representation as Vensim text, and the sketch section of a hand-written model.

``python -m sim.model.write MODEL.mdl`` renews what is derived in a model folder: the sketch section of the file itself,
one view for each of its groups, and the flat edition beside it.
"""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from sim.model.entries import SKETCH_MARK
from sim.model.flat import flatten
from sim.model.ir import Clock, Model, Variable
from sim.model.sketch import write_views
from sim.model.structure import causes, flows
from sim.model.text import equation_text, number_text
from sim.model.vensim import read

_WIDTH = 200
_BREAKS = (" + ", " - ", " * ", " / ", ", ", "),")
_RULE = "*" * 56
_ORDER = ("stock", "flow", "auxiliary", "table", "constant")


def model_text(model: Model) -> str:
    """Return ``model`` as the text of an ``.mdl`` file, groups and views included; reading it gives the same model."""
    lines = ["{UTF-8}", *(f"{found.name}: {', '.join(found.elements)} ~~|" for found in model.ranges.values())]
    group = ""
    for variable in model.variables.values():
        if variable.group != group:
            group = variable.group
            lines += ["", _RULE, f"\t.{group}", f"{_RULE}~", "\t|"]
        lines += _entry(variable)
    return "\n".join([*lines, *_clock(model.clock), ""]) + sketch_text(model)


def sketch_text(model: Model) -> str:
    """Return a sketch section for ``model``: one view for each group, stocks first, then flows, auxiliaries, constants."""
    groups: dict[str, list[str]] = {}
    for variable in model.variables.values():
        groups.setdefault(variable.group or "Model", []).append(variable.name)
    stocks = frozenset(variable.name for variable in model.variables.values() if variable.kind == "stock")
    links = {variable.name: causes(variable) for variable in model.variables.values()}
    return write_views(((title, _sorted(model, names)) for title, names in groups.items()), stocks, links)


def _sorted(model: Model, names: Iterable[str]) -> list[str]:
    flowing = {
        name for variable in model.variables.values() if variable.kind == "stock" for side in flows(variable) for name in side
    }

    def rank(name: str) -> int:
        kind = model.variables[name].kind
        return _ORDER.index("flow" if kind == "auxiliary" and name in flowing else kind)

    return sorted(names, key=rank)


def _entry(variable: Variable) -> list[str]:
    lines = []
    last = len(variable.equations) - 1
    for position, equation in enumerate(variable.equations):
        lines += _wrapped(equation_text(variable, equation))
        if position == last:
            lines += [f"\t~\t{variable.units}{_limits(variable)}", f"\t~\t{variable.documentation}", "\t|"]
        else:
            lines.append("\t~~|")
    return lines


def _limits(variable: Variable) -> str:
    if not variable.limits:
        return ""
    return " [" + ",".join("?" if limit is None else number_text(limit) for limit in variable.limits) + "]"


def _wrapped(text: str) -> list[str]:
    """Break ``text`` after an operator or comma with Vensim's continuation mark, never inside a name."""
    lines = []
    while len(text) > _WIDTH:
        cut = max(text.rfind(mark, 0, _WIDTH - len(mark)) + len(mark) for mark in _BREAKS)
        if cut < _WIDTH // 4:
            break
        lines.append(text[:cut].rstrip() + "\\")
        text = "\t\t" + text[cut:]
    return [*lines, text]


def _clock(clock: Clock) -> list[str]:
    values: Mapping[str, float] = {
        "FINAL TIME": clock.stop,
        "INITIAL TIME": clock.start,
        "SAVEPER": clock.save,
        "TIME STEP": clock.step,
    }
    lines = ["", _RULE, "\t.Control", f"{_RULE}~", "\t|"]
    for name, value in values.items():
        lines += [f"{name} = {number_text(value)}", f"\t~\t{clock.units}", "\t~\t", "\t|"]
    return lines


def renew(path: Path) -> tuple[Path, ...]:
    """Renew the sketch section of the model at ``path`` and the flat edition beside it; return what was written."""
    model = read(path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.split(SKETCH_MARK)[0].rstrip() + "\n\n" + sketch_text(model), encoding="utf-8")
    flat = path.with_name(f"{path.stem}_flat.mdl")
    flat.write_text(model_text(flatten(model)), encoding="utf-8")
    return path, flat


if __name__ == "__main__":
    for written in renew(Path(sys.argv[1])):
        print(written)
