"""What packages, unknowns and conditions are called in figures and sentences about robustness and information."""

from collections.abc import Mapping
from typing import Any

from sim.show.charts.advice.unions import ALIAS
from sim.show.registry import Look
from sim.show.words import Words

SIGNS: Mapping[str, str] = {">=": "≥", "<=": "≤", ">": ">", "<": "<"}
"""How comparisons are written."""


PLAIN = ("", "share", "比例")
"""Units that a number reads better without."""


def package(look: Look, name: str) -> str:
    """Return the short label of a package: its recommendations joined by ``+``, or the name it goes by."""
    parts = name.split(".")
    if len(parts) < 2 or not all(look.words.knows("scenario", part) for part in parts):
        return look.label(name, short=True)
    alias = ALIAS.get("+".join(parts), "")
    return look.words("scenario", alias, short=True) if alias else "+".join(parts)


def factor(words: Words, outcome: str, kind: str) -> float:
    """Return what the limit of a condition in the model's unit is multiplied with before it is shown."""
    return 1.0 if kind == "percent" else words.factor("quantity", outcome)


def condition(look: Look, row: Any, settings: Mapping[str, Any]) -> str:
    """Return a condition in words: outcome, how it is read, sign, limit and unit.

    Arguments:
        look: how the figure speaks.
        row: a condition with ``outcome``, ``sign``, ``limit`` (in the model's unit) and ``kind``.
        settings: wordings ``percent``, ``gain`` and ``value`` in each language.
    """
    words = look.words
    unit = "%" if row.kind == "percent" else words.unit("quantity", row.outcome)
    number = f"{row.limit * factor(words, row.outcome, row.kind):,.4g}".replace("-", "−")
    shown = number if unit in PLAIN else f"{number}{unit}" if words.language == "zh" else f"{number} {unit}"
    name = words("quantity", row.outcome, short=True)
    return str(settings[f"{row.kind}_{words.language}"]).format(name=name, sign=SIGNS[row.sign], limit=shown)
