"""The dashboard of each system on published gold: every query, put to a real PostgreSQL with the published tables, gives what is drawn."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from psycopg.rows import dict_row
from pyspark.sql import SparkSession

from include.catalog import GOLD, every_gold_table
from jobs.serving.publish import publish
from local.credentials import SERVING_DATABASE, SERVING_READER
from tests.folder_lake import FolderLake
from tests.jobs.bronze_rows import DAY
from tests.plugins.lakehouse.web.dashboards.gold_rows import put, schemas_of
from tests.s3 import S3
from tests.serving_database import Serving, serving_database

GRAFANA = Path(__file__).parents[2] / "docker/grafana"
BOARDS = {path.stem: json.loads(path.read_text()) for path in sorted((GRAFANA / "dashboards/systems").glob("*.json"))}
PANELS = {f"{system}: {panel['title']}": panel for system, board in BOARDS.items() for panel in board["panels"]}
RECORD = "_published_days"
# PostgreSQL's numbers of the types that a line or a bar can have, and of a time with its zone.
NUMBERS, TIME = {20, 21, 23, 700, 701, 1700}, 1184


def tables_of(system: str) -> set[str]:
    return {*GOLD[system], *(["model_runs"] if system == "planets" else [])}


def query_of(panel: dict[str, Any]) -> str:
    """As Grafana sends it, over a span around the published day."""
    (target,) = panel["targets"]
    span = f"BETWEEN '{DAY - timedelta(days=1)}T00:00:00Z' AND '{DAY + timedelta(days=1)}T00:00:00Z'"
    return re.sub(r"\$__timeFilter\((\w+)\)", rf"\1 {span}", target["rawSql"])


@pytest.fixture(scope="module")
def serving(spark: SparkSession, store: S3, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Every gold table, published with three rows of a day; of the city with the one that a day has."""
    lake, schemas = FolderLake.beside(store, tmp_path_factory.mktemp("lake")), schemas_of(spark)
    for name in every_gold_table():
        put(lake, schemas, f"gold.{name}", *[{}] * (1 if name == "city_daily" else 3))
    with serving_database(tmp_path_factory.mktemp("serving")) as serving:
        publish(lake, serving.settings, every_gold_table())
        yield serving


@pytest.mark.parametrize("panel", PANELS.values(), ids=list(PANELS))
def test_every_query_gives_what_its_panel_draws(serving: Serving, panel: dict[str, Any]) -> None:
    with psycopg.connect(serving.reader, row_factory=dict_row) as connection:
        answer = connection.execute(query_of(panel).encode())
        rows, types = answer.fetchall(), {column.name: column.type_code for column in answer.description or ()}
    assert rows
    assert all(value is not None for row in rows for name, value in row.items() if name != "newest day")  # gold.planets has no days
    if panel["type"] == "timeseries":
        assert panel["targets"][0]["format"] == "time_series"
        drawn = set(types) - {"time", "metric"}
        assert types["time"] == TIME
        assert drawn
        assert {types[name] for name in drawn} <= NUMBERS
    else:
        assert panel["targets"][0]["format"] == "table"
        named = {override["matcher"]["options"] for override in panel["fieldConfig"]["overrides"]}
        assert named <= set(types)
    if panel["type"] == "stat":
        assert (len(rows), len(types)) == (1, 1)


@pytest.mark.parametrize("system", BOARDS)
def test_dashboard_shows_every_gold_table_of_its_system_and_no_other(system: str) -> None:
    queries = [panel["targets"][0]["rawSql"] for panel in BOARDS[system]["panels"]]
    assert {name for query in queries for name in re.findall(r"\bgold\.(\w+)", query)} == tables_of(system) | {RECORD}
    (of_record,) = [query for query in queries if RECORD in query]
    assert set(re.findall(r"'(\w+)'", of_record)) == tables_of(system)


def test_every_system_has_a_dashboard_whose_queries_follow_the_span_that_is_chosen() -> None:
    assert set(BOARDS) == set(GOLD)
    for title, panel in PANELS.items():
        followed = panel["type"] != "timeseries" or "$__timeFilter(" in panel["targets"][0]["rawSql"]
        assert followed, title
        assert "$" not in query_of(panel), title


def test_grafana_reads_as_the_user_that_only_reads() -> None:
    (source,) = yaml.safe_load((GRAFANA / "provisioning/datasources/serving.yml").read_text())["datasources"]
    asked = {target["datasource"]["type"] for panel in PANELS.values() for target in panel["targets"]}
    assert {source["type"]} == asked
    assert (source["user"], source["jsonData"]["database"]) == (SERVING_READER, SERVING_DATABASE)
    assert source["secureJsonData"] == {"password": "${SERVING_READER_PASSWORD}"}
