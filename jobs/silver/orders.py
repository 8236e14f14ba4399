"""orders in their last state of the day → silver.orders, one row an order and day."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.common.columns import ORIGIN, further_columns

_FIELDS = ("order_id", "customer_id", "status", "total")


def orders(current: DataFrame) -> DataFrame:
    """One row for each current order, without its lines: those are silver.order_items. event_time is when it was placed. A further
    field of the contract is a column as well, `order_item_count` where it is named as the count of the lines is."""
    known = (*_FIELDS, "timestamp", "items", *ORIGIN)
    further = further_columns(current.columns, known=known, taken=(*_FIELDS, "item_count"), prefix="order_")
    return current.select(
        *_FIELDS, F.size("items").alias("item_count"), *[F.col(name).alias(column) for name, column in further.items()], *ORIGIN
    )
