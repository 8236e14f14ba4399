"""What each contestant has to do: follow a steady flow, then nothing, and work off a backlog."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from benchmarks.arrivals import Arrivals, TableLog, read_arrivals, table_log
from benchmarks.contestants import Contestant, ContestantError, Running, running
from benchmarks.figures import Account, Throughput, account, commits_per_hour, delays, percentile, throughput
from benchmarks.records import Backlog, Flow, recreate_topics, warm_up_topic
from benchmarks.usage import Usage
from include.contracts import Contract
from include.kafka import all_begin_offsets, all_end_offsets
from local.private_stack import PrivateStack

RATE = 20  # records per second and feed
LATE_SECONDS = 120.0  # what has not arrived so long after it was sent, or after the last arrival, is missing
SETTLE_SECONDS = 5.0
PROMISED_SECONDS = 1.0  # the feeds whose delays are compared promise this latency or less


@dataclass(frozen=True)
class Plan:
    """How long and how much."""

    warm_up_seconds: int = 60
    seconds: int = 60
    idle_seconds: int = 30
    records: int = 2_000_000


@dataclass(frozen=True)
class Delays:
    """Record to commit in seconds, and commits per hour and feed."""

    feeds: int
    records: int
    p50: float | None
    p99: float | None
    commits_per_hour: float


@dataclass(frozen=True)
class Steady:
    prompt: Delays  # of the feeds that promise PROMISED_SECONDS or less
    by_promise: dict[str, Delays]  # latency that the contract promises, in seconds → delays of those feeds
    cpu_seconds_per_million: float
    stack_cpu_seconds_per_million: float  # of broker and store
    peak_bytes: int
    idle_cpu_percent: float  # of one core
    added: Account  # each record against all rows that were ever added
    live: Account  # and against the rows that a reader finds


@dataclass(frozen=True)
class CatchUp:
    throughput: Throughput
    start_seconds: float  # from the start of the process until it reads, or waits for its turn
    cpu_seconds_per_million: float
    stack_cpu_seconds_per_million: float
    peak_bytes: int
    added: Account
    live: Account


def steady(contestant: Contestant, stack: PrivateStack, contracts: Sequence[Contract], plan: Plan) -> Steady:
    """RATE records a second and feed: until each table has rows, and for `warm_up_seconds`, which do not count, then for
    `seconds`, which do; then none for `idle_seconds`."""
    prefix = f"steady-{contestant.name}"
    recreate_topics(contracts, stack.kafka)
    warm_up_topic(contracts[0], stack.kafka)
    logs = {contract.feed: table_log(stack.lake(prefix), contract.bronze) for contract in contracts}
    with running(contestant, stack, prefix) as entrant, Usage([entrant.pid]) as usage, Usage(stack.pids(), memory=False) as below:
        entrant.begin()
        with Flow(contracts, RATE, stack.kafka):
            _wait(entrant, logs, lambda: all(log.rows for log in logs.values()))
            since = time.time() + plan.warm_up_seconds
            until = since + plan.seconds
            time.sleep(until - time.time())
        _wait_for_rows(entrant, logs, contracts, stack)
        time.sleep(SETTLE_SECONDS)
        quiet = time.time()
        time.sleep(plan.idle_seconds)
        idle = usage.cpu_seconds(quiet, quiet + plan.idle_seconds - 0.5) / (plan.idle_seconds - 0.5)
    found = _arrivals(logs, contracts)
    millions = RATE * plan.seconds * len(contracts) / 1e6
    by_promise = {}
    for promise in sorted({contract.sla.latency_seconds for contract in contracts}):
        own = [found[contract.feed] for contract in contracts if contract.sla.latency_seconds == promise]
        by_promise[f"{promise:g}"] = _delays(own, since, until)
    prompt = [found[contract.feed] for contract in contracts if contract.sla.latency_seconds <= PROMISED_SECONDS]
    added, live = _accounts(found, contracts, stack)
    return Steady(
        _delays(prompt, since, until),
        by_promise,
        usage.cpu_seconds(since, until) / millions,
        below.cpu_seconds(since, until) / millions,
        usage.peak_bytes(),
        100 * idle,
        added,
        live,
    )


def catch_up(contestant: Contestant, stack: PrivateStack, contracts: Sequence[Contract], backlog: Backlog) -> CatchUp:
    """All that the topics hold, from the beginning; one that reads by itself has read what is visible when its clock starts."""
    prefix = f"catch-up-{contestant.name}"
    logs = {contract.feed: table_log(stack.lake(prefix), contract.bronze) for contract in contracts}
    if contestant.waits:
        backlog.send()
        backlog.show()
    with running(contestant, stack, prefix) as entrant, Usage([entrant.pid]) as usage, Usage(stack.pids(), memory=False) as below:
        entrant.begin()
        ready = entrant.began
        if not contestant.waits:
            _wait(entrant, logs, lambda: sum(log.rows for log in logs.values()) >= backlog.visible)
            backlog.send()
            entrant.began = time.time()
            backlog.show()
        _wait_for_rows(entrant, logs, contracts, stack, backlog.markers)
    found = _arrivals(logs, contracts)
    added, live = _accounts(found, contracts, stack, backlog.markers)
    result = throughput(found.values(), entrant.began)
    end, millions = entrant.began + result.seconds, result.records / 1e6
    return CatchUp(
        result,
        ready - entrant.started,
        usage.cpu_seconds(entrant.began, end) / millions,
        below.cpu_seconds(entrant.began, end) / millions,
        usage.peak_bytes(),
        added,
        live,
    )


def _wait_for_rows(
    entrant: Running, logs: Mapping[str, TableLog], contracts: Sequence[Contract], stack: PrivateStack, markers: int = 0
) -> None:
    """Returns when the tables have as many rows as the topics have records, or when none came for LATE_SECONDS."""
    expected = sum(end - begin for places in _offsets(contracts, stack, markers).values() for begin, end in places.values())
    _wait(entrant, logs, lambda: sum(log.rows for log in logs.values()) >= expected)


def _wait(entrant: Running, logs: Mapping[str, TableLog], enough: Callable[[], bool]) -> None:
    """Looks at the tables each second, until they hold enough or have got nothing for LATE_SECONDS."""
    rows, changed = 0, time.monotonic()
    while time.monotonic() - changed < LATE_SECONDS:
        entrant.check()
        time.sleep(1.0)
        now = sum(log.refresh().rows for log in logs.values())
        if enough():
            return
        rows, changed = now, changed if now == rows else time.monotonic()
    if not rows:
        raise ContestantError(f"{entrant.contestant.title} has committed nothing", where=str(entrant.log), fix="see its log")


def _arrivals(logs: dict[str, TableLog], contracts: Sequence[Contract]) -> dict[str, Arrivals]:
    return {contract.feed: read_arrivals(logs[contract.feed].refresh()) for contract in contracts}


def _delays(found: Sequence[Arrivals], since: float, until: float) -> Delays:
    values = delays(found, since, until)
    return Delays(len(found), len(values), percentile(values, 50), percentile(values, 99), commits_per_hour(found, since, until))


def _accounts(
    found: dict[str, Arrivals], contracts: Sequence[Contract], stack: PrivateStack, markers: int = 0
) -> tuple[Account, Account]:
    added = live = Account(0, 0, 0, 0)
    for feed, places in _offsets(contracts, stack, markers).items():
        added += account(found[feed].added, places)
        live += account(found[feed].live, places)
    return added, live


def _offsets(contracts: Sequence[Contract], stack: PrivateStack, markers: int) -> dict[str, dict[int, tuple[int, int]]]:
    """Feed → partition → the offsets [begin, end) of its records; each partition ends with so many markers of transactions."""
    topics = [contract.topic.name for contract in contracts]
    begins, ends = all_begin_offsets(stack.kafka, topics), all_end_offsets(stack.kafka, topics)
    return {
        contract.feed: {number: (begins[contract.topic.name][number], end - markers) for number, end in ends[contract.topic.name].items()}
        for contract in contracts
    }


def shortened(plan: Plan, **changes: int | None) -> Plan:
    """The plan with what is given in place of what it had."""
    return replace(plan, **{name: value for name, value in changes.items() if value is not None})
