"""The alert rules of contracts, at work: rows → alerts. An alert's id says its cause: the record's coordinates and the rule, or the
window, the group and the rule, with its feed where several feeds fill the table. So what is read or sent twice is known as the same alert.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import pyarrow as pa

from include.contracts import Contract
from include.contracts.conditions import Conditions
from include.contracts.model import AlertRule
from include.errors import ContractError

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


class _Rules:
    """Rules of one contract about rows of one kind."""

    def __init__(self, contract: Contract, rules: Iterable[AlertRule], schema: pa.Schema) -> None:
        self._rules, self._schema, self._where = list(rules), schema, str(contract.path)

    def __bool__(self) -> bool:
        return bool(self._rules)

    @cached_property
    def _conditions(self) -> Conditions:
        parts = {
            f"{rule.name}.{part}": text for rule in self._rules for part, text in (("condition", rule.condition), ("value", rule.value))
        }
        return Conditions(self._where, self._schema, parts)

    def check(self) -> None:
        """Raises ContractError for a rule that cannot be run."""
        _ = self._conditions

    def raised(self, rows: pa.Table) -> list[tuple[AlertRule, int, str | None]]:
        """Rule, place of the row, and value. Raises ContractError for a rule that cannot be run."""
        columns = self._conditions.of(rows)
        found = []
        for rule in self._rules:
            values = columns[f"{rule.name}.value"]
            held = columns[f"{rule.name}.condition"].to_pylist()
            found += [(rule, place, values[place].as_py()) for place, holds in enumerate(held) if holds]
        return [(rule, place, None if value is None else _shown(str(value))) for rule, place, value in found]


class RecordAlerts:
    """The rules about single records of one feed. One thread at a time."""

    def __init__(self, contract: Contract, schema: pa.Schema) -> None:
        """`schema` has the rows' fields."""
        self._contract = contract
        self._rules = _Rules(contract, [rule for rule in contract.alerts if rule.window is None], schema)

    def of(self, rows: pa.Table, topic_id: str) -> list[Alert]:
        """Alerts of rows with the feed's fields and `_time`, `_offset`, `_partition`. Raises ContractError for a rule that cannot
        be run."""
        found: list[Alert] = []
        topic, key = self._contract.topic.name, self._contract.key_field
        for rule, place, value in self._rules.raised(rows):
            partition, offset = rows["_partition"][place].as_py(), rows["_offset"][place].as_py()
            found.append(
                _alert(self._contract, rule, rows[key][place].as_py(), value)
                | {"alert_id": f"{topic}/{topic_id}/{partition}/{offset}/{rule.name}", "partition": partition, "offset": offset}
                | {"event_time": _moment(rows["_time"][place].as_py()), "window_start": None, "window_end": None}
            )
        return found


class WindowAlerts:
    """The rules about one live window table, of the contracts of the feeds that fill it: each has names of its own. One thread at a
    time."""

    def __init__(self, contracts: Sequence[Contract], name: str, keys: tuple[str, ...], schema: pa.Schema) -> None:
        """`schema` is the live table's. A feed whose rules cannot be run is left out: its alerts alone are not raised."""
        self._name, self._keys = name, keys
        self._several = len(contracts) > 1
        self._ruled: list[tuple[Contract, _Rules]] = []
        self.refused: dict[str, ContractError] = {}  # feed → why it is left out
        for contract in contracts:
            rules = _Rules(contract, [rule for rule in contract.alerts if rule.window == name], schema)
            try:
                rules.check()
            except ContractError as error:
                self.refused[contract.feed] = error
                continue
            if rules:
                self._ruled.append((contract, rules))

    def __bool__(self) -> bool:
        return bool(self._ruled)

    def of(self, rows: pa.Table) -> list[Alert]:
        """Alerts of rows of the live table, one for each window and group that meets a rule."""
        found: list[Alert] = []
        for contract, rule, place, value in [(contract, *each) for contract, rules in self._ruled for each in rules.raised(rows)]:
            newest, start = rows["_newest"][place].as_py(), rows["window_start"][place].as_py()
            subject = "/".join(str(rows[key][place].as_py()) for key in self._keys)
            # Of a table that one feed fills the rule's name says enough.
            named = f"{contract.feed}/{rule.name}" if self._several else rule.name
            found.append(
                _alert(contract, rule, subject, value)
                | {"alert_id": f"live.{self._name}/{start:%Y-%m-%dT%H:%M:%SZ}/{_shown(subject)}/{named}"}
                | {"partition": newest["_partition"], "offset": newest["_offset"], "event_time": _moment(newest["_time"])}
                | {"window_start": start, "window_end": _end(rows["window_end"][place])}
            )
        return found


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
