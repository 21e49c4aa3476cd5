"""Stored answers that a brief is written from: which files, which of them holds which table, and whether they go together."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
import xarray as xr

from sim.errors import Problem, ThroughflowError, nearest, raise_if
from sim.resources import folder
from sim.results.files import load_netcdf
from sim.results.tables import table
from sim.show.footing import POSTERIOR, footing
from sim.show.kinds import kind_of
from sim.show.registry import ADVICE

RESULTS = "results.nc"
"""Name of the answers in a folder that was given."""

SCENARIOS = "scenarios"
"""Table that every file of answers has."""

DATED = frozenset(("timing", "sequence", "pathways"))
"""Questions whose scenarios begin at different dates, which is what they ask about."""

RANGED = frozenset(("screening", "sensitivity", "discovery"))
"""Questions that are best asked of the ranges of the priors, because the design of their worlds needs them."""


@dataclass(frozen=True)
class Source:
    """A file of answers: where it lies and what it holds."""

    path: Path
    dataset: xr.Dataset

    @cached_property
    def study(self) -> str:
        """Name of the study."""
        return str(self.dataset.attrs.get("study", self.path.stem))

    @cached_property
    def asked(self) -> frozenset[str]:
        """Names of the questions that were asked."""
        return frozenset(json.loads(str(self.dataset.attrs.get("questions", "{}"))))

    @cached_property
    def tables(self) -> frozenset[str]:
        """Names of the tables, without the one of scenarios."""
        return frozenset(str(key).partition(".")[0] for key in self.dataset.data_vars) - {SCENARIOS}

    @cached_property
    def frames(self) -> Mapping[str, pd.DataFrame]:
        """Every table by name."""
        return {name: pd.DataFrame(table(self.dataset, name)) for name in self.tables}

    @cached_property
    def scenarios(self) -> pd.DataFrame:
        """Name, labels and measures of every scenario."""
        return pd.DataFrame(table(self.dataset, SCENARIOS))


@dataclass(frozen=True)
class Answers:
    """Files of answers that go together, the first that has a table being the one that is asked for it.

    Attributes:
        sources: the files.
        left: of each shipped file that does not go with the folders given: its path and what differs.
    """

    sources: tuple[Source, ...]
    left: tuple[tuple[Path, str], ...] = ()

    def source(self, name: str) -> Source | None:
        """Return the file that holds the table ``name``; ``None`` if there is none."""
        return next((each for each in self.sources if name in each.tables), None)

    def frame(self, name: str) -> pd.DataFrame | None:
        """Return the table ``name``; ``None`` if no file holds it."""
        found = self.source(name)
        return found.frames[name] if found else None


def shipped() -> tuple[Path, ...]:
    """Return the files of answers that come with the flagship model."""
    return tuple(sorted((folder("models") / "innovation_flows" / "advice").glob("*.nc")))


def read(folders: Sequence[Path] = (), *, files: Sequence[Path] | None = None) -> Answers:
    """Return the answers in ``folders``, and of what is shipped what goes with them and they leave open.

    Arguments:
        folders: folders with results.nc, or files; an earlier one goes before a later one.
        files: files that come after them; the shipped ones if ``None``.

    Raises:
        ThroughflowError: no answers there; files of different models, footings or settings.
    """
    own = [path / RESULTS if path.is_dir() else path for path in folders]
    problems = [
        Problem(f"from={path}", "no answers there", "a folder with results.nc is wanted", "`throughflow ask FOLDER` makes them")
        for path in own
        if not path.is_file()
    ]
    raise_if(problems)
    given = [_answers(path) for path in own]
    if given:
        check(given)
    sources, left = list(given), []
    for path in shipped() if files is None else files:
        found = _answers(path)
        if not found.tables - {name for each in sources for name in each.tables}:
            continue
        apart = [f"{name} {there}, not {here}" for name, here, there in _apart(given[0], found)] if given else []
        if apart:
            left.append((path, "; ".join(apart)))
        else:
            sources.append(found)
    if not sources:
        cure = "run `throughflow run study=packages ensemble=posterior` and give its folder: from=FOLDER"
        raise ThroughflowError(Problem("answers", "none are stored", "a brief is written from stored answers only", cure))
    check(sources)
    return Answers(tuple(sources), tuple(left))


def _answers(path: Path) -> Source:
    found = Source(path, load_netcdf(path))
    kind = kind_of(found.dataset)
    if kind != ADVICE:
        cure = "give a folder that `throughflow ask` or a study with questions wrote"
        raise ThroughflowError(Problem(str(path), f"a {kind}", "a brief is written from answers to questions", cure))
    return found


def check(sources: Sequence[Source]) -> None:
    """Refuse ``sources`` that do not go together, telling what differs.

    Raises:
        ThroughflowError: a file of another model, another footing, other years or settings than the first.
    """
    first, problems = sources[0], []
    for other in sources[1:]:
        for name, here, there in _apart(first, other):
            what = f"{name} {there}, in {first.path} {here}"
            why = "numbers of different models or settings in one brief would be compared with each other"
            cure = "ask again of ensembles of one model with the same settings, or leave this folder out"
            problems.append(Problem(str(other.path), what, why, cure))
    raise_if(problems)


def _apart(first: Source, other: Source) -> list[tuple[str, str, str]]:
    """Return what differs between two files though it must not: its name, its value in the first and in the other."""
    pairs = [
        (name, str(first.dataset.attrs.get(key, "")), str(other.dataset.attrs.get(key, "")))
        for name, key in (("model", "model_fingerprint"), ("last year", "stop"), ("settings", "settings"))
    ]
    if not (first.asked | other.asked) & DATED:
        pairs.append(("first year of measures", *(f"{each.dataset.attrs.get('first_year', '')}" for each in (first, other))))
    stands = [footing(each.dataset) for each in (first, other)]
    alike = stands[0].base == stands[1].base
    if not alike and not (other.asked <= RANGED or first.asked <= RANGED):
        pairs.append(("footing", stands[0].base, stands[1].base))
    if alike and stands[0].base == POSTERIOR:
        pairs.append(("posterior", *(str(each.told.get("posterior", ""))[:12] for each in stands)))
    return [(name, here[:60], there[:60]) for name, here, there in pairs if here != there]


def find(answers: Answers, name: str) -> str:
    """Return the scenario of the table ``packages`` that ``name`` means: its name, its parts in any order, or a union's name.

    Raises:
        ThroughflowError: no answers about packages; no such package among them.
    """
    from sim.show.charts.advice.unions import ALIAS

    told = answers.frame("packages")
    if told is None:
        what, why = "no answers about packages", "a brief begins with what its package changes"
        cure = "run `throughflow run study=packages ensemble=posterior` and give its folder: from=FOLDER"
        raise ThroughflowError(Problem("answers", what, why, cure))
    parts = dict(zip(told["package"], told["parts"], strict=True))
    meant = {ALIAS.get(made, package): package for package, made in parts.items()}
    meant |= {made: package for package, made in parts.items()} | {package: package for package in parts}
    ordered = {_parts(made): package for package, made in parts.items()}
    if name in meant or _parts(name) in ordered:
        return str(meant.get(name) or ordered[_parts(name)])
    raise ThroughflowError(_unknown(answers, name, [*meant]))


def _parts(name: str) -> tuple[str, ...]:
    """Return the parts of a package that is called by them, in order."""
    return tuple(sorted(re.split(r"[.+]", name)))


def _unknown(answers: Answers, name: str, known: Sequence[str]) -> Problem:
    where, why = f"package={name}", "a brief is written from stored answers, and these do not tell of it"
    elsewhere = [each.study for each in answers.sources if name in set(each.scenarios["name"])]
    if elsewhere:
        what = f"not among the packages, but a scenario of the study {', '.join(elsewhere)}"
        ask = f"`throughflow run study=package package={name} ensemble=posterior`"
        cure = f"read the answers of that study; or run {ask}, ask it `packages courses`, and give its folder: from=FOLDER"
        return Problem(where, what, why, cure)
    if (folder("configs") / "package" / f"{name}.yaml").is_file():
        what = "a package that there is, but that no stored answer tells of"
        run = f"throughflow run study=package package={name} ensemble=posterior output.folder=mine"
        ask = "throughflow ask mine packages courses"
        return Problem(where, what, why, f"`{run}`, `{ask}`, then from=mine; sequences are in the study sequence")
    cure = nearest(name, known) or f"there are {', '.join(known[:9])}, ... ({len(known)} names)"
    return Problem(where, "no package is called so", why, cure)
