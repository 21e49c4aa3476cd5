"""Answers with plainly invented numbers, as a brief is written from them."""

import json

import numpy as np

from sim.results.tables import pack

PARTS = tuple(f"R{number}" for number in range(1, 8))
COUNTS = dict(zip(PARTS, (5, 3, 4, 5, 3, 3, 3), strict=True))
WHOLE = ".".join(PARTS)
OUTCOMES = (
    *("trips per year", "Talent total", "Data shared abroad", "Equipment in service", "Funds used abroad", "Orgs settled"),
    *("total joint projects", "co papers", "International knowledge", "incidents", "Stringency", "administrative load"),
    "extra cost",
)
GROUPS = {"incidents": "security", "Stringency": "security", "administrative load": "cost", "extra cost": "cost"}
SMALL_PAIR, TINY = ("R3", "R5"), 0.02
QUANTILES = ("q05", "q25", "q50", "q75", "q95")


def measures(*parts):
    """Return the measures of recommendations as the table of scenarios has them."""
    return " ".join(f"{part}_{number}" for part in sorted(parts) for number in range(1, COUNTS[part] + 1))


def columns(rows):
    """Return rows as columns."""
    return {key: [row[key] for row in rows] for key in rows[0]}


def spread(middle, half):
    """Return quantiles around ``middle``."""
    places = (-1.0, -0.4, 0.0, 0.4, 1.0)
    return {key: middle + place * half for key, place in zip(QUANTILES, places, strict=True)}


def verdict(numbers):
    """Return the verdict on quantiles."""
    return "up" if numbers["q05"] > 0 else "down" if numbers["q95"] < 0 else "open"


def numbers(outcome, size):
    """Return a row's numbers: more of all with the size of the package; incidents open; joint papers up."""
    percent = spread(5.0 * size, 8.0 * size if outcome == "incidents" else 2.0 * size)
    relative = outcome != "extra cost"
    shares = {f"percent_{key}": value if relative else np.nan for key, value in percent.items()}
    plain = {key: 10.0 * value for key, value in percent.items()}
    told = {"baseline": 1000.0, "units": "1", "members": 64, "up": 1.0 if percent["q05"] > 0 else 0.7, "down": 0.0}
    return {**plain, **shares, **told, "verdict": verdict(percent)}


def _about(outcome):
    return {"outcome": outcome, "year": 2040.0, "group": GROUPS.get(outcome, "people"), "better": "more"}


def tables(packages):
    """Return the tables of packages, of their pairs, courses, shares, failures, trade-offs; ``packages`` are parts by name."""
    singles = [
        {"package": name, "parts": "+".join(parts) or name, "size": max(len(parts), 1), **_about(outcome)}
        | numbers(outcome, max(len(parts), 1))
        for name, parts in packages.items()
        for outcome in OUTCOMES
    ]
    pairs = [
        {"first": WHOLE, "second": ".".join(each for each in PARTS if each != part), **_about(outcome), **numbers(outcome, 2)}
        for part in PARTS
        for outcome in OUTCOMES
    ]
    courses = [
        {"package": name, **_about(outcome), **numbers(outcome, 1 + step), "year": 2026.0 + step}
        for name in (*PARTS, WHOLE)
        for outcome in OUTCOMES
        for step in range(15)
    ]
    shares = [{"player": part, **_about(outcome), **numbers(outcome, 1)} for part in PARTS for outcome in OUTCOMES]
    both = [
        {
            "first": one,
            "second": other,
            **_about(outcome),
            **numbers(outcome, TINY if (one, other) == SMALL_PAIR else 1),
            "verdict": "reinforce" if one == "R1" else "substitute" if (one, other) == SMALL_PAIR else "open",
        }
        for place, one in enumerate(PARTS)
        for other in PARTS[place + 1 :]
        for outcome in OUTCOMES
    ]
    found = {"packages": singles, "packages_pairs": pairs, "courses": courses, "attribution": shares, "attribution_pairs": both}
    return {key: columns(rows) for key, rows in {**found, **failures(), **tradeoffs(packages)}.items()}


def failures():
    """Return a case in which the whole package fails, and a box of two limits, one of which does not count by itself."""
    about = {"case": 0, "outcome": "co papers", "sign": "<", "limit": 30.0, "kind": "percent", "package": WHOLE}
    rates = {"rate": 0.15, "density": 0.24, "density_low": 0.2, "density_high": 0.27, "coverage": 0.59}
    limit = {"case": 0, "low": 4.56, "high": 7.2, "limited_below": True, "limited_above": False}
    limits = [
        {**limit, "uncertainty": "tie_lifetime", "units": "year", "counts": False},
        {**limit, "uncertainty": "incident_tolerance", "units": "incident/year", "counts": True},
    ]
    return {"discovery": [{**about, **rates, "members": 2048, "found": True}], "discovery_limits": limits}


def tradeoffs(packages):
    """Return how often no other package beats each, and the three outcomes that are taken together."""
    rows = [{"package": name, "undominated": 0.996, "low": 0.98, "high": 1.0} for name in packages]
    names = ("co papers", "extra cost", "incidents")
    return {"tradeoffs": rows, "tradeoffs_criteria": [{"package": WHOLE, "outcome": name} for name in names]}


def answers(*, only=None, own=None, label="Mine", **attributes):
    """Return a dataset of answers.

    Arguments:
        only: names of the tables it holds beside the one of scenarios; all if ``None``.
        own: measures of one more package, called ``mine`` and labelled ``label``, by the table of scenarios.
        label: its label.
        attributes: attributes that differ from the usual ones.
    """
    packages = {part: (part,) for part in PARTS} | {"R1.R3": ("R1", "R3"), WHOLE: PARTS}
    packages |= {
        ".".join(each for each in PARTS if each != part): tuple(each for each in PARTS if each != part) for part in PARTS
    }
    made = tables(packages | ({"mine": ()} if own else {}))
    kept = {key: value for key, value in made.items() if only is None or key in only}
    names = ["baseline", *packages]
    told = {
        "name": names,
        "label_en": [*names],
        "label_zh": [*names],
        "measures": ["", *(measures(*each) for each in packages.values())],
    }
    if own:
        for key, value in zip(told, ("mine", label, label, own), strict=True):
            told[key].append(value)
    usual = {
        **{"kind": "advice", "model": "innovation_flows.mdl", "model_name": "innovation_flows", "model_fingerprint": "f" * 64},
        **{"fingerprint": "f" * 64, "study": "packages", "questions": json.dumps({"packages": {}}), "members": 64, "failed": 0},
        **{"start": 2010.0, "stop": 2040.0, "first_year": 2027.0, "baseline": "baseline", "worlds": 64, "sampler": "sobol"},
        **{"integration_error": 1e-4, "experiment": "e" * 64, "settings": json.dumps({"changed": [], "worlds": []})},
        "command": "throughflow run study=packages ensemble=sobol uncertainty=prior",
        "footing_told": json.dumps({"base": "prior", "drawn": 400}),
    }
    return pack({"scenarios": told, **kept}, {**usual, **attributes})
