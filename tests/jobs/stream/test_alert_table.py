"""Alerts of windows are told once, however many wait for the table."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pyarrow as pa
import pytest

from include.lease import Lease
from include.settings import LakeSettings
from jobs.stream import alert_table
from jobs.stream.alert_rules import SCHEMA
from jobs.stream.alert_table import AlertTable
from tests.jobs.stream.noted import Topic

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


EVERY = SimpleNamespace(
    of=lambda rows: [
        dict.fromkeys(SCHEMA.names) | {"alert_id": name, "subject": name, "window_start": NOON} for name in rows["name"].to_pylist()
    ]
)


def test_more_windows_than_are_remembered_are_told_once(lake: LakeSettings, lease: Lease, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alert_table, "MANY_IDS", 2)
    topic = Topic()
    table = AlertTable.open({}, lake, lease, topic, {}, {})

    def offer(*names: str) -> None:
        table.offer_windows(EVERY, pa.table({"name": names}))

    offer("a", "b", "c")
    offer("d")
    taken = table.take()
    offer("a", "b", "c", "d", "e")
    table.commit(taken)
    for _ in range(2):
        offer("f")
        offer("a", "b", "c", "d", "e")
    table.commit(table.take())
    offer("a", "b", "c", "d", "e", "f")
    assert topic.sent == ["a", "b", "c", "d", "e", "f"]
    assert sorted(table.handle.table.to_pyarrow_table()["alert_id"].to_pylist()) == topic.sent
