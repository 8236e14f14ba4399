from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from lakehouse.stream_control import control

from include import objects
from include.contracts import load_contracts
from include.lease import Holder, LeaseRecord
from include.settings import LakeSettings
from include.streams.state import FeedStatus, StreamStatus, publish_actual, read_desired, set_desired
from tests.s3 import s3

CONTRACTS = load_contracts()


@pytest.fixture
def lake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[LakeSettings]:
    """A store that the environment names, and on it groups that nobody should start."""
    with s3() as store:
        for name, value in {
            "LAKE_URI": store.lake.uri,
            "AWS_ENDPOINT_URL": store.lake.endpoint_url,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "HEADWATER_LOG_DIR": str(tmp_path),
        }.items():
            monkeypatch.setenv(name, value)
        for group in ("all", "commerce"):
            set_desired(store.lake, group, "stopped")
        yield store.lake


def test_stop_is_what_the_group_is_asked_for(lake: LakeSettings) -> None:
    set_desired(lake, "all", "running")
    assert control("all", "stop", CONTRACTS) == "all: stopped"
    assert read_desired(lake, "all").state == "stopped"


def test_no_action_leaves_what_was_asked_for(lake: LakeSettings) -> None:
    before = read_desired(lake, "all")
    control("all", "none", CONTRACTS)
    assert read_desired(lake, "all") == before


def test_driver_of_the_grouping_before_is_asked_to_drain_and_shown(lake: LakeSettings) -> None:
    set_desired(lake, "all", "running")
    objects.write(lake, "leases/stream-all.json", asdict(LeaseRecord("another", Holder("elsewhere", 8, "born there"), epoch=3)))
    assert "commerce: stopped (all: draining (pid 8 on elsewhere" in control("commerce", "none", CONTRACTS)
    assert (read_desired(lake, "all").state, read_desired(lake, "all").restart) == ("running", 1)


def driver_at_work(lake: LakeSettings, slow_seconds: float = 0.0, restart: int | None = None, **hosted: str) -> None:
    """A driver elsewhere that renews its lease, and hosts feeds by these versions of their contracts; its clock is that slow, and it
    knows of so many restarts."""
    set_desired(lake, "all", "running")
    objects.write(lake, "leases/stream-all.json", asdict(LeaseRecord("another", Holder("elsewhere", 8, "born there"), epoch=3)))
    now, feeds = time.time() - slow_seconds, {feed: FeedStatus(contract=version) for feed, version in hosted.items()}
    status = StreamStatus("all", "another", 3, "elsewhere", 8, "running", now, now, "driver", restart=restart, feeds=feeds)
    publish_actual(lake, status)


def test_driver_that_knows_every_contract_is_left_alone(lake: LakeSettings) -> None:
    driver_at_work(lake, **{contract.feed: contract.version for contract in CONTRACTS.feeds.values()})
    assert "all: running" in control("all", "none", CONTRACTS)
    assert read_desired(lake, "all").restart == 0


def test_driver_that_lacks_a_feed_is_asked_once_to_make_room_for_a_fresh_one(lake: LakeSettings) -> None:
    driver_at_work(lake, clicks=CONTRACTS["clicks"].version)
    outcomes = [control("all", "none", CONTRACTS) for _ in range(2)]
    assert all("all: draining" in outcome for outcome in outcomes)
    assert (read_desired(lake, "all").state, read_desired(lake, "all").restart) == ("running", 1)


def test_contract_reaches_a_driver_whose_clock_is_a_minute_slow_also_after_a_restart(lake: LakeSettings) -> None:
    set_desired(lake, "all", "running", restart=True)
    driver_at_work(lake, slow_seconds=60, restart=1, clicks=CONTRACTS["clicks"].version)
    assert "all: draining" in control("all", "none", CONTRACTS)
    assert read_desired(lake, "all").restart == 2
    driver_at_work(lake, slow_seconds=60, restart=1, clicks=CONTRACTS["clicks"].version)
    control("all", "none", CONTRACTS)
    assert read_desired(lake, "all").restart == 2


def test_group_that_was_stopped_stays_so_when_contracts_change(lake: LakeSettings) -> None:
    driver_at_work(lake)
    set_desired(lake, "all", "stopped")
    control("all", "none", CONTRACTS)
    assert (read_desired(lake, "all").state, read_desired(lake, "all").restart) == ("stopped", 0)
