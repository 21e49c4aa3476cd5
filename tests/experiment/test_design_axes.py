"""Axes of given values in a design: every draw at every point, draws that stay what they are without axes."""

from dataclasses import replace

import numpy as np
import pytest

from sim.experiment.design import Design, Uncertainty, design_notes, design_problems, identity, sample, varied
from sim.experiment.samplers import SAMPLERS

from ..model.support import model_of

BODY = """
rate = 0.1 ~ 1/month [0,1] ~|
loss = 0.1 ~ 1/month ~|
stock = INTEG(stock * (rate - loss), 5) ~ person ~|
"""
DRAWN = Uncertainty("rate", ("rate",), "uniform", 0.1, None, 0.2)
FIRST = Uncertainty("loss", ("loss",), "given", 1.0, None, 3.0, (3.0, 1.0, 2.0))
SECOND = Uncertainty("other", ("other",), "given", 5.0, None, 6.0, (5.0, 6.0))


def design(*uncertainties, size, sampler="sobol"):
    return Design(uncertainties, sampler, size, seed=3)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return model_of(tmp_path_factory.mktemp("axes"), BODY)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_every_draw_is_run_at_every_point(sampler):
    draws = sample(design(FIRST, DRAWN, SECOND, size=24, sampler=sampler))
    alone = sample(design(DRAWN, size=4, sampler=sampler))
    assert np.array_equal(draws[1].reshape(4, 6), np.repeat(alone.T, 6, axis=1)), "axes change no draw"
    points = {tuple(point) for point in draws[[0, 2], :6].T}
    assert points == {(first, second) for first in FIRST.values for second in SECOND.values}
    assert np.array_equal(draws[[0, 2]], np.tile(draws[[0, 2], :6], 4))


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_pieces_are_those_of_the_whole(sampler):
    whole = sample(design(FIRST, DRAWN, SECOND, size=24, sampler=sampler))
    for first, count in ((0, 1), (5, 2), (7, 17), (23, 1), (4, 0)):
        piece = sample(design(FIRST, DRAWN, SECOND, size=24, sampler=sampler), first=first, count=count)
        assert np.array_equal(piece, whole[:, first : first + count])


def test_more_draws_keep_the_earlier_members():
    small, large = (sample(design(DRAWN, FIRST, size=size)) for size in (12, 48))
    assert np.array_equal(large[:, :12], small)


def test_axes_alone_draw_nothing(model):
    grid = design(FIRST, size=3)
    assert sample(grid).tolist() == [[3.0, 1.0, 2.0]] and design_notes(grid) == () and design_problems(grid, model) == []
    assert varied(grid)[0] == ("loss",)


def test_axes_beside_a_file_of_own_draws(tmp_path, model):
    path = tmp_path / "mine.csv"
    path.write_text("rate\n0.1\n0.15\n")
    own = replace(design(DRAWN, FIRST, size=6, sampler="file"), samples=path)
    assert design_problems(own, model) == []
    assert sample(own).tolist() == [[0.1] * 3 + [0.15] * 3, [3.0, 1.0, 2.0] * 2]
    assert any("2 rows for 9 members" in problem.what for problem in design_problems(replace(own, size=9), model))


def test_the_values_are_part_of_the_experiment():
    assert identity(design(FIRST, size=3)) != identity(design(replace(FIRST, values=(3.0, 1.0, 2.5)), size=3))


def test_refusals(model):
    def told(*uncertainties, size=6):
        return " ".join(
            f"{problem.where} {problem.what}" for problem in design_problems(design(*uncertainties, size=size), model)
        )

    assert told(DRAWN, FIRST) == ""
    assert "7 members at 3 points" in told(DRAWN, FIRST, size=7)
    assert "twice" in told(replace(FIRST, values=(1.0, 1.0)))
    assert "finite" in told(replace(FIRST, values=(1.0, float("nan"))))
    assert "can reach 0.1 to 2" in told(replace(DRAWN, distribution="given", values=(0.1, 2.0)))
