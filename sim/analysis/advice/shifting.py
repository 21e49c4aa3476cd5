"""Which input binds, and how that shifts as recommendations are adopted; what the next one is worth after those before it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sim.analysis.advice.ordering import after_first, greedy_order, known, oriented, prefixes
from sim.analysis.advice.questions import Tables, question
from sim.analysis.subsets import subset_scenarios
from sim.analysis.values import pick
from sim.analysis.worlds import Worlds, spread, verdict
from sim.errors import Problem, ThroughflowError, gather

INPUTS = ("mobility", "data", "materials", "funds")
"""Inputs of joint research in the order in which they are shown."""

VARIABLE = "binding share of {input}"
"""How the model calls the elasticity of the fit of inputs to one of them."""

USUAL = ("co papers", "total joint projects")
"""Outcomes for which the worth of the next recommendation is told."""

MOST = 40
"""Scenarios that are told one by one where none are named and there are no combinations."""


@question("shifting", needs=lambda worlds, scenarios: _chosen(worlds, scenarios, None))
def shifting(
    worlds: Worlds,
    *,
    years: Sequence[float] | None = None,
    scenarios: Sequence[str] | None = None,
    outcomes: Sequence[str] = USUAL,
    path: str = "co papers",
    inputs: Sequence[str] = INPUTS,
    variable: str = VARIABLE,
) -> Tables:
    """Return which input binds most, by package and year, and what each next recommendation is worth.

    Arguments:
        worlds: an ensemble that recorded the binding share of every input.
        years: which are told, the last one after the first measure; all from the year before that measure if ``None``.
        scenarios: which are told; the baseline, each recommendation and all of them if ``None``.
        outcomes: for which the worth of the next recommendation is told, in the last of the years.
        path: outcome whose greedy order (of the mean over worlds) tells which recommendations come first.
        inputs: names of the inputs.
        variable: name of the variable that says how strongly an input binds; ``{input}`` is replaced.

    Returns:
        ``shifting``: a row by scenario, year and input: quantiles of the binding share, of its paired ``change`` from the
        baseline with a verdict, and the share of worlds in which this input binds most (``most``).
        ``shifting_path`` (where there are all combinations): the same in the last year along the greedy order, by step; the
        ``scenario`` is the one reached, ``player`` what is added last.
        ``shifting_next`` (likewise): a row by outcome, step and player: quantiles of what the player adds to those adopted
        before, the verdict, and the share of worlds in which it adds most (``best``).

    Raises:
        ThroughflowError: binding shares that were not recorded; unknown scenarios; no year in which a measure acts.
    """
    binding = _binding(worlds, inputs, variable)
    lattice = _lattice(worlds)
    kept = _years(worlds, years)
    chosen = _chosen(worlds, scenarios, lattice)
    rows = [row for name in chosen for at in kept for row in _rows(worlds, binding, (name, at), inputs=inputs)]
    tables = {"shifting": pd.DataFrame(rows)}
    if lattice is None:
        return tables
    return tables | _along(worlds, binding, lattice, at=kept[-1], path=path, outcomes=outcomes, inputs=inputs)


def _along(
    worlds: Worlds,
    binding: np.ndarray,
    lattice: tuple[tuple[str, ...], np.ndarray],
    *,
    at: int,
    path: str,
    outcomes: Sequence[str],
    inputs: Sequence[str],
) -> dict[str, pd.DataFrame]:
    """Return the tables along the greedy order for ``path``, in the stored year ``at``."""
    names, places = lattice
    year = float(worlds.times[at])
    order = greedy_order(oriented(worlds, path, year)[places].mean(axis=1, keepdims=True))[:, 0]
    reached = [0, *prefixes(order)]
    along = [
        {"step": step, "player": names[order[step - 1]] if step else "", **row}
        for step, union in enumerate(reached)
        for row in _rows(worlds, binding, (worlds.scenarios[places[union]], at), inputs=inputs)
    ]
    following = [
        {"outcome": outcome, "year": year, "units": worlds.units(outcome), **row}
        for outcome in known(worlds, outcomes, USUAL)
        for row in _next(names, oriented(worlds, outcome, year)[places], reached[:-1])
    ]
    return {"shifting_path": pd.DataFrame(along), "shifting_next": pd.DataFrame(following)}


def _binding(worlds: Worlds, inputs: Sequence[str], variable: str) -> np.ndarray:
    """Return how strongly each input binds, shape (input, scenario, time, member)."""
    good = worlds.dataset.isel(member=worlds.members)
    asked = [variable.format(input=name) for name in inputs]
    found = gather(*(lambda name=name: pick(good, name) for name in asked))
    return np.array([each.transpose("scenario", "time", "member").values for each in found], dtype=float)


def _lattice(worlds: Worlds) -> tuple[tuple[str, ...], np.ndarray] | None:
    """Return the players and their unions; ``None`` for a store that is no set of all combinations."""
    try:
        return subset_scenarios(worlds)
    except ThroughflowError:
        return None


def _years(worlds: Worlds, years: Sequence[float] | None) -> list[int]:
    """Return the places of ``years`` among the stored times, ascending."""
    if years is None:
        return np.flatnonzero(worlds.times >= worlds.first_year - 1.0 - 1e-9).tolist()
    places = worlds.places(years)
    if not places:
        raise ThroughflowError(Problem("years", "none", "nothing would be told", "name years, or leave it out"))
    after_first(worlds, [max(years)], "years")
    return sorted(set(places))


def _chosen(worlds: Worlds, scenarios: Sequence[str] | None, lattice: tuple[tuple[str, ...], np.ndarray] | None) -> list[str]:
    if scenarios is not None:
        unknown = [name for name in scenarios if name not in worlds.scenarios]
        if unknown:
            cure = "name scenarios of the store"
            raise ThroughflowError(Problem("scenarios", ", ".join(unknown), "the store has no such scenario", cure))
        return list(scenarios)
    if lattice is not None:
        names, places = lattice
        return list(dict.fromkeys([worlds.baseline, *names, worlds.scenarios[places[-1]]]))
    return list(worlds.scenarios[:MOST])


def _rows(worlds: Worlds, binding: np.ndarray, at: tuple[str, int], *, inputs: Sequence[str]) -> list[dict[str, object]]:
    place = worlds.scenarios.index(at[0])
    here = binding[:, place, at[1]]
    change = here - binding[:, worlds.scenarios.index(worlds.baseline), at[1]]
    most = here.argmax(axis=0)
    return [
        {
            "scenario": at[0],
            "year": float(worlds.times[at[1]]),
            "input": name,
            **{key: float(value) for key, value in spread(here[number]).items()},
            **{f"change_{key}": float(value) for key, value in spread(change[number]).items()},
            "verdict": verdict(change[number]),
            "most": float((most == number).mean()),
            "members": int(here.shape[1]),
        }
        for number, name in enumerate(inputs)
    ]


def _next(names: Sequence[str], gains: np.ndarray, reached: Sequence[int]) -> list[dict[str, object]]:
    """Return what each player that is left adds to each of the unions ``reached``, more always better."""
    rows = []
    for step, union in enumerate(reached):
        left = [player for player in range(len(names)) if not union >> player & 1]
        added = np.array([gains[union | (1 << player)] - gains[union] for player in left])
        best = added.argmax(axis=0)
        for number, player in enumerate(left):
            row = {"step": step, "adopted": _told(names, union), "player": names[player]}
            row |= {key: float(value) for key, value in spread(added[number]).items()}
            share = float((best == number).mean())
            rows.append(row | {"verdict": verdict(added[number]), "best": share, "members": int(gains.shape[1])})
    return rows


def _told(names: Sequence[str], union: int) -> str:
    return ".".join(name for bit, name in enumerate(names) if union >> bit & 1)
