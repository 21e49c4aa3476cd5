"""Multirun: what ``-m`` expands to, one list of overrides per job, by Hydra's grammar of sweeps."""

import itertools
from collections.abc import Sequence
from pathlib import Path

from hydra.core.override_parser.types import Override

from sim.config import loader as hydra_loader
from sim.config.composition import parse
from sim.errors import Problem, raise_if

MOST_JOBS = 100
"""Jobs of one multirun; each is a whole study."""


def expand(overrides: Sequence[str], folders: Sequence[Path] = ()) -> tuple[tuple[str, ...], ...]:
    """Return the overrides of every job, the last sweep running fastest.

    Arguments:
        overrides: with sweeps such as ``world/geopolitics=baseline,thaw`` or ``horizon.stop=range(2030,2045,5)``.
        folders: the user's folders of configs, for ``glob``.

    Raises:
        ThroughflowError: overrides that cannot be read, intervals, more than :data:`MOST_JOBS` jobs.
    """
    loader = hydra_loader.make(folders)
    problems: list[Problem] = []
    axes = [_axis(text, loader, problems) for text in overrides]
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
                    "sweep fewer values",
                )
            ]
        )
    return tuple(itertools.product(*axes))


def _axis(text: str, loader: hydra_loader.TracedLoader, problems: list[Problem]) -> list[str]:
    override = parse(text, loader, problems, sweeps=True)
    if override is None or not override.is_sweep_override():
        return [text]
    return _values(override, text, problems)


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
