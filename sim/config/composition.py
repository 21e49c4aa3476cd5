"""Composing a config with Hydra, every override tried on its own, so that all that is wrong is told at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override

from sim import resources
from sim.config import loader as hydra_loader
from sim.config import ranges, screen
from sim.errors import Problem, ThroughflowError, nearest

_LONGEST_CHAIN = 10

FREE = ("study.questions.", "study.packages.")
"""Beginnings of keys that a study need not have to be given them; what they may be is checked when the study is read."""


@dataclass(frozen=True)
class Composition:
    """A composed config and how it came about.

    Attributes:
        config: plain nested containers, references to other values resolved.
        shipped: the same composed without any override.
        choices: chosen name by group.
        given: override by the dotted keys that it sets.
        overrides: what the command line said.
        origins: file by dotted key.
        problems: what composing refused.
        loader: Hydra's loader, for loading further files of a group.
        folders: the user's folders of configs.
    """

    config: Mapping[str, Any]
    shipped: Mapping[str, Any]
    choices: Mapping[str, str]
    given: Mapping[str, str]
    overrides: tuple[str, ...]
    origins: Mapping[str, str]
    problems: tuple[Problem, ...]
    loader: hydra_loader.TracedLoader
    folders: tuple[Path, ...] = ()

    def place(self, key: str) -> str:
        """Return where ``key`` was set: an override, a file, or the composed config as a whole."""
        for name, override in self.given.items():
            if related(key, name):
                return f"command line: {override}"
        for name, path in self.origins.items():
            if related(key, name):
                return path_shown(path)
        return "composed config"

    def is_shipped(self, key: str) -> bool:
        """Tell whether ``key`` is as a shipped file says: no override and no file of the user has touched it."""
        files = {path for name, path in self.origins.items() if related(key, name)}
        return not any(related(key, name) for name in self.given) and all(
            Path(path).is_relative_to(resources.folder("configs")) for path in files
        )

    def uses(self, name: str) -> bool:
        """Tell whether anything in the config stands as the shipped file ``name``, such as ``parameters/posterior``, says."""
        path = resources.folder("configs") / f"{name}.yaml"
        return any(Path(origin) == path for origin in self.origins.values())


def related(key: str, name: str) -> bool:
    """Tell whether one of two dotted keys holds the other."""
    return key == name or key.startswith(f"{name}.") or name.startswith(f"{key}.")


def path_shown(path: str | Path) -> str:
    """Return ``path`` relative to the working folder where it lies inside it."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def compose(
    overrides: Sequence[str], folders: Sequence[Path] = (), *, loader: hydra_loader.TracedLoader | None = None
) -> Composition:
    """Compose the primary config.

    Arguments:
        overrides: as on the command line, ``group=name`` and ``key=value``.
        folders: the user's folders of configs, searched after the shipped ones.
        loader: a loader of these folders to use again, where many configs are composed.

    Returns:
        The config composed of every override that can be honoured; the others are in ``problems``.

    Raises:
        ThroughflowError: nothing can be composed at all.
    """
    loader = loader or hydra_loader.make(folders)
    problems: list[Problem] = []
    parsed = [found for text in _with_study(overrides) if (found := parse(text, loader, problems))]
    groups = hydra_loader.groups(loader)
    chosen = [item for item in parsed if _is_group(item, groups)]
    choices = [item.input_line for item in chosen if _honour_choice(item, loader, problems)]
    composed = _load_honoured(loader, choices, problems)
    origins = dict(loader.origins)
    base, names = hydra_loader.plain(composed)
    given: dict[str, str] = {}
    for item in parsed:
        if item not in chosen and _honour_value(item, base, problems, groups=groups):
            try:
                hydra_loader.apply(composed, _added(item, loader))
                given |= dict.fromkeys(_keys(item), item.input_line)
            except ThroughflowError as refused:
                problems += refused.problems
    config = _resolved(hydra_loader.plain(composed)[0] if given else base, problems)
    return Composition(
        config, hydra_loader.shipped(loader), names, given, tuple(overrides), origins, tuple(problems), loader, tuple(folders)
    )


def _with_study(overrides: Sequence[str]) -> Sequence[str]:
    """Return ``overrides``, and the study of one package where a package is chosen and nothing is said of the study."""
    said = [override.partition("=")[0] for override in overrides]
    alone = "package" in said and not any(name.lstrip("+~") == "study" or "study." in name for name in said)
    return [*overrides, "study=package"] if alone else overrides


def parse(text: str, loader: hydra_loader.TracedLoader, problems: list[Problem], *, sweeps: bool = False) -> Override | None:
    """Return the override ``text`` means, or add to ``problems`` why it is refused; ``sweeps`` allows several values."""
    found = screen.override_problems(text)
    where = f"command line: {text[:100]}"
    if not found:
        try:
            override = OverridesParser.create(config_loader=loader).parse_overrides([text])[0]
            refused = _kind_problem(override, where, sweeps)
            if refused is None:
                return override if sweeps else _interval_as_text(override, loader)
            found = [refused]
        except Exception as error:  # the grammar raises HydraException, ANTLR and others
            reason = " ".join(str(error).split())[:200]
            found = [
                Problem(
                    where,
                    "an override that cannot be read",
                    reason,
                    "write key=value or group=name; put texts with blanks or signs in quotes: key='\"a text\"'",
                )
            ]
    problems += found
    return None


def _kind_problem(override: Override, where: str, sweeps: bool) -> Problem | None:
    """Return why an override of this kind is refused, or ``None``."""
    if override.is_delete():
        return Problem(
            where,
            "a deletion (~)",
            "every key of the config is needed",
            "set a value instead, for example measures.R3_1.active=false",
        )
    if "@" in override.get_key_element():
        return Problem(where, "a package given with @", "groups of this config have one place each", "leave @ out")
    if override.is_interval_sweep():
        return _interval_problem(override, where)
    if override.is_sweep_override() and not sweeps:
        return Problem(
            where,
            "several values",
            "one run takes one value of each key",
            "add -m to run each of them, or write a list as key=[a,b]",
        )
    return None


def _interval_problem(override: Override, where: str) -> Problem | None:
    """Return why an interval is refused that samples whole numbers only, or ``None``."""
    if not isinstance(override.value().start, int):
        return None
    return Problem(
        where,
        "an interval of whole numbers",
        "a sampled value is any number between the ends",
        "leave int() out, or sweep them with -m: key=range(1,5)",
    )


def _interval_as_text(override: Override, loader: hydra_loader.TracedLoader) -> Override:
    """Return an override whose interval is the text that a file would hold; any other one as it is."""
    if not override.is_interval_sweep():
        return override
    interval = override.value()
    text = f"{override.get_key_element()}='{ranges.interval_text(interval.start, interval.end)}'"
    return replace(OverridesParser.create(config_loader=loader).parse_overrides([text])[0], input_line=override.input_line)


def _is_group(override: Override, groups: Collection[str]) -> bool:
    """Tell whether an override chooses in a group; a mapping or list for a group's key is a value."""
    return override.key_or_group in groups and not isinstance(override.value(), dict)


def _honour_choice(override: Override, loader: hydra_loader.TracedLoader, problems: list[Problem]) -> bool:
    where, group, value = f"command line: {override.input_line}", override.key_or_group, override.value()
    names = hydra_loader.options(loader, group)
    if override.is_add() or override.is_force_add():
        problems.append(
            Problem(where, "a + before a group", f"{group} already has a choice", f"leave the + out: {group}={value}")
        )
    elif not isinstance(value, str) or ranges.written(value):
        problems.append(
            Problem(
                where,
                f"{value} for the group {group}" if isinstance(value, str) else f"{value!r} for the group {group}",
                "a group takes one name",
                f"give {group}=NAME with NAME one of {', '.join(names)}; -m takes several: {group}={','.join(names[:2])}",
            )
        )
    elif value not in names and not _nested(loader, group, value):
        problems.append(
            Problem(
                where,
                f"no {group} called {value!r}",
                f"there are {', '.join(names)}",
                nearest(value, names) or f"write {group}/{value}.yaml in a folder and give --config-dir FOLDER",
            )
        )
    else:
        return True
    return False


def _nested(loader: hydra_loader.TracedLoader, group: str, value: str) -> bool:
    return "/" in value and ".." not in value and loader.repository.config_exists(f"{group}/{value}")


def _honour_value(override: Override, base: Mapping[str, Any], problems: list[Problem], *, groups: Collection[str]) -> bool:
    where = f"command line: {override.input_line}"
    found = [refused for key in _keys(override) if (refused := _unknown_key(key, base, groups=groups, where=where)) is not None]
    problems += found
    return not found


def _keys(override: Override) -> list[str]:
    """Return the dotted keys an override sets, those inside a mapping value too."""
    key = override.key_or_group.replace("[", ".").replace("]", "")
    value = override.value()
    return [f"{key}.{inner}" for inner in hydra_loader.flat(value)] if isinstance(value, dict) and value else [key]


def _added(override: Override, loader: hydra_loader.TracedLoader) -> Override:
    """Return an override of a key that studies may leave out as one that adds it; any other one as it is."""
    if not override.key_or_group.startswith(FREE) or override.is_force_add() or override.is_add():
        return override
    text = f"++{override.input_line.lstrip('+')}"
    return replace(OverridesParser.create(config_loader=loader).parse_overrides([text])[0], input_line=override.input_line)


def _unknown_key(key: str, base: Mapping[str, Any], *, groups: Collection[str], where: str) -> Problem | None:
    if key.startswith(FREE) and "study" in base:
        return None
    node: Any = base
    path: list[str] = []
    for part in key.split("."):
        names = [str(name) for name in node if name != "hydra"] if isinstance(node, Mapping) else []
        if isinstance(node, list) and part.isdigit() and int(part) < len(node):
            node = node[int(part)]
        elif part in names:
            node = node[part]
        else:
            return _no_such(part, path=path, names=names, groups=groups, where=where)
        path.append(part)
    return None


def _no_such(part: str, *, path: Sequence[str], names: Sequence[str], groups: Collection[str], where: str) -> Problem:
    prefix = ".".join(path)
    if not path:
        names = sorted({*names, *groups})
    if not names:
        return Problem(where, f"{prefix} has no keys of its own", "it is one value", f"give {prefix}=VALUE")
    shown = ", ".join(sorted(names)[:12]) + (", ..." if len(names) > 12 else "")
    near = nearest(part, names)
    return Problem(
        where, f"no key {part!r}" + (f" in {prefix}" if prefix else ""), "nothing would use it", near or f"keys there: {shown}"
    )


def _load_honoured(loader: hydra_loader.TracedLoader, lines: Sequence[str], problems: list[Problem]) -> Any:
    """Compose with the choices ``lines``; where Hydra refuses, try them one by one and leave out those it refuses."""
    try:
        return hydra_loader.load(loader, lines)
    except ThroughflowError as error:
        kept: list[str] = []
        if len(lines) == 1:
            problems += [_told(problem, lines[0]) for problem in error.problems]
            return hydra_loader.load(loader, kept)
        for line in lines:
            try:
                hydra_loader.load(loader, [*kept, line])
                kept.append(line)
            except ThroughflowError as refused:
                problems += [_told(problem, line) for problem in refused.problems]
        if len(kept) == len(lines):
            raise error from None
        return hydra_loader.load(loader, kept)


def _told(problem: Problem, line: str) -> Problem:
    """Return a problem of composing with its override named where it says no better place."""
    return (
        Problem(f"command line: {line}", problem.what, problem.why, problem.cure)
        if problem.where == "composed config"
        else problem
    )


def _resolved(composed: Mapping[str, Any], problems: list[Problem]) -> dict[str, Any]:
    """Return ``composed`` with each ``${a.b}`` replaced by the value it names, or the problem told."""

    def look_up(text: str, key: str) -> Any:
        value: Any = text
        for _ in range(_LONGEST_CHAIN):
            reference = screen.REFERENCE.match(value) if isinstance(value, str) else None
            if reference is None:
                return value if not isinstance(value, dict | list) else refuse(key, text, "it names several values")
            value = composed
            for part in reference[1].split("."):
                if not isinstance(value, dict) or part not in value:
                    return refuse(key, text, f"there is no {reference[1]}")
                value = value[part]
        return refuse(key, text, "it comes back to itself")

    def refuse(key: str, text: str, why: str) -> None:
        problems.append(
            Problem("composed config", f"{key}: {text}", why, "write the value, or the full name of one value of the config")
        )

    def walk(node: Any, key: str) -> Any:
        if isinstance(node, dict):
            return {name: walk(value, f"{key}.{name}" if key else str(name)) for name, value in node.items()}
        if isinstance(node, list):
            return [walk(value, f"{key}[{position}]") for position, value in enumerate(node)]
        if isinstance(node, str) and "${" in node:
            refused = screen.text_problems(node, key)
            problems.extend(refused)
            return None if refused else look_up(node, key)
        return node

    return walk(composed, "")
