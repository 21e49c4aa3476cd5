"""The graph simplifies only what cannot change a bit, fuses only where the model's structure says so, and holds switches."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.engine.graph import LONGEST_PRODUCT, MOMENTS, TIME_STEP, Graph
from sim.engine.lowering import CannotCompile, lower
from sim.engine.phases import Phase
from sim.model.functions import FUNCTIONS

from ..model.support import model_of
from .compiling import apart, ran, same_bits

INF, NAN = math.inf, math.nan


def applied(operation, *values):
    """Return a graph and the node of ``operation`` applied to literals."""
    graph = Graph()
    return graph, graph.apply(operation, *(graph.literal(value) for value in values))


@pytest.mark.parametrize(
    ("operation", "values", "wanted"),
    [
        ("+", (0.1, 0.2), 0.1 + 0.2),
        ("-", (0.3, 0.1), 0.3 - 0.1),
        ("*", (3.0, 0.1), 3 * 0.1),
        ("/", (1.0, 3.0), 1 / 3),
        ("negative", (0.0,), -0.0),
        ("abs", (-0.0,), 0.0),
        ("truncate", (-2.7,), -2.0),
        ("*", (0.0, -1.0), -0.0),
        ("+", (-0.0, 0.0), 0.0),
    ],
    ids=str,
)
def test_literals_are_folded(operation, values, wanted):
    graph, node = applied(operation, *values)
    assert same_bits(graph.value(node), wanted)


@pytest.mark.parametrize(
    ("operation", "values"),
    [
        ("/", (1.0, 0.0)),
        ("/", (0.0, 0.0)),
        ("*", (1e308, 10.0)),
        ("+", (1e308, 1e308)),
        ("exp", (1.0,)),
        ("log", (2.0,)),
        ("sqrt", (2.0,)),
        ("min", (1.0, 2.0)),
        ("remainder", (7.0, 3.0)),
        ("pow", (2.0, 0.3)),
    ],
    ids=str,
)
def test_what_python_computes_otherwise_is_left_to_the_kernel(operation, values):
    """Infinite and undefined results come from the processor, and functions of many steps are our own."""
    graph, node = applied(operation, *values)
    assert graph.value(node) is None


def test_comparisons_of_literals_are_known():
    for operation, values, wanted in (
        ("<", (1.0, 2.0), True),
        ("<=", (2.0, 2.0), True),
        ("=", (0.0, -0.0), True),
        ("<>", (1.0, 1.0), False),
    ):
        graph, node = applied(operation, *values)
        assert graph.truth(node) is wanted


def test_zeros_keep_their_sign():
    graph = Graph()
    assert graph.literal(0.0) != graph.literal(-0.0)
    assert same_bits(graph.value(graph.literal(-0.0)), -0.0)


@pytest.mark.parametrize(
    ("operation", "value", "dropped"),
    [
        ("*", 1.0, True),
        ("/", 1.0, True),
        ("-", 0.0, True),
        ("*", 0.0, False),  # not 0 where the other is infinite or undefined, -0 where it is negative
        ("+", 0.0, False),  # 0 where the other is -0
        ("+", -0.0, False),
        ("-", -0.0, False),
        ("*", -1.0, False),
        ("/", -1.0, False),
        ("/", 2.0, False),
    ],
    ids=str,
)
def test_only_what_changes_no_bit_is_dropped(operation, value, dropped):
    graph = Graph()
    x = graph.leaf("state", 0)
    node = graph.apply(operation, x, graph.literal(value))
    assert (node == x) is dropped


@pytest.mark.parametrize("operation", ["-", "/", "=", "<="])
def test_equal_operands_decide_nothing(operation):
    """x - x is undefined where x is, and x / x at 0: neither is a number yet."""
    graph = Graph()
    x = graph.leaf("state", 0)
    node = graph.apply(operation, x, x)
    assert graph.value(node) is None and graph.truth(node) is None


def test_equal_nodes_are_made_once():
    graph = Graph()
    x, y = graph.leaf("state", 0), graph.leaf("state", 1)
    assert graph.apply("+", x, y) == graph.apply("+", x, y)
    assert graph.apply("+", x, y) != graph.apply("+", y, x)
    assert graph.leaf("constant", 0) != graph.leaf("state", 0)


@pytest.mark.parametrize("known", [True, False])
def test_a_known_condition_leaves_one_side(known):
    graph = Graph()
    x, y = graph.leaf("state", 0), graph.leaf("state", 1)
    condition = graph.apply("<", graph.literal(0.0), graph.literal(1.0 if known else -1.0))
    assert graph.apply("select", condition, x, y) == (x if known else y)
    assert graph.truth(graph.apply("not", condition)) is not known
    open_ = graph.apply("<", x, y)
    assert graph.apply("and", open_, condition) == (open_ if known else condition)
    assert graph.apply("or", condition, open_) == (condition if known else open_)
    assert graph.apply("select", open_, x, x) == x
    assert graph.apply("select", open_, x, y) not in (x, y)


def test_a_side_that_is_never_taken_is_not_computed(tmp_path):
    """The literal switch is off: the logarithm behind it is not even lowered into the rates."""
    body = "on = 0 ~~|\ns = INTEG(IF THEN ELSE(0 > 1, LN(s), -s / 4), 1) ~~|\nu = INTEG(IF THEN ELSE(on > 1, LN(u), -u), 1) ~~|"
    program = lower(model_of(tmp_path, body))
    operations = [{program.graph.nodes[node][0] for node in program.graph.reachable([rate])} for rate in program.rates]
    assert "log" not in operations[0]
    assert "log" in operations[1], "a constant may be changed by a run: both sides stay"


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([-0.0, 0.0, 1.0, -1.5, 3.7, 1e300, 5e-324, INF, -INF, NAN]), st.integers(-10, 10))
def test_whole_powers_are_products(base, exponent):
    """Up to x^8 a power is a chain of products, beyond it is our own function; both round NumPy's power closely."""
    graph = Graph()
    node = graph.apply("pow", graph.leaf("state", 0), graph.literal(float(exponent)))
    operations = {graph.nodes[part][0] for part in graph.reachable([node])}
    assert ("pow" in operations) is (abs(exponent) > LONGEST_PRODUCT)
    if "pow" not in operations:
        found = evaluated(graph, node, base)
        with np.errstate(all="ignore"):
            wanted = np.float64(base) ** np.float64(exponent)
        if np.isfinite(wanted) and wanted != 0 and abs(wanted) > 1e-290:
            assert found == pytest.approx(wanted, rel=1e-14)
        elif abs(np.log2(abs(wanted) or 1.0)) != INF or base in (0.0, INF, -INF) or base != base:
            assert same_bits(found, wanted) or (wanted < 1e-290 and found == 0)


def evaluated(graph, root, state):
    """Return what ``root`` is at ``state``, every operation done by NumPy."""
    ways = {
        "*": np.multiply,
        "/": np.divide,
        "+": np.add,
        "sqrt": np.sqrt,
        "=": np.equal,
        "select": lambda condition, chosen, otherwise: chosen if condition else otherwise,
    }
    found = {}
    with np.errstate(all="ignore"):
        for node in graph.reachable([root]):
            operation, *data = graph.nodes[node]
            if operation == "literal":
                found[node] = np.float64(data[0])
            elif operation == "state":
                found[node] = np.float64(state)
            else:
                found[node] = ways[operation](*(found[part] for part in data))
    return found[root]


@pytest.mark.parametrize("exponent", [0.5, 0.25, 0.0, 1.0, 2.0, -2.0])
@pytest.mark.parametrize("base", [-0.0, 0.0, 4.0, 2.0, -4.0, 1e-310, INF, -INF, NAN])
def test_roots_and_small_powers_at_special_values(base, exponent):
    graph = Graph()
    node = graph.apply("pow", graph.leaf("state", 0), graph.literal(exponent))
    with np.errstate(all="ignore"):
        wanted = np.float64(base) ** np.float64(exponent)  # as C has it; for arrays NumPy takes the square root
    found = evaluated(graph, node, base)
    assert same_bits(found, wanted) or (np.isfinite(wanted) and found == pytest.approx(wanted, rel=3e-16))


def test_fractional_powers_are_our_own_function():
    graph = Graph()
    x = graph.leaf("state", 0)
    for exponent in (0.3, -0.5, 1.5, 9.0):
        assert graph.nodes[graph.apply("pow", x, graph.literal(exponent))][0] == "pow"
    assert graph.nodes[graph.apply("pow", x, graph.leaf("constant", 0))][0] == "pow"


@pytest.mark.parametrize("moment", ["held", "within"])
def test_time_is_read_once_and_the_rest_stays(moment):
    graph = Graph()
    time, constant = graph.leaf("time"), graph.leaf("constant", 0)
    late = graph.apply("-", time, constant)
    moved = graph.at(moment, late)
    assert moved != late
    assert graph.leaf(moment) in graph.reachable([moved]) and time not in graph.reachable([moved])
    assert graph.at(moment, moved) == moved and graph.at(moment, late) == moved
    assert graph.at(moment, constant) == constant
    assert graph.at(moment, graph.leaf("clock", TIME_STEP)) == graph.leaf("clock", TIME_STEP)
    assert graph.phases[moved] == Phase.TIME


SWITCHES = {
    "IF THEN ELSE(Time >= 4, Time, 0)": {"within", "time"},
    "IF THEN ELSE(Time = 4, 1, 0)": {"held"},
    "STEP(3, 4)": {"held"},
    "PULSE(4, 2)": {"held"},
    "PULSE TRAIN(1, 1, 3, 9)": {"held"},
    "INTEGER(Time)": {"within"},
    "MODULO(Time, 4)": {"within", "time"},
    "RAMP(1, 2, 5)": {"time"},
    "Time * 2": {"time"},
    "t(Time)": {"time"},
    "IF THEN ELSE(s > Time, 1, 0)": {"time"},
    "STEP(Time, 4)": {"held", "time"},
}
"""Rates, and the clocks they read: of the stage, or once for the whole step (sim.engine.held says which)."""


@pytest.mark.parametrize("equation", SWITCHES)
def test_switches_in_time_are_read_once_for_a_step(equation, tmp_path):
    program = lower(model_of(tmp_path, f"t((0,0),(9,9)) ~~|\ns = INTEG({equation}, 1) ~~|"))
    reached = {program.graph.nodes[node][0] for node in program.graph.reachable(program.rates)}
    assert reached & set(MOMENTS) == SWITCHES[equation]


def rate_operations(tmp_path, equation, before=""):
    """Return the operations that the rate of ``s`` is made of."""
    program = lower(model_of(tmp_path, f"k = 3 ~~|\nc = 2 ~~|\n{before}\ns = INTEG({equation}, 1) ~~|\nw = INTEG(s, 1) ~~|"))
    return [program.graph.nodes[node][0] for node in program.graph.reachable(program.rates[:1])]


def test_products_that_move_with_the_state_are_fused_into_sums(tmp_path):
    assert "fused" in rate_operations(tmp_path, "k + c * s")
    assert "fused" in rate_operations(tmp_path, "c * s - k")
    assert "fused" in rate_operations(tmp_path, "k - c * s")
    assert "*" not in rate_operations(tmp_path, "k - c * s")


def test_what_time_and_constants_decide_is_computed_as_written(tmp_path):
    assert "fused" not in rate_operations(tmp_path, "k + c * k")
    assert "fused" not in rate_operations(tmp_path, "k + c * Time")
    assert "fused" not in rate_operations(tmp_path, "IF THEN ELSE(k + c * s > 4, 1, 0)"), "a jump depends on it"


def test_two_products_are_not_fused(tmp_path):
    """x * w - x * w must be 0, and a square less a square not below it."""
    assert "fused" not in rate_operations(tmp_path, "s * w - w * s")


def test_a_sum_less_itself_is_zero(tmp_path):
    body = """
    k = 0.1 ~~|
    s = INTEG(0.7 * s, 0.3) ~~|
    w = INTEG(0.9 * w, 0.7) ~~|
    nothing = s * w - w * s ~~|
    root = SQRT(s * s - s * s) ~~|
    whole = INTEGER(49 * (w / w) * (1 / 49) * 49) ~~|
    """
    model = model_of(tmp_path, body)
    found, prepared = ran(model)
    wanted, _ = ran(model, engine="numpy")
    values = {row.name: found.values[at, :, 0] for at, row in enumerate(prepared.rows)}
    assert np.all(values["nothing"] == 0) and np.all(values["root"] == 0)
    assert apart(found.values, wanted.values).max() < 1e-13


def test_arguments_stand_before_what_uses_them(tmp_path):
    body = "k = 3 ~~|\nt((0,0),(9,9)) ~~|\ns = INTEG(k * EXP(-s) + t(s / k) - Time, 1) ~~|"
    graph = lower(model_of(tmp_path, body)).graph
    assert all(part < node for node in range(len(graph.nodes)) for part in graph.arguments(node))
    assert all(graph.phases[part] <= graph.phases[node] for node in range(len(graph.nodes)) for part in graph.arguments(node))


TRIGONOMETRY = {"sin", "cos", "tan", "arcsin", "arccos", "arctan"}


def test_every_function_is_lowered_or_refused_by_name(tmp_path):
    """What the vector kernel has not is exactly this list; a new function is lowered or joins it."""
    refused = set()
    for name, function in FUNCTIONS.items():
        if not name[0].isalpha() or name in ("sum", "prod", "vmax", "vmin", "if then else", "time") or "time" in name.split():
            continue
        arguments = ", ".join(["s / 9"] * function.fewest)
        text = name.upper() if name != "negative" else "-"
        model = model_of(tmp_path, f"s = INTEG(1, 1) ~~|\nv = {text}({arguments}) ~~|")
        try:
            lower(model)
        except CannotCompile as reason:
            assert name.upper() in str(reason)
            refused.add(name)
    assert refused == TRIGONOMETRY
