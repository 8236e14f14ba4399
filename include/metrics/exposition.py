"""All of it as the text that Prometheus reads."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import cache

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric

from include.contracts import load_contracts
from include.errors import HeadwaterError
from include.incidents import incidents_of
from include.metrics.families import gauge
from include.metrics.incidents import incident_metrics
from include.metrics.lag import lag_metrics
from include.metrics.remembered import Remembered
from include.metrics.streams import stream_metrics
from include.metrics.tables import read_figures, table_metrics
from include.open_tables import open_tables
from include.settings import LakeSettings
from include.watch.lag_samples import WINDOW, samples_of

log = logging.getLogger(__name__)


class LakeCollector:
    """What the lake says at the moment of a scrape. A part that cannot be read is told as that, and hides no other."""

    def __init__(self, lake: LakeSettings) -> None:
        self._lake, tables = lake, open_tables(lake)
        self._samples = Remembered(tables, lambda table: samples_of(table, datetime.now(UTC) - WINDOW))
        self._incidents = Remembered(tables, incidents_of)
        self._figures = Remembered(tables, read_figures)

    def collect(self) -> Iterator[Metric]:
        lake, now, contracts = self._lake, datetime.now(UTC), load_contracts()
        parts: dict[str, Callable[[], Iterable[Metric]]] = {
            "streams": lambda: stream_metrics(lake, contracts, now),
            "lag": lambda: lag_metrics(self._samples, contracts, now),
            "incidents": lambda: incident_metrics(self._incidents),
            "tables": lambda: table_metrics(lake, self._figures),
        }
        read, seconds = [], []
        for name, collect in parts.items():
            started = time.perf_counter()
            try:
                yield from list(collect())  # all of a part, or none
                read.append(((name,), 1.0))
            except HeadwaterError as error:
                log.error("no metrics of %s: %s", name, error)
                read.append(((name,), 0.0))
            seconds.append(((name,), time.perf_counter() - started))
        yield gauge("headwater_collector_success", "0: this part of the metrics could not be read", ("collector",), read)
        yield gauge("headwater_collector_duration_seconds", "How long reading it took", ("collector",), seconds)


@cache
def _registry(lake: LakeSettings) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(LakeCollector(lake))
    return registry


def exposition(lake: LakeSettings, accept: str) -> tuple[bytes, str]:
    """The metrics in the format that the scraper accepts, and that format's content type."""
    encode, content_type = choose_encoder(accept)
    return encode(_registry(lake)), content_type
