"""Progress for people: a bar on a terminal, plain lines elsewhere, both on standard error."""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import xarray as xr


class Progress:
    """Tells how far a run has come; use as a context, ``tell`` is the callback.

    Arguments:
        total: how many there will be; 0 if the callback knows.
        noun: what is counted.
    """

    def __init__(self, total: int, noun: str) -> None:
        self.total = total
        self.noun = noun
        self.began = time.monotonic()
        self.bar: Any = None
        self.task: Any = None

    def __enter__(self) -> Self:
        """Show an empty bar on a terminal."""
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            self.bar = Bar(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self.bar.start()
            self.task = self.bar.add_task(self.noun, total=self.total or None)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Take the bar away."""
        if self.bar is not None:
            self.bar.stop()

    def tell(self, name: str, done: int, total: int) -> None:
        """Say that ``name`` is done, the ``done``-th of ``total``."""
        if self.bar is not None:
            self.bar.update(self.task, completed=done, total=total, description=f"{self.noun} {name}")
            return
        spent = time.monotonic() - self.began
        left = spent / done * (total - done) if done else 0.0
        rest = f", about {left:.0f} s left" if done < total else ""
        print(f"{self.noun} {done} of {total}: {name} ({spent:.0f} s{rest})", file=sys.stderr, flush=True)


class RunProgress:
    """Tells how many runs of an ensemble are done, how many a second, and how long the rest will take.

    Use as a context; ``tell`` is the callback. Runs that were stored before count as done, not for the rate.
    """

    LINE_EVERY = 10.0
    """Seconds between plain lines, where there is no terminal."""

    def __init__(self) -> None:
        self.began = self.told = time.monotonic()
        self.first: int | None = None
        self.bar: Any = None
        self.task: Any = None

    def __enter__(self) -> Self:
        """Show an empty bar on a terminal."""
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            columns = (TextColumn("runs"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"))
            self.bar = Bar(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True)
            self.bar.start()
            self.task = self.bar.add_task("runs", total=None, rate="")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Take the bar away."""
        if self.bar is not None:
            self.bar.stop()

    def tell(self, done: int, total: int) -> None:
        """Say that ``done`` of ``total`` runs are done; the first call tells what was stored before."""
        now = time.monotonic()
        if self.first is None:
            self.first, self.began = done, now
        spent = now - self.began
        rate = (done - self.first) / spent if spent > 0 else 0.0
        if self.bar is not None:
            self.bar.update(self.task, completed=done, total=total, rate=f"{rate:,.0f} runs/s")
        elif done == total or done == self.first or now - self.told >= self.LINE_EVERY:
            self.told = now
            rest = f", {rate:,.0f} runs/s, about {(total - done) / rate:.0f} s left" if rate and done < total else ""
            print(f"runs {done} of {total} ({spent:.0f} s{rest})", file=sys.stderr, flush=True)


class StageProgress:
    """Tells how far each stage of a calibration has come; use as a context, ``tell`` is the callback."""

    LINE_EVERY = 10.0
    """Seconds between plain lines about one stage, where there is no terminal."""

    def __init__(self) -> None:
        self.began = self.told = time.monotonic()
        self.stage = ""
        self.bar: Any = None
        self.task: Any = None

    def __enter__(self) -> Self:
        """Show an empty bar on a terminal."""
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bar

            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            self.bar = Bar(*columns, console=Console(stderr=True), transient=True)
            self.bar.start()
            self.task = self.bar.add_task("calibration", total=None)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Take the bar away."""
        if self.bar is not None:
            self.bar.stop()

    def tell(self, stage: str, done: int, total: int) -> None:
        """Say that ``done`` of the ``total`` runs of ``stage`` are done; a total of 0 says that nobody knows."""
        now = time.monotonic()
        if self.bar is not None:
            self.bar.update(self.task, description=stage, completed=done, total=total or None)
        elif stage != self.stage or (total and done >= total) or now - self.told >= self.LINE_EVERY:
            self.told = now
            print(f"{stage} {done}{f' of {total}' if total else ''} ({now - self.began:.0f} s)", file=sys.stderr, flush=True)
        self.stage = stage


def tell_left_out(dataset: "xr.Dataset") -> None:
    """Print which figures were not drawn of ``dataset``, and why."""
    from sim.show import gallery

    for name, reason in gallery.left_out(dataset, asked=True).items():
        print(f"left out {name}: {reason}")
