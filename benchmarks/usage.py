"""What processes use, looked at from outside: CPU seconds and memory of a process with all its children."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import numpy as np
import psutil

CPU_EVERY_SECONDS = 0.25
MEMORY_EVERY_SECONDS = 1.0


class Usage:
    """Samples the process trees below the given pids while the block runs, with a time (seconds since the epoch) for each sample."""

    def __init__(self, roots: Sequence[int], memory: bool = True) -> None:
        self._roots, self._memory = roots, memory
        self._spent: dict[tuple[int, float], float] = {}  # CPU seconds of each process, kept when it is gone
        self._cpu: list[tuple[float, float]] = []
        self._bytes: list[tuple[float, int]] = []
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._sample_until_end, name="usage", daemon=True)

    def __enter__(self) -> Usage:
        self._sample(memory=self._memory)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def cpu_seconds(self, since: float, until: float) -> float:
        """User and system time spent in between."""
        times, spent = zip(*self._cpu, strict=True)
        first, last = np.interp([since, until], times, spent)
        return float(last - first)

    def peak_bytes(self, since: float = 0.0, until: float = float("inf")) -> int:
        """The most memory that the tree had at one time of the span. Shared pages count once, split among those who share them (PSS), where
        the system tells; else each process's resident memory."""
        return max(size for at, size in self._bytes if since <= at <= until)

    def _sample_until_end(self) -> None:
        looked = time.monotonic()
        while not self._end.wait(CPU_EVERY_SECONDS):
            memory = self._memory and time.monotonic() - looked >= MEMORY_EVERY_SECONDS
            looked = time.monotonic() if memory else looked
            self._sample(memory)

    def _sample(self, memory: bool) -> None:
        size = 0
        for process in self._tree():
            try:
                used = process.cpu_times()
                self._spent[process.pid, process.create_time()] = used.user + used.system
                size += _bytes(process) if memory else 0
            except psutil.Error:
                continue
        now = time.time()
        self._cpu.append((now, sum(self._spent.values())))
        if memory:
            self._bytes.append((now, size))

    def _tree(self) -> list[psutil.Process]:
        found = []
        for pid in self._roots:
            try:
                root = psutil.Process(pid)
                found += [root, *root.children(recursive=True)]
            except psutil.Error:
                continue
        return found


def _bytes(process: psutil.Process) -> int:
    info = process.memory_full_info()
    return getattr(info, "pss", None) or info.rss
