"""A stream host and the launcher that asks it, over HTTP; its drivers are processes that sleep."""

from __future__ import annotations

import json
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from include import log_files
from include.errors import SettingsError, StreamError
from include.lease import Holder
from include.streams.launcher import LocalLauncher, launcher
from include.streams.settings import StreamSettings
from include.streams.stream_host import StreamHostLauncher, StreamHostSettings
from jobs.stream import host
from jobs.stream.host import StreamHost, drain, serve
from local.ports import NOBODY

TOKEN = "a-token"


class Sleepers(LocalLauncher):
    """A launcher of this host whose drivers sleep, so that a test need not wait for a Spark."""

    def start(self, group: str) -> Holder:
        self.log_file(group).write_text(f"first words\nlast words of {group}\n")
        process = subprocess.Popen(["sleep", "600"], start_new_session=True)
        process.returncode = 0
        return Holder.of(process.pid)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    server, ended = StreamHost(("127.0.0.1", 0), TOKEN, Sleepers(StreamSettings(log_directory=folder), {})), threading.Event()
    thread = threading.Thread(target=serve, args=(server, ended))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        ended.set()
        thread.join()
        drain(server, 10)


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with serving(tmp_path) as url:
        yield url


@pytest.fixture
def asking(url: str) -> StreamHostLauncher:
    return StreamHostLauncher(StreamHostSettings(url, TOKEN))


def post(url: str, body: bytes, token: str = TOKEN) -> int:
    request = urllib.request.Request(url, body, {"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


def health(url: str) -> dict[str, object]:
    with urllib.request.urlopen(f"{url}{host.HEALTH}") as response:
        return json.load(response)


def test_driver_is_started_seen_and_ended_there(asking: StreamHostLauncher) -> None:
    driver = asking.start("commerce")
    assert asking.alive(driver) is True
    assert asking.kill(driver) is True
    until = time.monotonic() + 30
    while asking.alive(driver) and time.monotonic() < until:  # a process takes its time to die
        time.sleep(0.05)
    assert (asking.alive(driver), asking.kill(driver)) == (False, False)


def test_last_words_are_those_of_its_log(asking: StreamHostLauncher) -> None:
    asking.start("commerce")
    assert asking.log_tail("commerce", 1) == "last words of commerce"
    assert asking.log_tail("never_started", 5) == ""


def test_its_log_is_bounded_where_it_is(asking: StreamHostLauncher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_files.bound, "__defaults__", (10, 2))
    asking.start("commerce")
    asking.bound_log("commerce")
    assert (tmp_path / "stream-commerce.log").read_text() == ""
    assert asking.log_tail("commerce", 1) == "last words of commerce"


def test_driver_of_a_third_host_is_not_seen(asking: StreamHostLauncher) -> None:
    assert asking.alive(replace(asking.start("all"), host="elsewhere")) is None


def test_host_that_is_away_leaves_the_driver_to_its_lease(tmp_path: Path) -> None:
    away = StreamHostLauncher(StreamHostSettings(f"http://{NOBODY}", TOKEN))
    assert away.alive(Holder("host", 7, "born")) is None
    assert "does not answer" in away.log_tail("all", 5)
    away.bound_log("all")  # it stands in nobody's way
    for order in (lambda: away.start("all"), lambda: away.kill(Holder("host", 7, "born"))):
        with pytest.raises(StreamError, match="does not answer"):
            order()


def test_wrong_token_starts_nothing_and_is_not_told(url: str) -> None:
    with pytest.raises(StreamError, match="401") as raised:
        StreamHostLauncher(StreamHostSettings(url, "a-wrong-one")).start("all")
    assert "a-wrong-one" not in str(raised.value) + repr(StreamHostSettings(url, "a-wrong-one"))
    assert health(url) == {"status": "up", "drivers": 0}


@pytest.mark.parametrize("group", ["../all", "", "a;b", "--group", "All", 7, None])
def test_what_is_no_name_of_a_group_is_refused(url: str, group: object) -> None:
    assert post(f"{url}/start", json.dumps({"group": group}).encode()) == 400
    assert health(url) == {"status": "up", "drivers": 0}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/start", b"not json", 400),
        ("/start", b"[]", 400),
        ("/start", b" " * (host.MOST_BYTES + 1), 400),
        ("/kill", b'{"holder": {"host": "h", "pid": 1, "birth": "b"}}', 400),
        ("/kill", b'{"holder": "h"}', 400),
        ("/log", b'{"group": "all", "lines": 100000}', 400),
        ("/shell", b"{}", 404),
    ],
)
def test_other_orders_are_refused(url: str, path: str, body: bytes, status: int) -> None:
    assert post(f"{url}{path}", body) == status


def test_health_is_told_to_anybody_and_counts_drivers(url: str, asking: StreamHostLauncher) -> None:
    asking.start("all")
    assert health(url) == {"status": "up", "drivers": 1}


def test_drivers_end_with_their_host(tmp_path: Path) -> None:
    with serving(tmp_path) as url:
        driver = StreamHostLauncher(StreamHostSettings(url, TOKEN)).start("all")
    assert driver.is_alive() is False


def test_what_the_host_has_not_started_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "600"]) as another:
        with serving(tmp_path):
            pass
        assert another.poll() is None
        another.kill()


def test_environment_chooses_the_launcher() -> None:
    assert isinstance(launcher({}), LocalLauncher)
    assert isinstance(launcher({"STREAM_HOST_URL": "http://stream-host:8090", "STREAM_HOST_TOKEN": TOKEN}), StreamHostLauncher)
    with pytest.raises(SettingsError, match="STREAM_HOST_TOKEN"):
        launcher({"STREAM_HOST_URL": "http://stream-host:8090"})
    with pytest.raises(SettingsError, match="STREAM_HOST_URL"):
        launcher({"STREAM_HOST_URL": "stream-host:8090", "STREAM_HOST_TOKEN": TOKEN})
