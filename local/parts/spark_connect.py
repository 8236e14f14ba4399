"""The Spark Connect server: one warm Spark for the daily batch and for anybody who asks, with a token."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from include.settings import LakeSettings
from include.spark_conf import class_archive_option, spark_conf
from local.parts.part import Part
from local.stack import Stack
from local.tools import java_home, package_directory

SERVER = "org.apache.spark.sql.connect.service.SparkConnectServer"
# A month of batches nearly fills Java's own 240 MB; when they are full it throws most of its code away and compiles it again, for minutes.
_CODE_CACHE = "-XX:ReservedCodeCacheSize=512m"


def prepare(stack: Stack) -> None:
    """Write the server's configuration. It holds no secret: token and S3 keys come by environment."""
    _scratch(stack).mkdir(parents=True, exist_ok=True)
    lines = (f"{name} {value}\n" for name, value in _configuration(stack).items())
    _properties(stack).write_text("".join(lines))


def part(stack: Stack) -> Part:
    return Part(
        name="spark-connect",
        command=(
            str(_spark_home() / "bin" / "spark-submit"),
            "--properties-file",
            str(_properties(stack)),
            "--class",
            SERVER,
            "spark-internal",
        ),
        environment=_environment(stack),
        directory=stack.settings.home,
    )


def _configuration(stack: Stack) -> dict[str, str]:
    settings = stack.settings
    lake = LakeSettings.from_environment(stack.client_environment())
    return {
        **server_conf(lake, settings.spark_connect_memory_mb, _scratch(stack), settings.spark_classes),
        "spark.driver.extraClassPath": f"{settings.spark_jars}/*",
        "spark.executor.extraClassPath": f"{settings.spark_jars}/*",
        "spark.master": f"local[{max(2, os.cpu_count() or 2)}]",
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(settings.ports.spark_connect),
    }


def server_conf(lake: LakeSettings, memory_mb: int, scratch: Path, classes: str | Path = "") -> dict[str, str]:
    """The server's configuration wherever it runs, less its master and its address. Temporary files lie below `scratch`."""
    return {
        **spark_conf(lake),
        "spark.driver.extraJavaOptions": f"{class_archive_option(classes)} {_CODE_CACHE}".strip(),
        "spark.app.name": "headwater-connect",
        "spark.driver.memory": f"{memory_mb}m",
        "spark.log.level": "WARN",
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        # The file of S3A's uploads; the default is below /tmp, which other users share.
        "spark.hadoop.fs.s3a.buffer.dir": str(scratch / "s3a"),
    }


def _environment(stack: Stack) -> dict[str, str]:
    environment = {
        **stack.client_environment(),
        "JAVA_HOME": str(java_home()),
        "SPARK_HOME": str(_spark_home()),
        "PYSPARK_PYTHON": sys.executable,
    }
    # The server must not take itself for a client of its own address.
    del environment["SPARK_REMOTE"]
    return environment


def _spark_home() -> Path:
    return package_directory("pyspark")


def _scratch(stack: Stack) -> Path:
    return stack.settings.run / "spark"


def _properties(stack: Stack) -> Path:
    return stack.settings.run / "spark-connect.properties"
