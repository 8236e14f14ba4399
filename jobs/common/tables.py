"""Every read and write of the batch. Tables are known by path, `<lake>/<layer>/<name>`: there is no metastore."""

from __future__ import annotations

import time
from datetime import date

from deltalake import Field, Schema
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from include.delta_log import open_table, rows_by_day
from include.settings import LakeSettings
from include.table_creation import create_by_day
from jobs.common.columns import BRONZE_SCHEMA

ATTEMPTS = 6
# Another writer of the same table committed first: nothing of ours is written, and a second look settles it.
_CONFLICTS = ("DELTA_CONCURRENT_", "DELTA_METADATA_CHANGED", "DELTA_PROTOCOL_CHANGED")


def read_bronze(spark: SparkSession, lake: LakeSettings, feed: str, day: date, at_version: int | None) -> DataFrame:
    """The rows of bronze.<feed> with that event_date, as of that version; none where the version is None: no table yet."""
    if at_version is None:
        return spark.createDataFrame([], BRONZE_SCHEMA)
    reader = spark.read.format("delta").option("versionAsOf", at_version)
    return reader.load(lake.spark_table_uri(f"bronze.{feed}")).where(F.col("event_date") == F.lit(day))


def read_day(spark: SparkSession, lake: LakeSettings, address: str, day: date) -> DataFrame:
    """The rows of the table with that event_date. The table exists: the layer before has made it."""
    return spark.read.format("delta").load(lake.spark_table_uri(address)).where(F.col("event_date") == F.lit(day))


def replace_day(frame: DataFrame, lake: LakeSettings, address: str, day: date) -> None:
    """Makes the frame the table's rows of that day; the table exists.

    Idempotent: replaces the day's rows in one commit. A row of another day in the frame is an error of Delta's. A commit
    that conflicts with another writer's is tried again.
    """
    condition = f"event_date = DATE'{day.isoformat()}'"
    writer = frame.write.format("delta").mode("overwrite").option("replaceWhere", condition)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            writer.save(lake.spark_table_uri(address))
            return
        except PySparkException as error:
            if attempt == ATTEMPTS or not any(conflict in str(error) for conflict in _CONFLICTS):
                raise
            time.sleep(0.2 * 2**attempt)


def write_day(frame: DataFrame, rows: int, lake: LakeSettings, address: str, day: date) -> None:
    """replace_day with so many rows, after making the table where there is none, and its columns where it lacks some.

    Where no row would come and none would go nothing is written: most days have no bad row, and a commit of Spark's is dear.
    """
    create(lake, address, frame.schema)
    if rows or rows_by_day(lake, address).get(day):
        replace_day(frame, lake, address, day)


def is_settled_empty(lake: LakeSettings, address: str, day: date) -> bool:
    """The table is there, and has no row of that day."""
    return open_table(lake, address) is not None and not rows_by_day(lake, address).get(day)


def create(lake: LakeSettings, address: str, schema: StructType) -> None:
    """Makes an empty table, partitioned by event_date, unless it is there; and gives one that is the columns that it lacks, null in
    the rows that it has: a contract may have got a further field. Without Spark, which takes fifty times as long."""
    wanted = Schema.from_json(schema.json())
    table = open_table(lake, address)
    if table is None:
        create_by_day(lake, address, wanted)
        return
    known = {field.name for field in table.schema().fields}
    lacking = [Field(field.name, field.type) for field in wanted.fields if field.name not in known]
    if lacking:
        table.alter.add_columns(lacking)
