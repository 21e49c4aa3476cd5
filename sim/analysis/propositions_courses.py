"""What propositions are measured on: the same worlds under several scenarios, side by side, and who failed where."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.errors import Problem, ThroughflowError
from sim.results.status import ended_well

END = 2040.0
"""Year in which propositions are read unless they say otherwise."""


@dataclass(frozen=True)
class Courses:
    """Courses of variables under scenarios; world *i* is the same draw in all of them.

    Attributes:
        times: stored times in years, shape (time,).
        values: by scenario and by ``name`` or ``name[element]``, shape (time, world), in the variable's unit.
        status: by scenario, how each world ended, a key of :data:`sim.results.status.STATUS`, shape (world,).
    """

    times: np.ndarray
    values: Mapping[str, Mapping[str, np.ndarray]]
    status: Mapping[str, np.ndarray]

    @property
    def worlds(self) -> int:
        """Number of worlds."""
        return len(next(iter(self.status.values())))

    def ended(self, scenarios: Iterable[str]) -> np.ndarray:
        """Return whether each world ended well in all of ``scenarios``, shape (world,)."""
        return np.all([ended_well(self.status[name]) for name in scenarios], axis=0)

    def of(self, scenarios: Iterable[str]) -> "Courses":
        """Return the courses of ``scenarios`` alone, in the worlds that ended well in all of them.

        Raises:
            ThroughflowError: a number that is not finite in a world that ended well.
        """
        names = tuple(scenarios)
        well = self.ended(names)
        values = {name: {key: course[:, well] for key, course in self.values[name].items()} for name in names}
        for scenario, found in values.items():
            for name, course in found.items():
                if not np.isfinite(course).all():
                    why = "worlds that ended well have finite numbers"
                    raise ThroughflowError(Problem(f"{name} in {scenario}", "NaN or infinite", why, "run the worlds again"))
        return Courses(self.times, values, {name: self.status[name][well] for name in names})

    def course(self, name: str, scenario: str, *, since: float | None = None) -> np.ndarray:
        """Return ``name`` in ``scenario`` over the stored times, or from ``since`` on, shape (time, world)."""
        course = self.values[scenario][name].astype(float)
        return course if since is None else course[self.index(since) :]

    def value(self, name: str, scenario: str, year: float = END) -> np.ndarray:
        """Return ``name`` in ``scenario`` in ``year``, shape (world,)."""
        return self.values[scenario][name][self.index(year)].astype(float)

    def change(self, name: str, scenario: str, year: float = END, *, base: str = "base") -> np.ndarray:
        """Return the change of ``name`` against ``base`` in the same world, in % of that and NaN where that is 0; (world,)."""
        return 100 * (ratio(self.value(name, scenario, year), self.value(name, base, year)) - 1)

    def index(self, year: float) -> int:
        """Return where ``year`` stands among the stored times.

        Raises:
            ThroughflowError: it was not stored.
        """
        nearest = int(np.argmin(np.abs(self.times - year)))
        if abs(self.times[nearest] - year) > 1e-6:
            span = f"times are stored from {self.times[0]:g} to {self.times[-1]:g}"
            raise ThroughflowError(
                Problem("propositions", f"the year {year:g}", span, "store a time at each quarter of a year")
            )
        return nearest


@dataclass(frozen=True)
class Measured:
    """What a proposition is found to be.

    Attributes:
        holds: whether it holds in each world, shape (world,).
        number: its key number in each world, shape (world,); NaN where a world has none, as a ratio to a gain of nothing.
        shown: what one world is told by: a template and the numbers it takes, each of shape (world,).
    """

    holds: np.ndarray
    number: np.ndarray
    shown: tuple[tuple[Any, ...], ...]

    def text(self, world: int = 0) -> str:
        """Return what was measured in one world, in English."""
        return ", ".join(form.format(*(float(part[world]) for part in parts)) for form, *parts in self.shown)


def ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Return ``above / below``, NaN where ``below`` is nothing or a loss: no comparison with it holds."""
    return np.divide(above, below, out=np.full(np.shape(below), np.nan), where=below > 0)
