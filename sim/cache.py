"""Results of slow work kept on disk by the content they follow from: rebuilt when in doubt, never trusted.

An entry is used only if its folder and file belong to this user and nobody else may write them, and if the checksum of its
content stands; anything else is made again and replaced.  ``THROUGHFLOW_CACHE`` names another folder, or ``off``.
"""

import hashlib
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

import platformdirs

MOST_ENTRIES = 400
"""Files of one kind that are kept; the oldest go first."""

LARGEST = 1 << 28
"""Bytes of an entry beyond which it is neither written nor read."""

_VERSION = b"throughflow cache 1\n"


def cached(kind: str, key: str, make: Callable[[], bytes]) -> bytes:
    """Return what ``make`` returns, from the cache if it holds it.

    Arguments:
        kind: sort of entry, the name of its folder.
        key: everything the content follows from, versions included; its SHA-256 names the file.
        make: computes the content.
    """
    folder = _folder(kind)
    name = hashlib.sha256(key.encode()).hexdigest()
    content = _read(folder / name, name) if folder else None
    if content is None:
        content = make()
        if folder:
            _write(folder, name, content)
    return content


def _folder(kind: str) -> Path | None:
    """Return the folder of a kind of entries, made for this user alone; ``None`` where there can be none."""
    asked = os.environ.get("THROUGHFLOW_CACHE", "")
    if asked.strip().lower() == "off":
        return None
    root = Path(asked) if asked else Path(platformdirs.user_cache_dir("throughflow", appauthor=False))
    folder = root / kind
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder if _ours(folder.stat()) else None
    except OSError:
        return None


def _ours(found: os.stat_result) -> bool:
    """Tell whether a file or folder is this user's, and nobody else may change it."""
    if not hasattr(os, "getuid"):
        return True
    return found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _read(path: Path, name: str) -> bytes | None:
    try:
        with path.open("rb") as stream:
            found = os.fstat(stream.fileno())
            if not stat.S_ISREG(found.st_mode) or not _ours(found) or found.st_size > LARGEST:
                return None
            whole = stream.read()
    except OSError:
        return None
    head = _head(name, whole[len(_head(name, b"")) :])
    return whole[len(head) :] if whole.startswith(head) else None


def _head(name: str, content: bytes) -> bytes:
    """Return what an entry begins with: the version, what it is of, and the checksum of its content."""
    return _VERSION + name.encode() + b"\n" + hashlib.sha256(content).hexdigest().encode() + b"\n"


def _write(folder: Path, name: str, content: bytes) -> None:
    """Put an entry in place whole; a cache that cannot be written is none."""
    if len(content) > LARGEST:
        return
    try:
        handle, temporary = tempfile.mkstemp(dir=folder)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(_head(name, content) + content)
            os.replace(temporary, folder / name)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        _prune(folder)
    except OSError:
        return


def _prune(folder: Path) -> None:
    entries = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
    for path in entries[:-MOST_ENTRIES]:
        path.unlink(missing_ok=True)
