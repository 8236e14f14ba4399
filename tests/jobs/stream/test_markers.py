"""How far the query has read counts for the topic that it has read, and for no other."""

from __future__ import annotations

from collections.abc import Collection

from include.contracts import load_contracts
from include.errors import TopicError
from include.lease import Lease
from include.settings import LakeSettings
from jobs.stream.feed import FeedStream
from jobs.stream.markers import Markers

METRICS = load_contracts()["metrics"]
TOPIC = METRICS.topic.name


def feed_of(lake: LakeSettings, lease: Lease) -> FeedStream:
    return FeedStream.open(METRICS, "topic-id", (0, 1), lake, lease)


def test_offsets_behind_the_last_record_are_passed_over_once_the_topic_is_known_to_be_the_same(lake: LakeSettings, lease: Lease) -> None:
    feed, asked = feed_of(lake, lease), []

    def confirmed(topics: Collection[str]) -> dict[str, FeedStream]:
        asked.append(list(topics))
        return {TOPIC: feed}

    markers = Markers({TOPIC: feed}, confirmed)
    markers.pass_over({TOPIC: {0: 0, 1: 0}, "of-nobody": {0: 5}})
    assert asked == []
    markers.pass_over({TOPIC: {0: 7, 1: 0}})
    assert (asked, feed.positions) == ([[TOPIC]], {0: 7, 1: 0})
    feed.commit_pending()
    assert feed.next_offsets == {0: 7, 1: 0}


def test_of_a_topic_that_was_made_anew_nothing_is_passed_over(lake: LakeSettings, lease: Lease) -> None:
    feed = feed_of(lake, lease)
    Markers({TOPIC: feed}, lambda _: {}).pass_over({TOPIC: {0: 7}})
    assert feed.positions == {0: 0, 1: 0}


def test_without_an_answer_of_kafka_the_feed_stays_where_it_is(lake: LakeSettings, lease: Lease) -> None:
    feed = feed_of(lake, lease)

    def confirmed(topics: Collection[str]) -> dict[str, FeedStream]:
        raise TopicError("Kafka does not answer", value=list(topics))

    Markers({TOPIC: feed}, confirmed).pass_over({TOPIC: {0: 7}})
    assert feed.positions == {0: 0, 1: 0}


def test_a_look_is_due_at_once_and_then_not_for_two_seconds() -> None:
    markers = Markers({}, lambda _: {})
    assert [markers.are_due(), markers.are_due()] == [True, False]
