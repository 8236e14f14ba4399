"""/metrics: who may ask for it, and that it alone goes by a guard of its own. What is in it: tests/include/metrics."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from lakehouse.web import metrics
from lakehouse.web.app import create_app, may_see_assets
from lakehouse.web.metrics import may_scrape

from include.settings import LakeSettings
from tests.scraped import fill, list_folders

TOKEN = "a-token-of-the-scrapers"
DOCKER = Path(__file__).parents[4] / "docker"


def ask(authorization: str | None) -> httpx.Response:
    async def get() -> httpx.Response:
        headers = {} if authorization is None else {"Authorization": authorization}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app()), base_url="http://here") as client:
            return await client.get("/metrics", headers=headers)

    return asyncio.run(get())


@pytest.fixture(autouse=True)
def of_the_test(lake: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LakeSettings, "from_environment", lambda *_: lake)
    monkeypatch.setenv("METRICS_TOKEN", TOKEN)
    list_folders(monkeypatch)


def test_who_sends_the_token_gets_the_metrics(lake: LakeSettings) -> None:
    fill(lake)
    answer = ask(f"Bearer {TOKEN}")
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "text/plain")
    assert 'headwater_lag_records{feed="clicks",partition="0"} 3.0\n' in answer.text


# Another token is Airflow's to judge: tests/runs.
@pytest.mark.parametrize("authorization", [None, TOKEN, f"Basic {TOKEN}", "Bearer", "Bearer "])
@pytest.mark.parametrize("token", [TOKEN, ""])
def test_who_sends_none_is_asked_to_log_in(monkeypatch: pytest.MonkeyPatch, authorization: str | None, token: str) -> None:
    monkeypatch.setenv("METRICS_TOKEN", token)
    assert ask(authorization).status_code == 401


def guards(dependant: Dependant) -> Iterator[object]:
    for each in dependant.dependencies:
        yield each.call
        yield from guards(each)


def test_every_other_address_asks_for_airflows_login() -> None:
    routes = [route for route in create_app().routes if isinstance(route, APIRoute)]
    unguarded = {route.path for route in routes if may_see_assets not in guards(route.dependant)}
    assert unguarded == {"/metrics"}
    assert [may_scrape in guards(route.dependant) for route in routes if route.path == "/metrics"] == [True]
    assert len(routes) > 10


def test_prometheus_asks_where_the_metrics_are_and_says_who_it_is() -> None:
    (job,) = yaml.safe_load((DOCKER / "prometheus/prometheus.yml").read_text())["scrape_configs"]
    (route,) = metrics.router.routes
    assert job["metrics_path"] == f"/headwater{route.path}"
    assert job["authorization"] == {"type": "Bearer", "credentials_file": "headwater-token"}
    assert "docker/prometheus/headwater-token" in (DOCKER.parent / ".gitignore").read_text().splitlines()
