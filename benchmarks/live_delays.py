"""How long after its record a live window is committed, and an alert is read."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Mapping, Sequence

import numpy as np
from confluent_kafka import Consumer, TopicPartition

from benchmarks.arrivals import Arrivals, TableLog, table_log
from include.catalog import live_tables
from include.contracts import Contract
from include.delta_log import transaction_app_id
from include.errors import HeadwaterError
from include.kafka import topic_ids
from local.private_stack import PrivateStack


class AlertListener:
    """Consumes the topic `alerts` while the block runs: (topic, partition, offset) → when the first message about it came."""

    def __init__(self, stack: PrivateStack) -> None:
        self.came: dict[tuple[str, int, int], float] = {}
        self._consumer = Consumer(stack.kafka.client(group_id=uuid.uuid4().hex, enable_auto_commit=False, auto_offset_reset="earliest"))
        self._consumer.assign([TopicPartition("alerts", 0, 0)])
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="alerts", daemon=True)

    def __enter__(self) -> AlertListener:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()
        self._consumer.close()

    def _listen(self) -> None:
        while not self._end.is_set():
            message = self._consumer.poll(0.2)  # one by one: to wait for several would make the first of them late
            if message is not None and message.error() is None:
                now, alert = time.time(), json.loads(message.value())
                self.came.setdefault((alert["topic"], alert["partition"], alert["offset"]), now)


def window_delays(
    stack: PrivateStack, contracts: Sequence[Contract], prefix: str, found: Mapping[str, Arrivals], span: tuple[float, float]
) -> np.ndarray:
    """Record to the first commit of each live table that has its offset behind it."""
    by_feed = {contract.feed: contract for contract in contracts}
    ids = topic_ids(stack.kafka, [contract.topic.name for contract in contracts])
    values = [np.empty(0)]
    for name, feeds in live_tables(by_feed).items():
        log = table_log(stack.lake(prefix), f"live.{name}").refresh()
        for feed in feeds:
            for number in range(by_feed[feed].topic.partitions):
                reached = _reached(log, transaction_app_id(ids[by_feed[feed].topic.name], number))
                values.append(_behind(found[feed], number, reached, span))
    return np.concatenate(values)


def _reached(log: TableLog, app_id: str) -> list[tuple[float, int]]:
    """When each commit was made, and the next offset that it says."""
    found = []
    for commit in log.commits:
        with log.filesystem.open_input_stream(f"{log.table}/_delta_log/{commit.version:020}.json") as stream:
            actions = [json.loads(line) for line in stream.read().splitlines() if b'"txn"' in line]
        found += [(commit.at, action["txn"]["version"]) for action in actions if action["txn"]["appId"] == app_id]
    return found


def _behind(arrivals: Arrivals, number: int, reached: Sequence[tuple[float, int]], span: tuple[float, float]) -> np.ndarray:
    rows = arrivals.added
    chosen = (rows.partition == number) & (rows.recorded_at >= span[0]) & (rows.recorded_at < span[1])
    if not reached:
        return np.empty(0)
    at, ends = (np.array(column) for column in zip(*reached, strict=True))
    places = np.searchsorted(ends, rows.offset[chosen] + 1)
    if (places >= len(at)).any():
        raise HeadwaterError("a live table has not taken every record", where="benchmarks.live", fix="see the driver's log")
    return at[places] - rows.recorded_at[chosen]


def alert_delays(
    contracts: Sequence[Contract], found: Mapping[str, Arrivals], came: Mapping[tuple[str, int, int], float], span: tuple[float, float]
) -> np.ndarray:
    """Record to the message, of the rules about records."""
    values = []
    for contract in contracts:
        if not any(rule.window is None for rule in contract.alerts):
            continue
        rows = found[contract.feed].added
        for number, offset, recorded in zip(rows.partition.tolist(), rows.offset.tolist(), rows.recorded_at.tolist(), strict=True):
            at = came.get((contract.topic.name, number, offset))
            if at is not None and span[0] <= recorded < span[1]:
                values.append(at - recorded)
    return np.array(values)
