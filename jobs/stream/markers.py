"""Offsets without records: the marks of transactions, and what compaction left. At the end of a partition nothing is delivered for them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping

from include.errors import HeadwaterError
from jobs.stream.feed import FeedStream

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0

Feeds = Mapping[str, FeedStream]  # by topic
Reached = Mapping[str, Mapping[int, int]]  # topic → partition → how far the query has read


class Markers:
    """Has them counted as read. `confirmed` says of which of the topics the feeds still are: one that was made anew is read on at the
    former one's offsets without an error, and its end would be taken for the former one's."""

    def __init__(self, feeds: Feeds, confirmed: Callable[[Collection[str]], Feeds]) -> None:
        self._feeds, self._confirmed, self._looked_at = feeds, confirmed, 0.0

    def are_due(self) -> bool:
        """Whether to look; not again within two seconds."""
        due = time.monotonic() - self._looked_at >= LOOK_SECONDS
        if due:
            self._looked_at = time.monotonic()
        return due

    def pass_over(self, reached: Reached) -> None:
        """Takes the feeds on to where the query has read. Without an answer of Kafka they stay where they are, and read it again."""
        feeds = {topic: feed for topic in reached if (feed := self._feeds.get(topic)) is not None}
        further = [topic for topic, feed in feeds.items() if feed.is_short_of(reached[topic])]
        if not further:
            return
        try:
            confirmed = self._confirmed(further)
        except HeadwaterError as error:
            log.warning("what follows the last records of %s is read again: %s", ", ".join(further), error)
            return
        for topic, feed in confirmed.items():
            feed.reach(reached[topic])
