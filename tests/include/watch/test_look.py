"""What a look sees of feeds that are well and of others that are not: one in trouble hides no other. On a broker: tests/integration."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from include import objects
from include.contracts import Contract, load_contracts
from include.errors import StoreError, TopicError
from include.incidents import Incident
from include.lag import FeedProgress
from include.settings import KafkaSettings, LakeSettings
from include.streams.state import Desired, FeedStatus, LiveStatus, StreamStatus, publish_actual, set_desired
from include.watch import look as looking
from include.watch.follow import follow
from include.watch.lag_samples import LagSample, put
from include.watch.look import Look, look
from include.watch.peek import Peek

CONTRACTS = load_contracts()
NO_KAFKA = KafkaSettings("127.0.0.1:1")


class World:
    """What Kafka and the tables answer."""

    def __init__(self) -> None:
        self.missing: set[str] = set()
        self.unreadable: set[str] = set()
        self.away = False
        self.peeks: dict[tuple[str, int], Peek] = {}

    def topic_partitions(self, _: KafkaSettings, topics: Iterable[str]) -> dict[str, list[int]]:
        if self.away:
            raise TopicError("no broker answers")
        return {topic: [0] for topic in topics if topic not in self.missing}

    def feed_progress(self, _: KafkaSettings, __: LakeSettings, contracts: Iterable[Contract]) -> dict[str, FeedProgress]:
        asked = list(contracts)
        if bad := [contract.bronze for contract in asked if contract.feed in self.unreadable]:
            raise StoreError("the table could not be opened", where=bad[0])
        return {contract.feed: FeedProgress(contract.feed, {0: 0}, {0: 100}, {0: 100}, "id") for contract in asked}

    def peek(self, _: KafkaSettings, __: Mapping[tuple[str, int], int]) -> dict[tuple[str, int], Peek]:
        return self.peeks


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, lake: LakeSettings) -> World:
    """All is well, but that the stream was stopped by somebody."""
    world = World()
    for name in ("topic_partitions", "feed_progress", "peek"):
        monkeypatch.setattr(looking, name, getattr(world, name))
    set_desired(lake, "all", "stopped")
    return world


@pytest.fixture
def watched(lake: LakeSettings) -> None:
    """The watch has gone on until now."""
    looked_before(lake, 2, 1)


def driver_says(
    lake: LakeSettings,
    feeds: Mapping[str, FeedStatus] | None = None,
    live: Mapping[str, LiveStatus] | None = None,
    ago: float = 0.0,
    started_seconds_ago: float = 3600.0,
) -> None:
    """A driver of all feeds told this so many seconds ago."""
    now = time.time()
    times = (now - started_seconds_ago, now - ago)
    publish_actual(lake, StreamStatus("all", "o", 1, "h", 1, "running", *times, "driver", feeds=feeds or {}, live=live or {}))


def looked_before(lake: LakeSettings, *minutes_ago: int, unread: int = 0, feeds: Iterable[str] = CONTRACTS.feeds) -> None:
    """The watch has looked so many minutes ago; bronze stood at offset 50 then, and Kafka so much further."""
    for ago in minutes_ago:
        at = datetime.now(UTC) - timedelta(minutes=ago)
        put(lake, [LagSample(feed, "id", 0, at, 0, 50 + unread, 50, unread, 0.0) for feed in sorted(feeds)])


def ids(seen: Look) -> list[str]:
    return [signal.incident_id for signal in seen.signals]


def closed_by(seen: Look, *open_ones: str) -> set[str]:
    """Those of these open incidents that looks which go on to see this close."""
    now = datetime.now(UTC)
    known = [Incident(each, "critical", "c", "w", "w", "f", opened_at=now, first_seen_at=now, seen_at=now) for each in open_ones]
    changes = follow(known, seen.signals, now + timedelta(minutes=10), seen.unknown)
    return {after.incident_id for _, after in changes if after is not None and after.closed_at is not None}


def test_where_all_is_well_nothing_is_said_and_every_partition_has_a_sample(world: World, watched: None, lake: LakeSettings) -> None:
    seen = look(NO_KAFKA, lake, CONTRACTS)
    assert (ids(seen), seen.unknown, {sample.feed for sample in seen.samples}) == ([], (), set(CONTRACTS.feeds))


def test_kafka_away_is_one_signal_and_says_nothing_of_lag(world: World, lake: LakeSettings) -> None:
    world.away = True
    seen = look(NO_KAFKA, lake, CONTRACTS)
    assert (ids(seen), seen.samples) == (["kafka"], ())
    assert closed_by(seen, "lag/all", "runway/all", "freshness/all", "live/all", "topic/clicks", "table/views", "disk") == {"disk"}


def test_a_topic_that_is_missing_and_a_table_that_cannot_be_read_hide_no_other_feed(world: World, lake: LakeSettings) -> None:
    world.missing, world.unreadable = {CONTRACTS["clicks"].topic.name}, {"views"}
    seen = look(NO_KAFKA, lake, CONTRACTS)
    assert sorted(ids(seen)) == ["table/views", "topic/clicks"]
    assert {sample.feed for sample in seen.samples} == CONTRACTS.feeds.keys() - {"clicks", "views"}
    assert {"lag/all", "runway/all", "freshness/all"} <= set(seen.unknown)


def test_of_a_feed_without_topic_nobody_knows_how_its_table_is(world: World, lake: LakeSettings) -> None:
    world.missing = {CONTRACTS["clicks"].topic.name}
    assert closed_by(look(NO_KAFKA, lake, CONTRACTS), "table/clicks", "table/views") == {"table/views"}


def test_the_topic_of_alerts_is_missed_as_those_of_feeds_are(world: World, lake: LakeSettings) -> None:
    world.missing = {"alerts"}
    seen = look(NO_KAFKA, lake, CONTRACTS)
    assert (ids(seen), {sample.feed for sample in seen.samples}) == (["topic/alerts"], set(CONTRACTS.feeds))


@pytest.mark.parametrize(("error", "found"), [("no", []), (None, ["live/all"])])
def test_a_live_table_that_is_parked_is_not_told_once_more_as_one_that_is_behind(
    world: World, lake: LakeSettings, error: str | None, found: list[str]
) -> None:
    set_desired(lake, "all", "running")
    now = datetime.now(UTC)
    rows = {"event_time": [now], "ingested_at": [now], "event_date": [now.date()]}
    write_deltalake(lake.table_uri("bronze.clicks"), pa.table(rows), partition_by=["event_date"])
    put(lake, [LagSample("clicks", "id", 0, now - timedelta(minutes=1), 0, 50, 50, 0, 0.0)])
    driver_says(lake, live={"item_engagement_1m": LiveStatus(last_error=error)})
    assert [each for each in ids(look(NO_KAFKA, lake, CONTRACTS)) if each.startswith("live/")] == found


def test_a_store_that_answers_for_no_table_is_an_error(world: World, lake: LakeSettings) -> None:
    world.unreadable = set(CONTRACTS.feeds)
    with pytest.raises(StoreError, match="could not be opened"):
        look(NO_KAFKA, lake, CONTRACTS)


def test_records_that_are_about_to_be_deleted_are_told_whoever_stopped_the_stream(
    world: World, lake: LakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def behind(_: KafkaSettings, __: LakeSettings, contracts: Iterable[Contract]) -> dict[str, FeedProgress]:
        return {each.feed: FeedProgress(each.feed, {0: 0}, {0: 100}, {0: 0}, "id") for each in contracts}

    monkeypatch.setattr(looking, "feed_progress", behind)
    world.peeks = {(CONTRACTS["clicks"].topic.name, 0): Peek(None, 1e9)}
    assert ids(look(NO_KAFKA, lake, CONTRACTS)) == ["runway/all"]


OF_THE_DRIVER = ("stream/all", "parked/clicks", "live-parked/alerts", "lag/all")


def test_of_a_driver_that_should_be_at_work_and_is_silent_nobody_knows_what_it_has_parked(world: World, lake: LakeSettings) -> None:
    """Nor how its lag is: what nobody reads is told by the stream."""
    driver_says(lake, {"clicks": FeedStatus()}, {"alerts": LiveStatus()}, ago=100.0)
    set_desired(lake, "all", "running")
    assert closed_by(look(NO_KAFKA, lake, CONTRACTS), *OF_THE_DRIVER) == set()


@pytest.mark.parametrize(
    ("asked_seconds_ago", "started_seconds_ago", "closed"),
    [(100, 90, {"lag/all"}), (3600, 90, {"lag/all", "stream/all"}), (3600, 3600, set(OF_THE_DRIVER))],
)
def test_what_a_driver_does_not_say_is_over_when_it_has_had_time_to_start(
    world: World, lake: LakeSettings, asked_seconds_ago: float, started_seconds_ago: float, closed: set[str]
) -> None:
    asked = Desired("running", restart=1, restart_requested_at=time.time() - asked_seconds_ago)
    objects.write(lake, "streams/all/desired.json", asdict(asked))
    driver_says(lake, {"clicks": FeedStatus()}, {"alerts": LiveStatus()}, started_seconds_ago=started_seconds_ago)
    assert closed_by(look(NO_KAFKA, lake, CONTRACTS), *OF_THE_DRIVER) == closed


@pytest.mark.parametrize(("error", "found"), [("no", ["parked/clicks", "parked/views"]), (None, ["lag/all", "freshness/all"])])
def test_feeds_that_are_parked_are_told_by_themselves_alone_however_many_they_are(
    world: World, lake: LakeSettings, monkeypatch: pytest.MonkeyPatch, error: str | None, found: list[str]
) -> None:
    """Their lag stalls and bronze has no new event; a driver that has not opened them and does not say why explains neither."""

    def progress(_: KafkaSettings, __: LakeSettings, contracts: Iterable[Contract]) -> dict[str, FeedProgress]:
        return {each.feed: FeedProgress(each.feed, {0: 0}, {0: 100}, {0: 50 if each.feed in halted else 100}, "id") for each in contracts}

    halted = {"clicks", "views"}
    monkeypatch.setattr(looking, "feed_progress", progress)
    objects.write(lake, "streams/all/desired.json", asdict(Desired("running")))
    driver_says(lake, dict.fromkeys(halted, FeedStatus(parked_until=time.time(), last_error=error)))
    for ago in (3, 2, 1):
        at = datetime.now(UTC) - timedelta(minutes=ago)
        put(lake, [LagSample(feed, "id", 0, at, 0, 90, 50, 40, 0.0) for feed in sorted(halted)])
    assert ids(look(NO_KAFKA, lake, CONTRACTS)) == found


def test_a_feed_that_was_not_opened_yet_may_be_parked_again(world: World, lake: LakeSettings) -> None:
    objects.write(lake, "streams/all/desired.json", asdict(Desired("running")))
    driver_says(lake, {"clicks": FeedStatus(parked_until=time.time()), "views": FeedStatus()})
    assert closed_by(look(NO_KAFKA, lake, CONTRACTS), "parked/clicks", "parked/views") == {"parked/views"}


def test_records_of_a_clock_that_is_behind_are_news_and_history_is_none(
    world: World, lake: LakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of clicks one hour of events comes in each of ten minutes; of views a minute's, all of three days ago."""
    set_desired(lake, "all", "running")
    now = datetime.now(UTC)
    for minute in range(10):
        came = now - timedelta(minutes=10 - minute) + timedelta(seconds=30)
        for feed, event in (("clicks", now - timedelta(hours=90 - minute)), ("views", came - timedelta(days=3))):
            rows = {"event_time": [event] * 5, "ingested_at": [came] * 5, "event_date": [event.date()] * 5}
            write_deltalake(lake.table_uri(f"bronze.{feed}"), pa.table(rows), mode="append", partition_by=["event_date"])
    put(lake, [LagSample(feed, "id", 0, now - timedelta(minutes=1), 0, 50, 50, 0, 0.0) for feed in ("clicks", "views")])
    found = {signal.incident_id: signal.what for signal in look(NO_KAFKA, lake, CONTRACTS).signals}
    assert "views: newest event" in found["freshness/all"]
    assert "clicks" not in found["freshness/all"]


class Stalled(World):
    """Bronze has 50 records of each feed, and Kafka 100."""

    def feed_progress(self, _: KafkaSettings, __: LakeSettings, contracts: Iterable[Contract]) -> dict[str, FeedProgress]:
        return {each.feed: FeedProgress(each.feed, {0: 0}, {0: 100}, {0: 50}, "id") for each in contracts}


OF_THE_LAG = ("lag/all", "freshness/all", "live/all", "runway/all")


def test_the_first_looks_after_a_pause_close_nothing_of_which_they_cannot_know(
    world: World, lake: LakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Airflow was away: the window is empty. At the second look it is known what comes, at the third how the lag moves."""
    monkeypatch.setattr(looking, "feed_progress", Stalled().feed_progress)
    objects.write(lake, "streams/all/desired.json", asdict(Desired("running")))
    driver_says(lake)
    closed = [closed_by(look(NO_KAFKA, lake, CONTRACTS), *OF_THE_LAG)]
    for ago in (2, 1):
        looked_before(lake, ago, unread=50)
        seen = look(NO_KAFKA, lake, CONTRACTS)
        closed.append(closed_by(seen, *OF_THE_LAG))
    assert closed == [set(), {"freshness/all", "live/all", "runway/all"}, {"freshness/all", "live/all", "runway/all"}]
    assert "lag/all" in ids(seen)


def test_what_has_been_read_needs_no_second_look(world: World, lake: LakeSettings) -> None:
    assert closed_by(look(NO_KAFKA, lake, CONTRACTS), *OF_THE_LAG) == {"lag/all"}


def test_what_the_tables_say_is_told_though_kafka_is_away(world: World, lake: LakeSettings) -> None:
    rows = {"feed": ["clicks"], "event_date": [datetime.now(UTC).date()], "state": ["open"], "finding": ["in none"], "wrong": [True]}
    write_deltalake(lake.table_uri("ops.ledger_days"), pa.table(rows))
    world.away = True
    assert ids(look(NO_KAFKA, lake, CONTRACTS)) == ["kafka", "ledger/clicks"]


def test_a_live_table_that_cannot_be_read_hides_nothing(world: World, lake: LakeSettings) -> None:
    set_desired(lake, "all", "running")
    put(lake, [LagSample("clicks", "id", 0, datetime.now(UTC) - timedelta(minutes=1), 0, 50, 50, 0, 0.0)])
    for address in ("live.item_engagement_1m", "bronze.clicks"):
        log = Path(lake.table_uri(address)) / "_delta_log"
        log.mkdir(parents=True)
        (log / "00000000000000000000.json").write_text("no JSON")
    assert "freshness/all" in ids(look(NO_KAFKA, lake, CONTRACTS))
