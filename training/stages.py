"""The stages of a run: what each took in seconds and memory, shown while they last."""

from __future__ import annotations

import contextlib
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

_CLEAR_REFS = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")


class Stages:
    """Times named stages and prints them to stderr: live bars on a terminal, a line each elsewhere.

    Attributes:
        seconds: wall seconds by stage.
        peak_mb: peak resident memory by stage, in MB (10^6 bytes). Where the kernel cannot reset
            its high-water mark, the peak of the process so far.
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True, highlight=False, emoji=False)
        self.seconds: dict[str, float] = {}
        self.peak_mb: dict[str, float] = {}

    @contextlib.contextmanager
    def stage(self, name: str, what: str) -> Iterator[StageProgress]:
        """Run a stage called `name`, described to the reader as `what`. Stages do not nest."""
        _reset_peak()
        started = time.perf_counter()
        bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )
        try:
            with bars:
                yield StageProgress(bars, what)
        finally:
            self.seconds[name] = round(time.perf_counter() - started, 3)
            self.peak_mb[name] = round(_peak_bytes() / 1e6, 1)
        self.console.print(
            f"[green]✓[/] {what} [dim]({self.seconds[name]:.1f} s, {self.peak_mb[name]:,.0f} MB)[/]"
        )

    def say(self, text: str) -> None:
        """A line between the stages, as it is: it may name paths with [brackets], to be copied whole."""
        self.console.print(text, markup=False, emoji=False, soft_wrap=True)


class StageProgress:
    """Told by long work how far it is: `progress(done, total)`, or `progress.step(name)` for parts."""

    def __init__(self, bars: Progress, what: str) -> None:
        self._bars = bars
        self._what = what
        self._task = bars.add_task(what, total=None)

    def __call__(self, done: int, total: int) -> None:
        self._bars.update(self._task, completed=done, total=total)

    def step(self, name: str) -> None:
        self._bars.update(self._task, description=f"{self._what}: {name}")


def _reset_peak() -> None:
    # Absent outside Linux and refused in some containers; the figure is then the process's peak so far.
    with contextlib.suppress(OSError):
        _CLEAR_REFS.write_text("5")


def _peak_bytes() -> int:
    try:
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kilobytes if sys.platform == "darwin" else kilobytes * 1024
