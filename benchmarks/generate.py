"""A mid-size model of no subject: as many stocks, flows, tables, powers and exponentials as a usual one, and numerically tame.

Each unit of size has ten sectors of three stocks in a row; shares of stocks move effects, effects move flows, and flows
couple the sectors, so that every outcome needs every equation.
"""

from collections.abc import Iterator
from pathlib import Path

SECTORS = 10
"""Sectors in a unit of size."""

LEVELS = ("A", "B", "C")
"""Stocks of a sector, in the order in which things pass through."""

TABLES, EXPONENTIALS, POWERS, ROOTS, OTHERS = 9, 6, 12, 3, 6
"""Effects of a unit by their function."""

EFFECTS = TABLES + EXPONENTIALS + POWERS + ROOTS + OTHERS
DELAYS, SENSITIVITIES, EXPONENTS, EXCHANGES = 5, 3, 6, 5

VARIED = ("base inflow 1", "delay 2", "exponent 3", "sensitivity 1")
"""Constants that differ between members."""

RECORD = ("Level C 1", "Level B 3", "Level A 6", "outflow 10", "inflow 5")
"""Outcomes that are kept."""


def write_model(path: Path, size: int = 1) -> Path:
    """Write the model to ``path`` and return that; ``size`` multiplies stocks, flows, effects and constants."""
    path.write_text(model_text(size), encoding="utf-8")
    return path


def model_text(size: int = 1) -> str:
    """Return the model as Vensim text: 30 stocks, 45 flows, 36 effects, 24 constants and 9 tables for each unit of ``size``."""
    lines = ["{UTF-8}"]
    for unit in range(size):
        lines += [*_constants(unit), *_effects(unit, size), *_flows(unit), *_stocks(unit)]
    lines += ["INITIAL TIME = 0 ~ month ~|", "FINAL TIME = 100 ~ month ~|"]
    return "\n".join([*lines, "TIME STEP = 0.25 ~ month ~|", "SAVEPER = 1 ~ month ~|", ""])


def _constants(unit: int) -> Iterator[str]:
    for at in range(SECTORS):
        yield f"base inflow {unit * SECTORS + at + 1} = {8 + 1.5 * (at * 3 % 7):g} ~ thing/month ~|"
    for at in range(DELAYS):
        yield f"delay {unit * DELAYS + at + 1} = {6 + 2.5 * at:g} ~ month ~|"
    for at in range(EXPONENTS):
        yield f"exponent {unit * EXPONENTS + at + 1} = {0.45 + 0.23 * at:g} ~ dmnl ~|"
    for at in range(SENSITIVITIES):
        yield f"sensitivity {unit * SENSITIVITIES + at + 1} = {0.7 + 0.35 * at:g} ~ dmnl ~|"


def _effects(unit: int, size: int) -> Iterator[str]:
    """Yield the effects: of a table, an exponential, a power of a constant or of a number, a root, or plainer things."""
    ends = [TABLES, EXPONENTIALS, EXPONENTS, POWERS - EXPONENTS, ROOTS, OTHERS]
    forms = (_table, _exponential, _power, _literal_power, _root, _other)
    number = 0
    for form, count in zip(forms, ends, strict=True):
        for at in range(count):
            share = _share(unit, number, size)
            yield f"effect {unit * EFFECTS + number + 1} = {form(unit, at, share)} ~ dmnl ~|"
            number += 1
    for at in range(TABLES):
        points = 5 + at % 4
        xs = [(k / (points - 1)) ** (1 + 0.1 * at) for k in range(points)]
        pairs = ",".join(f"({x:.4f},{0.6 + 0.8 * x * (1 - 0.3 * x) + 0.02 * at:.4f})" for x in xs)
        yield f"effect table {unit * TABLES + at + 1}({pairs}) ~ dmnl ~|"


def _share(unit: int, number: int, size: int) -> str:
    """Return a share of two stocks, between 0 and 1, of this sector and another, every fourth time in the next unit."""
    other = (unit + (number % 4 == 0)) % size
    one = f"Level {LEVELS[number % 3]} {unit * SECTORS + number * 3 % SECTORS + 1}"
    two = f"Level {LEVELS[(number + 1) % 3]} {other * SECTORS + (number * 7 + 1) % SECTORS + 1}"
    return f"{one}/({one}+{two})"


def _table(unit: int, at: int, share: str) -> str:
    return f"effect table {unit * TABLES + at + 1}({share})"


def _exponential(unit: int, at: int, share: str) -> str:
    return f"0.4+EXP(-sensitivity {unit * SENSITIVITIES + at % SENSITIVITIES + 1}*{share})"


def _power(unit: int, at: int, share: str) -> str:
    return f"(0.5+{share})^exponent {unit * EXPONENTS + at + 1}"


def _literal_power(unit: int, at: int, share: str) -> str:
    return f"(0.5+{share})^{0.6 + 0.3 * at:g}"


def _root(unit: int, at: int, share: str) -> str:
    return f"SQRT(0.5+{share})"


def _other(unit: int, at: int, share: str) -> str:
    forms = (
        f"MAX(0.7,MIN(1.3,0.5+{share}))",
        f"0.5+{share}",
        f"MIN(1.2,1.7-{share})",
        f"1.5-{share}",
        f"0.6+{share}*(1+STEP(0.2,40))",
        f"0.5+{share}+RAMP(0.005,20,60)",
    )
    return forms[at]


def _flows(unit: int) -> Iterator[str]:
    for at in range(SECTORS):
        sector = unit * SECTORS + at + 1
        delays = [f"delay {unit * DELAYS + (at + k) % DELAYS + 1}" for k in range(3)]
        effects = [f"effect {unit * EFFECTS + (4 * at + k) % EFFECTS + 1}" for k in range(4)]
        yield f"inflow {sector} = base inflow {sector}*{effects[0]} ~ thing/month ~|"
        yield f"first passage {sector} = Level A {sector}*{effects[1]}/{delays[0]} ~ thing/month ~|"
        yield f"second passage {sector} = Level B {sector}*{effects[2]}/{delays[1]} ~ thing/month ~|"
        yield f"outflow {sector} = Level C {sector}*{effects[3]}/{delays[2]} ~ thing/month ~|"
    for at in range(EXCHANGES):
        giver = unit * SECTORS + 2 * at + 1
        effect = f"effect {unit * EFFECTS + 4 + 5 * at}"
        moved = f"0.1*Level B {giver}*{effect}/delay {unit * DELAYS + at + 1}"
        yield f"exchange {unit * EXCHANGES + at + 1} = {moved} ~ thing/month ~|"


def _stocks(unit: int) -> Iterator[str]:
    for at in range(SECTORS):
        sector, exchange = unit * SECTORS + at + 1, f"exchange {unit * EXCHANGES + at // 2 + 1}"
        moved = f"-{exchange}" if at % 2 == 0 else f"+{exchange}"
        nets = (
            f"inflow {sector}-first passage {sector}",
            f"first passage {sector}-second passage {sector}{moved}",
            f"second passage {sector}-outflow {sector}",
        )
        for rank, (name, net) in enumerate(zip(LEVELS, nets, strict=True)):
            yield f"Level {name} {sector} = INTEG({net}, {90 - 25 * rank + (4 - rank) * at + unit}) ~ thing ~|"
