"""One embedded stack: its settings and its credentials, and the environment that its processes get."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from local.credentials import Credentials
from local.proxies import without_proxy_here
from local.settings import LocalSettings

# What the caller's shell may carry and a part must not see: other people's profiles, clusters and Airflows.
_FOREIGN_PREFIXES = (
    "AIRFLOW",
    "_AIRFLOW",
    "AWS_",
    "KAFKA_",
    "SPARK_",
    "PYSPARK_",
    "MINIO_",
    "PG",
    "HADOOP_",
    "CLASSPATH",
    "JAVA_TOOL_OPTIONS",
    "PYTHONPATH",
)


@dataclass(frozen=True)
class Stack:
    """The settings and credentials of one stack."""

    settings: LocalSettings
    credentials: Credentials = field(repr=False)

    @classmethod
    def from_environment(cls) -> Stack:
        settings = LocalSettings.from_environment()
        return cls(settings, Credentials.load_or_create(settings))

    def base_environment(self) -> dict[str, str]:
        """The caller's environment without what belongs to other systems, and with the settings of this stack."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN_PREFIXES)}
        settings = self.settings
        places = {"HEADWATER_HOME": settings.home, "HEADWATER_CACHE": settings.cache, "HEADWATER_LOG_DIR": settings.logs}
        places["HEADWATER_SPARK_CLASSES"] = settings.spark_classes
        if settings.spark_jars.exists() and "HEADWATER_SPARK_JARS" not in kept:
            places["HEADWATER_SPARK_JARS"] = settings.spark_jars
        return {**kept, **without_proxy_here(kept), **{name: str(path) for name, path in places.items()}, "TZ": "UTC"}

    def client_environment(self) -> dict[str, str]:
        """The base environment and all that a client of this stack needs."""
        return {**self.base_environment(), **self.credentials.client_environment(self.settings)}
