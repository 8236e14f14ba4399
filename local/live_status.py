"""How each live table is: from its own log and bronze's, whatever the driver says of itself."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
from deltalake import DeltaTable

from include.catalog import live_tables
from include.contracts import Contract
from include.delta_log import in_utc, open_table, row_counts, transaction_offsets
from include.kafka import topic_ids, topic_partitions
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
    topics = [contract.topic.name for contract in by_feed.values()]
    ids, partitions = topic_ids(kafka, topics), topic_partitions(kafka, topics)
    with ThreadPoolExecutor(8) as threads:
        bronze = dict(zip(by_feed, threads.map(lambda contract: open_table(lake, contract.bronze), by_feed.values()), strict=True))
        live = dict(zip(filled_by, threads.map(lambda name: open_table(lake, f"live.{name}"), filled_by), strict=True))
    sources = {
        feed: _Source(bronze[feed], ids.get(contract.topic.name, ""), partitions.get(contract.topic.name, []))
        for feed, contract in by_feed.items()
    }
    return [_status(name, live[name], [sources[feed] for feed in feeds]) for name, feeds in filled_by.items()]


@dataclass(frozen=True)
class _Source:
    """A feed's bronze table, and its topic as Kafka has it."""

    bronze: DeltaTable | None
    topic_id: str
    partitions: list[int]

    def beyond(self, table: DeltaTable) -> int:
        """Offsets that bronze has taken in, and the table has not."""
        reached = transaction_offsets(self.bronze, self.topic_id, self.partitions) if self.bronze else {}
        taken = transaction_offsets(table, self.topic_id, self.partitions)
        return sum(max(0, offset - taken.get(number, 0)) for number, offset in reached.items())


def _status(name: str, table: DeltaTable | None, sources: Iterable[_Source]) -> LiveStatus:
    if table is None:
        return LiveStatus(name, 0, None, None)
    behind = sum(source.beyond(table) for source in sources)
    actions = pa.table(table.get_add_actions(flatten=True))
    return LiveStatus(name, sum(row_counts(table, actions)), behind, _newest(actions, name))


def _newest(actions: pa.Table, name: str) -> datetime | None:
    column = "max.raised_at" if name == ALERTS else "max.window_start"
    found = actions[column].to_pylist() if column in actions.column_names else []
    return max((in_utc(value) for value in found if value), default=None)
