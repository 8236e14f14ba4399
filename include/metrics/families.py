"""Samples → a family of metrics. One without a value is left out: what is not known is not 0."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from include.streams.durations import Durations

Labels = Sequence[str]
Samples = Iterable[tuple[Labels, float | None]]


def gauge(name: str, about: str, labels: Labels, samples: Samples) -> Metric:
    """What goes up and down."""
    return _filled(GaugeMetricFamily(name, about, labels=labels), samples)


def counter(name: str, about: str, labels: Labels, samples: Samples) -> Metric:
    """What only grows until its driver starts anew; `name` is without `_total`, which is added."""
    return _filled(CounterMetricFamily(name, about, labels=labels), samples)


def histogram(name: str, about: str, labels: Labels, samples: Iterable[tuple[Labels, Durations]]) -> Metric:
    """How long something took; nothing of those that tell nothing."""
    family = HistogramMetricFamily(name, about, labels=labels)
    for values, told in samples:
        if told.buckets:
            family.add_metric(values, list(told.buckets.items()), told.seconds)
    return family


def seconds_of(moment: datetime | None) -> float | None:
    """Seconds since 1970."""
    return None if moment is None else moment.timestamp()


def _filled(family: GaugeMetricFamily | CounterMetricFamily, samples: Samples) -> Metric:
    for values, value in samples:
        if value is not None:
            family.add_metric(values, value)
    return family
