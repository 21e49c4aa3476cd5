"""An ensemble's store as questions are asked of it: outcomes by scenario, year and world, differences paired world by world.

A world is a member of the ensemble.  All scenarios meet the same worlds, so what a package adds is a difference within each
world, and its spread over the worlds is how sure we are; a difference of two spreads would be something else.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import xarray as xr

from sim.analysis.definitions import indicators, model_folder
from sim.analysis.outcomes import Outcome, load
from sim.analysis.question import asked
from sim.analysis.values import role, split
from sim.errors import Problem, ThroughflowError, nearest
from sim.results.status import ended_well

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Quantiles over the worlds that tables tell: the median, the middle half and the middle nine tenths."""

QUANTILES = ("q05", "q25", "q50", "q75", "q95")
"""Columns of :data:`LEVELS`."""

ROBUST = 0.95
"""Share of worlds that must agree on a sign; the 5–95 % interval must lie on that side of zero too."""

FEWEST = 20
"""Worlds below which no sign is called settled: one in twenty would be less than one world."""

SMALL = 0.5
"""Per cent of the baseline within which the whole 5–95 % interval of a difference must lie to be called small."""

UP, DOWN, OPEN, LITTLE = "up", "down", "open", "small"
"""Verdicts on a difference: more in nearly all worlds, less in nearly all, sign not settled, too small to matter."""

READINGS = ("peak of", "mean of")
"""What may be read of an outcome beside its value in a year: its highest, or its mean, since the first measure."""

_ADOPTED = re.compile(r"^adopted\[(?P<measure>[^\]]+)\]$")


@dataclass(frozen=True)
class Worlds:
    """What is asked: an ensemble's store with series, as :func:`sim.results.store.open_store` gives it.

    Attributes:
        dataset: the store, dims (scenario, ranges..., time, member).
        every: whether members that failed stay, their values NaN; they are left out of all scenarios otherwise.
    """

    dataset: xr.Dataset
    every: bool = False

    @cached_property
    def scenarios(self) -> tuple[str, ...]:
        """Names of the scenarios, in order."""
        return tuple(map(str, self.dataset["scenario"].values))

    @cached_property
    def baseline(self) -> str:
        """Name of the scenario that others are compared with."""
        return role(self.dataset, "baseline")

    @cached_property
    def times(self) -> np.ndarray:
        """Stored times, shape (time,)."""
        return np.asarray(self.dataset["time"].values, dtype=float)

    @cached_property
    def good(self) -> np.ndarray:
        """Which members ended well in every scenario, shape (member,)."""
        return self.ended.all(axis=0)

    @cached_property
    def ended(self) -> np.ndarray:
        """Which runs ended well, shape (scenario, member)."""
        return ended_well(np.asarray(self.dataset["status"].transpose("scenario", "member").values))

    @cached_property
    def members(self) -> np.ndarray:
        """Numbers of the members that are used.

        Raises:
            ThroughflowError: no member ended well in every scenario.
        """
        if not self.good.any():
            where, what = str(self.dataset.attrs.get("title", "ensemble")), "no member ended well in every scenario"
            cure = "finish the ensemble, narrow the uncertainties, or look at the status of each run"
            raise ThroughflowError(Problem(where, what, "there is nothing to compare", cure))
        return np.arange(self.good.size) if self.every else np.flatnonzero(self.good)

    @property
    def failed(self) -> int:
        """Members that did not end well in every scenario."""
        return int((~self.good).sum())

    @cached_property
    def outcomes(self) -> Mapping[str, Outcome]:
        """Outcomes of the model that can be had of this store, by name; costs per gain are not among them."""
        found = load(model_folder(self.dataset))
        return {each.name: each for each in found if each.form != "incremental" and not self._lacking(each)}

    @cached_property
    def adopted(self) -> Mapping[str, frozenset[str]]:
        """The measures that each scenario adopts beside those of the baseline."""
        told = asked(self.dataset)
        found = {
            name: frozenset(
                match["measure"] for key, value in told.get(name, {}).items() if value and (match := _ADOPTED.match(key))
            )
            for name in self.scenarios
        }
        return {name: measures - found[self.baseline] for name, measures in found.items()}

    @cached_property
    def first_year(self) -> float:
        """Year in which the first measure of any scenario begins to act, by what the scenarios and the model file say."""
        from sim.analysis.question import value_in

        pattern = indicators(self.dataset)["settings"]["measure"]["start"]
        starts = [
            value_in(self.dataset, name, pattern.format(measure=measure))
            for name, measures in self.adopted.items()
            for measure in measures
        ]
        return min([float(start) for start in starts if isinstance(start, int | float)], default=float(self.times[0]))

    def place(self, scenario: str) -> int:
        """Return the number of ``scenario`` along the first axis of all values.

        Raises:
            ThroughflowError: there is no such scenario.
        """
        if scenario not in self.scenarios:
            known = self.scenarios[:12]
            cure = nearest(scenario, self.scenarios) or f"there are {len(self.scenarios)}: {', '.join(known)}, ..."
            raise ThroughflowError(Problem(f"package {scenario!r}", "unknown", "this store has no such scenario", cure))
        return self.scenarios.index(scenario)

    def outcome(self, name: str) -> Outcome:
        """Return the outcome that ``name``, with or without ``peak of`` or ``mean of``, means.

        Raises:
            ThroughflowError: there is no such outcome, or the store lacks what it is made of.
        """
        plain = reading(name)[1]
        if plain not in self.outcomes:
            known = list(self.outcomes)
            what = f"no outcome {plain!r} in this store"
            why = "outcomes stand in outcomes.csv beside the model, and are made of what the store recorded"
            cure = nearest(plain, known) or f"there are {', '.join(known)}"
            raise ThroughflowError(Problem(f"outcome {name!r}", what, why, cure))
        return self.outcomes[plain]

    def units(self, name: str) -> str:
        """Return the unit of the outcome ``name`` in the model."""
        return str(self.dataset[split(self.outcome(name).numerator)[0]].attrs.get("units", ""))

    def values(self, name: str, years: Sequence[float] | None = None) -> np.ndarray:
        """Return the outcome ``name``, shape (scenario, year, member), float64.

        An outcome of form ``difference``, such as an extra cost, is its difference from the baseline, where it is zero.

        Arguments:
            name: outcome, with ``peak of`` or ``mean of`` before it for the highest value or the mean of the stored ones from
                the year of the first measure to each year.
            years: which stored times; all if ``None``.

        Raises:
            ThroughflowError: no such outcome, a year that is not stored, numbers that are missing.
        """
        read, _ = reading(name)
        found = self._series(self.outcome(name))
        places = self.places(years)
        if not read:
            return found[:, places]
        first = int(np.searchsorted(self.times, self.first_year - 1e-9))
        made = np.full_like(found, np.nan)
        course = found[:, first:]
        if read == "peak of":
            made[:, first:] = np.maximum.accumulate(course, axis=1)
        else:
            made[:, first:] = np.cumsum(course, axis=1) / np.arange(1, course.shape[1] + 1)[:, None]
        if min(places, default=first) < first:
            why = f"it is taken from {self.first_year:g} on, when the first measure begins"
            raise ThroughflowError(Problem(f"outcome {name!r}", "a year before any measure", why, "ask for a later year"))
        return made[:, places]

    def gains(self, name: str, years: Sequence[float] | None = None) -> np.ndarray:
        """Return the outcome ``name`` minus that of the baseline in the same world, shape (scenario, year, member)."""
        found = self.values(name, years)
        return found - found[self.scenarios.index(self.baseline)]

    def percent(self, name: str, years: Sequence[float] | None = None) -> np.ndarray:
        """Return the gain in per cent of the baseline in the same world, shape (scenario, year, member).

        Raises:
            ThroughflowError: the baseline is zero somewhere, as an extra cost always is.
        """
        found = self.values(name, years)
        base = found[self.scenarios.index(self.baseline)]
        if self.outcome(name).form != "level" or (base == 0).any():
            what = "zero in the baseline" if self.relative(name) else "a difference from the baseline by itself"
            why = "per cent of nothing have no meaning"
            raise ThroughflowError(Problem(f"outcome {name!r}", what, why, "use the gain in its own unit"))
        return 100.0 * (found / base - 1.0)

    def relative(self, name: str) -> bool:
        """Tell whether gains of the outcome ``name`` may be given in per cent of the baseline."""
        return self.outcome(name).form == "level"

    def draws(self) -> pd.DataFrame:
        """Return what each member that is used drew: a row a member, a column an uncertainty."""
        drawn = self.dataset["draw"].transpose("member", "uncertainty").values[self.members]
        return pd.DataFrame(drawn.astype(float), columns=list(map(str, self.dataset["uncertainty"].values)), index=self.members)

    def places(self, years: Sequence[float] | None) -> list[int]:
        """Return the places of ``years`` among the stored times; of all of them if ``None``.

        Raises:
            ThroughflowError: years that are not stored.
        """
        if years is None:
            return list(range(self.times.size))
        places = [int(np.abs(self.times - year).argmin()) for year in years]
        wrong = [year for year, place in zip(years, places, strict=True) if abs(self.times[place] - year) > 1e-3]
        if wrong:
            what = f"{', '.join(f'{year:g}' for year in wrong)} not among the stored times"
            why = f"the store runs from {self.times[0]:g} to {self.times[-1]:g}"
            raise ThroughflowError(Problem("year", what, why, "ask for a stored year, or store more often"))
        return places

    def _lacking(self, outcome: Outcome) -> bool:
        parts = (outcome.numerator, outcome.denominator)
        return any(part and split(part)[0] not in self.dataset for part in parts)

    def _series(self, outcome: Outcome) -> np.ndarray:
        top = self._numbers(outcome.numerator)
        found = top / self._numbers(outcome.denominator) if outcome.denominator else top
        return found - found[self.scenarios.index(self.baseline)] if outcome.form == "difference" else found

    def _numbers(self, reference: str) -> np.ndarray:
        name, elements = split(reference)
        values = self.dataset[name]
        ranges = [str(dim) for dim in values.dims if dim not in ("scenario", "time", "member")]
        if len(ranges) != len(elements):
            what = f"{name!r} has the ranges {ranges}, {len(elements)} elements given"
            raise ThroughflowError(Problem(reference, what, "one element, or *, for each", "mend outcomes.csv"))
        for dim, element in zip(ranges, elements, strict=True):
            if element != "*" and element not in map(str, values[dim].values):
                known = list(map(str, values[dim].values))
                raise ThroughflowError(
                    Problem(
                        reference,
                        f"{element!r} is not an element of {dim}",
                        "as the store has it",
                        nearest(element, known) or f"use one of {', '.join(known)}",
                    )
                )
            values = values.sum(dim) if element == "*" else values.sel({dim: element})
        numbers = values.transpose("scenario", "time", "member").values[..., self.members].astype(float)
        if self.every:
            # A run whose step was too coarse failed, though its numbers are finite.
            numbers = np.where(self.ended[:, None, :], numbers, np.nan)
        if not np.isfinite(numbers[..., self.good[self.members]]).all():
            why = "runs that ended well have finite numbers only: a chunk is lost"
            cure = "`throughflow results STORE --check` tells which; the command that made the store mends it"
            raise ThroughflowError(Problem(reference, "missing numbers", why, cure))
        return numbers


def reading(name: str) -> tuple[str, str]:
    """Return how an outcome is read, empty for its value in a year, and its plain name."""
    return next(((each, name[len(each) :].strip()) for each in READINGS if name.startswith(f"{each} ")), ("", name))


def spread(values: np.ndarray) -> dict[str, np.ndarray]:
    """Return the quantiles of ``values`` over their last axis, by the names of :data:`QUANTILES`.

    Raises:
        ThroughflowError: values that are not finite.
    """
    if not np.isfinite(values).all():
        why = "a quantile of the rest would look as if these worlds had never been asked"
        raise ThroughflowError(Problem("worlds", "values that are not finite", why, "leave out worlds that failed"))
    return dict(zip(QUANTILES, np.quantile(values, LEVELS, axis=-1), strict=True))


def verdict(gains: np.ndarray, base: np.ndarray | None = None) -> str:
    """Return the verdict on ``gains``, shape (member,): one of up, down, open, small.

    Arguments:
        gains: paired differences, one a world.
        base: what they are differences from, for telling what is small; ``None`` where there is none.
    """
    small = SMALL / 100 * abs(float(np.median(base))) if base is not None else 0.0
    low, high = np.quantile(gains, (LEVELS[0], LEVELS[-1]))
    if max(abs(low), abs(high)) <= small:
        return LITTLE
    if gains.size < FEWEST:
        return OPEN
    if low > 0 and float((gains > 0).mean()) >= ROBUST:
        return UP
    return DOWN if high < 0 and float((gains < 0).mean()) >= ROBUST else OPEN
