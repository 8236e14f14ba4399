"""docs/adding-a-feed.md without any service: its contract is sound, and its transform computes what it says of what silver makes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from include.catalog import silver_tables
from include.contracts import Contract, load_contracts
from jobs.common.validate import judge, sides
from jobs.silver.typed_fields import typed_fields
from tests.jobs.bronze_rows import DAY, bronze_rows, in_bronze
from tests.jobs.rows import rows
from tests.pages import add_weather, blocks


@pytest.fixture
def weather(tmp_path: Path) -> Contract:
    add_weather(tmp_path)
    contracts = load_contracts(tmp_path)
    assert contracts.broken == ()
    return contracts["weather"]


def measured(**fields: object) -> dict[str, object]:
    record = {"station_id": "S1", "zone": "north", "timestamp": "2026-11-20T12:00:00Z", "temperature_c": 4.0, "wind_kmh": 10}
    return record | fields


def transform() -> Callable[[DataFrame], DataFrame]:
    (program,) = blocks("adding-a-feed.md", "python")
    names: dict[str, Callable[[DataFrame], DataFrame]] = {}
    exec(program, names)
    return names["weather_daily"]


def test_the_transform_of_the_page_has_the_day_of_each_zone(weather: Contract, spark: SparkSession) -> None:
    records = [measured(), measured(station_id="S2", temperature_c=8, wind_kmh=30), measured(station_id="S3", zone="south")]
    current = sides(judge(in_bronze(spark, bronze_rows(records)), weather), weather).current
    found = transform()(typed_fields(current, weather))
    columns = ("zone", "event_date", "min_temperature_c", "avg_temperature_c", "max_temperature_c", "max_wind_kmh")
    assert rows(found, *columns) == [("north", DAY, 4.0, 6.0, 8.0, 30.0), ("south", DAY, 4.0, 4.0, 4.0, 10.0)]
    assert (silver_tables("weather"), DAY) == (("weather",), date(2026, 11, 20))
