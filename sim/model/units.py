"""Units: reading unit text, and the algebra of products and quotients.

A unit is a mapping from base units to exponents.  ``ANY`` is the unit of a bare number (it agrees with every unit where
units must agree), ``UNKNOWN`` that of a variable without unit text (nothing is claimed about it).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from sim.errors import Problem, ThroughflowError

_TOKEN = re.compile(r"\s*(?:(\*|/|\(|\)|\^)|([^*/()^]+))")
_SCALE = re.compile(r"(?!1$)[-\d.]+(?:[eE][-+]?\d+)?")
"""A number other than 1: a unit says what is counted, a constant of the model how many."""

_DIMENSIONLESS = frozenset(
    {
        "",
        "1",
        "dmnl",
        "dimensionless",
        "dimensionles",
        "unitless",
        "none",
        "fraction",
        "percent",
        "ratio",
        "index",
        "share",
    }
)
_ALIASES = {
    "yr": "year",
    "yrs": "year",
    "a": "year",
    "mo": "month",
    "mth": "month",
    "wk": "week",
    "hr": "hour",
    "hrs": "hour",
    "h": "hour",
    "d": "day",
    "min": "minute",
    "sec": "second",
    "s": "second",
    "people": "person",
    "men": "man",
    "persons": "person",
    "$": "dollar",
    "usd": "dollar",
    "dollars": "dollar",
    "ppl": "person",
    "data": "datum",
    "species": "species",
    "series": "series",
    "analyses": "analysis",
    "children": "child",
    "feet": "foot",
    "indices": "index",
}


@dataclass(frozen=True)
class Unit:
    """A product of powers of base units, ``powers`` sorted by name; ``kind`` marks the two special units."""

    powers: tuple[tuple[str, Fraction], ...] = ()
    kind: str = "unit"

    def __str__(self) -> str:
        """Return the unit as people write it, ``person/year``."""
        if self.kind != "unit":
            return self.kind
        top = [_power_text(name, power) for name, power in self.powers if power > 0]
        bottom = [_power_text(name, -power) for name, power in self.powers if power < 0]
        if not bottom:
            return "*".join(top) or "dmnl"
        below = "*".join(bottom)
        return f"{'*'.join(top) or '1'}/{f'({below})' if len(bottom) > 1 else below}"


DIMENSIONLESS = Unit()
ANY = Unit(kind="any")
UNKNOWN = Unit(kind="unknown")


def _power_text(name: str, power: Fraction) -> str:
    return name if power == 1 else f"{name}^{power}"


def unit_text(unit: Unit) -> str:
    """Return the text that reads back as ``unit``, empty where nothing is known or a power is no whole number."""
    whole = all(power.denominator == 1 for _, power in unit.powers)
    return str(unit) if unit.kind == "unit" and whole else ""


def combine(left: Unit, right: Unit, sign: int) -> Unit:
    """Return ``left · right`` (``sign`` 1) or ``left / right`` (``sign`` −1); bare numbers count as dimensionless."""
    if UNKNOWN in (left, right):
        return UNKNOWN
    if left == right == ANY:
        return ANY
    powers = dict(left.powers)
    for name, power in right.powers:
        powers[name] = powers.get(name, Fraction(0)) + sign * power
    return Unit(tuple(sorted((name, power) for name, power in powers.items() if power)))


def raised(unit: Unit, power: Fraction) -> Unit:
    """Return ``unit`` raised to ``power``."""
    if unit.kind != "unit":
        return unit
    return Unit(tuple((name, exponent * power) for name, exponent in unit.powers if power))


def base_unit(name: str, aliases: Mapping[str, str] = _ALIASES) -> str:
    """Return the singular, lower-case form of a base unit: ``Years`` and ``yr`` are ``year``."""
    plain = " ".join(name.replace("_", " ").split()).casefold()
    if plain in aliases:
        return aliases[plain]
    head, _, last = plain.rpartition(" ")
    for ending, singular in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("s", "")):
        if last.endswith(ending) and len(last) > len(ending) + 1 and not last.endswith(("ss", "us", "is")):
            last = last[: -len(ending)] + singular
            break
    return aliases.get(last, last) if not head else f"{head} {last}"


def parse_unit(text: str, where: str) -> Unit:
    """Return the unit that ``text`` says; ``UNKNOWN`` for an empty text.

    Arguments:
        text: products and quotients of base units, parentheses and integer powers allowed (``person/(tie*year)``).
        where: place for messages.

    Raises:
        ThroughflowError: the text is not such an expression.
    """
    if not text.strip():
        return UNKNOWN
    tokens = [operator or word.strip() for operator, word in _TOKEN.findall(text) if operator or word.strip()]
    reader = _Reader(
        tokens,
        lambda: ThroughflowError(
            Problem(where, f"unit {text!r}", "a unit is a product or quotient of names", "write it like person/(tie*year)")
        ),
    )
    return reader.whole()


class _Reader:
    """Recursive descent over unit tokens."""

    def __init__(self, tokens: list[str], refusal: Callable[[], ThroughflowError]) -> None:
        self.tokens = tokens
        self.refusal = refusal

    def whole(self) -> Unit:
        unit = self.product()
        if self.tokens:
            raise self.refusal()
        return unit

    def product(self) -> Unit:
        unit = self.factor()
        while self.tokens and self.tokens[0] in "*/":
            sign = 1 if self.tokens.pop(0) == "*" else -1
            unit = combine(unit, self.factor(), sign)
        return unit

    def factor(self) -> Unit:
        if not self.tokens:
            raise self.refusal()
        token = self.tokens.pop(0)
        if token == "(":
            unit = self.product()
            if not self.tokens or self.tokens.pop(0) != ")":
                raise self.refusal()
        elif token in "*/)^" or "+" in token or _SCALE.fullmatch(token):
            raise self.refusal()
        else:
            name = base_unit(token)
            unit = DIMENSIONLESS if name in _DIMENSIONLESS else Unit(((name, Fraction(1)),))
        if self.tokens and self.tokens[0] == "^":
            self.tokens.pop(0)
            try:
                unit = raised(unit, Fraction(self.tokens.pop(0)))
            except (ValueError, IndexError, ZeroDivisionError):
                raise self.refusal() from None
        return unit
