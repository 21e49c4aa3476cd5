"""Garbage and damaged models: the reader answers with a model or with problems, never with anything else."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sim

from .support import CLOCK

VALID = (
    """{UTF-8}
item: a, b, c ~~|
grade: low, high ~ ~ A range. |
weight[item] = 1, 2, 3 ~ dmnl ~ Weights {of items}. |
list[item, grade] = 1, 2; 3, 4; 5, 6; ~ dmnl [0,?] ~|
curve([(0,0)-(9,9)], (0,0), (2,3), (9,4)) ~ dmnl ~|
stock[item] = INTEG(gain[item] - stock[item] / life, weight[item]) ~ dmnl ~|
gain[item] :EXCEPT: [b] = weight[item] * curve(Time) + STEP(2, 3) ~~|
gain[b] = IF THEN ELSE(Time > 3 :AND: life <> 2, MAX(0, 1), -1) ^ 2 ~ dmnl ~|
"life (in months)" = SUM(list[item!, low]) / 3 ~ dmnl ~|
life = "life (in months)" ~ dmnl ~|
late = SUM(DELAY3(stock[item!] + 1, life)) + TREND(life, 3, 0.1) ~ dmnl ~|
first = ACTIVE INITIAL(SMOOTH N(late, 2, 1, 2), 3 * INITIAL(life)) ~ dmnl ~|
"""
    + CLOCK
)
PIECES = st.sampled_from(
    [
        "~",
        "|",
        "=",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        '"',
        "!",
        ":",
        ",",
        ";",
        "\\",
        "^",
        "-",
        "*",
        "/",
        "->",
        "<->",
        "1e999",
        "0.",
        "a",
        "item",
        "weight",
        "INTEG(",
        "SUM(",
        "WITH LOOKUP(",
        ":EXCEPT:",
        ":NA:",
        ":AND:",
        ":MACRO:",
        "\n",
        " ",
        "\x00",
        "\ufeff",
        "数",
        "Time",
        "DELAY1(",
        "SMOOTH N(",
        "ACTIVE INITIAL(",
        "INITIAL(",
        "TABBED ARRAY(",
    ]
)
FEW = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def answers(tmp_path, raw: bytes) -> None:
    path = tmp_path / "m.mdl"
    path.write_bytes(raw)
    try:
        model = sim.read(path)
        sim.simulate(model, method="euler", step=model.clock.step)
    except sim.ThroughflowError as error:
        assert error.problems
        assert all(problem.where and problem.what for problem in error.problems)


def test_the_undamaged_model_runs(tmp_path):
    path = tmp_path / "m.mdl"
    path.write_text(VALID, encoding="utf-8")
    sim.simulate(sim.read(path), method="euler")


@FEW
@given(st.text(max_size=200))
def test_garbage_text(tmp_path, text):
    answers(tmp_path, text.encode("utf-8", "surrogatepass"))


@FEW
@given(st.binary(max_size=200))
def test_garbage_bytes(tmp_path, raw):
    answers(tmp_path, raw)


@FEW
@given(st.lists(PIECES, max_size=40))
def test_garbage_of_the_language(tmp_path, pieces):
    answers(tmp_path, ("{UTF-8}\nv = " + "".join(pieces) + " ~~|" + CLOCK).encode("utf-8"))


@FEW
@given(st.integers(0, len(VALID)), st.integers(0, 12), PIECES)
def test_damaged_model(tmp_path, at, length, piece):
    answers(tmp_path, (VALID[:at] + piece + VALID[at + length :]).encode("utf-8"))
