"""End offsets are remembered with the topic that had them, whatever comes between two looks."""

from __future__ import annotations

from include.settings import LakeSettings
from include.streams.state import FeedStatus, StreamStatus, publish_actual
from jobs.stream.epochs import Epoch, Epochs


def test_ends_between_two_looks_at_the_same_topic_are_that_topics() -> None:
    epochs = Epochs()
    epochs.begin("clicks", "a")
    epochs.saw({"clicks": {0: 3}}, {"clicks": "a"})
    epochs.saw({"clicks": {0: 7}}, {"clicks": "a"})
    assert epochs.of("clicks") == Epoch("a", {0: 7})


def test_ends_of_a_topic_made_anew_are_not_the_former_ones() -> None:
    epochs = Epochs({"clicks": Epoch("a", {0: 100})})
    epochs.saw({"clicks": {0: 100}}, {"clicks": "a"})
    epochs.saw({"clicks": {0: 2}}, {"clicks": "b"})
    epochs.saw({"clicks": {0: 5}}, {"clicks": "b"})
    assert epochs.of("clicks") == Epoch("a", {0: 100})
    epochs.begin("clicks", "b")
    epochs.saw({"clicks": {0: 6}}, {"clicks": "b"})
    assert epochs.of("clicks") == Epoch("b", {0: 6})


def test_next_driver_knows_what_the_last_one_saw_whatever_its_group_was(lake: LakeSettings) -> None:
    publish(lake, "all", 1.0, clicks=FeedStatus(topic_id="a", end_offsets={"0": 3}))
    publish(lake, "clickstream", 2.0, clicks=FeedStatus(topic_id="b", end_offsets={"1": 9}), gone=FeedStatus(topic_id="x"))
    epochs = Epochs.published(lake, ["clickstream", "all", "never"], {"clicks": "the-topic"})
    assert epochs.of("the-topic") == Epoch("b", {1: 9})


def test_how_far_a_table_was_is_known_to_the_next_driver_and_of_a_new_topic_nothing(lake: LakeSettings) -> None:
    publish(lake, "all", 1.0, clicks=FeedStatus(topic_id="a", next_offsets={"0": 3}))
    epochs = Epochs.published(lake, ["all"], {"clicks": "the-topic"})
    assert epochs.of("the-topic") == Epoch("a", {}, {0: 3})
    epochs.has_read("the-topic", "b", {0: 1})
    epochs.has_read("the-topic", "a", {0: 5})
    epochs.saw({}, {"the-topic": "a"})
    epochs.saw({"the-topic": {0: 9}}, {"the-topic": "a"})
    assert epochs.of("the-topic") == Epoch("a", {0: 9}, {0: 5})
    epochs.begin("the-topic", "b")
    assert epochs.of("the-topic") == Epoch("b")


def publish(lake: LakeSettings, group: str, at: float, **feeds: FeedStatus) -> None:
    publish_actual(lake, StreamStatus(group, "owner", 1, "host", 1, "running", at, at, "driver", feeds=feeds))
