"""Which parts a stack has, and what each waits for."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from include.errors import SettingsError
from local import preflight
from local.credentials import Credentials
from local.parts import crypto, planets_api
from local.parts.part import KINDS, pid_file, wanted
from local.plan import PARTS_OF, TASKS, tasks_of
from local.processes import Process, birth_of
from local.settings import LocalSettings
from local.stack import Stack
from local.starting import Starting

REAL = "https://api.coingecko.com/api/v3"


def stack_of(home: Path, **settings: str) -> Stack:
    local = LocalSettings.from_environment({"HEADWATER_HOME": str(home), **settings})
    return Stack(local, Credentials.load_or_create(local))


def test_every_part_belongs_to_a_name_that_can_be_asked_for() -> None:
    assert {part for parts in PARTS_OF.values() for part in parts} == KINDS.keys()
    assert PARTS_OF.keys() == TASKS.keys()


def test_prices_come_after_the_topics_and_the_demo_data(tmp_path: Path) -> None:
    tasks = {task.name: task for task in tasks_of(TASKS, Starting(stack_of(tmp_path)))}
    assert {"kafka", "topics", "demo data", "crypto-stand-in"} <= set(tasks["crypto-poller"].needs)
    assert {"kafka", "topics"} <= set(tasks["planets-api"].needs)


def test_nothing_stands_in_for_a_real_price_api(tmp_path: Path) -> None:
    stack = stack_of(tmp_path, CRYPTO_API_URL=REAL)
    assert "crypto-stand-in" not in {task.name for task in tasks_of(TASKS, Starting(stack))}
    assert wanted(stack.settings) == [name for name in KINDS if name != "crypto-stand-in"]
    assert crypto.poller(stack).environment["CRYPTO_API_URL"] == REAL


def test_without_one_the_poller_asks_the_stand_in(tmp_path: Path) -> None:
    stack = stack_of(tmp_path, HEADWATER_CRYPTO_STAND_IN_PORT="7005")
    assert wanted(stack.settings) == list(KINDS)
    assert crypto.poller(stack).environment["CRYPTO_API_URL"] == "http://127.0.0.1:7005"
    assert "7005" in crypto.stand_in(stack).command


def test_a_setting_that_the_poller_cannot_use_is_told_before_it_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLL_INTERVAL_SEC", "often")
    with pytest.raises(SettingsError, match=r"POLL_INTERVAL_SEC.*often"):
        crypto.poller(stack_of(tmp_path))


def test_the_producers_get_no_secret_that_they_do_not_need(tmp_path: Path) -> None:
    stack = stack_of(tmp_path)
    access = stack.credentials.client_environment(stack.settings)
    for part, own in ((planets_api.part(stack), {"PLANETS_API_TOKEN"}), (crypto.poller(stack), set())):
        given = {name for name, value in access.items() if part.environment.get(name) == value}
        assert given == {"KAFKA_BOOTSTRAP_SERVERS", *own}


def as_if_running(settings: LocalSettings, part: str) -> None:
    """The part runs, in the place of this process, on a stack with these settings."""
    settings.remember_ports()
    me = Process(os.getpid(), birth_of(os.getpid()) or "")
    pid_file(settings, part).write_text(json.dumps({"pid": me.pid, "birth": me.birth}))


def test_a_poller_that_runs_is_not_asked_to_ask_somebody_else(tmp_path: Path) -> None:
    settings = stack_of(tmp_path).settings
    as_if_running(settings, "crypto-poller")
    preflight.require_same_ports(stack_of(tmp_path).settings)
    with pytest.raises(SettingsError, match=r"crypto-poller runs already, and asks the stand-in.*CRYPTO_API_URL.*down --only crypto"):
        preflight.require_same_ports(stack_of(tmp_path, CRYPTO_API_URL=REAL).settings)


def test_a_stack_that_is_up_goes_on_asking_whom_it_was_started_with(tmp_path: Path) -> None:
    stack_of(tmp_path, CRYPTO_API_URL=REAL).settings.remember_ports()
    assert stack_of(tmp_path).settings.crypto_api_url == REAL


def test_what_is_no_address_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"CRYPTO_API_URL.*coingecko"):
        stack_of(tmp_path, CRYPTO_API_URL="api.coingecko.com")


def test_database_for_published_gold_is_made_where_it_is_asked_for(tmp_path: Path) -> None:
    def names(**settings: str) -> set[str]:
        return {task.name for task in tasks_of(["airflow"], Starting(stack_of(tmp_path, **settings)))}

    assert names(HEADWATER_SERVING="1") - names() == {"serving"}


def test_airflow_that_runs_without_the_connection_is_not_asked_to_publish(tmp_path: Path) -> None:
    settings = stack_of(tmp_path).settings
    as_if_running(settings, "airflow-scheduler")
    preflight.require_same_ports(stack_of(tmp_path).settings)
    with pytest.raises(SettingsError, match=r"runs already, without the connection.*HEADWATER_SERVING.*make down"):
        preflight.require_same_ports(stack_of(tmp_path, HEADWATER_SERVING="1").settings)
