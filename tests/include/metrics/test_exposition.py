"""What Prometheus reads, by its own parser, is what the lake has."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable

from include import open_tables
from include.contracts import load_contracts
from include.errors import StoreError
from include.incidents import close_incident
from include.metrics import exposition as metrics
from include.metrics import remembered
from include.settings import LakeSettings
from include.watch.lag_samples import WINDOW, LagSample, put
from tests.scraped import NOW, fill, list_folders, scraped, value


@pytest.fixture(autouse=True)
def asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look at a table is a look at its log, whatever the clock says."""
    monkeypatch.setattr(open_tables, "FRESH_SECONDS", 0.0)
    list_folders(monkeypatch)


def test_lag_is_that_of_the_last_look_and_what_is_not_known_is_left_out(lake: LakeSettings) -> None:
    fill(lake)
    found = scraped(lake)
    assert value(found, "headwater_lag_records", feed="clicks", partition="0") == 3
    assert value(found, "headwater_lag_seconds", feed="clicks", partition="0") == 4.5
    assert value(found, "headwater_lag_seconds", feed="clicks", partition="1") is None
    assert value(found, "headwater_retention_runway_seconds", partition="0") == 7200
    assert value(found, "headwater_lag_state", partition="0", state="WARN") == 1
    put(lake, [LagSample("clicks", "id", 0, NOW, 0, 20, 9, 11, 1.0)])
    found = scraped(lake)
    assert (value(found, "headwater_lag_records", partition="0"), value(found, "headwater_lag_state", partition="0", state="OK")) == (11, 1)
    assert value(found, "headwater_bronze_next_offset", partition="0") == 9


def test_a_lag_that_nobody_looked_at_for_a_time_is_no_lag(lake: LakeSettings) -> None:
    put(lake, [LagSample("clicks", "id", 0, NOW - WINDOW - timedelta(minutes=1), 0, 20, 9, 11, 1.0)])
    assert "headwater_lag_records" not in scraped(lake)


def test_the_contracts_limits_are_told_for_every_feed(lake: LakeSettings) -> None:
    found = scraped(lake)
    for contract in load_contracts().feeds.values():
        assert value(found, "headwater_lag_limit_records", feed=contract.feed) == contract.sla.lag_records
        assert value(found, "headwater_freshness_limit_seconds", feed=contract.feed) == contract.sla.freshness_seconds


def test_incidents_are_there_while_they_are_open(lake: LakeSettings) -> None:
    fill(lake)
    found = scraped(lake)
    assert [value(found, "headwater_incidents", severity=each) for each in ("critical", "warning")] == [1, 0]
    assert value(found, "headwater_incident_opened_timestamp_seconds", incident="lag/all", cause="lag: STALL") >= NOW.timestamp()
    close_incident(lake, "lag/all")
    found = scraped(lake)
    assert value(found, "headwater_incidents", severity="critical") == 0
    assert "headwater_incident_opened_timestamp_seconds" not in found


def test_a_driver_is_what_it_said_of_itself(lake: LakeSettings) -> None:
    found = scraped(lake)
    assert (value(found, "headwater_stream_up", group="all"), value(found, "headwater_stream_wanted", group="all")) == (0, 1)
    assert "headwater_stream_rows_total" not in found
    fill(lake)
    found = scraped(lake)
    assert value(found, "headwater_stream_up", group="all") == 1
    assert value(found, "headwater_stream_records_total", group="all") == 40
    assert value(found, "headwater_stream_query_restarts_total", group="all") == 2
    counted = [value(found, f"headwater_stream_{name}_total", group="all", feed="clicks") for name in ("rows", "commits", "failures")]
    assert counted == [12, 3, 1]
    assert value(found, "headwater_stream_batch_seconds_count", group="all") == 1
    at_most = [value(found, "headwater_stream_commit_seconds_bucket", feed="clicks", le=bound) for bound in ("0.05", "2.5", "5.0", "+Inf")]
    assert at_most == [2, 2, 3, 3]
    assert value(found, "headwater_stream_commit_seconds_sum", feed="clicks") == pytest.approx(3.09)
    assert value(found, "headwater_live_rows_total", table="live.traffic_5m") == 5


def test_a_table_is_what_its_log_says(lake: LakeSettings) -> None:
    fill(lake)
    found = scraped(lake)
    table = DeltaTable(lake.table_uri("bronze.clicks"))
    of_clicks = {"table": "bronze.clicks", "layer": "bronze"}
    assert value(found, "headwater_table_rows", **of_clicks) == 2
    assert value(found, "headwater_table_files", **of_clicks) == len(table.file_uris())
    assert value(found, "headwater_table_bytes", **of_clicks) == sum(Path(file).stat().st_size for file in table.file_uris())
    assert value(found, "headwater_table_version", **of_clicks) == table.version()
    assert value(found, "headwater_table_newest_event_timestamp_seconds", **of_clicks) == (NOW - timedelta(hours=1)).timestamp()
    assert value(found, "headwater_table_newest_event_timestamp_seconds", table="ops.incidents") is None
    assert [value(found, "headwater_table_rows", table=each) for each in ("ops.lag", "ops.incidents")] == [2, 1]
    table.delete()
    assert value(scraped(lake), "headwater_table_rows", **of_clicks) == 0


def test_a_table_that_cannot_be_read_hides_no_other(lake: LakeSettings) -> None:
    fill(lake)
    log = Path(lake.table_uri("bronze.clicks")) / "_delta_log" / f"{0:020}.json"
    log.write_text("no JSON")
    found = scraped(lake)
    assert [value(found, "headwater_table_readable", table=each) for each in ("bronze.clicks", "ops.lag")] == [0, 1]
    assert value(found, "headwater_table_rows", table="bronze.clicks") is None
    assert value(found, "headwater_collector_success", collector="tables") == 1


def test_a_part_that_fails_is_told_and_hides_no_other(lake: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(lake)

    def away(*_: object) -> None:
        raise StoreError("the store is away")

    monkeypatch.setattr(metrics, "stream_metrics", away)
    found = scraped(lake)
    parts = ("streams", "lag", "incidents", "tables")
    assert [value(found, "headwater_collector_success", collector=part) for part in parts] == [0, 1, 1, 1]
    assert "headwater_stream_up" not in found
    assert value(found, "headwater_table_rows", table="bronze.clicks") == 2


def test_what_is_made_of_a_table_is_kept_while_its_version_is_and_for_a_minute(lake: LakeSettings) -> None:
    fill(lake)
    made: list[int] = []
    clock = [0.0]
    versions = remembered.Remembered(open_tables.OpenTables(lake), lambda table: made.append(table.version()), clock=lambda: clock[0])

    def ask(for_seconds: float = 0.0) -> int:
        versions.of("bronze.clicks", for_seconds)
        return len(made)

    assert (ask(), ask()) == (1, 1)
    clock[0] = 9.0
    DeltaTable(lake.table_uri("bronze.clicks")).delete()
    assert (ask(for_seconds=10.0), ask(for_seconds=9.0), ask()) == (1, 2, 2)
    clock[0] += remembered.KEPT_SECONDS
    assert ask() == 3
    shutil.rmtree(lake.table_uri("bronze.clicks"))
    assert remembered.Remembered(open_tables.OpenTables(lake), lambda table: 1).of("bronze.clicks") is None


def test_a_scraper_gets_the_format_that_it_accepts(lake: LakeSettings) -> None:
    content, content_type = metrics.exposition(lake, "application/openmetrics-text; version=1.0.0")
    assert content_type.startswith("application/openmetrics-text; version=1.0.0")
    assert content.endswith(b"# EOF\n")
    assert metrics.exposition(lake, "")[1].startswith("text/plain; version=0.0.4")
