"""One drill from its private stack to its verdict."""

from __future__ import annotations

import os
import time
from contextlib import closing
from dataclasses import replace
from random import Random

from rich.console import Console

from drills.drill import Drill, Skipped
from drills.driver import disk_of
from drills.drivers import Drivers
from drills.ledger import audited
from drills.proxy import Proxy
from drills.results import Result
from drills.scene import NotRecovered, Scene
from include.catalog import GOLD
from include.contracts import load_contracts
from include.errors import HeadwaterError, StreamError
from include.topics import reconcile_topics
from local.ports import NOBODY
from local.private_stack import PrivateStack, private_stack


def run_drill(
    drill: Drill,
    console: Console,
    *,
    seed: int,
    rounds: int | None = None,
    short: bool = False,
    writer: str = "driver",
) -> Result:
    """Runs the drill on a stack of its own. Raises Skipped where this machine cannot, and what keeps the stack from coming up."""
    drill.require()
    if writer != "driver" and not drill.kept:
        raise Skipped("Airflow starts the drivers of this drill, with the default writer")
    rounds = rounds or (drill.short_rounds if short else drill.rounds)
    console.print(f"{drill.name}, seed {seed}, rounds {rounds}: {drill.summary}", highlight=False, markup=False, soft_wrap=True)
    load, began = os.getloadavg()[0], time.monotonic()
    batch = [f"daily_{system}" for system in GOLD]  # a drill builds the days that it needs
    # No price API: every record of a drill is the drill's.
    with private_stack(console, "drill", drill.parts, paused=batch, CRYPTO_API_URL=f"http://{NOBODY}") as private:
        reconcile_topics(load_contracts().with_topics, private.kafka).check()
        with closing(_scene(drill, private, console, seed, rounds, short, writer)) as scene:
            result = replace(_play(drill, scene, writer), load=load, took=time.monotonic() - began)
            private.keep_logs = not result.passed
            return result


def _scene(drill: Drill, private: PrivateStack, console: Console, seed: int, rounds: int, short: bool, writer: str) -> Scene:
    proxy = Proxy(private.stack.settings.ports.s3) if drill.proxied else None
    disk = str(disk_of(private.home))
    theirs = {"TMPDIR": disk, "SPARK_LOCAL_DIRS": disk, "HEADWATER_STREAM_WRITER": writer}
    if proxy:
        theirs["AWS_ENDPOINT_URL"] = proxy.url
    drivers = Drivers(private.environment(), private.logs, theirs=theirs)
    return Scene(private, drivers, proxy, console, Random(seed), seed, rounds, short, drill.limit_seconds)


def _play(drill: Drill, scene: Scene, writer: str) -> Result:
    """The drill, and both counts: they are made whatever the drill came to. Raises StreamError where there was nothing to break yet."""
    try:
        scene.begin(drill.apart, kept=drill.kept)
    except NotRecovered as error:
        fix = f"see the logs in {scene.private.logs}; a machine with much other load is no place for drills"
        raise StreamError("the stack has not come to work, nothing was drilled", where=drill.name, value=str(error), fix=fix) from error
    try:
        drill.inject(scene)
        scene.settle()
    except NotRecovered as error:
        scene.require(False, str(error))
    if scene.keeper is not None and scene.keeper.troubles:
        scene.notes["controller_said"] = sorted(set(scene.keeper.troubles))[:5]
    counted = scene.count()
    try:
        ledger = audited(scene.drivers.lake, scene.drivers.kafka, scene.contracts)
    except HeadwaterError as error:
        ledger = None
        scene.require(False, f"the ledger cannot be closed: {error}")
    return Result(
        name=drill.name,
        what=drill.description,
        seed=scene.seed,
        rounds=scene.rounds,
        short=scene.short,
        writer=writer,
        account=counted,
        ledger=ledger,
        recoveries=tuple(scene.recoveries),
        limit_seconds=drill.limit_seconds,
        failures=tuple(scene.failures),
        notes=scene.notes,
    )
