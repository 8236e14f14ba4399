"""Every rule of the house, broken once: one error, which names the file and the path inside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from include.contracts import load_contracts
from tests.include.contracts.sound import CONFIG, FIELDS, GONE, TOPIC_CONFIG, edited, load, write

BROKEN = {
    "standard": ("apiVersion", {"apiVersion": "v2.2.2"}),
    "version": ("version", {"version": "1.0"}),
    "status": ("status", {"status": "retired"}),
    "system": ("domain", {"domain": "elsewhere"}),
    "no purpose": ("description.purpose", {"description.purpose": " "}),
    "two servers": ("servers", {"servers": []}),
    "an address": ("servers[0].host", {"servers[0].host": "kafka:9092"}),
    "not json": ("servers[0].format", {"servers[0].format": "avro"}),
    "no partitions": ("servers[0].customProperties", {"servers[0].customProperties[0]": {"property": "replicationFactor", "value": 1}}),
    "partitions": ("servers[0].customProperties[0].value", {"servers[0].customProperties[0].value": 0}),
    "replicas": ("servers[0].customProperties[1].value", {"servers[0].customProperties[1].value": True}),
    "a server property nobody reads": (
        "servers[0].customProperties[3].value",
        {
            "servers[0].customProperties": [
                {"property": "partitions", "value": 2},
                {"property": "replicationFactor", "value": 1},
                {"property": "topicConfig", "value": TOPIC_CONFIG},
                {"property": "partition", "value": 2},
            ]
        },
    ),
    "no topic config": (CONFIG, {CONFIG: "retention.ms=1"}),
    "no retention": (CONFIG, {CONFIG: {"max.message.bytes": 2097152, "min.insync.replicas": 1}}),
    "small messages": (f"{CONFIG}.max.message.bytes", {CONFIG: TOPIC_CONFIG | {"max.message.bytes": 1048575}}),
    "words for numbers": (f"{CONFIG}.retention.ms", {CONFIG: TOPIC_CONFIG | {"retention.ms": "seven days"}}),
    "too many replicas in sync": (f"{CONFIG}.min.insync.replicas", {CONFIG: TOPIC_CONFIG | {"min.insync.replicas": 2}}),
    "no latency": ("slaProperties", {"slaProperties[0]": GONE}),
    "no latency value": ("slaProperties[0].value", {"slaProperties[0].value": 0}),
    "latency unit": ("slaProperties[0].unit", {"slaProperties[0].unit": "fortnights"}),
    "lag in seconds": ("slaProperties[2].unit", {"slaProperties[2].unit": "s"}),
    "half a record": ("slaProperties[2].value", {"slaProperties[2].value": 0.5}),
    "bronze for no day": ("slaProperties[3].value", {"slaProperties[3].value": 0}),
    "bronze for half a day": ("slaProperties[3].value", {"slaProperties[3].value": 0.5}),
    "no record": ("schema", {"schema": []}),
    "no fields": (FIELDS, {FIELDS: []}),
    "no topic type": ("schema[0].physicalType", {"schema[0].physicalType": "table"}),
    "no topic": ("schema[0].physicalName", {"schema[0].physicalName": GONE}),
    "topic of another file": ("schema[0].physicalName", {"schema[0].physicalName": "cash-sales", "schema[0].name": "cash_sales"}),
    "record of another name": ("schema[0].name", {"schema[0].name": "sales"}),
    "field name": (f"{FIELDS}[3].name", {f"{FIELDS}[3].name": "_card", "schema[0].quality": []}),
    "pipeline's name": (f"{FIELDS}[3].name", {f"{FIELDS}[3].name": "Event_Time", "schema[0].quality": []}),
    "same name twice": (f"{FIELDS}[4].name", {f"{FIELDS}[4].name": "CARD"}),
    "no description": (f"{FIELDS}[0].description", {f"{FIELDS}[0].description": GONE}),
    "required unsaid": (f"{FIELDS}[3].required", {f"{FIELDS}[3].required": GONE}),
    "a property nobody reads": (f"{FIELDS}[3].customProperties", {f"{FIELDS}[3].customProperties": [{"property": "uint", "value": "x"}]}),
    "a number that accepts numbers": (
        f"{FIELDS}[2].customProperties",
        {f"{FIELDS}[2].customProperties": [{"property": "unit", "value": "EUR"}, {"property": "acceptsInteger", "value": True}]},
    ),
    "no unit": (f"{FIELDS}[2].customProperties", {f"{FIELDS}[2].customProperties": []}),
    "money as a float": (f"{FIELDS}[2].physicalType", {f"{FIELDS}[2].physicalType": "double"}),
    "time zone": (f"{FIELDS}[1].logicalTypeOptions.defaultTimezone", {f"{FIELDS}[1].logicalTypeOptions.defaultTimezone": "Europe/Paris"}),
    "unknown type": (f"{FIELDS}[2].physicalType", {f"{FIELDS}[2].physicalType": "decimal(39,4)"}),
    "type that does not fit": (f"{FIELDS}[0].physicalType", {f"{FIELDS}[0].physicalType": "bigint"}),
    "no width": (f"{FIELDS}[4].items.properties[0].logicalType", {f"{FIELDS}[4].items.properties[0].physicalType": GONE}),
    "type not mapped": (
        f"{FIELDS}[3].logicalType",
        {f"{FIELDS}[3].logicalType": "date", f"{FIELDS}[3].enum": GONE, "schema[0].quality": []},
    ),
    "array of texts": (f"{FIELDS}[4].logicalType", {f"{FIELDS}[4].items": {"logicalType": "string"}}),
    "pattern": (f"{FIELDS}[0].logicalTypeOptions.pattern", {f"{FIELDS}[0].logicalTypeOptions.pattern": "[a-z]+"}),
    "rule at a field": (f"{FIELDS}[0].quality", {f"{FIELDS}[0].quality": [{"type": "text", "description": "Nice."}]}),
    "unique": (f"{FIELDS}[0].unique", {f"{FIELDS}[0].unique": True}),
    "no bounds": (f"{FIELDS}[2].logicalTypeOptions", {f"{FIELDS}[2].logicalTypeOptions": {}}),
    "bounded and unbounded": (
        f"{FIELDS}[2].customProperties",
        {f"{FIELDS}[2].customProperties": [{"property": "unit", "value": "EUR"}, {"property": "unbounded", "value": "because"}]},
    ),
    "minimum above maximum": (f"{FIELDS}[2].logicalTypeOptions.minimum", {f"{FIELDS}[2].logicalTypeOptions": {"minimum": 2, "maximum": 1}}),
    "nothing between": (
        f"{FIELDS}[2].logicalTypeOptions.minimum",
        {f"{FIELDS}[2].logicalTypeOptions": {"minimum": 1, "exclusiveMaximum": 1}},
    ),
    "two minima": (
        f"{FIELDS}[2].logicalTypeOptions.exclusiveMinimum",
        {f"{FIELDS}[2].logicalTypeOptions": {"minimum": 1, "exclusiveMinimum": 1}},
    ),
    "lengths": (f"{FIELDS}[0].logicalTypeOptions.minLength", {f"{FIELDS}[0].logicalTypeOptions": {"minLength": 2, "maxLength": 1}}),
    "items": (f"{FIELDS}[4].logicalTypeOptions.minItems", {f"{FIELDS}[4].logicalTypeOptions": {"minItems": 2, "maxItems": 1}}),
    "values of a number": (f"{FIELDS}[2].enum", {f"{FIELDS}[2].enum": [{"value": "1"}]}),
    "value that is no text": (f"{FIELDS}[3].enum[0].value", {f"{FIELDS}[3].enum": [{"value": 1}]}),
    "value twice": (f"{FIELDS}[3].enum[1].value", {f"{FIELDS}[3].enum[1]": {"value": "debit", "label": "Debit"}}),
    "element's field": (
        f"{FIELDS}[4].items.properties[0].logicalTypeOptions.minimum",
        {f"{FIELDS}[4].items.properties[0].logicalTypeOptions.maximum": 0},
    ),
    "key of no field": ("schema[0].customProperties[0].value", {"schema[0].customProperties[0].value": "sale"}),
    "key that may be missing": ("schema[0].customProperties[0].value", {"schema[0].customProperties[0].value": "card"}),
    "no time": ("schema[0].customProperties", {"schema[0].customProperties[1]": GONE}),
    "time of no field": ("schema[0].customProperties[1].value", {"schema[0].customProperties[1].value": "paid_at"}),
    "time that is none": ("schema[0].customProperties[1].value", {"schema[0].customProperties[1].value": "price"}),
    "time that may be missing": ("schema[0].customProperties[1].value", {f"{FIELDS}[1].required": False}),
    "a record property nobody reads": (
        "schema[0].customProperties[2].value",
        {
            "schema[0].customProperties": [
                {"property": "messageKey", "value": "sale_id"},
                {"property": "eventTime", "value": "sold_at"},
                {"property": "eventTimes", "value": "sold_at"},
            ]
        },
    ),
    "more than a whole day": (
        "schema[0].customProperties[2].value",
        {
            "schema[0].customProperties": [
                {"property": "messageKey", "value": "sale_id"},
                {"property": "eventTime", "value": "sold_at"},
                {"property": "badRowsLimitPct", "value": 120},
            ]
        },
    ),
    "no identity": ("schema[0].customProperties", {f"{FIELDS}[0].primaryKey": False}),
    "key's positions": (FIELDS, {f"{FIELDS}[0].primaryKeyPosition": 2}),
    "key's field may be missing": (FIELDS, {f"{FIELDS}[0].required": False, "schema[0].customProperties[0].value": "price"}),
    "rule that is text": ("schema[0].quality[0].engine", {"schema[0].quality[0]": {"type": "text", "description": "Be good."}}),
    "rule of another engine": ("schema[0].quality[0].engine", {"schema[0].quality[0].engine": "soda"}),
    "rule without a name": ("schema[0].quality[0].name", {"schema[0].quality[0].name": "Cheap Debit"}),
    "rule without a description": ("schema[0].quality[0].description", {"schema[0].quality[0].description": ""}),
    "empty rule": ("schema[0].quality[0].implementation", {"schema[0].quality[0].implementation": " "}),
    "rule that does not parse": ("schema[0].quality[0].implementation", {"schema[0].quality[0].implementation": "price <="}),
    "rule of two statements": ("schema[0].quality[0].implementation", {"schema[0].quality[0].implementation": "price > 1; price > 2"}),
    "rule that is a query": ("schema[0].quality[0].implementation", {"schema[0].quality[0].implementation": "SELECT true"}),
    "rule over no field": ("schema[0].quality[0].implementation", {"schema[0].quality[0].implementation": "prize > 0"}),
    "unknown key": (FIELDS + "[0]", {f"{FIELDS}[0].requierd": True}),
    "unknown key at the top": ("", {"topic": "card-sales"}),
    "bound that is no number": (f"{FIELDS}[2].logicalTypeOptions.minimum", {f"{FIELDS}[2].logicalTypeOptions.minimum": "none"}),
    "no id": ("", {"id": GONE}),
}


@pytest.mark.parametrize(("path", "changes"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_rule_is_one_error_that_names_file_and_path(path: str, changes: dict[str, Any], tmp_path: Path) -> None:
    contracts = load(tmp_path, edited(**changes))

    assert [(error.file, error.path) for error in contracts.broken] == [(str(tmp_path / "shop/card_sales.odcs.yaml"), path)]
    assert not contracts.feeds


@pytest.mark.parametrize("window", ["server_load_1", "log_levels_1m", ""], ids=["mistyped", "of another feed", "empty"])
def test_window_of_an_alert_is_a_live_table_that_the_feed_fills(window: str, tmp_path: Path) -> None:
    """Of any other nobody would ever ask whether the rule holds."""
    text = load_contracts()["metrics"].path.read_text(encoding="utf-8")
    write(tmp_path, text.replace("window: server_load_1m", f"window: {window}"), "commerce/metrics.odcs.yaml")

    (error,) = load_contracts(tmp_path).broken

    assert (error.path, error.fix) == ("schema[0].customProperties[3].value[0].window", "one of server_load_1m")


def test_alert_of_a_feed_without_a_live_table_can_have_no_window(tmp_path: Path) -> None:
    rule = dict.fromkeys(("description", "condition", "value"), "price") | {"name": "dear", "severity": "warning", "window": "traffic_5m"}
    own = [{"property": "messageKey", "value": "sale_id"}, {"property": "eventTime", "value": "sold_at"}]

    (error,) = load(tmp_path, edited(**{"schema[0].customProperties": [*own, {"property": "alerts", "value": [rule]}]})).broken

    assert error.path == "schema[0].customProperties[2].value[0].window"
    assert "fills no live table" in error.fix
