"""When a stream group counts as being at work."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from include.settings import LakeSettings
from include.streams.state import StreamStatus, publish_actual, set_desired
from local.containers.first_steps import FRESH_SECONDS, _runs
from tests.s3 import s3


@pytest.fixture
def lake() -> Iterator[LakeSettings]:
    with s3() as store:
        yield store.lake


def publish(lake: LakeSettings, phase: str, seconds_ago: float) -> None:
    at = time.time() - seconds_ago
    publish_actual(lake, StreamStatus("all", "owner", 1, "stream-host", 7, phase, at, at, "driver"))  # type: ignore[arg-type]


def test_group_is_at_work_when_its_driver_says_so_now(lake: LakeSettings) -> None:
    assert not _runs(lake, "all")
    publish(lake, "starting", 1)
    assert not _runs(lake, "all")
    publish(lake, "running", 1)
    assert _runs(lake, "all")
    publish(lake, "running", FRESH_SECONDS + 5)
    assert not _runs(lake, "all")


def test_nobody_waits_for_a_group_that_is_to_stand_still(lake: LakeSettings) -> None:
    set_desired(lake, "all", "stopped")
    assert _runs(lake, "all")
