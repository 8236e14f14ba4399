"""A task that has built a day says how many rows came in and went out, in its log and in its assets' events."""

from __future__ import annotations

import logging
from collections import defaultdict
from types import SimpleNamespace

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from lakehouse import assets, built_rows

from include.settings import LakeSettings
from tests.jobs.bronze_rows import DAY


@pytest.fixture(autouse=True)
def tables(lake: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three items of orders of the day, two products."""
    monkeypatch.setattr(LakeSettings, "from_environment", classmethod(lambda _class, *_asked: lake))
    for address, rows in (("silver.order_items", 3), ("gold.product_sales", 2)):
        held = pa.table({"n": list(range(rows)), "event_date": [DAY] * rows})
        write_deltalake(lake.table_uri(address), held, partition_by=["event_date"])


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == built_rows.__name__]


def test_silver_names_the_rows_of_each_side(caplog: pytest.LogCaptureFixture) -> None:
    rows = {"bronze_rows": 9, "silver_rows": 5, "superseded_rows": 2, "quarantine_rows": 1, "dead_letter_rows": 1, "bronze_version": 4}
    with caplog.at_level(logging.INFO):
        built_rows.log_silver({"clicks": rows}, {"silver.clicks": 7}, str(DAY))
    (line,) = told(caplog)
    assert line.startswith(f"clicks of {DAY}: rows in 9 (bronze, table version 4), rows out: silver 5, superseded 2, quarantine 1, ")
    assert line.endswith("dead letter 1; table version: silver.clicks 7")


def test_gold_names_the_rows_of_what_it_read(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        built_rows.log_gold({"gold.product_sales": 2}, {"gold.product_sales": 0}, DAY)
    assert told(caplog) == [f"gold.product_sales of {DAY}: rows in: silver.order_items 3, rows out 2, table version 0"]


def test_an_assets_event_has_the_days_rows_and_the_tables_version(monkeypatch: pytest.MonkeyPatch) -> None:
    events = defaultdict(lambda: SimpleNamespace(extra=None))
    monkeypatch.setattr(built_rows, "get_current_context", lambda: {"outlet_events": events})
    made, missing = assets.table("gold.product_sales"), assets.table("gold.log_levels")
    assert built_rows.tell_assets([made, missing], DAY) == {"gold.product_sales": 0}
    assert events[made].extra == {"event_date": str(DAY), "rows": 2, "version": 0}
    assert events[missing].extra == {"event_date": str(DAY)}
