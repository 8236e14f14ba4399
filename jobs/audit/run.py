"""bronze and its Delta logs, the batch's tables, Kafka → ops.ledger, ops.ledger_days, ops.ledger_files, ops.gaps. Reads all of these,
and writes nothing but `ops`."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from pyroaring import BitMap64

from include.catalog import side_tables
from include.contracts.model import Contract
from include.settings import KafkaSettings, LakeSettings
from jobs.audit import days, files, gaps, partitions
from jobs.audit.broker import Broker, Topic
from jobs.audit.evidence import Evidence
from jobs.audit.evidence import ask as ask_kafka
from jobs.audit.files import Counted, FileSummary
from jobs.audit.finality import read_beyond
from jobs.audit.log import Place, Snapshot, snapshot
from jobs.audit.partitions import PartitionLedger
from jobs.audit.verdict import Audit, FeedAudit

_THREADS = 4
# Spark's writer commits rows, and their offsets a moment later.
_PATIENCE_SECONDS, _LOOKS = 1.0, 6


@dataclass(frozen=True)
class _Found:
    """A feed's audit and what is kept of it."""

    audit: FeedAudit
    summaries: list[FileSummary]
    changed: bool


def audit(lake: LakeSettings, contracts: Iterable[Contract], kafka: KafkaSettings | None = None, now: datetime | None = None) -> Audit:
    """Audits the feeds and writes down what it found; the ledgers of other feeds stay as they are.

    Idempotent: a second audit of the same tables finds the same, and reads no data file. Without a Kafka nothing missing can be
    explained that was not explained before, and no day is final. Raises StoreError and TopicError where store or Kafka do not answer:
    then nothing is written down.
    """
    now = now or datetime.now(UTC)
    broker = None if kafka is None else Broker(kafka)
    with ThreadPoolExecutor(_THREADS, "audit") as threads:
        found = list(threads.map(lambda contract: _feed(lake, contract, broker, now), contracts))
    gaps.keep(lake, {each.audit.feed: _proven(each.audit.partitions) for each in found}, now)
    files.keep(lake, {each.audit.feed: each.summaries for each in found if each.changed})
    if found:
        partitions.keep(lake, {each.audit.feed: each.audit.partitions for each in found}, now)
        days.keep(lake, {each.audit.feed: each.audit.days for each in found}, now)
    return Audit(tuple(each.audit for each in found), now)


def _feed(lake: LakeSettings, contract: Contract, broker: Broker | None, now: datetime) -> _Found:
    known = files.known(lake, contract.feed)
    before = days.claims(lake, contract.feed)
    # Bronze last: it only grows, so that rows which the batch has taken from it are counted in it.
    counted = {side: _count(lake, snapshot(lake, address), known) for side, address in side_tables(contract.feed).items()}
    after = days.claims(lake, contract.feed)
    table = _bronze(lake, contract.bronze)
    bronze = _count(lake, table, known, with_offsets=True)
    topic = None if broker is None else broker.topic(contract.topic.name)
    ledgers = () if table is None else tuple(_partitions(lake, contract.feed, table, bronze, broker, topic))
    closed = all(ledger.is_closed for ledger in ledgers)
    expired = closed and any(gaps.BRONZE_RETENTION in ledger.gaps for ledger in ledgers)
    ends = {} if table is None else table.ends
    is_read = read_beyond(broker, topic, ends, (day for day in {*bronze.rows_by_day(), *after} if day), now)
    listed = days.close(contract.feed, bronze, counted, before, after, lambda day: closed and is_read(day), expired)
    everything = [bronze, *counted.values()]
    summaries = [each for one in everything for each in one.files]
    absent = tuple(f"{path} is not there, and the log of {address} names it" for address, path in _gone(contract, bronze, counted))
    read = sum(one.read for one in everything)
    changed = read > 0 or len(summaries) != len(known)
    return _Found(FeedAudit(contract.feed, ledgers, tuple(listed), absent, read), summaries, changed)


def _bronze(lake: LakeSettings, address: str) -> Snapshot | None:
    for _ in range(_LOOKS):
        table = snapshot(lake, address, with_ends=True)
        if table is None or not table.offsets_follow:
            return table
        time.sleep(_PATIENCE_SECONDS)
    return table


def _count(lake: LakeSettings, table: Snapshot | None, known: list[FileSummary], *, with_offsets: bool = False) -> Counted:
    return Counted() if table is None else files.count(lake, table, known, with_offsets=with_offsets)


def _partitions(
    lake: LakeSettings, feed: str, table: Snapshot, bronze: Counted, broker: Broker | None, topic: Topic | None
) -> list[PartitionLedger]:
    def ask(place: Place, missing: BitMap64) -> Evidence:
        if broker is None:
            return Evidence(unasked=missing)
        if topic is None or topic.topic_id != place[0] or place[1] not in topic.ends:
            return Evidence(gone=missing)
        return ask_kafka(broker, topic, place[1], missing)

    ends = {} if topic is None else {(topic.topic_id, number): end for number, end in topic.ends.items()}
    return partitions.close(feed, table, bronze, gaps.declared(lake, feed), ask, ends)


def _proven(ledgers: Iterable[PartitionLedger]) -> dict[Place, gaps.Reasons]:
    placed = ((each.topic_id, each.partition, each.proven) for each in ledgers)
    return {(topic_id, number): proven for topic_id, number, proven in placed if proven and topic_id is not None and number is not None}


def _gone(contract: Contract, bronze: Counted, sides: dict[str, Counted]) -> list[tuple[str, str]]:
    addresses = {contract.bronze: bronze} | {address: sides[side] for side, address in side_tables(contract.feed).items()}
    return [(address, each.path) for address, counted in addresses.items() for each in counted.gone]
