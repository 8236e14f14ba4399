"""How far a bronze table says that it is read, and whether its rows bear that out.

Only the stream writes the table, and each of its commits carries the next offsets, their checksum and the number of rows. Where these
agree with each other and with the table's files nothing else is looked at. Where they do not, somebody else has copied, overwritten,
restored or written the table, or lost its log: reading on from the beginning would double rows, and from the end leave some out, so that
a person has to choose.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping

import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder

from include.contracts import Contract
from include.delta_log import transaction_offsets
from include.errors import OffsetsLost
from include.settings import LakeSettings
from include.table_files import data_files
from include.words import many
from jobs.stream import bronze

log = logging.getLogger(__name__)

CHOICES = (
    "stop the group (DAG `streams`, action stop) and choose with `headwater stream resume {feed} --from rows|earliest|latest`, which says "
    "first what it would do. rows: go on after each partition's last row; earliest: read all that Kafka has, rows that are there come "
    "twice; latest: leave out what Kafka has and the table lacks, as a declared gap. Or put the table's own log back"
)


def believed(table: DeltaTable, contract: Contract, topic_id: str, partitions: Iterable[int]) -> dict[int, int]:
    """Partition → the next offset that the table lacks, for those that it names. Raises OffsetsLost where the rows say otherwise."""
    numbers = tuple(partitions)
    known = bronze.next_offsets(table, topic_id, numbers)
    held, counted = rows_held(table), table.transaction_version(bronze.COUNT_APP_ID)
    if not bronze.offsets_are_ours(table, topic_id):
        raise _moved(table, contract, topic_id, numbers)
    if held == 0:
        return _unless_restored(table, contract, known, counted) if counted else known
    if table.transaction_version(bronze.WRITER_APP_ID) is None:
        raise _lost(contract, "has rows and was never written by a stream", *_first(row_ends(table, None, numbers)), None)
    if _spark_died_between(table) or (held == counted and set(numbers) <= known.keys()):
        return known
    for number, end in row_ends(table, topic_id, numbers, known).items():
        if number not in known:
            raise _lost(contract, "has rows of this topic and no offset of it", number, end, None)
        if end > known[number]:
            raise _lost(contract, "has rows beyond the offset that it names", number, end, known[number])
    return _unless_restored(table, contract, known, counted)


def rows_held(table: DeltaTable) -> int | None:
    """Rows of the table, from its log; None where a file does not say how many it has."""
    counts = _files(table)["num_records"].to_pylist()
    return None if None in counts else sum(counts)


def row_ends(table: DeltaTable, topic_id: str | None, partitions: Iterable[int], known: Mapping[int, int] | None = None) -> dict[int, int]:
    """Partition → the offset after its last row, for those that have a row at or after the known offset (0 where none is known).

    `topic_id` None: whatever topic the rows are of. The files' statistics are asked first; data files are read only where they leave
    it open, and only those that may have such a row.
    """
    first = {number: (known or {}).get(number, 0) for number in partitions}
    if not any(_may_have(file, topic_id, first) for file in _files(table).to_pylist()):
        return {}
    places = " or ".join(f'(partition = {number} and "offset" >= {offset})' for number, offset in first.items())
    of_topic = "" if topic_id is None else f" and topic_id = '{topic_id}'"
    query = f'select partition, max("offset") + 1 as end from bronze where ({places}){of_topic} group by partition order by partition'
    rows = pa.table(QueryBuilder().register("bronze", table).execute(query).read_all()).to_pylist()
    return {row["partition"]: row["end"] for row in rows}


def refuse_lost_log(lake: LakeSettings, contract: Contract) -> None:
    """For where there is no table: raises OffsetsLost if its data files are there. A table made beside them would be read from the
    beginning, and its clean-up would delete them. Raises StoreError."""
    if files := data_files(lake, contract.bronze):
        raise OffsetsLost(
            f"the table has {many(len(files), 'data file')} and no log",
            where=f"feed {contract.feed}, {lake.table_uri(contract.bronze)}",
            value=files[0],
            fix="put its `_delta_log` back as it was (docs/runbook.md); or move the files away, and then choose: "
            + CHOICES.format(feed=contract.feed),
        )


def refuse_lost(lake: LakeSettings, contract: Contract, read: Mapping[int, int]) -> None:
    """For where there is no table: raises OffsetsLost if its data files are there, or a driver has told that it had `read` some of the
    topic (partition → next offset). Raises StoreError."""
    refuse_lost_log(lake, contract)
    if any(read.values()):
        raise OffsetsLost(
            "the table is gone",
            where=f"feed {contract.feed}, {contract.bronze}",
            value={f"partition {number} had been read to": offset for number, offset in sorted(read.items())},
            fix="put it back as it was (docs/runbook.md); or make it anew: " + CHOICES.format(feed=contract.feed),
        )


def refuse_foreign(table: DeltaTable, address: str) -> None:
    """Raises OffsetsLost for a table beside bronze that has rows and no stream's offsets: filled on, it would count records twice."""
    if table.transaction_version(bronze.WRITER_APP_ID) is None and rows_held(table) != 0:
        raise OffsetsLost(
            "the table has rows and was never written by a stream",
            where=address,
            value={"rows": rows_held(table), "offset": None},
            fix="put its own log back, or delete the table: it is filled anew from bronze",
        )


def _unless_restored(table: DeltaTable, contract: Contract, known: dict[int, int], counted: int | None) -> dict[int, int]:
    """What is known. Raises OffsetsLost when the table was set back to an earlier version: Delta then removes rows and keeps the offsets
    of the newer ones. Other rows that are gone were deleted, which is somebody's right and is told by the ledger."""
    held = rows_held(table)
    if counted is None or held is None or held == counted:
        return known
    # A driver at work is refused its next commit by a restore, and opens the table at once: it is among the last ones.
    recent = table.history(bronze.RECENT_COMMITS) if held < counted else []
    restored = [entry["version"] for entry in recent if entry.get("operation") == "RESTORE"]
    if restored:
        number, end = _first(row_ends(table, None, known))
        what = f"was restored in version {restored[0]}, which removed {counted - held} rows and left the offsets"
        raise _lost(contract, what, number, end, known.get(number))
    log.warning("%s has %d rows, the stream had left %d: somebody else has changed it", contract.bronze, held, counted)
    return known


def _spark_died_between(table: DeltaTable) -> bool:
    """Whether Spark's rows were committed without their offsets: `next_offsets` has asked the rows already."""
    return (table.transaction_version(bronze.ROWS_APP_ID) or 0) > (table.transaction_version(bronze.OFFSETS_APP_ID) or 0)


def _files(table: DeltaTable) -> pa.Table:
    return pa.table(table.get_add_actions(flatten=True))


def _may_have(file: Mapping[str, object], topic_id: str | None, first: Mapping[int, int]) -> bool:
    """Whether the file may have a row of the topic at or after a partition's offset; statistics that it lacks leave it open."""

    def outside(name: str, low: object, high: object) -> bool:
        least, most = file.get(f"min.{name}"), file.get(f"max.{name}")
        return (least is not None and high is not None and least > high) or (most is not None and low is not None and most < low)

    if topic_id is not None and outside("topic_id", topic_id, topic_id):
        return False
    return any(not outside("partition", number, number) and not outside("offset", offset, None) for number, offset in first.items())


def _moved(table: DeltaTable, contract: Contract, topic_id: str, partitions: Iterable[int]) -> OffsetsLost:
    """Of a table whose log names an offset that no stream has left: told by the partition that is furthest from its rows."""
    named = transaction_offsets(table, topic_id, partitions)
    ends = row_ends(table, topic_id, named)
    number = max(named, key=lambda number: abs(named[number] - ends.get(number, 0)), default=0)
    return _lost(contract, "names offsets that no commit of the stream has left", number, ends.get(number), named.get(number))


def _first(ends: Mapping[int, int]) -> tuple[int, int | None]:
    return next(iter(sorted(ends.items())), (0, None))


def _lost(contract: Contract, what: str, partition: int, end: int | None, offset: int | None) -> OffsetsLost:
    return OffsetsLost(
        f"the table {what}",
        where=f"feed {contract.feed}, {contract.bronze} partition {partition}",
        value={"rows end at": end, "offset in the log": offset},
        fix=CHOICES.format(feed=contract.feed),
    )
