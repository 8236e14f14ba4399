"""Every program that reads settings refuses a name of ours that nobody reads, before it does anything."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from include.errors import SettingsError
from include.settings import LakeSettings
from include.streams.launcher import launcher
from jobs.common.session import spark_session
from jobs.produce import crypto_poller, planets_api
from jobs.stream import main as stream

MISTYPED, MEANT = "HEADWATER_STREAM_TRIGER_MILLISECONDS", "HEADWATER_STREAM_TRIGGER_MILLISECONDS"
LAKE = LakeSettings("s3://lake", "http://127.0.0.1:1", "key", "secret")
PROGRAMS: dict[str, Callable[[], object]] = {
    "stream driver": lambda: stream.run("all", available_now=True),
    "controller": launcher,
    "batch job": lambda: spark_session("job", LAKE),
    "crypto poller": crypto_poller.run,
}


@pytest.fixture(autouse=True)
def _mistyped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MISTYPED, "500")


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_names_the_setting_that_was_meant(program: str) -> None:
    with pytest.raises(SettingsError, match=f"for {MISTYPED} is meant {MEANT}"):
        PROGRAMS[program]()


def test_the_planets_api_ends_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    assert planets_api.main() == 1
    assert MEANT in caplog.text
