"""What the fast tier shares: one small Spark session, and a lake in a folder."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from rich.console import Console
from xdist.scheduler import LoadFileScheduling

from include.settings import LakeSettings
from include.spark_conf import TIMES, jars_directory
from local import jars
from local.progress import Progress
from local.settings import LocalSettings
from tests.folder_lake import FolderLake
from tests.jobs.seeded_days import BuiltSystem, build_system
from tests.s3 import S3, s3

# What goes to one process, by where it begins.
SHARED = {
    "tests/integration/": "a stack",
    "tests/runs/": "a stack with Airflow",
    # What tests/judged.py asks Spark for once in a process.
    **dict.fromkeys(
        [
            *("tests/contracts/test_examples.py", "tests/include/contracts/test_verdict.py", "tests/jobs/common/test_contract_rules.py"),
            *("tests/jobs/common/test_records.py", "tests/jobs/produce/test_generic.py", "tests/jobs/produce/test_generators.py"),
        ],
        "records that were judged",
    ),
    **dict.fromkeys(["tests/docs/test_systems.py", "tests/jobs/gold/test_systems.py"], "a day of each system"),
    **dict.fromkeys(["tests/docker/test_systems_dashboards.py", "tests/plugins/lakehouse/web/dashboards/"], "gold as Spark plans it"),
}
# About how long they take where the number of their tests does not say it: the longest are begun first, for the shortest to fill the end.
SECONDS = {
    "a stack": 1500,
    "a stack with Airflow": 1100,
    "drills/test_short_drills.py": 700,
    "tests/stacks/test_up_and_down.py": 600,
    "tests/plugins/lakehouse/test_rebuilding.py": 350,
    "a day of each system": 200,
    "tests/stacks/test_planets.py": 250,
    "tests/jobs/test_rebuilt_equals_incremental.py": 220,
    "tests/plugins/lakehouse/test_rebuilding_beside.py": 120,
}
# Java's second compiler took half of the processor time: it makes code fast that runs for longer than what tests start.
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")
# It tells of each connection that it closes, after pytest's last line.
logging.getLogger("py4j").setLevel(logging.WARNING)


class Scheduling(LoadFileScheduling):
    """What goes together where several processes run the tests: a file, and all the files that share what is dear."""

    def _split_scope(self, nodeid: str) -> str:
        shared = (what for place, what in SHARED.items() if nodeid.startswith(place))
        return next(shared, None) or super()._split_scope(nodeid)

    def _assign_work_unit(self, node: Any) -> None:
        longest = max(self.workqueue, key=lambda scope: SECONDS.get(scope, len(self.workqueue[scope])))
        self.workqueue.move_to_end(longest, last=False)
        super()._assign_work_unit(node)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Spark's jars, where the cache lacks them: by the process that starts the others, before these begin."""
    if not hasattr(session.config, "workerinput"):
        settings = LocalSettings.from_environment()
        with Progress(Console(stderr=True)) as progress, progress.step("jars of spark") as step:
            step.skipped = jars.fetch(settings.cache, "spark", url=settings.maven_url) == 0


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    return Scheduling(config, log)


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """A local session as plain as can be: two threads, UTC, no web page; with Delta."""
    delta = {
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.driver.extraClassPath": f"{jars_directory()}/*",
        "spark.databricks.delta.snapshotPartitions": "1",
    }
    session = (
        SparkSession.builder.master("local[2]")
        .config(map=delta)
        .appName("headwater-tests")
        .config("spark.driver.memory", "1g")
        # Without the second compiler Java reserves 48 MB for code, too little for Spark: it threw away two of three methods that it had
        # compiled, and compiled them again. The collector that runs beside the work took a tenth of the time.
        .config("spark.driver.extraJavaOptions", "-XX:ReservedCodeCacheSize=256m -XX:+UseSerialGC")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config(map=TIMES)
        .config("spark.sql.shuffle.partitions", "2")
        # Compiling a plan takes longer than running it over a few rows.
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    yield session
    session.stop()


@pytest.fixture(scope="session")
def store() -> Iterator[S3]:
    """A store that speaks S3, for the small objects of the lakes."""
    with s3() as store:
        yield store


@pytest.fixture(scope="session")
def built_system(spark: SparkSession, store: S3, tmp_path_factory: pytest.TempPathFactory) -> BuiltSystem:
    """By a system's name a lake of its own in which a day of it is built, each once, for who reads alone; and gold's rows by table."""

    @cache
    def of_system(system: str) -> tuple[LakeSettings, dict[str, int]]:
        lake = FolderLake.beside(store, tmp_path_factory.mktemp(system))
        return lake, build_system(spark, lake, system)

    return of_system


@pytest.fixture
def lake(store: S3, tmp_path: Path) -> LakeSettings:
    """A lake of its own: tables in a folder, as Spark's Delta and delta-rs take a path as they take an S3 address; objects in the store."""
    return FolderLake.beside(store, tmp_path)
