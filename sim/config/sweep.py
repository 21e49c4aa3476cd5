"""Multirun: what ``-m`` expands to, one list of overrides per job, by Hydra's grammar of sweeps.

Hydra's own sweeper makes a job of every combination. With ``hydra/sweeper=ensemble`` a numeric setting is an axis inside a job:
``interval(a,b)`` is sampled there, several numbers are each run there, and only groups and other texts make jobs.
"""

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

from hydra.core.override_parser.types import Override, Transformer

from sim import resources
from sim.config import loader as hydra_loader
from sim.config import vocabulary
from sim.config.composition import parse
from sim.config.limits import read_table
from sim.config.ranges import choice_text, constant_of, interval_text
from sim.errors import Problem, ThroughflowError, nearest, raise_if

MOST_JOBS = 100
"""Jobs of one multirun; each is a whole study."""

SWEEPER = "hydra/sweeper"
SWEEPERS = ("basic", "ensemble")


def take_sweeper(overrides: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """Return ``overrides`` without the choice of a sweeper, and that choice, ``basic`` where there is none.

    Raises:
        ThroughflowError: there is no such sweeper.
    """
    chosen = [override.partition("=")[2] for override in overrides if override.partition("=")[0] == SWEEPER]
    raise_if(
        Problem(
            f"command line: {SWEEPER}={name}",
            f"no sweeper called {name!r}",
            f"there are {' and '.join(SWEEPERS)}",
            nearest(name, SWEEPERS) or f"give {SWEEPER}=ensemble",
        )
        for name in chosen
        if name not in SWEEPERS
    )
    rest = tuple(override for override in overrides if override.partition("=")[0] != SWEEPER)
    return rest, chosen[-1] if chosen else SWEEPERS[0]


def expand(overrides: Sequence[str], folders: Sequence[Path] = (), *, sweeper: str = "basic") -> tuple[tuple[str, ...], ...]:
    """Return the overrides of every job, the last sweep running fastest.

    Arguments:
        overrides: with sweeps such as ``world/geopolitics=baseline,thaw`` or ``horizon.stop=range(2030,2045,5)``.
        folders: the user's folders of configs, for ``glob``.
        sweeper: ``basic``, or ``ensemble`` for numbers of the model as axes within a job.

    Raises:
        ThroughflowError: overrides that cannot be read, more than :data:`MOST_JOBS` jobs.
    """
    loader = hydra_loader.make(folders)
    problems: list[Problem] = []
    parsed = [(text, parse(text, loader, problems, sweeps=True)) for text in overrides]
    is_number = _numbers_of_model(loader) if sweeper == "ensemble" else lambda key: False
    axes = [[text] if override is None else _axis(override, text, problems, is_number=is_number) for text, override in parsed]
    if sweeper == "ensemble":
        axes += _sampling(overrides, [axis[0] for axis in axes if len(axis) == 1])
    raise_if(problems)
    jobs = 1
    for axis in axes:
        jobs *= len(axis)
    if jobs > MOST_JOBS:
        raise_if(
            [
                Problem(
                    "command line",
                    f"{jobs} jobs" if all(len(axis) <= MOST_JOBS for axis in axes) else "too many jobs",
                    f"a multirun makes {MOST_JOBS} at most",
                    f"sweep fewer values, or add {SWEEPER}=ensemble, for which numbers of the model are axes within a job",
                )
            ]
        )
    return tuple(itertools.product(*axes))


def jobs_of(overrides: Sequence[Override], *, is_number: Callable[[str], bool]) -> list[list[str]]:
    """Return the overrides of every job that the ensemble sweeper makes of ``overrides``, for Hydra programs of any kind.

    Arguments:
        overrides: as Hydra parses them.
        is_number: whether a key may hold a number; groups may not.

    Raises:
        ThroughflowError: a sweep without values, more than :data:`MOST_JOBS` jobs.
    """
    problems: list[Problem] = []
    axes = [_axis(override, override.input_line or "", problems, is_number=is_number) for override in overrides]
    raise_if(problems)
    jobs = [list(job) for job in itertools.islice(itertools.product(*axes), MOST_JOBS + 1)]
    if len(jobs) > MOST_JOBS:
        raise ThroughflowError(
            Problem("command line", "too many jobs", f"a multirun makes {MOST_JOBS} at most", "sweep fewer values")
        )
    return jobs


def _numbers_of_model(loader: hydra_loader.TracedLoader) -> Callable[[str], bool]:
    """Return what tells whether a key sets one constant of the model."""
    shipped = hydra_loader.shipped(loader)
    table = read_table(resources.model_file(vocabulary.MODEL).parent / "parameters.csv")
    return lambda key: constant_of(key, shipped, table) is not None


def _sampling(overrides: Sequence[str], single: Sequence[str]) -> list[list[str]]:
    """Return what the ensemble sweeper adds where ranges are given and no ensemble is chosen: worlds of these ranges alone."""
    intervals, axes = (any(f"='{form}(" in text for text in single) for form in ("interval", "choice"))
    said = {override.partition("=")[0] for override in overrides}
    if "ensemble" in said or not (intervals or axes):
        return []
    added = {"ensemble": "ensemble=sobol", "ensemble.uncertainties": "ensemble.uncertainties=[]"}
    if not intervals:
        added["ensemble.size"] = "ensemble.size=1"
    return [[text] for key, text in added.items() if key not in said]


def _axis(override: Override, text: str, problems: list[Problem], *, is_number: Callable[[str], bool]) -> list[str]:
    """Return the overrides, one a job, that one override with or without a sweep stands for."""
    key = override.get_key_element()
    if not override.is_sweep_override():
        return [text]
    if override.is_interval_sweep():
        interval = override.value()
        return [f"{key}='{interval_text(interval.start, interval.end)}'"]
    if is_number(override.key_or_group) and (values := _numbers(override)):
        return [f"{key}='{choice_text(values)}'"]
    return _values(override, text, problems)


def _numbers(override: Override) -> tuple[float, ...]:
    """Return the values of a sweep if all are numbers; else none."""
    try:
        values = list(itertools.islice(override.sweep_iterator(Transformer.identity), MOST_JOBS**2))
    except Exception:  # told by _values
        return ()
    return tuple(float(value) for value in values) if all(type(value) in (int, float) for value in values) else ()


def _values(override: Override, text: str, problems: list[Problem]) -> list[str]:
    key = override.get_key_element()
    try:
        found = [f"{key}={value}" for value in itertools.islice(override.sweep_string_iterator(), MOST_JOBS + 1)]
    except Exception as error:
        problems.append(hydra_loader.refusal(error, f"command line: {text}"))
        return []
    if not found:
        problems.append(
            Problem(
                f"command line: {text}",
                "a sweep without values",
                "there would be nothing to run",
                "give key=1,2,3 or key=range(0,10,2)",
            )
        )
    return found
