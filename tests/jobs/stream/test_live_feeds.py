"""Where the live tables' feeds are read from: Kafka, from where bronze is, or bronze, while Kafka cannot be read or must not."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from deltalake import CommitProperties, Transaction, write_deltalake

from include.contracts import load_contracts
from include.delta_log import transaction_app_id
from include.errors import TopicError
from include.settings import LakeSettings
from jobs.stream import live_feed, live_feeds
from jobs.stream.bronze import SCHEMA
from jobs.stream.live_feed import LiveFeed, Read
from jobs.stream.live_feeds import LiveFeeds
from jobs.stream.slices import Slice
from tests.jobs.bronze_rows import bronze_row
from tests.jobs.stream.fed import Bronze, Clock, Kafka, Stream
from tests.jobs.stream.sent import slice_of

METRICS, VIEWS = load_contracts()["metrics"], load_contracts()["views"]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def kafka() -> Kafka:
    return Kafka()


@pytest.fixture
def bronze() -> Bronze:
    return Bronze()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(live_feeds, "time", clock)
    return clock


@pytest.fixture
def feeds(lake: LakeSettings, kafka: Kafka, bronze: Bronze) -> LiveFeeds:
    return LiveFeeds({"metrics", "views"}, lake, kafka, bronze)


def value(cpu: float) -> bytes:
    return json.dumps({"server": "s1", "timestamp": NOON.isoformat(), "cpu_pct": cpu, "memory_pct": 1}).encode()


def samples(first: int, *cpus: float, at: datetime = NOON) -> Slice:
    """As records with offsets from `first` on; Kafka's time is `at`."""
    return slice_of([value(cpu) for cpu in cpus], first, [at] * len(cpus))


def in_bronze(lake: LakeSettings, *cpus: float) -> None:
    """The table's first commit: these samples from offset 0 on."""
    rows = pa.Table.from_pylist([bronze_row(value(cpu), offset=offset) for offset, cpu in enumerate(cpus)], SCHEMA)
    offsets = CommitProperties(app_transactions=[Transaction(transaction_app_id("topic-id", 0), len(cpus))])
    write_deltalake(lake.table_uri(METRICS.bronze), rows, partition_by=["event_date"], commit_properties=offsets)


def cpus(read: Read | None) -> list[float]:
    assert read is not None
    return read.rows["cpu_pct"].to_pylist()


def metrics(feeds: LiveFeeds) -> LiveFeed:
    return feeds.known()["metrics"]


def test_a_feed_is_followed_from_where_bronze_is_and_what_lies_before_comes_from_bronze(
    feeds: LiveFeeds, kafka: Kafka, lake: LakeSettings
) -> None:
    in_bronze(lake, 1, 2)
    feeds.begin([Stream(METRICS, {0: 2})])
    kafka.came = {"metrics": [samples(2, 3, 4)]}
    feeds.receive(0.0)
    assert kafka.followed == {"metrics": {0: 2}}
    assert cpus(metrics(feeds).read({0: 0})) == [1, 2]
    assert cpus(metrics(feeds).read({0: 2})) == [3, 4]


def test_feed_that_no_live_table_is_filled_from_is_not_read(lake: LakeSettings, kafka: Kafka, bronze: Bronze) -> None:
    feeds = LiveFeeds({"metrics"}, lake, kafka, bronze)
    feeds.begin([Stream(VIEWS, {0: 0})])
    feeds.receive(0.0)
    assert (kafka.followed, feeds.known()) == ({}, {})


def test_while_bronze_is_catching_up_nothing_is_read_from_kafka_and_after_it_from_where_bronze_then_is(
    feeds: LiveFeeds, kafka: Kafka, bronze: Bronze, lake: LakeSettings
) -> None:
    in_bronze(lake, 0, 1, 2, 3, 4)
    stream = Stream(METRICS, {0: 0})
    feeds.begin([stream])
    feeds.receive(0.0)
    bronze.catching_up = True
    stream.next_offsets[0] = 5
    feeds.receive(0.0)
    assert kafka.followed == {}
    assert cpus(metrics(feeds).read({0: 0})) == [0, 1, 2, 3, 4]

    bronze.catching_up = False
    kafka.came = {"metrics": [samples(5, 9)]}
    feeds.receive(0.0)
    assert kafka.followed == {"metrics": {0: 5}}
    assert cpus(metrics(feeds).read({0: 5})) == [9]


def test_topic_that_cannot_be_read_is_read_from_bronze_until_it_is_tried_again_and_stops_no_other(
    feeds: LiveFeeds, kafka: Kafka, lake: LakeSettings
) -> None:
    in_bronze(lake, 1)
    feeds.begin([Stream(METRICS, {0: 0}), Stream(VIEWS, {0: 7})])
    feeds.receive(0.0)
    kafka.refused = {"metrics": "Broker: Offset out of range"}
    feeds.receive(0.0)
    assert kafka.followed == {"views": {0: 7}}
    assert cpus(metrics(feeds).read({0: 0})) == [1]
    feeds.receive(0.0)
    assert kafka.followed == {"views": {0: 7}}

    kafka.refused = {}
    feeds._parked["metrics"].until = 0.0
    feeds.receive(0.0)
    assert kafka.followed == {"views": {0: 7}, "metrics": {0: 0}}


def test_where_the_broker_does_not_say_whose_records_these_are_every_feed_is_followed_anew(feeds: LiveFeeds, kafka: Kafka) -> None:
    feeds.begin([Stream(METRICS, {0: 3}), Stream(VIEWS, {0: 7})])
    feeds.receive(0.0)
    kafka.away = TopicError("the topic could not be described", where="metrics")
    feeds.receive(0.0)
    assert kafka.followed == {}


def test_topic_that_was_made_anew_is_followed_from_its_own_beginning(feeds: LiveFeeds, kafka: Kafka) -> None:
    feeds.begin([Stream(METRICS, {0: 3})])
    feeds.receive(0.0)
    feeds.begin([Stream(METRICS, {0: 0}, topic_id="another")])
    kafka.came = {"metrics": [samples(0, 5)]}
    feeds.receive(0.0)
    assert kafka.followed == {"metrics": {0: 0}}
    assert (metrics(feeds).topic_id, cpus(metrics(feeds).read({0: 0}))) == ("another", [5])


def test_record_has_the_time_that_its_contract_names_whenever_kafka_says_that_it_was_written(feeds: LiveFeeds, kafka: Kafka) -> None:
    feeds.begin([Stream(METRICS, {0: 0})])
    kafka.came = {"metrics": [samples(0, 1, at=datetime(2026, 7, 1, tzinfo=UTC))]}
    feeds.receive(0.0)
    read = metrics(feeds).read({0: 0})
    assert read is not None
    assert read.rows["_time"].to_pylist() == [int(NOON.timestamp()) * 1_000_000]


def test_without_a_source_all_is_read_from_bronze(lake: LakeSettings, bronze: Bronze) -> None:
    in_bronze(lake, 1)
    feeds = LiveFeeds({"metrics"}, lake, None, bronze)
    feeds.begin([Stream(METRICS, {0: 1})])
    feeds.receive(0.0)
    assert cpus(metrics(feeds).read({0: 0})) == [1]


def test_the_source_is_closed_with_them(feeds: LiveFeeds, kafka: Kafka) -> None:
    feeds.close()
    assert kafka.closed


def test_what_bronze_has_and_the_consumer_does_not_bring_is_read_from_bronze(
    feeds: LiveFeeds, kafka: Kafka, lake: LakeSettings, clock: Clock
) -> None:
    """A consumer whose connection hangs says nothing."""
    in_bronze(lake, 1, 2)
    stream = Stream(METRICS, {0: 0})
    feeds.begin([stream])
    feeds.receive(0.0)
    stream.next_offsets[0] = 2
    for _ in range(2):
        assert metrics(feeds).read({0: 0}) is None
        clock.now += 6
        feeds.receive(0.0)
    assert cpus(metrics(feeds).read({0: 0})) == [1, 2]

    kafka.came = {"metrics": [samples(0, 1, 2, 3)]}
    feeds.receive(0.0)
    assert cpus(metrics(feeds).read({0: 2})) == [3]


def test_consumer_that_is_a_little_later_than_bronze_is_waited_for(feeds: LiveFeeds, kafka: Kafka, clock: Clock) -> None:
    stream = Stream(METRICS, {0: 0})
    feeds.begin([stream])
    feeds.receive(0.0)
    for offset in range(5):
        stream.next_offsets[0] = offset + 1
        clock.now += 6
        feeds.receive(0.0)
        assert metrics(feeds).read({0: offset}) is None  # else bronze, which there is none of, would be asked
        kafka.came = {"metrics": [samples(offset, 7)]}
        feeds.receive(0.0)
        assert cpus(metrics(feeds).read({0: offset})) == [7]


def test_live_tables_that_are_further_than_bronze_are_read_on_for_from_where_they_are(
    feeds: LiveFeeds, kafka: Kafka, bronze: Bronze
) -> None:
    """Of a feed that is put aside, Kafka may have no more what bronze still lacks."""
    feeds.begin([Stream(METRICS, {0: 3})])
    feeds.receive(0.0)
    metrics(feeds).forget({0: 500})
    bronze.catching_up = True
    feeds.receive(0.0)
    bronze.catching_up = False
    feeds.receive(0.0)
    assert kafka.followed == {"metrics": {0: 500}}


def test_burst_that_is_more_than_is_remembered_is_seen_once_before_it_is_forgotten(
    feeds: LiveFeeds, kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_feed, "REMEMBERED_BYTES", 10)
    feeds.begin([Stream(METRICS, {0: 0})])
    kafka.came = {"metrics": [samples(0, *range(50))]}
    feeds.receive(0.0)
    assert len(cpus(metrics(feeds).read({0: 0}))) == 50
    metrics(feeds).forget({0: 0})
    assert metrics(feeds)._bytes == 0


def test_refusal_long_after_the_last_one_is_tried_again_as_soon_as_the_first(feeds: LiveFeeds, kafka: Kafka, clock: Clock) -> None:
    feeds.begin([Stream(METRICS, {0: 0})])
    kafka.refused = {"metrics": "Broker: Offset out of range"}
    for wait in (0, 60, 60, 60, 3600):
        clock.now += wait
        feeds._parked["metrics"].until = clock.now - wait
        feeds.receive(0.0)
    assert feeds._parked["metrics"].failures == 1
