"""orders in their last state of the day → silver.order_items, one row an order, day and line."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.common.columns import ORIGIN


def order_items(current: DataFrame) -> DataFrame:
    """One row for each line of the current orders, `line` counting from 1, with what a reader needs to know of its order."""
    lines = current.select("order_id", "customer_id", "status", F.posexplode("items").alias("_position", "_item"), *ORIGIN)
    return lines.select(
        "order_id",
        (F.col("_position") + 1).alias("line"),
        "customer_id",
        "status",
        F.col("_item.product_id").alias("product_id"),
        F.col("_item.product_name").alias("product_name"),
        F.col("_item.quantity").alias("quantity"),
        F.col("_item.unit_price").alias("unit_price"),
        F.col("_item.subtotal").alias("subtotal"),
        *ORIGIN,
    )
