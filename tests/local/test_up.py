"""What `up` says when Airflow's first work does not end well: the stack is not to blame, and stays."""

from __future__ import annotations

import io
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from include.errors import SettingsError, StoreError
from local import preflight, up
from local.credentials import Credentials
from local.errors import AirflowFailed, LocalError
from local.graph import Task
from local.parts.part import pid_file
from local.processes import Process, birth_of
from local.progress import Progress, Step
from local.settings import LocalSettings
from local.stack import Stack
from local.starting import Starting
from local.work import Work


@pytest.fixture
def starting(tmp_path: Path) -> Starting:
    settings = LocalSettings.from_environment({"HEADWATER_HOME": str(tmp_path)})
    return Starting(Stack(settings, Credentials.load_or_create(settings)))


def run_batch(daily: Callable[[Step], None], starting: Starting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(up, "batch_tasks", lambda _: [Task("daily batch", daily)])
    work = Work(starting.stack, None, None, None, None)  # type: ignore[arg-type]  # asked for nothing here
    with Progress(Console(file=io.StringIO())) as progress:
        up._batch(starting, work, progress)


@pytest.mark.parametrize("error", [AirflowFailed("it failed", where="gold", fix="see"), StoreError("it failed", where="gold", fix="see")])
def test_failed_batch_says_that_the_stack_is_up(error: Exception, starting: Starting, monkeypatch: pytest.MonkeyPatch) -> None:
    def daily(_: Step) -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        run_batch(daily, starting, monkeypatch)
    assert raised.value.what == "the stack is up at http://127.0.0.1:8080, but its daily batch is not done: it failed"
    assert "`make up` waits for it again" in raised.value.fix


def test_interrupted_batch_is_waited_for_no_longer(starting: Starting, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = threading.Event()

    def daily(_: Step) -> None:
        waiting.set()
        until = time.monotonic() + 60
        while time.monotonic() < until:  # as one waits for a run of Airflow
            starting.require_going_on()
            time.sleep(0.05)

    def interrupt() -> None:
        waiting.wait()
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background ignores the signal
    threading.Thread(target=interrupt).start()
    try:
        with pytest.raises(LocalError, match=r"the stack is up, and the batch goes on.*waits for it again"):
            run_batch(daily, starting, monkeypatch)
    finally:
        signal.signal(signal.SIGINT, before)


def test_part_that_runs_is_not_asked_for_on_another_port(starting: Starting) -> None:
    settings = starting.stack.settings
    settings.remember_ports()
    me = Process(os.getpid(), birth_of(os.getpid()) or "")
    pid_file(settings, "kafka").write_text(f'{{"pid": {me.pid}, "birth": "{me.birth}"}}')
    preflight.require_same_ports(LocalSettings.from_environment({"HEADWATER_HOME": str(settings.home)}))
    elsewhere = LocalSettings.from_environment({"HEADWATER_HOME": str(settings.home), "HEADWATER_KAFKA_PORT": "7777"})
    with pytest.raises(SettingsError, match=r"kafka runs already, on port 9092.*7777.*make down"):
        preflight.require_same_ports(elsewhere)
