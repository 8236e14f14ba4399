"""The contracts of the repository: all of them sound, and about the feeds that Headwater carries."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from include.contracts import Contract, load_contracts
from include.contracts.arrow_types import row_schema
from include.contracts.conditions import Conditions

CONTRACTS = load_contracts()
EACH = pytest.mark.parametrize("contract", CONTRACTS.feeds.values(), ids=CONTRACTS.feeds.keys())

EXPECTED = {
    # feed: (system, topic, key, time, identity)
    "planet_discoveries": ("planets", "planet_discoveries", "Name", None, ("Name",)),
    "traffic_sensors": ("smart_city", "traffic-sensors", "sensor_id", "timestamp", ("sensor_id", "timestamp")),
    "public_transport": ("smart_city", "public-transport", "vehicle_id", "timestamp", ("vehicle_id", "timestamp")),
    "incidents": ("smart_city", "incidents", "incident_id", "timestamp", ("incident_id",)),
    "clicks": ("clickstream", "clicks", "user_id", "timestamp", ("key", "value", "date_trunc('SECOND', event_time)")),
    "views": ("clickstream", "views", "user_id", "timestamp", ("key", "value", "date_trunc('SECOND', event_time)")),
    "ratings": ("clickstream", "ratings", "user_id", "timestamp", ("key", "value", "date_trunc('SECOND', event_time)")),
    "crypto_prices": ("crypto", "crypto-prices", "crypto", "timestamp", ("crypto", "timestamp")),
    "commandes_json": ("commerce", "commandes-json", "customer_id", "timestamp", ("order_id",)),
    "logs_application": ("commerce", "logs-application", "request_id", "timestamp", ()),
    "metrics": ("commerce", "metrics", "server", "timestamp", ()),
}


def test_no_contract_is_broken() -> None:
    assert CONTRACTS.broken == ()


def test_the_feeds_have_their_topics_keys_times_and_identities() -> None:
    """Other feeds may come: a contract is all that they need."""
    contracts = [(feed, CONTRACTS[feed]) for feed in EXPECTED]
    found = {feed: (each.system, each.topic.name, each.key_field, each.event_time_field, each.identity) for feed, each in contracts}
    assert found == EXPECTED


@EACH
def test_the_feed_names_its_tables(contract: Contract) -> None:
    assert (contract.feed, contract.bronze) == (contract.topic.name.replace("-", "_"), f"bronze.{contract.feed}")


@EACH
def test_spark_reads_the_types_as_they_are_written(contract: Contract, spark: SparkSession) -> None:
    ddl = ", ".join(f"`{field.name}` {field.spark_type}" for field in contract.fields)

    assert spark.createDataFrame([], ddl).dtypes == [(field.name, field.spark_type) for field in contract.fields]


@EACH
def test_spark_takes_each_rule_as_a_condition(contract: Contract, spark: SparkSession) -> None:
    ddl = ", ".join(f"`{field.name}` {field.spark_type}" for field in contract.fields)
    rules = spark.createDataFrame([], ddl).selectExpr(*[f"{rule.expression} AS {rule.name}" for rule in contract.rules])

    assert rules.dtypes == [(rule.name, "boolean") for rule in contract.rules]


@EACH
def test_the_stream_can_run_each_rule_and_alert(contract: Contract) -> None:
    """Loading a contract does not ask DuckDB. Alerts over windows are held against the live tables in tests/jobs/stream."""
    schema, over_fields = row_schema(contract.fields), [rule for rule in contract.alerts if rule.window is None]
    asked = {rule.name: rule.expression for rule in contract.rules}
    asked |= {f"{part} of {rule.name}": getattr(rule, part) for rule in over_fields for part in ("condition", "value")}

    found = Conditions(str(contract.path), schema, asked).of(schema.empty_table())

    assert {name: len(values) for name, values in found.items()} == dict.fromkeys(asked, 0)


@EACH
def test_records_of_900_kilobytes_fit_into_the_topic(contract: Contract) -> None:
    assert int(contract.topic.config["max.message.bytes"]) >= 1024 * 1024


def test_planets_do_not_expire_by_the_time_of_their_discovery() -> None:
    assert CONTRACTS["planet_discoveries"].topic.config["retention.ms"] == "-1"
