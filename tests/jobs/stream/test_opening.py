"""What was gone before it was read is told, durably, before the stream goes on."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from include.contracts import load_contracts
from include.delta_log import open_table
from include.errors import OffsetsLost, StreamError, TopicError
from include.gaps import Gap, declare, declared
from include.incidents import close_incident, open_incidents
from include.lease import Lease
from include.settings import KafkaSettings, LakeSettings
from include.watch.lag_samples import LagSample, put
from jobs.stream.epochs import Epoch, Epochs
from jobs.stream.feed import FeedFigures, FeedStream
from jobs.stream.losses import tell_offsets_lost
from jobs.stream.opening import Opening
from jobs.stream.places import Places
from tests.jobs.bronze_rows import append, bronze_row

METRICS = load_contracts()["metrics"]
TOPIC = METRICS.topic.name


def opening(lake: LakeSettings, lease: Lease, epochs: Epochs | None = None) -> Opening:
    return Opening(KafkaSettings("nobody:1"), lake, lease, epochs or Epochs())


def kafka_has(topic_id: str, begin: int, end: int) -> Places:
    return Places({TOPIC: topic_id}, {TOPIC: {0: begin, 1: 0}}, {TOPIC: {0: end, 1: 0}})


def read_up_to(feed: FeedStream, offset: int) -> None:
    feed.skip({0: offset})
    feed.commit_pending()


def gaps(lake: LakeSettings) -> list[tuple[str, int, int, int, str]]:
    found = declared(lake, "metrics")
    return [(gap.topic_id, gap.partition, gap.first_offset, gap.last_offset, gap.reason) for gap in found]


def test_what_kafka_deleted_unread_is_declared_and_the_stream_goes_on_after_it(lake: LakeSettings, lease: Lease) -> None:
    at_work = opening(lake, lease)
    feed = at_work.open(METRICS, kafka_has("a", 0, 10), FeedFigures())
    read_up_to(feed, 10)

    assert at_work.start(feed, kafka_has("a", 25, 40)) == {0: 25, 1: 0}

    assert gaps(lake) == [("a", 0, 10, 24, "retention")]
    (incident,) = open_incidents(lake)
    assert incident.what == "15 offsets of metrics left Kafka before they were read: partition 0: 10 to 24"
    feed.commit_pending()
    assert at_work.open(METRICS, kafka_has("a", 25, 40), FeedFigures()).next_offsets == {0: 25, 1: 0}


def test_loss_that_grows_before_it_is_committed_is_declared_once_and_is_one_incident(lake: LakeSettings, lease: Lease) -> None:
    for begin in (25, 30):
        at_work = opening(lake, lease)
        at_work.start(at_work.open(METRICS, kafka_has("a", begin, 40), FeedFigures()), kafka_has("a", begin, 40))
    assert gaps(lake) == [("a", 0, 0, 24, "retention"), ("a", 0, 25, 29, "retention")]
    assert len(open_incidents(lake)) == 1


def test_incident_is_opened_though_the_gap_was_declared_already(lake: LakeSettings, lease: Lease) -> None:
    at_work = opening(lake, lease)
    feed = at_work.open(METRICS, kafka_has("a", 0, 10), FeedFigures())
    declare(lake, [Gap("metrics", "a", 0, 0, 4, "retention", "stream")])
    assert open_incidents(lake) == []
    at_work.start(feed, kafka_has("a", 5, 10))
    assert len(open_incidents(lake)) == 1


def test_what_a_former_topic_held_unread_is_told_by_the_ends_that_were_seen(lake: LakeSettings, lease: Lease) -> None:
    read_up_to(opening(lake, lease).open(METRICS, kafka_has("former", 0, 10), FeedFigures()), 10)
    figures = FeedFigures()

    for _ in range(2):
        epochs = Epochs({TOPIC: Epoch("former", {0: 17, 1: 0})})
        feed = opening(lake, lease, epochs).open(METRICS, kafka_has("now", 0, 3), figures)

    assert feed.next_offsets == {0: 0, 1: 0}
    assert gaps(lake) == [("former", 0, 10, 16, "topic recreated")]
    (incident,) = open_incidents(lake)
    assert "7 offsets of metrics went with the former topic (id former) unread, at least: partition 0: 10 to 16" in incident.what
    assert figures.lost == incident.what
    assert epochs.of(TOPIC) == Epoch("now")


def test_topic_made_anew_after_it_was_read_to_its_end_is_told_as_nobody_knows_what_came_after_the_last_look(
    lake: LakeSettings, lease: Lease
) -> None:
    read_up_to(opening(lake, lease).open(METRICS, kafka_has("former", 0, 10), FeedFigures()), 10)
    for _ in range(2):
        epochs = Epochs({TOPIC: Epoch("former", {0: 10}, seen_at=1.0)})
        opening(lake, lease, epochs).open(METRICS, kafka_has("now", 0, 3), FeedFigures())
    assert gaps(lake) == []
    (incident,) = open_incidents(lake)
    assert (incident.severity, incident.incident_id) == ("warning", "topic-made-anew/metrics/former")
    assert "partition 0 to 9." in incident.what
    assert "at 1970-01-01 00:00:01 UTC" in incident.what


def look(topic_id: str, end: int, at: datetime, feed: str = "metrics") -> LagSample:
    return LagSample(feed, topic_id, 0, at, 0, end, 0, end, None)


def test_what_watch_saw_of_former_topics_while_no_driver_ran_is_told(lake: LakeSettings, lease: Lease) -> None:
    read_up_to(opening(lake, lease).open(METRICS, kafka_has("former", 0, 10), FeedFigures()), 10)
    seen = datetime(2026, 3, 1, tzinfo=UTC)
    minute = timedelta(minutes=1)
    looks = [look("earlier", 50, seen - minute), look("former", 10, seen - minute), look("former", 30, seen + minute)]
    put(lake, [*looks, look("between", 4, seen + 2 * minute), look("other", 9, seen + minute, "clicks")])

    epochs = Epochs({TOPIC: Epoch("former", {0: 10}, seen_at=seen.timestamp())})
    opening(lake, lease, epochs).open(METRICS, kafka_has("now", 0, 3), FeedFigures())

    assert gaps(lake) == [("between", 0, 0, 3, "topic recreated"), ("former", 0, 10, 29, "topic recreated")]
    assert len(open_incidents(lake)) == 2


def test_a_table_that_is_gone_is_not_made_and_read_from_the_beginning(lake: LakeSettings, lease: Lease) -> None:
    read_up_to(opening(lake, lease).open(METRICS, kafka_has("a", 0, 10), FeedFigures()), 10)
    shutil.rmtree(lake.table_uri(METRICS.bronze))
    at_work = opening(lake, lease, Epochs({TOPIC: Epoch("a", {0: 10}, {0: 10, 1: 0})}))
    with pytest.raises(OffsetsLost, match="the table is gone") as caught:
        at_work.open(METRICS, kafka_has("a", 0, 12), FeedFigures())
    assert caught.value.value == {"partition 0 had been read to": 10, "partition 1 had been read to": 0}
    assert open_table(lake, METRICS.bronze) is None
    (incident,) = open_incidents(lake)
    assert "headwater stream resume metrics" in incident.fix

    of_another_topic = opening(lake, lease, Epochs({TOPIC: Epoch("former", {0: 10}, {0: 10})}))
    assert of_another_topic.open(METRICS, kafka_has("a", 0, 12), FeedFigures()).next_offsets == {0: 0, 1: 0}


def test_a_log_that_is_gone_is_an_incident_and_its_files_stay(lake: LakeSettings, lease: Lease) -> None:
    append(lake, METRICS, [bronze_row(b"x", 0)])
    shutil.rmtree(Path(lake.table_uri(METRICS.bronze)) / "_delta_log")
    with pytest.raises(OffsetsLost, match="1 data file and no log"):
        opening(lake, lease).open(METRICS, kafka_has("topic-id", 0, 3), FeedFigures())
    assert [each.incident_id for each in open_incidents(lake)] == ["offsets-lost/metrics"]
    assert open_table(lake, METRICS.bronze) is None


def test_a_log_that_ends_before_the_table_stays_a_cause_not_to_read_after_it_has_grown_again(lake: LakeSettings, lease: Lease) -> None:
    read_up_to(opening(lake, lease).open(METRICS, kafka_has("a", 0, 10), FeedFigures()), 10)
    for end in (7, 12):  # then the broker gives the lost records' offsets to others
        with pytest.raises(StreamError, match="ended before what the table holds"):
            opening(lake, lease).open(METRICS, kafka_has("a", 0, end), FeedFigures())
    (incident,) = open_incidents(lake)
    assert incident.what == "the broker lost acknowledged records: partition 0 ends at 7, the table goes on at 10"

    assert opening(lake, lease).open(METRICS, kafka_has("anew", 0, 3), FeedFigures()).next_offsets == {0: 0, 1: 0}
    close_incident(lake, incident.incident_id)
    assert opening(lake, lease).open(METRICS, kafka_has("a", 0, 12), FeedFigures()).next_offsets == {0: 10, 1: 0}


def test_table_without_its_offsets_is_an_incident_that_is_told_once(lake: LakeSettings, lease: Lease) -> None:
    append(lake, METRICS, [bronze_row(b"x", 0)])
    for _ in range(2):
        with pytest.raises(OffsetsLost):
            opening(lake, lease).open(METRICS, kafka_has("topic-id", 0, 3), FeedFigures())
    (incident,) = open_incidents(lake)
    assert (incident.incident_id, incident.severity) == ("offsets-lost/metrics", "critical")
    assert "headwater stream resume metrics" in incident.fix


def test_incident_of_lost_offsets_is_closed_once_the_table_is_well_again_and_the_next_loss_is_another(
    lake: LakeSettings, lease: Lease
) -> None:
    tell_offsets_lost(lake, METRICS, OffsetsLost("rows without offsets", where=METRICS.bronze))
    read_up_to(opening(lake, lease).open(METRICS, kafka_has("topic-id", 0, 10), FeedFigures()), 10)
    assert open_incidents(lake) == []

    append(lake, METRICS, [bronze_row(b"x", 10)])
    with pytest.raises(OffsetsLost):
        opening(lake, lease).open(METRICS, kafka_has("topic-id", 0, 11), FeedFigures())
    assert [incident.incident_id for incident in open_incidents(lake)] == ["offsets-lost/metrics"]


def test_topic_that_is_not_there_is_no_loss_and_opens_nothing(lake: LakeSettings, lease: Lease) -> None:
    epochs = Epochs({TOPIC: Epoch("former", {0: 17})})
    with pytest.raises(TopicError, match="no such topic"):
        opening(lake, lease, epochs).open(METRICS, Places({}, {}, {}), FeedFigures())
    assert (gaps(lake), open_incidents(lake)) == ([], [])
