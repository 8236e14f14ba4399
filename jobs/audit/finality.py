"""From which day back nothing can come any more: bronze has read beyond the day's end in every partition of the topic."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime

from jobs.audit.broker import Broker, Topic
from jobs.audit.contents import end_of
from jobs.audit.log import Place


def read_beyond(
    broker: Broker | None, topic: Topic | None, ends: Mapping[Place, int], days: Iterable[date], now: datetime
) -> Callable[[date], bool]:
    """Whether a day is over and read to its end. Kafka is asked of a few days only: who has read beyond one has read beyond all
    before it. Without a Kafka, or without its topic, it is not known, and no day is."""
    past = sorted({day for day in days if end_of(day) <= now}, reverse=True)  # the newest first
    if broker is None or topic is None or not past:
        return lambda _day: False
    first = bisect_left(past, True, key=lambda day: _is_read(broker, topic, ends, end_of(day)))
    newest = past[first] if first < len(past) else None
    return lambda day: newest is not None and day <= newest


def _is_read(broker: Broker, topic: Topic, ends: Mapping[Place, int], moment: datetime) -> bool:
    reached = broker.offsets_at(topic, moment)
    return all(ends.get((topic.topic_id, number), 0) >= offset for number, offset in reached.items())
