"""Reading ``study=calibration``: the settings of the fit, and everything that does not go with it."""

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sim import resources
from sim.config import findings as read
from sim.config import vocabulary
from sim.config.composition import Composition
from sim.config.findings import Findings
from sim.config.loader import flat
from sim.config.posterior import home
from sim.experiment.scenarios import Solver, Study
from sim.experiment.uncertainty import MOST_SEED

if TYPE_CHECKING:
    from sim.experiment.calibrate import Calibration

KIND = "calibration"
"""What ``study.kind`` says of a calibration; other studies say nothing."""

FIRST_YEAR, LAST_YEAR = 2010, 2022
"""Years of the observations: the model begins with the first, and the targets end with the last."""

LEAST_YEARS = 3
"""Years that are fitted at least: fewer show no trend."""

TABLES = ("targets.csv", "priors.csv", "held.csv")
"""Tables of the calibration beside the model, without which nothing can be fitted."""

SHOWN = 3
"""Values told one by one of those that do not belong; the others are counted."""

_SPANS = {
    "particles": (64, 1 << 20),
    "moves": (1, 100),
    "importance": (64, 1 << 22),
    "vectors": (2, 10_000),
    "starts": (1, 1000),
    "truths": (0, 1000),
    "truth_particles": (64, 1 << 20),
    "profiles": (0, 300),
    "seed": (0, MOST_SEED),
}
"""Whole numbers of the study: least and most."""

_UNUSED = {
    "world": "history is fitted as it was",
    "measures": "history is fitted as it was, with the measures on the books alone",
    "parameters": "constants are fitted within their priors, the others stay as the design set has them",
    "horizon": "it runs over the years of the observations",
}
"""Parts of the config of which a calibration uses nothing, and why."""

_USUAL = {
    "package": ("none", "history knows no package; try it afterwards: study=package ensemble=posterior"),
    "ensemble": ("none", "it draws its own worlds; afterwards ensemble=posterior runs any other study in those it found"),
    "uncertainty": ("default", "its priors are those of calibration/priors.csv"),
    "solver": ("adaptive", "its runs are those of the compiled engine, with a step of its own choice"),
}
"""Groups of which a calibration uses nothing: their usual choice, and why another one means nothing."""


def wants_calibration(config: Mapping[str, Any]) -> bool:
    """Tell whether the study of a composed config says of what kind it is, be it in order or not."""
    study = config.get("study")
    return isinstance(study, Mapping) and "kind" in study


def read_calibration(findings: Findings, composition: Composition) -> "Calibration | None":
    """Return the calibration asked for, ``None`` where it cannot be honoured; all that is wrong is reported.

    What the study's file leaves out is as the shipped file has it.
    """
    from sim.experiment.calibrate import Calibration

    before = len(findings.problems)
    shipped = composition.shipped["calibration"]
    row = {
        **shipped,
        **read.mapping(findings, "study", composition.config.get("study"), known=tuple(shipped), needed=False),
    }
    read.choice(findings, "study.kind", row["kind"], options=(KIND,))
    read.text(findings, "study.label", row["label"])
    fit, hold_out = (_years(findings, name, row[name]) for name in ("fit", "hold_out"))
    numbers = {
        name: read.whole(findings, f"study.{name}", row[name], low=low, high=high) for name, (low, high) in _SPANS.items()
    }
    before_repairs = read.flag(findings, "study.before", row["before"])
    _refuse_years(findings, fit, hold_out)
    vectors, importance = numbers["vectors"], numbers["importance"]
    if vectors is not None and importance is not None and vectors > importance:
        findings.refuse(
            "study.vectors",
            f"{vectors} of {importance} draws",
            why="vectors are chosen among the draws of study.importance",
            cure=f"give at most {importance}, or more study.importance",
        )
    _refuse_elsewhere(findings, composition)
    _refuse_missing(findings)
    if len(findings.problems) > before:
        return None
    return Calibration(fit=fit, hold_out=hold_out, before=before_repairs, **numbers)


def _years(findings: Findings, name: str, value: Any) -> tuple[float, float] | None:
    key = f"study.{name}"
    if not isinstance(value, list) or len(value) != 2:
        findings.refuse(
            key,
            read.shown(value),
            why="a window has a first and a last calendar year",
            cure=f"give {key}=[2010,2018]",
        )
        return None
    ends = [read.number(findings, key, end, low=FIRST_YEAR, high=LAST_YEAR, unit="calendar year") for end in value]
    if ends[0] is None or ends[1] is None:
        return None
    if ends[0] > ends[1] or any(end != int(end) for end in ends):
        findings.refuse(
            key,
            f"{ends[0]:g} to {ends[1]:g}",
            why="its ends are whole years, the first one first: observations are yearly",
            cure=f"give {key}=[{int(min(ends))},{int(max(ends))}]",
        )
        return None
    return ends[0], ends[1]


def _refuse_years(findings: Findings, fit: tuple[float, float] | None, hold_out: tuple[float, float] | None) -> None:
    if fit and fit[1] - fit[0] + 1 < LEAST_YEARS:
        findings.refuse(
            "study.fit",
            f"{fit[0]:g} to {fit[1]:g}",
            why=f"fewer than {LEAST_YEARS} years show no trend",
            cure="give a longer window",
        )
    if fit and hold_out and hold_out[0] <= fit[1]:
        findings.refuse(
            "study.hold_out",
            f"it begins in {hold_out[0]:g}, and the fit ends in {fit[1]:g}",
            why="an observation is fitted or held out, never both",
            cure="move study.fit's end before study.hold_out",
        )


def _refuse_elsewhere(findings: Findings, composition: Composition) -> None:
    """Report what is set or chosen elsewhere in the config, of which a calibration would use nothing."""
    beside = "beside study=calibration"
    for part, why in _UNUSED.items():
        usual, found = (_leaves(node[part]) for node in (composition.shipped, composition.config))
        differing = [key for key, value in found.items() if value != usual.get(key)]
        for key in differing[:SHOWN]:
            findings.refuse(f"{part}.{key}", f"set {beside}", why=why, cure="leave it out")
        if len(differing) > SHOWN:
            findings.refuse(part, f"{len(differing)} values set {beside}", why=why, cure=f"leave {part} as it is")
    for group, (usual, why) in _USUAL.items():
        name = composition.choices.get(group, usual)
        if name != usual:
            findings.refuse(group, f"{name} chosen {beside}", why=why, cure="leave it out")
        for key in composition.given:
            if key.startswith(f"{group}."):
                findings.refuse(key, f"set {beside}", why=why, cure="leave it out")


def _leaves(node: Any) -> dict[str, Any]:
    """Return the leaves of nested mappings by dotted key."""

    def leaf(key: str) -> Any:
        value = node
        for part in key.split("."):
            value = value[part]
        return value

    return {key: leaf(key) for key in flat(node)} if isinstance(node, Mapping) else {"": node}


def _refuse_missing(findings: Findings) -> None:
    for name in TABLES:
        if not (home() / name).is_file():
            findings.refuse(
                "study.kind",
                f"there is no {name} in {home()}",
                why="a calibration takes targets, priors and held constants from tables beside the model",
                cure="install the project anew",
            )


def study_of(composition: Composition) -> Study:
    """Return the name and the horizon of the calibration as a study without scenarios."""
    usual = composition.shipped["horizon"]
    return Study(
        name=composition.choices.get("study", KIND),
        model=resources.model_file(vocabulary.MODEL),
        scenarios=(),
        baseline=vocabulary.BASELINE,
        start=float(usual["start"]),
        stop=float(LAST_YEAR + 1),
        solver=Solver("rk4", None),
    )


def identify(calibration: "Calibration") -> str:
    """Return the SHA-256 of a calibration: equal for equal settings, model files, tables and observations."""
    model, tables = resources.model_file(vocabulary.MODEL), [home() / name for name in TABLES]
    files = [model, *tables, model.parent / "series" / "observations.csv", model.parent / "propositions.csv"]
    question = asdict(calibration) | {
        "kind": KIND,
        "files": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files if path.is_file()},
    }
    return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()


def counts() -> Mapping[str, Mapping[str, int]]:
    """Return how many targets there are by role and how many uncertain constants by origin, as the tables say."""
    found = {}
    for name, column in (("targets.csv", "role"), ("priors.csv", "origin")):
        with (home() / name).open(encoding="utf-8", newline="") as stream:
            found[name.removesuffix(".csv")] = Counter(row[column] for row in csv.DictReader(stream))
    return found
