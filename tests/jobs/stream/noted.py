"""A topic of alerts that notes what it is sent: for tests of what is raised, and when."""

from __future__ import annotations

from jobs.stream.alert_rules import Alert


class Topic:
    """Takes everything at once."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, alerts: list[Alert]) -> None:
        self.sent += [alert["alert_id"] for alert in alerts]

    def require(self, alerts: list[Alert]) -> None:
        assert {alert["alert_id"] for alert in alerts} <= set(self.sent)
