"""`sim.sweep`: values per member in, a labelled Dataset out, and every mistake told at once."""

import numpy as np
import pytest

import sim
from sim.results.status import STATUS

from ..model.support import model_of, refused

BODY = """
kind: p, q ~~|
place: far, near, here ~~|
k = 0.3 ~ 1/month ~ Share lost.|
level = 2 ~ person ~~|
w[kind] = 1, 2 ~ dmnl ~~|
m[kind, place] = 1, 2, 3; 4, 5, 6; ~ dmnl ~~|
limited = 1 ~ dmnl [0, 2] ~~|
t((0,0),(1,1),(5,2)) ~~|
s = INTEG(-k * s, level) ~ person ~ What is left.|
x[kind] = INTEG(-k * x[kind] * limited, w[kind]) ~ dmnl ~~|
both[kind, place] = x[kind] * m[kind, place] ~ dmnl ~~|
effect = t(s) ~ dmnl ~~|
root = SQRT(s - 1) ~ dmnl ~~|
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return model_of(tmp_path_factory.mktemp("sweep"), BODY)


K = np.array([0.1, 0.2, 0.3, 0.4])


def test_dims_coordinates_and_values(model):
    found = sim.sweep(model, {"k": K}, record=["s", "both", "k"], save=2.5)
    assert set(found.data_vars) == {"s", "both", "k", "status"}
    assert found["s"].dims == ("time", "member")
    assert set(found["both"].dims) == {"time", "member", "kind", "place"}
    assert found["kind"].values.tolist() == ["p", "q"] and found["place"].values.tolist() == ["far", "near", "here"]
    np.testing.assert_array_equal(found["time"].values, [0, 2.5, 5, 7.5, 10])
    np.testing.assert_array_equal(found["member"].values, range(4))
    for member, k in enumerate(K):
        exact = np.exp(-k * found["time"].values)
        np.testing.assert_allclose(found["s"].sel(member=member), 2 * exact, rtol=1e-4)
        near = found["both"].sel(member=member, kind="q", place="near").transpose("time")
        np.testing.assert_allclose(near, 2 * 5 * exact, rtol=1e-4)
        np.testing.assert_allclose(found["k"].sel(member=member), k, rtol=1e-7)


def test_what_is_kept_is_float32_unless_asked_otherwise(model):
    kept = {dtype: sim.sweep(model, {"k": K}, record=["s"], dtype=dtype)["s"] for dtype in ("float32", "float64")}
    assert {dtype: str(values.dtype) for dtype, values in kept.items()} == {"float32": "float32", "float64": "float64"}
    np.testing.assert_array_equal(kept["float64"].values.astype(np.float32), kept["float32"].values)
    assert str(sim.sweep(model, {"k": K}, record=["s"])["s"].dtype) == "float32"


def test_attributes_tell_how_it_was_made(model):
    found = sim.sweep(model, {"k": K}, record=["s", "x"], step=0.25, method="rk4")
    attributes = found.attrs
    assert (attributes["engine"], attributes["method"], attributes["time_step"]) == ("compiled", "rk4", 0.25)
    assert attributes["time_units"] == "month" and attributes["model_fingerprint"] == model.fingerprint
    assert found["s"].attrs["units"] == "person"
    assert 0 < attributes["integration_error"] < 1e-4
    assert attributes["integration_error_of"] in ("s", "x")
    stated = max(found[name].attrs["integration_error"] for name in ("s", "x"))
    assert attributes["integration_error"] == stated
    euler = sim.sweep(model, {"k": K}, record=["s"], step=0.25, method="euler")
    true = np.abs(euler["s"].values - 2 * np.exp(-np.outer(euler["time"], K))).max() / 2
    assert euler.attrs["integration_error"] == pytest.approx(true, rel=0.2)


def test_fall_back_says_so(tmp_path):
    found = sim.sweep(model_of(tmp_path, "k = 1 ~~|\ns = INTEG(SIN(k * s), 1) ~~|"), {"k": K}, record=["s"])
    assert found.attrs["engine"] == "numpy"
    assert "SIN" in str(found.attrs["notes"])


def test_a_sweep_is_many_simulations(model):
    draws = {"k": K, "w[q]": [1.0, 2, 3, 4]}
    found = sim.sweep(model, draws, record=["s", "both"], dtype="float64")
    for member in range(4):
        one = sim.simulate(
            model,
            method="rk4",
            parameters={name: float(values[member]) for name, values in draws.items()},
            record=["s", "both"],
        )
        for name in ("s", "both"):
            ours = found[name].sel(member=member).transpose(*one[name].dims)
            np.testing.assert_allclose(ours.values, one[name].values, rtol=1e-13)


def test_statuses(model):
    found = sim.sweep(model, {"level": [100.0, 0.5, 1e5, 1.5]}, record=["root", "s"])
    assert found["status"].dims == ("member",)
    assert found["status"].values.tolist() == [0, 2, 0, 2]
    meanings = found["status"].attrs["flag_meanings"].split()
    assert dict(zip(found["status"].attrs["flag_values"].tolist(), meanings, strict=True)) == {
        code: meaning.replace(" ", "_") for code, meaning in STATUS.items()
    }
    assert np.isfinite(found["root"].sel(member=[0, 2])).all()
    assert np.isfinite(found.attrs["integration_error"])


def test_shared_values_and_table_points(model):
    """A single value is every member's; a table's points too, since no member has points of its own."""
    found = sim.sweep(model, {"k": K, "level": 4, "t": [[0, 5], [10, 5]]}, record=["s", "effect"])
    np.testing.assert_allclose(found["s"].sel(time=0), 4)
    np.testing.assert_allclose(found["effect"], 5)
    assert sim.sweep(model, {"level": 4}, record=["s"]).sizes["member"] == 1
    assert sim.sweep(model, {}, record=["s"]).sizes["member"] == 1


def test_an_element_and_a_whole_array(model):
    whole = sim.sweep(model, {"w": [3.0, 4.0]}, record=["x"])
    assert whole["x"].sel(time=0).transpose("kind", "member").values.tolist() == [[3, 4], [3, 4]]
    one = sim.sweep(model, {"w[p]": [3.0, 4.0]}, record=["x"])
    assert one["x"].sel(time=0).transpose("kind", "member").values.tolist() == [[3, 4], [2, 2]]
    near = sim.sweep(model, {"m[ q , near ]": [7.0, 8.0]}, record=["both"])
    assert near["both"].sel(time=0, kind="q").transpose("place", "member").values.tolist() == [[8, 8], [14, 16], [12, 12]]


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_change_nothing(model, threads):
    draws = {"k": np.random.default_rng(0).uniform(0.1, 1, 700)}
    found = sim.sweep(model, draws, record=["s", "both"], threads=threads)
    wanted = sim.sweep(model, draws, record=["s", "both"])
    assert found.identical(wanted)


def test_names_as_people_write_them(model):
    found = sim.sweep(model, {" K ": K}, record=["S", "Both"])
    assert {"s", "both"} <= set(found.data_vars)


def told(problems):
    return "\n".join(map(str, problems))


@pytest.mark.parametrize(
    ("draws", "settings", "words"),
    [
        ({"k": K}, {}, ("record", "nothing to keep")),
        ({"k": K}, {"record": ["ss"]}, ("ss", "did you mean", "'s'")),
        ({"kk": K}, {"record": ["s"]}, ("kk", "did you mean", "'k'")),
        ({"levl": K}, {"record": ["s"]}, ("levl", "did you mean", "level")),
        ({"w[x]": K}, {"record": ["s"]}, ("w[x]", "2 elements", "p")),
        ({"s": K}, {"record": ["s"]}, ("'s'", "only constants", "level")),
        ({"k": K}, {"record": ["t"]}, ("table 't'", "no course in time")),
        ({"k": [1, np.nan]}, {"record": ["s"]}, ("draws of k", "member 1", "finite")),
        ({"k": [np.inf, 1]}, {"record": ["s"]}, ("draws of k", "member 0", "finite")),
        ({"k": K, "level": [1, 2]}, {"record": ["s"]}, ("k: 4", "level: 2", "same length")),
        ({"k": []}, {"record": ["s"]}, ("draws", "k: 0")),
        ({"k": ["a", "b"]}, {"record": ["s"]}, ("draws of k", "no number")),
        ({"k": [[1, 2], [3]]}, {"record": ["s"]}, ("draws of k", "unlike length")),
        ({"m": [[1, 2, 3], [4, 5, 6]]}, {"record": ["s"]}, ("draws of m", "one value per member", "name each element")),
        ({"t": K}, {"record": ["s"]}, ("t", "table", "points")),
        ({"t": [[1, 2], [1, 3]]}, {"record": ["s"]}, ("t", "do not rise")),
        ({"level": np.nan}, {"record": ["s"]}, ("level", "finite")),
        ({"limited": 3}, {"record": ["s"]}, ("limited", "outside the limits", "0", "2")),
        ({"w": K, "w[p]": K}, {"record": ["s"]}, ("given twice", "same parameter")),
        ({"k": K}, {"record": ["s"], "method": "adaptive"}, ("method", "adaptive", "rk4 or euler")),
        ({"k": K}, {"record": ["s"], "method": "stiff"}, ("method", "stiff", "rk4 or euler")),
        ({"k": K}, {"record": ["s"], "method": "rk5"}, ("method", "rk5", "rk4")),
        ({"k": K}, {"record": ["s"], "step": 0.3}, ("0.3", "whole number")),
        ({"k": K}, {"record": ["s"], "step": 0}, ("step", "positive")),
        ({"k": K}, {"record": ["s"], "step": np.nan}, ("step", "finite")),
        ({"k": K}, {"record": ["s"], "save": 0.75}, ("save", "0.75", "whole number")),
        ({"k": K}, {"record": ["s"], "dtype": "float16"}, ("dtype", "float16", "float32")),
    ],
    ids=str,
)
def test_refusals(model, draws, settings, words):
    problems = refused(lambda: sim.sweep(model, draws, **settings))
    assert all(word in told(problems) for word in words), told(problems)


def test_limits_hold_for_every_member(model):
    """The author's limits are the model's, whoever gives the value."""
    problems = refused(lambda: sim.sweep(model, {"limited": [1.0, 3.0]}, record=["s"]))
    assert "limited" in told(problems) and "2" in told(problems)


def test_every_problem_at_once(model):
    problems = refused(lambda: sim.sweep(model, {"kk": K, "levl": K}, record=["ss", "t"], method="rk5", step=0))
    assert {"kk", "levl", "method", "record", "step"} <= {problem.where for problem in problems}
    assert "ss" in told(problems)


STIFF = """
delay = 1 ~~|
level = INTEG((1 - level) / delay, 0) ~~|
"""
LONG = "INITIAL TIME = 0 ~~|\nFINAL TIME = 2000 ~~|\nTIME STEP = 0.5 ~~|\nSAVEPER = 1 ~~|\n"


def test_a_member_too_fast_for_the_step_is_done_with_a_finer_one(tmp_path):
    """With a step of a half a delay of .1 blows up, and one of .02 does with an eighth too, which is the last that is tried."""
    model = model_of(tmp_path, STIFF, clock=LONG)
    delays = np.array([1.0, 0.1, 0.02])
    found = sim.sweep(model, {"delay": delays}, record=["level"])
    words = found["status"].attrs["flag_meanings"].split()
    assert [words[code] for code in found["status"].values] == ["done", "done_with_a_finer_step", "diverged"]
    assert float(found["level"][-1, 1]) == pytest.approx(1.0)
    alone = sim.sweep(model, {"delay": delays[1:2]}, record=["level"])
    np.testing.assert_array_equal(alone["level"].values[:, 0], found["level"].values[:, 1])


def test_a_step_too_large_is_told_where_every_number_is_finite(tmp_path):
    """What swings wider and wider is recorded through a function that saturates: done with a finer step, or not done."""
    model = model_of(tmp_path, STIFF + "seen = level / (1 + ABS(level)) ~~|", clock=LONG.replace("2000", "20"))
    found = sim.sweep(model, {"delay": [1.0, 0.15, 0.02]}, record=["seen"])
    words = found["status"].attrs["flag_meanings"].split()
    assert np.isfinite(found["seen"].values).all()
    assert [words[code] for code in found["status"].values] == ["done", "done_with_a_finer_step", "step_too_large"]
    assert float(found["seen"][-1, 1]) == pytest.approx(0.5)
