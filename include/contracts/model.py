"""What the rest of Headwater sees of a contract: plain values, no YAML and no Pydantic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path


@dataclass(frozen=True)
class Field:
    """One field of a record. Bounds are inclusive unless they say exclusive; lengths are in characters."""

    name: str
    spark_type: str  # as in DDL: string, int, bigint, double, decimal(18,4), timestamp, array<struct<...>>
    required: bool = False
    description: str = ""
    unit: str = ""  # "" for text and times
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    exclusive_minimum: Decimal | None = None
    exclusive_maximum: Decimal | None = None
    min_length: int | None = None  # characters of a string, or items of an array
    max_length: int | None = None
    valid_values: tuple[str, ...] = ()
    accepts_integer: bool = False  # a text identifier that some sources send as a JSON integer: taken as its digits
    items: tuple[Field, ...] = ()  # the fields of each element, for an array of objects


@dataclass(frozen=True)
class Rule:
    """A condition over a whole record: a Spark SQL boolean expression over the contract's fields. Null counts as broken."""

    name: str
    expression: str
    description: str = ""


@dataclass(frozen=True)
class AlertRule:
    """When somebody should look: a Spark SQL condition over a record's fields or, with `window`, over the columns of that live window
    table; null does not alert. `value` is the expression of the figure that is told."""

    name: str
    description: str
    severity: str  # warning or critical
    condition: str
    value: str
    window: str | None = None


@dataclass(frozen=True)
class Sla:
    """What readers may rely on; seconds and records."""

    latency_seconds: float  # Kafka record to committed bronze row
    freshness_seconds: float  # age of the newest event while records arrive
    lag_records: int  # more than this many unread records is late
    retention_days: int | None = None  # bronze keeps a day this long after it is over; None: for ever


@dataclass(frozen=True)
class TopicSettings:
    """The Kafka topic that a feed arrives on. `config` holds topic-level settings by their Kafka names."""

    name: str
    partitions: int
    replication_factor: int
    config: Mapping[str, str] = field(default_factory=dict)


def feed_of(topic: str) -> str:
    """The name of the feed whose topic has this name."""
    return topic.replace("-", "_")


@dataclass(frozen=True)
class Contract:
    """One feed: its topic, its fields, its rules and its promises."""

    path: Path
    version: str
    system: str  # planets, smart_city, clickstream, crypto, commerce
    topic: TopicSettings
    fields: tuple[Field, ...]
    sla: Sla
    key_field: str  # the field whose value is the record's key
    rules: tuple[Rule, ...] = ()
    alerts: tuple[AlertRule, ...] = ()
    event_time_field: str | None = None  # None: the Kafka record's timestamp
    # Spark SQL expressions over the fields and bronze's columns (a field wins over a column of its name): rows of one
    # day that agree on all are states of one thing. Empty: every row counts.
    identity: tuple[str, ...] = ()
    description: str = ""
    # More of a day's bronze rows than that in quarantine and dead letters together, in percent, and gold of the day is not built.
    bad_rows_limit_pct: float = 20.0

    @property
    def feed(self) -> str:
        """The name of the feed's tables: the topic's, with `_` for `-`."""
        return feed_of(self.topic.name)

    @property
    def bronze(self) -> str:
        return f"bronze.{self.feed}"
