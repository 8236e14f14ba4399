"""What is not as it should be, at one look: of Kafka, of the stream drivers, of the feeds' lag. Each signal knows what would explain it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from include.catalog import live_tables
from include.contracts.model import Contract
from include.errors import StoreError, TopicError
from include.incidents import Severity, Told
from include.streams.state import Desired, FeedStatus, LiveStatus, StreamStatus
from include.watch.lag_samples import LagSample
from include.watch.lag_state import State
from include.words import many

SILENT_SECONDS = 90.0  # a driver says every two seconds how it is; one that died is started again within that time
STARTING_SECONDS = 300.0  # which the controller gives a driver that was asked for, until its first word
RUNWAY_HOURS, SHORT_RUNWAY_HOURS = 24.0, 4.0
KAFKA = "kafka"
# Records that nobody reads (STOP) are told of by the stream that is not at work.
_WORST: tuple[State, ...] = ("REWIND", "STALL", "WARN")
_LAG = {
    "REWIND": ("the table's offsets went back", "see who restored or rewrote the table; `headwater ledger` says whether rows are doubled"),
    "STALL": ("the driver is at work and the offset does not move", "see the feed's last error: `headwater status`, stream-<group>.log"),
    "WARN": ("the backlog grows", "see whether the machine is busy, or send less; a second stream group shares the work"),
}


@dataclass(frozen=True)
class Signal(Told):
    """Something that a person should know, as long as it is seen. `because`: incidents, any of which would explain it, by their ids or by
    what these begin with; `because_all`: others, which do so together. `persists`: it opens an incident when it has been seen for so long;
    None: at two looks. `told`: a task's failure was the mail of its opening."""

    because: tuple[str, ...] = ()
    because_all: tuple[str, ...] = ()
    persists: timedelta | None = None
    told: bool = False


def of_kafka(error: TopicError) -> Signal:
    fix = "see that the broker is up: `headwater status`, `headwater logs kafka`; the streams go on by themselves when it is back"
    return Signal(KAFKA, "critical", "Kafka cannot be asked", error.where, error.what, fix)


def of_missing_topic(contract: Contract) -> Signal:
    what, fix = "there is no such topic, and nothing can be sent to it", "trigger the DAG `topics`, which makes it"
    return Signal(f"topic/{contract.feed}", "critical", "a topic is missing", contract.topic.name, what, fix, (KAFKA,))


def of_table(contract: Contract, error: StoreError) -> Signal:
    fix = error.fix or "see what became of the table"
    return Signal(f"table/{contract.feed}", "critical", "a table cannot be read", contract.bronze, error.what, fix)


def is_alive(status: StreamStatus | None, now: float) -> bool:
    """Whether a driver said lately that it is at work."""
    return status is not None and status.phase in ("starting", "running") and now - status.published_at <= SILENT_SECONDS


def of_stream(group: str, desired: Desired, status: StreamStatus | None, now: float) -> list[Signal]:
    """A driver that should be at work and has not been for a time; else its feeds and live tables that are parked. Times in seconds since
    1970."""
    if desired.state != "running" or _was_just_asked_for(desired, now):
        return []
    if status is None or (not is_alive(status, now) and now - status.published_at > SILENT_SECONDS):
        said = "no driver was ever seen" if status is None else f"the last word was {now - status.published_at:.0f} s ago: {status.phase}"
        why = f"; {status.last_error}" if status and status.last_error else ""
        fix = f"see the log of the DAG `streams` and stream-{group}.log; after a crash loop: DAG `streams`, action start"
        return [Signal(f"stream/{group}", "critical", "the stream's driver is not at work", f"group {group}", said + why, fix)]
    feeds = [_parked(feed, each) for feed, each in sorted(status.feeds.items()) if is_parked(each)]
    filled_by = live_tables(status.feeds)
    live = [_parked_live(group, name, each, filled_by.get(name)) for name, each in sorted(status.live.items()) if each.last_error]
    return [*feeds, *live]


def unseen_of_stream(group: str, contracts: Iterable[Contract], desired: Desired, status: StreamStatus | None, now: float) -> list[str]:
    """The incidents of which nobody can say whether they are over, by id: those of a driver that should be at work and is silent, or has
    just started, and of a feed that it has not opened yet. Times in seconds since 1970."""
    if desired.state != "running":
        return []
    told, live = ({}, {}) if status is None else (status.feeds, status.live)
    silent, asked_for = not is_alive(status, now), _was_just_asked_for(desired, now)
    # It tries all that its predecessor had parked, and says so when that has failed.
    young = status is not None and now - status.started_at < STARTING_SECONDS
    if not (silent or asked_for or young):
        return [f"parked/{feed}" for feed, each in told.items() if each.parked_until is not None and not is_parked(each)]
    unseen = [*(f"parked/{contract.feed}" for contract in contracts), *(f"live-parked/{name}" for name in live)]
    unseen += [f"lag/{group}"] if silent else []  # of what nobody reads it cannot be judged
    return [*unseen, f"stream/{group}"] if asked_for else unseen


def is_parked(status: FeedStatus) -> bool:
    """Whether the driver has put the feed aside; one without an error has not been opened yet."""
    return status.parked_until is not None and bool(status.last_error)


def _was_just_asked_for(desired: Desired, now: float) -> bool:
    return now - max(desired.requested_at, desired.restart_requested_at) < STARTING_SECONDS


def _parked(feed: str, status: FeedStatus) -> Signal:
    fix = "mend what it says; the feed is tried again each minute, and goes on where its table ends"
    because = (KAFKA, f"topic/{feed}", f"table/{feed}", f"offsets-lost/{feed}", f"log-truncated/{feed}")
    return Signal(f"parked/{feed}", "critical", "the feed is parked", f"bronze.{feed}", status.last_error or "", fix, because)


def _parked_live(group: str, name: str, status: LiveStatus, feeds: Iterable[str] | None) -> Signal:
    """`feeds` fill it; None of alerts, which are no windows, and are sent to the topic of their name: they may go on without a feed."""
    fix = "mend what it says; it is tried again each minute, and goes on from its own offsets: nothing is left out"
    causes = [f"topic/{name}"] if feeds is None else [f"table/{feed}" for feed in feeds]
    because = (KAFKA, f"stream/{group}", *causes)
    return Signal(f"live-parked/{name}", "critical", "a live table is parked", f"live.{name}", status.last_error or "", fix, because)


def of_lag(group: str, contracts: Sequence[Contract], samples: Iterable[LagSample]) -> list[Signal]:
    """One signal for all these feeds of a driver that are not well: what makes ten of them late is one cause."""
    limits = {contract.feed: contract.sla.lag_records for contract in contracts}
    return _late(group, [sample for sample in samples if sample.feed in limits], limits)


def of_runway(group: str, contracts: Iterable[Contract], samples: Iterable[LagSample]) -> list[Signal]:
    """One signal for all feeds of a driver of which Kafka is about to delete records that nobody has read."""
    feeds = {contract.feed for contract in contracts}
    return _short(group, [sample for sample in samples if sample.feed in feeds])


def of_freshness(
    group: str, contracts: Iterable[Contract], samples: Iterable[LagSample], newest: Mapping[str, datetime | None], now: datetime
) -> list[Signal]:
    """One signal for the feeds of which records come, and the newest event in bronze is older than their contracts allow. A feed of
    which nothing comes is idle, not stale."""
    coming = {sample.feed for sample in samples if sample.arrived}
    old = {}
    for contract in contracts:
        if contract.feed in coming:
            at, allowed = newest.get(contract.bronze), contract.sla.freshness_seconds
            if at is None or (now - at).total_seconds() > allowed:
                told = "no event" if at is None else f"newest event {at:%Y-%m-%d %H:%M:%S} UTC"
                old[contract.feed] = f"{contract.feed}: {told}, its contract allows {allowed:g} s"
    if not old:
        return []
    fix = "see whether the producers send old events, or their clocks are wrong; else why the stream is behind"
    because = (KAFKA, f"stream/{group}", f"lag/{group}")
    what = "; ".join(old.values())
    return [
        Signal(f"freshness/{group}", "warning", "records come and events are old", f"group {group}", what, fix, because, _all_parked(old))
    ]


def _late(group: str, samples: Sequence[LagSample], limits: Mapping[str, int]) -> list[Signal]:
    worst: dict[str, State] = {}
    for sample in samples:
        over = sum(each.lag_records for each in samples if each.feed == sample.feed) > limits[sample.feed]
        # A backlog that grows is late when it is larger than the contract allows.
        if sample.state in _WORST and (sample.state != "WARN" or over):
            worst[sample.feed] = min(worst.get(sample.feed, sample.state), sample.state, key=_WORST.index)
    if not worst:
        return []
    state = min(worst.values(), key=_WORST.index)
    what, fix = _LAG[state]
    because = (KAFKA, f"stream/{group}")
    told = "; ".join(_in_words(feed, worst[feed], samples) for feed in sorted(worst))
    severity: Severity = "warning" if state == "WARN" else "critical"
    return [Signal(f"lag/{group}", severity, f"lag: {state}", f"group {group}", f"{what}: {told}", fix, because, _all_parked(worst))]


def _all_parked(feeds: Iterable[str]) -> tuple[str, ...]:
    """What explains the signal of these feeds together: a parked one is out for most of the time, and open for each attempt."""
    return tuple(f"parked/{feed}" for feed in sorted(feeds))


def _in_words(feed: str, state: State, samples: Sequence[LagSample]) -> str:
    of_feed = [sample for sample in samples if sample.feed == feed]
    oldest = max((sample.lag_seconds or 0.0 for sample in of_feed), default=0.0)
    return f"{feed} {state}, {many(sum(sample.lag_records for sample in of_feed), 'record')}, the oldest {oldest:.0f} s old"


def _short(group: str, samples: Sequence[LagSample]) -> list[Signal]:
    left = {sample.feed: sample.runway_hours for sample in sorted(samples, key=_left, reverse=True) if _left(sample) < RUNWAY_HOURS}
    if not left:
        return []
    told = "; ".join(f"{feed} {hours:.1f} h" for feed, hours in sorted(left.items()))
    severity: Severity = "critical" if min(hours for hours in left.values() if hours is not None) < SHORT_RUNWAY_HOURS else "warning"
    what = f"Kafka deletes unread records in: {told}"
    fix = "get the stream to read, or raise the topic's retention in the contract, and run the DAG `topics`"
    return [Signal(f"runway/{group}", severity, "unread records are about to be deleted", f"group {group}", what, fix)]


def _left(sample: LagSample) -> float:
    """Hours; without limit where all that is unread has come since the look before, however old it says that it is."""
    waits = sample.lag_records and (sample.arrived is None or sample.lag_records > sample.arrived)
    return sample.runway_hours if sample.runway_hours is not None and waits else float("inf")
