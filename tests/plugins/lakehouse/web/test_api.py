"""The HTTP API on a lake of folders: what it answers, and what it says of questions that are none. Who may ask: tests/runs."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from lakehouse.web import page_files
from lakehouse.web.plain import plain

from include.contracts import load_contracts
from include.incidents import Incident, close_incident, open_incident
from include.settings import LAYERS, LakeSettings
from include.streams.state import FeedStatus, StreamStatus, publish_actual
from include.watch.lag_samples import LagSample, put
from tests.plugins.lakehouse.web.conftest import Client

NOW = datetime.now(UTC).replace(microsecond=0)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


NUMBERS = [("from", "20260301"), ("from", "-1"), ("to", "1e9"), ("to", "0"), ("to", "1772323200.5")]


@pytest.fixture
def sales(lake: LakeSettings) -> None:
    """Two products of a day, one of the day before."""
    held = {
        "product_id": ["a", "b", "c"],
        "revenue": pa.array([Decimal("1.50"), Decimal("2.00"), None], pa.decimal128(18, 4)),
        "event_date": [NOON.date(), NOON.date(), NOON.date() - timedelta(days=1)],
    }
    write_deltalake(lake.table_uri("gold.product_sales"), pa.table(held), partition_by=["event_date"])


def test_tables_are_listed_with_their_figures(client: Client, sales: None) -> None:
    (table,) = client.get("/api/v1/tables?layer=gold").json()["items"]
    assert (table["address"], table["rows"], table["files"], table["newest_day"]) == ("gold.product_sales", 3, 2, "2026-03-01")
    assert client.get("/api/v1/tables?layer=gold").json()["layers"] == list(LAYERS)
    told = client.get("/api/v1/tables/gold.product_sales").json()
    assert told["days"] == {"2026-02-28": 1, "2026-03-01": 2}
    assert {"name": "product_id", "type": "string"} in [{**each, "type": json.loads(f'"{each["type"]}"')} for each in told["columns"]]


def test_rows_come_by_the_page(client: Client, sales: None) -> None:
    first = client.get("/api/v1/tables/gold.product_sales/rows?limit=1").json()
    assert first == {
        "items": [{"product_id": "a", "revenue": "1.5000", "event_date": "2026-03-01"}],
        "total": 2,
        "limit": 1,
        "offset": 0,
    }
    rest = client.get("/api/v1/tables/gold.product_sales/rows?from=2026-02-28T00:00:00&limit=5&offset=1").json()
    assert [row["product_id"] for row in rest["items"]] == ["b", "c"]


@pytest.mark.parametrize(
    "address", ["gold.nothing", "nothing", "gold.product_sales;drop", "gold/../bronze.clicks", "..%2f..%2fetc%2fpasswd", "gold.a'b", "éé.x"]
)
def test_an_address_that_is_none_is_answered_with_those_that_there_are(client: Client, sales: None, address: str) -> None:
    for path in (f"/api/v1/tables/{address}", f"/api/v1/tables/{address}/rows"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "/" in address or "%2f" in address or "gold.product_sales" in answer.json()["fix"]


@pytest.mark.parametrize(
    ("query", "place", "valid"),
    [
        ("tables?layer=golden", "layer", "'bronze', 'silver'"),
        ("tables/gold.product_sales/rows?limit=0", "limit", "greater than or equal to 1"),
        ("tables/gold.product_sales/rows?limit=1001", "limit", "less than or equal to 1000"),
        ("tables/gold.product_sales/rows?offset=-1", "offset", "greater than or equal to 0"),
        ("tables/gold.product_sales/rows?from=yesterday", "from", "datetime"),
        ("tables/gold.product_sales/rows?from=2026-01-01'%20or%20'1'='1", "from", "datetime"),
        ("incidents?state=some", "state", "'open', 'closed' or 'all'"),
        ("tables?layr=gold", "layr", "valid: layer"),
        ("dashboards?system=crypto", "system", "valid: none"),
        ("tables/gold.product_sales/rows?from=2026-03-02&to=2026-03-01", "from", "valid: before 2026-03-01T00:00:00+00:00"),
        ("tables/gold.product_sales/rows?from=2026-03-01&to=2026-03-01", "from", "ends after it begins"),
        ("lag/clicks?from=2026-03-01T01:00:00%2B01:00&to=2026-03-01", "from", "ends after it begins"),
        ("ledger?from=2026-03-02&to=2026-03-01", "from", "ends after it begins"),
        ("alerts?from=2026-03-02&to=2026-03-01", "from", "ends after it begins"),
        ("feeds/clicks/bad?from=2026-03-02&to=2026-03-01", "from", "ends after it begins"),
        ("dashboards/crypto/candles?from=2026-03-02&to=2026-03-01", "from", "ends after it begins"),
        ("incidents?from=2026-03-02&to=2026-03-01", "from", "ends after it begins"),
        ("alerts?by=hearsay", "by", "'event' or 'raised'"),
        ("dashboards/crypto/candles?nonsense=", "nonsense", "valid: from, to, crypto"),
        *((f"tables/gold.product_sales/rows?{name}={moment}", name, "ISO 8601") for name, moment in NUMBERS),
    ],
)
def test_a_bad_parameter_is_answered_with_its_name_and_what_is_valid(client: Client, query: str, place: str, valid: str) -> None:
    answer = client.get(f"/api/v1/{query}")
    assert answer.status_code == 422
    (problem,) = answer.json()["detail"]
    assert problem["loc"][-1] == place
    assert valid in problem["msg"]


@pytest.mark.parametrize(
    ("moment", "status"),
    [
        ("0001-01-01T00:00:00%2B14:00", 422),
        ("9999-12-31T23:59:59-14:00", 422),
        ("0001-01-01T00:00:00", 200),
        ("9999-12-31T23:59:59", 200),
        ("1600-01-01", 200),
        ("2300-01-01", 200),
    ],
)
def test_a_time_at_the_ends_of_time_is_a_time_or_refused(client: Client, lake: LakeSettings, moment: str, status: int) -> None:
    held = {"window_start": pa.array([NOON], pa.timestamp("us", "UTC")), "zone": ["z"], "event_date": [NOON.date()]}
    write_deltalake(lake.table_uri("gold.traffic_5m"), pa.table(held), partition_by=["event_date"])
    for name in ("from", "to"):
        assert client.get(f"/api/v1/tables/gold.traffic_5m/rows?{name}={moment}").status_code == status


def test_lag_is_that_of_the_last_look_and_of_a_span(client: Client, lake: LakeSettings) -> None:
    for minutes, unread in ((2, 5), (1, 9)):
        at = NOW - timedelta(minutes=minutes)
        put(lake, [LagSample("clicks", "id", 0, at, 0, 10, 10 - unread, unread, 1.0), LagSample("views", "id", 0, at, 0, 1, 1, 0, 0.0)])
    assert [(row["feed"], row["lag_records"]) for row in client.get("/api/v1/lag").json()["items"]] == [("clicks", 9), ("views", 0)]
    series = client.get("/api/v1/lag/clicks").json()["items"]
    assert sorted(row["lag_records"] for row in series) == [5, 9]
    assert {row["feed"] for row in series} == {"clicks"}
    assert client.get("/api/v1/lag/nothing").status_code == 404


def test_incidents_are_those_that_are_open_unless_others_are_asked_for(client: Client, lake: LakeSettings) -> None:
    for name in ("first", "second"):
        open_incident(lake, Incident(name, "critical", "c", "w", "what", "fix"))
    close_incident(lake, "first")
    assert [each["incident_id"] for each in client.get("/api/v1/incidents").json()["items"]] == ["second"]
    assert [each["incident_id"] for each in client.get("/api/v1/incidents?state=closed").json()["items"]] == ["first"]
    assert client.get("/api/v1/incidents?state=all&limit=1").json()["total"] == 2


def test_a_feed_is_shown_with_its_contract_and_what_is_bad_of_it(client: Client, lake: LakeSettings) -> None:
    feeds = client.get("/api/v1/feeds").json()
    assert {(feed["system"], feed["feed"]) for feed in feeds["items"]} == {
        (each.system, each.feed) for each in load_contracts().feeds.values()
    }
    assert feeds["broken"] == []
    clicks = client.get("/api/v1/feeds/clicks").json()
    assert {field["name"] for field in clicks["fields"]} >= {"user_id", "item_id"}
    assert clicks["sides"]["quarantine"] == "quarantine.clicks"
    today = NOW.date()
    held = {"reasons": [["required:user_id"], ["required:user_id", "type:item_id"]], "event_date": [today, today]}
    write_deltalake(lake.table_uri("quarantine.clicks"), pa.table(held), partition_by=["event_date"])
    write_deltalake(
        lake.table_uri("dead_letters.clicks"), pa.table({"reason": ["not_json"], "event_date": [today]}), partition_by=["event_date"]
    )
    assert client.get("/api/v1/feeds/clicks/bad").json()["items"] == [
        {"side": "quarantine", "reason": "required:user_id", "rows": 2},
        {"side": "dead_letters", "reason": "not_json", "rows": 1},
        {"side": "quarantine", "reason": "type:item_id", "rows": 1},
    ]
    assert client.get("/api/v1/feeds/clicks/drift").json() == {"items": []}
    assert client.get("/api/v1/feeds/nothing").status_code == 404


def test_a_stream_is_shown_with_its_feeds_and_whether_it_is_at_work(client: Client, lake: LakeSettings) -> None:
    (stream,) = client.get("/api/v1/streams").json()["items"]
    assert (stream["group"], stream["is_alive"], stream["reads"]) == ("all", False, sorted(load_contracts().feeds))
    feed = FeedStatus(next_offsets={"0": 3}, end_offsets={"0": 10}, rows_per_second=2.5)
    at = datetime.now(UTC).timestamp()
    publish_actual(lake, StreamStatus("all", "o", 1, "h", 1, "running", at, at, "driver", feeds={"clicks": feed}))
    (stream,) = client.get("/api/v1/streams").json()["items"]
    assert (stream["is_alive"], stream["desired"], stream["feeds"]["clicks"]["lag"]) == (True, "running", 7)


def test_alerts_are_those_of_the_system_the_newest_first(client: Client, lake: LakeSettings) -> None:
    assert client.get("/api/v1/alerts?system=crypto").json()["items"] == []
    times = pa.array([NOON, NOON + timedelta(minutes=1), NOON], pa.timestamp("us", "UTC"))
    held = {"alert_id": ["a", "b", "c"], "system": ["crypto", "crypto", "commerce"], "event_time": times, "event_date": [NOON.date()] * 3}
    write_deltalake(lake.table_uri("live.alerts"), pa.table(held), partition_by=["event_date"])
    assert [each["alert_id"] for each in client.get("/api/v1/alerts?system=crypto").json()["items"]] == ["b", "a"]
    assert client.get("/api/v1/alerts?system=none").status_code == 422


def test_all_dashboards_are_listed_with_their_titles(client: Client) -> None:
    assert client.get("/api/v1/dashboards").json()["items"][0] == {"system": "smart_city", "title": "Smart city"}


@pytest.mark.parametrize("path", ["lag/clicks", "feeds/clicks/bad", "dashboards/crypto/candles", "alerts", "feeds/clicks/drift"])
@pytest.mark.parametrize("span", ["to=0001-01-01", "from=9999-12-31T23:59:59.999999", "from=0001-01-01"])
def test_a_span_without_one_of_its_ends_is_answered_at_the_ends_of_time(client: Client, lake: LakeSettings, path: str, span: str) -> None:
    put(lake, [LagSample("clicks", "id", 0, NOW, 0, 10, 5, 5, 1.0)])
    assert client.get(f"/api/v1/{path}?{span}").status_code == (422 if path.endswith("drift") else 200)


def test_reasons_of_a_span_without_a_beginning_are_those_of_the_days_before_its_end(client: Client, lake: LakeSettings) -> None:
    days = [NOON.date() - timedelta(days=days) for days in (0, 1, 2, 60)]
    write_deltalake(
        lake.table_uri("quarantine.clicks"), pa.table({"reasons": [["r"]] * 4, "event_date": days}), partition_by=["event_date"]
    )
    (found,) = client.get("/api/v1/feeds/clicks/bad?to=2026-03-01").json()["items"]
    assert found == {"side": "quarantine", "reason": "r", "rows": 2}


def test_a_dashboard_says_what_it_has_and_refuses_what_it_has_not(client: Client) -> None:
    dashboard = client.get("/api/v1/dashboards/crypto").json()
    assert "candles" in {chart["name"] for chart in dashboard["charts"]}
    assert "sql" not in dashboard["charts"][0]
    assert client.get("/api/v1/dashboards/crypto/candles").json()["rows"] == []
    assert client.get("/api/v1/dashboards/nothing").status_code == 422
    missing = client.get("/api/v1/dashboards/crypto/nothing")
    assert (missing.status_code, "candles" in missing.json()["detail"]) == (404, True)
    strange = client.get("/api/v1/dashboards/crypto/candles?zone=north&hours=3")
    assert strange.status_code == 422
    assert [(each["loc"][-1], "valid: from, to, crypto" in each["msg"]) for each in strange.json()["detail"]] == [
        ("hours", True),
        ("zone", True),
    ]


def test_only_the_pages_own_files_are_served(client: Client) -> None:
    assert client.get("/page/headwater.js").headers["content-type"].startswith("text/javascript")
    assert client.get("/page/echarts.min.js").status_code == 200
    for name in ("app.py", "..%2fapp.py", "nothing.js", "%2fetc%2fpasswd"):
        assert client.get(f"/page/{name}").status_code == 404


def test_the_library_of_charts_is_the_one_that_its_table_names() -> None:
    vendor = Path(page_files.__file__).parent / "page" / "vendor"
    (file,) = vendor.glob("*.js")
    assert f"| `{file.name}` |" in (told := (vendor / "README.md").read_text())
    assert f"`{hashlib.sha256(file.read_bytes()).hexdigest()}`" in told


def test_the_description_names_every_path(client: Client) -> None:
    paths = client.get("/api/openapi.json").json()["paths"]
    assert {"/api/v1/tables", "/api/v1/tables/{address}/rows", "/api/v1/lag", "/api/v1/incidents", "/api/v1/ledger"} <= paths.keys()
    assert client.get("/docs").status_code == 404


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (b'{"a": "\xc3\xa9"}', '{"a": "é"}'),
        (b"\xff", "\\xff"),
        (float("nan"), "nan"),
        (Decimal("1.50"), "1.50"),
        ([{"key": "k", "value": b"v"}, None], [{"key": "k", "value": "v"}, None]),
        (NOON, "2026-03-01T12:00:00+00:00"),
    ],
)
def test_a_value_is_json(value: object, shown: object) -> None:
    assert plain(value) == shown
