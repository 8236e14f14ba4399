"""How streams run: read from the environment once, by the controller and by the driver."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from include.common_settings import LOG_DIRECTORY
from include.declared_settings import Reader, declared, read, setting

WRITERS = ("driver", "executors")


@dataclass(frozen=True)
class StreamSettings:
    """A stream driver's settings; defaults suit two cores. A driver has those of whoever starts it: they belong into Airflow's
    environment."""

    writer: str = setting(
        "HEADWATER_STREAM_WRITER",
        "driver",
        "who commits: delta-rs in the driver, or Spark's Delta writer in the executors, for groups that one driver cannot carry",
        Reader.STREAMS,
        choices=WRITERS,
    )
    trigger_milliseconds: int = setting(
        "HEADWATER_STREAM_TRIGGER_MILLISECONDS",
        200,
        "at least this between two micro-batches",
        Reader.STREAMS,
        unit="ms",
        least=1,
        most=3_600_000,
    )
    batch_rows: int = setting(
        "HEADWATER_STREAM_BATCH_ROWS", 100_000, "at most about so many a micro-batch", Reader.STREAMS, unit="records", least=1, most=10**8
    )
    batch_megabytes: int = setting(
        "HEADWATER_STREAM_BATCH_MEGABYTES",
        48,
        "at most about so much a micro-batch: fewer records when they are large",
        Reader.STREAMS,
        unit="MB",
        least=1,
        most=100_000,
    )
    buffer_megabytes: int = setting(
        "HEADWATER_STREAM_BUFFER_MEGABYTES",
        192,
        "records read and not yet committed; reading waits beyond it",
        Reader.STREAMS,
        unit="MB",
        least=1,
        most=1_000_000,
    )
    commit_threads: int = setting(
        "HEADWATER_STREAM_COMMIT_THREADS", 4, "tables committed at once", Reader.STREAMS, unit="threads", least=1, most=256
    )
    driver_megabytes: int = setting(
        "HEADWATER_STREAM_DRIVER_MEGABYTES",
        640,
        "heap of a driver's Java; Spark takes no less than 512",
        Reader.STREAMS,
        unit="MB",
        least=512,
        most=1_000_000,
    )
    task_slots: int = setting(
        "HEADWATER_STREAM_TASK_SLOTS",
        4,
        "reading tasks at once: they wait for Kafka as much as they compute, so more than cores",
        Reader.STREAMS,
        unit="tasks",
        least=1,
        most=1_024,
    )
    live: bool = setting("HEADWATER_STREAM_LIVE", True, "1: live window tables and alerts beside bronze; 0: bronze alone", Reader.STREAMS)
    log_directory: Path = declared(LOG_DIRECTORY)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> StreamSettings:
        return read(cls, environment)


@dataclass(frozen=True)
class GroupSettings:
    """Which feeds share a stream driver."""

    groups: str = setting(
        "HEADWATER_STREAM_GROUPS",
        "all",
        "which feeds share a driver: one driver for all, or one a system",
        Reader.STREAMS,
        Reader.AIRFLOW,
        Reader.PAGE,
        Reader.METRICS,
        Reader.COMMAND,
        choices=("all", "system"),
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> GroupSettings:
        return read(cls, environment)
