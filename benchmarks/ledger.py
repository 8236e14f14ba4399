"""What an audit costs as the table grows: `python -m benchmarks.ledger`.

A bronze table with N rows and one with 10 N, each audited once; then as many new rows come to each, and the audit that follows is timed.
It must cost what is new: the ratio of the two is to stay at 1.5 or less. On MinIO, without Kafka and Spark. Ends with 1 if it does not.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from rich.console import Console

from benchmarks.figures import ratio
from include.contracts import Contract, load_contracts
from include.settings import LakeSettings
from jobs.audit.run import audit
from jobs.stream import bronze
from local.private_stack import private_stack

FEED, TOPIC_ID = "clicks", "benchmark-topic"
ROWS = 1_000_000
NEW_COMMITS, NEW_ROWS = 20, 5_000
A_COMMIT = 200_000  # of the rows that are there before
TIMES = 10
LIMIT = 1.5
REPEATS = 3


def append(lake: LakeSettings, contract: Contract, first: int, rows: int) -> int:
    """Appends so many rows from that offset on, in one commit, as the stream does; the next offset."""
    now = datetime.now(UTC)
    same = {"topic": contract.topic.name, "topic_id": TOPIC_ID, "partition": 0, "timestamp": now, "timestamp_type": 0, "ingested_at": now}
    same |= {"event_time": now, "event_date": now.date(), "key": b"1", "value": b'{"event_type": "click"}', "headers": None}
    columns = {name: pa.repeat(pa.scalar(value, bronze.SCHEMA.field(name).type), rows) for name, value in same.items()}
    columns["offset"] = pa.array(np.arange(first, first + rows))
    carried = CommitProperties(app_transactions=[Transaction(f"{TOPIC_ID}-0", first + rows)])
    found = pa.table({name: columns[name] for name in bronze.SCHEMA.names}, bronze.SCHEMA)
    write_deltalake(
        DeltaTable(lake.table_uri(contract.bronze), storage_options=lake.delta_options()),
        found,
        mode="append",
        commit_properties=carried,
    )
    return first + rows


def seconds(lake: LakeSettings, contract: Contract, rows: int) -> tuple[float, float]:
    """Of the first audit, and of the one after the new rows, the best of a few."""
    bronze.open_or_create(lake, contract.bronze)
    end = 0
    while end < rows:
        end = append(lake, contract, end, min(A_COMMIT, rows - end))
    whole = timed(lake, contract, end)
    later = []
    for _ in range(REPEATS):
        for _ in range(NEW_COMMITS):
            end = append(lake, contract, end, NEW_ROWS)
        later.append(timed(lake, contract, end))
    return whole, min(later)


def timed(lake: LakeSettings, contract: Contract, rows: int) -> float:
    started = time.perf_counter()
    found = audit(lake, [contract])
    took = time.perf_counter() - started
    found.check()
    assert found.feeds[0].partitions[0].held.rows == rows
    return took


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ledger", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help=f"N ({ROWS:,})")
    rows = max(parser.parse_args().rows, 1000)
    console, contract = Console(width=None if sys.stdout.isatty() else 120), load_contracts()[FEED]
    with private_stack(console, "benchmark", parts=("minio",)) as stack:
        found = {size: seconds(stack.lake(f"rows-{size}"), contract, size) for size in (rows, TIMES * rows)}
    for size, (whole, later) in found.items():
        told = (
            f"{size:>12,} rows: first audit {whole:6.2f} s; with {NEW_COMMITS * NEW_ROWS:,} new rows in {NEW_COMMITS} files {later:6.2f} s"
        )
        console.print(told, highlight=False)
    grown = ratio(found[TIMES * rows][1], found[rows][1]) or 0.0
    well = grown <= LIMIT
    console.print(f"{TIMES} times the rows: × {grown:.2f} (≤ {LIMIT})  {'[green]flat[/]' if well else '[red]not flat[/]'}", highlight=False)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
