"""A sound document as the Contract that the rest of Headwater sees."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from open_data_contract_standard.model import OpenDataContractStandard, SchemaObject, SchemaProperty, Server

from include.contracts.checks import SECONDS, UNLIMITED
from include.contracts.document import custom
from include.contracts.model import AlertRule, Contract, Field, Rule, Sla, TopicSettings
from include.contracts.record_checks import primary_key
from include.contracts.types import spark_type


def build(document: OpenDataContractStandard, file: Path) -> Contract:
    """Expects a document that breaks no rule."""
    record = document.schema_[0]
    own = custom(record.customProperties)
    return Contract(
        path=file,
        version=document.version,
        system=file.parent.name,
        topic=_topic(record, document.servers[0]),
        fields=tuple(_field(each) for each in record.properties),
        sla=_sla(document),
        key_field=own["messageKey"],
        rules=tuple(Rule(each.name, " ".join(each.implementation.split()), _text(each.description)) for each in record.quality or []),
        alerts=tuple(AlertRule(**{name: _text(text) for name, text in each.items()}) for each in own.get("alerts", [])),
        event_time_field=own["eventTime"],
        identity=tuple(own["identity"]) if "identity" in own else tuple(each.name for each in primary_key(record)),
        description=_text(document.description.purpose),
        bad_rows_limit_pct=float(own.get("badRowsLimitPct", Contract.bad_rows_limit_pct)),
    )


# What a topic has where its contract does not say otherwise. The broker refuses a record whose own time is before the year 1, counted back
# from now in milliseconds, or more than an hour ahead, which brokers before Kafka 4 took: Spark and Python have no time before that year
# or after 9999, and one acknowledged record would stop whoever reads it.
TOPIC_DEFAULTS = {"message.timestamp.before.max.ms": "63900000000000", "message.timestamp.after.max.ms": "3600000"}


def _topic(record: SchemaObject, server: Server) -> TopicSettings:
    own = custom(server.customProperties)
    config = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in own["topicConfig"].items()}
    return TopicSettings(record.physicalName, own["partitions"], own["replicationFactor"], TOPIC_DEFAULTS | config)


def _sla(document: OpenDataContractStandard) -> Sla:
    promises = {each.property: each for each in document.slaProperties}
    return Sla(
        latency_seconds=promises["latency"].value * SECONDS[promises["latency"].unit],
        freshness_seconds=promises["freshness"].value * SECONDS[promises["freshness"].unit],
        lag_records=promises["lag"].value,
        retention_days=None if promises["retention"].value == UNLIMITED else promises["retention"].value,
    )


def _field(field: SchemaProperty) -> Field:
    options = field.logicalTypeOptions or {}
    return Field(
        name=field.name,
        spark_type=spark_type(field),
        required=bool(field.required),
        description=_text(field.description),
        unit=custom(field.customProperties).get("unit", ""),
        minimum=_decimal(options.get("minimum")),
        maximum=_decimal(options.get("maximum")),
        exclusive_minimum=_decimal(options.get("exclusiveMinimum")),
        exclusive_maximum=_decimal(options.get("exclusiveMaximum")),
        min_length=options.get("minLength", options.get("minItems")),
        max_length=options.get("maxLength", options.get("maxItems")),
        valid_values=tuple(each.value for each in field.enum or []),
        accepts_integer=custom(field.customProperties).get("acceptsInteger", False),
        items=tuple(_field(each) for each in field.items.properties) if field.items else (),
    )


def _decimal(value: Any) -> Decimal | None:
    """The number as it is written in the file: 0.1, and not the nearest double."""
    return None if value is None else Decimal(str(value))


def _text(value: str | None) -> str:
    return " ".join((value or "").split())
