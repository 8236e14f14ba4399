"""What every Spark session of Headwater is configured with, whoever starts it."""

from __future__ import annotations

import os
from pathlib import Path

from include.errors import SettingsError
from include.settings import LakeSettings

TIMES = {
    "spark.sql.session.timeZone": "UTC",
    # Spark's own kind of time in Parquet is read as nanoseconds by others, and those end in 2262.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}


DRIVER_HOST = "HEADWATER_SPARK_DRIVER_HOST"


def driver_host() -> str:
    """Where executors find the driver: this machine's own address unless HEADWATER_SPARK_DRIVER_HOST says that they are elsewhere."""
    return os.environ.get(DRIVER_HOST) or "127.0.0.1"


def jars_directory() -> Path:
    """The folder of the jars that Spark needs beside its own (Delta, Kafka, S3A); HEADWATER_SPARK_JARS or the shared cache."""
    given = os.environ.get("HEADWATER_SPARK_JARS")
    if given:
        return Path(given)
    cache = os.environ.get("HEADWATER_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "headwater"
    return Path(cache) / "jars" / "spark"


def jars_class_path() -> str:
    """The class path entry for those jars. Raises SettingsError when they have not been fetched."""
    folder = jars_directory()
    if not any(folder.glob("delta-spark_*.jar")):
        raise SettingsError("Spark's jars are not there", where=str(folder), fix="run `make up` once, or set HEADWATER_SPARK_JARS")
    return f"{folder}/*"


def class_archive_option(archive: str | Path = "") -> str:
    """Java's option for an archive of classes, that of HEADWATER_SPARK_CLASSES if none is given; empty while there is none, which is
    slower and right."""
    archive = archive or os.environ.get("HEADWATER_SPARK_CLASSES", "")
    return f'"-XX:SharedArchiveFile={archive}"' if archive and Path(archive).exists() else ""  # Spark splits at blanks


def spark_conf(lake: LakeSettings) -> dict[str, str]:
    """Spark configuration for Delta on the lake. Credentials are not in it: S3A takes them from AWS_* in the environment,
    so that no page, log or process list shows them."""
    conf = {
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.driver.extraClassPath": jars_class_path(),
        "spark.executor.extraClassPath": jars_class_path(),
        "spark.hadoop.fs.s3a.endpoint": lake.endpoint_url,
        "spark.hadoop.fs.s3a.endpoint.region": lake.region,
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": "true" if lake.endpoint_url.startswith("https://") else "false",
        "spark.hadoop.fs.s3a.aws.credentials.provider": "software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider",
        **TIMES,
        "spark.driver.host": driver_host(),
        "spark.driver.bindAddress": driver_host(),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        # Small tables: each commit rebuilds the snapshot with this many tasks, 50 unless told otherwise.
        "spark.databricks.delta.snapshotPartitions": "2",
        "spark.sql.shuffle.partitions": "8",
        "spark.sql.adaptive.coalescePartitions.initialPartitionNum": "8",
    }
    if option := class_archive_option():
        conf["spark.driver.extraJavaOptions"] = option
    return conf
