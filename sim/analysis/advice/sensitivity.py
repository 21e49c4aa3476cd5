"""Which unknowns drive what is found: screening, shares of variance by design, and from the worlds of any ensemble.

Asked of outcomes in the baseline and of the gains of packages.  A gain is a difference within each world, so what drives it is
not what drives the level.  An index is about the ranges that were drawn: a wider range makes an unknown matter more.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.advice.questions import Tables, named, question
from sim.analysis.sensitivity.given import given_shares
from sim.analysis.sensitivity.morris import screen, star_effects
from sim.analysis.sensitivity.sobol import shares
from sim.analysis.worlds import Worlds
from sim.errors import Problem, ThroughflowError

LEVEL, GAIN = "level", "gain"
"""What is asked of an outcome: its value in the baseline, or what a package adds in the same world."""

NOISE = 1e-6
"""Size of a gain, as a share of the baseline's value, that counts as none: what is stored has seven digits."""


@question("screening", needs=named)
def screening(
    worlds: Worlds,
    *,
    outcomes: Sequence[str] | None = None,
    packages: Sequence[str] | None = None,
    years: Sequence[float] | None = None,
    relative: bool = True,
) -> Tables:
    """Return how far each uncertainty, moved alone by half of its distribution, moves outcomes and gains.

    Arguments:
        worlds: an ensemble drawn by the sampler ``morris``.
        outcomes: which; those that figures show if ``None``.
        packages: whose gains; of all but the baseline if ``None``.
        years: in which; the last stored one if ``None``.
        relative: whether gains are in per cent of the baseline where that has a meaning.

    Returns:
        ``screening``: a row by factor and output (scenario, outcome, year, ``of`` level or gain, units): ``mu`` (mean effect
        of a rise; NaN for a group), ``mu_star`` (mean size) with ``low`` and ``high``, ``sigma`` with ``sigma_low`` and
        ``sigma_high``, and the ``place`` by ``mu_star``.  Outputs that do not vary have no rows.
        ``screening_outputs``: a row by output: trajectories ``used`` and ``left_out`` because a run failed, number
        of ``factors``, ``constant``, and its spread over the points.
    """
    everyone = Worlds(worlds.dataset, every=True)
    design = _design(worlds, "morris")
    told, values = _outputs(everyone, outcomes, packages, years=years, relative=relative)
    sets = values.T.reshape(-1, len(design.factors) + 1, len(told))
    found = screen(star_effects(sets, design.directions(everyone)))
    numbers = {"low": found.size_low, "high": found.size_high, "sigma": found.scatter}
    numbers |= {"sigma_low": found.scatter_low, "sigma_high": found.scatter_high}
    mean = np.where(np.array([len(each) > 1 for each in design.constants])[:, None], np.nan, found.mean)
    rows = _by_factor(design, told, found.constant, {"mu": mean, "mu_star": found.size, **numbers}, order="mu_star")
    return _tables("screening", rows, _by_output(told, sets, found, design))


@question("sensitivity", needs=named)
def sensitivity(
    worlds: Worlds,
    *,
    outcomes: Sequence[str] | None = None,
    packages: Sequence[str] | None = None,
    years: Sequence[float] | None = None,
    relative: bool = True,
) -> Tables:
    """Return what share of the variance of outcomes and gains each uncertainty, or group, explains.

    Arguments:
        worlds: an ensemble drawn by the sampler ``saltelli``.
        outcomes: which; those that figures show if ``None``.
        packages: whose gains; of all but the baseline if ``None``.
        years: in which; the last stored one if ``None``.
        relative: whether gains are in per cent of the baseline where that has a meaning.

    Returns:
        ``sensitivity``: a row by factor and output (scenario, outcome, year, ``of`` level or gain, units): ``first`` with
        ``first_low`` and ``first_high``, ``total`` with ``total_low`` and ``total_high``, and the ``place`` by ``total``.
        Outputs that do not vary have no rows.
        ``sensitivity_outputs``: a row by output: base points ``used`` and ``left_out`` because a run failed, number
        of ``factors``, ``constant``, ``alone`` (sum of the first-order shares; NaN if constant), spread.
    """
    everyone = Worlds(worlds.dataset, every=True)
    design = _design(worlds, "saltelli")
    told, values = _outputs(everyone, outcomes, packages, years=years, relative=relative)
    sets = values.T.reshape(-1, len(design.factors) + 2, len(told))
    found = shares(sets)
    numbers = {"first": found.first, "first_low": found.first_low, "first_high": found.first_high}
    numbers |= {"total": found.total, "total_low": found.total_low, "total_high": found.total_high}
    rows = _by_factor(design, told, found.constant, numbers, order="total")
    outputs = _by_output(told, sets, found, design).assign(alone=found.first.sum(axis=0))
    return _tables("sensitivity", rows, outputs)


@question("drivers", needs=named)
def drivers(
    worlds: Worlds,
    *,
    outcomes: Sequence[str] | None = None,
    packages: Sequence[str] | None = None,
    years: Sequence[float] | None = None,
    relative: bool = True,
) -> Tables:
    """Return which uncertainties can be told to drive the gains of packages, from the worlds as they are.

    Any ensemble will do, of correlated uncertainties too: the share of one then includes what it tells through others.

    Arguments:
        worlds: an ensemble.
        outcomes: which; those that figures show if ``None``.
        packages: whose gains; if ``None``, of the smallest packages and of the largest.
        years: in which; the last stored one if ``None``.
        relative: whether gains are in per cent of the baseline where that has a meaning.

    Returns:
        ``drivers``: a row by output (scenario, outcome, year, ``of``, units): worlds ``used``, ``inputs``, ``classes``, the
        ``floor`` that chance stays below, how many inputs are ``above`` it, ``constant``, spread.  ``drivers_named``: a row by
        output and input above the floor: corrected ``share`` with ``low`` and ``high``, ``raw`` (compared with ``floor``),
        ``rank`` correlation, ``place``; not there if no input is.
    """
    draws = worlds.draws()
    chosen = _smallest_and_largest(worlds) if packages is None else packages
    told, values = _outputs(worlds, outcomes, chosen, years=years, relative=relative, levels=False)
    found = given_shares(draws.to_numpy(), values.T)
    above = np.nan_to_num(found.raw, nan=-1.0) > np.nan_to_num(found.floor, nan=np.inf)
    more = {"used": found.used, "inputs": draws.shape[1], "classes": found.classes, "floor": found.floor}
    summary = told.assign(**more, above=above.sum(axis=0), constant=found.constant, **_spread(values.T))
    named = _design(worlds, "").named
    parts = []
    for place, output in enumerate(told.itertuples(index=False)):
        rows = np.flatnonzero(above[:, place])
        rows = rows[np.argsort(-found.raw[rows, place], kind="stable")]
        numbers = {name: getattr(found, name)[rows, place] for name in ("share", "low", "high", "raw", "rank")}
        uncertainty = [str(draws.columns[row]) for row in rows]
        names = {"uncertainty": uncertainty, "constant": [named[name] for name in uncertainty]}
        parts.append(pd.DataFrame({**names, **output._asdict(), **numbers, "place": np.arange(1, len(rows) + 1)}))
    table = pd.concat([part for part in parts if len(part)], ignore_index=True) if above.any() else pd.DataFrame()
    return {"drivers": summary} | ({"drivers_named": table} if len(table) else {})


@dataclass(frozen=True)
class _Factors:
    """The factors of a design in order, the uncertainties of each, and the first constant that each uncertainty sets."""

    factors: tuple[str, ...]
    constants: tuple[tuple[str, ...], ...]
    named: dict[str, str]

    def directions(self, worlds: Worlds) -> np.ndarray:
        """Return which way each factor moved in each trajectory, 1 up and -1 down, shape (trajectory, factor); 1 of groups."""
        draws = worlds.draws()
        sets = draws.to_numpy().reshape(-1, len(self.factors) + 1, draws.shape[1])
        found = np.ones((len(sets), len(self.factors)))
        place = {str(name): column for column, name in enumerate(draws.columns)}
        for factor, members in enumerate(self.constants):
            if len(members) == 1:
                column = place[members[0]]
                found[:, factor] = np.where(sets[:, factor + 1, column] < sets[:, 0, column], -1.0, 1.0)
        return found


def _design(worlds: Worlds, sampler: str) -> _Factors:
    """Return the factors of the design of a store, which must be of ``sampler`` unless that is empty."""
    attributes = worlds.dataset.attrs
    design: dict[str, Any] = json.loads(str(attributes["identity"]))["design"]
    if sampler and design["sampler"] != sampler:
        what = f"worlds drawn by {design['sampler']}"
        why = "its indices are made of sets of worlds that differ in one factor at a time"
        raise ThroughflowError(Problem(str(attributes.get("title", "store")), what, why, f"run again with ensemble={sampler}"))
    named = {each["name"]: each["targets"][0] for each in design["uncertainties"]}
    groups = [(name, tuple(members)) for name, members in design.get("groups", [])] or [(name, (name,)) for name in named]
    return _Factors(tuple(name for name, _ in groups), tuple(members for _, members in groups), named)


def _outputs(
    worlds: Worlds,
    outcomes: Sequence[str] | None,
    packages: Sequence[str] | None,
    *,
    years: Sequence[float] | None,
    relative: bool,
    levels: bool = True,
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return what is asked of the worlds, a row an output, and its values, shape (output, member)."""
    chosen = [name for name, each in worlds.outcomes.items() if each.shown] if outcomes is None else list(outcomes)
    others = [name for name in worlds.scenarios if name != worlds.baseline] if packages is None else list(packages)
    named(worlds, others)
    if not chosen:
        raise ThroughflowError(Problem("sensitivity", "no outcome", "not in this store", "ask for what it has"))
    asked = [float(worlds.times[-1])] if years is None else [float(year) for year in years]
    rows, values = [], []
    for name in chosen:
        found = worlds.values(name, asked)
        base, units = found[worlds.scenarios.index(worlds.baseline)], worlds.units(name)
        # An extra cost is a difference from the baseline already, so there is no level of it to ask about.
        scenarios = ([worlds.baseline] if levels and worlds.relative(name) else []) + others
        for scenario in scenarios:
            level, course = scenario == worlds.baseline, found[worlds.scenarios.index(scenario)]
            share = relative and not level and worlds.relative(name) and not (base == 0).any()
            numbers = course if level else _gain(course, base, share=share)
            for at, year in enumerate(asked):
                told = {"scenario": scenario, "outcome": name, "year": year, "of": LEVEL if level else GAIN}
                rows.append({**told, "units": "%" if share else units})
                values.append(numbers[at])
    made = np.stack(values)
    # A run whose step was too large leaves numbers behind, which are none of the model's.
    made[:, ~worlds.good[worlds.members]] = np.nan
    return pd.DataFrame(rows), made


def _gain(values: np.ndarray, base: np.ndarray, *, share: bool) -> np.ndarray:
    """Return what is added to ``base``, in per cent of it or as it stands; what rounding leaves is none."""
    gain = values - base
    gain = np.where(np.abs(gain) <= NOISE * np.abs(base), 0.0, gain) + 0.0 * gain
    return 100.0 * gain / base if share else gain


def _by_factor(
    design: _Factors, told: pd.DataFrame, constant: np.ndarray, numbers: dict[str, np.ndarray], *, order: str
) -> pd.DataFrame:
    """Return a row by output that varies and factor, the largest ``order`` first; ``numbers`` are of shape (factor, output)."""
    parts = []
    single = [design.named[members[0]] if len(members) == 1 else "" for members in design.constants]
    for output, row in enumerate(told.itertuples(index=False)):
        if constant[output]:
            continue
        part = pd.DataFrame(
            {"uncertainty": design.factors, "constant": single, "size": [len(each) for each in design.constants]}
        )
        part = part.assign(**row._asdict(), **{name: values[:, output] for name, values in numbers.items()})
        part = part.sort_values(order, ascending=False, kind="stable", ignore_index=True)
        parts.append(part.assign(place=np.arange(1, len(part) + 1)))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _by_output(told: pd.DataFrame, sets: np.ndarray, found: Any, design: _Factors) -> pd.DataFrame:
    good = sets[np.isfinite(sets).all(axis=(1, 2))]
    more = {"used": found.used, "left_out": found.left_out, "factors": len(design.factors), "constant": found.constant}
    return told.assign(**more, **_spread(good.reshape(-1, len(told))))


def _spread(values: np.ndarray) -> dict[str, np.ndarray]:
    """Return 5, 50 and 95 % quantiles over the points, first axis of ``values``."""
    return dict(zip(("q05", "q50", "q95"), np.quantile(values, (0.05, 0.5, 0.95), axis=0), strict=True))


def _tables(name: str, rows: pd.DataFrame, outputs: pd.DataFrame) -> Tables:
    if rows.empty:
        why = "an index is a share of what varies"
        cure = "ask for other outcomes, packages or years"
        raise ThroughflowError(Problem(f"question {name}", "nothing that is asked varies over the worlds", why, cure))
    return {name: rows, f"{name}_outputs": outputs}


def _smallest_and_largest(worlds: Worlds) -> list[str]:
    """Return the packages that hold no smaller one, and the one of most measures."""
    adopted = {name: measures for name, measures in worlds.adopted.items() if measures}
    smallest = [name for name, mine in adopted.items() if not any(other < mine for other in adopted.values())]
    largest = max(adopted, key=lambda name: len(adopted[name]), default="")
    return list(dict.fromkeys([*smallest, largest])) if largest else []
