"""Rows of silver tables, for tests of gold."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from tests.jobs.bronze_rows import DAY, NOON

ORIGIN = "event_time timestamp, event_date date, ingested_at timestamp, _topic string, _partition int, _offset bigint, _timestamp timestamp"
ORDERS = f"order_id bigint, customer_id string, status string, total decimal(18,4), item_count int, {ORIGIN}"
ORDER_ITEMS = (
    "order_id bigint, line int, customer_id string, status string, product_id string, product_name string, quantity int,"
    f" unit_price decimal(18,4), subtotal decimal(18,4), {ORIGIN}"
)
LOGS = f"level string, module string, message string, request_id string, user_id string, duration_ms double, {ORIGIN}"
METRICS = f"server string, cpu_pct double, memory_pct double, {ORIGIN}"
_DEFAULTS: dict[str, dict[str, Any]] = {
    ORDERS: {"order_id": 1, "customer_id": "C1", "status": "paid", "total": Decimal(10), "item_count": 1},
    ORDER_ITEMS: {
        **{"order_id": 1, "line": 1, "customer_id": "C1", "status": "paid", "product_id": "P1", "product_name": "Pot"},
        **{"quantity": 1, "unit_price": Decimal(10), "subtotal": Decimal(10)},
    },
    LOGS: {"level": "INFO", "module": "cart", "message": "m", "request_id": "R1", "user_id": None, "duration_ms": None},
    METRICS: {"server": "web-1", "cpu_pct": 50.0, "memory_pct": 60.0},
}
_ORIGIN = {"event_time": NOON, "event_date": DAY, "ingested_at": NOON, "_topic": "t", "_partition": 0, "_offset": 0, "_timestamp": NOON}


def silver(spark: SparkSession, schema: str, *changes: dict[str, Any]) -> DataFrame:
    """A frame with one row for each dictionary, which says only what matters; event_date follows event_time."""
    found = [_DEFAULTS[schema] | _ORIGIN | change for change in changes]
    return spark.createDataFrame([tuple((row | {"event_date": row["event_time"].date()}).values()) for row in found], schema)


def at(clock: str, day: date = DAY) -> datetime:
    """The UTC time of that day: at("09:59:59.999")."""
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=UTC)
