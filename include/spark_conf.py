"""What every Spark session of Headwater is configured with, whoever starts it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from include.declared_settings import Reader, read, setting
from include.errors import SettingsError
from include.settings import LakeSettings

TIMES = {
    "spark.sql.session.timeZone": "UTC",
    # Spark's own kind of time in Parquet is read as nanoseconds by others, and those end in 2262.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}


@dataclass(frozen=True)
class CacheSettings:
    """Where downloads are kept."""

    given: Path | None = setting(
        "HEADWATER_CACHE",
        None,
        "downloads, shared by all clones",
        *(Reader.STACK, Reader.STREAMS, Reader.BATCH, Reader.TESTS),
        kind=Path,
        unset="`$XDG_CACHE_HOME/headwater`",
    )
    of_user: Path | None = setting(
        "XDG_CACHE_HOME", None, "the user's folder of caches", Reader.STACK, Reader.STREAMS, Reader.BATCH, kind=Path, unset="`~/.cache`"
    )
    home: Path | None = setting("HOME", None, "the user's folder", Reader.STACK, kind=Path, unset="as the system's list of users has it")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> CacheSettings:
        return read(cls, environment)

    @property
    def folder(self) -> Path:
        return self.given or (self.of_user or (self.home or Path.home()) / ".cache") / "headwater"


@dataclass(frozen=True)
class SparkSettings:
    """What a Spark in one's own process is started with, or which server it asks."""

    jars: Path | None = setting(
        "HEADWATER_SPARK_JARS",
        None,
        "the folder of the jars that Spark needs beside its own: Delta, Kafka, S3A",
        *(Reader.STREAMS, Reader.BATCH),
        kind=Path,
        unset="`jars/spark` in HEADWATER_CACHE",
    )
    classes: Path | None = setting(
        "HEADWATER_SPARK_CLASSES",
        None,
        "an archive of Spark's classes, which starts it in half of the time; without it, and while there is none, all works",
        *(Reader.STREAMS, Reader.BATCH),
        kind=Path,
    )
    remote: str = setting(
        "SPARK_REMOTE",
        "",
        "the Spark Connect server of the batch: sc://host:port",
        *(Reader.BATCH, Reader.COMMAND),
        unset="Spark in the job's own process",
    )
    driver_host: str = setting(
        "HEADWATER_SPARK_DRIVER_HOST", "127.0.0.1", "where a Spark cluster's executors find a driver of ours", Reader.STREAMS, Reader.BATCH
    )
    gateway_port: str = setting("PYSPARK_GATEWAY_PORT", "", "set by spark-submit for the program that it starts", Reader.BATCH)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> SparkSettings:
        return read(cls, environment)


def jars_directory() -> Path:
    """The folder of the jars that Spark needs beside its own (Delta, Kafka, S3A); HEADWATER_SPARK_JARS or the shared cache."""
    return SparkSettings.from_environment().jars or CacheSettings.from_environment().folder / "jars" / "spark"


def jars_class_path() -> str:
    """The class path entry for those jars. Raises SettingsError when they have not been fetched."""
    folder = jars_directory()
    if not any(folder.glob("delta-spark_*.jar")):
        raise SettingsError("Spark's jars are not there", where=str(folder), fix="run `make up` once, or set HEADWATER_SPARK_JARS")
    return f"{folder}/*"


def class_archive_option(archive: str | Path = "") -> str:
    """Java's option for an archive of classes, that of HEADWATER_SPARK_CLASSES if none is given; empty while there is none, which is
    slower and right."""
    archive = archive or SparkSettings.from_environment().classes or ""
    return f'"-XX:SharedArchiveFile={archive}"' if archive and Path(archive).exists() else ""  # Spark splits at blanks


def spark_conf(lake: LakeSettings) -> dict[str, str]:
    """Spark configuration for Delta on the lake. Credentials are not in it: S3A takes them from AWS_* in the environment,
    so that no page, log or process list shows them."""
    driver_host = SparkSettings.from_environment().driver_host
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
        "spark.driver.host": driver_host,
        "spark.driver.bindAddress": driver_host,
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
