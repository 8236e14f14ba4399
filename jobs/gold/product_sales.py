"""silver.order_items → gold.product_sales, one row a product and day."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def product_sales(order_items: DataFrame) -> DataFrame:
    """What each product sold on each day.

    `sales_count` counts lines, `quantity` pieces; lines of cancelled orders count in `cancelled_count` alone. A product that
    was only ever cancelled has a row too: zeros, and a revenue of 0. `product_name` is that of the latest line, cancelled
    or not: by event_time, then as Kafka had them, then by place in the order.
    """
    cancelled = F.col("status") == "cancelled"
    latest = F.struct("event_time", "_timestamp", "_offset", "_partition", "line")
    revenue = F.sum(F.when(~cancelled, F.col("subtotal")))
    return order_items.groupBy("product_id", "event_date").agg(
        F.max_by("product_name", latest).alias("product_name"),
        F.count_if(~cancelled).alias("sales_count"),
        F.coalesce(F.sum(F.when(~cancelled, F.col("quantity"))), F.lit(0)).cast("bigint").alias("quantity"),
        F.coalesce(revenue, F.lit(0)).cast("decimal(28,4)").alias("revenue"),
        F.count_if(cancelled).alias("cancelled_count"),
    )
