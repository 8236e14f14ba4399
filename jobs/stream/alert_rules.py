"""The alert rules of contracts, at work: rows → alerts. An alert's id says its cause: the record's coordinates and the rule, or the
window, the group and the rule. So what is read or sent twice is known as the same alert."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import pyarrow as pa

from include.contracts import Contract
from include.contracts.conditions import Conditions
from include.contracts.model import AlertRule

CLOCK = pa.timestamp("us", tz="UTC")
MOST_CHARACTERS = 500  # of a subject or a value
SCHEMA = pa.schema(
    [
        ("alert_id", pa.string()),
        ("rule", pa.string()),
        ("description", pa.string()),
        ("severity", pa.string()),
        ("system", pa.string()),
        ("feed", pa.string()),
        ("subject", pa.string()),
        ("value", pa.string()),
        ("topic", pa.string()),
        ("partition", pa.int32()),
        ("offset", pa.int64()),
        ("event_time", CLOCK),
        ("window_start", CLOCK),
        ("window_end", CLOCK),
        ("raised_at", CLOCK),
        ("event_date", pa.date32()),
    ]
)

Alert = dict[str, Any]
_LAST = 253402300799_999999  # 9999-12-31T23:59:59.999999Z in microseconds since 1970


class RecordAlerts:
    """The rules about single records of one feed. One thread at a time."""

    def __init__(self, contract: Contract, schema: pa.Schema) -> None:
        """`schema` has the rows' fields."""
        self._contract, self._schema = contract, schema
        self._rules = [rule for rule in contract.alerts if rule.window is None]

    @cached_property
    def _conditions(self) -> Conditions:
        return Conditions(str(self._contract.path), self._schema, _expressions(self._rules))

    def of(self, rows: pa.Table, topic_id: str) -> list[Alert]:
        """Alerts of rows with the feed's fields and `_time`, `_offset`, `_partition`. Raises ContractError for a rule that cannot
        be run."""
        found: list[Alert] = []
        topic, key = self._contract.topic.name, self._contract.key_field
        for rule, place, value in _raised(self._conditions, self._rules, rows):
            partition, offset = rows["_partition"][place].as_py(), rows["_offset"][place].as_py()
            found.append(
                _alert(self._contract, rule, rows[key][place].as_py(), value)
                | {"alert_id": f"{topic}/{topic_id}/{partition}/{offset}/{rule.name}", "partition": partition, "offset": offset}
                | {"event_time": _moment(rows["_time"][place].as_py()), "window_start": None, "window_end": None}
            )
        return found


class WindowAlerts:
    """The rules about one live window table. One thread at a time."""

    def __init__(self, contracts: Iterable[Contract], name: str, keys: tuple[str, ...], schema: pa.Schema) -> None:
        """`schema` is the live table's."""
        self._name, self._keys, self._schema = name, keys, schema
        self._ruled = [(contract, rule) for contract in contracts for rule in contract.alerts if rule.window == name]

    @cached_property
    def _conditions(self) -> Conditions:
        where = ", ".join(str(contract.path) for contract, _ in self._ruled)
        return Conditions(where, self._schema, _expressions([rule for _, rule in self._ruled]))

    def __bool__(self) -> bool:
        return bool(self._ruled)

    def of(self, rows: pa.Table) -> list[Alert]:
        """Alerts of rows of the live table, one for each window and group that meets a rule. Raises ContractError for a rule that cannot
        be run."""
        found: list[Alert] = []
        owners = {rule.name: contract for contract, rule in self._ruled}
        for rule, place, value in _raised(self._conditions, [rule for _, rule in self._ruled], rows):
            newest, start = rows["_newest"][place].as_py(), rows["window_start"][place].as_py()
            subject = "/".join(str(rows[key][place].as_py()) for key in self._keys)
            found.append(
                _alert(owners[rule.name], rule, subject, value)
                | {"alert_id": f"live.{self._name}/{start:%Y-%m-%dT%H:%M:%SZ}/{_shown(subject)}/{rule.name}"}
                | {"partition": newest["_partition"], "offset": newest["_offset"], "event_time": _moment(newest["_time"])}
                | {"window_start": start, "window_end": _end(rows["window_end"][place])}
            )
        return found


def _expressions(rules: Iterable[AlertRule]) -> dict[str, str]:
    return {f"{rule.name}.{part}": text for rule in rules for part, text in (("condition", rule.condition), ("value", rule.value))}


def _raised(conditions: Conditions, rules: Iterable[AlertRule], rows: pa.Table) -> list[tuple[AlertRule, int, str | None]]:
    """Rule, place of the row, and value."""
    columns = conditions.of(rows)
    found = []
    for rule in rules:
        values = columns[f"{rule.name}.value"]
        held = columns[f"{rule.name}.condition"].to_pylist()
        found += [(rule, place, values[place].as_py()) for place, holds in enumerate(held) if holds]
    return [(rule, place, None if value is None else _shown(str(value))) for rule, place, value in found]


def _alert(contract: Contract, rule: AlertRule, subject: object, value: str | None) -> Alert:
    return {
        "rule": rule.name,
        "description": rule.description,
        "severity": rule.severity,
        "system": contract.system,
        "feed": contract.feed,
        "subject": _shown(str(subject)),
        "value": value,
        "topic": contract.topic.name,
        "raised_at": datetime.now(UTC),
    }


def _shown(text: str) -> str:
    """The text, or as much of it as an alert has room for and what tells it from others: a topic refuses what is too large."""
    if len(text) <= MOST_CHARACTERS:
        return text
    return f"{text[:MOST_CHARACTERS]}… {hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _end(window_end: pa.TimestampScalar) -> datetime | None:
    """None for the last window that there is: the year 10000 is no datetime."""
    return _moment(window_end.value) if window_end.value <= _LAST else None


def _moment(micros: int) -> datetime:
    seconds, rest = divmod(micros, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)
