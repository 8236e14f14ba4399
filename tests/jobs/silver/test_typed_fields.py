"""Silver tables that hold their contract's fields as they are: one row a record in its last state, and the same columns as ever."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from include.catalog import TRANSFORMED, silver_tables
from include.contracts import Contract
from jobs.common.columns import ORIGIN
from jobs.common.validate import judge, sides
from jobs.silver.typed_fields import typed_fields
from tests.jobs import silver_rows
from tests.jobs.bronze_rows import NOON, bronze_row, bronze_rows, in_bronze
from tests.jobs.commerce import log
from tests.jobs.examples import CONTRACTS, current, example
from tests.jobs.rows import rows

# What readers, gold among them, rely on.
TABLES = {
    "planet_discoveries": silver_rows.PLANETS,
    "traffic_readings": silver_rows.TRAFFIC,
    "transport_reports": silver_rows.TRANSPORT,
    "incidents": silver_rows.INCIDENTS,
    "clicks": silver_rows.CLICKS,
    "views": silver_rows.VIEWS,
    "ratings": silver_rows.RATINGS,
    "crypto_prices": silver_rows.PRICES,
    "application_logs": silver_rows.LOGS,
    "server_metrics": silver_rows.METRICS,
}
PLAIN = [contract for contract in CONTRACTS.feeds.values() if contract.feed not in TRANSFORMED]


def table(spark: SparkSession, feed: str, *records: Any) -> DataFrame:
    return typed_fields(current(spark, feed, *records), CONTRACTS[feed])


@pytest.mark.parametrize("contract", PLAIN, ids=lambda contract: contract.feed)
def test_table_has_the_contract_s_fields_and_types_and_where_a_row_comes_from(contract: Contract, spark: SparkSession) -> None:
    found = table(spark, contract.feed, example(contract.feed))
    own = [(field.name, field.spark_type) for field in contract.fields if field.name != contract.event_time_field]
    assert found.dtypes[: len(own)] == own
    assert found.columns[len(own) :] == list(ORIGIN)


@pytest.mark.parametrize("name", TABLES)
def test_known_table_is_as_its_readers_know_it(name: str, spark: SparkSession) -> None:
    (contract,) = (contract for contract in PLAIN if silver_tables(contract.feed) == (name,))
    assert table(spark, contract.feed, example(contract.feed)).dtypes == spark.createDataFrame([], TABLES[name]).dtypes


def test_record_without_identity_is_a_row_each_time_and_what_is_not_given_is_null(spark: SparkSession) -> None:
    found = table(spark, "logs_application", log(), log(), log(user_id=5, duration_ms=3))
    assert rows(found, "level", "request_id", "user_id", "duration_ms") == [
        ("INFO", "R1", None, None),
        ("INFO", "R1", None, None),
        ("INFO", "R1", "5", 3.0),
    ]


def test_same_bytes_under_one_key_are_one_event(spark: SparkSession) -> None:
    """Delivered again an hour later too: the event's own second counts, not that of the delivery."""
    click, other = example("clicks"), example("clicks", click_duration=1.9)
    records = [
        bronze_row(click, 0),
        bronze_row(click, 1, timestamp=NOON + timedelta(hours=1)),
        bronze_row(click, 2, key=b"another user"),
        bronze_row(other, 3),
    ]
    clicks = CONTRACTS["clicks"]
    found = typed_fields(sides(judge(in_bronze(spark, records), clicks), clicks).current, clicks)
    assert rows(found, "user_id", "item_id", "click_duration", "_offset") == [(417, 73, 1.8, 1), (417, 73, 1.8, 2), (417, 73, 1.9, 3)]


def test_last_state_of_one_identity_wins_as_a_whole(spark: SparkSession) -> None:
    again, other = {"Name": "Kepler-442b", "Gravity": 1}, {"Name": "Vulcan"}
    found = table(spark, "planet_discoveries", example("planet_discoveries"), again, other)
    assert rows(found, "Name", "Gravity", "Minerals", "event_time", "_offset") == [
        ("Kepler-442b", 1.0, None, NOON, 1),
        ("Vulcan", None, None, NOON, 2),
    ]


def test_identity_of_two_fields_tells_states_of_one_from_states_of_another(spark: SparkSession) -> None:
    ticks = [example("crypto_prices"), example("crypto_prices", price_usd=0.1), example("crypto_prices", crypto="cardano")]
    assert rows(table(spark, "crypto_prices", *ticks), "crypto", "price_usd", "_offset") == [
        ("bitcoin", Decimal("0.1"), 1),
        ("cardano", Decimal("64231.18"), 2),
    ]


def test_bad_reading_is_kept_beside_the_good_ones(spark: SparkSession) -> None:
    readings = [example("traffic_sensors"), example("traffic_sensors", sensor_id="S2", data_quality="bad")]
    assert rows(table(spark, "traffic_sensors", *readings), "sensor_id", "data_quality") == [("S2", "bad"), ("sensor-017", "good")]


def test_array_of_objects_stays_one(spark: SparkSession) -> None:
    orders = CONTRACTS["commandes_json"]
    bronze = in_bronze(spark, bronze_rows([example("commandes_json")]))
    found = typed_fields(sides(judge(bronze, orders), orders).current, orders)
    assert dict(found.dtypes)["items"] == next(field.spark_type for field in orders.fields if field.name == "items")
