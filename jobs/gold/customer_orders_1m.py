"""silver.orders → gold.customer_orders_1m, one row a customer and minute with orders."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.common.windows import WINDOW, in_windows


def customer_orders_1m(orders: DataFrame) -> DataFrame:
    """How many orders of any status each customer placed in each minute, and their total. A minute without orders has no row."""
    return in_windows(orders, "1 minute").groupBy("customer_id", *WINDOW).agg(
        F.count("*").alias("order_count"),
        F.sum("total").cast("decimal(28,4)").alias("order_total"),
    )
