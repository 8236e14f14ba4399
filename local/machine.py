"""What a measured figure stands on: the machine, and the versions of all that ran."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

import psutil
from confluent_kafka import libversion

from local.jars import Lock
from local.settings import REPOSITORY
from local.tools import java_version

PACKAGES = ("headwater", "pyspark", "delta-spark", "deltalake", "pyarrow", "confluent-kafka")


def machine() -> dict[str, object]:
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "memory_bytes": psutil.virtual_memory().total,
        "system": f"{platform.system()} {platform.release()}",
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor())


def versions() -> dict[str, str]:
    told = java_version().splitlines()
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    jars = [jar.name.removesuffix(".jar") for jar in Lock.read().jars if jar.name.startswith(("kafka_2", "delta-spark_", "hadoop-aws"))]
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
        "librdkafka": libversion()[0],
        "java": told[0] if told else "",
        "jars": ", ".join(sorted(jars)),
        "commit": commit.stdout.strip(),
    }
