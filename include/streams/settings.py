"""How streams run: read from the environment once, by the controller and by the driver."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from include.errors import SettingsError

WRITERS = ("driver", "executors")


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, "").strip() or str(default)
    if not text.isdigit() or int(text) == 0:
        raise SettingsError("not a positive whole number", where=name, value=text, fix=f"unset it for {default}, or give a number")
    return int(text)


@dataclass(frozen=True)
class StreamSettings:
    """A stream driver's settings; defaults suit two cores."""

    writer: str = "driver"  # driver: delta-rs on the driver commits; executors: Spark's Delta writer
    trigger_milliseconds: int = 200  # at least this between two micro-batches
    batch_rows: int = 100_000  # at most this many records a micro-batch
    batch_megabytes: int = 48  # and about this many bytes: fewer records when they are large
    buffer_megabytes: int = 192  # records read and not yet committed; reading waits beyond it
    commit_threads: int = 4
    driver_megabytes: int = 640  # heap of the driver's JVM
    task_slots: int = 4  # reading tasks wait for Kafka as much as they compute: more than cores
    live: bool = True  # keep live tables and alerts beside bronze
    log_directory: Path = Path("logs")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> StreamSettings:
        writer = environment.get("HEADWATER_STREAM_WRITER", "").strip() or cls.writer
        if writer not in WRITERS:
            raise SettingsError("no such writer", where="HEADWATER_STREAM_WRITER", value=writer, fix=f"use one of {', '.join(WRITERS)}")
        names = (
            "trigger_milliseconds",
            "batch_rows",
            "batch_megabytes",
            "buffer_megabytes",
            "commit_threads",
            "driver_megabytes",
            "task_slots",
        )
        numbers = {name: _number(environment, f"HEADWATER_STREAM_{name.upper()}", getattr(cls, name)) for name in names}
        live = environment.get("HEADWATER_STREAM_LIVE", "").strip() or "1"
        if live not in ("0", "1"):
            raise SettingsError("neither 0 nor 1", where="HEADWATER_STREAM_LIVE", value=live, fix="1: keep live tables, 0: bronze alone")
        return cls(
            writer=writer, live=live == "1", log_directory=Path(environment.get("HEADWATER_LOG_DIR") or cls.log_directory), **numbers
        )
