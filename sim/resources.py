"""Where the shipped files live: inside the wheel, or at the top of the repository."""

from pathlib import Path

_ROOM = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """Return the folder ``name`` (``models`` or ``configs``) of this installation.

    An installed wheel carries them as package data in ``sim/_data``; a checkout keeps them at its top.
    """
    packaged = _ROOM / "_data" / name
    return packaged if packaged.is_dir() else _ROOM.parent / name


def model_file(name: str) -> Path:
    """Return the path of the shipped model ``name``, ``models/<name>/<name>.mdl``."""
    return folder("models") / name / f"{name}.mdl"
