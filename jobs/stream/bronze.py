"""Bronze tables: their columns, their settings, and the state that each carries in its own commits."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Mapping

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, QueryBuilder, Schema, Transaction

from include.delta_log import open_table, transaction_app_id, transaction_offsets
from include.settings import LakeSettings

SCHEMA = pa.schema(
    [
        ("key", pa.binary()),
        ("value", pa.binary()),
        ("headers", pa.list_(pa.struct([("key", pa.string()), ("value", pa.binary())]))),
        ("topic", pa.string()),
        ("topic_id", pa.string()),
        ("partition", pa.int32()),
        ("offset", pa.int64()),
        ("timestamp", pa.timestamp("us", tz="UTC")),
        ("timestamp_type", pa.int32()),
        ("ingested_at", pa.timestamp("us", tz="UTC")),
        ("event_time", pa.timestamp("us", tz="UTC")),
        ("event_date", pa.date32()),
    ]
)

# Every commit of records carries this transaction beside the offsets, so that any two of them conflict: a driver whose
# handle is behind another driver's commit is refused, whichever partitions the two wrote. Its version is the lease's epoch.
WRITER_APP_ID = "headwater-stream"
# How many rows the table holds with the commit: whoever opens it sees, without a data file, whether somebody else added or removed some.
COUNT_APP_ID = "headwater-count"
# The number of a commit of rows by Spark, and of the commit of their offsets that follows it.
ROWS_APP_ID = "headwater-rows"
OFFSETS_APP_ID = "headwater-offsets"
RECENT_COMMITS = 50  # where a commit of ours is looked for: after it came a few of upkeep, or of the driver that took over

CONFIGURATION = {
    # A commit each half second is 7,000 an hour: what readers no longer need goes after two hours, or the log never stops growing.
    "delta.checkpointInterval": "100",
    "delta.logRetentionDuration": "interval 2 hours",
    "delta.deletedFileRetentionDuration": "interval 3 hours",
    "delta.enableExpiredLogCleanup": "true",
    # Statistics on what readers prune by; none on payloads, which would copy them into the log.
    "delta.dataSkippingStatsColumns": "topic_id,partition,offset,timestamp,ingested_at,event_time",
}


def open_or_create(
    lake: LakeSettings,
    address: str,
    schema: pa.Schema = SCHEMA,
    statistics: str | None = None,
    refuse: Callable[[], object] = lambda: None,
) -> DeltaTable:
    """The table's handle at its newest version, with the columns that an earlier version's table lacks; `statistics` names the columns
    that readers prune by, where these are not bronze's. Where there is no table `refuse` is asked, and raises if none is to be made.
    Creating is safe against another creator: the first commit is a conditional put."""
    table = open_table(lake, address)
    if table is not None:
        has = {field.name for field in table.schema().fields}
        missing = [field for field in Schema.from_arrow(schema).fields if field.name not in has]
        if missing:
            table.alter.add_columns(missing)
        return table
    refuse()
    return DeltaTable.create(
        lake.table_uri(address),
        schema=schema,
        mode="ignore",
        partition_by=["event_date"],
        configuration=CONFIGURATION | ({"delta.dataSkippingStatsColumns": statistics} if statistics else {}),
        storage_options=lake.delta_options(),
    )


def commit_properties(
    topic_id: str, next_offsets: Mapping[int, int], epoch: int, batch: str, count: int | None, rows_number: int | None = None
) -> CommitProperties:
    """What a stream's commit carries: the next offset of each partition, and a checksum of them all; the writer's epoch, a name to know
    it by, and how many rows the table then holds, where that is known; `rows_number` when the rows themselves went before, by Spark."""
    transactions = [Transaction(transaction_app_id(topic_id, number), offset) for number, offset in sorted(next_offsets.items())]
    transactions.append(Transaction(_checksum_app_id(topic_id), _checksum(next_offsets)))
    transactions.append(Transaction(WRITER_APP_ID, epoch))
    if count is not None:
        transactions.append(Transaction(COUNT_APP_ID, count))
    if rows_number is not None:
        transactions.append(Transaction(OFFSETS_APP_ID, rows_number))
    return CommitProperties(
        app_transactions=transactions,
        custom_metadata={"headwater.batch": batch, "headwater.epoch": str(epoch)},
    )


def next_offsets(table: DeltaTable, topic_id: str, partitions: Iterable[int]) -> dict[int, int]:
    """Partition → the next offset that the table lacks.

    The transactions say it. Spark's writer, which can carry one transaction only, commits rows first and their offsets
    after, numbering both: when the rows are ahead it died in between, and the rows of this topic are asked how far they reach.
    """
    numbers = set(partitions)
    known = transaction_offsets(table, topic_id, numbers)
    if (table.transaction_version(ROWS_APP_ID) or 0) <= (table.transaction_version(OFFSETS_APP_ID) or 0):
        return known
    lowest = min((known.get(number, 0) for number in numbers), default=0)
    of_topic = f"topic_id = '{topic_id}' and \"offset\" >= {int(lowest)}"
    query = f'select partition, max("offset") + 1 as next from bronze where {of_topic} group by partition'
    rows = pa.table(QueryBuilder().register("bronze", table).execute(query).read_all()).to_pylist()
    beyond = {row["partition"]: row["next"] for row in rows if row["partition"] in numbers}
    return {number: max(known.get(number, 0), beyond.get(number, 0)) for number in known.keys() | beyond.keys()}


def offsets_are_ours(table: DeltaTable, topic_id: str) -> bool:
    """Whether the table's log names the offsets that a stream's commit has left, and no other: one that is moved without a row leaves
    all numbers of rows as they are. True of a table that no stream wrote since there is the checksum."""
    said = table.transaction_version(_checksum_app_id(topic_id))
    return said is None or said == _checksum(_all_offsets(table, topic_id))


def _all_offsets(table: DeltaTable, topic_id: str) -> dict[int, int]:
    """Those of every partition that the log has one of: a stream's commit names each from 0 on."""
    offsets: dict[int, int] = {}
    while (offset := table.transaction_version(transaction_app_id(topic_id, len(offsets)))) is not None:
        offsets[len(offsets)] = offset
    return offsets


def _checksum_app_id(topic_id: str) -> str:
    return f"{topic_id}-checksum"


def _checksum(offsets: Mapping[int, int]) -> int:
    return zlib.crc32(json.dumps(sorted(offsets.items())).encode())
