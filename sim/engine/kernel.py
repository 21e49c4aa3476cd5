"""The kernel contract: what the compiler makes and what integration uses.

Rows of the state are stocks, an arrayed stock a contiguous block of rows; the last axis is members (or times, where many
times of one member are asked at once).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Slot:
    """Rows of a vector that hold one variable: ``start`` to ``stop``, in the order of its elements."""

    name: str
    start: int
    stop: int
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Clockwork:
    """Times a kernel must know: the model's step, half a fixed step (0 when adaptive), start and stop."""

    step: float
    half: float
    start: float
    stop: float


@dataclass(frozen=True)
class Bound:
    """A kernel with its constants bound.

    Attributes:
        initial: ``() -> state`` at the start, shape (state, member).
        rates_of_one: ``(time, state, held, within) -> rates`` of a single member without the member axis, shape (state,);
            with several members bound, the same as ``rates_of_many``.
        rates_of_many: ``(time, state, held, within) -> rates``, shape (state, member), units of the stock per time; by the
            last two clocks switches in time are read (:mod:`sim.engine.held`): ``held`` is ``time`` unless it is given, and
            ``within`` is ``held``.
        observe: ``(time, state) -> {name: values}``, values shaped (ranges…, member) or broadcastable to it.
        guards: ``times -> codes``, each shaped (ranges…, time): values that change where an equation's form changes.
    """

    initial: Callable[[], np.ndarray]
    rates_of_one: Callable[..., np.ndarray]
    rates_of_many: Callable[..., np.ndarray]
    observe: Callable[[Any, np.ndarray], Mapping[str, np.ndarray]]
    guards: Callable[[np.ndarray], list[Any]]

    def rates(self, time: Any, state: np.ndarray, *, held: Any = None, within: Any = None) -> np.ndarray:
        """Return the rates of ``state``, with or without its member axis."""
        rates = self.rates_of_one if state.ndim == 1 else self.rates_of_many
        return rates(time, state, held, within)


@dataclass(frozen=True)
class Kernel:
    """A compiled model.

    Attributes:
        stocks: slots of the state vector.
        constants: slots of the constants vector.
        record: names that ``observe`` gives.
        source: the generated text, for people.
        bind: ``(constants, tables, clock) -> Bound``; constants shaped (constant, member).
    """

    stocks: tuple[Slot, ...]
    constants: tuple[Slot, ...]
    record: tuple[str, ...]
    source: str
    bind: Callable[[np.ndarray, Mapping[str, tuple[np.ndarray, np.ndarray]], Clockwork], Bound]
