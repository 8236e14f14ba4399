"""A day from bronze to gold, as OpenLineage is told of it: each version and each count is that of the tables' own logs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from include.catalog import gold_tables
from include.days import day_accounts
from include.delta_log import rows_by_day, version
from include.lineage import build
from include.lineage.telling import Teller
from include.settings import LakeSettings
from jobs.gold.run import build_gold
from jobs.silver.run import build_silver
from tests.jobs.bronze_rows import DAY, append, bronze_rows
from tests.jobs.commerce import METRICS, sample

pytestmark = pytest.mark.batch


def told(dataset: dict[str, Any], kind: str) -> tuple[str, int | None, int]:
    """Address, version and rows, by what the event says."""
    address = ".".join(dataset["name"].split("/")[-2:])
    at = dataset["facets"]["version"]["datasetVersion"]
    return address, int(at), dataset[f"{kind}Facets"][f"{kind}Statistics"]["rowCount"]


def test_what_is_told_of_a_day_is_what_was_read_and_written(
    spark: SparkSession, lake: LakeSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    to = Teller({"HEADWATER_LOG_DIR": str(tmp_path / "logs")})
    monkeypatch.setattr(build, "teller", lambda: to)
    append(lake, METRICS, bronze_rows([sample(), sample(server="db-1"), b"x"]))
    build_silver(spark, "commerce", DAY, "run", lake=lake, contracts=[METRICS])
    append(lake, METRICS, bronze_rows([sample(server="late")]))  # of the next build
    build_gold(spark, "commerce", DAY, "run", lake=lake, contracts=[METRICS])

    (file,) = (tmp_path / "logs" / "lineage").iterdir()
    ends = [event for event in map(json.loads, file.read_text().splitlines()) if event["eventType"] != "START"]
    by_job = {event["job"]["name"]: event for event in ends}
    assert by_job.keys() == {"silver.metrics", *(f"gold.{name}" for name in gold_tables("commerce", ["metrics"]))}
    assert {event["eventType"] for event in ends} == {"COMPLETE"}
    (account,) = day_accounts(lake, ["metrics"])
    (bronze,) = by_job["silver.metrics"]["inputs"]
    assert told(bronze, "input") == ("bronze.metrics", account.bronze_version, account.bronze_rows) == ("bronze.metrics", 0, 3)
    for event in ends:
        for dataset in event["outputs"]:
            address, at, rows = told(dataset, "output")
            assert (at, rows) == (version(lake, address), rows_by_day(lake, address, at).get(DAY, 0)), address
    written = {address: rows for address, _, rows in (told(each, "output") for each in by_job["silver.metrics"]["outputs"])}
    assert written == {"silver.server_metrics": 2, "superseded.metrics": 0, "quarantine.metrics": 0, "dead_letters.metrics": 1}
    for name in gold_tables("commerce", ["metrics"]):
        (silver,) = by_job[f"gold.{name}"]["inputs"]
        assert told(silver, "input") == ("silver.server_metrics", version(lake, "silver.server_metrics"), 2)
    assert to.failures == 0
