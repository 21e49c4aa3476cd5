"""One writer per store: a lock beside it that the system gives back whatever becomes of the process."""

import errno
import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from sim.errors import Problem, ThroughflowError


@contextmanager
def locked(store: Path) -> Iterator[None]:
    """Keep other processes from writing ``store`` while the block runs.

    Raises:
        ThroughflowError: another process holds it, which is named; or no lock can be had there.
    """
    path = store.parent / f".{store.name}.lock"
    stream = _taken(store, path)
    try:
        stream.seek(0)
        stream.truncate()
        stream.write(f"process {os.getpid()} on {socket.gethostname()}")
        stream.flush()
        yield
    finally:
        # Unlinked while held: whoever waits for this file finds that its name is gone, and makes a new one.
        path.unlink(missing_ok=True)
        stream.close()


def _taken(store: Path, path: Path) -> TextIO:
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            stream = path.open("a+", encoding="utf-8")
        except OSError as error:
            why = error.strerror or str(error)
            cure = "give a folder you may write to"
            raise ThroughflowError(Problem(str(store), "a store that cannot be written", why, cure)) from error
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _names(path, stream):
                return stream
            stream.close()  # its last holder removed it between our opening and our locking
        except OSError as error:
            raise _refusal(store, stream, error) from error


def _names(path: Path, stream: TextIO) -> bool:
    """Return whether ``path`` still is the file behind ``stream``."""
    try:
        return os.path.samestat(path.stat(), os.fstat(stream.fileno()))
    except FileNotFoundError:
        return False


def _refusal(store: Path, stream: TextIO, error: OSError) -> ThroughflowError:
    with stream:
        stream.seek(0)
        holder = stream.read(200) or "another process"
    if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
        what, why = f"{holder} is writing it", "two writers would spoil each other's blocks"
        cure = "wait for it to end, or stop it: what it has finished is kept, and the same command goes on from there"
    else:
        what, why = "a folder without file locks", error.strerror or str(error)
        cure = "put the store on a disk of this machine, and copy it when it is done"
    return ThroughflowError(Problem(str(store), what, why, cure))
