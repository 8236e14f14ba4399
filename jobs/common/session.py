"""The Spark session of a job that is run by hand or by spark-submit (in Airflow the connection brings its own), and what a
session is told about the size of its work."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.sql import SparkSession

from include.declared_settings import refuse_unknown_names
from include.settings import LakeSettings
from include.spark_conf import SparkSettings, spark_conf

FEW_ROWS = 50_000
# Generating and compiling code for a plan costs seconds on a cold server, the same whether a hundred rows follow or a million.
# Up to FEW_ROWS, interpreting the plan in few tasks is no slower warm, and takes half the CPU cold.
_FOR_FEW_ROWS = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
}


@contextmanager
def sized_for(spark: SparkSession, rows: int) -> Iterator[None]:
    """Within it the session plans for so many rows. Results are the same; the session's settings come back after it."""
    if rows > FEW_ROWS:
        yield
        return
    before = {name: spark.conf.get(name) for name in _FOR_FEW_ROWS}
    try:
        for name, value in _FOR_FEW_ROWS.items():
            spark.conf.set(name, value)
        yield
    finally:
        for name, value in before.items():
            spark.conf.set(name, value)


def spark_session(name: str, lake: LakeSettings) -> SparkSession:
    """A client of the Spark Connect server that SPARK_REMOTE names; else Spark in this process, on all cores unless
    spark-submit says where. Raises SettingsError for a name of ours that nobody reads."""
    refuse_unknown_names(os.environ)
    settings = SparkSettings.from_environment()
    if settings.remote:
        return SparkSession.builder.appName(name).remote(settings.remote).getOrCreate()
    builder = SparkSession.builder.appName(name).config(map=spark_conf(lake))
    return (builder if settings.gateway_port else builder.master("local[*]")).getOrCreate()
