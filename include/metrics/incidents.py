"""What is wrong now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import get_args

from prometheus_client.metrics_core import Metric

from include.incidents import INCIDENTS, Incident, Severity
from include.metrics.families import gauge, seconds_of
from include.metrics.remembered import Remembered


def incident_metrics(known: Remembered[list[Incident]]) -> Iterator[Metric]:
    """Raises StoreError when the store does not answer."""
    now_open = [each for each in known.of(INCIDENTS) or [] if each.is_open]
    counts = Counter(each.severity for each in now_open)
    yield gauge("headwater_incidents", "Incidents that are open", ("severity",), [((s,), counts[s]) for s in get_args(Severity)])
    opened = [((each.incident_id, each.severity, each.cause), seconds_of(each.opened_at)) for each in now_open]
    labels = ("incident", "severity", "cause")
    yield gauge("headwater_incident_opened_timestamp_seconds", "When it opened; there while it is open", labels, opened)
