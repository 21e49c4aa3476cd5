"""Whatever is wrong with a model file is refused: where, what, why and the cure, all problems at once, no traceback."""

import pickle

import numpy as np
import pytest

import sim
from sim.model import vensim
from sim.model.unit_check import check_units

from .support import CLOCK, model_of, refusals_of, refused, written

ITEMS = "item: a, b, c ~~|\npart: a, b ~~|\n"

BAD = {
    "syntax error": ("good = 1 ~~|\nbad = 1 + ~~|", "m.mdl:3 bad", "cannot be parsed"),
    "unknown function": ("v = NOSUCH(2) ~~|", "m.mdl:2 v", "NOSUCH"),
    "unknown function, one near": ("v = SQTR(2) ~~|", "m.mdl:2 v", "did you mean 'sqrt'"),
    "unknown function, none near": ("v = NOSUCH(2) ~~|", "m.mdl:2 v", "use one of IF THEN ELSE, MAX"),
    "saving interval": ("v = SAVEPER * 2 ~~|", "m.mdl:2 v", "it uses SAVEPER"),
    "undefined variable": ("births = 1 ~~|\nv = brths + 1 ~~|", "m.mdl:3 v", "did you mean 'births'"),
    "undefined, nothing near": ("v = zzzzzz + 1 ~~|", "m.mdl:2 v", "zzzzzz"),
    "undefined in an initial value": ("v = INTEG(1, begin) ~~|", "m.mdl:2 v", "begin"),
    "simultaneous equations": ("one = two ~~|\ntwo = three ~~|\nthree = one + 1 ~~|", "m.mdl:", "one -> "),
    "an equation of itself": ("one = one + 1 ~~|", "m.mdl:2 one", "one -> one"),
    "simultaneous at the start": ("one = INTEG(1, two) ~~|\ntwo = INTEG(1, one) ~~|", "m.mdl:", "at the start"),
    "simultaneous elements": (ITEMS + "v[a] = v[b] ~~|\nv[b] = v[a] ~~|\nv[c] = 1 ~~|", "m.mdl:4 v", "simultaneous"),
    "missing lookup": ("v = effect of price(2) ~~|", "m.mdl:2 v", "EFFECT OF PRICE"),
    "called like a lookup": ("k = 1 ~~|\nv = k(2) ~~|", "m.mdl:3 v", "no points"),
    "lookup without argument": ("t((0,0),(1,1)) ~~|\nv = t + 1 ~~|", "m.mdl:3 v", "without an argument"),
    "lookup at two arguments": ("t((0,0),(1,1)) ~~|\nv = t(1, 2) ~~|", "m.mdl:3 v", "2 arguments"),
    "lookup with two points at one x": ("t((0,0),(1,1),(1,2)) ~~|\nv = t(1) ~~|", "m.mdl:2 t", "same x"),
    "lookup of one point": ("t((0,0)) ~~|\nv = t(1) ~~|", "m.mdl:2 t", "cannot be parsed"),
    "file data": ("v = GET XLS DATA('a.xls', 'b', 'c', 'd') ~~|", "m.mdl:2 v", "GET ... DATA"),
    "file constants": ("v = GET DIRECT CONSTANTS('a.xls', 'b', 'c') ~~|", "m.mdl:2 v", "GET ... CONSTANTS"),
    "file lookups": ("t(GET XLS LOOKUPS('a.xls', 'b', 'c', 'd')) ~~|\nv = t(1) ~~|", "m.mdl:2 t", "another file"),
    "data variable": ("v :INTERPOLATE: ~~|", "m.mdl:2 v", "data variable"),
    "data equation": ("v := 3 ~~|", "m.mdl:2 v", "data variable"),
    "defined twice": ("v = 1 ~~|\nv = 2 ~~|", "m.mdl:2 v", "more than one equation"),
    "defined twice, other case": ("Big name = 1 ~~|\nbig_NAME = 2 ~~|", "m.mdl:2 Big name", "more than one equation"),
    "range defined twice": ("x: a, b ~~|\nX: a, b, c ~~|\nv[x] = 1 ~~|", "m.mdl:3 X", "m.mdl:2 x"),
    "range with an element twice": ("x: a, b, A ~~|\nv[x] = 1 ~~|", "m.mdl:2 x", "twice"),
    "range of itself": ("x: y ~~|\ny: x ~~|\nv[x] = 1 ~~|", "m.mdl:", "contains itself"),
    "missing elements": (ITEMS + "v[a] = 1 ~~|\nv[c] = 2 ~~|", "m.mdl:4 v[a]", "no equation for [b]"),
    "overlapping equations": (ITEMS + "v[item] = 1 ~~|\nv[b] = 2 ~~|", "m.mdl:4 v[item]", "more than one equation for [b]"),
    "exception without its equation": (ITEMS + "v[item] :EXCEPT: [b] = 1 ~~|", "m.mdl:4 v", "no equation for [b]"),
    "list too short": (ITEMS + "v[item] = 1, 2 ~~|", "m.mdl:4 v[item]", "2 numbers for 3"),
    "list too long": (ITEMS + "v[item] = 1, 2, 3, 4 ~~|", "m.mdl:4 v[item]", "4 numbers for 3"),
    "list for a scalar": ("v = 1, 2 ~~|", "m.mdl:2 v", "2 numbers"),
    "rows for columns": (ITEMS + "v[item, part] = 1, 2, 3; 4, 5, 6; ~~|", "m.mdl:4 v", "laid out"),
    "unknown subscript": (ITEMS + "v[itm] = 1 ~~|", "m.mdl:4 v[itm]", "did you mean 'item'"),
    "unknown subscript on the right": (ITEMS + "w[item] = 1 ~~|\nv = w[d] ~~|", "m.mdl:5 v", "'d'"),
    "element of another range": (ITEMS + "y: p, q ~~|\nw[item] = 1 ~~|\nv = w[p] ~~|", "m.mdl:6 v", "p is not in item"),
    "too few subscripts": (ITEMS + "w[item, part] = 1 ~~|\nv[item] = w[item] ~~|", "m.mdl:5 v", "2 subscripts"),
    "subscripts on a scalar": (ITEMS + "w = 1 ~~|\nv[item] = w[item] ~~|", "m.mdl:5 v", "0 subscripts"),
    "no subscripts on an array": (ITEMS + "w[item] = 1 ~~|\nv = w ~~|", "m.mdl:5 v", "1 subscripts"),
    "range not free": (ITEMS + "w[item] = 1 ~~|\nv = w[item] ~~|", "m.mdl:5 v", "not free"),
    "parent range under a subrange": (ITEMS + "w[item] = 1 ~~|\nv[part] = w[item] ~~|", "m.mdl:5 v", "not free"),
    "bang outside a sum": (ITEMS + "w[item] = 1 ~~|\nv = w[item!] ~~|", "m.mdl:5 v", "outside a SUM"),
    "range twice on the left": (ITEMS + "v[item, item] = 1 ~~|", "m.mdl:4 v", "two subscripts"),
    "subscripted table": (ITEMS + "t[item]((0,0),(1,1)) ~~|\nv = t[a](1) ~~|", "m.mdl:4 t", "subscripted table"),
    "MAX of three": ("v = MAX(1, 2, 3) ~~|", "m.mdl:2 v", "MAX has 3 arguments"),
    "IF with two": ("v = IF THEN ELSE(1 > 2, 3) ~~|", "m.mdl:2 v", "IF THEN ELSE has 2"),
    "PULSE TRAIN with three": ("v = PULSE TRAIN(1, 2, 3) ~~|", "m.mdl:2 v", "PULSE TRAIN"),
    "chained power": ("v = 2 ^ 3 ^ 2 ~~|", "m.mdl:2 v", "power of a power"),
    "sign before a power": ("v = -2 ^ 2 ~~|", "m.mdl:2 v", "negative number before ^"),
    "sign before a power inside": ("k = 3 ~~|\nv = k :OR: -2 ^ 2 > 3 ~~|", "m.mdl:3 v", "negative number before ^"),
    "mixed logic": ("k = 1 ~~|\nv = IF THEN ELSE(k > 0 :AND: k > 1 :OR: k > 2, 1, 0) ~~|", "m.mdl:3 v", "mixture"),
    "not a number": ("v = :NA: ~~|", "m.mdl:2 v", ":NA:"),
    "overflowing number": ("v = 1e999 ~~|", "m.mdl:2 v", "overflow"),
    "random": ("v = RANDOM NORMAL(0, 1, 0.5, 0.1, 7) ~~|", "m.mdl:2 v", "RANDOM NORMAL"),
    "DELAY FIXED": ("k = 1 ~~|\nv = DELAY FIXED(k, 3, 1) ~~|", "m.mdl:3 v", "DELAY FIXED"),
    "SAMPLE IF TRUE": ("k = 1 ~~|\nv = SAMPLE IF TRUE(k > 1, k, 0) ~~|", "m.mdl:3 v", "SAMPLE IF TRUE"),
    "GAME": ("k = 1 ~~|\nv = GAME(k) ~~|", "m.mdl:3 v", "GAME"),
    "ACTIVE INITIAL inside": ("k = 1 ~~|\nv = 1 + ACTIVE INITIAL(k, 1) ~~|", "m.mdl:3 v", "ACTIVE INITIAL inside"),
    "ACTIVE INITIAL with one": ("k = 1 ~~|\nv = ACTIVE INITIAL(k) ~~|", "m.mdl:3 v", "ACTIVE INITIAL has 1"),
    "smooth, misspelt": ("k = 1 ~~|\nv = SMOTH(k, 2) ~~|", "m.mdl:3 v", "did you mean 'smooth'"),
    "INTEG inside": ("k = 1 ~~|\nv = 1 + INTEG(k, 1) ~~|", "m.mdl:3 v", "INTEG inside"),
    "macro": (":MACRO: m(x)\nm = x ~~|\n:END OF MACRO:\nv = m(2) ~~|", "m.mdl:2", "macro"),
    "mapping": ("x: a, b -> y ~~|\ny: p, q ~~|\nv[x] = 1 ~~|", "m.mdl:2 x", "mapping"),
    "deep nesting": ("v = " + "(" * 80 + "1" + ")" * 80 + " ~~|", "m.mdl:2 v", "nested"),
    "endless chain": ("v = " + " + ".join(["Time"] * 3000) + " ~~|", "m.mdl:2 v", "too many operations"),
    "open parenthesis": ("v = (1 + 2 ~~|", "m.mdl:2 v", "parentheses"),
    "open comment": ("v = 1 ~~|\n{ never closed", "m.mdl:3", "comment that does not end"),
    "stock in one element only": (ITEMS + "v[part] = INTEG(1, 0) ~~|\nv[c] = 1 ~~|", "m.mdl:4 v", "different kinds"),
}


@pytest.mark.parametrize("name", BAD)
def test_refused_with_its_place(name, tmp_path):
    body, where, told = BAD[name]
    problems = refusals_of(tmp_path, body)
    assert any(where in problem.where and told in str(problem) for problem in problems), "\n".join(map(str, problems))


def test_several_errors_are_told_at_once(tmp_path):
    problems = refusals_of(tmp_path, "one = 1 + ~~|\ntwo = * 3 ~~|\nthree = (4 ~~|")
    assert [problem.where for problem in problems] == ["m.mdl:2 one", "m.mdl:3 two", "m.mdl:4 three"]
    problems = refusals_of(
        tmp_path,
        "one = nothing ~~|\ntwo = NOSUCH(3) ~~|\nthree = MAX(1, 2, 3) ~~|\nfour = 2 ^ 3 ^ 4 ~~|",
        clock=CLOCK.replace("TIME STEP = 0.5", "TIME STEP = dt"),
    )
    assert len(problems) == 5
    assert "problem 5 of 5" in str(sim.ThroughflowError(problems))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("FINAL TIME = 10 ~ month ~|", ""), "no FINAL TIME"),
        (("TIME STEP = 0.5 ~ month ~|", ""), "no TIME STEP"),
        (("FINAL TIME = 10", "FINAL TIME = -1"), "the end must come after"),
        (("TIME STEP = 0.5", "TIME STEP = 0"), "must be positive"),
        (("TIME STEP = 0.5", "TIME STEP = dt"), "TIME STEP"),
        (("TIME STEP = 0.5", "TIME STEP = SAVEPER"), "must be known before"),
        (("TIME STEP = 0.5", "TIME STEP = 1 / 0"), "must be known before"),
        (("TIME STEP = 0.5", "TIME STEP = 1e999"), "overflow"),
        (("TIME STEP = 0.5 ~ month ~|", "TIME STEP = 0.5 ~ month ~|\nTime Step = 1 ~~|"), "second definition"),
        (("SAVEPER = TIME STEP", "SAVEPER = 1 + MAX(1, 2)"), "must be known before"),
    ],
)
def test_bad_clocks(change, told, tmp_path):
    clock = CLOCK.replace(*change)
    assert clock != CLOCK
    assert told in "\n".join(map(str, refusals_of(tmp_path, "v = 1 ~~|", clock=clock)))


EVIL = '__import__("os").system("touch {mark}")'


@pytest.mark.parametrize(
    "body",
    [
        "t([{evil}],(0,0),(1,1)) ~~|",
        "t( [{evil}],(0,0),(1,1)) ~~|",
        "t(\\[{evil}],(0,0),(1,1)) ~~|",
        "t(\t[{evil}],(0,0),(1,1)) ~~|",
        "t(\u3000[{evil}],(0,0),(1,1)) ~~|",
        "t(\n[{evil}],(0,0),(1,1)) ~~|",
        "t({{c}}[{evil}],(0,0),(1,1)) ~~|",
        "t([(0,0)-({evil},1)],(0,0),(1,1)) ~~|",
        "t([(0,0)-(1,1),({evil},0)],(0,0),(1,1)) ~~|",
        "t(({evil},0),(1,1)) ~~|",
        "u = WITH LOOKUP(Time, ([{evil}],(0,0),(1,1))) ~~|",
        "u = WITH LOOKUP(Time, (\\[{evil}],(0,0),(1,1))) ~~|",
        "u = WITH LOOKUP ( Time,  ( \\ [{evil}],(0,0),(1,1))) ~~|",
        "u = 1 + MAX(0, WITH LOOKUP(Time, ([{evil}],(0,0),(1,1)))) ~~|",
        "u = GET XLS DATA('{evil}', 'b', 'c', 'd') ~~|",
        "u = {evil} ~~|",
        "u = 1 ~ dmnl [{evil},1] ~|",
    ],
)
def test_text_of_a_file_is_never_run(body, tmp_path):
    mark = tmp_path / "X"
    path = written(tmp_path, body.format(evil=EVIL.format(mark=mark)) + "\nv = 1 ~~|")
    try:
        sim.simulate(sim.read(path), method="euler")
    except sim.ThroughflowError as error:
        assert error.problems
    assert not mark.exists()


def test_documentation_is_never_run(tmp_path):
    mark = tmp_path / "X"
    model = model_of(tmp_path, f"v = 1 ~ dmnl ~ \"\"\" {EVIL.format(mark=mark)} ''' \\ |")
    sim.simulate(model, method="euler")
    assert EVIL.format(mark=mark) in model.variables["v"].documentation
    assert not mark.exists()


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", "no INITIAL TIME"),
        (b"{UTF-8}\n", "no INITIAL TIME"),
        (b"{UTF-8}\n" + CLOCK.encode(), "no variables"),
        ("{UTF-8}\n数 = 1 ~~|".encode("gb18030"), "not utf-8"),
        ("{GB2312}\n数 = 1 ~~|".encode() + b"\xff", "not gb18030"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not utf-8"),
        (b"PK\x03\x04 not a model", "m.mdl:1"),
        (b"{punycode}\nv = 1 ~~|", "punycode"),
    ],
)
def test_files_that_are_no_models(raw, told, tmp_path):
    path = tmp_path / "m.mdl"
    path.write_bytes(raw)
    assert told in "\n".join(map(str, refused(lambda: sim.read(path))))


def test_paths_that_are_no_files(tmp_path):
    written(tmp_path, "v = 1 ~~|", name="growth.mdl")
    assert "did you mean 'growth.mdl'" in str(refused(lambda: sim.read(tmp_path / "grwth.mdl"))[0])
    assert "no such file" in str(refused(lambda: sim.read(tmp_path / "far" / "away.mdl"))[0])
    (tmp_path / "folder.mdl").mkdir()
    refused(lambda: sim.read(tmp_path / "folder.mdl"))
    (tmp_path / "model.xmile").write_text("<xmile/>")
    assert ".xmile" in str(refused(lambda: sim.read(tmp_path / "model.xmile"))[0])
    refused(lambda: sim.read(tmp_path / ("long" * 100 + ".mdl")))


def test_huge_file(tmp_path):
    path = tmp_path / "huge.mdl"
    with path.open("wb") as stream:
        stream.truncate(vensim.LARGEST_FILE + 1)
    assert "the limit is" in str(refused(lambda: sim.read(path))[0])


def test_unit_clash_names_its_line(tmp_path):
    model = model_of(tmp_path, "people = 3 ~ person ~|\nmoney = 2 ~ dollar ~|\nboth = people + money ~ person ~|")
    (problem,) = check_units(model)
    assert problem.where == "m.mdl:4 both"
    assert "person and dollar" in problem.what


def test_errors_travel_between_processes(tmp_path):
    problems = refusals_of(tmp_path, "one = nothing ~~|\ntwo = NOSUCH(3) ~~|")
    error = pickle.loads(pickle.dumps(sim.ThroughflowError(problems)))
    assert error.problems == problems
    assert str(error) == str(sim.ThroughflowError(problems))


DOMAIN = {
    "division by zero": "v = 1 / (Time - 5) ~~|",
    "division by zero of numbers": "v = 1 / 0 ~~|",
    "logarithm of zero": "v = LN(Time) ~~|",
    "root below zero": "v = SQRT(4 - Time) ~~|",
    "power of a negative number": "v = (4 - Time) ^ 0.5 ~~|",
    "overflow": "v = EXP(1000 * Time) ~~|",
    "explosion": "v = INTEG(v * v, 1) ~~|",
    "undefined from the start": "k = 0 ~~|\nv = INTEG(LN(k), 1) ~~|",
    "initial value undefined": "k = 0 ~~|\nv = INTEG(1, 1 / k) ~~|",
    "undefined on the way": "v = INTEG(LN(5 - Time) - v, 1) ~~|",
}


@pytest.mark.parametrize("method", ["euler", "rk4", "adaptive", "stiff"])
@pytest.mark.parametrize("name", DOMAIN)
def test_runs_that_leave_their_domain(name, method, tmp_path):
    model = model_of(tmp_path, DOMAIN[name])
    problems = refused(lambda: sim.simulate(model, method=method, stop=40 if name == "explosion" else 10))
    assert "model m" in problems[0].where
    assert "time" in problems[0].what


@pytest.mark.parametrize("method", ["adaptive", "stiff"])
def test_undefined_from_the_start_says_so(method, tmp_path):
    model = model_of(tmp_path, DOMAIN["undefined from the start"])
    (problem,) = refused(lambda: sim.simulate(model, method=method))
    assert "time 0.0" in problem.what
    assert "not finite" in problem.why


def test_a_gap_names_time_and_variables(tmp_path):
    model = model_of(tmp_path, "bad = 1 / (Time - 5) ~~|\nworse = bad + 1 ~~|\nfine = 1 ~~|")
    (problem,) = refused(lambda: sim.simulate(model, method="euler"))
    assert "at time 5.0 of bad, worse" in problem.what


def test_finite_values_only(tmp_path):
    """What is not refused is finite."""
    dataset = sim.simulate(model_of(tmp_path, "v = IF THEN ELSE(Time = 5, 0, 1 / (Time - 5)) ~~|"), method="euler")
    assert np.all(np.isfinite(dataset["v"].values))
