"""A lake with something of everything that is measured, and what Prometheus' own parser makes of its metrics."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from prometheus_client.parser import text_string_to_metric_families

from include import table_listing
from include.incidents import Incident, open_incident
from include.metrics.exposition import exposition
from include.settings import LakeSettings
from include.streams.durations import DurationFigures
from include.streams.state import FeedStatus, LiveStatus, StreamStatus, publish_actual
from include.watch.lag_samples import LagSample, put
from tests.folder_lake import FolderLake

NOW = datetime.now(UTC).replace(microsecond=0)
Labels = dict[str, str]
Found = dict[str, list[tuple[Labels, float]]]


def scraped(lake: LakeSettings) -> Found:
    """Name of a sample → its labels and values."""
    text = exposition(lake, "")[0].decode()
    found: Found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def value(found: Found, name: str, **labels: str) -> float | None:
    """Of the one sample that has these labels among others; None where there is none."""
    values = [value for each, value in found.get(name, []) if labels.items() <= each.items()]
    assert len(values) < 2
    return values[0] if values else None


def list_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables of a lake of folders are its folders."""

    def folders(lake: FolderLake, layer: str) -> list[str]:
        return sorted(f"{layer}.{each.name}" for each in (Path(lake.folder) / layer).glob("*"))

    monkeypatch.setattr(table_listing, "tables_of_layer", folders)


def took(*seconds: float) -> DurationFigures:
    figures = DurationFigures()
    for each in seconds:
        figures.note(each)
    return figures


def fill(lake: LakeSettings) -> None:
    """Two partitions of clicks, an incident, a driver that is at work, and a table of bronze with two events."""
    at = NOW - timedelta(minutes=1)
    clicks: Callable[..., LagSample] = lambda number, **more: LagSample("clicks", "id", number, at, 0, 10, 7, 3, **more)  # noqa: E731
    put(lake, [clicks(0, lag_seconds=4.5, runway_hours=2.0, state="WARN"), clicks(1, lag_seconds=None)])
    open_incident(lake, Incident("lag/all", "critical", "lag: STALL", "group all", "what", "fix"))
    feed = FeedStatus(rows=12, commits=3, failures=1, committed_at=1e9, commit_durations=took(0.04, 0.05, 3.0).told())
    live = {"traffic_5m": LiveStatus(rows=5, commits=2, committed_at=1e9)}
    second = datetime.now(UTC).timestamp()
    told = took(0.2).told()
    publish_actual(
        lake,
        StreamStatus("all", "o", 1, "h", 1, "running", 5.0, second, "driver", 0.2, told, 40, 2, feeds={"clicks": feed}, live=live),
    )
    times = pa.array([NOW - timedelta(hours=1), NOW - timedelta(hours=2)], pa.timestamp("us", "UTC"))
    rows = pa.table({"event_time": times, "event_date": [NOW.date(), NOW.date()]})
    write_deltalake(lake.table_uri("bronze.clicks"), rows, partition_by=["event_date"])
