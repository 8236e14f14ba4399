"""ops.lag: how far bronze was behind Kafka, minute by minute, and what was made of it. Grain: a partition and a look. No Spark."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError

from include.contracts.model import Contract
from include.delta_log import open_table, unreadable
from include.lag import FeedProgress
from include.ops_tables import commit
from include.settings import LakeSettings
from include.table_creation import create_by_day
from include.watch.lag_state import FEWEST, Position, State, judge
from include.watch.peek import Peek, Place

LAG = "ops.lag"
WINDOW = timedelta(minutes=10)
MANY_FILES = 60  # of one day, which a reader should not have to open
KEPT = timedelta(days=30)
_CLOCK = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [
        ("feed", pa.string()),
        ("topic_id", pa.string()),
        ("partition", pa.int32()),
        ("sampled_at", _CLOCK),
        ("event_date", pa.date32()),
        ("begin_offset", pa.int64()),
        ("end_offset", pa.int64()),
        ("next_offset", pa.int64()),
        ("lag_records", pa.int64()),
        ("lag_seconds", pa.float64()),
        ("arrived", pa.int64()),
        ("records_per_second", pa.float64()),
        ("runway_hours", pa.float64()),
        ("state", pa.string()),
    ]
)
_OF_A_SAMPLE = [name for name in SCHEMA.names if name != "event_date"]


@dataclass(frozen=True)
class LagSample:
    """One partition at one moment. Offsets: the first that Kafka has, the one after its last, the next that bronze lacks."""

    feed: str
    topic_id: str
    partition: int
    sampled_at: datetime
    begin_offset: int
    end_offset: int
    next_offset: int
    lag_records: int
    lag_seconds: float | None  # age of the first unread record, by its Kafka timestamp; 0 where none is unread, None where it has no time
    arrived: int | None = None  # records since the look before; None: it is the first of the window
    records_per_second: float | None = None  # that came in the window; None: it is too short to say
    runway_hours: float | None = None  # until Kafka deletes the first unread record, or the next one that comes; None: not in sight
    state: State = "OK"

    @property
    def event_date(self) -> date:
        return self.sampled_at.date()


def judged(
    found: Mapping[str, FeedProgress],
    looked: Mapping[Place, Peek],
    contracts: Mapping[str, Contract],
    window: Sequence[LagSample],
    alive: Collection[str],
    now: datetime,
) -> list[LagSample]:
    """A sample of each partition of these feeds, judged with the earlier ones of the window, oldest first; `alive`: feeds that a driver is
    at work on."""
    earlier: dict[tuple[str, str, int], list[LagSample]] = defaultdict(list)
    for sample in window:
        earlier[sample.feed, sample.topic_id, sample.partition].append(sample)
    samples = []
    for feed, progress in found.items():
        for number in progress.end:
            peeked = looked.get((contracts[feed].topic.name, number))
            history = earlier[feed, progress.topic_id, number]
            samples.append(_judged(_sample(progress, number, peeked, now), history, peeked, contracts[feed], feed in alive))
    return samples


def too_young(samples: Sequence[LagSample], window: Sequence[LagSample]) -> set[str]:
    """The feeds with a partition that has unread records, and with this look too few samples in the window to be judged by."""
    looks = Counter((each.feed, each.topic_id, each.partition) for each in (*window, *samples))
    return {each.feed for each in samples if each.lag_records and looks[each.feed, each.topic_id, each.partition] < FEWEST}


def places(found: Mapping[str, FeedProgress], contracts: Mapping[str, Contract]) -> dict[Place, int]:
    """Where to look into Kafka: at the first unread record, else at the last one; nowhere in a partition that is empty."""
    return {
        (contracts[feed].topic.name, number): min(progress.position(number), end - 1)
        for feed, progress in found.items()
        for number, end in progress.end.items()
        if end > progress.begin.get(number, 0)
    }


def _sample(progress: FeedProgress, number: int, peeked: Peek | None, now: datetime) -> LagSample:
    end, position = progress.end[number], progress.position(number)
    seconds: float | None = 0.0
    if end > position and peeked:
        seconds = None if peeked.written_at is None else max((now - peeked.written_at).total_seconds(), 0.0)
    behind, begin = max(end - position, 0), progress.begin.get(number, 0)
    return LagSample(progress.feed, progress.topic_id, number, now, begin, end, progress.bronze.get(number, 0), behind, seconds)


def _judged(sample: LagSample, history: Sequence[LagSample], peeked: Peek | None, contract: Contract, alive: bool) -> LagSample:
    positions = [Position(each.next_offset, each.lag_records) for each in (*history, sample)]
    rate = _rate(history[0], sample) if history else None
    return replace(
        sample,
        arrived=sample.end_offset - history[-1].end_offset if history else None,
        records_per_second=rate,
        runway_hours=runway(sample, rate, peeked, contract.topic.config),
        state=judge(positions, alive=alive),
    )


def _rate(first: LagSample, last: LagSample) -> float | None:
    seconds = (last.sampled_at - first.sampled_at).total_seconds()
    return (last.end_offset - first.end_offset) / seconds if seconds > 0 else None


def runway(sample: LagSample, rate: float | None, peeked: Peek | None, config: Mapping[str, str]) -> float | None:
    """Hours until retention reaches the first unread record, by age or by size, whichever comes first. By size Kafka counts what is on
    its disk: where producers compress, it takes longer than said here."""
    hours = []
    if (age := int(config.get("retention.ms", -1))) >= 0 and sample.lag_seconds is not None:
        hours.append(age / 3_600_000 - sample.lag_seconds / 3600)
    if (size := int(config.get("retention.bytes", -1))) >= 0 and peeked:
        left = size - sample.lag_records * peeked.mean_bytes
        if left <= 0:
            hours.append(0.0)
        elif rate:
            hours.append(left / (rate * peeked.mean_bytes) / 3600)
    return max(min(hours), 0.0) if hours else None


def since(lake: LakeSettings, moment: datetime) -> list[LagSample]:
    """The samples from that moment on, oldest first; none where there is no table."""
    table = open_table(lake, LAG)
    return [] if table is None else samples_of(table, moment)


def samples_of(table: DeltaTable, moment: datetime) -> list[LagSample]:
    """Those of this version of the table from that moment on, oldest first. Raises StoreError."""
    filters = [("event_date", ">=", moment.date()), ("sampled_at", ">=", moment)]
    rows = rows_of(table, _OF_A_SAMPLE, filters)
    return sorted((LagSample(**row) for row in rows), key=lambda sample: sample.sampled_at)


def rows_of(table: DeltaTable, columns: list[str], filters: list[tuple[str, str, object]]) -> list[dict[str, Any]]:
    """Those of this version of the table that meet the filters, in no order. Raises StoreError."""
    try:
        return table.to_pyarrow_table(columns=columns, filters=filters).to_pylist()
    except (DeltaError, OSError, pa.ArrowException) as error:
        raise unreadable(table, error) from error


def put(lake: LakeSettings, samples: Sequence[LagSample]) -> None:
    """Appends the samples of one look, in one commit. A look that is noted twice is two looks. Raises StoreError."""
    if samples:
        rows = pa.Table.from_pylist([asdict(each) | {"event_date": each.event_date} for each in samples], SCHEMA)
        create_by_day(lake, LAG, SCHEMA)
        commit(lake, LAG, "a look at the lag", lambda table: write_deltalake(table, rows, mode="append"))


def tidy(lake: LakeSettings, today: date) -> None:
    """Makes one of the day's files when they are many, and takes away the days that are older than KEPT. Idempotent. Raises StoreError."""
    commit(lake, LAG, "tidying", lambda table: _tidy(table, today))


def _tidy(table: DeltaTable | None, today: date) -> None:
    days = [] if table is None else pa.table(table.get_add_actions(flatten=True))["partition.event_date"].to_pylist()
    if table is not None and min(days, default=today) < today - KEPT:
        table.delete(f"event_date < date '{(today - KEPT).isoformat()}'")
    if table is not None and days.count(today) > MANY_FILES:
        table.optimize.compact(partition_filters=[("event_date", "=", today.isoformat())])
