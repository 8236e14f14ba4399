"""House rules for the alerts of a contract."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from include.contracts.expressions import RULE_NAME, check_expression
from include.contracts.problems import Problem

SEVERITIES = ("warning", "critical")
_REQUIRED = ("name", "description", "severity", "condition", "value")
_KNOWN = (*_REQUIRED, "window")


def check_alerts(path: str, alerts: object, fields: Collection[str], windows: Collection[str]) -> Iterator[Problem]:
    """Everything that is wrong with the list. `windows`: the live tables that the feed fills. Their columns are known to the stream alone,
    which refuses others."""
    if not isinstance(alerts, list) or not all(isinstance(each, dict) for each in alerts):
        yield Problem("alert", path, "alerts are a list of rules", alerts, f"each with {', '.join(_REQUIRED)}")
        return
    seen: set[str] = set()
    for index, rule in enumerate(alerts):
        yield from _check_rule(f"{path}[{index}]", rule, fields, windows)
        if rule.get("name") in seen:
            yield Problem("alert", f"{path}[{index}].name", "two alerts have this name", rule["name"], "rename one")
        seen.add(str(rule.get("name")))


def _check_rule(path: str, rule: dict[str, Any], fields: Collection[str], windows: Collection[str]) -> Iterator[Problem]:
    for name in sorted(rule.keys() - set(_KNOWN)):
        yield Problem("alert", f"{path}.{name}", "nobody reads this", name, f"known here: {', '.join(_KNOWN)}")
    for name in _REQUIRED:
        if not isinstance(rule.get(name), str) or not rule[name].strip():
            yield Problem("alert", f"{path}.{name}", f"the alert has no {name}", rule.get(name), "write it as text")
            return
    if not RULE_NAME.fullmatch(rule["name"]):
        yield Problem("alert", f"{path}.name", "an alert's name is part of its id", rule["name"], "lower case, digits and _")
    if rule["severity"] not in SEVERITIES:
        yield Problem("alert", f"{path}.severity", "the severity is not known", rule["severity"], f"one of {', '.join(SEVERITIES)}")
    if "window" in rule and rule["window"] not in windows:
        fix = f"one of {', '.join(windows)}" if windows else "leave it out: the feed fills no live table"
        yield Problem("alert", f"{path}.window", "this is no live table that the feed fills", rule["window"], fix)
    for part in ("condition", "value"):
        yield from check_expression("alert", f"{path}.{part}", rule[part], None if "window" in rule else set(fields))
