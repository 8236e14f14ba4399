"""Every read and write of the batch. Tables are known by path, `<lake>/<layer>/<name>`: there is no metastore.

Each write takes the table's lease for itself, and waits while another driver has it (commits.py).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial

from deltalake import Schema
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DataType, StructType

from include.delta_log import open_table, rows_by_day
from include.settings import LakeSettings
from include.table_creation import create_by_day
from include.table_lease import table_lease
from jobs.common.columns import BRONZE_SCHEMA
from jobs.common.commits import SPARK_ERRORS, commit, refuse_nothing


def read_bronze(spark: SparkSession, lake: LakeSettings, feed: str, day: date, at_version: int | None) -> DataFrame:
    """The rows of bronze.<feed> with that event_date, as of that version; none where the version is None: no table yet."""
    if at_version is None:
        return spark.createDataFrame([], BRONZE_SCHEMA)
    reader = spark.read.format("delta").option("versionAsOf", at_version)
    return reader.load(lake.spark_table_uri(f"bronze.{feed}")).where(of_days(day))


def read_table(spark: SparkSession, lake: LakeSettings, address: str, at_version: int | None = None) -> DataFrame:
    """All rows of the table, as of that version or of the newest. The table exists."""
    reader = spark.read.format("delta")
    if at_version is not None:
        reader = reader.option("versionAsOf", at_version)
    return reader.load(lake.spark_table_uri(address))


def read_day(spark: SparkSession, lake: LakeSettings, address: str, day: date) -> DataFrame:
    """The rows of the table with that event_date. The table exists: the layer before has made it."""
    return read_table(spark, lake, address).where(of_days(day))


def of_days(*days: date) -> Column:
    """The condition for the rows of these days. They go as text: a date goes through Java's own calendar, which has no 1582-10-10."""
    return F.col("event_date").isin(*(F.lit(day.isoformat()).cast("date") for day in days))


def replace_day(frame: DataFrame, lake: LakeSettings, address: str, day: date, refuse: Callable[[], object] = refuse_nothing) -> None:
    """Makes the frame the table's rows of that day, unless `refuse` raises (`commit`); the table exists.

    Idempotent: replaces the day's rows in one commit. A row of another day in the frame is an error of Delta's. A commit
    that conflicts with another writer's is tried again.
    """
    condition = f"event_date = DATE'{day.isoformat()}'"
    writer = frame.write.format("delta").mode("overwrite").option("replaceWhere", condition)
    commit(frame.sparkSession, lake, address, lambda: writer.save(lake.spark_table_uri(address)), refuse=refuse)


def write_day(
    frame: DataFrame, rows: int, lake: LakeSettings, address: str, day: date, refuse: Callable[[], object] = refuse_nothing
) -> None:
    """replace_day with so many rows, after making the table where there is none, and its columns where it lacks some.

    Where no row would come and none would go nothing is written: most days have no bad row, and a commit of Spark's is dear.
    """
    create(lake, address, frame.schema)
    add_columns(frame.sparkSession, lake, address, frame.schema)
    if rows or rows_by_day(lake, address).get(day):
        replace_day(frame, lake, address, day, refuse)


def is_settled_empty(lake: LakeSettings, address: str, day: date) -> bool:
    """The table is there, and has no row of that day."""
    return open_table(lake, address) is not None and not rows_by_day(lake, address).get(day)


def create(lake: LakeSettings, address: str, schema: StructType) -> None:
    """Makes an empty table, partitioned by event_date, unless it is there. Without Spark, which takes fifty times as long."""
    if open_table(lake, address) is None:
        with table_lease(lake, address):
            create_by_day(lake, address, Schema.from_json(schema.json()))


def add_columns(spark: SparkSession, lake: LakeSettings, address: str, schema: StructType) -> None:
    """Gives the table the columns of the schema that it lacks, and its arrays the fields of their elements, null in the rows that it
    has: a contract may have got a further field, or a later version computes more. Does nothing to a table that has them all.

    By Spark, as all that is written to the table: with its lease in hand.
    """
    while missing := _missing_columns(lake, address, schema):
        columns = ", ".join(f"{path} {kind}" for path, kind in missing.items())
        statement = f"ALTER TABLE delta.`{lake.spark_table_uri(address)}` ADD COLUMNS ({columns})"
        try:
            commit(spark, lake, address, partial(spark.sql, statement), attempts=1)
        except SPARK_ERRORS:
            if _missing_columns(lake, address, schema) == missing:  # else another build of another day has added them meanwhile
                raise


def _missing_columns(lake: LakeSettings, address: str, schema: StructType) -> dict[str, str]:
    """Path → type; that of a field of an array's elements is `items`.element.`colour`."""
    table = open_table(lake, address)
    return {} if table is None else dict(_missing(StructType.fromJson(json.loads(table.schema().to_json())), schema))


def _missing(has: DataType, wanted: DataType, at: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(has, ArrayType) and isinstance(wanted, ArrayType):
        yield from _missing(has.elementType, wanted.elementType, f"{at}element.")
    elif isinstance(has, StructType) and isinstance(wanted, StructType):
        known = {field.name: field.dataType for field in has.fields}
        for field in wanted.fields:
            if field.name in known:
                yield from _missing(known[field.name], field.dataType, f"{at}`{field.name}`.")
            else:
                yield f"{at}`{field.name}`", field.dataType.simpleString()


def merge(changes: DataFrame, lake: LakeSettings, address: str, key: str) -> None:
    """Makes `_new` (a struct of the table's columns, or null: no row) the row of each key; the table exists and has no partitions.

    Grain of the changes: one row a key, with its `_seen`, the event_date of the row that the table had when they were computed
    (null: none). A row that is another by now stays as it is: who computed the change has to look again. Idempotent: the same
    changes again find the rows that they made, and change nothing. One commit; an error that is_conflict names, and none, when
    another writer was faster.
    """
    spark = changes.sparkSession
    columns = changes.schema["_new"].dataType.fieldNames()  # type: ignore[attr-defined]
    statement = f"""
        MERGE INTO delta.`{lake.spark_table_uri(address)}` AS kept USING {{changes}} AS changes ON kept.{key} = changes.{key}
        WHEN MATCHED AND changes._new IS NULL AND kept.event_date = changes._seen THEN DELETE
        WHEN MATCHED AND changes._new IS NOT NULL AND kept.event_date = changes._seen
            THEN UPDATE SET {", ".join(f"{name} = changes._new.{name}" for name in columns)}
        WHEN NOT MATCHED AND changes._new IS NOT NULL AND changes._seen IS NULL
            THEN INSERT ({", ".join(columns)}) VALUES ({", ".join(f"changes._new.{name}" for name in columns)})
        """
    commit(spark, lake, address, lambda: spark.sql(statement, changes=changes).collect(), attempts=1)


def insert_new(frame: DataFrame, lake: LakeSettings, address: str, key: str) -> None:
    """Adds the rows whose key the table does not have; the table exists. Idempotent. A conflict with another writer is tried again."""
    statement = f"MERGE INTO delta.`{lake.spark_table_uri(address)}` AS kept USING {{rows}} AS rows ON kept.{key} = rows.{key}"
    spark = frame.sparkSession
    commit(spark, lake, address, lambda: spark.sql(f"{statement} WHEN NOT MATCHED THEN INSERT *", rows=frame).collect())
