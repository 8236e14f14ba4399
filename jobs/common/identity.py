"""Which of the records that are states of one thing is its last."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from include.bronze import COORDINATES
from include.contracts.model import Contract

LATER_STATE = "struct<partition:int,offset:bigint>"


def mark_superseded(judged: DataFrame, contract: Contract, valid: Column) -> DataFrame:
    """Adds `_superseded_by`: partition and offset of the last state of the same thing on the same day; null for the last state
    itself, for rows that are not valid, and for all rows of a feed without an identity. The row count stays.

    The last state is the one with the highest record timestamp, then offset, then partition. event_time has no say:
    a later state keeps the time of what it describes. Of a topic that was made anew both have their offsets from 0: records
    that are otherwise alike are told apart by the topic's id.
    """
    if not contract.identity:
        return judged.withColumn("_superseded_by", F.lit(None).cast(LATER_STATE))
    # Rows that are not valid have no identity: their offset spreads them over the tasks.
    states = Window.partitionBy("event_date", "_identity", F.when(~valid, F.col("_offset")))
    newest_first = states.orderBy(F.desc("_timestamp"), F.desc("_offset"), F.desc("_partition"), F.desc("_topic_id"))
    upto_here = newest_first.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    position = F.struct(F.col("_partition").alias("partition"), F.col("_offset").alias("offset"), F.col("_topic_id").alias("topic_id"))
    last = F.first(position).over(upto_here)
    identified = _with_identity(judged, contract, valid).withColumn("_last", last)
    is_last = F.col("_last").eqNullSafe(position)
    later = F.when(valid & ~is_last, F.struct(F.col("_last.partition").alias("partition"), F.col("_last.offset").alias("offset")))
    return identified.withColumn("_superseded_by", later).drop("_identity", "_last")


def _with_identity(judged: DataFrame, contract: Contract, valid: Column) -> DataFrame:
    """Adds `_identity`. Its expressions see the contract's fields, and bronze's columns where no field has the name."""
    fields = {field.name.lower() for field in contract.fields}
    visible = {name: F.col(f"_{name}") for name in COORDINATES if name not in fields}
    identity = F.when(valid, F.struct(*[F.expr(expression) for expression in contract.identity]))
    return judged.withColumns(visible).withColumn("_identity", identity).drop(*visible)
