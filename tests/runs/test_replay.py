"""Quarantine in a real Airflow: rows that a contract was too strict for are previewed, and let out from the page; then nothing is left to
do."""

from __future__ import annotations

import json
import shutil
import time
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import unquote

import pytest
from confluent_kafka import Producer
from playwright.sync_api import expect

from include.contract_files import contracts_folder
from include.days import day_accounts
from include.delta_log import rows_by_day, version
from include.resolved import RESOLVED
from include.settings import KafkaSettings, LakeSettings
from local.airflow_api import AirflowApi
from local.stack import Stack
from tests.jobs.days import files_of
from tests.runs.person import A_RUN_MS, Person, panel, settled
from tests.runs.programs import HEADWATER, program

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1200)]

DAY = date(2026, 4, 10)
TABLES = ("silver.server_metrics", "quarantine.metrics", "gold.server_load")


def hold(stack: Stack, held: bool) -> None:
    """Pauses the daily batch once no run of it is at work, as those of a paused DAG never end; or lets it go on."""
    api = AirflowApi.from_environment(stack.client_environment())
    until = time.monotonic() + 600
    while held and api.get("/dags/daily_commerce/dagRuns", state=["queued", "running"])["dag_runs"]:
        assert time.monotonic() < until, "the runs of daily_commerce do not end"
        time.sleep(1)
    api.patch("/dags/daily_commerce?update_mask=is_paused", {"is_paused": held})


def replay(stack: Stack, *options: str) -> str:
    return program(stack, *HEADWATER, "replay", "metrics", "--from", str(DAY), "--to", str(DAY), *options)


def send(stack: Stack, lake: LakeSettings, values: list[float]) -> None:
    """Samples of that CPU, and waits until bronze has them."""
    producer = Producer(KafkaSettings.from_environment(stack.client_environment()).client())
    noon = datetime(DAY.year, DAY.month, DAY.day, 12, tzinfo=UTC).isoformat()
    for value in values:
        sample = {"server": "web-1", "timestamp": noon, "cpu_pct": value, "memory_pct": 10.0}
        producer.produce("metrics", json.dumps(sample).encode(), b"web-1")
    producer.flush(60)
    until = time.monotonic() + 240
    while rows_by_day(lake, "bronze.metrics").get(DAY, 0) < len(values):
        assert time.monotonic() < until, "the records do not come into bronze"
        time.sleep(1)


def state_of_the_day(lake: LakeSettings) -> tuple[object, ...]:
    """The day's files, its account and what was resolved of it: the stack's other runs build other days meanwhile."""
    files = [files_of(lake, table).get(DAY, set()) for table in TABLES]
    resolved = RESOLVED.read(lake, "metrics", DAY).to_pylist() if version(lake, RESOLVED.address) is not None else []
    return files, day_accounts(lake, ["metrics"], DAY), resolved


def applied_on_the_page(person: Person) -> str:
    """Previews a replay on the feed's page and applies it there; the id of the run that did."""
    quarantine = panel(settled(person.opens("feeds/metrics")), "Quarantine and dead letters")
    quarantine.get_by_role("button", name="Preview a replay").click()
    expect(quarantine.locator("[data-judged=preview]")).to_contain_text("2 would pass now, 1 still fail", timeout=A_RUN_MS)
    quarantine.get_by_role("button", name="Apply: 1 day from silver to gold").click()
    quarantine.get_by_role("button", name="Build 1 day again").click()
    expect(quarantine.locator("[data-judged=apply]")).to_contain_text("2 would pass now, 1 still fail", timeout=A_RUN_MS)
    expect(quarantine.get_by_text("1 day built again.")).to_be_visible()
    address = quarantine.get_by_role("link", name="the run of replay_quarantine").get_attribute("href")
    assert address is not None
    return unquote(address.rpartition("/")[2])


def test_rows_that_pass_by_the_mended_contract_leave_quarantine_once(whole_stack: Stack, person: Person, tmp_path: Path) -> None:
    lake = LakeSettings.from_environment(whole_stack.client_environment())
    hold(whole_stack, True)  # a scheduled run would find the day, and build it beside the strict builds
    send(whole_stack, lake, [40.0] * 12 + [80.0] * 2 + [150.0])  # as many bad ones as a day may have
    strict = Path(shutil.copytree(contracts_folder(), tmp_path / "contracts"))
    (file,) = strict.rglob("metrics.odcs.yaml")
    file.write_text(file.read_text().replace("version: 1.0.0", "version: 0.9.0", 1).replace("maximum: 100", "maximum: 50", 1))
    for layer in ("silver", "gold"):
        words = (f"jobs/{layer}/run.py", "--system", "commerce", "--day", str(DAY))
        program(whole_stack, *words, HEADWATER_CONTRACTS=str(strict))
    assert rows_by_day(lake, "quarantine.metrics")[DAY] == 3
    hold(whole_stack, False)

    before = state_of_the_day(lake)
    assert "of 3 quarantined rows 2 would pass now, 1 still fail; days to build again: 1" in replay(whole_stack, "--reason", "maximum")
    assert state_of_the_day(lake) == before

    applied = applied_on_the_page(person)
    assert [rows_by_day(lake, address)[DAY] for address in ("silver.server_metrics", "quarantine.metrics")] == [14, 1]
    lines = RESOLVED.read(lake, "metrics", DAY).to_pylist()
    assert [(line["contract_version_then"], line["contract_version_now"]) for line in lines] == [("0.9.0", "1.0.0")] * 2
    assert {line["run_id"] for line in lines} == {f"replay__{applied}"}

    before = state_of_the_day(lake)
    assert "of 1 quarantined row 0 would pass now, 1 still fail; days to build again: 0" in replay(whole_stack, "--apply")
    assert state_of_the_day(lake) == before
