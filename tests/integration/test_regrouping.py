"""A change of HEADWATER_STREAM_GROUPS with real drivers: those of the former groups end before others write their tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from include import lease
from include.contracts import load_contracts
from include.settings import KafkaSettings
from include.streams import controller
from include.streams.groups import overlapping_groups
from include.streams.state import read_desired
from include.topics import reconcile_topics
from local.stack import Stack
from tests.integration.streams import GROUP, Streams, eventually, streams_of

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

SYSTEM = "commerce"


@pytest.fixture
def streams(stack: Stack, tmp_path: Path) -> Iterator[Streams]:
    environment = stack.client_environment()
    reconcile_topics(load_contracts().with_topics, KafkaSettings.from_environment(environment)).check()
    with streams_of(environment, tmp_path) as streams:
        yield streams
        record = lease.read(streams.lake, f"stream-{SYSTEM}")
        if record is not None:
            streams.launcher.kill(record.holder)


def test_driver_of_the_former_group_drains_before_the_next_one_starts(streams: Streams):
    regrouped = Streams({**streams.environment, "HEADWATER_STREAM_GROUPS": "system"}, streams.log_directory)
    eventually(streams.running, "the driver of all feeds runs")
    seen: list[controller.Outcome] = []

    def next_one_runs() -> bool:
        seen.append(controller.reconcile(streams.lake, SYSTEM, regrouped.launcher, overlapping_groups(SYSTEM, load_contracts())))
        former = lease.read(streams.lake, f"stream-{GROUP}")
        assert former is not None
        assert former.released or not _has_lease(streams, SYSTEM)
        return seen[-1].action == "running"

    eventually(next_one_runs, "the driver of the system runs")

    assert seen[0].action == "waiting"
    assert "all: draining" in seen[0].detail
    assert read_desired(streams.lake, GROUP).state == "running"


def _has_lease(streams: Streams, group: str) -> bool:
    record = lease.read(streams.lake, f"stream-{group}")
    return record is not None and not record.released
