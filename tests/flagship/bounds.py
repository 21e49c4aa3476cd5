"""What may never happen, whatever the parameters: negative stocks, fractions outside [0, 1], delays that are not positive."""

import re

import numpy as np

from .support import flagship, kernel

LARGEST_FIT = 2**0.25
"""Limit of the fit of inputs: every saturated sufficiency tends to the fourth root of 2 (model.md prints 1.19)."""

ACCOUNTS = ("Fiscal cost cumulative",)
"""Stocks that may be negative: tax forgone counts from a fixed reference, so a lower exemption saves money."""

FRACTIONS = re.compile(
    r"""^(Rules|Local\ adoption|Practice|Awareness|Coordination|Evaluation\ quality|Stringency|Liability\ aversion|Trust
        |law|(publicity\ )?coverage|awareness\ reaching|scaled\ up|gate\ (rest|trip|resid|home|goods)|pandemic\ gate
        |tension|effective\ tension|statutory\ review\ share|adoption\ (ceiling|target)|practice\ target
        |willing\ to\ handle|willingness\ to\ travel|(coordination|evaluation|stringency|aversion|trust)\ target
        |effective\ ((share|first\ return\ share|refusal\ share|payment\ failure\ share)\ .*
        |.*\ share|temp\ time\ share\ allowed|review\ share\ multiplier|tax\ wedge|rule\ clarity\ data|reciprocity\ openness
        |legal\ status\ clarity|service\ coverage\ general|daily\ life\ interoperability|research\ integration)
        |(stringency|aversion)\ acting|graded\ share|data\ (return|review)\ share|HGR\ return\ share|clarity|service\ mix
        |price\ effect|sample\ survival|access|trips\ delivered\ per\ desired|tie\ share\ squared|.*\ delivered\ fraction
        |binding\ share\ of\ .*|unsupervised\ share|US\ share\ of\ ties|partner\ concentration|tie\ weighted\ trust
        |co\ paper\ share|emigration\ share)$""",
    re.VERBOSE,
)
DELAYS = re.compile(r"^(effective .*\btime\b.*|.* duration|door to door time)$")


def fractions():
    """Return the computed variables that are shares by definition.

    A ratio of two flows is none: `paid share` and `data delivered per need` exceed 1 while an old queue clears.
    """
    return [name for name in kernel().record if FRACTIONS.match(name)]


def delays():
    """Return the computed variables that are times, waiting times aside (a wait is 0 while nothing waits)."""
    return [name for name in kernel().record if DELAYS.match(name) and flagship().variables[name].units == "year"]


def offences(batch, every=4):
    """Return a line for each bound that a member breaks at one of the stored times, once for each variable."""
    found = {}
    bound = kernel().bind(batch.constants, batch.tables, batch.clock)
    scale = np.maximum(np.abs(batch.states).max(axis=(0, 2)), 1.0)
    if not np.all(np.isfinite(batch.states)):
        found["state"] = f"not finite in {[batch.names[at] for at in np.unique(np.nonzero(~np.isfinite(batch.states))[2])]}"
    low = (batch.states / scale[:, None]).min(axis=(0, 2))
    for slot in kernel().stocks:
        if slot.name not in ACCOUNTS and low[slot.start : slot.stop].min() < -1e-6:
            found[slot.name] = f"a negative stock: {low[slot.start : slot.stop].min():.2e} of its scale"
    shares, times = fractions(), delays()
    for index in range(0, len(batch.times), every):
        with np.errstate(all="ignore"):
            values = bound.observe(batch.times[index], batch.states[index])
        broken = {name: ~np.isfinite(value) for name, value in values.items()}
        broken |= {f"{name} as a share": (values[name] < -1e-9) | (values[name] > 1 + 1e-9) for name in shares}
        broken |= {f"{name} as a delay": values[name] <= 0 for name in times}
        broken["fit of inputs"] = values["fit of inputs"] > LARGEST_FIT + 1e-12
        for name, bad in broken.items():
            if np.any(bad) and name not in found:
                members = np.unique(np.nonzero(np.broadcast_to(bad, (*np.shape(bad)[:-1], len(batch.names))))[-1])
                value = values[name.partition(" as a ")[0]]
                span = f"{np.nanmin(value):.4g} to {np.nanmax(value):.4g}"
                found[name] = f"{span} in {batch.times[index]}, members {[batch.names[at] for at in members[:6]]}"
    return [f"{name}: {text}" for name, text in found.items()]
