"""`python -m local.containers.connect`: the Spark Connect server on a standalone cluster, in the place of this process.

Its configuration is the embedded stack's, with the cluster for a master and the container's name for an address. Token and S3 keys come by
environment; the cluster's own secret has to stand in the file of its configuration, which only its owner can read.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from include.declared_settings import REQUIRED, Reader, declared, read, refuse_unknown_names, setting
from include.settings import LakeSettings
from local.containers.settings import EXECUTOR_MEMORY
from local.parts.spark_connect import SERVER, server_conf
from local.settings import CONNECT_MEMORY
from local.tools import package_directory


@dataclass(frozen=True)
class ConnectSettings:
    """The Spark Connect server of the containers: its cluster, its executors, and its own scratch."""

    master: str = setting(
        "SPARK_MASTER_URL",
        REQUIRED,
        "the cluster that it has its tasks from",
        Reader.BATCH,
        pattern=r"spark://\S+",
        form="spark://<host>:7077",
    )
    cluster_secret: str = setting(
        "_SPARK_AUTH_SECRET", REQUIRED, "the cluster's secret, by the name that Spark reads", Reader.BATCH, secret=True
    )
    memory_mb: int = declared(CONNECT_MEMORY)
    executor_memory_mb: int = declared(EXECUTOR_MEMORY)
    scratch: Path = setting("HEADWATER_SCRATCH", Path("/scratch"), "a folder of its own for what is worth nothing later", Reader.BATCH)


def configuration(lake: LakeSettings, settings: ConnectSettings) -> dict[str, str]:
    """The server's; its name in the network is HEADWATER_SPARK_DRIVER_HOST."""
    return {
        **server_conf(lake, settings.memory_mb, settings.scratch),
        "spark.master": settings.master,
        "spark.executor.memory": f"{settings.executor_memory_mb}m",
        # This server outlives its workers: an executor that went is replaced, however often.
        "spark.deploy.maxExecutorRetries": "-1",
        "spark.authenticate": "true",
        "spark.authenticate.secret": settings.cluster_secret,
        "spark.network.crypto.enabled": "true",
        "spark.connect.grpc.binding.address": "0.0.0.0",
        "spark.connect.grpc.binding.port": "15002",
    }


def main() -> None:
    refuse_unknown_names(os.environ)
    lake, settings = LakeSettings.from_environment(), read(ConnectSettings, os.environ)
    properties = settings.scratch / "spark-connect.properties"
    properties.touch(mode=0o600)
    properties.write_text("".join(f"{name} {value}\n" for name, value in configuration(lake, settings).items()))
    submit = str(package_directory("pyspark") / "bin" / "spark-submit")
    os.execv(submit, [submit, "--properties-file", str(properties), "--class", SERVER, "spark-internal"])


if __name__ == "__main__":
    main()
