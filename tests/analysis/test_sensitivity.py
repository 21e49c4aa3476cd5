"""Indices of sensitivity on functions whose indices are known, and beside SALib on the same numbers."""

import numpy as np
import pytest
from SALib.analyze import morris as salib_morris
from SALib.analyze import sobol as salib_sobol
from SALib.sample import morris as salib_paths
from SALib.sample import sobol as salib_design
from scipy.stats import qmc

from sim.analysis.sensitivity.given import classes_for, given_shares
from sim.analysis.sensitivity.morris import path_effects, screen, star_effects
from sim.analysis.sensitivity.sobol import shares
from sim.errors import ThroughflowError

ISHIGAMI_FIRST, ISHIGAMI_TOTAL = np.array([0.3139, 0.4424, 0.0]), np.array([0.5576, 0.4424, 0.2437])
"""Exact for a = 7, b = 0.1: Saltelli and others, Global sensitivity analysis: the primer (2008), section 4.4."""

WEIGHTS = np.array([0.0, 1.0, 4.5, 9.0, 99.0, 99.0])


def ishigami(unit):
    x = (2 * unit - 1) * np.pi
    return np.sin(x[..., 0]) + 7 * np.sin(x[..., 1]) ** 2 + 0.1 * x[..., 2] ** 4 * np.sin(x[..., 0])


def sobol_g(unit):
    return np.prod((np.abs(4 * unit - 2) + WEIGHTS) / (1 + WEIGHTS), axis=-1)


def exact_g():
    alone = 1 / (3 * (1 + WEIGHTS) ** 2)
    whole = np.prod(1 + alone) - 1
    return alone / whole, alone * np.prod(1 + alone) / (1 + alone) / whole


def additive(unit):
    return unit @ np.array([4.0, 2.0, 1.0, 0.0])


def saltelli(count, factors, seed=1):
    """Return places of Saltelli's design, shape (base point, factor + 2, factor)."""
    both = qmc.Sobol(2 * factors, rng=seed).random(count)
    first, second = both[:, :factors], both[:, factors:]
    mixed = [np.where(np.arange(factors) == each, second, first) for each in range(factors)]
    return np.stack([first, *mixed, second], axis=1)


def stars(count, factors, seed=1):
    base = qmc.Sobol(factors, rng=seed).random(count)
    moved = (base + 0.5) % 1.0
    points = [base, *(np.where(np.arange(factors) == each, moved, base) for each in range(factors))]
    return np.stack(points, axis=1), moved - base


class TestShares:
    @pytest.mark.parametrize(
        ("function", "factors", "exact"), [(ishigami, 3, (ISHIGAMI_FIRST, ISHIGAMI_TOTAL)), (sobol_g, 6, exact_g())]
    )
    def test_known_indices_are_met_and_covered(self, function, factors, exact):
        found = shares(function(saltelli(4096, factors))[..., None])
        np.testing.assert_allclose(found.first[:, 0], exact[0], atol=0.02)
        np.testing.assert_allclose(found.total[:, 0], exact[1], atol=0.02)
        assert (found.first_low[:, 0] <= exact[0] + 1e-3).all() and (exact[0] <= found.first_high[:, 0] + 1e-3).all()
        assert (found.total_low[:, 0] <= exact[1] + 1e-3).all() and (exact[1] <= found.total_high[:, 0] + 1e-3).all()

    def test_an_additive_function_has_no_company(self):
        found = shares(additive(saltelli(1024, 4))[..., None])
        np.testing.assert_allclose(found.first[:, 0], np.array([16, 4, 1, 0]) / 21, atol=0.01)
        np.testing.assert_allclose(found.total[:, 0], found.first[:, 0], atol=0.01)
        np.testing.assert_allclose(found.variance, 21 / 12, rtol=0.01)

    def test_groups_are_factors(self):
        points = saltelli(4096, 3)
        both = np.where([True, True, False], points[:, -1], points[:, 0])
        grouped = np.stack([points[:, 0], both, points[:, 3], points[:, -1]], axis=1)
        found = shares(ishigami(grouped)[..., None])
        np.testing.assert_allclose(found.first[:, 0], [1 - 0.2437, 0.0], atol=0.02)
        np.testing.assert_allclose(found.total[:, 0], [1.0, 0.2437], atol=0.02)

    def test_salib_finds_the_same_of_the_same_numbers(self):
        problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[0, 1]] * 3}
        places = salib_design.sample(problem, 256, calc_second_order=False, scramble=True, seed=5)
        theirs = salib_sobol.analyze(problem, ishigami(places), calc_second_order=False, seed=5)
        ours = shares(ishigami(places).reshape(256, 5, 1), first="saltelli")
        np.testing.assert_allclose(ours.first[:, 0], theirs["S1"], rtol=0, atol=2e-3)
        np.testing.assert_allclose(ours.total[:, 0], theirs["ST"], rtol=1e-9)
        half = (ours.total_high - ours.total_low)[:, 0] / 2
        np.testing.assert_allclose(half, theirs["ST_conf"] * 1.645 / 1.96, rtol=0.35)

    def test_intervals_cover_as_often_as_they_say(self):
        exact, inside = np.array([16, 4, 1, 0]) / 21, []
        for seed in range(60):
            points = np.random.default_rng(seed).random((128, 2, 4))
            mixed = [np.where(np.arange(4) == each, points[:, 1], points[:, 0]) for each in range(4)]
            found = shares(additive(np.stack([points[:, 0], *mixed, points[:, 1]], 1))[..., None], resamples=200)
            inside.append((found.total_low[:3, 0] <= exact[:3]) & (exact[:3] <= found.total_high[:3, 0]))
        assert 0.8 < np.mean(inside) < 0.98

    def test_of_two_estimators_the_one_that_scatters_less_is_taken(self):
        value = np.exp(6 * saltelli(256, 4)[..., :1]) + saltelli(256, 4)[..., 1:2]
        one, two, both = (shares(value, first=name) for name in ("saltelli", "jansen", "steadier"))
        widths = [(each.first_high - each.first_low)[:, 0] for each in (one, two, both)]
        np.testing.assert_array_equal(widths[2], np.minimum(widths[0], widths[1]))
        assert widths[1][0] < widths[0][0] and (widths[0][1:] < widths[1][1:]).all()
        np.testing.assert_array_equal(both.first[1:], one.first[1:])
        assert both.first[0, 0] == two.first[0, 0]

    def test_vectors_and_units(self):
        value = ishigami(saltelli(256, 3))[..., None]
        found = shares(np.concatenate([value, 1e9 + 1e3 * value], axis=-1))
        np.testing.assert_allclose(found.first[:, 0], found.first[:, 1], rtol=1e-4, atol=1e-8)
        np.testing.assert_allclose(found.variance[1], 1e6 * found.variance[0], rtol=1e-6)

    def test_failed_runs_take_their_base_point_with_them(self):
        value = ishigami(saltelli(256, 3))[..., None]
        broken = value.copy()
        broken[7, 2] = broken[9, 0] = np.nan
        found, kept = shares(broken), shares(np.delete(value, [7, 9], axis=0))
        assert (found.used, found.left_out) == (254, 2)
        np.testing.assert_array_equal(found.first, kept.first)
        broken[10:, 1] = np.nan
        with pytest.raises(ThroughflowError, match="8 of 256 base points"):
            shares(broken)

    def test_an_output_that_does_not_vary_has_no_shares(self):
        value = ishigami(saltelli(64, 3))
        found = shares(np.stack([value, np.full_like(value, 3.0), np.zeros_like(value)], axis=-1))
        assert found.constant.tolist() == [False, True, True]
        assert np.isnan(found.first[:, 1:]).all() and np.isnan(found.total_high[:, 1:]).all()
        assert np.isfinite(found.first[:, 0]).all()


class TestScreening:
    def test_an_additive_function_has_one_effect_everywhere(self):
        points, steps = stars(16, 4)
        found = screen(star_effects(additive(points)[..., None], steps))
        np.testing.assert_allclose(found.size[:, 0], [4, 2, 1, 0], atol=1e-9)
        np.testing.assert_allclose(found.mean, found.size, atol=1e-9)
        np.testing.assert_allclose(found.scatter, 0.0, atol=1e-9)

    def test_company_shows_as_scatter_and_order_is_that_of_the_totals(self):
        points, steps = stars(512, 6)
        found = screen(star_effects(sobol_g(points + 0.0)[..., None], steps))
        # Half a turn maps |4x - 2| to 2 - |4x - 2|: every factor moves, the less the larger its weight.
        assert (np.diff(found.size[:5, 0]) < 0).all() and (found.scatter[:3, 0] > 0.1 * found.size[:3, 0]).all()
        assert (found.size_low <= found.size).all() and (found.size <= found.size_high).all()

    def test_salib_finds_the_same_along_the_same_paths(self):
        problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[0, 1]] * 3}
        places = salib_paths.sample(problem, 40, num_levels=4, seed=3)
        value = ishigami(places)
        theirs = salib_morris.analyze(problem, places, value, num_levels=4, seed=3)
        ours = screen(path_effects(value.reshape(40, 4, 1), places.reshape(40, 4, 3)))
        np.testing.assert_allclose(ours.mean[:, 0], theirs["mu"].astype(float), rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(ours.size[:, 0], theirs["mu_star"].astype(float), rtol=1e-8)
        np.testing.assert_allclose(ours.scatter[:, 0], theirs["sigma"].astype(float), rtol=1e-8, atol=1e-8)
        half = (ours.size_high - ours.size_low)[:, 0] / 2
        np.testing.assert_allclose(half[[0, 2]], np.asarray(theirs["mu_star_conf"], float)[[0, 2]] * 1.645 / 1.96, rtol=0.4)

    def test_paths_that_are_none_are_refused(self):
        with pytest.raises(ThroughflowError, match="moves no factor or several"):
            path_effects(np.zeros((1, 3, 1)), np.array([[[0, 0], [1, 1], [1, 0]]]))

    def test_failed_runs_take_their_trajectory_with_them(self):
        points, steps = stars(16, 3)
        value = ishigami(points)[..., None]
        broken = value.copy()
        broken[3, 2] = np.nan
        found = screen(star_effects(broken, steps))
        assert (found.used, found.left_out) == (15, 1)
        kept = screen(star_effects(np.delete(value, 3, axis=0), np.delete(steps, 3, axis=0)))
        np.testing.assert_array_equal(found.size, kept.size)
        broken[3:, 0] = np.nan
        with pytest.raises(ThroughflowError, match="3 of 16 trajectories"):
            screen(star_effects(broken, steps))

    def test_an_output_that_does_not_vary_has_no_effects(self):
        points, steps = stars(8, 3)
        value = ishigami(points)
        found = screen(star_effects(np.stack([value, np.full_like(value, 2.0)], axis=-1), steps))
        assert found.constant.tolist() == [False, True]
        assert np.isnan(found.size[:, 1]).all() and np.isfinite(found.size[:, 0]).all()


class TestGivenShares:
    def test_known_indices_are_met_without_a_design(self):
        places = np.random.default_rng(2).random((4096, 3))
        found = given_shares(places, ishigami(places)[:, None], classes=24)
        np.testing.assert_allclose(found.share[:, 0], ISHIGAMI_FIRST, atol=0.03)
        assert found.floor[0] < 0.02 and (found.raw[:2, 0] > found.floor[0]).all() and found.raw[2, 0] <= found.floor[0]

    def test_the_correction_takes_off_what_chance_adds(self):
        random = np.random.default_rng(3)
        places, value = random.random((256, 200)), random.random((256, 1))
        found = given_shares(places, value)
        assert abs(found.share.mean()) < 0.004 < 0.015 < found.raw.mean()
        assert (found.raw > found.floor).sum() <= 1

    def test_the_floor_keeps_its_promise_and_a_driver_passes_it(self):
        raised = 0
        for seed in range(40):
            random = np.random.default_rng(seed)
            places = random.random((128, 40))
            noise = random.normal(size=(128, 1))
            found = given_shares(places, np.hstack([noise, noise + 5 * places[:, :1]]), resamples=60)
            raised += bool((found.raw[:, 0] > found.floor[0]).any())
            assert found.raw[0, 1] > found.floor[1] and found.rank[0, 1] > 0.5
        assert raised <= 7

    def test_intervals_cover(self):
        exact, inside = np.array([16, 4, 1, 0]) / 21, []
        for seed in range(40):
            places = np.random.default_rng(seed).random((256, 4))
            found = given_shares(places, additive(places)[:, None])
            inside.append((found.low[:2, 0] <= exact[:2]) & (exact[:2] <= found.high[:2, 0]))
        assert 0.7 < np.mean(inside) <= 1.0

    def test_missing_outputs_constant_outputs_and_constant_inputs(self):
        places = np.random.default_rng(4).random((200, 3))
        places[:, 2] = 1.0
        value = np.stack([places[:, 0], np.full(200, 5.0)], axis=1)
        value[11, 0] = np.nan
        found = given_shares(places, value)
        assert (found.used, found.left_out, found.classes) == (199, 1, classes_for(200))
        assert found.constant.tolist() == [False, True] and np.isnan(found.share[:, 1]).all() and np.isnan(found.share[2, 0])
        assert found.share[0, 0] > 0.9 and found.share[1, 0] < 0.1
        with pytest.raises(ThroughflowError, match="20 of 20 members"):
            given_shares(places[:20], value[20:40])
        with pytest.raises(ThroughflowError, match="not finite"):
            given_shares(np.full((100, 1), np.nan), np.ones((100, 1)))
