"""One `up`, `down` or `clean` of a stack at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from local.errors import StackBusy
from local.settings import LocalSettings


@contextmanager
def exclusive(settings: LocalSettings) -> Iterator[None]:
    """Hold the stack's lock; StackBusy when somebody else does. The system frees it when its holder dies."""
    settings.run.mkdir(parents=True, exist_ok=True)
    path = settings.run / "lock"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise StackBusy(
                "another `headwater up` or `down` of this stack is at work",
                where=str(path),
                value=file.read() or None,
                fix="wait until it is done",
            ) from None
        file.truncate(0)
        file.write(f"pid {os.getpid()}")
        file.flush()
        yield
