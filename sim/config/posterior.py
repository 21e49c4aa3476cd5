"""The posterior of the calibration: its vectors as worlds, and its centre as a set of parameters.

Run ``python -m sim.config.posterior FOLDER`` to ship the calibration in FOLDER: its posterior, tables and report are copied
beside the model, and ``parameters/posterior.yaml`` is written, the vector nearest to the middle of all, so that what a single
run shows is a world that fits and no mixture of medians. Constants that move nothing that is observed, such as the effects of
measures that no history knows, are at the central value of their prior there, as a draw of theirs would be mere chance.
"""

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim import resources
from sim.config import vocabulary
from sim.config.composition import Composition
from sim.config.findings import Findings
from sim.config.priors import read_priors
from sim.config.ranges import Range
from sim.config.uncertainty import Uncertain, config_name
from sim.errors import Problem, ThroughflowError, raise_if

if TYPE_CHECKING:
    import numpy as np

POSTERIOR = "posterior"
"""What the posterior is called among ensembles and sets of parameters."""

MADE = "run `throughflow run study=calibration`, copy its posterior.csv and posterior.json beside the model's priors.csv"

_HEAD = """\
# @package _global_
# The centre of the posterior: every constant that the calibration varies, as in vector {row} of {count} ({posterior}),
# the one nearest to the median of the {informed} constants that the data inform; not a mixture of medians, which need not fit.
# Constants that move nothing observed, such as the effects of recommendations, are as their prior says. Fitted {first}–{last}.
# Written by `python -m sim.config.posterior`; do not edit. Worlds instead of one vector: ensemble=posterior.
defaults:
  - /parameters/design
  - _self_
"""


@dataclass(frozen=True)
class Posterior:
    """The posterior as it is shipped.

    Attributes:
        path: file of its vectors.
        about: what posterior.json tells of it: ``posterior`` (SHA-256 of the file), ``fit``, ``hold_out``, ``parameters``,
            ``informed`` and so on.
        uncertain: what it draws, by name, in the order of its columns; low, central and high are least, median and largest.
        values: float64 of shape (vector, uncertainty), in the units of the constants.
    """

    path: Path
    about: Mapping[str, Any]
    uncertain: Mapping[str, Uncertain]
    values: "np.ndarray"

    @property
    def vectors(self) -> int:
        """How many vectors there are."""
        return len(self.values)


def home() -> Path:
    """Return the folder of the calibration's tables, beside the shipped model."""
    return resources.model_file(vocabulary.MODEL).parent / "calibration"


def read_posterior(folder: Path | None = None) -> Posterior:
    """Return the posterior in ``folder``, the shipped one by default.

    Raises:
        ThroughflowError: there is none, its files are not of one calibration, or it varies what has no prior.
    """
    folder = folder or home()
    files = [folder / name for name in ("posterior.csv", "posterior.json", "priors.csv")]
    missing = [path.name for path in files if not path.is_file()]
    if missing:
        why = "the model has not been calibrated in this installation"
        raise ThroughflowError(
            Problem("posterior of the calibration", f"{folder} holds no {' and no '.join(missing)}", why, MADE)
        )
    return _read(folder, tuple(path.stat().st_mtime_ns for path in files))


@lru_cache(maxsize=2)
def _read(folder: Path, _changed: tuple[int, ...]) -> Posterior:
    import numpy as np

    from sim.experiment.samples_file import plain, read_samples

    path = folder / "posterior.csv"
    samples, priors = read_samples(path), read_priors(folder / "priors.csv")
    raise_if(samples.problems)
    about = json.loads((folder / "posterior.json").read_text(encoding="utf-8"))
    problems = []
    if about.get("posterior") != samples.fingerprint:
        what = f"posterior.json is about {str(about.get('posterior'))[:8]}, posterior.csv is {samples.fingerprint[:8]}"
        problems.append(Problem(str(path), what, "the two are not of one calibration", MADE))
    known = {plain(name): one for row, one in priors.items() for name in (*one.targets, one.name, row)}
    unknown = [name for name in samples.header if plain(name) not in known]
    if unknown:
        what = f"columns without a row of priors.csv that sets a constant: {', '.join(unknown[:4])} ({len(unknown)} in all)"
        problems.append(Problem(str(path), what, "nobody knows what they set", MADE))
    if not len(samples.values):
        problems.append(Problem(str(path), "no vectors", "each row is a world", MADE))
    raise_if(problems)
    found = {}
    for name, column in zip(samples.header, samples.values.T, strict=True):
        prior, (low, middle, high) = known[plain(name)], np.quantile(column, (0.0, 0.5, 1.0)).tolist()
        told = "vectors of the posterior: least, median and largest"
        # A design finds a column by the name of its uncertainty, or by a constant it sets.
        called = prior.name if plain(name) in map(plain, (prior.name, *prior.targets)) else name
        found[called] = Uncertain(called, prior.targets, POSTERIOR, low, middle, high, prior.unit, prior.basis, told)
    return Posterior(path, about, found, samples.values)


def central_vector(posterior: Posterior) -> int:
    """Return the row, from 0, of the vector nearest to the median of the constants that the data inform.

    Distances are those of normal scores: a constant's values by their rank among the vectors, so that neither its unit nor
    the shape of its distribution counts. Source: van der Waerden scores, rank / (n + 1).

    Raises:
        ThroughflowError: posterior.json does not name the informed constants, or names others.
    """
    import numpy as np
    from scipy.special import ndtri

    columns = {name: at for at, one in enumerate(posterior.uncertain.values()) for name in (one.name, *one.targets)}
    informed = list(posterior.about.get("informed_names", ()))
    wrong = [name for name in informed if name not in columns]
    if wrong or not informed:
        what = f"informed_names: {', '.join(wrong[:4]) or 'none'}"
        why = "the centre is nearest to the median of the constants that the data inform"
        raise ThroughflowError(Problem(str(posterior.path.with_suffix(".json")), what, why, MADE))
    values = posterior.values[:, [columns[name] for name in informed]]
    ranks = values.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable") + 1.0
    return int(np.argmin((ndtri(ranks / (len(values) + 1.0)) ** 2).sum(axis=1)))


def centre(posterior: Posterior) -> Mapping[str, float]:
    """Return the constants of the centre, ``name`` or ``name[element]``, in the units of the model."""
    from sim.experiment.targets import priors_of

    row = posterior.values[central_vector(posterior)]
    priors = priors_of(posterior.path.with_name("priors.csv"))
    idle = {each.uncertainty.targets: each.uncertainty.central for each in priors if not each.reaches}
    found: dict[str, float] = {}
    for one, value in zip(posterior.uncertain.values(), row.tolist(), strict=True):
        found |= dict.fromkeys(one.targets, idle.get(one.targets, value))
    return found


def centre_text(posterior: Posterior) -> str:
    """Return the text of ``parameters/posterior.yaml``."""
    from sim.config.listing import shown

    about = posterior.about
    head = _HEAD.format(
        row=central_vector(posterior) + 1,
        count=posterior.vectors,
        posterior=str(about["posterior"])[:8],
        informed=len(about["informed_names"]),
        first=f"{about['fit'][0]:g}",
        last=f"{about['fit'][1]:g}",
    )
    tree: dict[str, Any] = {}
    for target, value in centre(posterior).items():
        if target.partition("[")[0] in vocabulary.MEASURE_FIELDS.values():
            continue  # when and how measures act is said under `measures`, whatever the parameters
        *path, last = key_of(target).split(".")
        node = tree
        for part in path:
            node = node.setdefault(part, {})
        node[last] = value

    def lines(node: Mapping[str, Any], depth: int) -> Sequence[str]:
        found: list[str] = []
        for name, value in node.items():
            inner = isinstance(value, Mapping)
            found.append(f"{'  ' * depth}{name}:" + ("" if inner else f" {shown(value)}"))
            found += lines(value, depth + 1) if inner else ()
        return found

    return head + "\n".join(lines(tree, 0)) + "\n"


def key_of(constant: str) -> str:
    """Return the key of a config that sets a constant, ``parameters.dilution`` or ``world.tension_US.scale``."""
    name = config_name(constant)
    return name if constant in vocabulary.DRAWN_AS else f"parameters.{name}"


def files() -> Mapping[Path, str]:
    """Return what the generated file should hold, by its path; nothing while there is no posterior."""
    if not (home() / "posterior.csv").is_file():
        return {}
    return {resources.folder("configs") / "parameters" / "posterior.yaml": centre_text(read_posterior())}


def read_shipped(findings: Findings, key: str) -> Posterior | None:
    """Return the shipped posterior, or report under ``key`` why there is none to use."""
    try:
        return read_posterior()
    except ThroughflowError as error:
        for problem in error.problems:
            findings.refuse(key, problem.what, why=problem.why, cure=problem.cure)
        return None


def refuse_parts(
    findings: Findings,
    composition: Composition,
    ranges: Sequence[Range],
    *,
    row: Mapping[str, Any],
    known: Mapping[str, Uncertain],
) -> None:
    """Report settings of an ensemble that would take vectors of the posterior apart, or that mean nothing to them.

    Arguments:
        findings: where problems go.
        composition: the composed config.
        ranges: settings given as intervals or axes.
        row: the group ``ensemble``.
        known: what the posterior draws.
    """
    whole = "the constants of a vector fit history together: drawn apart, or in part, they need not"
    usual = {
        "uncertainties": ((None, "all"), whole),
        "except": (([], None), whole),
        "correlations": (([], None), "the vectors bring their own"),
        "samples": ((None,), "the shipped posterior is meant; ensemble=file reads a file of one's own"),
        "seed": ((0,), "nothing is drawn by chance: the first vectors are taken, and their order is random already"),
    }
    for name, (values, why) in usual.items():
        if row[name] not in values:
            findings.refuse(f"ensemble.{name}", "set beside ensemble=posterior", why=why, cure="leave it out")
    told = [name for name in composition.given if name.startswith("uncertainty.")]
    if composition.choices.get("uncertainty", "default") != "default" or told:
        why = "it says around which values the prior is drawn, and the posterior's vectors are given"
        findings.refuse(told[0] if told else "uncertainty", "set beside ensemble=posterior", why=why, cure="leave it out")
    targets = {target for one in known.values() for target in one.targets}
    for one in ranges:
        if one.constant in targets:
            findings.refuse(
                one.key, str(one), why=whole, cure="leave it out, or draw from the priors: uncertainty=prior ensemble=sobol"
            )
        elif not one.values:
            findings.refuse(
                one.key,
                str(one),
                why="the posterior has no draws of it",
                cure="give values instead, each of which is run in every world: -m hydra/sweeper=ensemble KEY=A,B",
            )


SHIPPED = ("posterior.csv", "posterior.json", "results.nc", "report.md")
"""Files of a calibration's folder that are shipped beside the model."""

if __name__ == "__main__":
    for given in sys.argv[1:2]:
        for name in SHIPPED:
            print(shutil.copyfile(Path(given) / name, home() / name))
    for target, content in files().items():
        target.write_text(content, encoding="utf-8")
        print(target)
