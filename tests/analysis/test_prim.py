"""Patient rule induction: it finds a box that was planted, and nothing where there is none."""

import warnings

import numpy as np
import pytest

from sim.analysis import prim
from sim.analysis.prim import Box
from sim.errors import ThroughflowError


def planted(count, inputs=12, *, seed=3, inside=0.9, outside=0.05):
    """Return draws and cases that lie thick where the second input is above 0.6 and the fifth below 0.4."""
    random = np.random.default_rng(seed)
    drawn = random.random((count, inputs))
    truth = (drawn[:, 1] > 0.6) & (drawn[:, 4] < 0.4)
    return drawn, np.where(truth, random.random(count) < inside, random.random(count) < outside)


def test_a_planted_box_is_found_and_holds_in_worlds_not_seen():
    drawn, cases = planted(2000)
    found = prim.discover(drawn, cases)
    assert found.box.inputs == (1, 4) and not {1} & set(found.box.high) and not {4} & set(found.box.low)
    assert found.box.low[1] == pytest.approx(0.6, abs=0.07) and found.box.high[4] == pytest.approx(0.4, abs=0.07)
    assert found.unseen.density > 0.8 and found.unseen.coverage > 0.6
    assert all(value < 1e-6 for value in found.chance.values())


def test_many_inputs_and_few_worlds_do_not_make_a_finding_of_noise():
    counted = []
    for seed in range(24):
        random = np.random.default_rng(seed)
        found = prim.discover(random.random((256, 200)), random.random(256) < 0.3, seed=seed)
        counted.append(any(value <= 0.05 for value in found.chance.values()))
        best = max(prim.rate(box, random.random((1, 200)), np.array([True])).density for box in found.course)
        assert 0 <= best <= 1
    assert sum(counted) <= 4, "one in twenty by chance; four in 24 or fewer with a probability of 99.6 %"


def test_where_it_was_looked_for_noise_looks_like_a_finding():
    random = np.random.default_rng(5)
    drawn, cases = random.random((256, 200)), random.random(256) < 0.3
    found = prim.discover(drawn, cases)
    first = prim.halves(cases, 0)
    densest = max(found.course, key=lambda box: prim.rate(box, drawn[first], cases[first]).density)
    seen, unseen = (prim.rate(densest, drawn[half], cases[half]).density for half in (first, ~first))
    assert seen > 0.5 and unseen < seen - 0.15, "this is why half of the worlds are kept back"


def test_ratings_and_quasi_p_values_by_hand():
    drawn = np.array([[0.0], [1.0], [2.0], [3.0]])
    cases = np.array([False, False, True, True])
    box = Box(low={0: 2.0})
    assert prim.rate(box, drawn, cases) == prim.Rating(2, 2, 1.0, 1.0)
    assert prim.chance(box, drawn, cases) == {0: pytest.approx(0.25)}, "two of two at a density of one half"
    assert box.without(0) == Box() and prim.rate(Box(), drawn, cases).density == 0.5
    assert prim.pruned(box, drawn, cases) == Box() and prim.pruned(box, drawn, cases, level=0.3) == box


def test_boxes_shrink_and_limits_stay_few():
    drawn, cases = planted(600)
    course = prim.peel(drawn, cases, most=2)
    rated = [prim.rate(box, drawn, cases) for box in course]
    assert all(len(box.inputs) <= 2 for box in course) and course[0] == Box()
    assert rated[-1].density > 0.85 and rated[-1].inside >= prim.LEAST * 600
    assert max(np.diff([own.density for own in rated])) < 0.15, "patient: no step takes much"


def test_inputs_of_few_values_are_peeled_by_value():
    random = np.random.default_rng(0)
    drawn = np.column_stack([random.integers(0, 2, 800), random.random(800)]).astype(float)
    found = prim.discover(drawn, (drawn[:, 0] == 1) & (random.random(800) < 0.8))
    assert found.box.low == {0: 1.0} and found.unseen.density > 0.7


def test_pasting_gives_back_what_peeling_took_for_nothing():
    drawn, cases = np.arange(100.0)[:, None], np.arange(100) >= 50
    assert prim._pasted(Box(low={0: 60.0}), drawn, cases) == Box(low={0: 50.0})
    assert prim._pasted(Box(high={0: 98.0}), drawn, np.ones(100, dtype=bool)) == Box()


def test_screening_keeps_what_goes_with_the_cases():
    drawn, cases = planted(500, inputs=60)
    constant = np.column_stack([drawn, np.ones(500)])
    assert set(prim.screen(constant, cases, 2)) == {1, 4} and 60 not in prim.screen(constant, cases, 61)


def test_too_few_cases_are_refused():
    with pytest.raises(ThroughflowError, match="9 cases in 100 worlds"):
        prim.discover(np.random.default_rng(0).random((100, 3)), np.arange(100) < 9)


def test_the_same_box_as_ema_workbench():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = pytest.importorskip("ema_workbench.analysis.prim")
    import pandas as pd

    drawn, cases = planted(1000, inputs=6)
    box = other.Prim(
        pd.DataFrame(drawn, columns=list("abcdef")), cases.astype(float), threshold=0.5, peel_alpha=0.05
    ).find_box()
    limits = box.box_lims[-1]
    own = prim.peel(drawn, cases, most=6)[-1]
    assert own.low[1] == pytest.approx(limits["b"].iloc[0], abs=0.02)
    assert own.high[4] == pytest.approx(limits["e"].iloc[1], abs=0.05)
