"""How differences from the baseline grow over the years: the course of what packages add, with its spread over the worlds."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sim.analysis.advice.questions import Tables, named, question
from sim.analysis.worlds import Worlds, spread


@question("courses", needs=named)
def courses(worlds: Worlds, packages: Sequence[str] | None = None, outcomes: Sequence[str] | None = None) -> Tables:
    """Return the paired differences of packages from the baseline year by year.

    Arguments:
        worlds: an ensemble of packages.
        packages: which; if ``None``, those that contain no other one, and those that no other one contains.
        outcomes: which; those that figures show if ``None``.

    Returns:
        ``courses``: a row by package, outcome and stored year from two years before the first measure on: units, quantiles of
        the difference in the model's unit, and in per cent of the baseline (``percent_q05`` ...; NaN where it has no meaning).
    """
    chosen = [name for name, each in worlds.outcomes.items() if each.shown] if outcomes is None else list(outcomes)
    names = _outermost(worlds) if packages is None else list(packages)
    years = [float(year) for year in worlds.times if year >= worlds.first_year - 2]
    rows = []
    for outcome in chosen:
        relative = worlds.relative(outcome)
        gains = worlds.gains(outcome, years)
        shares = worlds.percent(outcome, years) if relative else None
        for name in names:
            place = worlds.place(name)
            plain = spread(gains[place])
            part = spread(shares[place]) if shares is not None else {key: np.full(len(years), np.nan) for key in plain}
            for at, year in enumerate(years):
                row = {"package": name, "outcome": outcome, "year": year, "units": worlds.units(outcome)}
                row |= {key: float(values[at]) for key, values in plain.items()}
                rows.append(row | {f"percent_{key}": float(values[at]) for key, values in part.items()})
    return {"courses": pd.DataFrame(rows)}


def _outermost(worlds: Worlds) -> list[str]:
    """Return the packages that contain no other package, and those that none contains; all of them if they are few."""
    adopted = {name: measures for name, measures in worlds.adopted.items() if name != worlds.baseline}
    if len(adopted) <= FEW:
        return list(adopted)
    least = [name for name, own in adopted.items() if not any(other < own for other in adopted.values())]
    most = [name for name, own in adopted.items() if not any(own < other for other in adopted.values())]
    return list(dict.fromkeys([*least, *most]))


FEW = 12
"""Packages that are all told without a choice."""
