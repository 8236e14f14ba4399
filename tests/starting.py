"""A stack of the tests' own, started by the code of `headwater up` and stopped by that of `headwater down`."""

from __future__ import annotations

from rich.console import Console

from local.down import down
from local.progress import Progress
from local.stack import Stack
from local.up import up


def start(stack: Stack, *parts: str) -> None:
    with Progress(Console(stderr=True)) as progress:
        up(stack, progress, only=parts, demo=False)


def stop(stack: Stack) -> None:
    with Progress(Console(stderr=True)) as progress:
        down(stack, progress)
