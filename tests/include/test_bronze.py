"""Bronze's columns, which the stream says in Arrow's types and the batch in Spark's."""

from __future__ import annotations

from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import from_arrow_schema

from jobs.common.columns import BRONZE_SCHEMA
from jobs.stream.bronze import SCHEMA


def test_stream_and_batch_mean_the_same_columns(spark: SparkSession) -> None:
    assert from_arrow_schema(SCHEMA) == spark.createDataFrame([], BRONZE_SCHEMA).schema
