"""The Spark session of a job that is run by hand or by spark-submit; in Airflow the connection brings its own."""

from __future__ import annotations

import os

from pyspark.sql import SparkSession

from include.settings import LakeSettings
from include.spark_conf import spark_conf


def spark_session(name: str, lake: LakeSettings) -> SparkSession:
    """A client of the Spark Connect server that SPARK_REMOTE names; else Spark in this process, on all cores unless
    spark-submit says where."""
    remote = os.environ.get("SPARK_REMOTE")
    if remote:
        return SparkSession.builder.appName(name).remote(remote).getOrCreate()
    builder = SparkSession.builder.appName(name).config(map=spark_conf(lake))
    submitted = "PYSPARK_GATEWAY_PORT" in os.environ
    return (builder if submitted else builder.master("local[*]")).getOrCreate()
