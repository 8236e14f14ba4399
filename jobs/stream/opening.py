"""Taking a feed in: its table is opened, and what was lost while nobody read is told before the stream goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial

from confluent_kafka.admin import AdminClient

from include import kafka as broker
from include.contracts import Contract
from include.delta_log import transaction_offsets
from include.errors import OffsetsLost, TopicError
from include.incidents import close_incident, open_incidents
from include.lease import Lease
from include.settings import KafkaSettings, LakeSettings
from jobs.stream.epochs import Epoch, Epochs, sampled
from jobs.stream.feed import FeedFigures, FeedStream
from jobs.stream.losses import (
    offsets_incident,
    refuse_truncated,
    tell_offsets_lost,
    tell_read_to_its_end,
    tell_recreated,
    tell_retention,
)
from jobs.stream.places import Places
from jobs.stream.table_offsets import refuse_lost


@dataclass(frozen=True)
class Opening:
    """How a group's feeds are opened."""

    kafka: KafkaSettings
    lake: LakeSettings
    lease: Lease
    epochs: Epochs

    @cached_property
    def _admin(self) -> AdminClient:
        return broker.admin(self.kafka)

    def open(self, contract: Contract, places: Places, figures: FeedFigures) -> FeedStream:
        """The feed with its table in hand. Raises TopicError without a topic, OffsetsLost (an incident, too), StreamError where Kafka
        has, or had, less than the table (an incident, too), and StoreError."""
        topic = contract.topic.name
        if topic not in places.ids:
            raise TopicError("there is no such topic", value=topic, fix="trigger the DAG `topics`, which makes it")
        topic_id = places.ids[topic]
        try:
            read = epoch.read if (epoch := self.epochs.of(topic)) is not None and epoch.topic_id == topic_id else {}
            refuse = partial(refuse_lost, self.lake, contract, read)
            feed = FeedStream.open(contract, topic_id, places.partitions(topic), self.lake, self.lease, figures, refuse)
        except OffsetsLost as error:
            tell_offsets_lost(self.lake, contract, error)
            raise
        told = {incident.incident_id for incident in open_incidents(self.lake)}
        if offsets_incident(contract) in told:  # somebody put the table back as it was: the next loss is to be told again
            close_incident(self.lake, offsets_incident(contract))
        refuse_truncated(self.lake, contract, topic_id, places.truncated(feed), told)
        self._end_former_epoch(feed)
        return feed

    def start(self, feed: FeedStream, places: Places) -> dict[int, int]:
        """Partition → where to read on: what the table lacks, or, told and declared, the first record that Kafka still has."""
        if lost := places.lost(feed):
            feed.figures.lost = tell_retention(self.lake, feed.contract, feed.topic_id, lost)
            feed.skip({number: last + 1 for number, (_, last) in lost.items()})
        return {number: feed.positions.get(number, 0) for number in feed.partitions}

    def of_the_same_topic(self, feeds: Mapping[str, FeedStream]) -> dict[str, FeedStream]:
        """Those whose topic is the one that they were opened with, or none, by now. Asked after reading, it says whose records these are:
        a topic made anew can be read on at the former one's offsets without an error. Raises TopicError."""
        ids = broker.topic_ids(self.kafka, feeds, self._admin) if feeds else {}
        return {topic: feed for topic, feed in feeds.items() if ids.get(topic, feed.topic_id) == feed.topic_id}

    def _end_former_epoch(self, feed: FeedStream) -> None:
        """Tells what a topic held unread that had this name before, as far as anybody saw: we, the driver before us, or the DAG `watch`.
        What was sent after the last look is not known, and so each such topic is told of."""
        topic, former = feed.contract.topic.name, self.epochs.of(feed.contract.topic.name)
        if former is not None and former.topic_id != feed.topic_id:
            seen = sampled(self.lake, feed.contract.feed, former)
            for epoch in (former, *(seen[each] for each in sorted(seen.keys() - {former.topic_id, feed.topic_id}))):
                looked = seen.get(epoch.topic_id, epoch)
                ends = {number: max(looked.ends.get(number, 0), epoch.ends.get(number, 0)) for number in looked.ends | epoch.ends}
                self._tell_former(feed, replace(epoch, ends=ends, seen_at=max(looked.seen_at, epoch.seen_at)))
        self.epochs.begin(topic, feed.topic_id)

    def _tell_former(self, feed: FeedStream, epoch: Epoch) -> None:
        read = transaction_offsets(feed.handle.table, epoch.topic_id, epoch.ends)
        lost = {number: (read.get(number, 0), end - 1) for number, end in epoch.ends.items() if end > read.get(number, 0)}
        if lost:
            feed.figures.lost = tell_recreated(self.lake, feed.contract, epoch.topic_id, lost)
        else:
            tell_read_to_its_end(self.lake, feed.contract, epoch.topic_id, read, epoch.seen_at)
