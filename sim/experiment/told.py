"""What worlds tell of the past as tables: bands of every target, deviations, statistics of fit, shocks left out."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from sim.analysis.calibration.fit import coverage, goodness, naive_forecasts, ranking
from sim.analysis.calibration.predictive import Replicas, replicate
from sim.errors import Problem, ThroughflowError
from sim.experiment.past import Past
from sim.experiment.targets import Target

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
NAMES = ("q05", "q25", "q50", "q75", "q95")
PERIODS = ("fit", "hold-out")

REPEATS = 8
"""Replicas of the data for each world, so that quantiles of their deviations are smooth."""

WIDTH = 2 * 1.6448536269514722
"""Standard deviations from the 5 % to the 95 % point of a normal distribution."""

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Told:
    """What the worlds of one footing tell.

    Attributes:
        footing: ``design``, ``prior``, ``before`` or ``posterior``.
        past: the model prepared.
        places: shape (place, world).
        seed: of the drawn scales and deviations.
    """

    footing: str
    past: Past
    places: np.ndarray
    seed: int

    @cached_property
    def _fine(self) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """Return yearly means and places of the worlds that ended well."""
        told = self.past.yearly(self.places)
        shown = [self.past.shown(each, told, self.places) for each in self.past.targets if each.role == "fitted"]
        fine = np.all([np.isfinite(values).all(axis=0) for values in (*told.values(), *shown)], axis=0)
        if not fine.any():
            raise ThroughflowError(
                Problem(self.footing, "no world ended well", "there is nothing to tell", "look at the priors")
            )
        return {name: values[:, fine] for name, values in told.items()}, self.places[:, fine]

    @property
    def failed(self) -> int:
        """Worlds that did not end well; they are left out."""
        return self.places.shape[1] - self._fine[1].shape[1]

    @cached_property
    def replicas(self) -> Replicas:
        """Data as they could have been, ``REPEATS`` for each world; those of the prior know nothing of the data."""
        yearly, places = self._fine
        fitted = [target for target in self.past.targets if target.role == "fitted"]
        repeated = {target.name: np.tile(self.past.shown(target, yearly, places), REPEATS) for target in fitted}
        return replicate(self.past.history, repeated, seed=self.seed, informed=self.footing != "prior")

    def band(self, target: Target) -> np.ndarray:
        """Return quantiles of ``target`` in the unit of its series, shape (quantile, year); of the design set its centre."""
        if target.role == "check":
            return np.quantile(self._relative(target), QUANTILES, axis=1) * target.divisor
        source = self.replicas.centres if self.footing == "design" else self.replicas.values
        values = source[target.name] if target.role == "fitted" else self._quotient(target, source)
        levels = np.full(len(QUANTILES), 0.5) if self.footing == "design" else QUANTILES
        return np.quantile(values, levels, axis=1) * target.divisor

    def _quotient(self, target: Target, source: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return a derived target from the fitted ones that are its numerator and denominator, in its years."""
        parts = []
        for terms in (target.terms, target.denominator):
            one = next((each for each in self.past.targets if each.role == "fitted" and each.terms == terms), None)
            if one is None or one.denominator or not np.isin(target.series.years, one.series.years).all():
                what, cure = f"{' + '.join(terms)} is no fitted target of its years", "derive targets from fitted ones"
                raise ThroughflowError(Problem(target.name, what, "a derived target is a quotient of two", cure))
            at = np.searchsorted(one.series.years, target.series.years)
            parts.append(source[one.name][at])
        return parts[0] / parts[1]

    def _relative(self, target: Target) -> np.ndarray:
        """Return a check relative to its base year, in the unit of the data of that year over the divisor."""
        base = target.series.years == target.base_year
        if not base.any():
            what = f"no value in its base year {target.base_year:g}"
            raise ThroughflowError(Problem(target.name, what, "a check is relative", "give it a base year with a value"))
        at = np.searchsorted(self.past.years, target.series.years - target.lag)
        yearly, _ = self._fine
        numbers = np.sum([yearly[name] for name in target.terms], axis=0)[at]
        if target.denominator:
            numbers = numbers / np.sum([yearly[name] for name in target.denominator], axis=0)[at]
        told = numbers[:, numbers[base][0] > 0.0]  # a world without anything in that year cannot be told relative to it
        return told / told[base] * target.series.values[base]


def band_rows(told: Told) -> Rows:
    """Return rows target, year, footing, q05 to q95."""
    return [
        {"target": target.name, "year": float(year), "footing": told.footing}
        | dict(zip(NAMES, map(float, column), strict=True))
        for target in told.past.targets
        for year, column in zip(target.series.years, told.band(target).T, strict=True)
    ]


def observation_rows(targets: Sequence[Target]) -> Rows:
    """Return rows target, year, value, role, grade, source, context included."""
    rows: Rows = []
    for target in targets:
        context = [(year, value, "context", "", "") for year, value in target.context]
        roles = [target.role if target.role != "fitted" else PERIODS[int(not fitted)] for fitted in target.series.fitted]
        own = zip(target.series.years, target.series.values * target.divisor, roles, target.grades, target.sources, strict=True)
        names = ("year", "value", "role", "grade", "source")
        for year, value, *rest in [*context, *own]:
            rows.append({"target": target.name} | dict(zip(names, (float(year), float(value), *rest), strict=True)))
    return rows


def compared(target: Target) -> list[tuple[str, np.ndarray]]:
    """Return the periods of ``target`` that have years, with the years of each."""
    fitted = target.series.fitted
    return [(period, own) for period, own in zip(PERIODS, (fitted, ~fitted), strict=True) if own.any()]


def fit_rows(told: Told) -> Rows:
    """Return rows of the statistics of fit by target and period; what does not exist is not a number and stored as missing."""
    rows: Rows = []
    for target in told.past.targets:
        if target.role == "check":
            continue
        band, data = told.band(target), target.series.values * target.divisor
        for period, own in compared(target):
            good = goodness(data[own], band[2, own])
            inside = None if told.footing == "design" else coverage(data[own], band[0, own], band[4, own])
            figures = (good.r2, good.mape, good.theil_u, good.bias, good.variation, good.covariation, inside)
            names = ("r2", "mape", "theil_u", "theil_bias", "theil_variation", "theil_covariation", "coverage")
            row = {"target": target.name, "period": period, "footing": told.footing, "n": good.n}
            rows.append(row | {name: missing(figure) for name, figure in zip(names, figures, strict=True)})
    return rows


def missing(figure: float | None) -> float:
    """Return ``figure`` as tables store it: what does not exist is the file's missing value, an empty cell in a CSV."""
    return float("nan") if figure is None else float(figure)


def naive_rows(told: Told) -> Rows:
    """Return rows that rank the model's median among forecasts that know nothing but the fitted years."""
    rows: Rows = []
    for target in told.past.targets:
        periods = dict(compared(target)) if target.role != "check" else {}
        if len(periods) < 2:
            continue
        fitted, held = (periods[period] for period in PERIODS)
        data, years = target.series.values * target.divisor, target.series.years
        forecasts = {"model": told.band(target)[2, held]} | naive_forecasts(years[fitted], data[fitted], years[held])
        for rank in ranking(data[held], forecasts):
            row = {"target": target.name, "forecast": rank.forecast, "n": rank.n, "mape": missing(rank.mape)}
            rows.append(row | {"rmse_log": missing(rank.rmse_log), "rank": rank.rank})
    return rows


def residual_rows(told: Told) -> Rows:
    """Return rows of log deviations from the median, and the same in standard deviations of the band."""
    rows: Rows = []
    for target in told.past.targets:
        if target.role == "check":
            continue
        band, data = np.log(told.band(target)), np.log(target.series.values * target.divisor)
        away, spread = data - band[2], (band[4] - band[0]) / WIDTH
        for year, one, size, fitted in zip(target.series.years, away, spread, target.series.fitted, strict=True):
            row = {"target": target.name, "year": float(year), "period": PERIODS[int(not fitted)], "residual": float(one)}
            rows.append(row | {"standardised": float(one / size)})
    return rows


def shock_rows(told: Told, folder: Path) -> Rows:
    """Return rows of every fitted target, without deviations of the data, in worlds with a shock left out.

    Scale and coverage of each world are those it has as it was, the first of the file; worlds that fail in any are left out
    of all, and ``worlds`` says how many are left.
    """
    path = folder / "calibration" / "shocks.toml"
    with path.open("rb") as stream:
        worlds = tomllib.load(stream)
    runs = {name: told.past.yearly(told.places, tables) for name, tables in worlds.items()}
    fitted = [target for target in told.past.targets if target.role == "fitted"]
    shown = {
        name: {target.name: told.past.shown(target, yearly, told.places) for target in fitted} for name, yearly in runs.items()
    }
    fine = np.all([np.isfinite(values).all(axis=0) for each in shown.values() for values in each.values()], axis=0)
    own = {target: values[:, fine] for target, values in next(iter(shown.values())).items()}
    scaled = replicate(told.past.history, own, seed=told.seed).centres
    rows: Rows = []
    for name in worlds:
        for target in fitted:
            values = scaled[target.name] * np.exp(shown[name][target.name][:, fine] - own[target.name]) * target.divisor
            for year, column in zip(target.series.years, np.quantile(values, (0.05, 0.5, 0.95), axis=1).T, strict=True):
                row = {"quantity": target.name, "year": float(year), "world": name, "worlds": int(fine.sum())}
                rows.append(row | dict(zip(("q05", "q50", "q95"), map(float, column), strict=True)))
    return rows


def columns(rows: Rows) -> dict[str, np.ndarray]:
    """Return a table's rows as its columns."""
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}
