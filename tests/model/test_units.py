"""Units: how they are written, how they combine, and which mistakes the check finds without false alarms."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.model.unit_check import check_units, unchecked
from sim.model.units import ANY, DIMENSIONLESS, UNKNOWN, Unit, base_unit, combine, parse_unit, raised

from .support import flagship, model_of, refused

SAME = [
    ("person/year", "Person / Year"),
    ("person/year", "people/yr"),
    ("person/(tie*year)", "person/tie/year"),
    ("persons*months", "month*person"),
    ("1/year", "1/Years"),
    ("dmnl", "Dimensionless"),
    ("person*1", "person"),
    ("metre^2", "metre*metre"),
    ("metre^-1", "1/metre"),
    ("million USD", "Million usd"),
    ("research_group", "research group"),
    ("research groups/month", "research group/months"),
    ("policy", "policies"),
    ("process", "processes"),
    ("box", "boxes"),
    ("(person/year)/(person)", "1/year"),
    ("person/person", "fraction"),
    ("$/day", "dollars/day"),
]
DIFFERENT = [
    ("person", "tie"),
    ("person/year", "person/month"),
    ("person/year", "year/person"),
    ("metre", "metre^2"),
    ("million USD", "usd"),
    ("year", "1/year"),
    ("person", "dmnl"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_same(one, other):
    assert parse_unit(one, "here") == parse_unit(other, "here")


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different(one, other):
    assert parse_unit(one, "here") != parse_unit(other, "here")


@pytest.mark.parametrize(
    "text",
    [
        "person/",
        "*year",
        "person//year",
        "(person",
        "person)",
        "person^",
        "person^x",
        "/",
        "()",
        "person (year",
        "person^1/0^1/",
        "2*person",
        "year+2",
        "1000",
    ],
)
def test_nonsense_is_refused_with_its_place(text):
    (problem,) = refused(lambda: parse_unit(text, "model.mdl:7 births"))
    assert problem.where == "model.mdl:7 births"
    assert text in problem.what


@pytest.mark.parametrize("word", ["bus", "species", "analysis", "process", "series", "year"])
def test_singulars_stay(word):
    assert base_unit(word) == word


NAMES = st.sampled_from(["person", "year", "tie", "dataset"])
UNITS = st.dictionaries(NAMES, st.integers(-3, 3).filter(bool), max_size=4).map(
    lambda powers: Unit(tuple(sorted((name, Fraction(power)) for name, power in powers.items())))
)


@given(UNITS, UNITS, UNITS)
def test_algebra(a, b, c):
    assert combine(a, b, 1) == combine(b, a, 1)
    assert combine(combine(a, b, 1), c, 1) == combine(a, combine(b, c, 1), 1)
    assert combine(a, a, -1) == DIMENSIONLESS
    assert combine(combine(a, b, 1), b, -1) == a
    assert combine(a, DIMENSIONLESS, 1) == a
    assert raised(raised(a, Fraction(2)), Fraction(1, 2)) == a
    assert combine(a, UNKNOWN, 1) == UNKNOWN
    assert combine(a, ANY, 1) == a


@given(UNITS)
def test_written_units_read_back(unit):
    assert parse_unit(str(unit), "here") == unit


HEAD = """
people = 30 ~ person ~|
money = 20 ~ dollar ~|
wage = 3 ~ dollar/(person*month) ~|
delay = 5 ~ month ~|
share = 0.5 ~ dmnl ~|
curve((0,0),(9,9)) ~ dmnl ~|
"""

MISTAKES = {
    "sum of unlike": "v = people + money ~ person ~|",
    "difference of unlike": "v = people - share ~ person ~|",
    "wrong unit of the result": "v = people * wage ~ dollar ~|",
    "inverted quotient": "v = delay / people ~ person/month ~|",
    "forgotten time": "v = INTEG(people, 0) ~ person ~|",
    "flow in another time": "v = INTEG(outflow, 0) ~ person ~|\noutflow = people / year ~ person/year ~|\nyear = 1 ~ year ~|",
    "initial value of another unit": "v = INTEG(people / delay, money) ~ person ~|",
    "maximum of unlike": "v = MAX(people, money) ~ person ~|",
    "comparison of unlike": "v = IF THEN ELSE(people > money, 1, 0) ~ dmnl ~|",
    "branches of unlike": "v = IF THEN ELSE(share > 1, people, money) ~ person ~|",
    "exponential with a unit": "v = EXP(delay) ~ dmnl ~|",
    "logarithm with a unit": "v = LN(people) ~ dmnl ~|",
    "exponent with a unit": "v = share ^ delay ~ dmnl ~|",
    "power of a unit to a variable": "v = people ^ share ~ dmnl ~|",
    "root kept whole": "v = SQRT(people) ~ person ~|",
    "time as a pure number": "v = share * Time ~ dmnl ~|",
    "step of another unit": "v = STEP(people, 3) ~ dollar ~|",
    "guarded quotient": "v = XIDZ(people, delay, share) ~ person/month ~|",
    "table of another unit": "v = curve(share) ~ person ~|",
    "sum over a range": "x: a, b ~~|\nw[x] = 1 ~ person ~|\nv = SUM(w[x!]) ~ dollar ~|",
    "one element of several": "x: a, b ~~|\nv[a] = people ~~|\nv[b] = money ~ person ~|",
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_found(name, tmp_path):
    problems = check_units(model_of(tmp_path, HEAD + MISTAKES[name]))
    assert len(problems) == 1, problems
    assert problems[0].where.endswith(" v")
    assert problems[0].where.startswith("m.mdl:")
    assert problems[0].why
    assert problems[0].cure


RIGHT = {
    "bare numbers in sums": "v = people + 1 - 2 ~ person ~|",
    "bare numbers in extrema": "v = MAX(0, MIN(people, 10)) ~ person ~|",
    "bare numbers in comparisons": "v = IF THEN ELSE(people > 3, 1, 0) ~ dmnl ~|",
    "bare numbers in branches": "v = IF THEN ELSE(share > 0, people, 0) ~ person ~|",
    "bare numbers are dimensionless in products": "v = 2 * people / 3 ~ person ~|",
    "a bare constant takes any unit": "v = 3 ~ furlong ~|",
    "power": "v = people ^ 2 ~ person^2 ~|",
    "root": "v = SQRT(people * people) ~ person ~|",
    "half power": "v = people ^ 0.5 ~ person^0.5 ~|",
    "products cancel": "v = people * wage * delay ~ dollar ~|",
    "clock": "v = (Time - INITIAL TIME) / delay ~ dmnl ~|",
    "stock": "v = INTEG(people / delay, 0) ~ person ~|",
    "time step": "v = people / TIME STEP ~ person/month ~|",
    "without units nothing is claimed": "w = 3 ~~|\nv = w + people ~ dollar ~|",
    "plurals": "w = 3 ~ Persons ~|\nv = w + people ~ people ~|",
    "remainder": "v = MODULO(people, 3) ~ person ~|",
    "initial": "v = INITIAL(people) ~ person ~|",
    "pulse": "v = PULSE(3, 2) * people ~ person ~|",
    "vector extrema": "x: a, b ~~|\nw[x] = 1 ~ person ~|\nv = VMAX(w[x!]) + VMIN(w[x!]) ~ person ~|",
}


@pytest.mark.parametrize("name", RIGHT)
def test_no_false_alarms(name, tmp_path):
    assert check_units(model_of(tmp_path, HEAD + RIGHT[name])) == ()


def test_a_bare_product_is_dimensionless(tmp_path):
    """In × ÷ ^ a bare number is dimensionless, so 2 · people does not pass for money."""
    (problem,) = check_units(model_of(tmp_path, HEAD + "v = 2 * people ~ dollar ~|"))
    assert "person" in problem.what


def test_unreadable_unit_is_one_problem(tmp_path):
    (problem,) = check_units(model_of(tmp_path, "v = 3 ~ person/ ~|\nw = v + 1 ~ person ~|"))
    assert problem.where == "m.mdl:2 v"


def test_variables_without_units_are_listed(tmp_path):
    assert unchecked(model_of(tmp_path, "v = 3 ~ person ~|\nw = v + 1 ~~|")) == ("w",)


def test_flagship_has_no_clash_and_no_gap():
    model = flagship()
    assert check_units(model) == ()
    assert unchecked(model) == ()
