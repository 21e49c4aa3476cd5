"""What stands where in the store of an ensemble, and an empty store of that shape.

One Zarr v3 array per recorded variable under a plain name, one for how each run ended, one for the values drawn, coordinates.
Nothing in a store depends on the machine, the hour, or how the work was split among threads and hosts.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sim.errors import Problem
from sim.results.files import plain_names
from sim.results.sketch import RELATIVE_ERROR

LAYOUT = 1
"""Number of this layout; a store of another number is refused."""

LAYOUT_KEY = "throughflow_store"
"""Attribute of the root group that holds the number, and tells our stores from others."""

NOT_RUN = 255
"""Status of a member that has not been run yet."""

COORDINATES = ("scenario", "label_en", "label_zh", "time", "member", "uncertainty", "statistic", "ended")

RESERVED = (*COORDINATES, "status", "draw", "runs", "pending")
"""Names of what is in stores and their summaries beside the outcomes."""

LEVELS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99)
"""Quantiles that are kept where series are not."""

PLAIN_STATISTICS = ("mean", "standard deviation", "minimum", "maximum")


def percent(level: float) -> str:
    """Return the name of the quantile at ``level``: ``5 %`` for 0.05."""
    return f"{100 * level:.10g} %"


STATISTICS = (*PLAIN_STATISTICS, *map(percent, LEVELS))
"""Statistics that are kept where series are not; all in the unit of their variable."""


class Place(NamedTuple):
    """A unit of work and of storage: the numbers, from 0, of a scenario and of a block of members."""

    scenario: int
    block: int


@dataclass(frozen=True)
class Outcome:
    """A recorded variable: name, ranges and their lengths, CF attributes, and its estimated integration error."""

    name: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    units: str
    long_name: str
    kind: str
    error: float

    @property
    def size(self) -> int:
        """Rows of a block that belong to it."""
        return int(np.prod(self.shape, dtype=int))


@dataclass(frozen=True)
class Layout:
    """The shape of a store.

    Attributes:
        scenarios: name, English and Chinese label of each.
        outcomes: recorded variables, in the order of the rows of a block.
        ranges: elements of the ranges that the outcomes use.
        times: stored times, shape (time,).
        uncertainties: names, in the order of the rows of draws.
        members: members per scenario.
        block: members per block.
        keep: ``series`` or ``summary``.
        statuses: meaning of each status.
        attributes: of the whole store; numbers and text.
    """

    scenarios: tuple[tuple[str, str, str], ...]
    outcomes: tuple[Outcome, ...]
    ranges: Mapping[str, tuple[str, ...]]
    times: np.ndarray
    uncertainties: tuple[str, ...]
    members: int
    block: int
    keep: str
    statuses: Mapping[int, str]
    attributes: Mapping[str, Any]

    @property
    def blocks(self) -> int:
        """Blocks per scenario."""
        return -(-self.members // self.block)

    @property
    def rows(self) -> int:
        """Recorded numbers per member and time."""
        return sum(outcome.size for outcome in self.outcomes)

    @cached_property
    def folders(self) -> Mapping[str, str]:
        """The folder of each outcome and range: its plain name."""
        plain = plain_names([*RESERVED, *(outcome.name for outcome in self.outcomes), *self.ranges])
        return {name: folder for name, folder in plain.items() if name not in RESERVED}

    def count(self, block: int) -> int:
        """Return how many members ``block`` has."""
        return min(self.block, self.members - block * self.block)

    def places(self) -> Iterator[Place]:
        """Yield every place, one scenario after another."""
        for scenario in range(len(self.scenarios)):
            for block in range(self.blocks):
                yield Place(scenario, block)

    def chunk(self, outcome: Outcome, scenario: int, last: int) -> Path:
        """Return where in the store the chunk of ``outcome`` stands, ``last`` being its number along the last dimension."""
        middle = ["0"] * (len(outcome.shape) + 1)
        return Path(self.folders[outcome.name], "c", str(scenario), *middle, str(last))

    def block_bytes(self) -> int:
        """Return the room that the series of one block take."""
        return 4 * self.rows * self.times.size * self.block


def name_problems(names: Mapping[str, str]) -> list[Problem]:
    """Return what is wrong with recorded names and ranges, ``names`` giving for each what it is."""
    return [
        Problem(f"{what} {name!r}", "a name the store of an ensemble uses itself", "the two could not be told apart", cure)
        for name, what in names.items()
        if name in RESERVED
        for cure in (f"leave it out of what is recorded, or rename it in the model; taken are {', '.join(RESERVED)}",)
    ]


def create(layout: Layout, folder: Path) -> None:
    """Write an empty store of ``layout`` into ``folder``, which must not exist.

    Raises:
        OSError: it cannot be written.
    """
    import zarr

    group = zarr.create_group(folder, zarr_format=3, attributes={LAYOUT_KEY: LAYOUT, **layout.attributes})
    _coordinates(group, layout)
    for outcome in layout.outcomes:
        shape = (len(layout.scenarios), *outcome.shape, layout.times.size)
        dims = ("scenario", *(layout.folders[dim] for dim in outcome.dims), "time")
        series = layout.keep == "series"
        last, length, chunk = (
            ("member", layout.members, layout.block) if series else ("statistic", len(STATISTICS), len(STATISTICS))
        )
        _array(
            group,
            layout.folders[outcome.name],
            ((*shape, length), (1, *shape[1:], chunk), (*dims, last)),
            dtype="float32" if series else "float64",
            attributes={
                "model_name": outcome.name,
                "units": outcome.units,
                "long_name": outcome.long_name,
                "kind": outcome.kind,
                "integration_error": outcome.error if np.isfinite(outcome.error) else "inf",  # JSON has no infinity
            }
            | ({} if series else {"quantile_relative_error": RELATIVE_ERROR}),
        )


def _coordinates(group: Any, layout: Layout) -> None:
    scenarios = len(layout.scenarios)
    for at, name in enumerate(("scenario", "label_en", "label_zh")):
        _labels(group, (name, "scenario"), [labels[at] for labels in layout.scenarios], name)
    for name, elements in layout.ranges.items():
        _labels(group, (layout.folders[name], layout.folders[name]), elements, name)
    if layout.keep == "summary":
        _labels(group, ("statistic", "statistic"), STATISTICS, "statistic over members")
    time = {"units": str(layout.attributes.get("time_units", "")), "long_name": "time"}
    _array(group, "time", ((layout.times.size,), (layout.times.size,), ("time",)), dtype="float64", attributes=time)[:] = (
        layout.times
    )
    members = _array(
        group,
        "member",
        ((layout.members,), (layout.members,), ("member",)),
        dtype="int64",
        attributes={"long_name": "number of the member, the same draw in every scenario"},
    )
    members[:] = np.arange(layout.members)
    _array(
        group,
        "status",
        ((scenarios, layout.members), (1, layout.block), ("scenario", "member")),
        dtype="uint8",
        attributes={
            "long_name": "how the run ended",
            "flag_values": [*layout.statuses, NOT_RUN],
            "flag_meanings": " ".join(word.replace(" ", "_") for word in (*layout.statuses.values(), "not run")),
        },
    )
    if layout.uncertainties:
        _labels(group, ("uncertainty", "uncertainty"), layout.uncertainties, "uncertainty")
        shape = (len(layout.uncertainties), layout.members)
        about = {"long_name": "value drawn, in the unit of the constants that take it"}
        _array(group, "draw", (shape, (shape[0], layout.block), ("uncertainty", "member")), dtype="float64", attributes=about)


def _array(
    group: Any, name: str, grid: tuple[tuple, tuple, tuple], *, dtype: str, attributes: Mapping[str, Any] | None = None
) -> Any:
    """Make an array; ``grid`` is its shape, that of its chunks, and its dimensions.

    Chunks that hold fill values only are written all the same, so that one that is missing is known to be lost.
    """
    from zarr.codecs import Crc32cCodec

    shape, chunks, dims = grid
    return group.create_array(
        name,
        shape=shape,
        chunks=chunks,
        dtype=dtype,
        fill_value={"f": np.nan, "u": NOT_RUN, "i": -1}[np.dtype(dtype).kind],
        compressors=[Crc32cCodec()],
        filters=[],
        dimension_names=dims,
        attributes=dict(attributes or {}),
        config={"write_empty_chunks": True},
    )


def _labels(group: Any, name: tuple[str, str], labels: Sequence[str], long_name: str) -> None:
    """Make an array of text along a dimension; ``name`` is its own and the dimension's."""
    from zarr.codecs import Crc32cCodec
    from zarr.dtype import VariableLengthUTF8

    folder, dim = name
    attributes = {"long_name": long_name} | ({} if folder in RESERVED else {"model_name": long_name})
    array = group.create_array(
        folder,
        shape=(len(labels),),
        chunks=(len(labels),),
        dtype=VariableLengthUTF8(),
        compressors=[Crc32cCodec()],
        dimension_names=(dim,),
        attributes=attributes,
        config={"write_empty_chunks": True},
    )
    array[:] = np.array(list(labels), dtype=object)


def essentials(text: str) -> Any:
    """Return what of an array's description decides how its chunks are read, or ``None`` if it cannot be read.

    The rest, attributes and spelling, may differ between versions of the libraries that write it.
    """
    try:
        told = json.loads(text)
    except ValueError:
        return None
    keys = ("node_type", "shape", "data_type", "chunk_grid", "chunk_key_encoding", "codecs", "fill_value", "dimension_names")
    return {key: told.get(key) for key in keys} if isinstance(told, dict) else None
