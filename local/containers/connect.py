"""`python -m local.containers.connect`: the Spark Connect server on a standalone cluster, in the place of this process.

Its configuration is the embedded stack's, with the cluster for a master and the container's name for an address. Token and S3 keys come by
environment; the cluster's own secret has to stand in the file of its configuration, which only its owner can read.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from include.settings import LakeSettings
from local.parts.spark_connect import SERVER, server_conf
from local.tools import package_directory


def configuration(lake: LakeSettings, environment: Mapping[str, str], scratch: Path) -> dict[str, str]:
    """SPARK_MASTER_URL names the cluster, HEADWATER_SPARK_DRIVER_HOST this server's name in its network."""
    return {
        **server_conf(lake, int(environment["HEADWATER_SPARK_CONNECT_MEMORY_MB"]), scratch),
        "spark.master": environment["SPARK_MASTER_URL"],
        "spark.executor.memory": f"{environment['HEADWATER_SPARK_EXECUTOR_MEMORY_MB']}m",
        # This server outlives its workers: an executor that went is replaced, however often.
        "spark.deploy.maxExecutorRetries": "-1",
        "spark.authenticate": "true",
        "spark.authenticate.secret": environment["_SPARK_AUTH_SECRET"],
        "spark.network.crypto.enabled": "true",
        "spark.connect.grpc.binding.address": "0.0.0.0",
        "spark.connect.grpc.binding.port": "15002",
    }


def main() -> None:
    lake, scratch = LakeSettings.from_environment(), Path(os.environ["HEADWATER_SCRATCH"])
    properties = scratch / "spark-connect.properties"
    properties.touch(mode=0o600)
    properties.write_text("".join(f"{name} {value}\n" for name, value in configuration(lake, os.environ, scratch).items()))
    submit = str(package_directory("pyspark") / "bin" / "spark-submit")
    os.execv(submit, [submit, "--properties-file", str(properties), "--class", SERVER, "spark-internal"])


if __name__ == "__main__":
    main()
