"""orders in their last state of the day → silver.orders, one row an order and day."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.common.columns import ORIGIN


def orders(current: DataFrame) -> DataFrame:
    """One row for each current order, without its lines: those are silver.order_items. event_time is when it was placed."""
    return current.select("order_id", "customer_id", "status", "total", F.size("items").alias("item_count"), *ORIGIN)
