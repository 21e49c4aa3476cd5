"""What ``throughflow run --help`` and ``--info`` tell about configs; the groups are listed without importing Hydra."""

from collections.abc import Sequence
from pathlib import Path

from sim import resources


def group_options(folders: Sequence[Path] = ()) -> dict[str, tuple[str, ...]]:
    """Return the names to choose from by group, from the shipped configs and the user's ``folders``."""
    found: dict[str, set[str]] = {}
    for root in (resources.folder("configs"), *folders):
        for path in sorted(root.glob("*/*.yaml")) + sorted(root.glob("*/*/*.yaml")):
            found.setdefault(path.parent.relative_to(root).as_posix(), set()).add(path.stem)
    return {group: tuple(sorted(names)) for group, names in sorted(found.items())}


def shadowed(folders: Sequence[Path]) -> tuple[Path, ...]:
    """Return the files of the user's ``folders`` that a shipped config, which is found first, keeps from being read."""
    shipped = resources.folder("configs")
    return tuple(
        path
        for root in folders
        for depth in ("*", "*/*", "*/*/*")
        for path in sorted(root.glob(f"{depth}.yaml"))
        if (shipped / path.relative_to(root)).is_file() and root.resolve() != shipped.resolve()
    )


def defaults_list(overrides: Sequence[str], folders: Sequence[Path] = ()) -> str:
    """Return the config files a run is composed of, in order, with the part of the config each of them fills.

    Raises:
        ThroughflowError: they cannot be composed.
    """
    from sim.config.composition import compose
    from sim.errors import raise_if

    composition = compose(overrides, folders)
    raise_if(composition.problems)
    rows = [f"{group:20} {name}" for group, name in sorted(composition.choices.items())]
    files = sorted(set(composition.origins.values()))
    return "\n".join(["chosen in each group:", *rows, "", "files:", *files]) + "\n"


def search_path(folders: Sequence[Path] = ()) -> str:
    """Return the folders in which configs are looked for, first found first."""
    return "\n".join(str(path) for path in (resources.folder("configs"), *folders)) + "\n"
