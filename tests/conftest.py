"""What the fast tier shares: one small Spark session, and a lake in a folder."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from include.settings import LakeSettings
from include.spark_conf import jars_class_path, jars_directory

# It tells of each connection that it closes, after pytest's last line.
logging.getLogger("py4j").setLevel(logging.WARNING)


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """A local session as plain as can be: two threads, UTC, no web page; with Delta where its jars are."""
    delta = {
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.driver.extraClassPath": f"{jars_directory()}/*",
        "spark.databricks.delta.snapshotPartitions": "1",
    }
    has_delta = any(jars_directory().glob("delta-spark_*.jar"))
    session = (
        SparkSession.builder.master("local[2]")
        .config(map=delta if has_delta else {})
        .appName("headwater-tests")
        .config("spark.driver.memory", "1g")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "2")
        # Compiling a plan takes longer than running it over a few rows.
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    yield session
    session.stop()


@pytest.fixture
def lake(tmp_path: Path) -> LakeSettings:
    """A lake in a folder of its own: Spark's Delta and delta-rs take a path as they take an S3 address."""
    jars_class_path()
    return LakeSettings(uri=str(tmp_path), endpoint_url="http://localhost:1", access_key_id="none", secret_access_key="none")
