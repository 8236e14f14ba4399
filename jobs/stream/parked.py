"""A feed, or the query, that failed and waits for its next attempt."""

from __future__ import annotations

import time
from dataclasses import dataclass

LONGEST_BACKOFF_SECONDS = 60.0


@dataclass
class Parked:
    """A feed without a stream: it is opened at `until` (monotonic clock), later after each failure."""

    failures: int = 0
    until: float = 0.0

    def failed(self, at_once: bool = False) -> None:
        self.failures += 1
        wait = 0.0 if at_once and self.failures == 1 else min(2.0 ** (self.failures - 1), LONGEST_BACKOFF_SECONDS)
        self.until = time.monotonic() + wait
