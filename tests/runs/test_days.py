"""What a run of the daily batch builds, whatever started it; days built again; maintenance and streams by their forms."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from include.contracts import load_contracts
from include.days import DayAccount, day_accounts, stale_days, undone_days
from include.delta_log import rows_by_day
from include.maintenance import MAINTENANCE
from include.ops_tables import get_rows
from include.rebuilds import of_rebuild
from include.settings import KafkaSettings, LakeSettings
from include.streams.state import read_actual
from jobs.produce.run import produce
from local import airflow_pool
from local.airflow_api import AirflowApi
from local.dag_runs import DagRuns
from local.stack import Stack
from tests.runs.programs import HEADWATER, program

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1800)]

RUN_SECONDS = 900.0
FEEDS = [contract.feed for contract in load_contracts().of_system("commerce")]
DAY = date(2026, 3, 10)
OTHER = date(2026, 3, 20)


def test_the_pool_in_which_days_are_built_is_there_and_has_the_slots_that_are_asked_for(whole_stack: Stack) -> None:
    api = AirflowApi.from_environment(whole_stack.client_environment())
    slots = whole_stack.settings.spark_pool_slots
    assert not airflow_pool.ensure(api, slots)
    assert airflow_pool.ensure(api, slots + 1)
    assert api.get("/pools/spark")["slots"] == slots + 1
    assert airflow_pool.ensure(api, slots)


@dataclass(frozen=True)
class Batch:
    """The commerce batch of one stack, and the tables that it builds."""

    stack: Stack

    @property
    def runs(self) -> DagRuns:
        return DagRuns(AirflowApi.from_environment(self.stack.client_environment()), self.stack.settings.logs)

    @property
    def lake(self) -> LakeSettings:
        return LakeSettings.from_environment(self.stack.client_environment())

    def send(self, day: date, count: int, seed: int) -> None:
        """Records of each commerce feed, with event times of the day."""
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        until = midnight + timedelta(hours=23)
        kafka = KafkaSettings.from_environment(self.stack.client_environment())
        produce(FEEDS, rate=None, count=count, seed=seed, start=midnight, end=until, kafka=kafka)

    def run(self, **conf: str) -> str:
        run = self.runs.trigger("daily_commerce", dict(conf))
        self.runs.wait("daily_commerce", run, seconds=RUN_SECONDS)
        return run

    def backfill(self, first: date, last: date) -> None:
        asked: dict[str, Any] = {"dag_id": "daily_commerce", "from_date": f"{first}T00:00:00Z", "to_date": f"{last}T00:00:00Z"}
        made = self.runs.api.post("/backfills", {**asked, "reprocess_behavior": "completed", "max_active_runs": 2})
        until = time.monotonic() + RUN_SECONDS
        while self.runs.api.get(f"/backfills/{made['id']}")["completed_at"] is None:
            assert time.monotonic() < until, "the backfill does not end"
            time.sleep(2)

    def headwater(self, *words: str) -> str:
        return program(self.stack, *HEADWATER, *words, seconds=RUN_SECONDS)

    def accounts(self, day: date) -> dict[str, DayAccount]:
        return {account.feed: account for account in day_accounts(self.lake, FEEDS, day)}

    def bronze_rows(self, day: date) -> dict[str, int]:
        return {feed: account.bronze_rows for feed, account in self.accounts(day).items() if account.built_at is not None}


@pytest.fixture
def batch(whole_stack: Stack) -> Batch:
    return Batch(whole_stack)


def test_a_day_in_the_form_is_built_from_what_kafka_held_when_the_run_began(batch: Batch) -> None:
    batch.send(DAY, count=40, seed=1)
    batch.run(day=str(DAY))
    assert batch.bronze_rows(DAY) == dict.fromkeys(FEEDS, 40)
    assert rows_by_day(batch.lake, "gold.product_sales")[DAY] > 0


def test_a_run_for_another_day_builds_the_past_days_that_new_rows_touched(batch: Batch) -> None:
    batch.send(DAY, count=7, seed=2)
    batch.run(day=str(OTHER))
    assert batch.bronze_rows(DAY) == dict.fromkeys(FEEDS, 47)
    assert batch.bronze_rows(OTHER) == dict.fromkeys(FEEDS, 0)


def test_a_backfill_builds_its_own_days_alone_and_again_without_a_change(batch: Batch) -> None:
    batch.send(DAY, count=3, seed=3)
    batch.send(DAY + timedelta(days=1), count=5, seed=4)
    gold = rows_by_day(batch.lake, "gold.product_sales")[DAY]
    for last in (DAY + timedelta(days=2), DAY + timedelta(days=1)):
        batch.backfill(DAY + timedelta(days=1), last)
        assert batch.bronze_rows(DAY + timedelta(days=1)) == dict.fromkeys(FEEDS, 5)
        assert batch.bronze_rows(DAY + timedelta(days=2)) == dict.fromkeys(FEEDS, 0)
    assert batch.bronze_rows(DAY) == dict.fromkeys(FEEDS, 47)
    assert rows_by_day(batch.lake, "gold.product_sales")[DAY] == gold


def test_a_day_is_rebuilt_with_a_proof_and_given_back_as_a_person_types_it(batch: Batch) -> None:
    """The day was built from 47 rows of each feed, and bronze has three more."""
    previewed = batch.headwater("rebuild", "product_sales", "--from", str(DAY))
    assert re.search(rf"commerce +{DAY} +{50 * len(FEEDS)} +whole ", previewed), previewed
    applied = batch.headwater("rebuild", "commerce", "--from", str(DAY), "--apply")
    (rebuild,) = re.findall(r"headwater rebuild --undo (\S+)", applied)
    proof = {row.table: row for row in of_rebuild(batch.lake, rebuild)}
    assert [proof[f"bronze.{feed}"].rows_added for feed in FEEDS] == [3] * len(FEEDS)
    assert proof["silver.server_metrics"].rows_added == 3
    assert batch.bronze_rows(DAY) == dict.fromkeys(FEEDS, 50)

    batch.headwater("rebuild", "--undo", rebuild)
    assert batch.bronze_rows(DAY) == dict.fromkeys(FEEDS, 47)
    assert rows_by_day(batch.lake, "gold.server_load")[DAY] == proof["gold.server_load"].rows_before
    assert (undone_days(batch.lake, FEEDS), DAY in stale_days(batch.lake, load_contracts().of_system("commerce"))) == ([DAY], False)


def test_tables_are_looked_after(batch: Batch) -> None:
    run = batch.runs.trigger("maintenance", {"tables": ["gold.server_load", "ops.day_accounts"]})
    batch.runs.wait("maintenance", run, seconds=RUN_SECONDS)
    assert sorted(row["table"] for row in get_rows(batch.lake, MAINTENANCE)) == ["gold.server_load", "ops.day_accounts"]


def test_streams_are_stopped_and_started_by_the_form(batch: Batch) -> None:
    for action, wanted in (("stop", "stopped"), ("start", "running")):
        run = batch.runs.trigger("streams", {"group": "all", "action": action})
        batch.runs.wait("streams", run, seconds=120)
        until = time.monotonic() + 180
        while _phase(batch) != wanted:
            assert time.monotonic() < until, f"the driver is {_phase(batch)}, not {wanted}"
            time.sleep(1)


def _phase(batch: Batch) -> str:
    status = read_actual(batch.lake, "all")
    return status.phase if status else "none"
