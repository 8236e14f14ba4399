"""The HTTP API in Airflow's own web server: behind its login, and with what is on the lake."""

from __future__ import annotations

import urllib.error
import urllib.request
from urllib.parse import quote

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from local.airflow_api import AirflowApi
from local.stack import Stack
from tests.integration.streams import eventually

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

PATHS = (
    "api/v1/tables",
    "api/v1/tables/bronze.clicks/rows",
    "api/v1/lag",
    "api/v1/incidents",
    "api/v1/ledger",
    "api/v1/dashboards/crypto",
    "api/openapi.json",
    "page/headwater.js",
    "metrics",
)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("credentials", "match"), [({}, "401"), ({"Authorization": "Bearer wrong"}, "40[13]"), ({"Cookie": "_token=wrong"}, "40[13]")]
)
def test_nobody_asks_without_airflows_login(whole_stack: Stack, path: str, credentials: dict[str, str], match: str) -> None:
    url = f"{whole_stack.client_environment()['AIRFLOW_URL']}/headwater/{path}"
    with pytest.raises(urllib.error.HTTPError, match=match):
        urllib.request.urlopen(urllib.request.Request(url, headers=credentials))


def test_who_is_logged_in_sees_tables_and_lag(whole_stack: Stack) -> None:
    access = whole_stack.client_environment()
    login = {"username": access["AIRFLOW_USERNAME"], "password": access["AIRFLOW_PASSWORD"]}
    token = httpx.post(f"{access['AIRFLOW_URL']}/auth/token", json=login).json()["access_token"]
    with httpx.Client(base_url=f"{access['AIRFLOW_URL']}/headwater", headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        tables = client.get("/api/v1/tables?layer=bronze").json()["items"]
        assert "bronze.clicks" in {table["address"] for table in tables}
        assert client.get("/api/v1/tables/bronze.clicks/rows").json()["limit"] == 100
        eventually(lambda: bool(client.get("/api/v1/lag").json()["items"]), "the lag was looked at")


def test_prometheus_asks_with_its_token(whole_stack: Stack) -> None:
    access = whole_stack.client_environment()
    headers = {"Authorization": f"Bearer {access['METRICS_TOKEN']}"}
    answer = httpx.get(f"{access['AIRFLOW_URL']}/headwater/metrics", headers=headers, timeout=60)
    samples = {each.name for family in text_string_to_metric_families(answer.text) for each in family.samples}
    assert {"headwater_stream_up", "headwater_table_rows", "headwater_incidents"} <= samples
    assert httpx.get(f"{access['AIRFLOW_URL']}/headwater/api/v1/tables", headers=headers).status_code in (401, 403)


def test_a_task_leads_to_the_page(whole_stack: Stack) -> None:
    api = AirflowApi.from_environment(whole_stack.client_environment())

    def links() -> dict[str, str]:
        runs = api.get("/dags/watch/dagRuns", limit=1, state="success")["dag_runs"]
        path = "/dags/watch/dagRuns/{}/taskInstances/look/links"
        return api.get(path.format(quote(runs[0]["dag_run_id"])))["extra_links"] if runs else {}

    eventually(lambda: links().get("Headwater") == f"{api.url}/plugin/headwater", "a task of the watch leads to the overview")
