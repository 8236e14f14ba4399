"""What the live tables' feeds are read from, as a test has it: Kafka, bronze, and the time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from include.contracts import Contract
from jobs.stream.slices import Slice


@dataclass(frozen=True)
class Stream:
    """What is asked of a feed that is read into bronze."""

    contract: Contract
    next_offsets: dict[int, int]
    topic_id: str = "topic-id"
    partitions: tuple[int, ...] = (0,)


@dataclass
class Clock:
    now: float = 1_000_000.0

    def monotonic(self) -> float:
        return self.now


@dataclass
class Kafka:
    """Says what was asked of it, and gives what a test puts there."""

    followed: dict[str, Mapping[int, int]] = field(default_factory=dict)
    came: dict[str, list[Slice]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    away: Exception | None = None
    closed: bool = False

    def follow(self, topic: str, topic_id: str, start: Mapping[int, int]) -> None:
        self.followed[topic] = dict(start)

    def leave(self, topic: str) -> None:
        self.followed.pop(topic, None)

    def read(self, seconds: float) -> tuple[dict[str, list[Slice]], dict[str, str]]:
        if self.away:
            raise self.away
        came, self.came = self.came, {}
        return came, self.refused

    def close(self) -> None:
        self.closed = True


@dataclass
class Bronze:
    catching_up: bool = False

    def __call__(self) -> bool:
        return self.catching_up
