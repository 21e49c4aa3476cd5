"""The one place that touches Hydra's loader (pinned ``hydra-core>=1.3.8,<1.4``): screened files, traced origins.

Hydra's own classes are used below its command line, so that nothing global is left behind but its plugin list and
every file is screened before YAML or OmegaConf see it.
"""

import copy
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hydra import version
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_repository import ConfigRepository
from hydra._internal.config_search_path_impl import ConfigSearchPathImpl
from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra.core.object_type import ObjectType
from hydra.core.plugins import Plugins
from hydra.plugins.config_source import ConfigResult
from hydra.types import RunMode
from omegaconf import OmegaConf
from omegaconf._utils import get_yaml_loader

from sim import resources
from sim.config import screen
from sim.errors import Problem, ThroughflowError, nearest

PRIMARY = "config"
"""Name of the primary config."""

DEEPEST_GROUP = 2
"""Slashes in the name of a group; folders below are not looked into."""


class ScreenedSource(FileConfigSource):
    """Hydra's folder of files, which looks into a file before reading it, and reads it once and as data."""

    def load_config(self, config_path: str) -> ConfigResult:
        """Load ``config_path`` unless its file holds more than data (:class:`ThroughflowError`)."""
        root = Path(self.path)
        path = root / self._normalize_file_name(config_path)
        content = screen.clean_text(path, root)
        try:
            found = yaml.load(content, Loader=_yaml_loader())
        except yaml.YAMLError as error:
            raise ThroughflowError(screen.yaml_problem(error, path)) from error
        if not isinstance(found, dict | None):
            raise ThroughflowError(Problem(str(path), "no named values", "a config says key: value", "write a mapping"))
        return ConfigResult(
            config=OmegaConf.create(found or {}),
            path=f"file://{self.path}",
            provider=self.provider,
            header=self._get_header_dict(content[:512]),
        )


@cache
def _yaml_loader() -> Any:
    """Return OmegaConf's safe YAML loader (numbers such as 1e3, no key twice) on the C parser where there is one."""
    ours = get_yaml_loader()
    if not yaml.__with_libyaml__:
        return ours
    parser = yaml.cyaml.CParser

    class Quick(parser, ours):
        def __init__(self, stream: str) -> None:
            parser.__init__(self, stream)
            yaml.constructor.SafeConstructor.__init__(self)
            yaml.resolver.Resolver.__init__(self)

    return Quick


class ScreenedRepository(ConfigRepository):
    """Hydra's repository on screened files, which remembers what they said."""

    def __init__(self, config_search_path: ConfigSearchPathImpl) -> None:
        self._loaded: dict[str, Any] = {}
        self._said: dict[str, tuple[dict[str, Any], str, bool]] = {}
        super().__init__(config_search_path)

    def __deepcopy__(self, memo: Any) -> "ScreenedRepository":
        """Return itself: Hydra copies it only to change its search path, which is refused here."""
        return self

    def initialize_sources(self, config_search_path: Any) -> None:
        """Find Hydra's sources and put screened ones in the place of its files."""
        super().initialize_sources(config_search_path)
        self.sources = [
            ScreenedSource(source.provider, source.path) if source.scheme() == "file" else source for source in self.sources
        ]

    def load_config(self, config_path: str) -> Any:
        """Load ``config_path``; asked a third time, from memory."""
        if config_path in self._loaded:
            return copy.deepcopy(self._loaded[config_path])
        result = super().load_config(config_path)
        if config_path in self._said:
            self._loaded[config_path] = copy.deepcopy(result)
        elif result is not None and OmegaConf.is_dict(result.config):
            path = f"{result.path.removeprefix('file://')}/{config_path.removesuffix('.yaml')}.yaml"
            content = OmegaConf.to_container(result.config, resolve=False)
            self._said[config_path] = content, path, not result.defaults_list and not result.header["package"]
        return result

    def said(self, config_path: str) -> dict[str, Any]:
        """Return what the file ``config_path`` says, as plain containers that nobody else holds."""
        return self.told(config_path)[0]

    def told(self, config_path: str) -> tuple[dict[str, Any], str, bool]:
        """Return what the file ``config_path`` says, its path, and whether that is all there is to compose of it."""
        if config_path not in self._said:
            self.load_config(config_path)
        return copy.deepcopy(self._said[config_path])


class TracedLoader(ConfigLoaderImpl):
    """Hydra's loader, which remembers for every key the file that set it last, and what it composed before."""

    def __init__(self, search_path: ConfigSearchPathImpl) -> None:
        self.config_search_path = search_path
        self.repository = ScreenedRepository(config_search_path=search_path)
        self.origins: dict[str, str] = {}
        self._composed: dict[tuple[str, ...], tuple[Any, dict[str, str]]] = {}

    def compose(self, choices: Sequence[str]) -> Any:
        """Return the primary config composed with ``choices``, a copy of its own; ``origins`` are those of its keys."""
        asked = tuple(choices)
        if asked not in self._composed:
            self.origins = {}
            composed = self.load_configuration(PRIMARY, list(asked), RunMode.RUN, from_shell=False)
            self._composed[asked] = composed, self.origins
        composed, origins = self._composed[asked]
        self.origins = dict(origins)
        return copy.deepcopy(composed)

    def _load_single_config(self, default: Any, repo: Any) -> Any:
        result = super()._load_single_config(default, repo)
        if result.provider != "hydra" and OmegaConf.is_dict(result.config):
            path = f"{result.path.removeprefix('file://')}/{default.config_path}.yaml"
            self.origins |= dict.fromkeys(flat(OmegaConf.to_container(result.config, resolve=False)), path)
        return result


def make(folders: Sequence[Path]) -> TracedLoader:
    """Return a loader of the shipped configs and, after them, the user's ``folders``.

    Raises:
        ThroughflowError: a folder that is not there.
    """
    missing = [
        Problem(
            str(folder),
            "no such folder",
            "--config-dir names a folder of configs",
            nearest(folder.name, (path.name for path in folder.parent.glob("*/"))) or "check the path",
        )
        for folder in folders
        if not folder.is_dir()
    ]
    if missing:
        raise ThroughflowError(missing)
    version.setbase("1.3")
    Plugins.instance()
    search_path = ConfigSearchPathImpl()
    search_path.append("hydra", "pkg://hydra.conf")
    search_path.append("main", f"file://{resources.folder('configs')}")
    for folder in folders:
        search_path.append("command-line", f"file://{folder.resolve()}")
    search_path.append("schema", "structured://")
    return TracedLoader(search_path)


def load(loader: TracedLoader, overrides: Sequence[str]) -> Any:
    """Compose the primary config with ``overrides`` and return it with Hydra's own part, as OmegaConf.

    Raises:
        ThroughflowError: whatever Hydra, OmegaConf or YAML refuse, in our words.
    """
    with _told("composed config"):
        return loader.compose(overrides)


def apply(composed: Any, override: Any) -> None:
    """Set in a composed config what a parsed value override says, by Hydra's rules.

    Raises:
        ThroughflowError: Hydra or OmegaConf refuse it.
    """
    with _told(f"command line: {override.input_line}"):
        ConfigLoaderImpl._apply_overrides_to_config([override], composed)


def plain(composed: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """Return a composed config as plain containers without Hydra's part, and the chosen name of each group."""
    with _told("composed config"):
        found = OmegaConf.to_container(composed, resolve=False)
    chosen = found.pop("hydra")["runtime"]["choices"]
    return found, {group: name for group, name in chosen.items() if not group.startswith("hydra")}


@contextmanager
def _told(where: str) -> Iterator[None]:
    """Turn what Hydra, OmegaConf, ANTLR and YAML raise into a problem, and keep their warnings quiet."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except ThroughflowError:
        raise
    except Exception as error:
        raise ThroughflowError(refusal(error, where)) from error


def shipped(loader: TracedLoader) -> dict[str, Any]:
    """Return what the shipped files say of each group, free of overrides; nothing of a posterior or a prior not there yet."""
    content, exists = loader.repository.said, loader.repository.config_exists
    primary = content(PRIMARY)
    return {
        "measures": content("measures/default"),
        "parameters": content("parameters/design"),
        "world": {**content("world/geopolitics/baseline"), "pandemic": content("world/pandemic/covid"), **primary["world"]},
        "horizon": primary["horizon"],
        "figure": content("figure/all"),
        "ensemble": content("ensemble/sobol"),
        "uncertainty": content("uncertainty/default"),
        "prior": content("uncertainty/prior") if exists("uncertainty/prior") else {},
        "posterior": content("parameters/posterior") if exists("parameters/posterior") else {},
        "calibration": content("study/calibration"),
    }


def load_package(loader: TracedLoader, name: str) -> tuple[Any, str]:
    """Return the content of the package file ``name``, free of overrides, and its path.

    Raises:
        ThroughflowError: it holds more than data, or YAML refuses it.
    """
    with _told(f"package/{name}.yaml"):
        content, path, whole = loader.repository.told(f"package/{name}")
    return (content if whole else plain(load(loader, [f"package={name}"]))[0].get("package")), path


def refusal(error: BaseException, where: str) -> Problem:
    """Return Hydra's ``error`` as a problem; its first lines say what, its cause says why."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    cause = error.__cause__ or error.__context__
    why = str(cause).strip().splitlines()[0] if cause and str(cause).strip() else " ".join(lines[1:])
    return Problem(
        where,
        lines[0][:300],
        why[:300] or "Hydra refuses it",
        "`throughflow run --help` lists groups and keys; `--cfg job` shows the config",
    )


def options(loader: TracedLoader, group: str) -> tuple[str, ...]:
    """Return the names that may be chosen in ``group``."""
    return tuple(loader.repository.get_group_options(group, ObjectType.CONFIG))


def groups(loader: TracedLoader) -> tuple[str, ...]:
    """Return every group of the search path, ``world/geopolitics`` style, Hydra's own left out."""
    found: list[str] = []
    pending = [""]
    while pending:
        parent = pending.pop()
        for name in loader.repository.get_group_options(parent, ObjectType.GROUP):
            path = f"{parent}/{name}" if parent else name
            if path == "hydra" or name.startswith((".", "__")):
                continue
            if options(loader, path):
                found.append(path)
            if path.count("/") < DEEPEST_GROUP:
                pending.append(path)
    return tuple(sorted(found))


def flat(node: Any, prefix: str = "") -> Iterable[str]:
    """Yield the dotted keys of every leaf of nested mappings; a list is a leaf."""
    if isinstance(node, dict) and node:
        for name, value in node.items():
            yield from flat(value, f"{prefix}.{name}" if prefix else str(name))
    elif prefix:
        yield prefix
