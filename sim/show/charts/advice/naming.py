"""What packages, unknowns and conditions are called in figures and sentences about robustness and information."""

from collections.abc import Mapping
from typing import Any

from sim.show.charts.advice.unions import ALIAS
from sim.show.registry import Look

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


def condition(look: Look, row: Any, settings: Mapping[str, Any], *, scale: tuple[str, float] | None = None) -> str:
    """Return a condition in words: outcome, how it is read, sign, limit and unit.

    Arguments:
        look: how the figure speaks.
        row: a condition with ``outcome``, ``sign``, ``limit`` (in the model's unit) and ``kind``.
        settings: wordings ``percent``, ``gain`` and ``value`` in each language.
        scale: unit of a limit that is not in per cent, and what it is multiplied with; those of figures if ``None``.
    """
    words = look.words
    usual = scale or (words.unit("quantity", row.outcome), words.factor("quantity", row.outcome))
    unit, factor = ("%", 1.0) if row.kind == "percent" else usual
    number = f"{float(f'{row.limit * factor:.4g}'):,.10g}".replace("-", "−")
    shown = number if unit in PLAIN else f"{number}{unit}" if words.language == "zh" else f"{number} {unit}"
    name = words("quantity", row.outcome, short=True)
    return str(settings[f"{row.kind}_{words.language}"]).format(name=name, sign=SIGNS[row.sign], limit=shown)
