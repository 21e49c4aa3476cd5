"""Keeping scenario files data: what a config file or an override may not hold, told before anything reads it.

Hydra would instantiate ``_target_``, resolve ``${oc.env:...}`` and follow ``hydra.searchpath``; YAML itself would copy
an anchored node without end.  None of these is needed to describe a scenario, so they are refused by name.
"""

import re
from pathlib import Path
from typing import Any

import yaml

from sim.errors import Problem, ThroughflowError, raise_if

LARGEST_FILE = 256 * 1024
"""Bytes of one config file."""

LONGEST_OVERRIDE = 4000
"""Characters of one override."""

DEEPEST = 12
"""Levels of nesting in a file or an override."""

REFERENCE = re.compile(r"^\$\{([A-Za-z_][\w.]*)\}$")
"""The one interpolation allowed: a whole value that is another value of the config, by its full name."""

_RESERVED_KEY = re.compile(r"\b_(?:target|partial|recursive|convert|args)_\b")
_HYDRA_KEY = re.compile(r"^(?:override\s+)?[+~]*/?hydra(?:[./@]|$)")
_HEADER = re.compile(r"^\s*#\s*@package\s+(?:hydra)\b", re.MULTILINE)

_DATA = "scenario files are data: they may not run code, read the environment or change Hydra itself"


def clean_text(path: Path, root: Path) -> str:
    """Return the text of the config file ``path``, read once, if it lies inside ``root`` and holds data only.

    Raises:
        ThroughflowError: everything in it that a scenario may not hold, each with its line.
    """
    if not path.resolve().is_relative_to(root.resolve()):
        raise ThroughflowError(Problem(str(path), "a config outside its folder", _DATA, f"put it inside {root}"))
    try:
        with path.open("rb") as stream:
            raw = stream.read(LARGEST_FILE + 1)
        content = raw.decode("utf-8")
    except OSError as error:
        raise ThroughflowError(
            Problem(str(path), "it cannot be read", error.strerror or str(error), "check path and permissions")
        ) from error
    except UnicodeDecodeError as error:
        raise ThroughflowError(Problem(str(path), "text that is not UTF-8", str(error), "save it as UTF-8")) from error
    if len(raw) > LARGEST_FILE:
        raise ThroughflowError(
            Problem(str(path), f"more than {LARGEST_FILE} bytes", "a config file has at most that", "split it up")
        )
    raise_if(_content_problems(content, path))
    return content


def _content_problems(content: str, path: Path) -> list[Problem]:
    problems = [
        Problem(str(path), "a header that puts it under hydra", _DATA, "take the header away") for _ in _HEADER.findall(content)
    ]
    try:
        return problems + _event_problems(content, path)
    except yaml.YAMLError as error:
        return [*problems, yaml_problem(error, path)]


def yaml_problem(error: yaml.YAMLError, path: Path) -> Problem:
    """Return why YAML refuses the file ``path``, with its line."""
    mark = getattr(error, "problem_mark", None)
    where = f"{path}:{mark.line + 1}" if mark else str(path)
    return Problem(
        where,
        "text that is not YAML",
        str(getattr(error, "problem", None) or error),
        "check indentation, colons, brackets and repeated keys near that line",
    )


def _event_problems(content: str, path: Path) -> list[Problem]:
    problems: list[Problem] = []
    depth = 0
    for event in yaml.parse(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        where = f"{path}:{event.start_mark.line + 1}"
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            return [*problems, Problem(where, "nesting too deep", f"a config has at most {DEEPEST} levels", "flatten it")]
        problems += _event_problem(event, where)
    return problems


def _event_problem(event: Any, where: str) -> list[Problem]:
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        return [
            Problem(where, "a YAML anchor or alias (& or *)", "copies of copies can grow without bound", "write the value out")
        ]
    if getattr(event, "tag", None) and event.tag != "!":
        return [Problem(where, f"the YAML tag {event.tag}", _DATA, "write a plain value")]
    if isinstance(event, yaml.ScalarEvent):
        return text_problems(event.value, where)
    return []


def text_problems(content: str, where: str) -> list[Problem]:
    """Return what is wrong with one text of a config, a key or a value, as data."""
    problems = []
    if _RESERVED_KEY.search(content):
        problems.append(Problem(where, _short(content), _DATA, "name a registered package, study or figure instead"))
    if _HYDRA_KEY.search(content.strip()):
        problems.append(
            Problem(
                where,
                _short(content),
                _DATA,
                "use the options of `throughflow run --help`; --config-dir adds a folder of configs",
            )
        )
    if "${" in content and not REFERENCE.match(content.strip()):
        problems.append(
            Problem(
                where,
                _short(content),
                "only a whole value that refers to another one is resolved; resolvers could read the environment",
                "write the value, or ${group.key}",
            )
        )
    return problems


def override_problems(override: str) -> list[Problem]:
    """Return what an override of the command line may not hold."""
    where = f"command line: {_short(override)}"
    if len(override) > LONGEST_OVERRIDE:
        return [
            Problem(
                where,
                f"{len(override)} characters",
                f"an override has at most {LONGEST_OVERRIDE}",
                "put it in a file and give --config-dir",
            )
        ]
    if not override.isprintable():
        return [Problem(where, "control characters", "an override is one line of text", "take them away")]
    depth = deepest = 0
    for character in override:
        depth += (character in "[{(") - (character in "]})")
        deepest = max(deepest, depth)
    if deepest > DEEPEST:
        return [Problem(where, "nesting too deep", f"an override has at most {DEEPEST} levels", "flatten it")]
    name, _, value = override.partition("=")
    problems = text_problems(name, where)
    if _RESERVED_KEY.search(value):
        problems += text_problems(value, where)
    elif "${" in value:
        problems += text_problems(value.strip("'\" "), where)
    return problems


def _short(content: str) -> str:
    flat = " ".join(content.split())
    return flat if len(flat) <= 100 else flat[:97] + "..."
