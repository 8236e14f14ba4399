"""Which of the records that are states of one thing is its last."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from include.bronze import COORDINATES
from include.contracts.model import Contract

# With the topic id: a topic that was made anew has the former one's partitions and offsets again.
LATER_STATE = "struct<topic_id:string,partition:int,offset:bigint>"


def mark_superseded(judged: DataFrame, contract: Contract, valid: Column) -> DataFrame:
    """Adds `_superseded_by`: topic id, partition and offset of the last state of the same thing on the same day; null for the last
    state itself, for rows that are not valid, and for all rows of a feed without an identity. The row count stays.

    The last state is the one with the highest record timestamp, then offset, then partition, and, so that it is always the same
    one, topic id. event_time has no say: a later state keeps the time of what it describes.
    """
    if not contract.identity:
        return judged.withColumn("_superseded_by", F.lit(None).cast(LATER_STATE))
    # Rows that are not valid have no identity: their offset spreads them over the tasks.
    states = Window.partitionBy("event_date", "_identity", F.when(~valid, F.col("_offset")))
    newest_first = states.orderBy(F.desc("_timestamp"), F.desc("_offset"), F.desc("_partition"), F.desc("_topic_id"))
    upto_here = newest_first.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    position = F.struct(*[F.col(f"_{name}").alias(name) for name in ("topic_id", "partition", "offset")])
    last = F.first(position).over(upto_here)
    identified = _with_identity(judged, contract, valid).withColumn("_last", last)
    later = F.when(valid & ~F.col("_last").eqNullSafe(position), F.col("_last"))
    return identified.withColumn("_superseded_by", later).drop("_identity", "_last")


def _with_identity(judged: DataFrame, contract: Contract, valid: Column) -> DataFrame:
    """Adds `_identity`. Its expressions see the contract's fields, and bronze's columns where no field has the name."""
    fields = {field.name.lower() for field in contract.fields}
    visible = {name: F.col(f"_{name}") for name in COORDINATES if name not in fields}
    identity = F.when(valid, F.struct(*[F.expr(expression) for expression in contract.identity]))
    return judged.withColumns(visible).withColumn("_identity", identity).drop(*visible)
