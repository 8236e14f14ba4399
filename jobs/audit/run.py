"""bronze and its Delta logs, the batch's tables, Kafka → ops.ledger, ops.ledger_days, ops.ledger_files, ops.gaps. Reads all of these,
and writes nothing but `ops`."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial

from pyroaring import BitMap64

from include.catalog import side_tables
from include.contracts.model import Contract
from include.errors import StoreError, TopicError
from include.settings import KafkaSettings, LakeSettings
from jobs.audit import days, files, gaps, partitions, tables
from jobs.audit.broker import Broker, Topic
from jobs.audit.evidence import Budget, Evidence
from jobs.audit.evidence import ask as ask_kafka
from jobs.audit.files import Counted, FileSummary
from jobs.audit.finality import read_beyond
from jobs.audit.log import Place, Snapshot, snapshot
from jobs.audit.partitions import PartitionLedger
from jobs.audit.shares import Shares, compare
from jobs.audit.verdict import Audit, FeedAudit

_THREADS = 4
# Spark's writer commits rows, and their offsets a moment later.
_PATIENCE_SECONDS, _LOOKS = 1.0, 6
KEPT_EVERY_SECONDS = 60.0  # what was read of files, and at the end: an audit that is ended before has not read them in vain


@dataclass(frozen=True)
class _Found:
    """A feed's audit and what is kept of it. `summaries`: None where they are as they were."""

    audit: FeedAudit
    summaries: list[FileSummary] | None = None
    days_judged: bool = False


def audit(lake: LakeSettings, contracts: Iterable[Contract], kafka: KafkaSettings | None = None, now: datetime | None = None) -> Audit:
    """Audits the feeds and writes down what it found; the ledgers of other feeds stay as they are.

    Idempotent: a second audit of the same tables finds the same, and reads no data file. Without a Kafka nothing missing can be
    explained that was not explained before, and no day is final. What of a feed cannot be audited, as a table's log is damaged, is a
    finding of that feed alone. Raises StoreError and TopicError where store or Kafka do not answer: then no ledger is written.
    """
    now, budget = now or datetime.now(UTC), Budget()
    broker = None if kafka is None else Broker(kafka)
    threads = ThreadPoolExecutor(_THREADS, "audit")
    try:
        waiting = [threads.submit(_feed, lake, contract, broker, budget, now) for contract in contracts]
        _keep_as_found(lake, waiting, now)
    finally:
        threads.shutdown(cancel_futures=True)
    found = [each.result() for each in waiting]
    if found:
        partitions.keep(lake, {each.audit.feed: each.audit.partitions for each in found}, now)
    if judged := {each.audit.feed: each.audit.days for each in found if each.days_judged}:
        days.keep(lake, judged, now)
    return Audit(tuple(each.audit for each in found), now)


def _keep_as_found(lake: LakeSettings, waiting: Iterable[Future[_Found]], now: datetime) -> None:
    """Keeps what was proven and read of each feed as it comes, so that the next audit has it whatever becomes of this one."""
    read: dict[str, list[FileSummary]] = {}
    kept_at = time.monotonic()
    for done in as_completed(waiting):
        each = done.result()
        gaps.keep(lake, {each.audit.feed: _proven(each.audit.partitions)}, now)
        if each.summaries is not None:
            read[each.audit.feed] = each.summaries
        if time.monotonic() - kept_at > KEPT_EVERY_SECONDS:
            files.keep(lake, read)
            read, kept_at = {}, time.monotonic()
    files.keep(lake, read)


def create_tables(lake: LakeSettings) -> None:
    """Makes the ledger's tables, empty, where there are none. Idempotent. Raises StoreError."""
    for table, by in ((partitions, None), (days, None), (files, ["feed"])):
        tables.made(lake, table.ADDRESS, table.SCHEMA, by)


def _feed(lake: LakeSettings, contract: Contract, broker: Broker | None, budget: Budget, now: datetime) -> _Found:
    try:
        return _audited(lake, contract, broker, budget, now)
    except (StoreError, TopicError) as error:
        if error.no_answer:  # to anybody
            raise
        return _Found(FeedAudit(contract.feed, (partitions.not_audited(contract.feed, [str(error)]),), ()))


def _audited(lake: LakeSettings, contract: Contract, broker: Broker | None, budget: Budget, now: datetime) -> _Found:
    known = files.known(lake, contract.feed)
    before = days.claims(lake, contract.feed)
    # Bronze last: it only grows, so that rows which the batch has taken from it are counted in it.
    counted, failed = _sides(lake, contract.feed, known)
    after = days.claims(lake, contract.feed)
    table = _bronze(lake, contract.bronze)
    bronze = _count(lake, table, known, with_offsets=True)
    topic = None if broker is None else broker.topic(contract.topic.name)
    ledgers = () if table is None else tuple(_partitions(lake, contract.feed, table, bronze, broker, topic, budget))
    closed = all(ledger.is_closed for ledger in ledgers)
    expired = closed and any(gaps.BRONZE_RETENTION in ledger.gaps for ledger in ledgers)
    ends = {} if table is None else table.ends
    is_read = read_beyond(broker, topic, ends, (day for day in {*bronze.rows_by_day(), *after} if day), now)
    look = partial(_compare, lake, bronze, counted, _gone_with_days(ledgers))
    listed = []
    if not failed:
        listed = days.close(contract.feed, bronze, counted, before, after, lambda day: closed and is_read(day), look, expired)
    else:
        ledgers = (*ledgers, partitions.not_audited(contract.feed, [str(error) for error in failed.values()]))
    everything = [bronze, *counted.values()]
    summaries = [each for one in everything for each in one.files] + [each for each in known if each.address in failed]
    read = sum(one.read for one in everything)
    changed = read > 0 or len(summaries) != len(known)
    found = FeedAudit(contract.feed, ledgers, tuple(listed), tuple(_damaged(everything)), read)
    return _Found(found, summaries if changed else None, not failed)


def _sides(lake: LakeSettings, feed: str, known: list[FileSummary]) -> tuple[dict[str, Counted], dict[str, StoreError]]:
    """The tables that share out bronze's rows, by side; and of those that cannot be read, by address, why."""
    counted, failed = {}, {}
    for side, address in side_tables(feed).items():
        try:
            counted[side] = _count(lake, snapshot(lake, address), known, _prefix(side))
        except StoreError as error:
            if error.no_answer:
                raise
            failed[address] = error
    return counted, failed


def _bronze(lake: LakeSettings, address: str) -> Snapshot | None:
    for _ in range(_LOOKS):
        table = snapshot(lake, address, with_ends=True)
        if table is None or not table.offsets_follow:
            return table
        time.sleep(_PATIENCE_SECONDS)
    return table


def _count(
    lake: LakeSettings, table: Snapshot | None, known: list[FileSummary], prefix: str = "", *, with_offsets: bool = False
) -> Counted:
    return Counted() if table is None else files.count(lake, table, known, prefix, with_offsets=with_offsets)


def _partitions(
    lake: LakeSettings, feed: str, table: Snapshot, bronze: Counted, broker: Broker | None, topic: Topic | None, budget: Budget
) -> list[PartitionLedger]:
    def ask(place: Place, missing: BitMap64) -> Evidence:
        if broker is None:
            return Evidence(unasked=missing)
        if topic is None or topic.topic_id != place[0] or place[1] not in topic.ends:
            return Evidence(gone=missing)
        seconds = budget.share()
        return ask_kafka(broker, topic, place[1], missing, seconds) if seconds else Evidence(unasked=missing)

    ends = {} if topic is None else {(topic.topic_id, number): end for number, end in topic.ends.items()}
    return partitions.close(feed, table, bronze, gaps.declared(lake, feed), ask, ends)


def _proven(ledgers: Iterable[PartitionLedger]) -> dict[Place, gaps.Reasons]:
    placed = ((each.topic_id, each.partition, each.proven) for each in ledgers)
    return {(topic_id, number): proven for topic_id, number, proven in placed if proven and topic_id is not None and number is not None}


def _gone_with_days(ledgers: Iterable[PartitionLedger]) -> dict[Place, BitMap64]:
    listed = ((each.topic_id, each.partition, each.gaps.get(gaps.BRONZE_RETENTION)) for each in ledgers)
    return {(topic_id, number): gone for topic_id, number, gone in listed if gone and topic_id is not None and number is not None}


def _prefix(side: str) -> str:
    """What the names of the coordinates begin with: in silver they stand beside the contract's fields."""
    return "_" if side == "current" else ""


def _compare(lake: LakeSettings, bronze: Counted, sides: dict[str, Counted], gone: dict[Place, BitMap64], day: date) -> Shares | None:
    held = {days.SIDES[side]: files.look_into(lake, counted, day, _prefix(side)) for side, counted in sides.items()}
    return compare(bronze.held(day), held, gone)


def _damaged(counted: Iterable[Counted]) -> Iterator[str]:
    for number, each in enumerate(counted):
        yield from (f"{live.path} is not there, and the log of {each.address} names it" for live in each.gone)
        yield from (f"{path} of {each.address} cannot be read: {why}" for path, why in each.damaged.items())
        if number:  # of bronze, which is the first, the partitions tell
            yield from (f"{path} of {each.address} was written again in its place" for path in each.rewritten)
