"""What runs of the stack, how the streams are, and how far each feed is."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from include.contracts import Contract, load_contracts
from include.delta_log import newest_event_time, row_count
from include.errors import HeadwaterError
from include.lag import feed_progress
from include.settings import KafkaSettings, LakeSettings
from include.streams.groups import stream_groups
from include.streams.state import read_actual, read_desired
from local import drivers, ports, processes
from local.parts.part import KINDS, pid_file, wanted
from local.settings import LocalSettings

State = Literal["up", "starting", "died", "down"]
_STALE_SECONDS = 30.0


@dataclass(frozen=True)
class PartStatus:
    """One part. `starting`: its process lives, its port does not answer yet."""

    name: str
    state: State
    pid: int | None
    address: str


@dataclass(frozen=True)
class GroupStatus:
    """One stream group: what was asked for, and what its driver last said of itself."""

    group: str
    desired: str
    actual: str
    pid: int | None
    rows_per_second: float | None
    last_error: str | None


@dataclass(frozen=True)
class FeedStatus:
    """One feed: rows in bronze, records that bronze lacks, and the newest event's time. None where the question had no answer, and
    why; of a feed without rows nothing is new."""

    feed: str
    rows: int | None
    lag: int | None
    newest: datetime | None = None
    problem: str = ""


def part_statuses(settings: LocalSettings) -> list[PartStatus]:
    return [_part(settings, name) for name in wanted(settings)]


def _part(settings: LocalSettings, name: str) -> PartStatus:
    file = pid_file(settings, name)
    process = processes.read_pid(file)
    address = KINDS[name].address_in(settings)
    if process is None:
        return PartStatus(name, "died" if processes.recorded(file) else "down", None, address)
    listening = all(ports.answers(port) for _, port in KINDS[name].port_settings(settings))
    return PartStatus(name, "up" if listening else "starting", process.pid, address)


def group_statuses(settings: LocalSettings, lake: LakeSettings, environment: dict[str, str]) -> list[GroupStatus]:
    alive = {driver.pid for driver in drivers.find(settings)}
    return [_group(lake, group, alive) for group in stream_groups(load_contracts(), environment)]


def _group(lake: LakeSettings, group: str, alive: set[int]) -> GroupStatus:
    desired, actual = read_desired(lake, group).state, read_actual(lake, group)
    if actual is None:
        return GroupStatus(group, desired, "never started", None, None, None)
    phase = str(actual.phase)
    if actual.pid not in alive and phase not in ("stopped", "failed"):
        phase = "dead" if time.time() - actual.published_at > _STALE_SECONDS else f"{phase}, and just ended"
    rate = sum(feed.rows_per_second for feed in actual.feeds.values()) if actual.pid in alive else None
    errors = [actual.last_error, *(each.last_error for each in (*actual.feeds.values(), *actual.live.values()))]
    return GroupStatus(group, desired, phase, actual.pid if actual.pid in alive else None, rate, next(filter(None, errors), None))


def feed_statuses(kafka: KafkaSettings, lake: LakeSettings) -> list[FeedStatus]:
    """All feeds at once where that works, else one by one, so that a feed in trouble hides no other."""
    contracts = list(load_contracts().feeds.values())
    try:
        lags = {feed: progress.lag for feed, progress in feed_progress(kafka, lake, contracts).items()}
    except HeadwaterError:
        return [_feed(kafka, lake, contract) for contract in contracts]
    with ThreadPoolExecutor(len(contracts) or 1) as threads:
        rows = list(threads.map(lambda contract: row_count(lake, contract.bronze), contracts))
        newest = list(threads.map(lambda contract: newest_event_time(lake, contract.bronze), contracts))
    return [FeedStatus(each.feed, number, lags[each.feed], at) for each, number, at in zip(contracts, rows, newest, strict=True)]


def _feed(kafka: KafkaSettings, lake: LakeSettings, contract: Contract) -> FeedStatus:
    rows = lag = newest = None
    try:
        rows, newest = row_count(lake, contract.bronze), newest_event_time(lake, contract.bronze)
        lag = feed_progress(kafka, lake, [contract])[contract.feed].lag
    except HeadwaterError as error:
        return FeedStatus(contract.feed, rows, lag, newest, error.what)
    return FeedStatus(contract.feed, rows, lag, newest)
