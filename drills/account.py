"""The drill's own account: what the producers were told is there, against what bronze's files hold. No code of Headwater's counts here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

_EXAMPLES = 5


class Place(NamedTuple):
    """Where Kafka has put a record. A topic made anew has another id."""

    topic: str
    topic_id: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic} ({self.topic_id}) partition {self.partition} offset {self.offset}"


class Content(NamedTuple):
    """What a record is known by: the id in its header (None: it is not a drill's), and its value's CRC-32."""

    id: str | None
    checksum: int


Acknowledged = dict[Place, Content]


class AcknowledgedList:
    """The producers' lists: files that grow. A line is read once, when it is whole."""

    def __init__(self) -> None:
        self._read: dict[Path, int] = {}
        self._found: Acknowledged = {}

    def add(self, file: Path) -> None:
        self._read[file] = 0

    def read(self) -> Acknowledged:
        """All that has been acknowledged until now. A later call does not change what an earlier one returned."""
        for file, position in self._read.items():
            if not file.exists():
                continue
            with file.open("rb") as lines:
                lines.seek(position)
                text = lines.read()
            whole = text[: text.rfind(b"\n") + 1]
            self._read[file] = position + len(whole)
            for line in whole.decode().splitlines():
                topic, topic_id, partition, offset, name, checksum = line.split("\t")
                self._found[Place(topic, topic_id, int(partition), int(offset))] = Content(name, int(checksum))
        return dict(self._found)


@dataclass(frozen=True)
class Account:
    """The verdict. `unlisted` rows are records whose acknowledgement nobody saw: they may be there, each once."""

    acknowledged: int
    lost: int
    doubled: int
    unlisted: int
    examples: tuple[str, ...] = ()

    @property
    def exact(self) -> bool:
        return self.acknowledged > 0 and not self.lost and not self.doubled


def account(acknowledged: Mapping[Place, Content], rows: Iterable[tuple[Place, Content]]) -> Account:
    """A record is lost when no row at its place has its id and its value. It is doubled by each further row of its place, and by each
    further place of its id."""
    listed = list(rows)
    held = dict(listed)
    times, places_of = Counter(place for place, _ in listed), Counter(content.id for content in held.values() if content.id)
    lost = [place for place, content in acknowledged.items() if held.get(place) != content]
    twice = [place for place, count in times.items() if count > 1]
    wandering = [name for name, count in places_of.items() if count > 1]
    examples = [f"lost: {place}, bronze has {held.get(place, 'nothing')}" for place in lost[:_EXAMPLES]]
    examples += [f"doubled: {place}, {times[place]} rows" for place in twice[:_EXAMPLES]]
    examples += [f"doubled: id {name} at {places_of[name]} places" for name in wandering[:_EXAMPLES]]
    return Account(
        acknowledged=len(acknowledged),
        lost=len(lost),
        doubled=len(listed) - len(held) + sum(places_of[name] - 1 for name in wandering),
        unlisted=len(held.keys() - acknowledged.keys()),
        examples=tuple(examples),
    )
