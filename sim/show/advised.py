"""What figures and sentences of answers share: names of scenarios, and on what footing the answers stand."""

import json
from collections.abc import Mapping
from typing import Any

import xarray as xr

from sim.analysis.worlds import ROBUST, SMALL
from sim.results.tables import table
from sim.show.footing import footing, standing
from sim.show.words import Words

FEW = 40
"""Worlds below which every figure and every sentence says that they are few."""


def labels(dataset: xr.Dataset, language: str) -> dict[str, str]:
    """Return what each scenario is called in ``language``."""
    found = table(dataset, "scenarios")
    return dict(zip(map(str, found["name"]), map(str, found[f"label_{language}"]), strict=True))


def told(dataset: xr.Dataset, usual: Mapping[str, Any], words: Words) -> Mapping[str, str]:
    """Return what every figure and sentence of answers may quote: years, numbers of worlds, the footing.

    Arguments:
        dataset: answers, as :func:`sim.analysis.advice.questions.answer` makes them.
        usual: the section ``common`` of the figures' definitions.
        words: display names in one language.
    """
    language, attrs = words.language, dataset.attrs
    failed = int(attrs["failed"])
    few = usual[f"few_{language}"].format(members=attrs["members"]) if int(attrs["members"]) < FEW else ""
    facts = {
        "start": f"{float(attrs['start']):.10g}",
        "stop": f"{float(attrs['stop']):.10g}",
        "year": f"{float(attrs['stop']):.10g}",
        "first_year": f"{float(attrs['first_year']):.10g}",
        "worlds": f"{int(attrs['members']):,}",
        "members": f"{int(attrs['members']):,}",
        "failed": usual[f"failed_{language}"].format(failed=f"{failed:,}") if failed else "",
        "robust": f"{100 * ROBUST:.0f}",
        "small": f"{SMALL:g}",
        "baseline": labels(dataset, language).get(str(attrs["baseline"]), str(attrs["baseline"])),
        "error": f"{float(attrs['integration_error']):.1g}",
        "fingerprint": str(attrs["fingerprint"])[:12],
        "exceptions": "",
        "codes": "",
    }
    changed = _changed(json.loads(str(attrs["settings"])), words)
    stands = standing(words, footing(dataset), design=words.text("design set"), listed=words.text("design set"), world=changed)
    return {**facts, **stands, "illustrative": stands["illustrative"] + facts["failed"] + few}


def _changed(settings: Mapping[str, Any], words: Words) -> str:
    """Return the sentence about the outside world and constants set otherwise than in the model file; empty if none is."""
    parts = []
    for world in settings["worlds"]:
        drivers = words.text("list mark").join(world["drivers"])
        known = words.knows("world", world["choice"])
        name = words("world", world["choice"]) if known else world["choice"] or drivers
        parts.append(words.text("altered").format(name=name, drivers=drivers) if world["altered"] and world["choice"] else name)
    parts += settings["changed"]
    return words.text("world").format(world=words.text("semicolon").join(parts)) if parts else ""
