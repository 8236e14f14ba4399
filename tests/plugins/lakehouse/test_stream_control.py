from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from lakehouse.stream_control import control

from include import objects
from include.lease import Holder, LeaseRecord
from include.settings import LakeSettings
from include.streams.state import read_desired, set_desired
from tests.s3 import s3


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
    assert control("all", "stop") == "all: stopped"
    assert read_desired(lake, "all").state == "stopped"


def test_no_action_leaves_what_was_asked_for(lake: LakeSettings) -> None:
    before = read_desired(lake, "all")
    control("all", "none")
    assert read_desired(lake, "all") == before


def test_driver_of_the_grouping_before_is_asked_to_drain_and_shown(lake: LakeSettings) -> None:
    set_desired(lake, "all", "running")
    objects.write(lake, "leases/stream-all.json", asdict(LeaseRecord("another", Holder("elsewhere", 8, "born there"), epoch=3)))
    assert "commerce: stopped (all: draining (pid 8 on elsewhere" in control("commerce", "none", ("all",))
    assert (read_desired(lake, "all").state, read_desired(lake, "all").restart) == ("running", 1)
