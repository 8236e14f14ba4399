"""A record on its way to Kafka."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from include.contracts import Contract

Message = tuple[datetime, dict[str, object]]  # when it happens, and the fields of the JSON object
HEADERS = (("source", b"headwater-demo"),)


@dataclass(frozen=True)
class Record:
    """What goes to the broker. Without a timestamp the record gets the time at which it is sent."""

    topic: str
    key: bytes | None
    value: bytes | None
    timestamp: datetime | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
    faults: tuple[str, ...] = field(default=(), compare=False, repr=False)  # what was done to it on purpose; it is not sent


def to_record(contract: Contract, message: Message) -> Record:
    """The message as the contract wants it: its topic, its key, and its time where the fields carry none."""
    when, fields = message
    return Record(
        topic=contract.topic.name,
        key=str(fields[contract.key_field]).encode(),
        value=to_json(fields),
        timestamp=when if contract.event_time_field is None else None,
        headers=HEADERS,
    )


def to_json(fields: Mapping[str, object]) -> bytes:
    """One JSON object; a time in UTC, to the microsecond. Raises TypeError for what JSON has no word for."""
    return json.dumps(fields, default=_iso, ensure_ascii=False).encode()


def _iso(value: object) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"no JSON for {type(value).__name__}")
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
