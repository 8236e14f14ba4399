"""What a drill is: a fault with a name, how often it is injected, and how long the product may take to be right again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from inspect import cleandoc, getdoc
from typing import TYPE_CHECKING

from local.private_stack import STORES

if TYPE_CHECKING:
    from drills.scene import Scene


class Skipped(Exception):
    """The drill cannot be run on this machine; the text says why."""


def never() -> None:
    """Nothing keeps the drill from being run."""


@dataclass(frozen=True)
class Drill:
    """`inject` is given the running scene. `rounds` and `short_rounds` say how often; `limit_seconds` is for one recovery.

    `require` raises Skipped where the drill cannot be run. `proxied`: the drivers reach the store through the scene's proxy. `apart`:
    topics that the drill itself sends to. Where Airflow is among the `parts`, the schedule looks after the drivers, else the scene does.
    """

    name: str
    inject: Callable[[Scene], None]
    limit_seconds: float
    rounds: int = 1
    short_rounds: int = 1
    parts: tuple[str, ...] = STORES
    proxied: bool = False
    apart: tuple[str, ...] = ()
    require: Callable[[], None] = never

    @property
    def kept(self) -> bool:
        return "airflow" not in self.parts

    @property
    def description(self) -> str:
        """What is broken, when, and what must hold."""
        return cleandoc(getdoc(self.inject) or "")

    @property
    def summary(self) -> str:
        """The first paragraph of it, on one line."""
        return " ".join(self.description.split("\n\n")[0].split())
