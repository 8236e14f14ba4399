"""Tumbling windows by event_time: half-open, aligned to the epoch."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

WINDOW = ("window_start", "window_end", "event_date")


def in_windows(events: DataFrame, length: str) -> DataFrame:
    """The same rows with the window [window_start, window_end) that each lies in. Lengths divide the day, so that no window
    reaches into the next one."""
    window = F.window("event_time", length)
    return events.withColumns({"window_start": window["start"], "window_end": window["end"]})
