"""A day built by `headwater rebuild`, as a person types it, and taken back: through Airflow, Spark Connect and the store."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta

import pytest

from include.days import stale_days, undone_days
from include.delta_log import rows_by_day
from include.rebuilds import of_rebuild
from include.settings import KafkaSettings, LakeSettings
from jobs.produce.run import produce
from local.settings import REPOSITORY, Ports
from local.stack import Stack
from tests.jobs.examples import CONTRACTS

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1200)]

FEED, ROWS, DAY = "crypto_prices", 30, date(2026, 4, 2)


def headwater(stack: Stack, *words: str) -> str:
    ports = {Ports.setting(name): str(getattr(stack.settings.ports, name)) for name in Ports.__dataclass_fields__}
    environment = {**os.environ, **ports, "HEADWATER_HOME": str(stack.settings.home), "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-c", "from local.cli import app; app()", *words]
    done = subprocess.run(command, env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def send(stack: Stack) -> None:
    """Records of the day, and the wait until bronze has them."""
    midnight = datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC)
    environment = stack.client_environment()
    kafka, lake = KafkaSettings.from_environment(environment), LakeSettings.from_environment(environment)
    produce([FEED], rate=None, count=ROWS, seed=1, start=midnight, end=midnight + timedelta(hours=20), kafka=kafka)
    until = time.monotonic() + 180
    while rows_by_day(lake, f"bronze.{FEED}").get(DAY, 0) < ROWS:
        assert time.monotonic() < until, "bronze does not get the records"
        time.sleep(0.5)


def test_a_rebuild_is_previewed_applied_proved_and_undone(whole_stack: Stack) -> None:
    lake = LakeSettings.from_environment(whole_stack.client_environment())
    contracts = CONTRACTS.of_system("crypto")
    send(whole_stack)

    previewed = headwater(whole_stack, "rebuild", "crypto_market", "--from", str(DAY))
    assert re.search(rf"crypto +{DAY} +{ROWS} +whole +0 +0 +unknown", previewed), previewed
    assert rows_by_day(lake, "silver.crypto_prices").get(DAY, 0) == 0

    applied = headwater(whole_stack, "rebuild", "crypto", "--from", str(DAY), "--apply")
    (known,) = re.findall(r"headwater rebuild --undo (\S+)", applied)
    added = {row.table: row.rows_added for row in of_rebuild(lake, known)}
    assert (added["silver.crypto_prices"], added["bronze.crypto_prices"]) == (ROWS, ROWS)
    assert rows_by_day(lake, "gold.crypto_market")[DAY] == added["gold.crypto_market"]
    assert DAY not in stale_days(lake, contracts)

    again = headwater(whole_stack, "rebuild", "crypto", "--from", str(DAY), "--apply")
    (same,) = re.findall(r"headwater rebuild --undo (\S+)", again)
    assert [row.table for row in of_rebuild(lake, same) if row.touched] == []

    headwater(whole_stack, "rebuild", "--undo", same)
    assert (rows_by_day(lake, "gold.crypto_market")[DAY], undone_days(lake, [FEED])) == (added["gold.crypto_market"], [DAY])
