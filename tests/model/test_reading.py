"""What the reader keeps of a file, and the traps of the translator that it closes (numbers follow mdl_idioms.md)."""

import dataclasses

import numpy as np
import pytest

import sim
from sim.model.expressions import Apply, Number, Reference, Table
from sim.model.structure import describe, flows, order
from sim.model.text import equation_text

from .support import CLOCK, flagship, model_of, refusals_of, refused, written

RICH = """
item: a, b ~ ~ Two items. |

********************************************************
	.Drivers
********************************************************~
		Group text
	|

births = Stock * rate ~ person/month ~ New people,\\
	every month. [B1] |
rate == 0.1 ~ 1/month [0,1,0.01] ~|
open limit = 2 ~ dmnl [?,5] ~|
curve((3,1),(1,2)) ~ dmnl ~|
Stock = INTEG(births - deaths, 5) ~ person ~ 存量说明。 |
deaths = Stock / curve(2) ~ person/month ~|
listed[item] = 1, 2 ~ dmnl ~ :SUPPLEMENTARY |
"""
SKETCH = r"""\\\---/// Sketch information
V300
*First view
$font
10,1,Stock,10,20,40,20,3
10,2,"births",30,40,1,1,8
10,3,Time,1,1,1,1,8
*Second view
10,1,rate,5,6,1,1,8
///---\\\
:L
10,9,deaths,1,1,1
"""


@pytest.fixture(scope="module")
def rich(tmp_path_factory):
    path = written(tmp_path_factory.mktemp("rich"), RICH, clock=CLOCK + SKETCH, name="rich.mdl")
    return sim.read(path)


def test_what_is_kept(rich):
    births = rich.variables["births"]
    assert (births.kind, births.dims, births.units, births.group) == ("auxiliary", (), "person/month", "Drivers")
    assert births.documentation == "New people, every month. [B1]"
    assert rich.variables["Stock"].documentation == "存量说明。"
    assert {name: variable.kind for name, variable in rich.variables.items()} == {
        "births": "auxiliary", "rate": "constant", "open limit": "constant", "curve": "table", "Stock": "stock",
        "deaths": "auxiliary", "listed": "constant",
    }  # fmt: skip
    assert rich.variables["rate"].limits == (0, 1, 0.01)
    assert rich.variables["open limit"].limits[:2] == (None, 5)
    assert (rich.variables["rate"].settable, rich.variables["open limit"].settable, rich.variables["curve"].settable) == (
        False, True, True,
    )  # fmt: skip
    assert (rich.clock.start, rich.clock.stop, rich.clock.step, rich.clock.save, rich.clock.units) == (0, 10, 0.5, 0.5, "month")
    assert rich.name == "rich"
    assert len(rich.fingerprint) == 64
    assert rich.place("births") == f"rich.mdl:{births.line} births"


def test_lines_are_those_of_the_file(rich, tmp_path):
    lines = ("{UTF-8}\n" + RICH.strip("\n")).split("\n")
    for variable in rich.variables.values():
        assert lines[variable.line - 1].startswith(variable.name)


def test_views(rich):
    assert [view.name for view in rich.views] == ["First view", "Second view"]
    assert rich.views[0].positions == (("Stock", 10, 20), ("births", 30, 40))
    assert rich.views[1].positions == (("rate", 5, 6),)


def test_frozen(rich):
    for thing in (rich, rich.clock, rich.variables["births"], rich.variables["births"].equations[0]):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(thing, dataclasses.fields(thing)[0].name, None)


def test_structure(rich):
    assert flows(rich.variables["Stock"]) == (("births",), ("deaths",))
    told = describe(rich)
    assert told["variables"]["births"]["kind"] == "flow"
    assert told["variables"]["births"]["causes"] == ["Stock", "rate"]
    assert set(told["variables"]["deaths"]["causes"]) == {"curve", "Stock"}
    assert told["variables"]["Stock"]["inflows"] == ["births"]
    assert told["variables"]["Stock"]["equations"] == ["Stock = INTEG(births - deaths, 5)"]
    assert told["ranges"] == {"item": ["a", "b"]}
    assert told["time_units"] == "month"


def test_order_puts_causes_first(rich):
    places = {node[0]: at for at, node in enumerate(order(rich).every_step)}
    assert places["rate"] < places["births"]
    assert "Stock" not in places
    starts = {node[0]: at for at, node in enumerate(order(rich).at_start)}
    assert starts["Stock"] < starts["births"]


def test_finding_names(rich):
    assert rich.find("  BIRTHS ").name == "births"
    assert rich.find("open_LIMIT").name == "open limit"
    assert "did you mean 'births'" in str(refused(lambda: rich.find("brths"))[0])


def tree(tmp_path, right, more=""):
    return model_of(tmp_path, f"v = {right} ~~|\n{more}").variables["v"].equations[0].value


def test_trap_1_sign_and_power(tmp_path):
    """`(0 - 2)^2` and `-x^2` are what they say; `-2^2`, which the translator cannot tell from `(-2)^2`, is refused."""
    assert tree(tmp_path, "-x ^ 2", "x = 3 ~~|") == Apply("negative", (Apply("^", (Reference("x"), Number(2.0))),))
    assert tree(tmp_path, "(-x) ^ 2", "x = 3 ~~|") == Apply("^", (Apply("negative", (Reference("x"),)), Number(2.0)))
    assert tree(tmp_path, "2 ^ -2") == Apply("^", (Number(2.0), Number(-2.0)))
    assert "before ^" in str(refusals_of(tmp_path, "v = -2^2 ~~|")[0])
    assert "before ^" in str(refusals_of(tmp_path, "v = 3 * -2^2 ~~|")[0])


def test_trap_3_missing_is_not_nan(tmp_path):
    problems = refusals_of(tmp_path, "x: a, b ~~|\ny: a ~~|\nv[y] = 1 ~~|\nw[x] = v[x] ~~|")
    assert "b is not in y" in str(problems[0])


def test_trap_6_comments_in_braces(tmp_path):
    assert tree(tmp_path, "x {one} + {two, | and ~ too} Time", "x = 3 ~~|") == Apply("+", (Reference("x"), Apply("time", ())))


def test_trap_8_case_of_subscripts(tmp_path):
    model = model_of(tmp_path, "Item: Big, Small ~~|\nv[ITEM] = 1, 2 ~~|\nw = v[BIG] + SUM(v[item!]) ~~|")
    assert float(sim.simulate(model, method="euler")["w"]) == 4
    assert model.variables["v"].dims == ("Item",)


def test_trap_9_tables_are_sorted(rich):
    assert rich.variables["curve"].equations[0].value == Table((1.0, 3.0), (2.0, 1.0))


def test_trap_11_nothing_is_written_beside_the_model(tmp_path):
    sim.simulate(model_of(tmp_path, "v = 1 ~~|"), method="euler")
    assert [path.name for path in tmp_path.iterdir()] == ["m.mdl"]


def test_reading_survives_pysd_in_the_same_process(tmp_path):
    """PySD's builder appends to a list that all its `<->` ranges share; the reader must not take it for a mapping."""
    from pysd.translators.vensim.vensim_element import SubscriptRange

    shared = SubscriptRange("x", "y").mapping
    shared.append("left over by PySD")
    try:
        model = model_of(tmp_path, "x: a, b ~~|\ny <-> x ~~|\nv[x, y] = 1 ~~|")
    finally:
        shared.remove("left over by PySD")
    assert model.variables["v"].dims == ("x", "y")


def test_dimension_keeps_the_range_that_is_named(tmp_path):
    """Two ranges of the same elements: the one on the left of the equation is the dimension."""
    model = model_of(tmp_path, "z: a, b ~~|\nx: a, b ~~|\nv[x] = Time ~~|\nw[a] = 1 ~~|\nw[b] = 2 ~~|")
    assert model.variables["v"].dims == ("x",)
    assert model.variables["w"].dims == ("z",)


def test_header_may_be_a_comment(tmp_path):
    path = tmp_path / "m.mdl"
    path.write_text("{a model of mine}\nv = 1 ~~|" + CLOCK, encoding="utf-8")
    assert list(sim.read(path).variables) == ["v"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings(encoding, tmp_path):
    path = tmp_path / "m.mdl"
    header = "{GB2312}" if encoding == "gb18030" else "{UTF-8}"
    path.write_bytes((header + "\r\n人才 = 1 ~~|\r\n" + CLOCK.replace("\n", "\r\n")).encode(encoding))
    model = sim.read(path)
    assert list(model.variables) == ["人才"]
    assert model.variables["人才"].line == 2


def test_reality_checks_are_noted(tmp_path):
    model = model_of(tmp_path, "v = 1 ~~|\ncheck :THE CONDITION: v > 0 :IMPLIES: v > 1 ~~|")
    assert "reality checks are left out" in model.notes[0]
    assert "reality checks" in sim.simulate(model, method="euler").attrs["notes"]


def test_equations_as_text_read_back(tmp_path):
    """Text written from an expression and read again is the same expression."""
    rights = [
        "a - (b - c)", "a / (b * c)", "(a + b) * c", "-(a + b)", "-a ^ 2", "(-a) ^ 2", "a ^ (b ^ c)", "(a ^ b) ^ c",
        "IF THEN ELSE(a > b :AND: :NOT: (b > c), 1, -2.5)", "(a > b) + 1", "MAX(a, MIN(b, c))", "1e-20 * a", "0.1 + 12345678.9",
        "WITH LOOKUP(a, ((0,0),(1,2)))", "Time + TIME STEP", "PULSE TRAIN(1, 2, 3, 4)", "(a < b) < c", "a - -b",
        "(a :OR: b) :AND: c", "ZIDZ(a, b)",
    ]  # fmt: skip
    constants = "a = 1 ~~|\nb = 2 ~~|\nc = 3 ~~|\n"
    model = model_of(tmp_path, constants + "".join(f"v{at} = {right} ~~|\n" for at, right in enumerate(rights)))
    texts = [
        equation_text(variable, equation)
        for name, variable in model.variables.items()
        if name[0] == "v"
        for equation in variable.equations
    ]
    again = model_of(tmp_path, constants + "".join(f"{text} ~~|\n" for text in texts))
    assert dict(again.variables) == dict(model.variables)


def test_flagship_reads():
    model = flagship()
    assert model.clock.step == 1 / 128
    assert np.all([variable.documentation for variable in model.variables.values()])
    assert model.notes == ()
