"""Rows of gold and live tables, written without Spark; their columns are those that the jobs give."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from functools import cache
from importlib import import_module
from typing import Any

import pyarrow as pa
from deltalake import Schema, write_deltalake
from pyspark.sql import SparkSession

from include.catalog import GOLD, LIVE, UNDIVIDED
from include.settings import LakeSettings
from include.table_creation import create_by_day, create_undivided
from jobs.common.windows import window_table
from jobs.ml import model_runs
from jobs.stream.fold import Fold
from tests.jobs import silver_rows
from tests.jobs.bronze_rows import DAY, NOON

_SILVER = {
    **{"orders": silver_rows.ORDERS, "order_items": silver_rows.ORDER_ITEMS, "application_logs": silver_rows.LOGS},
    **{"server_metrics": silver_rows.METRICS, "planet_discoveries": silver_rows.PLANETS, "traffic_readings": silver_rows.TRAFFIC},
    **{"transport_reports": silver_rows.TRANSPORT, "incidents": silver_rows.INCIDENTS, "clicks": silver_rows.CLICKS},
    **{"views": silver_rows.VIEWS, "ratings": silver_rows.RATINGS, "crypto_prices": silver_rows.PRICES},
}
Schemas = Mapping[str, pa.Schema]


@cache
def schemas_of(spark: SparkSession) -> Schemas:
    """Address → columns, of every gold and every live table. Spark only plans: no job runs, and a process asks it once."""
    tables = {name: sources for of_system in GOLD.values() for name, sources in of_system.items() if name not in UNDIVIDED}
    found = {}
    for name, sources in tables.items():
        empty = [spark.createDataFrame([], _SILVER[source]) for source in sources]
        frame = getattr(import_module(f"jobs.gold.{name}"), name)(*empty)
        found[f"gold.{name}"] = _arrow(frame.schema.json())
    found["gold.planets"] = found["gold.planet_habitability"]  # a planet's newest row, with all its columns
    found[model_runs.ADDRESS] = _arrow(spark.createDataFrame([], model_runs.COLUMNS).schema.json())
    return found | {f"live.{name}": Fold(window_table(name)).schema for name in LIVE}


def _arrow(schema: str) -> pa.Schema:
    return pa.schema(Schema.from_json(schema).to_arrow())


def put(lake: LakeSettings, schemas: Schemas, address: str, *changes: dict[str, Any]) -> None:
    """Makes the table, with a row for each dictionary, which says only what matters; event_date follows window_start."""
    schema, undivided = schemas[address], address.partition(".")[2] in UNDIVIDED
    (create_undivided if undivided else create_by_day)(lake, address, schema)
    rows = pa.Table.from_pylist([_row(schema, place, change) for place, change in enumerate(changes)], schema)
    write_deltalake(lake.table_uri(address), rows, mode="append", partition_by=None if undivided else ["event_date"])


def _row(schema: pa.Schema, place: int, change: dict[str, Any]) -> dict[str, Any]:
    assert set(change) <= set(schema.names)
    row = {field.name: None if field.name.startswith("_") else _some(field.type, place) for field in schema} | change
    return row | ({"event_date": row["window_start"].date()} if "window_start" in row else {})


def _some(kind: pa.DataType, place: int) -> Any:
    """A value of the type: another one in each row, but of one day."""
    if pa.types.is_timestamp(kind):
        return NOON + timedelta(minutes=5 * place)
    if pa.types.is_date(kind):
        return DAY
    if pa.types.is_boolean(kind):
        return True
    if pa.types.is_decimal(kind):
        return Decimal(place + 1)
    return place + 1 if pa.types.is_integer(kind) else place + 0.5 if pa.types.is_floating(kind) else "abc"[place % 3]
