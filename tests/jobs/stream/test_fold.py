"""Live windows and gold windows are one: whatever the split and the order, and whichever engine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from include.catalog import LIVE, live_tables
from include.contracts import load_contracts
from jobs.common.records import RecordReader
from jobs.common.windows import window_table
from jobs.produce.faults import Faults, with_faults
from jobs.produce.feeds import records
from jobs.stream.fold import TIME, Fold

CONTRACTS = load_contracts().feeds
TABLES = live_tables(CONTRACTS)
START = datetime(2026, 3, 1, 22, tzinfo=UTC)
ROWS = 600


def rows_of(feed: str, seed: int) -> pa.Table:
    """Sound records of three hours around a midnight, some of them late, as the stream and the batch have them."""
    contract = CONTRACTS[feed]
    made = records(contract, seed=seed, count=ROWS, start=START, end=START + timedelta(hours=3))
    sent = list(islice(with_faults(made, contract, Faults(late=0.1, late_by_hours=2), seed), ROWS))
    judged = RecordReader(contract).judge([record.value for record in sent])
    times = judged.rows["timestamp"].cast(pa.int64())
    places = pa.array(judged.places, pa.int64())
    table = judged.rows.append_column("_time", times).append_column("_offset", pa.array(range(len(judged.places)), pa.int64()))
    return table.append_column("_partition", pc.cast(pc.bit_wise_and(places, 1), pa.int32()))


def columns_of(table: pa.Table) -> list[tuple[object, ...]]:
    """What people read, in an order that does not depend on how it came to be."""
    names = sorted(name for name in table.column_names if not name.startswith("_"))
    return sorted((tuple(row[name] for name in names) for row in table.select(names).to_pylist()), key=repr)


def whole(fold: Fold, sources: list[pa.Table]) -> pa.Table:
    return fold.fold(fold.schema.empty_table(), [fold.parts(rows) for rows in sources])


@pytest.mark.parametrize("name", LIVE)
def test_windows_do_not_depend_on_split_and_order(name: str) -> None:
    fold, random = Fold(window_table(name)), Random(name)
    sources = [rows_of(feed, seed=3) for feed in TABLES[name]]
    pieces = [rows.slice(first, 37) for rows in sources for first in range(0, rows.num_rows, 37)]
    random.shuffle(pieces)
    grown = fold.schema.empty_table()
    while pieces:
        number = random.randint(1, 5)
        taken, pieces = pieces[:number], pieces[number:]
        grown = fold.fold(grown, [fold.parts(piece) for piece in taken])
    assert columns_of(grown) == columns_of(whole(fold, sources))


@pytest.mark.parametrize("name", LIVE)
def test_live_windows_equal_the_batch_s(spark: SparkSession, name: str) -> None:
    fold = Fold(window_table(name))
    sources = [rows_of(feed, seed=4) for feed in TABLES[name]]
    wanted = [*fold.window.fields, "_time", "_offset", "_partition"]
    frames = [spark.createDataFrame(rows.select(wanted)).withColumn("event_time", F.timestamp_micros("_time")) for rows in sources]
    batch = window_table(name)(*frames).toArrow()
    times = [(place, field.name) for place, field in enumerate(batch.schema) if pa.types.is_timestamp(field.type)]
    for place, column in times:
        batch = batch.set_column(place, column, batch[column].cast(TIME))
    assert columns_of(whole(fold, sources)) == columns_of(batch)
