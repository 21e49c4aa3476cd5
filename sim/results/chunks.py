"""Chunk files of a store: written whole or not at all, and told from damaged ones by their checksum.

A chunk is the array's little-endian bytes and their CRC-32C, which is what Zarr v3's codecs ``bytes`` and ``crc32c`` make of
it; any reader of Zarr v3 reads them.  Zarr-Python's own writer takes 2.4 ms for each, four times what writing the file takes,
which twenty outcomes per block would turn into a tenth of the computing time.

Source: Zarr core specification 3.0, sections "Chunk encoding" and "crc32c codec"; RFC 3720, appendix B.4.
"""

import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import google_crc32c
import numpy as np

PARTIAL = ".partial"
"""Ending of a file that is being written; one that a crash left behind is removed when its store is opened to write."""

CHECKSUM_BYTES = 4


def write_chunk(path: Path, values: np.ndarray) -> None:
    """Put the numbers of ``values`` at ``path``, in row-major order, replacing what is there at once.

    Raises:
        OSError: the file cannot be written; what was at ``path`` is still there.
    """
    _write(path, np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<")).tobytes())


def read_chunk(path: Path, dtype: str, shape: Sequence[int]) -> np.ndarray | None:
    """Return the array at ``path``, or ``None`` if it is missing or damaged."""
    data = _read(path)
    size = int(np.prod(shape, dtype=int)) * np.dtype(dtype).itemsize
    return None if data is None or len(data) != size else np.frombuffer(data, np.dtype(dtype).newbyteorder("<")).reshape(shape)


def is_sound(path: Path) -> bool:
    """Return whether the chunk at ``path`` is there and its checksum holds; one bit flipped, and it does not."""
    return _read(path) is not None


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Put several named arrays at ``path`` in one file, replacing what is there at once."""
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    _write(path, stream.getvalue())


def read_arrays(path: Path) -> dict[str, np.ndarray] | None:
    """Return the named arrays at ``path``, or ``None`` if they are missing or damaged."""
    data = _read(path)
    if data is None:
        return None
    with np.load(io.BytesIO(data), allow_pickle=False) as stored:
        return dict(stored)


def remove_partial(folder: Path) -> None:
    """Remove the unfinished files that a crash left in ``folder`` and below."""
    for path in folder.rglob(f"*{PARTIAL}"):
        path.unlink(missing_ok=True)


def _write(path: Path, data: bytes) -> None:
    partial = path.with_name(path.name + PARTIAL)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with partial.open("wb") as stream:
            stream.write(data)
            stream.write(google_crc32c.value(data).to_bytes(CHECKSUM_BYTES, "little"))
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _read(path: Path) -> bytes | None:
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    body, checksum = data[:-CHECKSUM_BYTES], data[-CHECKSUM_BYTES:]
    return body if body and google_crc32c.value(body).to_bytes(CHECKSUM_BYTES, "little") == checksum else None
