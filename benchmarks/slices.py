"""Slices as the stream's reader delivers them, made without Kafka: realistic values, consecutive offsets."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa

from benchmarks.records import SEED
from include.contracts import Contract
from jobs.produce.feeds import records
from jobs.stream import bronze
from jobs.stream.slices import Slice

PARTITIONS = (0, 1)
ROWS = 10  # a commit and partition: half a second of 20 records a second
DISTINCT = 1000
DAY = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)


class Source:
    """The same records again and again, with the time of the moment."""

    def __init__(self, contract: Contract) -> None:
        made = list(records(contract, seed=SEED, count=DISTINCT, start=DAY[0], end=DAY[1]))
        headers = [[{"key": name, "value": value} for name, value in each.headers] for each in made]
        self._topic = contract.topic.name
        self._columns = {
            "key": pa.array([each.key for each in made], pa.binary()),
            "value": pa.array([each.value for each in made], pa.binary()),
            "headers": pa.array(headers, bronze.SCHEMA.field("headers").type),
        }
        self.offset = 0  # the next, the same in every partition

    def slices(self) -> list[Slice]:
        first, self.offset = self.offset, self.offset + ROWS
        return [Slice(number, first, self.offset, self._records(number, first)) for number in PARTITIONS]

    def _records(self, partition: int, first: int) -> pa.Table:
        place, now = first % (DISTINCT - ROWS), datetime.now(UTC)
        same = {
            "topic": self._topic,
            "partition": partition,
            "timestamp": now,
            "timestamp_type": 0,
            "event_time": now,
            "event_date": now.date(),
        }
        columns = {name: column.slice(place, ROWS) for name, column in self._columns.items()}
        columns |= {name: pa.repeat(pa.scalar(value, bronze.SCHEMA.field(name).type), ROWS) for name, value in same.items()}
        return pa.table(columns | {"offset": pa.array(range(first, first + ROWS), pa.int64())})
