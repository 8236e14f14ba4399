"""What `up` and `down` tell while they work: each step when it is done, with its time, and what is still at work."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress as Bars
from rich.progress import SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

_STILL_SECONDS = 15


class Step:
    """One step at work. `note` is shown beside it; `skipped` says that there was nothing to do."""

    def __init__(self, name: str) -> None:
        self.name, self.note, self.skipped = name, "", False
        self.began = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began


class Progress:
    """Steps may run in several threads. A terminal shows them live; elsewhere a line now and then says what is still at work."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._running: dict[Step, TaskID] = {}
        self._silent_until = time.monotonic() + _STILL_SECONDS
        self._guard = threading.Lock()
        self._done = threading.Event()
        self._bars = Bars(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> Progress:
        self._bars.start()
        threading.Thread(target=self._tell, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._bars.stop()

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Show the step while the block runs, and its time when it is done."""
        step = Step(name)
        bar = self._bars.add_task(escape(name))
        with self._guard:
            self._running[step] = bar
        try:
            yield step
            self._print(step, "[green]ok[/]")
        except BaseException:
            self._print(step, "[red]failed[/]")
            raise
        finally:
            with self._guard:
                del self._running[step]
            self._bars.remove_task(bar)

    def _print(self, step: Step, word: str) -> None:
        word = "[dim]as it was[/]" if step.skipped else word
        note = f"  [dim]{escape(step.note)}[/]" if step.note else ""
        self.console.print(f"  {escape(step.name):<34} {step.seconds:6.1f} s  {word}{note}", highlight=False, soft_wrap=True)
        self._silent_until = time.monotonic() + _STILL_SECONDS

    def _tell(self) -> None:
        while not self._done.wait(0.5):
            with self._guard:
                running = dict(self._running)
            for step, bar in running.items():
                self._bars.update(bar, description=escape(f"{step.name}  {step.note}"))
            if not self.console.is_terminal and time.monotonic() > self._silent_until and running:
                names = ", ".join(f"{step.name} ({step.seconds:.0f} s{', ' + step.note if step.note else ''})" for step in running)
                self.console.print(f"  … still at work: {names}", highlight=False, markup=False, soft_wrap=True)
                self._silent_until = time.monotonic() + _STILL_SECONDS
