"""The same bits however members are split, at any width, on any processor; and the numbers those bits are."""

import hashlib

import numpy as np
import pytest

from sim.engine import compiled, native
from sim.experiment.batch import BITS, prepare
from sim.results.status import DONE, LEFT_DOMAIN

from ..model.support import flagship, model_of
from .compiling import apart, plan_of, ran, same_bits

RICH = """
kind: p, q, r ~~|
k = 0.3 ~~|
e = 0.7 ~~|
d = 3 ~~|
m[kind] = 1, 2, 3 ~~|
short((0,0),(1,0.4),(2,1),(4,1.3)) ~~|
long((0,0),(0.2,0.3),(0.4,0.5),(0.6,0.6),(0.8,0.7),(1,0.75),\\
	(1.5,0.8),(2,0.9),(2.5,1),(3,1.1),(4,1.2),(5,1.3),(6,1.35),(8,1.4)) ~~|
grown[kind] = k * x[kind] ^ e / (1 + m[kind] * x[kind]) + EXP(-x[kind] / d) * short(x[kind]) ~~|
lost[kind] = MIN(x[kind] / d, 0.5) + IF THEN ELSE(Time >= d, 0.1 * LN(1 + x[kind]), 0) ~~|
x[kind] = INTEG(grown[kind] - lost[kind], m[kind] / 2) ~~|
total = SUM(x[kind!]) ~~|
lag = DELAY3(total, d) ~~|
y = INTEG(long(total) - y * SQRT(k) + PULSE(d, 1) + MODULO(Time, 2) * 0.1, VMAX(x[kind!])) ~~|
wide = (y ^ 3 + x[q] ^ 2.5) / (total * d) + INTEGER(y * 3) ~~|
calm = INTEG(-calm * e, 5) ~~|
"""
"""A bit of everything: tables of both forms, our own functions, switches, delays, arrays."""

VARIED = ("k", "e", "d")


@pytest.fixture(scope="module")
def rich(tmp_path_factory):
    return model_of(tmp_path_factory.mktemp("rich"), RICH)


@pytest.fixture(scope="module")
def draws():
    """Return 300 members, some of which fail: a negative base, a vanishing time constant."""
    random = np.random.default_rng(11)
    values = np.array([random.uniform(0.1, 0.6, 300), random.uniform(0.3, 1.5, 300), random.uniform(1, 6, 300)])
    values[:, 17] = -1.0, 0.5, 3.0
    values[:, 40] = 0.3, 0.7, -0.01
    values[:, 41] = 1e300, 9.0, 2.0
    return values


@pytest.fixture(scope="module")
def whole(rich, draws):
    """Return all members run as one block."""
    return ran(rich, draws, varied=VARIED)[0]


def assert_same(found, wanted):
    assert same_bits(found.values, wanted.values)
    np.testing.assert_array_equal(found.status, wanted.status)


def test_rich_model_agrees_with_numpy(rich, draws, whole):
    assert {DONE, LEFT_DOMAIN} <= set(whole.status.tolist())
    wanted, prepared = ran(rich, draws, varied=VARIED, engine="numpy")
    np.testing.assert_array_equal(whole.status, wanted.status)
    done = whole.status == DONE
    assert apart(whole.values[:, :, done], wanted.values[:, :, done]).max() <= 1e-13


BITS_OF = (2, "891cf7224ae4d281f93d9e639e68413879646a705a20a7f0c66cd678235c546f")
"""Number of the arithmetic, and SHA-256 of what it makes of the rich model: a change of the second changes the first, which
also grows where members end otherwise."""


def test_bits_are_those_of_their_number(whole):
    """Stores are continued by the number of the arithmetic: whoever changes a bit raises it, and writes the new sum here."""
    done = whole.values[:, :, whole.status == DONE]
    assert (BITS, hashlib.sha256(np.ascontiguousarray(done, dtype="<f8").tobytes()).hexdigest()) == BITS_OF


@pytest.mark.parametrize("threads", [2, 7])
def test_threads_change_nothing(rich, draws, whole, threads):
    assert_same(ran(rich, draws, varied=VARIED, threads=threads)[0], whole)


@pytest.mark.parametrize("block", [1, 3, 97])
def test_splits_change_nothing(rich, draws, whole, block):
    """Alone, in a few, in many: other widths, other neighbours, other places in a vector."""
    prepared = prepare(plan_of(rich, varied=VARIED))
    for first in range(0, 120, block):
        part = slice(first, first + block)
        found = prepared.run(draws[:, part], {})
        assert same_bits(found.values, whole.values[:, :, part])
        np.testing.assert_array_equal(found.status, whole.status[part])


@pytest.mark.parametrize("width", [1, 2, 4, 8, 16])
def test_widths_change_nothing(rich, draws, whole, width, monkeypatch):
    for name in ("WIDE", "HALF"):
        monkeypatch.setattr(compiled, name, width)
    monkeypatch.setattr(compiled, "FEW", 0)
    assert_same(ran(rich, draws, varied=VARIED)[0], whole)


@pytest.mark.parametrize("varied", [(), ("k",), ("e",), ("d",), ("d", "e"), (*VARIED, "m[q]", "m[p]")], ids=str)
def test_what_varies_changes_nothing(rich, draws, whole, varied):
    """A constant that has the same value in every member gives the bits it gives where all members share it."""
    member = 5
    values = dict(zip(VARIED, draws[:, member].tolist(), strict=True)) | {"m[q]": 2.0, "m[p]": 1.0}
    same = np.repeat([[values[name]] for name in varied], 20, axis=1) if varied else np.zeros((0, 20))
    found, _ = ran(rich, same, {name: value for name, value in values.items() if name not in varied}, varied=varied)
    assert same_bits(found.values, np.repeat(whole.values[:, :, [member]], 20, axis=2))


@pytest.mark.parametrize("record", [("y",), ("wide", "lag"), ("calm",), ("x", "calm")], ids=str)
def test_what_is_recorded_changes_nothing(rich, draws, whole, record):
    found, prepared = ran(rich, draws, varied=VARIED, record=record)
    _, full = ran(rich, draws[:, :1], varied=VARIED)
    places = [full.rows.index(row) for row in prepared.rows]
    assert same_bits(found.values, whole.values[places])


def test_saving_less_often_changes_nothing(rich, draws, whole):
    found, _ = ran(rich, draws, varied=VARIED, save=2.0)
    assert same_bits(found.values, whole.values[:, ::4])


@pytest.mark.parametrize("method", ["rk4", "euler"])
def test_recording_every_step_changes_nothing(tmp_path, draws, method):
    """Where every step is recorded and no date has to be looked at, recording shares the work of a step's first stage."""
    body = RICH.replace("IF THEN ELSE(Time >= d,", "IF THEN ELSE(x[kind] >= d,").replace("MODULO(Time, 2)", "Time")
    model = model_of(tmp_path, body)
    each, _ = ran(model, draws[:, :50], varied=VARIED, method=method)
    fourth, _ = ran(model, draws[:, :50], varied=VARIED, method=method, save=2.0)
    assert same_bits(each.values[:, ::4], fourth.values)
    assert np.isfinite(fourth.values[:, :, :17]).all()


def test_a_longer_run_changes_nothing_before(rich, draws, whole):
    found, _ = ran(rich, draws[:, :50], varied=VARIED, stop=14.0)
    assert same_bits(found.values[:, :21], whole.values[:, :, :50])


def test_float32_is_the_same_number_rounded(rich, draws, whole):
    found, _ = ran(rich, draws, varied=VARIED, dtype="float32")
    assert found.values.dtype == np.float32
    with np.errstate(all="ignore"):
        assert same_bits(found.values, whole.values.astype(np.float32))


class Plain:
    """Features of the oldest processor of its kind."""

    def flatten(self):
        return ""

    def get(self, name, otherwise=None):
        return otherwise


def test_an_older_processor_gives_the_same_bits(rich, draws, whole, monkeypatch):
    """Without vectors of four and fused products in the processor, these are done in pieces and by a library: bit for bit."""
    triple = native.llvm.get_default_triple()
    if not triple.startswith("x86_64"):
        pytest.skip(f"no older processor is known for {triple}")
    if not native.llvm.get_host_cpu_features().get("fma", False):
        pytest.skip("this processor is the older one")
    made = []
    emit = native.compile_text
    monkeypatch.setenv("THROUGHFLOW_CACHE", "off")
    monkeypatch.setattr(native.llvm, "get_host_cpu_name", lambda: "x86-64")
    monkeypatch.setattr(native.llvm, "get_host_cpu_features", Plain)
    monkeypatch.setattr(native, "compile_text", lambda text: made.append(emit(text)) or made[-1])
    found, prepared = ran(rich, draws[:, :60], varied=VARIED)
    assert prepared.engine == "compiled"
    assert any(b"\0fma\0" in code for code in made), "fused products come from the library"
    assert same_bits(found.values, whole.values[:, :, :60])


def test_flagship_bits():
    """Members of the flagship alone, in many, and by several threads."""
    draws = np.random.default_rng(2).uniform(2.5, 8, (1, 70))
    plan = plan_of(flagship(), varied=("incident tolerance",), record=("Ties",), stop=2011.0, step=1 / 16, save=0.25)
    prepared = prepare(plan)
    found = prepared.run(draws, {})
    assert len(np.unique(found.values[0, -1])) > 60, "the constant matters"
    assert_same(prepared.run(draws, {}, threads=3), found)
    for first, last in ((0, 1), (69, 70), (5, 40)):
        assert same_bits(prepared.run(draws[:, first:last], {}).values, found.values[:, :, first:last])


def test_one_prepared_plan_at_several_steps(rich, draws):
    """The same code serves every step, and each gives what a plan of its own gives."""
    prepared = prepare(plan_of(rich, varied=VARIED, save=1.0))
    for step in (1.0, 0.25, 0.125):
        found = prepared.at_step(step).run(draws[:, :20], {})
        wanted, own = ran(rich, draws[:, :20], varied=VARIED, save=1.0, step=step)
        assert_same(found, wanted)
        np.testing.assert_array_equal(prepared.at_step(step).times, own.times)
