"""Opening the store of an ensemble to write: made anew, or continued if it is of the same experiment."""

import errno
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sim.errors import Problem, ThroughflowError
from sim.results.chunks import is_sound, remove_partial
from sim.results.folding import SummaryKeeper
from sim.results.layout import LAYOUT, LAYOUT_KEY, Layout, create, essentials
from sim.results.ledger import Keeper, SeriesKeeper

MOST_TOLD = 8
"""Differing settings that are listed; the rest are counted."""


def stored_attributes(store: Path) -> dict[str, Any] | None:
    """Return the attributes of ``store``, or ``None`` if nothing is there (an empty folder is nothing).

    Raises:
        ThroughflowError: something else is there, a store of another version, or one whose description is damaged.
    """
    where, path = str(store), store / "zarr.json"
    if not store.exists() or (store.is_dir() and not any(store.iterdir())):
        return None
    if not path.is_file():
        why = "a store is a folder with a zarr.json in it; what is there might be lost"
        raise ThroughflowError(Problem(where, "not the store of an ensemble", why, "give another folder"))
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        attributes = told["attributes"]
        version = attributes.get(LAYOUT_KEY)
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        cure = "bring zarr.json back from a copy, or give another folder"
        raise ThroughflowError(Problem(str(path), "a description that cannot be read", str(error), cure)) from error
    if version is None:
        why = f"its attributes have no {LAYOUT_KEY}"
        raise ThroughflowError(Problem(where, "a Zarr store that `throughflow run` did not make", why, "give another folder"))
    if version != LAYOUT:
        made = _versions(attributes).get("throughflow", "unknown")
        cure = f"use throughflow {made}, which made it, or give another folder to run it again"
        why = f"this version reads and writes layout {LAYOUT}"
        raise ThroughflowError(Problem(where, f"a store of layout {version!r}", why, cure))
    return attributes


def _versions(attributes: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        told = json.loads(attributes.get("versions", "{}"))
    except (ValueError, TypeError):
        return {}
    return told if isinstance(told, dict) else {}


def refuse_other(store: Path, attributes: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    """Raise :class:`ThroughflowError` that says which settings differ, unless ``store`` is of the experiment ``asked``.

    Arguments:
        store: where it is.
        attributes: those of the store; ``identity`` is its experiment as JSON.
        asked: the experiment to be run, as plain data.
    """
    before, now = json.loads(attributes["identity"]), json.loads(json.dumps(asked))
    if before == now:
        return
    kept, wanted = _leaves(before), _leaves(now)
    differing = [name for name in {**kept, **wanted} if kept.get(name) != wanted.get(name)] or ["order of what is listed"]
    told = [f"{name}: {_short(kept, name)} in the store, {_short(wanted, name)} asked" for name in differing[:MOST_TOLD]]
    more = f"; and {len(differing) - MOST_TOLD} more" if len(differing) > MOST_TOLD else ""
    why = f"blocks of two experiments cannot stand in one store; {len(differing)} settings differ"
    cure = "give another folder, or the settings of the store to continue it"
    raise ThroughflowError(Problem(str(store), f"results of another experiment: {'; '.join(told)}{more}", why, cure))


def _leaves(data: Any, name: str = "") -> dict[str, Any]:
    """Return the numbers and texts of nested plain data under dotted names; a list is taken as one, unless of named things."""
    if isinstance(data, list) and data and all(isinstance(item, dict) and "name" in item for item in data):
        data = {item["name"]: {key: value for key, value in item.items() if key != "name"} for item in data}
    if not isinstance(data, dict):
        return {name: data}
    leaves: dict[str, Any] = {}
    for key, value in data.items():
        leaves |= _leaves(value, f"{name}.{key}" if name else key)
    return leaves


def _short(leaves: Mapping[str, Any], name: str) -> str:
    text = json.dumps(leaves[name], ensure_ascii=False) if name in leaves else "nothing"
    return text if len(text) <= 80 else text[:77] + "..."


def open_keeper(store: Path, layout: Layout) -> tuple[Keeper, list[str]]:
    """Return the keeper of ``store``, made first if it is not there, and reports of what had to be mended.

    Whoever calls holds the lock of the store.

    Raises:
        OSError: it cannot be written.
    """
    scratch = store.with_name(f".{store.name}.new")
    shutil.rmtree(scratch, ignore_errors=True)
    create(layout, scratch)
    reports: list[str] = []
    try:
        if (store / "zarr.json").exists():
            remove_partial(store)
            reports += _mended(store, scratch)
        else:
            scratch.replace(store)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    keeper: Keeper = (SeriesKeeper if layout.keep == "series" else SummaryKeeper)(store, layout)
    lost = keeper.recover()
    names = [f"{layout.scenarios[place.scenario][0]}, members from {place.block * layout.block}" for place in lost]
    reports += [f"damaged or lost, to be run again: {name}" for name in names[:MOST_TOLD]]
    if len(names) > MOST_TOLD:
        reports.append(f"damaged or lost, to be run again: {len(names) - MOST_TOLD} more blocks")
    for block in range(layout.blocks):
        if layout.uncertainties and keeper.ledger.has_damaged_draws(block):
            reports.append(f"damaged, to be drawn again: values of members from {block * layout.block}")
    return keeper, reports


def _mended(store: Path, fresh: Path) -> list[str]:
    """Bring coordinates and descriptions of arrays back that are damaged or lost, from a ``fresh`` empty store."""
    reports = []
    for path in sorted(fresh.rglob("*")):
        name = path.relative_to(fresh)
        kept = store / name
        if path.is_dir() or name == Path("zarr.json"):
            continue
        if path.name == "zarr.json":
            sound = kept.is_file() and essentials(kept.read_text("utf-8", "replace")) == essentials(path.read_text("utf-8"))
        else:
            sound = is_sound(kept)
        if not sound:
            kept.parent.mkdir(parents=True, exist_ok=True)
            path.replace(kept)
            reports.append(f"damaged, written again: {name}")
    return reports


def room_problem(store: Path, needed: int) -> Problem | None:
    """Return what is wrong if the disk of ``store`` has not ``needed`` bytes left."""
    there = next(path for path in (store, *store.absolute().parents) if path.exists())
    free = shutil.disk_usage(there).free
    if needed <= free:
        return None
    what = f"about {_size(needed)} are needed, {_size(free)} are free"
    cure = "take fewer members, record less, save less often, or use keep=summary"
    return Problem(str(store), what, "the store would not fit on the disk", cure)


def _size(count: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if count < 1000 or unit == "TB":
            return f"{count:.3g} {unit}"
        count /= 1000
    raise AssertionError


@contextmanager
def storing(store: Path, kept: Callable[[], str]) -> Iterator[None]:
    """Turn what goes wrong with the disk in the block into a refusal that says what is ``kept``, and has its cure.

    Raises:
        ThroughflowError: no room, or the disk cannot be written.
    """
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        reason = error.strerror or str(error)
        what = f"no room left ({reason})" if full else f"it cannot be written ({reason})"
        cure = f"{'free some room' if full else 'mend that'}, and give the same command: it goes on from there"
        raise ThroughflowError(Problem(str(store), what, kept(), cure)) from error
