"""The generated kernel: members last and independent, one member alone the same, and nothing of the file in its text."""

import ast
import re

import numpy as np
import pytest

import sim
from sim.engine.codegen import compile_model, identifiers
from sim.engine.emission import BINARY, CALLS, REDUCERS
from sim.engine.kernel import Clockwork
from sim.engine.layout import constants_of, slots_of, tables_of
from sim.engine.runtime import NAMESPACE
from sim.model.functions import FUNCTIONS, REDUCTIONS
from sim.model.unit_check import RULES

from ..model.support import flagship, model_of
from .support import bound_of, kernel_of

ARRAYS = """
item: a, b, c ~~|
grade: low, high ~~|
weight[item] = 1, 2, 3 ~~|
mark[grade] = 10, 20 ~~|
rate = 0.3 ~~|
curve((0,0),(2,3),(9,4)) ~~|
stock[item, grade] = INTEG(gain[item, grade] - loss[item, grade], weight[item] * 2) ~~|
gain[item, grade] = weight[item] * curve(total) + STEP(mark[grade], 3) ~~|
loss[item, grade] = stock[item, grade] * rate * MAX(0.1, share[item]) ~~|
total = SUM(stock[item!, grade!]) / 20 ~~|
share[item] = SUM(stock[item, grade!]) / (1 + VMAX(weight[item!])) ~~|
lone = INTEG(IF THEN ELSE(lone > total, -lone, total) + ZIDZ(1, lone - 1) + PROD(mark[grade!]) ^ 0.5, 1) ~~|
"""


pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # unlikely constants leave some equations' domain


@pytest.fixture(scope="module")
def arrays(tmp_path_factory):
    return model_of(tmp_path_factory.mktemp("kernel"), ARRAYS)


def spread(model, members, seed=3):
    """Return constants and a state of ``members`` unequal members; the first few are the same whatever their number."""
    random = np.random.default_rng(seed)
    factors = random.uniform(0.5, 1.5, (17, constants_of(model).size + slots_of(model, "stock")[-1].stop)).T[:, :members]
    constants = constants_of(model)[:, np.newaxis] * factors[: constants_of(model).size]
    with np.errstate(all="ignore"):
        start = bound_of(model).initial()
    return constants, start * factors[constants_of(model).size :]


def models(arrays):
    return {"arrays": arrays, "flagship": flagship()}


@pytest.mark.parametrize("which", ["arrays", "flagship"])
@pytest.mark.parametrize("members", [1, 3, 17])
def test_member_of_many_is_that_member_alone(which, members, arrays):
    """Rates and observations of member i among many equal those of i alone bit for bit."""
    model = models(arrays)[which]
    constants, state = spread(model, members)
    many = bound_of(model, constants=constants)
    rates, seen = many.rates_of_many(4.25, state), many.observe(4.25, state)
    initial = many.initial()
    for index in {0, members // 2, members - 1}:
        pick = slice(index, index + 1)
        alone = bound_of(model, constants=constants[:, pick])
        np.testing.assert_array_equal(alone.rates_of_many(4.25, state[:, pick])[:, 0], rates[:, index])
        np.testing.assert_array_equal(alone.initial()[:, 0], initial[:, index])
        for name, values in alone.observe(4.25, state[:, pick]).items():
            whole = np.asarray(seen[name])
            expected = whole[..., index : index + 1] if whole.ndim and whole.shape[-1] == members else whole
            np.testing.assert_array_equal(np.broadcast_to(values, np.shape(expected)), expected, err_msg=name)


@pytest.mark.parametrize("which", ["arrays", "flagship"])
def test_one_member_form_agrees(which, arrays):
    model = models(arrays)[which]
    constants, state = spread(model, 1)
    bound = bound_of(model, constants=constants)
    for time in (model.clock.start, model.clock.start + 4.25):
        one, many = bound.rates_of_one(time, state[:, 0]), bound.rates_of_many(time, state)[:, 0]
        np.testing.assert_allclose(one, many, rtol=1e-14, atol=1e-14 * float(np.max(np.abs(many))))
    np.testing.assert_array_equal(bound.rates(5.0, state[:, 0]), bound.rates_of_one(5.0, state[:, 0]))
    np.testing.assert_array_equal(bound.rates(5.0, state), bound.rates_of_many(5.0, state))


def test_times_of_one_member_are_columns(arrays):
    """Asked for many times at once, each column is what the time alone gives."""
    constants, _ = spread(arrays, 1)
    _, states = spread(arrays, 5)
    bound, times = bound_of(arrays, constants=constants), np.array([0.0, 2.5, 3.0, 3.5, 9.0])
    whole = bound.observe(times, states)
    for at, time in enumerate(times):
        for name, values in bound.observe(time, states[:, at : at + 1]).items():
            column = np.asarray(whole[name])
            column = column[..., at] if column.ndim and column.shape[-1] == times.size else column
            np.testing.assert_array_equal(np.squeeze(values), np.squeeze(column), err_msg=name)


def test_memory_layout_does_not_matter(arrays):
    """A state stored column by column gives the same rates (SciPy's stiff solver makes such arrays)."""
    constants, state = spread(arrays, 3)
    bound = bound_of(arrays, constants=constants)
    np.testing.assert_array_equal(bound.rates_of_many(1.0, np.asfortranarray(state)), bound.rates_of_many(1.0, state))


def test_arguments_are_left_alone(arrays):
    constants, state = spread(arrays, 3)
    before = constants.copy(), state.copy()
    bound = bound_of(arrays, constants=constants)
    bound.rates_of_many(1.0, state)
    bound.observe(1.0, state)
    np.testing.assert_array_equal(constants, before[0])
    np.testing.assert_array_equal(state, before[1])


MALICE = """
"\\"\\"\\"; import os" = 1 ~~ \\"\\"\\" __import__("os").system("touch X") |
"__import__('os').system('touch X')" = 2 ~ dmnl ~ {{}} %s {0} |
"import" = 3 ~~|
class = 4 ~~|
np = 5 ~~|
exp = 6 ~~|
time step size = 7 ~~|
state = 8 ~~|
a b = 9 ~~|
"a-b" = 10 ~~|
"a.b" = 11 ~~|
人 = 12 ~~|
才 = 13 ~~|
1st = 14 ~~|
level = INTEG("a-b" + "a.b" + a b + 人 + 才 + "import" + class + np + exp + state, 0) ~~|
"""


def test_source_holds_nothing_of_the_file(tmp_path):
    """The text is identifiers of a-z, 0-9 and _, numbers and the runtime's names: strings and imports cannot occur."""
    model = model_of(tmp_path, MALICE.replace("1st = 14 ~~|\n", ""))
    kernel = kernel_of(model)
    tree = ast.parse(kernel.source)
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom | ast.JoinedStr)]
    strings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert strings <= {"right"}
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert all(re.fullmatch(r"[a-z0-9_]+", name) for name in names), names
    assert not any(name.startswith("__") for name in names)
    calls = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert calls <= set(NAMESPACE) | {"bind"}
    dataset = sim.simulate(model, method="euler")
    assert float(dataset["level"][-1]) == 10 * (10 + 11 + 9 + 12 + 13 + 3 + 4 + 5 + 6 + 8)
    assert not (tmp_path / "X").exists()


def test_flagship_source_holds_no_strings():
    tree = ast.parse(kernel_of(flagship()).source)
    strings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert strings <= {"right"}


def test_identifiers_are_distinct():
    names = [
        "a b",
        "A-b",
        "a.b",
        "a_b 2",
        "人",
        "才",
        "class",
        "def",
        "1 x",
        "exp",
        "total",
        "time",
        "state",
        "out",
        "_",
        "",
        "a  b!",
    ]
    found = identifiers(names)
    assert len(set(found.values())) == len(names)
    assert all(value.isidentifier() for value in found.values())
    assert not set(found.values()) & set(NAMESPACE)


def test_pieces_of_an_array_do_not_overwrite_a_variable(tmp_path):
    """`q` has two equations; variables called `q 1` and `q 2` are others, whatever the order of evaluation."""
    body = """
    x: a, b ~~|
    sum = q 1 + q 2 + q[a] + q[b] ~~|
    q 1 = 100 + Time ~~|
    q 2 = 200 + q 1 ~~|
    q[a] = 1 + q 2 ~~|
    q[b] = 2 + q 1 ~~|
    level = INTEG(sum, 0) ~~|
    """
    found = sim.simulate(model_of(tmp_path, body), method="euler")
    assert float(found["sum"][0]) == 100 + 300 + 301 + 102


def test_source_is_reproducible(arrays):
    assert kernel_of(arrays).source == kernel_of(arrays).source


def test_only_what_is_recorded_is_observed(arrays):
    kernel = compile_model(arrays, ["share"])
    bound = kernel.bind(constants_of(arrays)[:, np.newaxis], tables_of(arrays), Clockwork(0.5, 0, 0, 10))
    assert list(bound.observe(0.0, bound.initial())) == ["share"]


def test_function_tables_stand_together():
    """Each row of the function table is written in exactly one way, has a rule for units, and is told in a line."""
    written = [*BINARY, *CALLS, *REDUCERS]
    assert sorted(written) == sorted(FUNCTIONS)
    assert sorted(REDUCERS) == sorted(REDUCTIONS)
    assert {row.units for row in FUNCTIONS.values()} <= set(RULES)
    assert set(RULES) == {row.units for row in FUNCTIONS.values()}, "a rule that no row uses"
    for name, row in FUNCTIONS.items():
        assert row.name == name == name.lower()
        assert 0 <= row.fewest <= row.most
        assert row.meaning
        pattern = CALLS.get(name) or (BINARY[name][0] if name in BINARY else "{0}")
        assert {int(place) for place in re.findall(r"\{(\d)\}", pattern)} == set(range(row.most)), name


def test_calls_name_runtime_functions():
    for pattern in CALLS.values():
        for called in re.findall(r"([a-z_]+)\(", pattern):
            assert called in NAMESPACE
    assert set(REDUCERS.values()) <= set(NAMESPACE)
