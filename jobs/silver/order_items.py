"""orders in their last state of the day → silver.order_items, one row an order, day and line."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.common.columns import ORIGIN, further_columns

_OF_ORDER = ("order_id", "line", "customer_id", "status")
_FIELDS = ("product_id", "product_name", "quantity", "unit_price", "subtotal")


def order_items(current: DataFrame) -> DataFrame:
    """One row for each line of the current orders, `line` counting from 1, with what a reader needs to know of its order. A further
    field that the contract has of a line is a column as well, `item_status` where it is named as one of the order's is."""
    of_line = current.schema["items"].dataType.elementType.fieldNames()  # type: ignore[attr-defined]
    further = further_columns(of_line, known=_FIELDS, taken=(*_OF_ORDER, *_FIELDS), prefix="item_")
    lines = current.select("order_id", "customer_id", "status", F.posexplode("items").alias("_position", "_item"), *ORIGIN)
    return lines.select(
        "order_id",
        (F.col("_position") + 1).alias("line"),
        "customer_id",
        "status",
        *[F.col("_item")[name].alias(name) for name in _FIELDS],
        *[F.col("_item")[name].alias(column) for name, column in further.items()],
        *ORIGIN,
    )
