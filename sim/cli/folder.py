"""The folder of results: refused before the run, written beside its place, put there whole, never mixed.

A folder is replaced only if all that lies in it was written here, so that ``output.folder=$HOME`` can do no harm.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sim.errors import Problem, ThroughflowError

STORE = "ensemble.zarr"
"""Name of an ensemble's store in its folder."""

OURS = frozenset(
    (
        *("results.nc", STORE, f".{STORE}.lock", "summary.csv", "config.yaml", "provenance.json", "warnings.txt", "figures"),
        *("posterior.csv", "posterior.json", "report.md", "tables", "datapackage.json", "answers.en.md", "answers.zh.md"),
    )
)
"""Names a folder of results may hold."""


@contextmanager
def staged(folder: Path, *, identity: str, replace: bool) -> Iterator[Path]:
    """Give an empty folder to fill, and put it in the place of ``folder`` when the block ends well.

    Arguments:
        folder: where results are to be.
        identity: SHA-256 of the experiment; results of the same one are replaced without asking.
        replace: whether results of another experiment may be replaced.

    Raises:
        ThroughflowError: ``folder`` holds something else, or cannot be written; nothing is changed then.
    """
    target = Path(os.path.abspath(folder))
    check(folder, identity=identity, replace=replace)
    made: list[Path] = []
    staging: Path | None = None
    try:
        _make_parents(target.parent, made)
        staging = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".writing", dir=target.parent))
        staging.chmod(0o755)
        yield staging
        check(folder, identity=identity, replace=replace)
        _put(staging, target)
        made.clear()
    except OSError as error:
        raise ThroughflowError(
            Problem(
                str(folder),
                error.strerror or str(error),
                "results cannot be written there",
                "give a folder you may write to: output.folder=FOLDER",
            )
        ) from error
    finally:
        if staging is not None and staging.exists():
            shutil.rmtree(staging, ignore_errors=True)
        for parent in reversed(made):
            with suppress(OSError):
                parent.rmdir()


def check(folder: Path, *, identity: str, replace: bool) -> None:
    """Raise :class:`ThroughflowError` unless ``folder`` can be made, or holds results that may be replaced."""
    target = Path(os.path.abspath(folder))

    def refuse(what: str, why: str, cure: str) -> ThroughflowError:
        return ThroughflowError(Problem(f"output.folder={folder}", what, why, cure))

    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise refuse("not a folder of its own", "results are a folder, put in place as a whole", "give another output.folder")
    if target == Path.cwd() or target in Path.cwd().parents:
        raise refuse(
            "the working folder, or one around it",
            "a folder of results is replaced as a whole",
            "give a folder inside it, such as results/mine",
        )
    if not target.exists():
        check_writable(folder, "output.folder")
        return
    try:
        held = sorted(path.name for path in target.iterdir())
    except OSError as error:
        raise refuse("a folder that cannot be read", error.strerror or str(error), "check its permissions") from error
    foreign = [name for name in held if name not in OURS]
    if foreign:
        raise refuse(
            f"a folder that holds other files: {', '.join(foreign[:5])}",
            "it would be replaced as a whole",
            "give another output.folder, or move these files away",
        )
    if held and not replace and identity_of(target) != identity:
        raise refuse(
            "results of another experiment",
            "they would be lost",
            "give another output.folder, or output.replace=true to replace them",
        )


def check_writable(folder: Path, key: str) -> None:
    """Raise :class:`ThroughflowError` about the setting ``key`` unless ``folder`` is one to write in, or can be made."""
    target = Path(os.path.abspath(folder))
    there = next(path for path in (target, *target.parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise ThroughflowError(
            Problem(
                f"{key}={folder}",
                f"{there} is not a folder you may write to",
                "nothing can be put there",
                f"give another {key}",
            )
        )


def identity_of(target: Path) -> str | None:
    """Return the SHA-256 of the experiment whose results ``target`` holds, ``None`` where it does not say."""
    try:
        told = json.loads((target / "provenance.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return told.get("experiment") if isinstance(told, dict) else None


def _make_parents(folder: Path, made: list[Path]) -> None:
    if not folder.exists():
        _make_parents(folder.parent, made)
        folder.mkdir()
        made.append(folder)


def _put(staging: Path, target: Path) -> None:
    """Rename ``staging`` to ``target``; should that fail or be interrupted, what was there stays."""
    if not target.exists():
        os.replace(staging, target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".old", dir=target.parent))
    kept = old / "kept"
    try:
        os.replace(target, kept)
        os.replace(staging, target)
    except BaseException:
        if kept.exists() and not target.exists():
            os.replace(kept, target)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)
