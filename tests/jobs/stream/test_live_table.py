"""A live table's rows and commits: whatever the times of the records, whoever wrote before."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake

from include.contracts import load_contracts
from include.delta_log import transaction_app_id
from include.errors import FencedError
from include.lease import Lease
from include.settings import LakeSettings
from jobs.common.windows import window_table
from jobs.stream.bronze import SCHEMA
from jobs.stream.fold import Fold
from jobs.stream.live_feed import LiveFeed
from jobs.stream.live_table import NAMED_WINDOWS, LiveTable
from tests.jobs.bronze_rows import append, bronze_row
from tests.jobs.stream.sent import slice_of

METRICS = load_contracts()["metrics"]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
Server = tuple[datetime, float]


@pytest.fixture
def feed(lake: LakeSettings) -> LiveFeed:
    feed = LiveFeed(METRICS, "topic-id", (0,), lake)
    feed.begin({0: 0})
    return feed


def offer(feed: LiveFeed, first: int, *samples: Server, server: str = "s1") -> None:
    """Samples of a server as records with offsets from `first` on: time and CPU."""
    values = [json.dumps({"server": server, "timestamp": at.isoformat(), "cpu_pct": cpu, "memory_pct": 1}).encode() for at, cpu in samples]
    feed.offer([slice_of(values, first, [at for at, _ in samples])])


def open_table(feed: LiveFeed, lake: LakeSettings, lease: Lease) -> LiveTable:
    return LiveTable.open("server_load_1m", Fold(window_table("server_load_1m")), {"metrics": feed}, lake, lease)


def take(table: LiveTable, feed: LiveFeed) -> None:
    """Reads on and commits."""
    read = feed.read(table.positions["metrics"])
    assert read is not None
    table.offer("metrics", read)
    table.commit(table.take())


def found(lake: LakeSettings) -> dict[datetime, tuple[float, int]]:
    """Window → mean CPU and samples."""
    names = ["window_start", "avg_cpu_pct", "samples"]  # the end of the last window of the year 9999 is no datetime
    rows = DeltaTable(lake.table_uri("live.server_load_1m")).to_pyarrow_table(columns=names).sort_by("window_start").to_pylist()
    return {row["window_start"]: (row["avg_cpu_pct"], row["samples"]) for row in rows}


ODD = [datetime(1, 1, 1, tzinfo=UTC), datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 30, tzinfo=UTC)]


@pytest.mark.parametrize("at", ODD, ids=lambda at: str(at.year))
def test_window_of_any_year_grows_with_its_records(lake: LakeSettings, lease: Lease, feed: LiveFeed, at: datetime) -> None:
    table = open_table(feed, lake, lease)
    for number, cpu in enumerate((10.0, 20.0, 60.0)):
        offer(feed, number, (at, cpu))
        take(table, feed)
    table = open_table(feed, lake, lease)
    offer(feed, 3, (at, 10.0), (NOON, 5.0))
    take(table, feed)
    start = at.replace(second=0)
    assert found(lake) == dict(sorted({start: (25.0, 4), NOON: (5.0, 1)}.items()))


def test_many_windows_at_once_leave_those_between_them_as_they_are(lake: LakeSettings, lease: Lease, feed: LiveFeed) -> None:
    table = open_table(feed, lake, lease)
    minutes = [NOON + timedelta(minutes=number) for number in range(3 * NAMED_WINDOWS)]
    offer(feed, 0, *[(at, 10.0) for at in minutes])
    take(table, feed)
    offer(feed, len(minutes), *[(at, 30.0) for at in minutes[::2]])
    take(table, feed)
    assert found(lake) == {at: (20.0, 2) if number % 2 == 0 else (10.0, 1) for number, at in enumerate(minutes)}


def test_record_that_is_read_again_counts_once(lake: LakeSettings, lease: Lease, feed: LiveFeed) -> None:
    offer(feed, 0, (NOON, 10.0), (NOON, 20.0))
    take(open_table(feed, lake, lease), feed)
    again = LiveFeed(METRICS, "topic-id", (0,), lake)
    again.begin({0: 0})
    offer(again, 0, (NOON, 10.0), (NOON, 20.0), (NOON, 60.0))
    take(open_table(again, lake, lease), again)
    assert found(lake) == {NOON: (30.0, 3)}


def test_table_that_is_behind_takes_none_of_a_former_topics_rows_from_bronze(lake: LakeSettings, lease: Lease) -> None:
    for topic_id, cpu in (("former", 90), ("topic-id", 10)):
        value = {"server": "s1", "timestamp": NOON.isoformat(), "cpu_pct": cpu, "memory_pct": 1}
        append(lake, METRICS, [bronze_row(value, topic_id=topic_id, event_time=NOON)])
    properties = CommitProperties(app_transactions=[Transaction(transaction_app_id("topic-id", 0), 1)])
    write_deltalake(lake.table_uri(METRICS.bronze), SCHEMA.empty_table(), mode="append", commit_properties=properties)
    behind = LiveFeed(METRICS, "topic-id", (0,), lake)
    behind.begin({0: 1})
    take(open_table(behind, lake, lease), behind)
    assert found(lake) == {NOON: (10.0, 1)}


def test_table_that_another_driver_has_taken_over_is_refused(lake: LakeSettings, lease: Lease, feed: LiveFeed) -> None:
    offer(feed, 0, (NOON, 10.0))
    first = open_table(feed, lake, lease)
    open_table(feed, lake, lease)
    with pytest.raises(FencedError):
        take(first, feed)
    assert found(lake) == {}


def test_record_that_breaks_its_contract_is_in_no_window_and_its_offset_counts(lake: LakeSettings, lease: Lease, feed: LiveFeed) -> None:
    offer(feed, 0, (NOON, 101.0))
    table = open_table(feed, lake, lease)
    take(table, feed)
    assert (found(lake), open_table(feed, lake, lease).next_offsets) == ({}, {"metrics": {0: 1}})
