"""The past as a model tells it: places of uncertain numbers in, what each target should have shown out.

Places are standard normal a priori; a place becomes a value through the quantile function of its prior. Annual data count a
calendar year, so the model's number is its mean over that year, by Simpson's rule on half-yearly values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from sim.analysis.calibration.likelihood import History
from sim.errors import Problem, ThroughflowError, raise_if
from sim.experiment.batch import Plan, Prepared, prepare
from sim.experiment.distributions import DISTRIBUTIONS, LEAST_PLACE
from sim.experiment.targets import CENTRE_OF_COVERAGE, COVERAGE, Target
from sim.experiment.uncertainty import Uncertainty
from sim.model.ir import Model
from sim.results.status import ended_well

SAVE = 0.5
"""Years between stored values: begin, middle and end of each calendar year."""

BLOCK = 4096
"""Worlds run at a time."""

Yearly = Mapping[str, np.ndarray]
"""By variable or ``name[element]``, means over calendar years, shape (year, world)."""


def values_at(uncertainties: Sequence[Uncertainty], places: np.ndarray) -> np.ndarray:
    """Return the values of ``uncertainties`` at standard normal ``places``, both of shape (uncertainty, world)."""
    from scipy.special import ndtr

    chances = np.clip(ndtr(places), LEAST_PLACE, 1.0 - LEAST_PLACE)
    rows = [
        DISTRIBUTIONS[each.distribution].quantile(row, each.points) for each, row in zip(uncertainties, chances, strict=True)
    ]
    return np.stack(rows) if rows else np.empty((0, places.shape[1]))


@dataclass(frozen=True)
class Past:
    """A model prepared to tell its past for many worlds at once.

    Attributes:
        prepared: the model's plan; its varied constants are the targets of the uncertainties, in order.
        uncertainties: what is uncertain, observation parameters among them.
        targets: what is compared.
        threads: processor threads to use.
    """

    prepared: Prepared
    uncertainties: tuple[Uncertainty, ...]
    targets: tuple[Target, ...]
    threads: int

    @cached_property
    def years(self) -> np.ndarray:
        """Calendar years of which there is a mean, shape (year,)."""
        return self.prepared.times[:-2:2]

    @cached_property
    def history(self) -> History:
        """The series that are fitted or held out."""
        return History(tuple(target.series for target in self.targets if target.role == "fitted"))

    def draws(self, places: np.ndarray) -> np.ndarray:
        """Return the constants of the model at ``places``, shape (varied, world)."""
        values = values_at(self.uncertainties, places)
        repeats = [len(each.targets) for each in self.uncertainties]
        return np.repeat(values, repeats, axis=0)

    def yearly(self, places: np.ndarray, parameters: Mapping[str, Any] | None = None) -> dict[str, np.ndarray]:
        """Return the means over calendar years of every recorded number, shape (year, world); infinite where a world failed.

        Arguments:
            places: shape (uncertainty, world).
            parameters: values that all worlds share, the model's own if ``None``.
        """
        draws = self.draws(places)
        parts = [self._block(draws[:, first : first + BLOCK], parameters or {}) for first in range(0, draws.shape[1], BLOCK)]
        joined = np.concatenate(parts, axis=2)
        found: dict[str, np.ndarray] = {}
        for row, means in zip(self.prepared.rows, joined, strict=True):
            if row.element:
                found[f"{row.name}[{','.join(row.element)}]"] = means
            found[row.name] = found[row.name] + means if row.name in found else means
        return found

    def _block(self, draws: np.ndarray, shared: Mapping[str, Any]) -> np.ndarray:
        block = self.prepared.run(draws, shared, threads=self.threads, refine=True)
        fine = ended_well(block.status) & np.isfinite(block.values).all(axis=(0, 1))
        first, middle, last = block.values[:, :-2:2], block.values[:, 1:-1:2], block.values[:, 2::2]
        return np.where(fine, (first + 4.0 * middle + last) / 6.0, np.inf)

    def shown(self, target: Target, yearly: Yearly, places: np.ndarray) -> np.ndarray:
        """Return the logarithm of what ``target`` should have shown, coverage included and scale apart.

        Returns:
            Shape (year of the series, world); infinite where a world failed or a number is not positive.
        """
        at = np.searchsorted(self.years, target.series.years - target.lag)
        numbers = np.sum([yearly[name] for name in target.terms], axis=0)[at]
        below = np.sum([yearly[name] for name in target.denominator], axis=0)[at] if target.denominator else np.ones(())
        fine = np.isfinite(numbers) & (numbers > 0) & np.isfinite(below) & (below > 0)
        numbers = np.where(fine, numbers, 1.0) / np.where(fine, below, 1.0)
        logs = np.where(fine, np.log(numbers), np.inf)
        if target.covered:
            growth = values_at([self.uncertainties[self._coverage]], places[[self._coverage]])
            logs = logs + growth * (target.series.years - target.lag - CENTRE_OF_COVERAGE)[:, None]
        return logs

    def predicted(self, places: np.ndarray) -> dict[str, np.ndarray]:
        """Return what every fitted target should have shown, as :meth:`History.log_likelihood` takes it."""
        yearly = self.yearly(places)
        return {target.name: self.shown(target, yearly, places) for target in self.targets if target.role == "fitted"}

    def log_likelihood(self, places: np.ndarray) -> np.ndarray:
        """Return the log likelihood of the fitted data at ``places``, shape (world,)."""
        return self.history.log_likelihood(self.predicted(places))

    @cached_property
    def _coverage(self) -> int:
        return [each.name for each in self.uncertainties].index(COVERAGE)


def prepare_past(
    model: Model,
    uncertainties: Sequence[Uncertainty],
    targets: Sequence[Target],
    *,
    step: float,
    threads: int,
    also: Sequence[str] = (),
) -> Past:
    """Return ``model`` ready to tell its past.

    Arguments:
        model: the model, run from its own first year.
        uncertainties: what is uncertain, in the order of the places.
        targets: what is compared; their years decide how far the model runs.
        step: of the classical Runge-Kutta method, in years.
        threads: processor threads to use.
        also: variables to record beside those of the targets.

    Raises:
        ThroughflowError: a target names what the model has not, or a year that it does not tell; the coverage of a target has
            no parameter.
    """
    if any(target.covered for target in targets) and COVERAGE not in [each.name for each in uncertainties]:
        cure = f"give {COVERAGE} a row in priors.csv"
        raise ThroughflowError(Problem("targets", "coverage that grows", f"nothing is called {COVERAGE}", cure))
    names = [name for target in targets for name in (*target.terms, *target.denominator)]
    record = tuple(dict.fromkeys(name.partition("[")[0] for name in (*names, *also)))
    varied = tuple(name for each in uncertainties for name in each.targets)
    start = model.clock.start
    stop = max(float(target.series.years.max()) for target in targets) + 1.0
    plan = Plan(model, varied, record, "rk4", step, start, stop, SAVE, dtype="float64")
    past = Past(prepare(plan), tuple(uncertainties), tuple(targets), threads)
    raise_if(_year_problems(past))
    return past


def _year_problems(past: Past) -> list[Problem]:
    """Return the years in which a target is compared with a year that the model does not tell."""
    first, last = past.years[[0, -1]]
    cure = "give its window years that the model has, the lag counted"
    return [
        Problem(target.name, f"{year:g}, {target.lag} years later than the model", f"there is {first:g} to {last:g}", cure)
        for target in past.targets
        for year in target.series.years[~np.isin(target.series.years - target.lag, past.years)]
    ]
