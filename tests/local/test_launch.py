from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from local import launch, processes
from local.errors import PartFailed, PortTaken
from local.parts.part import Part, log_file, pid_file
from local.ports import HOST, free_ports
from local.settings import LocalSettings, Ports

SERVER = "import http.server, os; http.server.HTTPServer(('127.0.0.1', int(os.environ['PORT'])), None).serve_forever()"


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[LocalSettings]:
    (port,) = free_ports(1)
    settings = LocalSettings.from_environment({"HEADWATER_HOME": str(tmp_path), Ports.setting("smtp"): str(port)})
    yield settings
    launch.stop(settings, "mail")


def part(settings: LocalSettings, program: str) -> Part:
    """The part `mail`, with one port, as another program."""
    environment = {**os.environ, "PORT": str(settings.ports.smtp)}
    return Part("mail", (sys.executable, "-c", program), environment, settings.home)


def test_a_part_is_started_once(settings: LocalSettings) -> None:
    assert launch.ensure(settings, part(settings, SERVER))
    first = processes.read_pid(pid_file(settings, "mail"))
    assert not launch.ensure(settings, part(settings, SERVER))
    assert processes.read_pid(pid_file(settings, "mail")) == first


def test_a_part_that_was_killed_is_started_again(settings: LocalSettings) -> None:
    launch.ensure(settings, part(settings, SERVER))
    first = processes.read_pid(pid_file(settings, "mail"))
    assert first is not None
    processes.stop(first, seconds=0, first=signal.SIGKILL)
    assert launch.ensure(settings, part(settings, SERVER))
    assert processes.read_pid(pid_file(settings, "mail")) != first


def test_a_dead_child_is_noticed_at_once_with_log_and_last_words(settings: LocalSettings) -> None:
    began = time.monotonic()
    with pytest.raises(PartFailed) as raised:
        launch.ensure(settings, part(settings, "print('no such planet'); raise SystemExit(3)"))
    assert time.monotonic() - began < settings.ready_seconds / 4
    assert "ended with exit code 3" in raised.value.what
    assert raised.value.where == f"log: {log_file(settings, 'mail')}"
    assert "no such planet" in raised.value.fix


def test_last_words_of_an_earlier_start_are_not_shown(settings: LocalSettings) -> None:
    for word in ("first", "second"):
        with pytest.raises(PartFailed) as raised:
            launch.ensure(settings, part(settings, f"print('{word}'); raise SystemExit(1)"))
    assert "first" not in raised.value.fix


def test_a_part_that_never_answers_is_stopped_again(settings: LocalSettings) -> None:
    with pytest.raises(PartFailed, match="does not answer after 1 s"):
        launch.ensure(replace(settings, ready_seconds=1), part(settings, "import time; time.sleep(600)"))
    assert processes.recorded(pid_file(settings, "mail")) is None


def test_a_taken_port_stops_nobody_and_starts_nothing(settings: LocalSettings) -> None:
    with socket.create_server((HOST, settings.ports.smtp)), pytest.raises(PortTaken, match="HEADWATER_SMTP_PORT"):
        launch.ensure(settings, part(settings, SERVER))
    assert not log_file(settings, "mail").exists()


def test_somebody_elses_answer_does_not_count(settings: LocalSettings) -> None:
    """The part runs, its port is answered, but by another."""
    sleeper = part(settings, "import time; time.sleep(600)")
    process = processes.start(
        sleeper.command,
        environment=sleeper.environment,
        log=log_file(settings, "mail"),
        pid_file=pid_file(settings, "mail"),
        directory=settings.home,
    )
    with socket.create_server((HOST, settings.ports.smtp)), pytest.raises(PartFailed, match="does not answer"):
        launch.wait_until_ready(replace(settings, ready_seconds=1), sleeper, process, log_from=0)


def test_a_long_log_is_put_aside_at_the_next_start(settings: LocalSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch.log_files, "MOST_BYTES", 10)
    log = log_file(settings, "mail")
    log.parent.mkdir(parents=True)
    log.write_text("a log of many words")
    launch.ensure(settings, part(settings, SERVER))
    assert log.with_suffix(".log.1").read_text() == "a log of many words"
