"""Ctrl-C that is never lost: libraries that swallow it while they are imported cannot turn a run into one that goes on."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self


class Interrupts:
    """While in use, Ctrl-C raises :class:`KeyboardInterrupt` as ever, and is remembered for :meth:`check`."""

    def __init__(self) -> None:
        self.asked = False
        self.holding = False
        self._before: Any = None

    def __enter__(self) -> Self:
        """Take over SIGINT, unless this is not the main thread or someone else handles it."""
        if threading.current_thread() is threading.main_thread() and (
            signal.getsignal(signal.SIGINT) is signal.default_int_handler
        ):
            self._before = signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Give SIGINT back."""
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        if not self.holding:
            raise KeyboardInterrupt

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep Ctrl-C back until the block has ended, for imports and renames."""
        self.holding = True
        try:
            yield
        finally:
            self.holding = False
        self.check()

    def check(self) -> None:
        """Raise :class:`KeyboardInterrupt` if Ctrl-C was pressed, even if someone caught it."""
        if self.asked:
            raise KeyboardInterrupt
