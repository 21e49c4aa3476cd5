"""What people read of a calibration: the plan before it runs, and the few figures that matter afterwards."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from sim.results.tables import table

if TYPE_CHECKING:
    import xarray as xr

    from sim.experiment.calibrate import Calibration

PERIODS = ("fit", "hold-out")
FOOTING = "posterior"
_NAME, _CELL = 22, 24

LEAST_SIZE, LARGEST_WEIGHT = 200.0, 0.05
"""An effective size below the one, or a weight above the other, makes a posterior of few worlds in truth."""


def planned(calibration: "Calibration", counts: Mapping[str, Mapping[str, int]]) -> str:
    """Return what a calibration would do, as text.

    Arguments:
        calibration: what is asked.
        counts: how many ``targets`` there are by role, how many ``priors`` by origin.
    """
    targets, priors = counts["targets"], counts["priors"]
    once = calibration.particles * (1 + calibration.moves)
    tests = calibration.truths * calibration.truth_particles * (1 + calibration.moves)
    least = once * (2 if calibration.before else 1) + calibration.importance + tests
    lines = [
        f"fit {_years(calibration.fit)}, hold-out {_years(calibration.hold_out)}, seed {calibration.seed}",
        f"{sum(targets.values())} targets ({_counted(targets)})",
        f"{sum(priors.values())} uncertain parameters ({_counted(priors)})",
        f"{calibration.particles:,} particles, {calibration.moves} moves at each temperature; {calibration.importance:,} draws "
        f"of importance sampling; {calibration.vectors:,} vectors kept",
        f"mode from {calibration.starts} starts, {calibration.profiles} profiles, {calibration.truths} synthetic truths with "
        f"{calibration.truth_particles:,} particles each"
        + (", and the structure before its repairs" if calibration.before else ""),
        f"at least {least:,} runs; how many more depends on how many temperatures the fit needs",
    ]
    return "\n".join(f"  {line}" for line in lines)


def _years(window: tuple[float, float]) -> str:
    return f"{window[0]:g} to {window[1]:g}"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def summary(dataset: "xr.Dataset") -> str:
    """Return how sound the posterior is, how well each series is met in and out of sample, and what it does not cover.

    Arguments:
        dataset: a result of kind ``calibration``, with its tables ``method``, ``fit``, ``observations`` and ``bands``.
    """
    lines = [_soundness(dataset), *_fits(dataset)]
    missed = uncovered(dataset)
    lines.append("outside the 90 % band: " + ("; ".join(missed) if missed else "nothing that is fitted or held out"))
    return "\n".join(lines)


def _soundness(dataset: "xr.Dataset") -> str:
    method = table(dataset, "method")
    values = dict(zip(method["name"].tolist(), method["value"].tolist(), strict=True))
    size, weight = (float(values.get(name, math.nan)) for name in ("ess", "largest_weight"))
    poor = [] if size >= LEAST_SIZE else [f"fewer than {LEAST_SIZE:g}"]
    poor += [] if weight <= LARGEST_WEIGHT else [f"a weight above {LARGEST_WEIGHT:.0%}"]
    told = f"effective sample size {_number(size)}, largest weight {_percent(weight)}"
    return told + (f"; POOR: {', '.join(poor)}" if poor else "")


def _fits(dataset: "xr.Dataset") -> list[str]:
    """Return a line per target: mean absolute error in per cent and share of points in the band, in and out of sample."""
    fit = table(dataset, "fit")
    rows = {
        (target, period): (int(number), float(error), float(share))
        for target, period, footing, number, error, share in zip(
            *(fit[name].tolist() for name in ("target", "period", "footing", "n", "mape", "coverage")), strict=True
        )
        if footing == FOOTING
    }
    head = "posterior: mean absolute error in % (share of points inside the 90 % band, points)"
    lines = [head, " " * _NAME + "".join(f"{period:>{_CELL}}" for period in PERIODS)]
    for target in dict.fromkeys(target for target, _ in rows):
        cells = (_cell(rows.get((target, period))) for period in PERIODS)
        lines.append(f"{target[: _NAME - 1]:<{_NAME}}" + "".join(f"{cell:>{_CELL}}" for cell in cells))
    return lines


def _cell(row: tuple[int, float, float] | None) -> str:
    if row is None or not row[0]:
        return "-"
    number, error, share = row
    return f"{_number(error)} ({_percent(share)}, {number})"


def uncovered(dataset: "xr.Dataset") -> list[str]:
    """Return the targets with the years whose observations, fitted or held out, lie outside the posterior's 90 % band."""
    bands, observations = table(dataset, "bands"), table(dataset, "observations")
    of_posterior = bands["footing"] == FOOTING
    ends = {
        (target, round(year, 3)): (low, high)
        for target, year, low, high in zip(
            *(bands[name][of_posterior] for name in ("target", "year", "q05", "q95")), strict=True
        )
    }
    found: dict[str, list[str]] = {}
    for target, year, value, role in zip(*(observations[name] for name in ("target", "year", "value", "role")), strict=True):
        low, high = ends.get((target, round(year, 3)), (-np.inf, np.inf))
        if role in PERIODS and not low <= value <= high:
            found.setdefault(str(target), []).append(f"{year:.10g} ({'above' if value > high else 'below'}, {role})")
    return [f"{target} {', '.join(years)}" for target, years in found.items()]


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _percent(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3g}" if value > 1 else f"{100 * value:.3g} %"
