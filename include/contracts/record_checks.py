"""House rules for the record as a whole: its key, its time, its identity and the conditions over its fields."""

from __future__ import annotations

from collections.abc import Iterator

from open_data_contract_standard.model import DataQuality, SchemaObject, SchemaProperty

from include.bronze import COLUMNS
from include.catalog import live_tables_of
from include.contracts.alert_checks import check_alerts
from include.contracts.document import custom, custom_path
from include.contracts.expressions import RULE_NAME, check_expression
from include.contracts.model import feed_of
from include.contracts.problems import Problem

ENGINE = "sparkSql"
_CUSTOM = {"messageKey", "eventTime", "identity", "alerts", "badRowsLimitPct"}


def check_record(path: str, record: SchemaObject) -> Iterator[Problem]:
    """Everything that is wrong with the record beyond its single fields."""
    fields = {field.name: field for field in record.properties or [] if field.name}
    own = custom(record.customProperties)
    for name in sorted(own.keys() - _CUSTOM):
        known = ", ".join(sorted(_CUSTOM))
        yield Problem(
            "not-enforced",
            custom_path(path, record.customProperties, name),
            "nobody reads this custom property",
            name,
            f"known here: {known}",
        )
    yield from _check_message_key(path, record, fields)
    yield from _check_event_time(path, record, fields)
    yield from _check_identity(path, record, fields)
    yield from _check_rules(f"{path}.quality", record.quality or [], fields)
    limit = own.get("badRowsLimitPct", 0)
    if isinstance(limit, bool) or not isinstance(limit, int | float) or not 0 <= limit <= 100:
        here = custom_path(path, record.customProperties, "badRowsLimitPct")
        fix = "a number of percent, 0 to 100 (0: none may be bad; 100: no limit)"
        yield Problem("bad-rows-limit", here, "the limit is no share of a day's rows", limit, fix)
    if "alerts" in own:
        windows = live_tables_of(feed_of(record.physicalName or ""))
        yield from check_alerts(custom_path(path, record.customProperties, "alerts"), own["alerts"], fields, windows)


def primary_key(record: SchemaObject) -> list[SchemaProperty]:
    """The fields of the primary key, in the order of their positions."""
    keys = [field for field in record.properties or [] if field.primaryKey]
    return sorted(keys, key=lambda field: field.primaryKeyPosition or 0)


def _check_message_key(path: str, record: SchemaObject, fields: dict[str, SchemaProperty]) -> Iterator[Problem]:
    name = custom(record.customProperties).get("messageKey")
    here = custom_path(path, record.customProperties, "messageKey")
    yield from _check_reference("message-key", here, name, fields, "the message's key is a field's value")


def _check_event_time(path: str, record: SchemaObject, fields: dict[str, SchemaProperty]) -> Iterator[Problem]:
    own = custom(record.customProperties)
    here = custom_path(path, record.customProperties, "eventTime")
    if "eventTime" not in own:
        yield Problem(
            "event-time",
            here,
            "the contract does not say when an event happened",
            fix="eventTime: a field, or null for the Kafka record's timestamp",
        )
    elif own["eventTime"] is not None:
        name = own["eventTime"]
        yield from _check_reference("event-time", here, name, fields, "event_time is read from a field")
        if name in fields and fields[name].logicalType != "timestamp":
            yield Problem("event-time", here, "the field is no timestamp", name, "name a field with logicalType: timestamp")


def _check_reference(rule: str, path: str, name: object, fields: dict[str, SchemaProperty], what: str) -> Iterator[Problem]:
    """The name is that of a field, and the field is required."""
    if not isinstance(name, str) or name not in fields:
        yield Problem(rule, path, f"{what}, and there is no such field", name, f"known fields: {', '.join(fields)}")
    elif not fields[name].required:
        yield Problem(rule, path, f"{what}, and that field may be missing", name, f"required: true for {name}")


def _check_identity(path: str, record: SchemaObject, fields: dict[str, SchemaProperty]) -> Iterator[Problem]:
    keys = primary_key(record)
    own = custom(record.customProperties)
    here = custom_path(path, record.customProperties, "identity")
    if bool(keys) == ("identity" in own):
        what = "the identity is said twice" if keys else "the contract does not say which records are states of one thing"
        fix = "primaryKey and primaryKeyPosition at the fields, or the custom property `identity`, [] where every record counts"
        yield Problem("identity", here, what, fix=fix)
        return
    positions = [field.primaryKeyPosition for field in keys]
    if keys and positions != list(range(1, len(keys) + 1)):
        yield Problem(
            "identity", f"{path}.properties", "primaryKeyPosition counts 1, 2, … over the fields of the key", positions, "number them"
        )
    for field in keys:
        if not field.required:
            yield Problem("identity", f"{path}.properties", "a field of the identity may be missing", field.name, "required: true")
    if keys:
        return
    expressions = own["identity"]
    if not isinstance(expressions, list) or not all(isinstance(each, str) for each in expressions):
        yield Problem("identity", here, "the identity is a list of Spark SQL expressions", expressions, 'as in ["order_id"]')
        return
    # Beside the fields an identity may name bronze's columns. A field of the same name wins.
    for index, expression in enumerate(expressions):
        yield from check_expression("identity", f"{here}[{index}]", expression, {*fields, *COLUMNS})


def _check_rules(path: str, rules: list[DataQuality], fields: dict[str, SchemaProperty]) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, rule in enumerate(rules):
        here = f"{path}[{index}]"
        if rule.type != "custom" or rule.engine != ENGINE:
            yield Problem(
                "rule",
                f"{here}.engine",
                "only Spark SQL conditions are enforced",
                (rule.type, rule.engine),
                f"type: custom, engine: {ENGINE}",
            )
            continue
        if not RULE_NAME.fullmatch(rule.name or ""):
            yield Problem("rule", f"{here}.name", "a rule's name is its reason in quarantine", rule.name, "lower case, digits and _")
        if (rule.name or "") in seen:
            yield Problem("rule", f"{here}.name", "two rules have this name", rule.name, "rename one")
        seen.add(rule.name or "")
        if not (rule.description or "").strip():
            yield Problem("description", f"{here}.description", f"the rule {rule.name} has no description", fix="say what it demands")
        yield from check_expression("rule", f"{here}.implementation", rule.implementation, set(fields))
