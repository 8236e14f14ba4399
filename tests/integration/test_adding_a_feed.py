"""docs/adding-a-feed.md, followed on a real broker and a real store: one file more, and the feed is there from topic to account."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import tests.airflow_home  # noqa: F401

# isort: split

from lakehouse import triggers
from lakehouse.triggers import IntervalCompleteTrigger, KafkaLagTrigger, TableFreshnessTrigger, targets_now

from include.contract_files import SETTING
from include.contracts import load_contracts
from include.days import day_accounts
from include.delta_log import open_table, rows_by_day
from include.kafka import topic_partitions
from include.settings import KafkaSettings
from include.streams.groups import outdated
from include.streams.state import read_actual
from include.topics import reconcile_topics
from local.cli import app
from local.settings import REPOSITORY
from local.stack import Stack
from local.status import feed_statuses
from tests.integration.streams import Streams, streams_of
from tests.pages import add_weather, blocks

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

SYSTEM, DAY = "smart_city", date(2026, 3, 14)
NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
WAITING: dict[str, Any] = {"system": SYSTEM, "deadline": 0.0, "poll_seconds": 0.1}


@pytest.fixture(scope="module")
def contracts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Those of the repository, and the page's."""
    folder = tmp_path_factory.mktemp("page") / "schemas"
    shutil.copytree(REPOSITORY / "include/schemas", folder)
    add_weather(folder)
    return folder


@pytest.fixture(scope="module")
def lakehouse(stack: Stack, contracts: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Streams]:
    """A lake of the page's own, with its contracts as the one setting says, for this process and for every other."""
    environment = {**stack.client_environment(), SETTING: str(contracts), "HEADWATER_STREAM_GROUPS": "all"}
    with streams_of(environment, tmp_path_factory.mktemp("logs")) as streams, pytest.MonkeyPatch.context() as patch:
        for name, value in streams.environment.items():
            patch.setenv(name, value)
        yield streams


@pytest.fixture(scope="module")
def sent(lakehouse: Streams) -> int:
    """The topic as the DAG `topics` makes it, the page's records as its command sends them, and three more; how many that are."""
    kafka = KafkaSettings.from_environment()
    reconcile_topics(load_contracts().feeds.values(), kafka).check()
    (command,) = [line for line in blocks("adding-a-feed.md", "sh")[0].splitlines() if "headwater produce" in line]
    words = shlex.split(command)[1:]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    count = int(words[words.index("--count") + 1])
    sound = {"station_id": "S1", "zone": "north", "timestamp": f"{NOON:%Y-%m-%dT%H:%M:%SZ}", "temperature_c": 4.0, "wind_kmh": 10}
    values = [json.dumps(each).encode() for each in (sound, sound | {"temperature_c": 5.0}, sound | {"temperature_c": 61})]
    lakehouse.send("weather", [*values, b"\xff"], key=b"S1", timestamp=round(NOON.timestamp() * 1000))
    return count + 4


@pytest.fixture(scope="module")
def drained(lakehouse: Streams, sent: int) -> int:
    assert lakehouse.drain(PYTHONPATH=str(REPOSITORY)) == 0, lakehouse.log_of(lakehouse.processes[-1])
    return sent


@pytest.fixture(scope="module")
def built(drained: int) -> int:
    """The day, by the programs whose functions the tasks of the daily DAG call."""
    for layer in ("silver", "gold"):
        command = [sys.executable, str(REPOSITORY / f"jobs/{layer}/run.py"), "--system", SYSTEM, "--day", str(DAY)]
        done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(REPOSITORY)}, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return drained


def rows(lakehouse: Streams, address: str, *columns: str) -> list[tuple[Any, ...]]:
    table = open_table(lakehouse.lake, address)
    assert table is not None, address
    return [tuple(row.values()) for row in table.to_pyarrow_table(columns=list(columns)).to_pylist()]


def test_the_topic_is_as_the_contract_says(lakehouse: Streams, sent: int) -> None:
    assert topic_partitions(lakehouse.kafka, ["weather"]) == {"weather": [0, 1]}


def test_every_record_is_in_bronze_once(lakehouse: Streams, drained: int) -> None:
    assert len({*rows(lakehouse, "bronze.weather", "partition", "offset")}) == drained
    assert rows_by_day(lakehouse.lake, "bronze.weather") == {DAY: drained}


def test_the_driver_says_that_it_went_by_every_contract(lakehouse: Streams, drained: int) -> None:
    status = read_actual(lakehouse.lake, "all")
    assert status is not None
    assert outdated("all", load_contracts(), {feed: each.contract for feed, each in status.feeds.items()}) == []
    assert "weather" in status.feeds


def test_status_shows_its_rows_its_lag_and_its_newest_event(lakehouse: Streams, drained: int) -> None:
    (status,) = [status for status in feed_statuses(lakehouse.kafka, lakehouse.lake) if status.feed == "weather"]
    assert (status.rows, status.lag, status.problem) == (drained, 0, "")
    assert status.newest is not None
    assert status.newest.date() == DAY


def test_the_sensors_ask_for_it_and_find_it_complete_and_in_time(drained: int) -> None:
    targets = targets_now(SYSTEM)
    assert sum(targets["weather"].values()) == drained
    looked = [IntervalCompleteTrigger(targets=targets, **WAITING), KafkaLagTrigger(**WAITING), TableFreshnessTrigger(**WAITING)]
    assert [trigger.look() for trigger in looked] == ["", "", ""]
    assert "weather" in {contract.feed for contract in triggers.system_contracts(SYSTEM)}


def test_silver_has_the_contract_s_fields_and_the_last_state(lakehouse: Streams, built: int) -> None:
    assert rows_by_day(lakehouse.lake, "silver.weather") == {DAY: built - 3}
    found = rows(lakehouse, "silver.weather", "station_id", "zone", "event_time", "temperature_c", "wind_kmh", "humidity_pct", "sky")
    assert ("S1", "north", NOON, 5.0, 10.0, None, None) in found


def test_what_is_not_in_silver_is_where_the_page_says_and_says_why(lakehouse: Streams, built: int) -> None:
    assert rows(lakehouse, "quarantine.weather", "reasons") == [(["maximum:temperature_c"],)]
    assert rows(lakehouse, "dead_letters.weather", "value", "reason") == [(b"\xff", "not_utf8")]
    assert len(rows(lakehouse, "superseded.weather", "value")) == 1


def test_the_day_s_account_is_closed(lakehouse: Streams, built: int) -> None:
    (account,) = day_accounts(lakehouse.lake, ["weather"], DAY)
    sides = (account.silver_rows, account.superseded_rows, account.quarantine_rows, account.dead_letter_rows)
    assert (account.bronze_rows, sides) == (built, (built - 3, 1, 1, 1))
    assert account.built_at is not None
