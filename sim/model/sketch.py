"""The sketch section of an ``.mdl`` file: which variable stands where on which view.

Only what this project needs of Vensim's documented sketch format is read and written: view titles (``*name``),
variables (object type 10), arrows (1) and the pipes of flows (11).  Files so written were not opened in Vensim itself.
"""

import re
from collections.abc import Iterable, Mapping

from sim.model.ir import View, key

_VARIABLE = re.compile(r'^10,(\d+),("(?:[^"\\]|\\.)*"|[^,]*),(-?\d+),(-?\d+),')
_HEADER = "V300  Do not put anything below this section - it will be ignored"
_FONT = "$192-192-192,0,Times New Roman|12||0-0-0|0-0-0|0-0-255|-1--1--1|-1--1--1|96,96,100,0"
_BOX, _PLAIN = 3, 8


def read_views(text: str, names: Mapping[str, str]) -> tuple[View, ...]:
    """Return the views of the sketch part ``text``; ``names`` gives model names by comparison key.

    Objects that stand for no variable of the model (``Time``, comments) are left out.
    """
    views: list[View] = []
    title, positions = None, []
    for line in text.splitlines():
        if line.startswith("*"):
            if title is not None:
                views.append(View(title, tuple(positions)))
            title, positions = line[1:].strip(), []
        elif match := _VARIABLE.match(line):
            name = names.get(key(match[2]))
            if name is not None:
                positions.append((name, int(match[3]), int(match[4])))
        elif line.startswith("///---"):
            break
    if title is not None:
        views.append(View(title, tuple(positions)))
    return tuple(views)


def write_views(views: Iterable[tuple[str, Iterable[str]]], stocks: frozenset[str], links: Mapping[str, Iterable[str]]) -> str:
    """Return a sketch section: each view a grid of its variables with arrows from causes to effects.

    Arguments:
        views: ``(title, names)`` in order.
        stocks: names drawn as boxes.
        links: causes of each variable.
    """
    lines = ["\\\\\\---/// Sketch information - do not modify anything except names", _HEADER]
    for position, (title, names) in enumerate(views):
        if position:
            lines += ["\\\\\\---/// Sketch information - do not modify anything except names", _HEADER]
        lines += [f"*{title}", _FONT, *_objects(tuple(names), stocks, links)]
    return "\n".join([*lines, "///---\\\\\\", ":L<%^E!@", ""])


def _objects(names: tuple[str, ...], stocks: frozenset[str], links: Mapping[str, Iterable[str]]) -> list[str]:
    columns = max(4, round((len(names) * 0.6) ** 0.5))
    numbers = {name: number for number, name in enumerate(names, 1)}
    lines = []
    for name, number in numbers.items():
        row, column = divmod(number - 1, columns)
        shape = _BOX if name in stocks else _PLAIN
        lines.append(f"10,{number},{name},{160 + 240 * column},{100 + 90 * row},70,24,{shape},3,0,0,0,0,0,0")
    arrows = [
        (numbers[cause], number)
        for name, number in numbers.items()
        for cause in links.get(name, ())
        if cause in numbers and cause != name
    ]
    return lines + [
        f"1,{len(names) + index},{cause},{effect},0,0,0,0,0,64,0,-1--1--1,,1|(0,0)|"
        for index, (cause, effect) in enumerate(arrows, 1)
    ]
