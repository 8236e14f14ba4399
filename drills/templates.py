"""What the load sends: the demo's own records, all feeds taking turns, in a file that the load can read without knowing Headwater."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from include.contracts import Contract
from jobs.produce.faults import Faults, with_faults
from jobs.produce.feeds import records

SOUND = Faults()
DISTINCT = 200  # records of a feed, until they come again


def write_templates(
    file: Path,
    contracts: Sequence[Contract],
    *,
    seed: int,
    count: int = DISTINCT,
    faults: Faults = SOUND,
    span: tuple[datetime, datetime] | None = None,
) -> Path:
    """`count` records of each feed, of this moment or spread over the span."""
    start, end = span or (None, None)
    streams: Iterable = zip(
        *(with_faults(records(each, seed=seed, count=count, start=start, end=end), each, faults, seed) for each in contracts), strict=False
    )
    with file.open("w") as lines:
        for record in (record for round_ in streams for record in round_):
            line = {
                "topic": record.topic,
                "key": _text(record.key),
                "value": _text(record.value),
                # Of this moment: the time of sending, which comes later.
                "timestamp": round(record.timestamp.timestamp() * 1000) if record.timestamp and span else None,
            }
            lines.write(json.dumps(line) + "\n")
    return file


def _text(value: bytes | None) -> str | None:
    return None if value is None else base64.b64encode(value).decode()
