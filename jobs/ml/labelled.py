"""silver.planet_discoveries → what the model learns from and is judged by: one row a labelled planet."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.common.habitability_model import FIELDS

HELD_OUT_OF = 5
_KEPT = ("Name", *FIELDS, "Colonisable")


def labelled_planets(planet_discoveries: DataFrame) -> DataFrame:
    """Each planet as its newest description of all days has it, without those that this one does not label. In order of Name.

    `_held_out` is true for about one planet in five, by a hash of its name alone: whatever the day, the seed and the other planets, no
    model ever learns from those, so that any two models can be compared on them.
    """
    newest = planet_discoveries.groupBy("Name").agg(F.max_by(F.struct(*_KEPT), "event_date").alias("_newest")).select("_newest.*")
    held_out = F.crc32(F.col("Name").cast("binary")) % HELD_OUT_OF == 0
    # Sums of doubles depend on their order: one partition, sorted, gives the same model on any machine.
    labelled = newest.where(F.col("Colonisable").isNotNull()).withColumn("_held_out", held_out)
    return labelled.repartition(1).sortWithinPartitions("Name")
