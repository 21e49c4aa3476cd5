"""Bad sample files and impossible sizes: each refused whole, with its lines, and nothing in a file is ever run."""

import dataclasses
import json
import math
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import ThroughflowError
from sim.experiment import samples_file
from sim.experiment.design import (
    MOST_MEMBERS,
    Design,
    Uncertainty,
    design_notes,
    design_problems,
    identity,
    sample,
    uncertainties_of_file,
)

from ..model.support import model_of, refused

BODY = """
item: a, b ~~|
rate[item] = 0.1, 0.2 ~ 1/month [0,1] ~|
start = 5 ~ person [0] ~|
loss = 0.1 ~ 1/month ~|
stock[item] = INTEG(stock[item] * (rate[item] - loss), start) ~ person ~|
"""

THREE = (
    Uncertainty("growth", ("rate[a]", "rate[b]"), "uniform", 0.1, None, 0.3),
    Uncertainty("the start", ("start",), "lognormal", 4.0, 5.0, 7.0),
    Uncertainty("loss", ("loss",), "triangular", 0.0, 0.1, 0.2),
)

GOOD = "growth,start,LOSS\n0.1,5,0.1\n0.2,6,-0.05\n0.3,4.5,1e-1\n"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return model_of(tmp_path_factory.mktemp("faults"), BODY)


def written(folder: Path, text: str | bytes, name: str = "draws.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def own(path: Path | None, size: int = 3, **other) -> Design:
    return Design(other.pop("uncertainties", THREE), "file", size, samples=path, **other)


def told(problems) -> str:
    assert problems
    assert all(problem.where and problem.what and problem.why and problem.cure for problem in problems)
    return "\n".join(str(problem) for problem in problems)


# sizes, seeds and layers


@pytest.mark.parametrize("sampler", ["sobol", "latin_hypercube", "monte_carlo", "file"])
@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, "less than 1"),
        (-1, "less than 1"),
        (10**12, f"more than {MOST_MEMBERS}"),
        (MOST_MEMBERS + 1, f"more than {MOST_MEMBERS}"),
        pytest.param(10**5000, f"more than {MOST_MEMBERS}", id="more digits than Python writes"),
        (1000.0, "no whole number"),
        (10.5, "no whole number"),
        (math.nan, "no whole number"),
        (math.inf, "no whole number"),
        (Fraction(3), "no whole number"),
        ("1000", "no whole number"),
        (None, "no whole number"),
        (True, "no whole number"),
    ],
)
def test_impossible_sizes_are_refused_by_every_sampler(model, tmp_path, sampler, size, expected):
    path = written(tmp_path, GOOD) if sampler == "file" else None
    asked = Design(THREE, sampler, size, samples=path)
    (problem,) = [found for found in design_problems(asked, model) if found.where == "size"]
    assert expected in problem.why and f"from 1 to {MOST_MEMBERS}" in problem.cure
    assert problem in refused(lambda: sample(asked))


def test_the_largest_size_is_drawn_anywhere():
    for sampler in ("sobol", "latin_hypercube", "monte_carlo"):
        drawn = sample(Design(THREE, sampler, MOST_MEMBERS), first=MOST_MEMBERS - 2)
        assert drawn.shape == (3, 2) and np.all(np.isfinite(drawn))


@pytest.mark.parametrize("name", ["seed", "layer"])
@pytest.mark.parametrize("value", [-1, 2**64, 10**30, 1.0, math.nan, "7", None, True])
def test_impossible_seeds_and_layers_are_refused(name, value):
    (problem,) = refused(lambda: sample(dataclasses.replace(Design(THREE, "latin_hypercube", 10), **{name: value})))
    assert problem.where == name and "whole number from" in problem.cure


def test_whole_numbers_of_numpy_are_whole_numbers():
    asked = Design(THREE, "monte_carlo", np.int64(10), seed=np.uint64(2**64 - 1))
    assert sample(asked).tobytes() == sample(Design(THREE, "monte_carlo", 10, seed=2**64 - 1)).tobytes()
    json.dumps(identity(asked))


def test_nothing_uncertain_is_refused(model):
    (problem,) = design_problems(Design((), "sobol", 8), model)
    assert problem.where == "uncertainties"
    with pytest.raises(ThroughflowError):
        sample(Design((), "file", 8))


# files that are good


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        "\ufeff" + GOOD,
        GOOD.replace("\n", "\r\n"),
        GOOD.rstrip("\n"),
        GOOD.replace("\n", "\n\n") + "\n\n",
        GOOD.replace(",", " , "),
        '"growth","The_Start","loss"\n"0.1","5",0.1\n0.2,6,-0.05\n0.3,4.5,0.1\n',
        "loss,rate[ A ],start\n0.1,0.1,5\n-0.05,0.2,6\n0.1,0.3,4.5\n",
    ],
    ids=["plain", "byte order mark", "crlf", "no last newline", "blank lines", "blanks", "quoted", "constants' names"],
)
def test_good_files_are_read_alike(model, tmp_path, text):
    asked = own(written(tmp_path, text))
    assert design_problems(asked, model) == []
    drawn = sample(asked)
    np.testing.assert_array_equal(drawn, [[0.1, 0.2, 0.3], [5, 6, 4.5], [0.1, -0.05, 0.1]])
    assert sample(asked, first=1, count=1).tobytes() == np.ascontiguousarray(drawn[:, 1:2]).tobytes()
    assert drawn.flags.c_contiguous


def test_a_name_goes_before_a_constant(tmp_path):
    crossed = (
        Uncertainty("x", ("loss",), "uniform", 0.0, None, 1.0),
        Uncertainty("loss", ("start",), "uniform", 0.0, None, 9.0),
    )
    path = written(tmp_path, "x,loss\n0.1,5\n")
    np.testing.assert_array_equal(sample(own(path, 1, uncertainties=crossed)), [[0.1], [5]])
    (problem,) = refused(lambda: sample(own(written(tmp_path, "loss\n5\n"), 1, uncertainties=crossed)))
    assert problem.what == "no column for x", "the one column is that of the uncertainty called so, and serves no other"


def test_draws_outside_the_stated_range_are_remarked_not_refused(model, tmp_path):
    asked = own(written(tmp_path, GOOD))
    assert design_notes(asked) == ("draws of loss lie outside 0 to 0.2 on lines 3 of draws.csv",)


def test_identity_follows_the_content_not_the_place(tmp_path):
    first, second = written(tmp_path, GOOD, "a.csv"), written(tmp_path, GOOD, "b.csv")
    assert identity(own(first)) == identity(own(second))
    json.dumps(identity(own(first)))
    assert identity(own(written(tmp_path, GOOD.replace("4.5", "4.6"), "c.csv"))) != identity(own(first))


def test_a_file_that_changes_is_read_again(tmp_path):
    path = written(tmp_path, GOOD)
    before, known = sample(own(path)), identity(own(path))
    written(tmp_path, GOOD.replace("4.5", "4.25"))
    assert sample(own(path))[1, 2] == 4.25 and before[1, 2] == 4.5
    assert identity(own(path)) != known


def test_draws_of_a_file_cannot_be_changed_through_what_is_returned(tmp_path):
    path = written(tmp_path, GOOD)
    sample(own(path))[:] = 0.0
    assert sample(own(path))[0, 0] == 0.1


def test_a_file_may_declare_its_own_uncertainties(model, tmp_path):
    path = written(tmp_path, "rate[a],start\n0.1,5\n0.4,5\n")
    found = uncertainties_of_file(path)
    assert [(one.name, one.targets, one.low, one.high) for one in found] == [
        ("rate[a]", ("rate[a]",), 0.1, 0.4),
        ("start", ("start",), 5.0, 5.0),
    ]
    asked = own(path, 2, uncertainties=found)
    assert design_problems(asked, model) == []
    np.testing.assert_array_equal(sample(asked), [[0.1, 0.4], [5, 5]])
    with pytest.raises(ThroughflowError, match="line 2, 'start': 'x'"):
        uncertainties_of_file(written(tmp_path, "start\nx\n"))
    with pytest.raises(ThroughflowError, match="no rows"):
        uncertainties_of_file(written(tmp_path, "start\n"))


# files that are bad

LONG = "growth,the start,loss\n" + "0.1,5,nan\n" * 9


@pytest.mark.parametrize(
    ("text", "size", "expected"),
    [
        ("", 3, ["no header", "no column for growth; the start; loss", "0 rows for 3 members"]),
        ("\n\n", 3, ["no header"]),
        ("growth,start,loss\n", 3, ["0 rows for 3 members"]),
        (GOOD, 2, ["3 rows for 2 members", "size of 3"]),
        (GOOD, 4, ["3 rows for 4 members", "size of 3"]),
        (GOOD.replace("4.5", "nan"), 3, ["NaN or infinite draws: line 4, 'start': 'nan'"]),
        (GOOD.replace("4.5", "-inf").replace("6", "1e999"), 3, ["line 3, 'start': '1e999'; line 4, 'start': '-inf'"]),
        (GOOD.replace("4.5", "five"), 3, ["no numbers: line 4, 'start': 'five'"]),
        (GOOD.replace("4.5", ""), 3, ["no numbers: line 4, 'start': ''"]),
        (GOOD.replace("4.5", "1_0"), 3, ["no numbers: line 4, 'start': '1_0'"]),
        (GOOD.replace("4.5", "0x10"), 3, ["no numbers: line 4"]),
        (GOOD.replace("4.5", "=2+3"), 3, ["no numbers: line 4, 'start': '=2+3'"]),
        (GOOD.replace("0.2,6,-0.05", "0.2,6"), 3, ["another length: line 3: 2", "the header has 3 names"]),
        (GOOD.replace("0.2,6,-0.05", "0.2,6,1,9"), 3, ["another length: line 3: 4"]),
        (LONG, 9, ["line 2, 'loss': 'nan'; line 3", "and 5 more"]),
        ("growth,loss\n0.1,0.1\n", 1, ["no column for the start"]),
        (GOOD.replace("LOSS", "losses"), 3, ["no column for loss", "columns of nothing: losses", "did you mean 'loss'"]),
        ("id,growth,start,loss\n1,0.1,5,0.1\n", 1, ["columns of nothing: id"]),
        (",growth,start,loss\n0,0.1,5,0.1\n", 1, ["columns without a name: 1", "an index, say"]),
        ("growth,start,loss,loss\n0.1,5,0.1,0.2\n", 1, ["columns named twice: loss"]),
        ("growth,start,loss,Loss\n0.1,5,0.1,0.2\n", 1, ["columns of nothing: Loss", "has a column already"]),
        ("growth,rate[b],start,loss\n0.1,0.1,5,0.1\n", 1, ["columns of nothing: rate[b]"]),
        ("growth;start;loss\n0,1;5;0,1\n", 1, ["separated by commas", "another length: line 2: 3"]),
        ("0.1,5,0.1\n0.2,6,0.1\n", 2, ["columns of nothing: 0.1; 5", "no column for growth", "columns named twice: 0.1"]),
        (GOOD.replace("0.3,4.5", "1.5,-2"), 3, ["column 'growth', line 4: 1.5", "rate[b] are 0 to 1", "start are 0 to inf"]),
        (GOOD.encode("utf-16"), 3, ["line 1 is not UTF-8 text"]),
        (GOOD.encode() + b"0.1,5,\xff\n", 4, ["line 5 is not UTF-8 text"]),
        (GOOD + '0.1,"5,0.1\n', 4, ["not a table of text", "line 5"]),
        (GOOD + "0.1,5," + "9" * 200_000, 4, ["not a table of text", "field larger than field limit"]),
        ("\x00" * 50, 3, ["columns of nothing"]),
        (GOOD.replace("4.5", "4\x005"), 3, ["no numbers: line 4"]),
    ],
)
def test_bad_files_are_told_with_their_lines(model, tmp_path, text, size, expected):
    asked = own(written(tmp_path, text), size)
    report = told(design_problems(asked, model))
    for part in expected:
        assert part in report
    assert str(tmp_path) not in report
    assert "Traceback" not in report
    if "limits" not in report:
        refused(lambda: sample(asked))


def test_everything_wrong_with_a_file_is_told_at_once(model, tmp_path):
    text = "growth,start,odd\n0.1,nan,1\n2,x,1\n0.1,5\n"
    report = told(design_problems(own(written(tmp_path, text), 10), model))
    for part in ("odd", "no column for loss", "'nan'", "'x'", "line 4: 2", "line 3: 2", "3 rows for 10", "0 to 1"):
        assert part in report


def test_the_wrong_kind_of_thing_is_refused(model, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path, expected in (
        (None, "no file"),
        (tmp_path / "none.csv", "there is no file"),
        (tmp_path, "no ordinary file"),
        (tmp_path / "pipe", "no ordinary file"),
        (Path("/dev/zero"), "no ordinary file"),
        (tmp_path / "nul\x00.csv", "there is no file"),
    ):
        (problem,) = design_problems(own(path), model)
        assert expected in problem.what and problem.where.startswith("samples")


def test_an_unreadable_file_is_refused(model, tmp_path):
    path = written(tmp_path, GOOD)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user reads everything")
    (problem,) = design_problems(own(path), model)
    assert "cannot be read" in problem.what


def test_too_large_a_file_is_refused_before_it_is_read(model, tmp_path):
    path = tmp_path / "hole.csv"
    with path.open("wb") as stream:
        stream.truncate(samples_file.MOST_BYTES + 1)
    (problem,) = design_problems(own(path), model)
    assert "too large" in problem.what and "1024 MiB" in problem.why


@pytest.mark.parametrize(("limit", "most"), [("MOST_CELLS", 5), ("MOST_MEMBERS", 2), ("MOST_LINE", 12)])
def test_limits_within_a_file_hold(model, tmp_path, monkeypatch, limit, most):
    monkeypatch.setattr(samples_file, limit, most)
    samples_file._read.cache_clear()
    (problem,) = design_problems(own(written(tmp_path, GOOD)), model)
    assert "too large" in problem.what


def test_a_file_beside_another_sampler_or_correlations_is_refused(model, tmp_path):
    path = written(tmp_path, GOOD)
    (problem,) = design_problems(Design(THREE, "sobol", 4, samples=path), model)
    assert (problem.where, "the sampler sobol reads no file") == ("samples", problem.why)
    (problem,) = design_problems(own(path, correlations=(("growth", "loss", 0.5),)), model)
    assert problem.where == "correlations"


def test_nothing_in_a_file_is_run(model, tmp_path):
    trap = tmp_path / "trapped"
    text = f"growth,start,__import__('os').system('touch {trap}')\n0.1,5,__import__('os').system('touch {trap}')\n"
    told(design_problems(own(written(tmp_path, text), 1), model))
    assert not trap.exists()


@settings(max_examples=150, deadline=None)
@given(data=st.one_of(st.binary(max_size=200), st.text('0123456789.,-+eE"\n\r naif_;[]', max_size=200).map(str.encode)))
def test_whatever_a_file_holds_is_read_or_refused(model, tmp_path_factory, data):
    path = written(tmp_path_factory.getbasetemp(), b"growth,start,loss\n" + data, "fuzz.csv")
    samples_file._read.cache_clear()
    asked = own(path)
    problems = design_problems(asked, model)
    if problems:
        told(problems)
    else:
        drawn = sample(asked)
        assert drawn.shape == (3, 3) and np.all(np.isfinite(drawn))


def test_statistics_are_not_imported_until_a_sequence_is_drawn():
    """``scipy.stats`` takes about a second to import: reading and checking a design must not."""
    code = (
        "import sys, sim.experiment.design as d; "
        "u = d.Uncertainty('a', ('a',), 'uniform', 0.0, None, 1.0); "
        "d.sample(d.Design((u,), 'monte_carlo', 4)); "
        "print([name for name in sys.modules if name.startswith('scipy.stats')])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
