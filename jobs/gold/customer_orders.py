"""silver.orders → gold.customer_orders, one row a customer and day."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def customer_orders(orders: DataFrame) -> DataFrame:
    """How many orders of any status each customer placed on each day, and their total."""
    return orders.groupBy("customer_id", "event_date").agg(
        F.count("*").alias("order_count"),
        F.sum("total").cast("decimal(28,4)").alias("order_total"),
    )
