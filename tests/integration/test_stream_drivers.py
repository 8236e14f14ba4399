"""A stream's driver killed, paused, doubled, stopped: bronze stays exact, and one driver runs."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from include.delta_log import open_table, version
from include.errors import StreamError
from include.streams import controller, state
from jobs.stream.main import EXIT_LEASE_HELD, EXIT_LEASE_LOST
from tests.integration.live_tables import CONTRACTS, TABLES, differing, send
from tests.integration.streams import GROUP, Streams, eventually

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]


def test_killed_drivers_lose_and_double_nothing_in_bronze_and_in_windows(streams: Streams):
    windows = TABLES if streams.environment["HEADWATER_STREAM_LIVE"] == "1" else {}
    eventually(
        lambda: streams.running() and all(version(streams.lake, f"live.{name}") is not None for name in windows), "a driver is at work"
    )
    sending = threading.Thread(target=_send_slowly, args=(streams, 40.0))
    sending.start()
    kills = 0
    while sending.is_alive():
        if streams.running():
            time.sleep(0.7 * (kills + 1))  # at another place of the micro-batch each time
            streams.kill_driver()
            kills += 1
            state.set_desired(streams.lake, GROUP, "running")
        time.sleep(0.5)

    eventually(lambda: streams.running() and streams.landed(), "all records are in bronze")

    assert kills >= 1
    assert streams.differences() == {}
    if windows:
        eventually(lambda: differing(streams) == [], "each window counts what bronze has of it")


def _send_slowly(streams: Streams, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        send(streams, 10, seed=int(time.monotonic()))


def test_of_two_drivers_started_at_once_one_runs_and_paused_beyond_its_lease_it_writes_nothing(driver_streams: Streams):
    both = [driver_streams.run() for _ in range(2)]
    eventually(lambda: any(process.poll() is not None for process in both), "one of them ends")
    (first,) = [process for process in both if process.poll() is None]
    assert [process.poll() for process in both if process is not first] == [EXIT_LEASE_HELD]
    eventually(lambda: driver_streams.phase() == "running" and len(versions(driver_streams)) == len(TABLES), "the other runs")
    send(driver_streams, 100, seed=1)

    os.killpg(first.pid, signal.SIGSTOP)
    send(driver_streams, 100, seed=2)
    second = driver_streams.run()
    eventually(driver_streams.landed, "the second driver took over")
    os.killpg(first.pid, signal.SIGCONT)

    assert first.wait(120) == EXIT_LEASE_LOST
    assert second.poll() is None
    send(driver_streams, 100, seed=3)
    eventually(driver_streams.landed, "the second driver goes on")
    state.set_desired(driver_streams.lake, GROUP, "stopped")
    assert second.wait(120) == 0
    assert driver_streams.differences() == {}
    assert differing(driver_streams) == []
    assert [name for name in written(driver_streams) if epochs(driver_streams, name) != sorted(epochs(driver_streams, name))] == []


def versions(streams: Streams) -> list[int]:
    return [table.version() for name in TABLES if (table := open_table(streams.lake, f"live.{name}")) is not None]


def written(streams: Streams) -> list[str]:
    """Every table that a driver fills."""
    return [f"live.{name}" for name in TABLES] + [contract.bronze for contract in CONTRACTS.values()]


def epochs(streams: Streams, address: str) -> list[int]:
    """The lease epochs of whoever committed, oldest first."""
    table = open_table(streams.lake, address)
    assert table is not None
    return [int(entry["headwater.epoch"]) for entry in reversed(table.history()) if "headwater.epoch" in entry]


def test_a_driver_that_dies_at_once_is_reported_with_the_end_of_its_log(driver_streams: Streams):
    broken = Streams({**driver_streams.environment, "HEADWATER_STREAM_GROUPS": "neither"}, driver_streams.log_directory)

    with pytest.raises(StreamError, match=r"(?s)ended right after its start.*one of all, system"):
        broken.reconcile()


def test_a_group_that_keeps_dying_raises_instead_of_spinning(driver_streams: Streams):
    now = time.time()
    controller.Memory(tuple(now - age for age in (50, 40, 30, 20, 10)), None).write(driver_streams.lake, GROUP)

    with pytest.raises(StreamError, match="died 5 times"):
        driver_streams.reconcile()


def test_an_operators_start_forgives_earlier_deaths(driver_streams: Streams):
    now = time.time()
    controller.Memory(tuple(now - age for age in (50, 40, 30, 20, 10)), None).write(driver_streams.lake, GROUP)
    state.set_desired(driver_streams.lake, GROUP, "running")

    assert driver_streams.reconcile().action in ("started", "starting")
