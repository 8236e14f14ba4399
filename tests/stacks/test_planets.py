"""Planets through Spark Connect on S3, as Airflow's tasks and `headwater shell` have them: gold, the model, and scores by it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from include.contracts import load_contracts
from include.delta_log import version
from include.objects import client
from include.settings import LakeSettings
from jobs.produce.planets import discoveries
from jobs.stream.bronze import SCHEMA
from local.private_stack import stack_at
from local.settings import REPOSITORY, Ports
from local.stack import Stack
from tests.jobs.bronze_rows import bronze_rows
from tests.starting import start, stop

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

DAY = datetime(2026, 3, 10, 12, tzinfo=UTC)
PLANETS = 300


class Lakehouse:
    """A stack without Kafka and Airflow, and programs that run on it."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.lake = LakeSettings.from_environment(stack.client_environment())

    def job(self, name: str, *arguments: str) -> str:
        environment = {**os.environ, **self.stack.client_environment(), "PYTHONPATH": str(REPOSITORY)}
        command = [sys.executable, str(REPOSITORY / "jobs" / name), *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def build(self) -> None:
        for layer in ("silver", "gold"):
            self.job(f"{layer}/run.py", "--system", "planets", "--day", str(DAY.date()))

    def headwater(self, *words: str, piped: str | None = None) -> subprocess.CompletedProcess[str]:
        ports = {Ports.setting(name): str(getattr(self.stack.settings.ports, name)) for name in Ports.__dataclass_fields__}
        environment = {**os.environ, **ports, "HEADWATER_HOME": str(self.stack.settings.home), "PYTHONPATH": str(REPOSITORY)}
        command = [sys.executable, "-c", "from local.cli import app; app()", *words]
        stdin = {"input": piped} if piped is not None else {"stdin": subprocess.DEVNULL}
        return subprocess.run(command, env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=300, **stdin)

    def table(self, address: str) -> list[dict[str, Any]]:
        return DeltaTable(self.lake.table_uri(address), storage_options=self.lake.delta_options()).to_pyarrow_table().to_pylist()

    def object(self, key: str) -> dict[str, Any]:
        return json.loads(client(self.lake).get_object(Bucket=self.lake.bucket, Key=f"{self.lake.prefix}{key}")["Body"].read())


@pytest.fixture(scope="module")
def lakehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lakehouse]:
    """With a day of planets in bronze, silver and gold, before any model."""
    stack = stack_at(tmp_path_factory.mktemp("planets"))
    try:
        start(stack, "minio", "spark-connect")
        lakehouse = Lakehouse(stack)
        found = [planet for _, planet in discoveries(Random(5), [DAY] * PLANETS)]
        rows = pa.Table.from_pylist(bronze_rows(found, event_time=DAY, timestamp=DAY), SCHEMA)
        (contract,) = load_contracts().of_system("planets")
        options = lakehouse.lake.delta_options()
        write_deltalake(lakehouse.lake.table_uri(contract.bronze), rows, partition_by=["event_date"], storage_options=options)
        lakehouse.build()
        yield lakehouse
    finally:
        stop(stack)


def test_a_model_is_trained_served_and_scores_the_day_when_it_is_built_again(lakehouse: Lakehouse) -> None:
    before = {(row["predicted_probability"], row["model_version"]) for row in lakehouse.table("gold.planets")}
    told = [lakehouse.job("ml/train_habitability.py", "--seed", "42", "--run-id", run) for run in ("first", "second")]
    (run,) = lakehouse.table("gold.model_runs")
    model = lakehouse.object(f"models/habitability/{run['model_version']}/model.json")
    serving = lakehouse.object("models/habitability/serving.json")
    lakehouse.build()
    after = lakehouse.table("gold.planets")
    assert before == {(None, None)}
    assert told[0] == told[1]
    assert (model["auc"], serving["model_version"]) == (run["auc"], run["model_version"])
    assert len(after) == len({row["Name"] for row in after})
    assert {row["model_version"] for row in after} == {run["model_version"]}
    assert all(0 <= row["predicted_probability"] <= 1 for row in after)
    before_again = version(lakehouse.lake, "gold.planets")
    lakehouse.build()
    assert version(lakehouse.lake, "gold.planets") == before_again


def test_the_shell_has_a_view_of_every_table(lakehouse: Lakehouse) -> None:
    program = 'print(spark.sql("SELECT count(*) AS n FROM gold.planets").first().n, spark.table("silver.planet_discoveries").count())'
    expected = f"{len(lakehouse.table('gold.planets'))} {len(lakehouse.table('silver.planet_discoveries'))}\n"
    given, piped = lakehouse.headwater("shell", "-c", program), lakehouse.headwater("shell", piped=f"if True:\n    {program}\n")
    assert (given.stdout, given.returncode) == (expected, 0), given.stderr
    assert (piped.stdout, piped.returncode) == (expected, 0), piped.stderr


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ('spark.sql("INSERT INTO gold.planets SELECT * FROM gold.planets")', "EXPECT_TABLE_NOT_VIEW"),
        ('spark.sql("SELECT * FROM gold.nothing").show()', "TABLE_OR_VIEW_NOT_FOUND"),
        ("1 / 0", "ZeroDivisionError"),
    ],
)
def test_what_fails_in_the_shell_is_said_in_few_words(lakehouse: Lakehouse, program: str, told: str) -> None:
    done = lakehouse.headwater("shell", "-c", program)
    assert done.returncode == 1
    assert told in done.stderr
    assert "JVM stacktrace" not in done.stderr
