"""How each live table is: from its own log and bronze's, whatever the driver says of itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa
from deltalake import DeltaTable

from include.catalog import live_tables
from include.contracts import Contract
from include.delta_log import open_table, transaction_offsets
from include.kafka import topic_ids
from include.settings import KafkaSettings, LakeSettings

ALERTS = "alerts"


@dataclass(frozen=True)
class LiveStatus:
    """One live table: its rows, the offsets that bronze has taken in and it has not, and its newest window, of alerts when the last
    one was raised. `behind` is None where there is no table yet; offsets without an alert are committed every ten seconds alone."""

    name: str
    rows: int
    behind: int | None
    newest: datetime | None


def live_statuses(kafka: KafkaSettings, lake: LakeSettings, contracts: Iterable[Contract]) -> list[LiveStatus]:
    """All live tables of these feeds. Raises TopicError and StoreError where broker and store do not answer."""
    by_feed = {contract.feed: contract for contract in contracts}
    alerting = tuple(feed for feed, contract in by_feed.items() if any(rule.window is None for rule in contract.alerts))
    filled_by = {**live_tables(by_feed), **({ALERTS: alerting} if alerting else {})}
    ids = topic_ids(kafka, [contract.topic.name for contract in by_feed.values()])
    with ThreadPoolExecutor(8) as threads:
        bronze = dict(zip(by_feed, threads.map(lambda contract: open_table(lake, contract.bronze), by_feed.values()), strict=True))
        live = dict(zip(filled_by, threads.map(lambda name: open_table(lake, f"live.{name}"), filled_by), strict=True))
    return [_status(name, live[name], [(by_feed[feed], bronze[feed]) for feed in feeds], ids) for name, feeds in filled_by.items()]


def _status(name: str, table: DeltaTable | None, feeds: Iterable[tuple[Contract, DeltaTable | None]], ids: Mapping[str, str]) -> LiveStatus:
    if table is None:
        return LiveStatus(name, 0, None, None)
    behind = 0
    for contract, bronze in feeds:
        topic_id, partitions = ids.get(contract.topic.name, ""), range(contract.topic.partitions)
        reached = transaction_offsets(bronze, topic_id, partitions) if bronze else {}
        taken = transaction_offsets(table, topic_id, partitions)
        behind += sum(max(0, offset - taken.get(number, 0)) for number, offset in reached.items())
    actions = pa.table(table.get_add_actions(flatten=True))
    return LiveStatus(name, sum(actions["num_records"].to_pylist()), behind, _newest(actions, name))


def _newest(actions: pa.Table, name: str) -> datetime | None:
    column = "max.raised_at" if name == ALERTS else "max.window_start"
    found = [value for value in actions[column].to_pylist() if value] if column in actions.column_names else []
    return max((value if value.tzinfo else value.replace(tzinfo=UTC) for value in found), default=None)
