"""Drills with what is sent: poison, and records that come two days late."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta

from drills.drill import Drill
from drills.scene import NotRecovered, Scene
from include.catalog import UNDIVIDED, gold_tables, silver_tables
from include.contracts import Contract
from include.days import day_accounts, stale_days
from include.delta_log import open_table
from jobs.produce.faults import Faults
from local.private_stack import STORES
from local.settings import REPOSITORY

POISON_SHARES = Faults(broken=0.2, undecodable=0.1)
SYSTEM = "commerce"
LATE_DAYS = 2
EARLY, LATE = 200, 2000  # records of a feed and day


def poison(scene: Scene) -> None:
    """For a minute, 30 of 100 records break a rule of their contract or do not decode.

    Bronze has each of them byte for byte, and the driver takes no notice: it is the same one before and after.
    """
    before = scene.drivers.holder()
    with scene.fault("30 % poison"):
        load = scene.send(faults=POISON_SHARES, count=1000)
        time.sleep(scene.seconds(60, 10))
        scene.end_load(load)
    scene.require(scene.drivers.holder() == before, "the driver goes on")


def late_burst(scene: Scene) -> None:
    """A burst of records that happened two days ago, into days that were built already.

    Exactly the days that they belong to are found stale and built again, silver and gold; the account of each adds up, and the tables of
    the feeds' other days are not written.
    """
    contracts = [each for each in scene.contracts if each.system == SYSTEM]
    topics = [each.topic.name for each in contracts]
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    late, between = today - timedelta(days=LATE_DAYS), today - timedelta(days=LATE_DAYS - 1)
    for day in (late, between):
        span = (day, day + timedelta(days=1))
        scene.wait_for_load(scene.send(*topics, once=True, rate=1000.0, count=EARLY, span=span))
    scene.wait_until_in_bronze("both days")
    for day in (late, between):
        _build(scene, day.date())
    _require_stale(scene, contracts, today.date(), set())
    untouched = _files_of(scene, contracts, between.date())
    with scene.fault(f"{LATE:,} records a feed, two days late"):
        span = (late + timedelta(hours=1), late + timedelta(hours=2))
        scene.wait_for_load(scene.send(*topics, once=True, rate=5000.0, count=LATE, span=span))
    _require_stale(scene, contracts, today.date(), {late.date()})
    began = time.monotonic()
    _build(scene, late.date())
    scene.notes["day_built_again_seconds"] = round(time.monotonic() - began, 1)
    _require_stale(scene, contracts, today.date(), set())
    scene.require(_files_of(scene, contracts, between.date()) == untouched, "no file of the day between was written")
    for account in day_accounts(scene.drivers.lake, [each.feed for each in contracts], late.date()):
        sides = account.silver_rows + account.superseded_rows + account.quarantine_rows + account.dead_letter_rows
        scene.require(sides == account.bronze_rows == EARLY + LATE, f"the day adds up: {account}")


def _require_stale(scene: Scene, contracts: list[Contract], today: date, wanted: set[date]) -> None:
    found = {day for day in stale_days(scene.drivers.lake, contracts) if day < today}
    scene.require(found == wanted, f"of the past days {sorted(map(str, wanted)) or 'none'} is to be built, not {sorted(map(str, found))}")


def _files_of(scene: Scene, contracts: list[Contract], day: date) -> set[str]:
    """The data files of the day in the system's silver and gold tables."""
    feeds = [each.feed for each in contracts]
    silver = [f"silver.{name}" for feed in feeds for name in silver_tables(feed)]
    gold = [f"gold.{name}" for name in gold_tables(SYSTEM, feeds) if name not in UNDIVIDED]
    tables = [open_table(scene.drivers.lake, address) for address in (*silver, *gold)]
    return {uri for table in tables if table is not None for uri in table.file_uris() if f"event_date={day}" in uri}


def _build(scene: Scene, day: date) -> None:
    """Silver and gold of the day, by the same programs that anybody runs by hand, through the stack's Spark Connect server."""
    environment = {**scene.private.stack.client_environment(), "PYTHONPATH": str(REPOSITORY)}
    for layer in ("silver", "gold"):
        scene.say(f"{layer} of {day}")
        command = [sys.executable, str(REPOSITORY / "jobs" / layer / "run.py"), "--system", SYSTEM, "--day", str(day)]
        with (scene.private.logs / f"{layer}.log").open("ab") as log:
            if subprocess.run(command, env=environment, stdout=log, stderr=log, check=False).returncode:
                raise NotRecovered(f"{layer} of {day} could not be built, see {log.name}")


POISON = Drill("poison", poison, limit_seconds=30)
LATE_BURST = Drill("late-burst", late_burst, limit_seconds=60, parts=(*STORES, "spark-connect"))
