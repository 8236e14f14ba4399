"""`headwater run stream --available-now`: what Kafka has now is in bronze when it returns, whoever brought it in."""

from __future__ import annotations

import pytest

from include.errors import StreamError
from include.streams import state
from tests.integration.streams import GROUP, Streams, run_by_command

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

RECORDS = [b'{"timestamp": "2026-03-01T00:00:00Z"}'] * 50


def test_a_stopped_group_is_drained_once_and_a_second_time_does_nothing(driver_streams: Streams) -> None:
    state.set_desired(driver_streams.lake, GROUP, "stopped")
    driver_streams.send("clicks", RECORDS)
    first = run_by_command(driver_streams)
    landed = driver_streams.landed()
    second = run_by_command(driver_streams)
    assert "no driver runs, so one is started" in first[0]
    assert landed
    assert driver_streams.differences() == {}
    assert second == [f"{GROUP}: bronze has all that was in Kafka"]
    assert driver_streams.phase() == "stopped"


def test_a_drain_that_fails_shows_the_end_of_its_log(driver_streams: Streams) -> None:
    driver_streams.send("clicks", RECORDS)
    driver_streams.environment = {**driver_streams.environment, "HEADWATER_STREAM_WRITER": "nobody"}
    with pytest.raises(StreamError, match="exit code 1") as caught:
        run_by_command(driver_streams)
    assert "HEADWATER_STREAM_WRITER" in caught.value.fix
