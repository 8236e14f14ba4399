"""What the API says of a table beside its size: whose it is, of what it is made, and whether what comes is history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from lakehouse.web import table_figures
from lakehouse.web.table_figures import figures_of

from include.contracts import load_contracts
from include.settings import LakeSettings

NOW = datetime.now(UTC)
CLOCK = pa.timestamp("us", "UTC")


def add(lake: LakeSettings, address: str, *rows: tuple[datetime, datetime]) -> DeltaTable:
    """A file for each row, of an event and the moment at which it came."""
    for event, came in rows:
        held = {"event_time": pa.array([event], CLOCK), "ingested_at": pa.array([came], CLOCK), "event_date": [event.date()]}
        write_deltalake(lake.table_uri(address), pa.table(held), mode="append", partition_by=["event_date"])
    return DeltaTable(lake.table_uri(address))


@pytest.mark.parametrize(
    ("address", "system", "sources"),
    [
        ("bronze.clicks", "clickstream", []),
        ("silver.orders", "commerce", ["bronze.commandes_json"]),
        ("silver.traffic_readings", "smart_city", ["bronze.traffic_sensors"]),
        ("quarantine.clicks", "clickstream", ["bronze.clicks"]),
        ("gold.item_popularity", "clickstream", ["silver.clicks", "silver.views", "silver.ratings"]),
        ("live.item_engagement_1m", "clickstream", ["bronze.clicks", "bronze.views"]),
        ("gold.model_runs", "planets", []),
        ("live.alerts", None, []),
        ("ops.lag", None, []),
        ("silver.nobody_knows", None, []),
    ],
)
def test_a_table_is_of_a_system_and_made_of_others(lake: LakeSettings, address: str, system: str | None, sources: list[str]) -> None:
    found = figures_of(address, add(lake, address, (NOW, NOW)), load_contracts())
    assert (found["system"], found["sources"]) == (system, sources)


def test_events_of_hours_that_come_within_a_minute_are_history_and_a_clock_that_is_behind_is_not(lake: LakeSettings) -> None:
    came = [NOW - timedelta(seconds=seconds) for seconds in (40, 20, 0)]
    days = [(NOW - timedelta(days=30 - day), at) for day, at in enumerate(came)]
    behind = [(at - timedelta(days=30), at) for at in came]
    contracts = load_contracts()
    assert figures_of("bronze.clicks", add(lake, "bronze.clicks", *days), contracts)["is_history"]
    assert not figures_of("bronze.views", add(lake, "bronze.views", *behind), contracts)["is_history"]


def test_of_the_same_version_in_the_same_minute_nothing_is_read_again(lake: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    contracts, table = load_contracts(), add(lake, "bronze.clicks", (NOW, NOW))
    first = figures_of("bronze.clicks", table, contracts, NOW)
    assert figures_of("bronze.clicks", add(lake, "bronze.clicks", (NOW, NOW)), contracts, NOW)["rows"] == 2
    later = figures_of("bronze.clicks", table, contracts, NOW + timedelta(minutes=1))
    monkeypatch.setattr(table_figures, "extents", lambda _: pytest.fail("it was read again"))
    assert figures_of("bronze.clicks", table, contracts, NOW + timedelta(minutes=1)) == later == first
