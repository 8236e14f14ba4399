"""Spans, pages and the description of the HTTP API, where tables and questions are of another kind than most."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pyarrow as pa
import pytest
from deltalake import write_deltalake
from fastapi import FastAPI

from include.incidents import Incident, close_incident, open_incident
from include.settings import LakeSettings
from tests.plugins.lakehouse.web.conftest import Client

NOW = datetime.now(UTC).replace(microsecond=0)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CLOCK = pa.timestamp("us", "UTC")


@pytest.fixture
def undivided(lake: LakeSettings) -> None:
    """A table without times and days."""
    write_deltalake(lake.table_uri("gold.names"), pa.table({"name": [f"n{number:05}" for number in range(10_003)]}))


@pytest.mark.parametrize("span", ["from=2030-01-01", "to=2030-01-01"])
def test_a_table_without_times_takes_no_span(client: Client, undivided: None, span: str) -> None:
    answer = client.get(f"/api/v1/tables/gold.names/rows?{span}")
    (problem,) = answer.json()["detail"]
    assert (answer.status_code, problem["loc"][-1]) == (422, span.partition("=")[0])
    assert "valid: no span" in problem["msg"]


def test_each_row_of_a_table_without_times_can_be_reached(client: Client, undivided: None) -> None:
    found = client.get("/api/v1/tables/gold.names/rows?offset=10001&limit=1000").json()
    assert ([row["name"] for row in found["items"]], found["total"]) == (["n10001", "n10002"], 10_003)


def test_of_a_table_with_raw_records_only_so_many_are_left_out(client: Client, lake: LakeSettings) -> None:
    held = {"value": [b"{}"], "offset": [1], "event_date": [NOON.date()]}
    write_deltalake(lake.table_uri("bronze.clicks"), pa.table(held), partition_by=["event_date"])
    assert client.get("/api/v1/tables/bronze.clicks/rows?offset=10000").status_code == 200
    answer = client.get("/api/v1/tables/bronze.clicks/rows?offset=10001")
    assert (answer.status_code, "valid: up to 10000" in answer.json()["detail"][0]["msg"]) == (422, True)


@pytest.fixture
def alerts(lake: LakeSettings) -> None:
    """One of crypto of a day, raised a moment ago; one of commerce of the day after, raised two days ago."""
    held: dict[str, Any] = {
        "alert_id": ["late", "old"],
        "system": ["crypto", "commerce"],
        "event_time": pa.array([NOON, NOON + timedelta(days=1)], CLOCK),
        "raised_at": pa.array([NOW, NOW - timedelta(days=2)], CLOCK),
        "event_date": [NOON.date(), NOON.date() + timedelta(days=1)],
    }
    write_deltalake(lake.table_uri("live.alerts"), pa.table(held), partition_by=["event_date"])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["old"]),
        ("?system=crypto", ["late"]),
        ("?by=raised", ["late"]),
        (f"?by=raised&from={(NOW - timedelta(days=3)):%Y-%m-%d}", ["late", "old"]),
        (f"?by=raised&to={(NOW - timedelta(days=1)):%Y-%m-%d}", ["old"]),
        ("?from=2026-03-02", ["old"]),
    ],
)
def test_alerts_are_of_the_newest_day_that_has_such_or_by_when_they_were_raised(
    client: Client, alerts: None, query: str, found: list[str]
) -> None:
    assert [each["alert_id"] for each in client.get(f"/api/v1/alerts{query}").json()["items"]] == found


def test_incidents_are_those_that_were_opened_in_the_span(client: Client, lake: LakeSettings) -> None:
    open_incident(lake, Incident("i", "critical", "c", "w", "what", "fix"))
    close_incident(lake, "i")
    before, after = (quoted(NOW + timedelta(hours=hours)) for hours in (-1, 1))
    spans = (f"from={before}", f"to={after}", f"from={after}", f"to={before}")
    assert [client.get(f"/api/v1/incidents?state=all&{span}").json()["total"] for span in spans] == [1, 1, 0, 0]


def quoted(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def test_a_feed_without_a_name_is_none(client: Client, lake: LakeSettings) -> None:
    held = {"feed": ["clicks"], "state": ["final"], "event_date": [NOON.date()]}
    write_deltalake(lake.table_uri("ops.ledger_days"), pa.table(held), partition_by=["event_date"])
    assert client.get("/api/v1/ledger?feed=").status_code == 404
    assert client.get("/api/v1/ledger").json()["total"] == 1


def test_the_description_says_where_the_api_is_who_may_not_and_what_can_be_chosen(app: FastAPI) -> None:
    async def ask() -> dict[str, Any]:
        outer = FastAPI()
        outer.mount("/headwater", app)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(outer), base_url="http://here") as client:
            return (await client.get("/headwater/api/openapi.json")).json()

    told = asyncio.run(ask())
    assert told["servers"] == [{"url": "/headwater"}]
    assert all("403" in each["get"]["responses"] for each in told["paths"].values())
    names = [each["name"] for each in told["paths"]["/api/v1/dashboards/{system}/{chart}"]["get"]["parameters"]]
    assert {"system", "chart", "from", "to", "crypto", "zone", "item_id"} <= set(names)
    assert len(names) == len(set(names))


def test_a_table_says_of_what_it_is_made_and_which_of_its_days_is_over(client: Client, lake: LakeSettings) -> None:
    today = datetime.now(UTC).date()
    held = {"product_id": ["a", "b"], "event_date": [today, today - timedelta(days=3)]}
    write_deltalake(lake.table_uri("gold.product_sales"), pa.table(held), partition_by=["event_date"])
    (table,) = client.get("/api/v1/tables").json()["items"]
    assert (table["sources"], table["system"]) == (["silver.order_items"], "commerce")
    assert (table["newest_day"], table["newest_over_day"]) == (str(today), str(today - timedelta(days=3)))
