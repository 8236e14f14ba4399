"""What Kafka has to say of offsets that no row has: a record, one that was aborted, none at all, or that it has forgotten."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from pyroaring import BitMap64

from jobs.audit.broker import Broker, Topic, quiet
from jobs.audit.offsets import Range, between, ranges

MARKERS, ABORTED, COMPACTION = "transaction markers", "aborted", "compaction"
# Missing offsets closer to each other than this are read in one go: to jump costs as much as to read so many records.
NEAR = 1_000
SILENCE_SECONDS = 20.0  # without a word of the broker
AT_MOST_SECONDS = 120.0  # a partition and audit; what is proven is kept, and the next audit goes on from there
IN_ALL_SECONDS = 480.0  # from an audit's begin on: the DAG ends it after 14 minutes, and to read and to write takes time, too
_SHARE = 4  # of the time that is left, which one partition may take: so there is some for each, however many ask
_BATCH, _WAIT_SECONDS = 500, 0.2  # a batch is waited for as long as this, also by the last one, which is seldom full


@dataclass
class Evidence:
    """Missing offsets, each in one of these. `gaps`: reason → offsets that no row can have. `held`: Kafka has a record, and shows it
    to who reads what is committed. `gone`: Kafka no longer has that part of the topic. `unasked`: there was no time, or no Kafka."""

    gaps: dict[str, BitMap64] = field(default_factory=dict)
    held: BitMap64 = field(default_factory=BitMap64)
    gone: BitMap64 = field(default_factory=BitMap64)
    unasked: BitMap64 = field(default_factory=BitMap64)


class Budget:
    """The time for asking that one audit has, whoever asks."""

    def __init__(self, seconds: float = IN_ALL_SECONDS) -> None:
        self._until = time.monotonic() + seconds

    def share(self) -> float:
        """The seconds that the next one may take; 0 where it is not worth to begin."""
        left = (self._until - time.monotonic()) / _SHARE
        return min(AT_MOST_SECONDS, left) if left >= 1 else 0.0


def ask(broker: Broker, topic: Topic, partition: int, missing: BitMap64, seconds: float | None = None) -> Evidence:
    """What Kafka says of the missing offsets, in about so many seconds (None: AT_MOST_SECONDS). Raises TopicError when it does not
    answer."""
    half = (AT_MOST_SECONDS if seconds is None else seconds) / 2
    until = time.monotonic() + half  # the rest is for the second look, without which nothing that has a record is known
    with _Reader(broker, topic, partition, "read_uncommitted") as reader:
        begin, end = reader.bounds()
        here = missing & between(begin, end)
        found = Evidence(gone=missing - here)
        with_record, passed = reader.look(here, until)
    found.unasked = here - passed - with_record
    without = passed - with_record
    if without:
        found.gaps[COMPACTION if topic.compacted else MARKERS] = without
    if with_record:
        with _Reader(broker, topic, partition, "read_committed") as reader:
            found.held, passed = reader.look(with_record, until + half)
        if aborted := passed - found.held:
            found.gaps[ABORTED] = aborted
        found.unasked |= with_record - passed - found.held
    return found


class _Reader:
    """A consumer of one partition, without a group's offsets."""

    def __init__(self, broker: Broker, topic: Topic, partition: int, isolation: str) -> None:
        self._broker, self._topic, self._partition = broker, topic, partition
        self._consumer = Consumer(
            {
                **broker.kafka.client(
                    group_id=f"headwater-audit-{uuid.uuid4().hex}",
                    isolation_level=isolation,
                    enable_auto_commit=False,
                    enable_partition_eof=True,
                    auto_offset_reset="error",
                    fetch_wait_max_ms=50,
                    queued_max_messages_kbytes=2048,
                ),
                "error_cb": quiet,
                "log_level": 0,
            }
        )

    def __enter__(self) -> _Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()

    def bounds(self) -> Range:
        """The first offset that is still there, and the one that comes after the last."""
        try:
            return self._consumer.get_watermark_offsets(TopicPartition(self._topic.name, self._partition), timeout=SILENCE_SECONDS)
        except KafkaException as error:
            raise self._broker.failed("did not tell its bounds", self._topic.name, error) from error

    def look(self, wanted: BitMap64, until: float) -> tuple[BitMap64, BitMap64]:
        """Of the wanted offsets: those with a record, and those that were read or stepped over, before the time was up."""
        seen, passed = BitMap64(), BitMap64()
        for first, last in _stretches(wanted):
            if time.monotonic() > until:
                break
            reached = self._read(first, last, wanted, seen, until)
            passed |= wanted & between(first, min(reached, last + 1))
        return seen, passed

    def _read(self, first: int, last: int, wanted: BitMap64, seen: BitMap64, until: float) -> int:
        """Reads from `first` on until it is beyond `last`, at the end, or the time is up; the offset up to which there is nothing else."""
        self._consumer.assign([TopicPartition(self._topic.name, self._partition, first)])
        heard, reached = time.monotonic(), first
        while time.monotonic() <= until:
            for message in self._consumer.consume(_BATCH, timeout=_WAIT_SECONDS):
                error, heard = message.error(), time.monotonic()
                if error is not None and error.code() == KafkaError._PARTITION_EOF:
                    return message.offset()
                if error is not None:
                    raise self._broker.failed(f"could not be read at {first}", f"{self._topic.name}-{self._partition}", error)
                if message.offset() > last:
                    return message.offset()
                if message.offset() in wanted:
                    seen.add(message.offset())
                reached = message.offset() + 1
                if reached > last:
                    return reached
            if time.monotonic() - heard > SILENCE_SECONDS:
                raise self._broker.failed(f"gave no answer at {first}", f"{self._topic.name}-{self._partition}", f"{SILENCE_SECONDS:.0f} s")
        return reached


def _stretches(wanted: BitMap64) -> Iterator[Range]:
    """Ranges that hold all wanted offsets, near ones together."""
    begun: Range | None = None
    for first, last in ranges(wanted):
        if begun is not None and first - begun[1] <= NEAR:
            begun = begun[0], last
            continue
        if begun is not None:
            yield begun
        begun = first, last
    if begun is not None:
        yield begun
