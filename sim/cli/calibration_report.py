"""A calibration told for readers: how sound, how well each series is met, what the data inform, what the propositions do."""

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.analysis.calibration.informed import SHARP, synthetic_table
from sim.cli.calibration_text import LARGEST_WEIGHT, LEAST_SIZE, PERIODS, uncovered
from sim.results.tables import table

if TYPE_CHECKING:
    import xarray as xr

_HEAD = """\
# What the calibration found

Written by `throughflow run study=calibration`; do not edit. Fitted to {fit}, held out {hold_out}; {vectors} equally weighted
vectors, model {model}. Figures tell the same: `history`, `share_count`, `shocks`, `prior_posterior`, `identifiability`,
`propositions`.
"""


def report(dataset: "xr.Dataset", notes: Sequence[str]) -> str:
    """Return the report of a calibration as Markdown.

    Arguments:
        dataset: a result of kind ``calibration``.
        notes: what people should know before they use the posterior.
    """
    about = dataset.attrs
    years = ["{:g} to {:g}".format(*np.ravel(about[name])) for name in ("fit", "hold_out")]
    parts = [_HEAD.format(fit=years[0], hold_out=years[1], vectors=about["vectors"], model=str(about["fingerprint"])[:8])]
    parts += [_sound(dataset, notes), _fit(dataset), _naive(dataset), _informed(dataset)]
    if any(str(name).startswith("synthetic.") for name in dataset.data_vars):
        parts.append(_own_test(dataset))
    return "\n".join([*parts, _propositions(dataset)])


def _sound(dataset: "xr.Dataset", notes: Sequence[str]) -> str:
    method = _rows(dataset, "method")
    lines = [
        "## How sound it is",
        "",
        *_markdown(("figure", "value"), ((row["meaning"], _short(row["value"])) for row in method)),
    ]
    values = {row["name"]: row["value"] for row in method}
    good = values["ess"] >= LEAST_SIZE and values["largest_weight"] <= LARGEST_WEIGHT
    asked = f"at least {LEAST_SIZE:g} effective draws and no weight above {LARGEST_WEIGHT:.0%}"
    told = f"The posterior is {'as sound as asked' if good else 'NOT as sound as asked'}: {asked}."
    return "\n".join([*lines, "", told, *(f"- {note}" for note in notes), ""])


def _fit(dataset: "xr.Dataset") -> str:
    names = {row["target"]: row["label_en"] for row in _rows(dataset, "targets")}
    rows = [
        (names[row["target"]], row["period"], row["footing"], row["n"], *(_short(row[name]) for name in _STATISTICS))
        for row in _rows(dataset, "fit")
        if row["footing"] != "prior"
    ]
    order = {name: at for at, name in enumerate(names.values())}
    rows.sort(key=lambda row: (order[row[0]], PERIODS.index(row[1]), row[2]))
    head = ("series", "years", "footing", "n", "R²", "MAPE, %", "Theil's U", "bias", "variation", "covariation", "in the band")
    missed = uncovered(dataset)
    told = "Outside the 90 % band: " + ("; ".join(missed) if missed else "nothing that is fitted or held out") + "."
    return "\n".join([_FIT, *_markdown(head, rows), "", told, ""])


_FIT = """\
## How well each series is met

R² and errors are those of the median; bias, variation and covariation are Theil's shares of the mean squared error; the last
column is the share of points inside the 90 % band. `before` is the posterior of the structure before its repairs, `design` the
model's own values. The growth of the propensity to publish was fitted again, so all papers, and with them the denominator of
the share, are no success in the years fitted.
"""

_STATISTICS = ("r2", "mape", "theil_u", "theil_bias", "theil_variation", "theil_covariation", "coverage")


def _naive(dataset: "xr.Dataset") -> str:
    names = {row["target"]: row["label_en"] for row in _rows(dataset, "targets")}
    rows = [
        (names[row["target"]], row["forecast"], row["n"], _short(row["mape"]), _short(row["rmse_log"]), row["rank"])
        for row in _rows(dataset, "naive")
    ]
    head = ("series", "forecast", "n", "MAPE, %", "root mean square of logs", "rank")
    return "\n".join(["## Against forecasts that know nothing but the fitted years", "", *_markdown(head, rows), ""])


def _informed(dataset: "xr.Dataset") -> str:
    every = _rows(dataset, "parameters")
    known = sorted((row for row in every if row["informed"]), key=lambda row: -max(row["contraction"], abs(row["shift"]) / 2))
    rows = [
        (
            row["name"],
            row["unit"],
            row["origin"],
            _interval(row, "prior"),
            _interval(row, "posterior"),
            f"{row['contraction']:.2f}",
        )
        for row in known
    ]
    acting = sum(bool(row["acts"]) for row in every)
    head = ("parameter", "unit", "origin", "prior: median (90 %)", "posterior: median (90 %)", "contraction")
    told = (
        f"The data inform {len(known)} of {len(every)} parameters, of which {acting} act in the past at all; the others stay "
    )
    told += "as elicited or assumed."
    return "\n".join(["## What the data inform", "", told, "", *_markdown(head, rows), ""])


def _own_test(dataset: "xr.Dataset") -> str:
    columns = table(dataset, "synthetic")
    truths = len(set(columns["truth"].tolist()))
    truth, low, high, informed = (columns[name].reshape(truths, -1) for name in ("truth_value", "q05", "q95", "informed"))
    found = synthetic_table(truth, low, high, informed=informed)
    told = f"{truths} truths drawn from the prior, data made from them and fitted as the real ones are: 90 % intervals hold "
    told += f"{_percent(found.coverage)} of all parameters (95 % interval {_ends(found.coverage_interval)})"
    if found.informed_interval is not None and found.informed_coverage is not None:
        told += f" and {_percent(found.informed_coverage)} of those that such data inform ({_ends(found.informed_interval)}; "
        told += (
            f"{int(informed.sum())} cases), whose intervals have a median width of {found.informed_width:.2f} of the prior's; "
        )
        told += f"{_percent(found.informed_sharp or 0.0)} of them are at most {SHARP:.2f}"
    return "\n".join(["## The method's own test", "", told + ".", ""])


def _propositions(dataset: "xr.Dataset") -> str:
    rows = [
        (
            row["id"],
            row["class"],
            f"{row['statement_en']}<br>{row['statement_zh']}",
            row["design"],
            f"{100 * row['share']:.3g} %",
        )
        + (f"{row['worlds']}", _key(row))
        for row in _rows(dataset, "propositions")
    ]
    head = ("", "class", "proposition", "design set", "holds in", "worlds", "key number: median (90 %)")
    return "\n".join(["## Propositions in the worlds of the posterior", "", *_markdown(head, rows), ""])


def _key(row: dict[str, Any]) -> str:
    middle, low, high = (_short(row[name]) for name in ("q50", "q05", "q95"))
    return f"{middle} ({low} to {high}) {row['key_unit']}"


def _interval(row: dict[str, Any], kind: str) -> str:
    low, middle, high = (_short(row[f"{kind}_{name}"]) for name in ("q05", "q50", "q95"))
    return f"{middle} ({low} to {high})"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _ends(interval: tuple[float, float]) -> str:
    return f"{100 * interval[0]:.0f} to {100 * interval[1]:.0f} %"


def _short(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _rows(dataset: "xr.Dataset", name: str) -> list[dict[str, Any]]:
    columns = table(dataset, name)
    return [dict(zip(columns, row, strict=True)) for row in zip(*(values.tolist() for values in columns.values()), strict=True)]


def _markdown(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    cells = [[str(cell).replace("|", "\\|") for cell in row] for row in rows]
    return [f"| {' | '.join(row)} |" for row in ([*head], ["---"] * len(head), *cells)]
